"""What compiled programs say of their own parts: Go's build information, the list of cargo-auditable.

Both are found by their marks in the bytes, without a parser of the executable's format; everything is bounded.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator

from checks import File
from checks.downloads.components.gathering import Part
from checks.downloads.components.node import table_of, text_of

GO_MAGIC = b"\xff Go buildinf:"
_GO_START = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
_GO_END = bytes.fromhex("f932433186182072008242104116d8f2")
MAX_SEARCHED = 256 << 20
MAX_TEXT = 4 << 20
MAX_PACKED = 8 << 20
_MODULE = re.compile(r"(dep|mod|=>)\t([^\t\n]{1,300})\t([^\t\n]{0,200})")


def binary(file: File) -> Iterator[Part]:
    """The modules or crates of one program; nothing where it was built without telling."""
    yield from _go_parts(file)
    if b".dep-v0" in file.tail(1 << 20) or b".dep-v0" in file.head(1 << 14):
        yield from _rust_parts(file)


def _find(file: File, mark: bytes, start: int = 0) -> int:
    """Offset of the mark, -1 where it is not in the first bytes of the file."""
    view = file.blobs.view(file.entry.source)
    end = file.entry.offset + min(file.size, MAX_SEARCHED)
    found = view.find(mark, file.entry.offset + start, end)
    return found - file.entry.offset if found >= 0 else -1


def _slice(file: File, start: int, size: int) -> bytes:
    view = file.blobs.view(file.entry.source)
    begin = file.entry.offset + start
    return view[begin : min(begin + size, file.entry.offset + file.size)]


def _go_parts(file: File) -> Iterator[Part]:
    at = _find(file, GO_MAGIC)
    if at < 0:
        return
    header = _slice(file, at, 32 + MAX_TEXT)
    release, text = "", ""
    if len(header) > 33 and header[15] & 2:  # since Go 1.18 both texts follow, each behind its length
        release, used = _text(header, 32)
        text, _ = _text(header, used)
    if not text:  # older releases point to it from elsewhere: it stands between two marks of its own
        start = _find(file, _GO_START)
        if start >= 0:
            raw = _slice(file, start + 16, MAX_TEXT)
            text = raw.partition(_GO_END)[0].decode("utf-8", "replace") if _GO_END in raw else ""
    known = re.match(r"go(\d+(?:\.\d+){1,2})", release)
    if known:
        yield Part("golang", "stdlib", known[1], file, "observed", offset=at)
    pending: Part | None = None
    for match in _MODULE.finditer(text[:MAX_TEXT]):
        word, name, version = match.groups()
        if word == "=>":  # stands in for the module before it
            pending = Part("golang", name, version, file, "observed", offset=at) if version else None
            continue
        if pending is not None:
            yield pending
        pending = None if version in ("", "(devel)") else Part("golang", name, version, file, "observed", offset=at)
    if pending is not None:
        yield pending


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text behind its length (varint), without the marks around a module list, and where the next one begins."""
    size = shift = 0
    while at < len(data) and shift < 35:
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    raw = data[at : at + min(size, MAX_TEXT)]
    end = at + size
    if len(raw) > 32 and raw.startswith(_GO_START):
        raw = raw[16:-16]
    return raw.decode("utf-8", "replace"), end


def _rust_parts(file: File) -> Iterator[Part]:
    """The section `.dep-v0` is zlib over JSON; its place is found by trying the streams that begin like one."""
    view = file.blobs.view(file.entry.source)
    at, tries = 0, 0
    while (at := _find(file, b"\x78", at)) >= 0 and tries < 2_000:
        begin = file.entry.offset + at
        at += 1
        if view[begin + 1] not in (0x01, 0x5E, 0x9C, 0xDA):
            continue
        tries += 1
        crates = _unpack_crates(_slice(file, at - 1, MAX_PACKED))
        if crates is not None:
            for entry in crates[:10_000]:
                entry = table_of(entry)
                name, version = text_of(entry.get("name")), text_of(entry.get("version"))
                if name and version and entry.get("root") is not True:
                    scope = "build" if entry.get("kind") == "build" else ""
                    yield Part("cargo", name, version, file, "observed", scope, offset=at - 1)
            return


def _unpack_crates(packed: bytes) -> list[object] | None:
    try:
        start = zlib.decompressobj().decompress(packed[:4096], 16)
        if not start.startswith(b'{"packages":'):
            return None
        packages = json.loads(zlib.decompressobj().decompress(packed, MAX_PACKED)).get("packages")
    except (zlib.error, ValueError, RecursionError, AttributeError):
        return None  # some other bytes that begin like a stream
    return packages if isinstance(packages, list) else None
