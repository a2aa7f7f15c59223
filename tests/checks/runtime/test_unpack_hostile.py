"""Every hostile archive is contained and named, and its bytes are there to be checked."""

from __future__ import annotations

import gzip
import importlib.util
import struct
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from checks.runtime.archives import session as session_module
from checks.runtime.archives.limits import GRACE
from checks.runtime.unpack import Limits

Unpack = Any
MIB = 1 << 20


def _names() -> list[str]:
    path = Path(__file__).resolve().parents[2] / "hostile" / "archives.py"
    spec = importlib.util.spec_from_file_location("hostile_archives_names", path)
    assert spec is not None and spec.loader is not None
    import sys

    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return list(module.COLLECTION)


@pytest.mark.parametrize("case", _names())
def test_each_is_reported(unpack_bytes: Unpack, hostile: ModuleType, tmp_path: Path, case: str) -> None:
    name, build, rule = hostile.COLLECTION[case]
    result = unpack_bytes(build(), name)
    assert rule in result.rules, result.left_out
    assert result.entries, "whatever it was, something is there to be checked"
    for number, entry in enumerate(result.entries):
        assert entry.n == number and entry.parent < number
        source = result.artifact if entry.source == "artifact" else result.pack
        assert entry.offset + entry.size <= len(source)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["artifact", "pack"], "nothing else is created"
    # 64 MiB are free, then the ratio holds
    assert len(result.pack) <= GRACE + 8 * MIB


@pytest.mark.parametrize(
    "case",
    [
        "traversal-zip", "traversal-tar", "absolute-tar", "name-nul", "name-newline", "name-bidi", "name-long",
        "duplicate-zip", "disagreement-name", "disagreement-unlisted", "disagreement-two-directories",
        "damaged-no-directory", "damaged-deflate", "bomb_ratio-zip", "bomb_ratio-tgz", "prefix_data-executable",
        "disagreement-behind", "disagreement-size", "damaged-checksum",
    ],
)  # fmt: skip
def test_the_payload_is_checked_all_the_same(unpack_bytes: Unpack, hostile: ModuleType, case: str) -> None:
    name, build, _ = hostile.COLLECTION[case]
    assert hostile.SCRIPT in [data for _, data in unpack_bytes(build(), name).contents]


