"""Packages to measure on, and the command to measure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.support import Assay, write_zip

NPM = (
    "typescript@5.9.2",
    "lodash@4.17.21",
    "core-js@3.39.0",
    "rxjs@7.8.1",
    "date-fns@4.1.0",
    "three@0.170.0",
    "antd@5.22.0",
)
PYPI = ("Django==5.1", "botocore==1.44.5", "sympy==1.14.0", "networkx==3.6.1", "numpy==2.4.6")


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Real packages of the registries."""
    given = os.environ.get("ASSAY_BENCH_PACKAGES")
    if given:
        folder = Path(given)
    else:
        folder = tmp_path_factory.mktemp("packages")
        subprocess.run(["npm", "pack", "--silent", *NPM], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, *PYPI], cwd=folder, check=True)
    return sorted(p for p in folder.rglob("*") if p.name.endswith((".tgz", ".whl", ".tar.gz")))


@pytest.fixture(scope="session")
def assay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assay]:

    runtime = Path(tempfile.mkdtemp(prefix="assay-bench-"))
    runtime.chmod(0o700)
    tool = Assay(tmp_path_factory.mktemp("assay"), runtime)
    small = write_zip(tool.folder / "warm.zip", {"a.txt": b"hello\n"})
    tool.check(small)  # compiles the rules, starts clamd
    yield tool
    tool.stop()
    shutil.rmtree(runtime, ignore_errors=True)
