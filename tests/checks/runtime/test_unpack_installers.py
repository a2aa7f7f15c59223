"""Installers of Windows and programs that unpack themselves: what they hold comes out, and what is wrong is said."""

from __future__ import annotations

import importlib.util
import random
import shutil
import struct
import subprocess
import time
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.runtime.archives.compound import BadCompound, CompoundFile
from checks.runtime.archives.installer_tables import packed_name
from checks.runtime.unpack import Limits

Unpack = Any
ROOT = Path(__file__).resolve().parents[3]


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"made_{name}", ROOT / "tests/samples/_made" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made, programs = _load("compound"), _load("programs")
SCRIPT = b"eval(atob('YWxlcnQoMSk='))\n" * 9
FILES = {"f1": b"hello\n", "f2": SCRIPT, "f3": b"other\n"}
TABLES = {
    "Media": [(1, 3, "#product.cab")],
    "Directory": [("TARGETDIR", "", "SourceDir"), ("APP", "TARGETDIR", "EXAMP~1|Example App"), ("DOC", "APP", ".:x")],
    "Component": [("c1", "APP"), ("c2", "DOC")],
    "File": [("f1", "READ~1.TXT|read me.txt", 6, "c1", 1), ("f2", "a.js", 9, "c1", 2), ("f3", "a.js", 6, "c2", 3)],
}
INSTALLER = made.msi(TABLES, streams={"product.cab": made.cabinet(FILES)})


def test_streams_and_the_files_of_cabinets_are_members(unpack_bytes: Unpack) -> None:
    result = unpack_bytes(INSTALLER, "a.msi")
    assert result.left_out == []
    assert result.facts.family == "windows-installer"
    files = result.files
    assert files["a.msi"] == INSTALLER and "a.msi!/!_StringPool" in files
    assert files["a.msi!/product.cab"] == made.cabinet(FILES)
    inside = {path.partition(".cab!/")[2]: data for path, data in files.items() if ".cab!/" in path}
    assert inside == {
        "Example App/read me.txt": b"hello\n",
        "Example App/a.js": SCRIPT,
        "f3/Example App/a.js": b"other\n",
    }


def test_an_installer_that_a_tool_built(unpack_bytes: Unpack) -> None:
    data = (ROOT / "tests/samples/installer/passes/wixl--example.msi").read_bytes()
    result = unpack_bytes(data, "a.msi")
    assert result.left_out == []
    inside = {path.partition(".cab!/")[2]: data for path, data in result.contents if ".cab!/" in path}
    assert inside == {
        "Example App/readme.txt": b"hello\n",
        "Example App/long name of a script.py": b'print("hello")\n',
        "Example App/docs/readme.txt": b"other\n",
    }


