"""Unpacking as tests want it: bytes in, everything that came out at hand."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from checks.runtime.package import Entry, LeftOut
from checks.runtime.unpack import Limits, UnpackFacts, unpack


def load_hostile() -> ModuleType:
    """The builders in tests/hostile, by path: tests are no package."""
    if "hostile_archives" not in sys.modules:
        path = Path(__file__).resolve().parents[2] / "hostile" / "archives.py"
        spec = importlib.util.spec_from_file_location("hostile_archives", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["hostile_archives"] = module
        spec.loader.exec_module(module)
    return sys.modules["hostile_archives"]


@dataclass
class Unpacked:
    """Rows in order, and the pack's bytes."""

    facts: UnpackFacts
    rows: list[Entry | LeftOut]
    pack: bytes
    artifact: bytes
    progress: list[tuple[int, int]]

    @property
    def entries(self) -> list[Entry]:
        return [row for row in self.rows if isinstance(row, Entry)]

    @property
    def left_out(self) -> list[LeftOut]:
        return [row for row in self.rows if isinstance(row, LeftOut)]

    @property
    def rules(self) -> set[str]:
        return {item.rule for item in self.left_out}

    @property
    def contents(self) -> list[tuple[str, bytes]]:
        return [(e.path, self.content(e)) for e in self.entries if e.type == "file"]

    @property
    def files(self) -> dict[str, bytes]:
        return dict(self.contents)

    def content(self, entry: Entry) -> bytes:
        source = self.artifact if entry.source == "artifact" else self.pack
        return source[entry.offset : entry.offset + entry.size]


Unpack = Callable[..., Unpacked]


def run_unpack(folder: Path, data: bytes, name: str = "sample", limits: Limits | None = None) -> Unpacked:
    (folder / "artifact").write_bytes(data)
    rows: list[Entry | LeftOut] = []
    steps: list[tuple[int, int]] = []
    with (folder / "pack").open("w+b") as pack:
        facts = unpack(
            folder / "artifact",
            pack,
            limits or Limits(),
            rows.append,
            lambda written, count: steps.append((written, count)),
            name=name,
        )
    return Unpacked(facts, rows, (folder / "pack").read_bytes(), data, steps)


@pytest.fixture
def unpack_bytes(tmp_path: Path) -> Unpack:
    """`unpack_bytes(data, name, limits) -> Unpacked`."""
    return lambda data, name="sample", limits=None: run_unpack(tmp_path, data, name, limits)


@pytest.fixture(scope="session")
def hostile() -> ModuleType:
    return load_hostile()
