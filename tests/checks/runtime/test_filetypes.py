"""What bytes are, whatever the name says."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.runtime.filetypes import TEXT_SUFFIXES, archive_type, identify, text_encoding
from checks.runtime.package import Blobs, Entry, File

pytestmark = pytest.mark.needs("libmagic")


def file_of(folder: Path, path: str, data: bytes) -> File:
    pack = folder / "pack"
    pack.write_bytes(data)
    return File(Entry(0, path, "file", len(data), 0, "pack", "0" * 64), Blobs(None, pack))


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", "b")
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("path", "data", "text", "executable", "archive"),
    [
        ("a.js", b"var a = 1;\n", True, False, False),
        ("a.js", b"\x7fELF\x02\x01\x01" + bytes(60), False, True, False),
        ("a.js", b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(300), False, True, False),
        ("readme.txt", zipped(), False, False, True),
        ("picture.png", gzip.compress(b"x"), False, False, True),
        ("a.dat", tarred(), False, False, True),
        ("a.txt", "größer\n".encode("latin-1") * 50, True, False, False),
        ("a.txt", "\ufefftext\n".encode("utf-16-le"), True, False, False),
        ("a.ps1", "\ufeffWrite-Host größer\r\n".encode("utf-16-be") + b"x", True, False, False),
        ("a.js", b"\xff\xfe" + ("/*" + "\ufffd\x01\0" * 200 + "*/ eval(x)").encode("utf-16-le"), True, False, False),
        ("a.js", b"\xff\xfe" + ("/*" + "x" * 125).encode("utf-16-le") + b"\0ustar\0" * 9, True, False, False),
        ("noname", b"#!/bin/sh\necho hello\n", True, False, False),
        ("a.wasm", b"\0asm\1\0\0\0", False, True, False),
        ("a.txt", bytes(range(256)) * 10, False, False, False),
        ("empty.exe", b"", True, False, False),
    ],
)
def test_kinds(tmp_path, path: str, data: bytes, text: bool, executable: bool, archive: bool) -> None:
    found = identify(file_of(tmp_path, path, data))
    assert (found.is_text, found.is_executable, found.is_archive) == (text, executable, archive), found


@given(st.binary(max_size=400), st.sampled_from(["a.js", "a.exe", "a", "a.zip"]))
def test_any_bytes(tmp_path_factory, data: bytes, path: str) -> None:
    file = file_of(tmp_path_factory.getbasetemp(), path, data)
    found = identify(file)
    assert found.mime
    assert found.label
    if found.is_text and data:
        assert len(file.text) <= len(data)
    archive_type(data)


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1), st.integers(0, 8))
def test_a_cut_in_the_middle_of_a_character_is_no_damage(text: str, cut: int) -> None:
    data = text.encode()
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        assert text_encoding(data) == "utf-8"
        shorter = data[: max(1, len(data) - min(cut, 3))]
        assert text_encoding(shorter) in ("utf-8", "latin-1")


def test_suffixes_are_lower_case_with_a_dot() -> None:
    assert all(s.startswith(".") and s == s.lower() for s in TEXT_SUFFIXES)
