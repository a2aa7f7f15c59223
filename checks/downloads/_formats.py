"""Formats as classes: what an extension promises, what bytes are, and two formats in one file."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checks.downloads._native import native_code
from checks.runtime.filetypes import FileType
from checks.runtime.package import File

TAIL = (1 << 16) + 22
_END_RECORD = b"PK\x05\x06"
_PNG_END = b"IEND\xaeB`\x82"
# An archive or program right behind the end of a JPEG or GIF; a thumbnail has an end too, and no archive behind it.
_APPENDED = re.compile(
    rb"(?:\xff\xd9|\x00;)(?=PK\x03\x04|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x1f\x8b\x08[\x00-\x1f]|\xfd7zXZ\x00"
    rb"|MZ\x90\x00|\x7fELF[\x01\x02]|#! ?/)"
)
_BEHIND_PNG = (b"\x7fELF", b"PK\x03\x04", b"MZ", b"#!", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b\x08", b"\xfd7zXZ")
_GIF_SCRIPT = re.compile(rb"GIF8[79]a\s{0,8}(=|/\*|;|`)[\t\n\r -~]")
# What a program in a scripting language cannot do without, and a placeholder or an error page does.
_SCRIPT = re.compile(
    rb"^#!|<\?php|<%@|<script\b|\beval\s{0,2}\(|\brequire\s{0,2}\(|\bfunction\s{0,2}[\w$]{0,40}\s{0,2}\(|=>\s{0,4}\{"
    rb"|^\s{0,8}(import|from) \w|\bos\.system\(|\bsubprocess\.|powershell|Invoke-Expression|WScript\.|^@echo off",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Formats:
    """The tables of rules/mime_type.toml, turned around for looking up."""

    by_mime: tuple[tuple[str, str], ...]
    by_extension: dict[str, frozenset[str]]
    strict: frozenset[str]
    alike: tuple[frozenset[str], ...]
    double: re.Pattern[str]

    def expected(self, suffix: str) -> frozenset[str]:
        """The classes that an extension (with its dot) allows; empty for one that is not known."""
        return self.by_extension.get(suffix[1:], frozenset())

    def of_mime(self, mime: str) -> str:
        """The class of a MIME type, `text` for text, `data` for what the table does not know."""
        if mime.startswith("text/"):
            return "text"
        return next((name for start, name in self.by_mime if mime.startswith(start)), "data")

    def are_alike(self, one: str, others: frozenset[str]) -> bool:
        """Whether confusing these is harmless."""
        return any(one in group and group & others for group in self.alike)


@cache
def load_formats(path: Path) -> Formats:
    """Read the table once a process."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    extensions: dict[str, set[str]] = defaultdict(set)
    for name, suffixes in table["expected"].items():
        for suffix in suffixes:
            extensions[suffix].add(name)
    starts = [(start, name) for name, values in table["contents"].items() for start in values]
    double = table["double_extension"]
    return Formats(
        by_mime=tuple(sorted(starts, key=lambda pair: -len(pair[0]))),
        by_extension={suffix: frozenset(names) for suffix, names in extensions.items()},
        strict=frozenset(table["strict"]["extensions"]),
        alike=tuple(frozenset(group) for group in table["alike"]["groups"]),
        double=re.compile(rf"\.({'|'.join(double['shown'])})[\s_]*\.({'|'.join(double['real'])})$", re.IGNORECASE),
    )


def content_class(file: File, kind: FileType, formats: Formats) -> str:
    """The class of what the bytes are. Two letters do not make a program: its headers are looked at."""
    if kind.is_text:
        return "text"
    if native_code(file):
        return "executable"
    return formats.of_mime(kind.mime)


def is_script(head: bytes) -> bool:
    """Whether text reads like a program rather than a note, a pointer or a page."""
    return _SCRIPT.search(head) is not None


def second_format(file: File, content: str) -> tuple[str, tuple[int, int]] | None:
    """What else this file is, with the span that shows it: (words, span), or None."""
    appended = _appended_zip(file)
    if appended is not None:
        return "a zip archive is appended to it", appended
    if content != "image":
        return None
    head = file.head(1024)
    if _GIF_SCRIPT.match(head):
        return "its beginning is also a statement in JavaScript", (0, 10)
    at = head.find(b"%PDF-")
    if at > 0:
        return "it is also a PDF document", (at, at + 5)
    data = file.data
    at = data.find(b"<?php")
    if at >= 0:
        return "it holds PHP code, which a server may run", (at, min(at + 40, len(data)))
    if file.suffix == ".png" and (at := data.find(_PNG_END)) >= 0:
        rest = at + len(_PNG_END)
        if data.startswith(_BEHIND_PNG, rest):
            return "a program or archive follows the end of the image", (rest, min(rest + 16, len(data)))
    if head.startswith((b"\xff\xd8\xff", b"GIF8")) and (match := _APPENDED.search(data)):
        return "a program or archive follows the end of the image", (match.end(), min(match.end() + 16, len(data)))
    return None


def _appended_zip(file: File) -> tuple[int, int] | None:
    """The span of a zip's end record at the end of a file, if its directory really lies where it says."""
    tail = file.tail(TAIL)
    at = tail.rfind(_END_RECORD)
    if at < 0 or len(tail) - at < 22:
        return None
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    if at + 22 + comment > len(tail) or not entries or directory < 46:
        return None
    start = file.size - len(tail) + at
    first = start - directory
    if first < 0:
        return None
    signature = tail[at - directory : at - directory + 4] if directory <= at else file.head(first + 4)[first:]
    return (start, start + 22) if signature == b"PK\x01\x02" else None