def test_an_installer_in_an_archive_is_opened(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    result = unpack_bytes(hostile.plain_zip({"d/a.msi": INSTALLER}), "a.zip")
    assert result.left_out == []
    assert result.files["d/a.msi!/product.cab!/Example App/a.js"] == SCRIPT


@pytest.mark.parametrize("kind", ["84", "86", "82", "00"])
def test_patches_and_transforms_too_and_whatever_has_tables(unpack_bytes: Unpack, kind: str) -> None:
    root = bytes.fromhex(f"{kind}100c0000000000c000000000000046")
    streams = {"[x]": SCRIPT} if kind != "00" else {packed_name("!_StringPool"): b"", "[x]": SCRIPT}
    result = unpack_bytes(made.compound({**streams, "s/below": b"deep"}, root), "a.bin")
    assert result.files["a.bin!/[x]"] == SCRIPT and result.files["a.bin!/s/below"] == b"deep"
    assert result.left_out == []


def test_a_document_stays_whole(unpack_bytes: Unpack) -> None:
    document = made.compound({"WordDocument": bytes(5000), "\x05SummaryInformation": b"x" * 99})
    result = unpack_bytes(document, "a.doc")
    assert result.files == {"a.doc": document} and result.left_out == []


def test_cabinets_outside_are_said_to_be(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    for cabinet in ("data1.cab", ""):
        data = made.msi({**TABLES, "Media": [(1, 3, cabinet)]})
        (item,) = unpack_bytes(data, "a.msi").left_out
        assert item.rule == "unsupported" and "outside" in item.detail and item.parent == 0
    beside = {"d/a.msi": made.msi({**TABLES, "Media": [(1, 3, "data1.cab")]}), "d/Data1.CAB": made.cabinet(FILES)}
    assert unpack_bytes(hostile.plain_zip(beside), "a.zip").left_out == []
    elsewhere = {"d/a.msi": beside["d/a.msi"], "e/data1.cab": beside["d/Data1.CAB"]}
    assert unpack_bytes(hostile.plain_zip(elsewhere), "a.zip").rules == {"unsupported"}
    assert unpack_bytes(made.msi(TABLES), "a.msi").rules == {"damaged"}
    media = [(1, 3, "#product.cab"), (2, 3, "more.cab")]
    unused = made.msi({**TABLES, "Media": media}, streams={"product.cab": made.cabinet(FILES)})
    assert unpack_bytes(unused, "a.msi").left_out == []


def test_names_in_tables_are_judged_like_any_other(unpack_bytes: Unpack) -> None:
    tables = {**TABLES, "File": [("f1", "../../evil.js", 6, "c1", 1)]}
    result = unpack_bytes(made.msi(tables, streams={"product.cab": made.cabinet(FILES)}), "a.msi")
    assert result.rules == {"traversal"}
    assert "a.msi!/product.cab!/Example App/../../evil.js" in result.files


def test_folders_in_a_circle_end(unpack_bytes: Unpack) -> None:
    tables = {**TABLES, "Directory": [("APP", "DOC", "a"), ("DOC", "APP", "b")]}
    result = unpack_bytes(made.msi(tables, streams={"product.cab": made.cabinet(FILES)}), "a.msi")
    assert result.left_out == [] and SCRIPT in result.files.values()


# -- what lies


def _row(data: bytes, name: str) -> int:
    return data.index(packed_name(name).encode("utf-16-le") + b"\0")


def _patch(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + struct.pack("<I", value) + data[at + 4 :]


BIG = made.msi(TABLES, streams={"product.cab": made.cabinet(FILES), "one": b"1" * 20_000, "two": SCRIPT * 40})


def test_a_size_that_lies_is_damage_and_the_rest_is_read(unpack_bytes: Unpack) -> None:
    for size in (0xFFFFFFFF, 30_000):
        result = unpack_bytes(_patch(BIG, _row(BIG, "one") + 120, size), "a.msi")
        assert result.rules == {"damaged"}
        assert result.files["a.msi!/one"].startswith(b"1" * 20_000)
        assert result.files["a.msi!/two"] == SCRIPT * 40 and len(result.pack) < 5 * len(BIG)


def test_a_circle_of_sectors_ends(unpack_bytes: Unpack) -> None:
    start = struct.unpack_from("<I", BIG, _row(BIG, "one") + 116)[0]
    fat = (struct.unpack_from("<I", BIG, 76)[0] + 1) * 512
    result = unpack_bytes(_patch(BIG, fat + 4 * (start + 3), start), "a.msi")
    damage = [item.detail for item in result.left_out if item.rule == "damaged"]
    assert damage == ["the sectors of the stream run in a circle"]
    assert result.files["a.msi!/one"] == b"1" * 2048


def test_streams_that_share_sectors_are_told_and_read(unpack_bytes: Unpack) -> None:
    start = struct.unpack_from("<I", BIG, _row(BIG, "one") + 116)[0]
    result = unpack_bytes(_patch(BIG, _row(BIG, "two") + 116, start), "a.msi")
    assert result.rules == {"overlap"}
    assert result.files["a.msi!/two"] == b"1" * len(SCRIPT * 40)
    # what no stream owns any more is looked at all the same
    assert SCRIPT in result.files["a.msi!/!unused-sectors"]


def test_a_hundred_thousand_streams_over_the_same_sectors(unpack_bytes: Unpack) -> None:
    began = time.monotonic()
    shared = _shared(100_000)
    result = unpack_bytes(shared, "a.msi", Limits(entries=150_000))
    assert time.monotonic() - began < 60
    assert len(result.pack) < 4 * len(shared)
    assert "overlap" in result.rules and "damaged" in result.rules


def _shared(count: int) -> bytes:
    """An installer of this many streams, all of them the same 1 MiB."""
    sectors = [b"s" * 512] * 2048
    fat = [*range(1, 2048), 0xFFFFFFFE]
    root = _entry("Root Entry", 5, child=1, class_id=bytes.fromhex("84100c0000000000c000000000000046"))
    rights = [*range(2, count + 1), None]
    rows = [root] + [_entry(f"s{n}", 2, right=right, start=0, size=1 << 20) for n, right in enumerate(rights)]
    directory = b"".join(rows) + bytes(-len(rows) % 4 * 128)
    start = len(sectors)
    sectors += [directory[at : at + 512] for at in range(0, len(directory), 512)]
    fat += [*range(start + 1, len(sectors)), 0xFFFFFFFE]
    need = -(-len(fat) // 126)
    first = len(sectors)
    table = fat + [0xFFFFFFFD] * need
    table += [0xFFFFFFFF] * (need * 128 - len(table))
    sectors += [struct.pack("<128I", *table[n * 128 : n * 128 + 128]) for n in range(need)]
    places = [*range(first, first + need)]
    chain, more = places[109:], len(sectors)
    lists = [chain[at : at + 127] for at in range(0, len(chain), 127)]
    for n, part in enumerate(lists):
        last = more + n + 1 if n + 1 < len(lists) else 0xFFFFFFFE
        sectors.append(struct.pack("<128I", *part, *[0xFFFFFFFF] * (127 - len(part)), last))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHHHIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, need, start, 0, 4096, 0xFFFFFFFE, 0,
                          more if lists else 0xFFFFFFFE, len(lists))  # fmt: skip
    places = places[:109] + [0xFFFFFFFF] * (109 - len(places))
    return header + struct.pack("<109I", *places) + b"".join(sectors)


def _entry(name: str, kind: int, *, right: int | None = None, child: int | None = None, start: int = 0xFFFFFFFE,
           size: int = 0, class_id: bytes = bytes(16)) -> bytes:  # fmt: skip
    raw = name.encode("utf-16-le")
    none = 0xFFFFFFFF
    right, child = none if right is None else right, none if child is None else child
    layout = "<64sHBBIII16sIQQIQ"
    return struct.pack(layout, raw, len(raw) + 2, kind, 1, none, right, child, class_id, 0, 0, 0, start, size)


def test_a_hundred_thousand_entries_end_at_the_limit(unpack_bytes: Unpack) -> None:
    result = unpack_bytes(_shared(5000), "a.msi", Limits(entries=1000))
    assert "limit_entries" in result.rules and len(result.entries) <= 1001


def test_streams_that_no_storage_holds_are_told_and_read(unpack_bytes: Unpack) -> None:
    # the first child becomes the only one: all others hang on it by its right neighbour
    at = _row(BIG, "product.cab")
    result = unpack_bytes(_patch(BIG, at + 72, 0xFFFFFFFF), "a.msi")
    assert "disagreement" in result.rules
    assert result.files["a.msi!/!unlisted/two"] == SCRIPT * 40


def test_a_directory_in_a_circle_ends(unpack_bytes: Unpack) -> None:
    result = unpack_bytes(_patch(BIG, _row(BIG, "one") + 68, 1), "a.msi")
    assert result.rules == {"damaged"} and result.files["a.msi!/two"] == SCRIPT * 40


def test_what_was_appended_is_a_member_and_told(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    padded = BIG + hostile.plain_zip({"evil.js": SCRIPT})
    result = unpack_bytes(padded, "a.msi")
    assert result.rules == {"trailing_data", "prefix_data"}
    name = f"a.msi!/!hidden-bytes-at-{len(BIG)}"
    assert result.files[name] == padded[len(BIG) :]
    assert result.files["a.msi!/evil.js"] == SCRIPT == result.files[f"{name}!/evil.js"]


def test_tables_of_tables_in_a_circle_end(unpack_bytes: Unpack) -> None:
    data = bytearray(_shared(60_000))
    (more,) = struct.unpack_from("<I", data, 68)
    struct.pack_into("<I", data, (more + 1) * 512 + 508, more)
    result = unpack_bytes(bytes(data), "a.msi", Limits(entries=50))
    assert any("list of its tables runs in a circle" in item.detail for item in result.left_out)


@pytest.mark.parametrize(("at", "value"), [(30, b"\x40\0"), (32, b"\1\0"), (48, b"\xff" * 4), (76, b"\xff" * 436)])
def test_an_installer_that_cannot_be_followed_is_said_to_be(unpack_bytes: Unpack, at: int, value: bytes) -> None:
    data = BIG[:at] + value + BIG[at + len(value) :]
    result = unpack_bytes(data, "a.msi")
    assert [(item.rule, item.path) for item in result.left_out] == [("damaged", "a.msi")]
    with pytest.raises(BadCompound):
        CompoundFile(memoryview(data), 100)


SMALL = Limits(entries=200, bytes=1 << 20, entry_bytes=1 << 19, depth=4, seconds=5)
# places where numbers lie that lead somewhere: the header, the directory, the tables
_SPOTS = [*range(24, 80), *range((struct.unpack_from("<I", BIG, 48)[0] + 1) * 512, len(BIG))]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1 << 32), st.integers(1, 30))
def test_mutated_installers(unpack_bytes: Unpack, seed: int, changes: int) -> None:
    random_ = random.Random(seed)
    data = bytearray(BIG)
    for _ in range(changes):
        at = random_.choice(_SPOTS)
        value = random_.choice((0, 1, 2, random_.getrandbits(6), 0xFF, 0xFFFFFFFE, random_.getrandbits(32)))
        data[at : at + 4] = struct.pack("<I", value)
    data = data[: random_.choice((len(data), len(data), random_.randrange(len(data))))] or bytearray(b"\xd0")
    began = time.monotonic()
    result = unpack_bytes(bytes(data), "a.msi", SMALL)
    assert time.monotonic() - began < SMALL.seconds + 1
    assert 0 < len(result.entries) <= SMALL.entries + 1 and len(result.pack) <= SMALL.bytes
    for number, entry in enumerate(result.entries):
        assert entry.n == number and entry.parent < number
        assert entry.offset + entry.size <= (len(data) if entry.source == "artifact" else len(result.pack))


# -- programs that unpack themselves

STUB = programs.pe()


def seven_zip(tmp_path: Path) -> bytes:
    (tmp_path / "a.js").write_bytes(SCRIPT)
    subprocess.run(["7z", "a", "-bd", "t.7z", "a.js"], cwd=tmp_path, capture_output=True, check=True)
    data = (tmp_path / "t.7z").read_bytes()
    for name in ("t.7z", "a.js"):
        (tmp_path / name).unlink()
    return data


def test_cabinets_in_a_program_are_opened(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    program = STUB + made.cabinet({"a.js": SCRIPT}) + b"between" * 9 + made.cabinet({"b.js": SCRIPT}) + b"signature"
    result = unpack_bytes(program, "setup.exe")
    first = f"setup.exe!/archive-at-{len(STUB)}.cab"
    assert result.left_out == [] and result.files["setup.exe"] == program
    assert result.files[f"{first}!/a.js"] == SCRIPT
    assert [path.rpartition("/")[2] for path in result.files][-2:] == ["a.js", "b.js"]
    nested = unpack_bytes(hostile.plain_zip({"setup.exe": program}), "a.zip")
    assert nested.files[f"{first}!/a.js"] == SCRIPT


@pytest.mark.skipif(shutil.which("7z") is None, reason="7z is not installed")
def test_seven_zip_behind_a_program_is_opened(unpack_bytes: Unpack, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    program = STUB + b";!@Install@!UTF-8!\n;!@InstallEnd@!" + seven_zip(folder) + bytes(4096)
    result = unpack_bytes(program, "setup.exe")
    assert result.left_out == [] and SCRIPT in [data for path, data in result.contents if path.endswith("7z!/a.js")]


@pytest.mark.parametrize("mark", [b"7z\xbc\xaf\x27\x1c", b"MSCF\0\0\0\0", b"Rar!\x1a\x07\0", b"Rar!\x1a\x07\1\0"])
def test_a_mark_alone_is_no_archive(unpack_bytes: Unpack, mark: bytes) -> None:
    plausible = b"\0\4" + b"\1" * 4 + struct.pack("<QQI", 0, 8, 0) + bytes(100)
    for behind in (b"", bytes(10), bytes(100), b"\xff" * 100, plausible):
        program = STUB + mark + behind
        result = unpack_bytes(program, "setup.exe")
        assert result.files == {"setup.exe": program} and result.left_out == []


@pytest.mark.parametrize(
    "head", ["526172211a0700cf907300000d00000000000000", "526172211a0701003392b5e50a01050600050101808000"]
)
def test_archives_by_rar_are_known_by_their_first_block(unpack_bytes: Unpack, head: str) -> None:
    result = unpack_bytes(STUB + bytes.fromhex(head) + bytes(100), "setup.exe")
    assert f"setup.exe!/archive-at-{len(STUB)}.rar" in result.files


def test_a_damaged_archive_in_a_program_is_said_to_be(unpack_bytes: Unpack) -> None:
    start = bytearray(b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + struct.pack("<QQI", 8, 20, 7) + b"garbage" * 9)
    start[8:12] = struct.pack("<I", zlib.crc32(start[12:32]))
    assert unpack_bytes(STUB + start, "setup.exe").rules == {"damaged"}


def test_text_that_begins_like_a_program_is_text(unpack_bytes: Unpack) -> None:
    text = b"MZ is how they begin " * 9 + made.cabinet({"a.js": SCRIPT})
    assert unpack_bytes(text, "a.txt").files == {"a.txt": text}
