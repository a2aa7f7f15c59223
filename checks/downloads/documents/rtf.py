"""Objects, templates and fields in rich text (RTF), however its readers' patience with bad grammar is abused."""

from __future__ import annotations

import binascii
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_OBJECT = re.compile(rb"\\objdata\b")
# Words that readers skip inside the hexadecimal digits, groups included.
_NOISE = re.compile(rb"\\\*?[a-zA-Z]{1,32}-?\d{0,10} ?|\\['][0-9a-fA-F]{2}|\\[^a-zA-Z]|[{}\s]")
_NOT_HEX = re.compile(rb"[^0-9a-fA-F]")
_CLASS = re.compile(rb"\\objclass\s+([\w. -]{1,64})")
_TEMPLATE = re.compile(rb"\\\*\\template\s+([^{}]{4,400})")
_BIN = re.compile(rb"\\bin(\d{1,9}) ?")
_FIELD = re.compile(rb"\\\*\\fldinst((?:[^{}]|\{[^{}]{0,400}\}){0,1500})")
_WORDS = re.compile(rb"\\[a-z]{1,32}-?\d{0,10} ?|[{}\r\n]")


@dataclass(frozen=True, slots=True)
class RtfObject:
    """An embedded object: its class, the bytes within, and where its description begins.

    `unread` stands for all objects that were not read, because there is too much of them.
    """

    name: str
    data: bytes
    span: tuple[int, int]
    unread: bool = False


def read_objects(data: bytes, most: int, limit: int) -> Iterator[RtfObject]:
    """The objects of a document, at most `most`, with at most `limit` bytes together."""
    left = limit * 2
    for number, match in enumerate(_OBJECT.finditer(data)):
        span = (match.start(), min(match.end() + 60, len(data)))
        if number >= most or left <= 0:
            yield RtfObject("", b"", span, unread=True)
            return
        raw = data[match.end() : match.end() + left]
        stop = _group_end(raw)
        left -= stop
        yield _unwrap(_decode(raw[:stop]), span, limit)


def _group_end(raw: bytes) -> int:
    """Where the group that holds the digits ends; braces inside it are counted."""
    depth = 0
    for brace in re.finditer(rb"[{}]", raw):
        depth += 1 if brace[0] == b"{" else -1
        if depth < 0:
            return brace.start()
    return len(raw)


def _decode(raw: bytes) -> bytes:
    binary = _BIN.search(raw[:4096])
    if binary is not None:
        return raw[binary.end() : binary.end() + int(binary[1])]
    digits = _NOT_HEX.sub(b"", _NOISE.sub(b"", raw))
    return binascii.unhexlify(digits[: len(digits) & ~1])


def _unwrap(blob: bytes, span: tuple[int, int], limit: int) -> RtfObject:
    """Class and content out of the header of OLE 1: version, format, three texts, length."""
    at, texts = 8, list[str]()
    for _ in range(3):
        if at + 4 > len(blob):
            return RtfObject("", blob[:limit], span)
        size = struct.unpack_from("<I", blob, at)[0]
        if size > 4096:
            return RtfObject(texts[0] if texts else "", blob[:limit], span)
        texts.append(blob[at + 4 : at + 4 + size].split(b"\0")[0].decode("latin-1"))
        at += 4 + size
    if at + 4 > len(blob):
        return RtfObject(texts[0], b"", span)
    size = struct.unpack_from("<I", blob, at)[0]
    return RtfObject(texts[0], blob[at + 4 : at + 4 + min(size, limit)], span)


def read_classes(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """The classes that objects claim in the text around them."""
    for match in _CLASS.finditer(data):
        yield match[1].decode("latin-1").strip(), match.span()


def read_templates(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """The templates that the document asks for."""
    for match in _TEMPLATE.finditer(data):
        yield _NOT_TEXT.sub("", match[1].decode("latin-1")).strip(), match.span()


_NOT_TEXT = re.compile(r"\\[a-z]{1,32}-?\d{0,10} ?")


def read_fields(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """The instructions of fields, without the words of formatting between their letters."""
    for match in _FIELD.finditer(data):
        yield _WORDS.sub(b"", match[1]).decode("latin-1").strip(), match.span()
