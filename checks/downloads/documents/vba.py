"""Source of Visual Basic macros out of compound files.

The compression and the tables are those of Microsoft's published description (MS-OVBA, 2.3.4 and 2.4.1).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from checks.downloads.documents.ole import Compound

_CHUNK = 4096
# The sources of one project together have at most so many times the length of one.
_PROJECT = 8
# A compressed module begins with the mark, the header of its first chunk, eight literals: `Attribute VB_Name`.
_SOURCE = re.compile(rb"\x01[\s\S][\xb0-\xbf]\x00Attribut[\s\S]", re.IGNORECASE)
_STREAM_NAME, _OFFSET, _VERSION, _MODULE_NAME, _MODULE_END = 0x1A, 0x31, 0x09, 0x19, 0x2B
_LIKE_NOTHING = re.compile(r"^\s*(Attribute VB_[^\n]*|Option [^\n]*|)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Module:
    """One module: `code` is what was compiled from it, in Office's own form; `damaged` where its source is gone.

    `unread` stands for all modules that were not read, because there is too much of them.
    """

    name: str
    source: str
    code: bytes = b""
    damaged: bool = False
    unread: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing but what every document has."""
        return all(_LIKE_NOTHING.match(line) for line in self.source.splitlines())


def decompress(data: bytes, limit: int) -> bytes:
    """The content of a compressed container, up to `limit` bytes; what comes before damage is kept."""
    if data[:1] != b"\x01":
        return b""
    out = bytearray()
    at = 1
    while at + 2 <= len(data) and len(out) < limit:
        header = struct.unpack_from("<H", data, at)[0]
        size, compressed = (header & 0x0FFF) + 3, header >> 15
        if (header >> 12) & 7 != 3:
            break
        end = min(at + size, len(data))
        if compressed:
            _expand(data, at + 2, end, out)
        else:
            out += data[at + 2 : at + 2 + _CHUNK]
            end = at + 2 + _CHUNK
        at = end
    return bytes(out[:limit])


def _expand(data: bytes, at: int, end: int, out: bytearray) -> None:
    """One chunk: literals and copies of what came before, the width of whose parts depends on the place in it."""
    start = len(out)
    while at < end:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= end or len(out) - start >= _CHUNK:
                return
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            if at + 2 > end:
                return
            token = struct.unpack_from("<H", data, at)[0]
            at += 2
            width = max((len(out) - start - 1).bit_length(), 4)
            length = (token & (0xFFFF >> width)) + 3
            back = (token >> (16 - width)) + 1
            if back > len(out) - start:
                return
            for _ in range(min(length, _CHUNK - (len(out) - start))):
                out.append(out[-back])


def read_modules(compound: Compound, most: int, limit: int) -> Iterator[Module]:
    """The modules of every macro project in a compound file."""
    count = total = 0
    for path in compound.paths:
        storage, _, name = path.rpartition("/")
        if name.lower() != "dir" or storage.rpartition("/")[2].upper() != "VBA":
            continue
        table = list(_entries(decompress(compound.read(path), limit)))
        known = {stream.lower(): offset for stream, offset in table}
        for stream in compound.below(storage):
            last = stream.rpartition("/")[2].lower()
            if last in ("dir", "_vba_project") or last.startswith("__srp_"):
                continue
            if count >= most or total >= limit * _PROJECT:
                yield Module("", "", unread=True)
                return
            count += 1
            module = _module(stream.rpartition("/")[2], compound.read(stream), known.get(last), limit)
            total += len(module.source)
            yield module


def _module(name: str, data: bytes, offset: int | None, limit: int) -> Module:
    if offset is not None and offset <= len(data):
        source = decompress(data[offset:], limit)
        if source:
            return Module(name, source.decode("latin-1"), data[:offset])
    match = _SOURCE.search(data)
    if match is not None:
        return Module(name, decompress(data[match.start() :], limit).decode("latin-1"), data[: match.start()])
    return Module(name, "", data, damaged=offset is not None)


def _entries(table: bytes) -> Iterator[tuple[str, int]]:
    """(stream, offset of its source) of each module in a decompressed `dir` stream."""
    at, name = 0, ""
    while at + 6 <= len(table):
        kind, size = struct.unpack_from("<HI", table, at)
        at += 6
        if kind == _VERSION:  # its size field is reserved and lies
            size = 6
        body = table[at : at + size]
        at += size
        if kind == _STREAM_NAME:
            name = body.decode("latin-1")
        elif kind == _OFFSET and len(body) == 4 and name:
            yield name, struct.unpack("<I", body)[0]
            name = ""


def find_sources(data: bytes, most: int, limit: int) -> Iterator[Module]:
    """Sources by their looks alone, for what no table leads to: deleted streams and damaged files."""
    total = 0
    for number, match in enumerate(_SOURCE.finditer(data)):
        if number >= most or total >= limit * _PROJECT:
            yield Module("", "", unread=True)
            return
        source = decompress(data[match.start() : match.start() + limit], limit).decode("latin-1")
        total += len(source)
        name = re.search(r'VB_Name = "([^"\r\n]{1,64})"', source)
        yield Module(name[1] if name else f"at byte {match.start():,}", source)


_REMARK = re.compile(r"^\s*Rem\b[^\n]*$", re.MULTILINE | re.IGNORECASE)
_CHARACTER = re.compile(r"\bChr[WB]?\$?\s*\(\s*(\d{1,3}|&H[0-9A-F]{1,2})\s*\)", re.IGNORECASE)
_REVERSED = re.compile(r'\bStrReverse\$?\s*\(\s*"([^"\n]{0,2000})"\s*\)', re.IGNORECASE)
_JOINED = re.compile(r'"\s{0,8}[&+]\s{0,8}"')


def plain_source(source: str) -> str:
    """Source as it works: no comments, lines joined, texts put together."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace(" _\n", " ")
    text = _REMARK.sub("", "\n".join(_strip_comment(line) for line in text.split("\n")))
    text = _CHARACTER.sub(lambda m: _quoted(m[1]), text)
    text = _REVERSED.sub(lambda m: f'"{m[1][::-1]}"', text)
    return _JOINED.sub("", text)


def _strip_comment(line: str) -> str:
    if "'" not in line:
        return line
    inside = False
    for at, letter in enumerate(line):
        if letter == '"':
            inside = not inside
        elif letter == "'" and not inside:
            return line[:at]
    return line


def _quoted(number: str) -> str:
    value = int(number[2:], 16) if number[:2].upper() == "&H" else int(number)
    return f'"{chr(value)}"' if 32 <= value < 256 and value != 34 else '""'
