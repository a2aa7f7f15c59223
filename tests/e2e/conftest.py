"""The real command in a process of its own, with one managed clamd for the whole session."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from ..conftest import end_managed_clamd

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def runtime_folder() -> Iterator[Path]:
    """Where clamd's socket is: short, and shared, so that clamd starts once; it is ended afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="assay-"))
    yield folder
    end_managed_clamd(folder / "assay")
    shutil.rmtree(folder, ignore_errors=True)


Run = Callable[..., subprocess.CompletedProcess[bytes]]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "app", *map(str, arguments)]


@pytest.fixture
def environment(own_home: Path, runtime_folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_RUNTIME_DIR": str(runtime_folder)}


@pytest.fixture
def assay(environment: dict[str, str]) -> Run:
    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        extra = options.pop("env", {})
        return subprocess.run(
            command(*arguments),
            cwd=ROOT,
            capture_output=True,
            timeout=120,
            env={**environment, **extra},  # type: ignore[dict-item]
            **options,  # type: ignore[call-overload]
        )

    return run


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    """The builders of hostile archives, by path: tests are no package."""
    spec = importlib.util.spec_from_file_location("hostile_archives", ROOT / "tests" / "hostile" / "archives.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hostile_archives"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from app.practice import build_practice

    folder = tmp_path_factory.mktemp("practice")
    build_practice(folder)
    return folder
