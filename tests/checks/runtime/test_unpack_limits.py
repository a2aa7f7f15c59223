"""Limits hold to the byte and to the entry, whatever the archive is."""

from __future__ import annotations

import gc
import importlib.util
import random
import sys
import tempfile
import time
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.runtime.archives.formats import detect
from checks.runtime.archives.limits import GRACE
from checks.runtime.archives.names import decode_name, judge_name, leads_outside
from checks.runtime.archives.zip_layout import find_directories
from checks.runtime.package import Entry, LeftOut
from checks.runtime.unpack import Limits, unpack

Unpack = Any
FILES = {f"f{number}.bin": random.Random(number).randbytes(1000) for number in range(20)}


def _hostile() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "hostile" / "archives.py"
    spec = importlib.util.spec_from_file_location("hostile_archives_fuzz", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


HOSTILE = _hostile()
FORMS = {"zip": HOSTILE.plain_zip, "tar": HOSTILE.plain_tar, "tgz": HOSTILE.plain_tgz}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("limit", [0, 1, 7, 19])
def test_entries(unpack_bytes: Unpack, form: str, limit: int) -> None:
    result = unpack_bytes(FORMS[form](FILES), limits=Limits(entries=limit))
    members = [e for e in result.entries if e.source == "pack"]
    assert len(members) == limit
    assert result.rules == {"limit_entries"}
    assert unpack_bytes(FORMS[form](FILES), limits=Limits(entries=20)).left_out == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("limit", [0, 1, 999, 1000, 1001, 19_999])
def test_bytes(unpack_bytes: Unpack, form: str, limit: int) -> None:
    result = unpack_bytes(FORMS[form](FILES), limits=Limits(bytes=limit))
    assert len(result.pack) == limit == sum(e.size for e in result.entries if e.source == "pack")
    assert result.rules == {"limit_bytes"}
    for entry in result.entries[:-1]:
        assert result.content(entry) == FILES[entry.path]
    assert unpack_bytes(FORMS[form](FILES), limits=Limits(bytes=20_000)).left_out == []


@pytest.mark.parametrize("form", FORMS)
def test_bytes_of_one_entry(unpack_bytes: Unpack, form: str) -> None:
    files = {"small": b"s" * 10, "large": b"l" * 300_000, "last": b"z" * 100}
    result = unpack_bytes(FORMS[form](files), limits=Limits(entry_bytes=100))
    assert result.files == {"small": b"s" * 10, "large": b"l" * 100, "last": b"z" * 100}
    assert [(item.rule, item.path) for item in result.left_out] == [("limit_entry_bytes", "large")]


@pytest.mark.parametrize("form", FORMS)
def test_bytes_of_one_entry_that_comes_in_many_blocks(unpack_bytes: Unpack, form: str) -> None:
    large, limit = random.Random(2).randbytes(3 << 20), (3 << 19) + 1
    result = unpack_bytes(FORMS[form]({"large": large, "last": b"z"}), limits=Limits(entry_bytes=limit))
    assert result.files == {"large": large[:limit], "last": b"z"}


def test_a_bomb_in_a_large_package_is_cut_alone(unpack_bytes: Unpack) -> None:
    files = {"noise": random.Random(3).randbytes(1 << 20), "zeros": bytes(80 << 20), "last": b"z"}
    result = unpack_bytes(HOSTILE.plain_zip(files))
    assert [(item.rule, item.path) for item in result.left_out] == [("bomb_ratio", "zeros")]
    assert GRACE <= result.entries[1].size <= GRACE + (2 << 20)
    assert result.files["last"] == b"z"


@pytest.mark.parametrize("form", FORMS)
def test_seconds(unpack_bytes: Unpack, form: str) -> None:
    result = unpack_bytes(FORMS[form](FILES), limits=Limits(seconds=0))
    assert result.rules == {"limit_seconds"}
    assert [e.source for e in result.entries] == ["artifact"]


def test_seconds_end_a_long_member_with_what_was_read(unpack_bytes: Unpack, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10_000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    data = HOSTILE.plain_zip({"a.bin": random.Random(1).randbytes(4 << 20)})
    result = unpack_bytes(data, limits=Limits(seconds=10))
    (entry,) = result.entries
    assert 0 < entry.size < 4 << 20
    assert result.rules == {"limit_seconds"}


def test_ratio(unpack_bytes: Unpack) -> None:
    zeros = bytes(66 << 20)
    data = HOSTILE.plain_zip({"z": zeros})
    assert zlib.crc32(unpack_bytes(data, limits=Limits(ratio=2000)).pack) == zlib.crc32(zeros)
    cut = unpack_bytes(data, limits=Limits(ratio=100))
    assert len(cut.pack) < len(zeros)
    assert cut.rules == {"bomb_ratio"}


@pytest.mark.needs("linux")
def test_open_files_do_not_pile_up(tmp_path: Path) -> None:
    """A worker may have 256: no archive may stay open because a damaged one left a traceback behind."""
    good, bad = HOSTILE.plain_tgz({"a": b"x"}), HOSTILE.plain_tgz({"a": b"x" * 3000})[:-20]
    cut = HOSTILE.plain_zip({"a": b"x" * 3000})[:-30]
    members = {f"{n}.{kind}": data for n in range(40) for kind, data in [("tgz", good), ("gz", bad), ("zip", cut)]}
    artifact = tmp_path / "artifact"
    artifact.write_bytes(HOSTILE.plain_zip(members))
    counts: list[int] = []
    descriptors = Path("/proc/self/fd")
    gc.collect()
    gc.disable()
    try:
        with (tmp_path / "pack").open("w+b") as pack:
            unpack(
                artifact, pack, Limits(), lambda row: counts.append(len(list(descriptors.iterdir()))), lambda *_: None
            )
    finally:
        gc.enable()
    assert len(counts) > 200
    assert max(counts) - min(counts) <= 3


def test_a_directory_of_endless_rows_is_not_read_to_its_end(unpack_bytes: Unpack) -> None:
    row = HOSTILE.central_row(b"a", 0, 0, 0, 0, 0, 0, 0)
    data = HOSTILE.local_header(b"a", 0, 0, 0, 0, 0)
    directory = row * 5000
    ends = b"".join(HOSTILE.end_record(5000, len(directory) + 22 * n, len(data)) for n in range(40))
    assert len(find_directories(memoryview(data + directory + ends), 100)) <= 4
    result = unpack_bytes(data + directory + ends, limits=Limits(entries=100))
    assert "limit_entries" in result.rules


def test_names_are_cut_to_their_limit(unpack_bytes: Unpack) -> None:
    data = HOSTILE.make_zip([HOSTILE.Member("ü".encode() * 30, b"x")])
    result = unpack_bytes(data, limits=Limits(name_bytes=21))
    assert len(result.entries[0].path.encode("utf-8", "surrogateescape")) == 21
    assert "name" in result.rules


# -- anything at all: no exception, and what the host relies on


SEEDS = [
    build()
    for name, (_, build, rule) in HOSTILE.COLLECTION.items()
    if not rule.startswith("bomb") and "long" not in name and "nested" not in name
]
SEEDS += [form(FILES) for form in FORMS.values()]
SMALL = Limits(entries=200, bytes=1 << 20, entry_bytes=1 << 19, depth=3, seconds=5)


def survive(data: bytes, name: str) -> None:
    rows: list[Entry | LeftOut] = []
    with tempfile.TemporaryDirectory() as folder:
        artifact = Path(folder, "artifact")
        artifact.write_bytes(data)
        with Path(folder, "pack").open("w+b") as pack:
            began = time.monotonic()
            unpack(artifact, pack, SMALL, rows.append, lambda written, count: None, name=name)
            assert time.monotonic() - began < SMALL.seconds + 1
            size = pack.seek(0, 2)
    assert size <= SMALL.bytes
    entries = [row for row in rows if isinstance(row, Entry)]
    assert 0 < len(entries) <= SMALL.entries + 1
    for number, entry in enumerate(entries):
        assert entry.n == number
        assert entry.parent < number
        assert entry.offset >= 0 and entry.size >= 0
        assert entry.offset + entry.size <= (len(data) if entry.source == "artifact" else size)


@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(max_size=6)), max_size=8), st.data()
)
def test_mutated_archives(seed: bytes, changes: list[tuple[int, bytes]], data: st.DataObject) -> None:
    mutated = bytearray(seed)
    for at, patch in changes:
        at %= len(mutated)
        mutated[at : at + len(patch)] = patch
    cut = data.draw(st.integers(0, len(mutated)))
    survive(bytes(mutated[:cut]) if data.draw(st.booleans()) else bytes(mutated), "a.zip")


