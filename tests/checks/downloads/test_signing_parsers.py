"""Parsers of signatures on damaged and hostile bytes: they end in a verdict, whatever the bytes are."""

from __future__ import annotations

import importlib.util
import io
import sys
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from asn1crypto import core
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.downloads.signing import apk as apk
from checks.downloads.signing import cbor as cbor
from checks.downloads.signing import pgp as pgp
from checks.downloads.signing.authenticode import is_program, verify_program
from checks.downloads.signing.certificates import date_of, load_certificate
from checks.downloads.signing.cms import read_message
from checks.downloads.signing.crx import verify_crx
from checks.downloads.signing.jar import Members, Rules, verify_jar
from checks.downloads.signing.lineage import read_lineage
from checks.downloads.signing.manifest import read_sections
from checks.downloads.signing.model import Malformed, Seal, State, Unsupported
from checks.downloads.signing.msi import verify_installer
from checks.downloads.signing.nuget import verify_nuget
from checks.downloads.signing.rpm import verify_rpm
from checks.downloads.signing.xpi import verify_xpi
from checks.runtime.package import Blobs, Entry, File

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "signatures"


def load_samples() -> ModuleType:
    if "signature_samples" not in sys.modules:
        path = ROOT / "samples" / "signature" / "samples.py"
        spec = importlib.util.spec_from_file_location("signature_samples", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["signature_samples"] = module
        spec.loader.exec_module(module)
    return sys.modules["signature_samples"]


S = load_samples()
M: Any = S.makers()
DEV = M.make_identity("Dev", 1)


def make_file(data: bytes, name: str = "a.bin") -> File:
    with tempfile.NamedTemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        return File(Entry(0, name, "file", len(data), 0, "artifact", ""), Blobs(Path(stream.name), None))


def make_members(files: dict[str, bytes]) -> Members:
    return Members({name: [make_file(data, name)] for name, data in files.items()})


def verify_apk(file: File) -> list[Seal]:
    try:
        blocks = apk.find_blocks(file)
    except Malformed:
        return []
    return apk.verify_blocks(file, blocks) if blocks is not None else []


@cache
def whole() -> dict[str, tuple[bytes, Callable[[File], list[Seal]]]]:
    """Signed files by name, each with what verifies it."""
    two = M.sign_apk(M.make_zip(S.APK), {S.V2: (DEV, b""), S.V3: (DEV, M.lineage(M.make_identity("Other", 2), DEV))})
    return {
        "exe": (M.sign_program(M.make_program(), DEV), lambda f: verify_program(f) if is_program(f) else []),
        "crx": (M.sign_crx(M.make_zip(S.EXTENSION), DEV), verify_crx),
        "crx2": (M.sign_crx2(M.make_zip(S.EXTENSION), M.make_identity("Small", 3, bits=1024)), verify_crx),
        "apk": (two, verify_apk),
        "rotated": ((DATA / "apksigner-rotated.apk").read_bytes(), verify_apk),
        "msi": ((DATA / "osslsigncode-dse.msi").read_bytes(), verify_installer),
        "rpm": ((DATA / "rpmsign.rpm").read_bytes(), lambda f: verify_rpm(f, [(DATA / "key.asc").read_bytes()])),
    }


@cache
def parts() -> dict[str, tuple[bytes, Callable[[bytes], object]]]:
    """Pieces of signatures by name, each with its parser."""
    jar = M.sign_jar(S.JAR, DEV)
    signature = (DATA / "debsigs.deb").read_bytes()
    return {
        "message": (jar["META-INF/CODE.EC"], lambda d: read_message(d, jar["META-INF/CODE.SF"])),
        "certificate": (DEV.certificates[0], load_certificate),
        "manifest": (jar["META-INF/MANIFEST.MF"], read_sections),
        "lineage": (M.lineage(M.make_identity("Other", 2), DEV)[8:], read_lineage),
        "cbor": (M.cbor([b"a", {}, None, [[M.cbor({1: -7, 4: b"x"}), {}, b"y" * 64]]]), cbor.read_cbor),
        "openpgp": (signature[signature.index(b"_gpgorigin") + 60 :], pgp.read_signatures),
        "armour": ((DATA / "key.asc").read_bytes(), pgp.read_signatures),
    }


@cache
def whole_nuget() -> tuple[bytes, File]:
    """A signed NuGet package, and its signature."""
    data = M.sign_nuget(S.NUGET, DEV)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return data, make_file(archive.read(".signature.p7s"))


Change = st.tuples(
    st.integers(0, 1 << 30), st.sampled_from(["flip", "cut", "insert", "drop", "fill"]), st.binary(max_size=9)
)


def mutate(data: bytes, changes: list[tuple[int, str, bytes]]) -> bytes:
    for where, how, piece in changes:
        at = where % (len(data) + 1)
        if how == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ (1 << where % 8)]) + data[at + 1 :]
        elif how == "cut":
            data = data[: max(at, len(data) - 64)]
        elif how == "insert":
            data = data[:at] + piece + data[at:]
        elif how == "drop":
            data = data[:at] + data[at + len(piece) :]
        elif how == "fill":
            data = data[:at] + b"\xff" * len(piece) + data[at + len(piece) :]
    return data