def test_the_name_stays_what_it_was(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    result = unpack_bytes(hostile.make_zip([hostile.Member(b"../\xff\0\n", b"x")]))
    assert [e.path for e in result.entries] == ["../\udcff\0\n"]
    assert result.rules == {"traversal", "name", "name_encoding"}


def test_the_variant_of_the_second_reading_keeps_its_name(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    result = unpack_bytes(hostile.COLLECTION["disagreement-name"][1]())
    assert [e.path for e in result.entries] == ["good.txt", "!second-reading/evil.js"]
    assert result.entries[0].offset == result.entries[1].offset


def test_quines_are_quines(hostile: ModuleType) -> None:
    """The builders earn their name by outside witnesses, checksums included."""
    data = hostile.quine_gzip()
    assert gzip.decompress(data) == data
    data = hostile.quine_zip()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.read("r.zip") == data


def test_overlapping_members_are_valid_to_others(hostile: ModuleType) -> None:
    with zipfile.ZipFile(BytesIO(hostile.overlapping_zip(4, b"kernel"))) as archive:
        assert archive.testzip() is None
        assert archive.read("file-00000.txt").endswith(b"kernel")


def test_sparse_holes_are_dropped_and_data_kept(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    for build in (hostile.gnu_sparse_tar, hostile.pax_sparse_tar):
        result = unpack_bytes(build(1 << 40))
        assert result.files == {"sparse.img": b"x" * 512, "after.txt": b"still here"}
        small = unpack_bytes(build(4096))
        assert small.files["sparse.img"] == bytes(3584) + b"x" * 512
        assert small.left_out == []


def test_types_without_bytes(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    kinds = {tarfile.CHRTYPE: "device", tarfile.BLKTYPE: "device", tarfile.FIFOTYPE: "fifo", tarfile.DIRTYPE: "dir"}
    data = hostile.make_tar([(hostile.entry(f"n{kind.decode()}", kind), b"") for kind in kinds])
    assert [e.type for e in unpack_bytes(data).entries] == list(kinds.values())
    link = hostile.make_tar([(hostile.entry("l", tarfile.SYMTYPE, "a/../b"), b"")])
    (entry,) = unpack_bytes(link).entries
    assert (entry.type, entry.link) == ("symlink", "a/../b")


def test_a_flood_of_notes_ends_in_a_count(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    most = session_module.MAX_LEFT_OUT
    data = hostile.make_zip(hostile.Member(b"../%d" % number, b"") for number in range(most + 5))
    result = unpack_bytes(data)
    assert len(result.left_out) == most + 1
    assert result.left_out[-1].detail == "and 5 more of this kind"


def test_a_hundred_thousand_entries_and_one(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    result = unpack_bytes(hostile.make_zip(hostile.Member(b"f%d" % number) for number in range(100_001)))
    assert len(result.entries) == 100_000
    assert result.rules == {"limit_entries"}


def test_data_behind_the_end_of_compression_and_tar(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    tar = hostile.plain_tar({"a.js": b"good"})
    behind = unpack_bytes(gzip.compress(tar + b"hidden"), "a.tgz")
    assert behind.rules == {"trailing_data"}
    assert b"hidden" in behind.files.values()
    after = unpack_bytes(gzip.compress(tar) + b"junk", "a.tgz")
    assert after.rules == {"trailing_data"}
    assert b"junk" in after.files.values()
    joined = unpack_bytes(gzip.compress(tar + hostile.plain_tar({"evil.js": b"bad"})), "a.tgz")
    assert joined.files == {"a.js": b"good", "evil.js": b"bad"}


def test_an_empty_tar_of_zeros_is_a_file(unpack_bytes: Unpack) -> None:
    result = unpack_bytes(gzip.compress(bytes(10_240)), "zeros.gz")
    assert result.files == {"zeros": bytes(10_240)}


def test_chrome_headers_that_lie(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    body = hostile.plain_zip({"manifest.json": b"{}"})
    for version, length, rule in [(9, 0, "unsupported"), (3, 1 << 31, "damaged"), (2, 1 << 31, "damaged")]:
        result = unpack_bytes(b"Cr24" + struct.pack("<LL", version, length) + bytes(8) + body, "a.crx")
        assert result.rules == {rule}
        assert [e.path for e in result.entries] == ["a.crx"]


def test_bombs_do_not_hide_their_neighbours(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    zeros = bytes(80 * MIB)
    result = unpack_bytes(
        hostile.plain_zip({"1": zeros, "2": zeros, "inner.zip": hostile.plain_zip({"x": b"y"}), "z.js": b"evil"})
    )
    assert result.files["z.js"] == b"evil"
    assert "inner.zip!/x" not in result.files
    assert ("bomb_ratio", "inner.zip") in {(item.rule, item.path) for item in result.left_out}
    assert len(result.pack) < 2 * GRACE


def test_depth_is_counted_from_the_artifact(unpack_bytes: Unpack, hostile: ModuleType) -> None:
    data = hostile.nested_zip(3, 1, b"leaf")
    assert unpack_bytes(data, limits=Limits(depth=3)).left_out == []
    shallow = unpack_bytes(data, limits=Limits(depth=2))
    assert shallow.rules == {"limit_depth"}
    assert b"leaf" not in shallow.files.values()


def test_a_freed_reader_is_not_asked_for_its_error() -> None:
    """libarchive-c's check on the return code would read freed memory; ours has no check at all."""
    from checks.runtime.archives.library import load_library

    library = load_library()
    assert library.ffi.read_free.errcheck is not None
    assert getattr(library.read_free, "errcheck", None) is None


def test_what_only_looks_like_a_zip_is_kept_once_not_inside_itself(unpack_bytes: Unpack) -> None:
    broken = unpack_bytes(b"PK\x03\x04" + bytes(range(1, 251)) * 8, "a.apk")
    hidden = [path for path in broken.files if "!hidden-bytes-at-0" in path]
    assert len(hidden) == 1, hidden
