"""What tests of checks stand on: packages made from plain dictionaries, and rules compiled once a session."""

from __future__ import annotations

import hashlib
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.runtime import package as package_module
from checks.runtime.catalog import CheckSpec, load_catalog
from checks.runtime.execution import run_file_check, run_package_check
from checks.runtime.model import Component, Fact, Finding, Unchecked
from checks.runtime.package import Blobs, Entry, LeftOut, Package, place_resources

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"
# In a child, as the host does it: a compiler that crashes must not take the tests with it.
PREPARE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from checks.runtime.catalog import load_catalog
out = Path(sys.argv[3])
for spec in load_catalog().values():
    if spec.prepare is not None and spec.id in sys.argv[4:]:
        folder = out / spec.id
        folder.mkdir()
        spec.prepare(Path(sys.argv[2]), folder)
"""

MakePackage = Callable[..., Package]
Result = Finding | Fact | Component | Unchecked
RunCheck = Callable[..., list[Result]]


@pytest.fixture
def make_package(tmp_path_factory: pytest.TempPathFactory) -> MakePackage:
    """`make_package({path: bytes}, kind=..., parents={path: parent path}) -> Package`, with a real pack file."""

    def make(
        files: Mapping[str, bytes],
        *,
        kind: str = "download",
        name: str = "sample",
        declared_type: str = "",
        parents: Mapping[str, str] | None = None,
        modes: Mapping[str, int] | None = None,
    ) -> Package:
        pack = tmp_path_factory.mktemp("pack") / "pack"
        pack.write_bytes(b"".join(files.values()))
        numbers = {path: number for number, path in enumerate(files)}
        offsets = itertools.accumulate((len(data) for data in files.values()), initial=0)
        entries = [
            Entry(
                number, path, "file", len(data), offset, "pack", hashlib.sha256(data).hexdigest(),
                mode=(modes or {}).get(path, 0o644), parent=numbers.get((parents or {}).get(path, ""), -1),
            )
            for (number, (path, data)), offset in zip(enumerate(files.items()), offsets, strict=False)
        ]  # fmt: skip
        return Package(entries, Blobs(None, pack), kind=kind, name=name, declared_type=declared_type)

    return make


@pytest.fixture
def unpack_package(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Package]:
    """`unpack_package(name, data, limits=Limits()) -> Package`: a submission, really unpacked."""
    from checks.runtime.unpack import Limits, unpack

    def make(name: str, data: bytes, limits: Limits | None = None) -> Package:
        folder = tmp_path_factory.mktemp("unpacked")
        (folder / "artifact").write_bytes(data)
        rows: list[Entry | LeftOut] = []
        with (folder / "pack").open("w+b") as pack:
            facts = unpack(
                folder / "artifact", pack, limits or Limits(), rows.append, lambda written, count: None, name=name
            )
        blobs = Blobs(folder / "artifact", folder / "pack")
        entries = [row for row in rows if isinstance(row, Entry)]
        left_out = [row for row in rows if isinstance(row, LeftOut)]
        return Package(entries, blobs, kind=facts.kind, name=name, left_out=left_out)

    return make


@pytest.fixture(scope="session")
def catalog() -> dict[str, CheckSpec]:
    return load_catalog()


class _Prepared:
    """Compiles the rules of a check when a test first asks, in a folder that the whole session shares."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._done: set[str] = set()

    def __call__(self, spec: CheckSpec) -> Path:
        if spec.prepare is not None and spec.id not in self._done:
            command = [sys.executable, "-c", PREPARE, str(ROOT), str(RESOURCES), str(self.folder), spec.id]
            done = subprocess.run(command, capture_output=True, text=True, timeout=100)
            assert done.returncode == 0, f"prepare() of {spec.id} failed:\n{done.stderr}"
            self._done.add(spec.id)
        return self.folder / spec.id


@pytest.fixture(scope="session")
def _rules(tmp_path_factory: pytest.TempPathFactory) -> _Prepared:
    return _Prepared(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def prepared(_rules: _Prepared) -> Iterator[_Prepared]:
    """`prepared(spec)` makes sure that the check's rules are compiled and placed; each is compiled once a session."""
    before = (package_module._resources, package_module._prepared)
    place_resources(RESOURCES, _rules.folder)
    yield _rules
    place_resources(*before)


@pytest.fixture
def run_check(prepared: _Prepared) -> RunCheck:
    """`run_check(spec, package, **parameters)`: all results of one check, through the same code as in a worker."""

    def run(spec: CheckSpec, package: Package, **parameters: Any) -> list[Result]:
        prepared(spec)
        values = {**spec.parameters, **parameters}
        if spec.per_file:
            files = [f for f in package.files if spec.gate is None or spec.id in spec.gate(f)]
            return list(run_file_check(spec, files, values))
        return list(run_package_check(spec, package, values))

    return run


@pytest.fixture(scope="session")
def clamd_service() -> Iterator[Path]:
    """The socket of a managed clamd, started once for the session and ended with it."""
    from app.clamd import ClamdService

    with tempfile.TemporaryDirectory(prefix="assay-clamd-") as folder:
        Path(folder).chmod(0o755)
        with ClamdService(Path(folder) / "run", RESOURCES / "signatures", persistent=False, system=False) as service:
            status = service.ensure()
            assert status.socket is not None, status.reason
            yield status.socket


@pytest.fixture
def clamd(clamd_service: Path) -> Iterator[Path]:
    """The same, and placed where checks look for it."""
    before = dict(package_module._services)
    package_module.place_services({"clamd": clamd_service})
    yield clamd_service
    package_module.place_services(before)


def as_json(results: list[Finding | Unchecked]) -> str:
    """Results for an assertion's message."""
    return json.dumps([repr(r) for r in results], indent=1)