@pytest.mark.parametrize("name", list(whole()))
@settings(max_examples=25)
@given(changes=st.lists(Change, min_size=1, max_size=4))
def test_a_damaged_file_ends_in_a_verdict(name: str, changes: list[tuple[int, str, bytes]]) -> None:
    data, verify = whole()[name]
    for seal in verify(make_file(mutate(data, changes))):
        assert seal.value.startswith(tuple(State))


@pytest.mark.parametrize("name", list(parts()))
@settings(max_examples=25)
@given(changes=st.lists(Change, min_size=1, max_size=4))
def test_a_damaged_part_is_read_or_refused(name: str, changes: list[tuple[int, str, bytes]]) -> None:
    data, parse = parts()[name]
    try:
        parse(mutate(data, changes))
    except (Malformed, Unsupported) as reason:
        assert str(reason)


@pytest.mark.parametrize("name", list(parts()))
@settings(max_examples=30)
@given(data=st.binary(max_size=200))
def test_noise_is_read_or_refused(name: str, data: bytes) -> None:
    try:
        parts()[name][1](data)
    except (Malformed, Unsupported) as reason:
        assert str(reason)


@pytest.mark.parametrize(
    ("files", "verify"),
    [
        (M.sign_jar(S.JAR, DEV), lambda m: verify_jar(m, Rules())),
        (M.sign_xpi(S.EXTENSION, DEV), verify_xpi),
    ],
    ids=["jar", "xpi"],
)
@settings(max_examples=25)
@given(which=st.integers(0, 20), changes=st.lists(Change, min_size=1, max_size=3))
def test_a_changed_member_is_never_valid(
    files: dict[str, bytes], verify: Any, which: int, changes: list[tuple[int, str, bytes]]
) -> None:
    name = sorted(files)[which % len(files)]
    changed = mutate(files[name], changes)
    seals = verify(make_members(files | {name: changed}))
    if changed != files[name] and not name.startswith("META-INF/"):
        assert all(seal.state is not State.VALID for seal in seals)


@pytest.mark.parametrize("name", ["exe", "crx", "apk"])
@settings(max_examples=25)
@given(where=st.integers(0, 1 << 30))
def test_a_bit_of_the_content_is_never_turned_unseen(name: str, where: int) -> None:
    data, verify = whole()[name]
    first, last = {
        "exe": lambda: (224, 1024),  # behind the headers
        "crx": lambda: (data.index(b"PK\3\4"), len(data)),  # the archive
        "apk": lambda: (0, apk.find_blocks(make_file(data)).start),  # type: ignore[union-attr]
    }[name]()
    seals = verify(make_file(S.flip(data, first + where % (last - first))))
    assert seals and all(seal.state is State.INVALID for seal in seals)


@settings(max_examples=30)
@given(where=st.integers(0, 1 << 30))
def test_a_nuget_package_is_covered_whole(where: int) -> None:
    data, signature = whole_nuget()
    assert [s.state for s in verify_nuget(signature, make_file(data))] == [State.VALID]
    changed = S.flip(data, where % (data.index(b".signature.p7s") - 30))
    assert all(s.state is State.INVALID for s in verify_nuget(signature, make_file(changed)))


def test_a_manifest_line_may_be_folded() -> None:
    main, section = read_sections(b"A: b\r\n c\r\n\r\nName: x/\r\n y\r\nSHA-256-Digest: eA==\r\n\r\n")
    assert (main.attributes["a"], section.name, section.digests("-digest")) == ("bc", "x/y", {"sha256": b"x"})
    assert section.raw.startswith(b"Name: x/") and section.raw.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_kind_of_line_end_parts_sections(end: bytes) -> None:
    data = end.join([b"A: b", b"", b"Name: x", b"C: d", b"", b"Name: y", b""])
    sections = read_sections(data)
    assert [section.name for section in sections] == ["", "x", "y"]
    assert b"".join(section.raw for section in sections) == data


def test_cbor_is_bounded() -> None:
    with pytest.raises(Malformed, match="deeply"):
        cbor.read_cbor(b"\x81" * 100 + b"\0")
    with pytest.raises(Malformed, match="many"):
        cbor.read_cbor(b"\x9a\xff\xff\xff\xff")
    with pytest.raises(Malformed, match="stated"):
        cbor.read_cbor(b"\x9f\0\xff")


def test_a_message_nested_without_end_is_refused() -> None:
    with pytest.raises(Malformed):
        read_message(b"\x30\x80" * 5000)


def test_two_sections_about_one_entry_are_no_way_around() -> None:
    files = M.sign_jar(S.JAR, DEV)
    twice = files["META-INF/MANIFEST.MF"] + b"Name: com/ex/words.txt\r\nSHA-256-Digest: eA==\r\n\r\n"
    seals = verify_jar(make_members(files | {"META-INF/MANIFEST.MF": twice}), Rules())
    assert [seal.state for seal in seals] == [State.INVALID]


def test_the_year_0_is_no_date() -> None:
    """A certificate may hold it; Python could not compare it with today."""
    assert date_of(core.GeneralizedTime.load(b"\x18\x0f00000101000000Z")) is None
    assert date_of(core.GeneralizedTime.load(b"\x18\x0f20240101000000Z")) == M.SINCE
