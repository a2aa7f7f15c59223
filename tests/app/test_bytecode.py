"""Bytecode is written where it is missing or old, whatever the environment says; a read-only house is left alone."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from app import bytecode


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("app", "checks/content"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(bytecode, "ROOT", tmp_path)
    monkeypatch.setattr(bytecode, "CHECKS", tmp_path / "checks")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return tmp_path


def compiled(path: Path) -> Path:
    return Path(importlib.util.cache_from_source(path))


def test_only_what_is_missing_or_old_is_compiled(house: Path) -> None:
    old, new = house / "app" / "old.py", house / "checks" / "content" / "new.py"
    for path in (old, new):
        path.write_text("a = 1\n")
    bytecode.compile_sources()
    assert compiled(old).is_file()
    os.utime(compiled(new), ns=(2**61, 2**61))
    old.write_text("a = 2\n")
    os.utime(compiled(old), ns=(1, 1))
    before = compiled(old).read_bytes()
    bytecode.compile_sources()
    assert compiled(old).read_bytes() != before
    assert compiled(new).stat().st_mtime_ns == 2**61


def test_a_broken_source_is_left_to_whoever_imports_it(house: Path) -> None:
    (house / "app" / "broken.py").write_text("def\n")
    (house / "app" / "whole.py").write_text("a = 1\n")
    bytecode.compile_sources()
    assert compiled(house / "app" / "whole.py").is_file()
    assert not compiled(house / "app" / "broken.py").exists()


def test_a_house_that_cannot_be_written_to_is_no_obstacle(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import py_compile

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(py_compile, "compile", refuse)
    (house / "app" / "whole.py").write_text("a = 1\n")
    bytecode.compile_sources()
    assert not compiled(house / "app" / "whole.py").exists()