MAGICS = [
    b"PK\3\4",
    b"PK\5\6",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07\0",
    b"Rar!\x1a\x07\1\0",
    b"!<arch>\n",
    b"Cr24\3\0\0\0",
]
MAGICS += [
    b"\xed\xab\xee\xdb",
    b"MSCF\0\0\0\0",
    b"xar!\x00\x1c",
    b"070701",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\x1f\x8b\x08\0",
]


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(MAGICS), st.binary(max_size=600))
def test_a_magic_and_then_anything(magic: bytes, rest: bytes) -> None:
    survive(magic + rest, "a.bin")


@given(st.binary(max_size=200))
def test_names_of_any_bytes(raw: bytes) -> None:
    name = decode_name(raw)
    assert name.encode("utf-8", "surrogateescape") in raw or name == "."
    for rule, detail in judge_name(name):
        assert rule in ("name", "name_encoding", "absolute", "traversal") and detail
    leads_outside(name, name, symbolic=True, whole_system=False)
    detect(raw, name)


@pytest.mark.parametrize(
    ("member", "target", "outside"),
    [
        ("a/b", "../c", False), ("a/b", "../../c", True), ("l", "x/../y", False), ("l", "x/../../y", True),
        ("l", "/etc", True), ("l", "C:\\x", True), ("a/b/c", "../../d", False), ("l", "..", True), ("l", ".", False),
    ],
)  # fmt: skip
def test_links(member: str, target: str, outside: bool) -> None:
    assert leads_outside(member, target, symbolic=True, whole_system=False) is outside
    assert not leads_outside(member, target, symbolic=True, whole_system=True)


@pytest.mark.parametrize("name", ["a.js", "a..b/c", ".hidden/x", "ü/ñ.txt", "日本.md", "a b", "...", "x/...y"])
def test_ordinary_names_pass(name: str) -> None:
    assert list(judge_name(name)) == []
