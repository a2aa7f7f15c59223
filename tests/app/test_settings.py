from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import BOUNDS, ISOLATIONS, Settings, SettingsError, UnpackLimits, load_settings, save_settings


def between(key: str) -> st.SearchStrategy[int]:
    return st.integers(*BOUNDS[key])


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings()
    assert Settings().isolation == "bubblewrap", "less isolation is the reviewer's own deliberate choice"
    assert Settings().worker_count >= 1
    assert Settings(workers=3).worker_count == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.builds(
        Settings,
        reviewer=st.text(),
        profile=st.text(),
        isolation=st.sampled_from(ISOLATIONS),
        workers=between("workers"),
        worker_memory=between("worker_memory"),
        theme=st.sampled_from(["system", "light", "dark"]),
        limits=st.builds(UnpackLimits, *map(between, (f.name for f in dataclasses.fields(UnpackLimits)))),
    )
)
def test_what_was_saved_is_loaded(tmp_path: Path, chosen: Settings) -> None:
    path = tmp_path / "new" / "settings.toml"
    save_settings(chosen, path)
    assert load_settings(path) == chosen
    assert [p.name for p in path.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("isolaton = 'none'", "unknown setting 'isolaton'"),
        ("isolation = 'trust me'", "isolation must be one of bubblewrap, reduced, none"),
        ("theme = 'pink'", "theme must be"),
        ("workers = 'two'", "workers must be a int"),
        ("workers = true", "workers must be a int"),
        ("workers = -1", "workers must be between"),
        ("limits = 5", r"\[limits\] must be a table"),
        ("[limits]\nbytes = -1", r"\[limits\]: bytes must be between"),
        ("[limits]\ndepht = 1", r"\[limits\]: unknown setting 'depht'"),
        ("reviewer = ", "not valid TOML"),
    ],
)
def test_a_bad_file_is_one_line_that_names_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=named) as raised:
        load_settings(path)
    assert str(raised.value).startswith(f"{path}: ") or str(raised.value).startswith(f"{path} [limits]: ")
    assert "\n" not in str(raised.value)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin").write_bytes(b"reviewer = '\xe9'")
    for name in ("folder", "latin"):
        with pytest.raises(SettingsError, match="mend or remove it"):
            load_settings(tmp_path / name)


@given(data=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_crashes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(data)
    try:
        load_settings(path)
    except SettingsError as error:
        assert str(path) in str(error)
