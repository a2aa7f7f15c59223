"""The kept catalog is the catalog: another source, another library or a damaged file has it made anew."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import kept_catalog
from app.kept_catalog import NAME, read_catalog
from app.paths import RESOURCES, ROOT
from checks.runtime.catalog import CheckSpec, load_catalog


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that every check was imported."""
    counted: list[int] = []

    def load() -> object:
        counted.append(1)
        return load_catalog()

    monkeypatch.setattr(kept_catalog, "load_catalog", load)
    return counted


def _fields(spec: CheckSpec) -> dict[str, object]:
    return {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}


def test_it_is_kept_whole(tmp_path: Path, loads: list[int]) -> None:
    made, kept = read_catalog(tmp_path), read_catalog(tmp_path)
    assert loads == [1]
    assert [*made] == [*kept]
    for spec in made.values():
        assert _fields(kept[spec.id]) | {"identity": ""} == _fields(spec)
        assert type(kept[spec.id].severity) is type(spec.severity)
        assert kept[spec.id].identity == spec.digest(RESOURCES)
        assert kept[spec.id].function is spec.function


def test_reading_it_imports_no_check(tmp_path: Path) -> None:
    read_catalog(tmp_path)
    script = (
        "import sys; from pathlib import Path; from app.kept_catalog import read_catalog; "
        "read_catalog(Path(sys.argv[1])); print(*(n for n in sys.modules if n.startswith('checks.content.')))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout == "\n"


def test_a_changed_source_has_it_made_anew(tmp_path: Path, loads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "resources" / "rules"
    rules.mkdir(parents=True)
    (rules / "some.toml").write_text("a = 1\n")
    monkeypatch.setattr(kept_catalog, "RESOURCES", tmp_path / "resources")
    monkeypatch.setattr(kept_catalog, "_row", lambda spec: {"id": spec.id})
    monkeypatch.setattr(kept_catalog, "_spec", lambda row: load_catalog()[row["id"]])
    read_catalog(tmp_path / "cache")
    read_catalog(tmp_path / "cache")
    assert loads == [1]
    os.utime(rules / "some.toml", ns=(1, 1))
    read_catalog(tmp_path / "cache")
    assert loads == [1, 1]


def test_another_library_has_it_made_anew(tmp_path: Path, loads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    read_catalog(tmp_path)
    monkeypatch.setattr(kept_catalog, "installed_versions", lambda: {"yara-x": "0"})
    read_catalog(tmp_path)
    assert loads == [1, 1]


def _without_virus_scan(text: str) -> str:
    kept = json.loads(text)
    kept["checks"] = [row for row in kept["checks"] if row["id"] != "virus_scan"]
    return json.dumps(kept)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda text: "", id="empty"),
        pytest.param(lambda text: text[: len(text) // 2], id="cut"),
        pytest.param(lambda text: "[1]", id="another shape"),
        pytest.param(lambda text: "\x00\xff", id="noise"),
        pytest.param(_without_virus_scan, id="a check is missing"),
    ],
)
def test_a_damaged_one_is_made_anew(tmp_path: Path, loads: list[int], damage) -> None:
    whole = read_catalog(tmp_path)
    place = tmp_path / NAME
    place.write_text(damage(place.read_text()), encoding="latin-1")
    assert [*read_catalog(tmp_path)] == [*whole]
    assert loads == [1, 1]


def test_a_folder_that_takes_nothing_is_no_obstacle(tmp_path: Path, loads: list[int]) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert len(read_catalog(tmp_path / "cache")) == len(read_catalog(tmp_path / "cache"))
    assert loads == [1, 1]
