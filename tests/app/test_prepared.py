"""Compiled rules: once for all, by whoever is first."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from app import prepared
from app.plan import plan_check
from app.prepared import PrepareError, ensure_prepared
from app.workers import WorkerEnded
from checks.runtime.catalog import load_catalog, load_check


@pytest.fixture
def planned(hostile_checks):
    def plan(*modules: str) -> list[object]:
        return [plan_check(load_check(module), {}) for module in modules]

    return plan


def test_nothing_to_compile(tmp_path, planned) -> None:
    assert ensure_prepared(tmp_path, planned("honest")) is None
    assert list(tmp_path.iterdir()) == []


def test_it_is_made_once(tmp_path, planned, hostile_checks) -> None:
    folder = ensure_prepared(tmp_path, planned("sound_rules", "honest"), [hostile_checks])
    assert (folder / "sound_rules" / "rules").read_text() == "needle"
    inode = folder.stat().st_ino
    assert ensure_prepared(tmp_path, planned("sound_rules"), [hostile_checks]) == folder
    assert folder.stat().st_ino == inode


def test_what_was_compiled_at_setup_is_used_while_it_is_whole(tmp_path, planned, hostile_checks, monkeypatch) -> None:
    monkeypatch.setattr(prepared, "INSTALLED", tmp_path / "installed")
    checks = planned("sound_rules")
    installed = ensure_prepared(tmp_path / "installed", checks, [hostile_checks])
    assert ensure_prepared(tmp_path / "mine", checks, [hostile_checks]) == installed
    rules = installed / "sound_rules" / "rules"
    rules.chmod(0o600)
    rules.write_text("another")
    mine = ensure_prepared(tmp_path / "mine", checks, [hostile_checks])
    assert mine.is_relative_to(tmp_path / "mine")
    assert (mine / "sound_rules" / "rules").read_text() == "needle"


@pytest.mark.parametrize("kept", [True, False])
def test_setting_up_compiles_all_that_is_shipped(tmp_path, monkeypatch, capsys, kept: bool) -> None:
    monkeypatch.setattr(prepared, "INSTALLED", tmp_path / "installed")
    if not kept:
        (tmp_path / "installed").write_text("a file where a folder should be")
    assert prepared.main() == (0 if kept else 1)
    if not kept:
        assert "cannot be kept" in capsys.readouterr().err
        return
    monkeypatch.setattr(prepared, "_compile", None)  # nothing is left to compile
    checks = [plan_check(spec, {}) for spec in load_catalog().values()]
    for some in (checks, [check for check in checks if check.spec.masks]):
        assert ensure_prepared(tmp_path / "mine", some).is_relative_to(tmp_path / "installed")


def test_rules_that_somebody_changed_are_made_anew(tmp_path, planned, hostile_checks) -> None:
    checks = planned("sound_rules")
    folder = ensure_prepared(tmp_path, checks, [hostile_checks])
    rules = next(p for p in folder.rglob("*") if p.is_file() and p.name != "seal")
    sound = rules.read_bytes()
    rules.chmod(0o600)
    rules.write_bytes(bytes([sound[0] ^ 1]) + sound[1:])
    assert ensure_prepared(tmp_path, checks, [hostile_checks]) == folder
    assert rules.read_bytes() == sound


def test_many_at_once_get_the_same(tmp_path, planned, hostile_checks) -> None:
    checks, folders = planned("sound_rules"), []
    threads = [
        threading.Thread(target=lambda: folders.append(ensure_prepared(tmp_path, checks, [hostile_checks])))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folders) == 4
    assert len(set(folders)) == 1
    assert [p.name for p in (tmp_path / "prepared").iterdir()] == [folders[0].name]


def test_broken_rules_leave_nothing(tmp_path, planned, hostile_checks) -> None:
    with pytest.raises(PrepareError, match=r"SyntaxError: rules/broken\.yar:3: a brace is missing"):
        ensure_prepared(tmp_path, planned("broken_rules", "sound_rules"), [hostile_checks])
    assert list((tmp_path / "prepared").iterdir()) == []


def test_it_ends_when_cancelled_and_when_it_takes_too_long(tmp_path, planned, hostile_checks, monkeypatch) -> None:
    with pytest.raises(WorkerEnded, match="cancelled"):
        ensure_prepared(tmp_path, planned("slow_rules"), [hostile_checks], lambda: True)
    monkeypatch.setattr(prepared, "SECONDS", 0)
    with pytest.raises(PrepareError, match="did not compile within"):
        ensure_prepared(tmp_path, planned("slow_rules"), [hostile_checks])


def test_what_nobody_uses_any_more_goes(tmp_path, planned, hostile_checks) -> None:
    home = tmp_path / "prepared"
    old = [home / f"old-{n}" for n in range(12)]
    for age, folder in enumerate([*old, home / "part-abandoned"]):
        folder.mkdir(parents=True)
        long_ago = time.time() - 10_000 - age
        os.utime(folder, (long_ago, long_ago))
    (home / "part-at-work").mkdir()
    folder = ensure_prepared(tmp_path, planned("sound_rules"), [hostile_checks])
    left = {path.name for path in home.iterdir()}
    assert left == {folder.name, "part-at-work", *(p.name for p in old[: prepared.KEPT - 1])}


def test_the_folder_depends_on_the_rules(tmp_path, planned, hostile_checks, monkeypatch) -> None:
    one: Path | None = ensure_prepared(tmp_path, planned("sound_rules"), [hostile_checks])
    monkeypatch.setattr("app.plan._spec_digest", lambda spec: "another")
    assert ensure_prepared(tmp_path, planned("sound_rules"), [hostile_checks]) != one
