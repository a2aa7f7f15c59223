"""What documents carry inside: objects of the packager, files of OneNote, compressed storages of PowerPoint."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_PROGRAMS = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "an ELF program"),
    (b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut"),
    (b"PK\x03\x04", ""),
    (b"#!", "a script"),
    (b"<hta:", "an HTML application"),
    (b"<job", "a Windows script"),
)
_SCRIPT = re.compile(
    rb"(?i)wscript\.|createobject\s*\(|activexobject|powershell|<hta:application|cmd(\.exe)?\s+/[ck]|mshta|<script[^>]{0,60}vbscript"
)
# OneNote: the mark in front of each stored file, then its length.
_STORED = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
# PowerPoint: a record that holds a compound file, compressed where its instance is 1.
_STORAGE = re.compile(rb"\x10\x00\x11\x10")


@dataclass(frozen=True, slots=True)
class Payload:
    """A file inside a document. `name` as the document gives it, `what` a program's kind or empty."""

    name: str
    data: bytes
    what: str
    span: tuple[int, int] | None = None


def program_kind(name: str, data: bytes, suffixes: frozenset[str]) -> str:
    """What would run if somebody opened this, with its article, or an empty string."""
    head = data[:4096].lstrip().lower()
    for start, words in _PROGRAMS:
        if words and (data.startswith(start) or head.startswith(start.lower()[:8] if start[:1] == b"<" else b"\0none")):
            return words
    clean = name.strip("\0 ").lower()
    suffix = clean[clean.rfind(".") :] if "." in clean else ""
    if suffix in suffixes:
        return f"a file of the kind {suffix}, which runs when it is opened"
    if data and not data.startswith(_PICTURES) and _SCRIPT.search(data[:65536]) and b"\0" not in data[:256]:
        return "a script"
    return ""


def read_package(stream: bytes, suffixes: frozenset[str]) -> Payload | None:
    """The file in an `Ole10Native` stream, or None where it is no package."""
    if len(stream) < 12:
        return None
    at = 4
    if struct.unpack_from("<H", stream, at)[0] == 2:
        at += 2
    label, at = _text(stream, at)
    path, at = _text(stream, at)
    at += 4  # flags
    if at + 4 > len(stream):
        return None
    size = struct.unpack_from("<I", stream, at)[0]
    temporary = stream[at + 4 : at + 4 + min(size, 1024)].split(b"\0")[0].decode("latin-1")
    at += 4 + size
    if at + 4 > len(stream):
        return None
    length = struct.unpack_from("<I", stream, at)[0]
    data = stream[at + 4 : at + 4 + length]
    name = next((n for n in (label, temporary, path) if "." in n), label)
    name = re.split(r"[\\/]", name)[-1][:80]
    return Payload(name, data, program_kind(name, data, suffixes))


def _text(stream: bytes, at: int) -> tuple[str, int]:
    end = stream.find(b"\0", at, at + 1024)
    if end < 0:
        return "", at
    return stream[at:end].decode("latin-1"), end + 1


def onenote_files(data: bytes, most: int, suffixes: frozenset[str]) -> Iterator[Payload]:
    """The files stored in a OneNote section; names stand elsewhere, so the content tells what they are."""
    at = data.find(_STORED)
    for _ in range(most):
        if at < 0 or at + 36 > len(data):
            return
        size = struct.unpack_from("<Q", data, at + 16)[0]
        start = at + 36
        end = min(start + min(size, len(data)), len(data))
        content = data[start:end]
        yield Payload("", content, program_kind("", content, suffixes), (start, min(start + 64, end)))
        at = data.find(_STORED, start)


def powerpoint_storages(stream: bytes, most: int, limit: int) -> Iterator[bytes]:
    """Compound files inside the stream of a presentation, its macros among them."""
    for number, match in enumerate(_STORAGE.finditer(stream)):
        if number >= most or match.end() + 8 > len(stream):
            return
        size = struct.unpack_from("<I", stream, match.end())[0]
        body = stream[match.end() + 8 : match.end() + 4 + size]
        try:
            yield zlib.decompressobj().decompress(body, limit)
        except zlib.error:  # the four bytes were something else
            continue
