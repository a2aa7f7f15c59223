"""Macros of Excel 4 (XLM) in the records of old workbooks: sheets that are programs, kept out of sight."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_BOUNDSHEET, _LABEL, _FORMULA, _BOF, _EOF, _FILEPASS = 0x85, 0x18, 0x06, 0x809, 0x0A, 0x2F
_MACRO_SHEET = 1
_MOST_RECORDS = 400_000
# A call of a numbered function in a compiled formula: the token, how many arguments, the number.
_FUNCTION = re.compile(rb"[\x22\x42\x62][\x00-\x1f]([\x00-\xff])([\x00\x80])")
_BUILT_IN, _AUTO = 0x20, {1: "Auto_Open", 2: "Auto_Close", 10: "Auto_Activate", 11: "Auto_Deactivate"}


@dataclass(slots=True)
class MacroSheets:
    """What the macro sheets of a workbook hold: `hidden` of them, the functions called, what starts them."""

    sheets: list[str] = field(default_factory=list)
    hidden: int = 0
    functions: set[int] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    encrypted: bool = False


def read_macro_sheets(workbook: bytes) -> MacroSheets:
    """The macro sheets in a `Workbook` or `Book` stream."""
    found = MacroSheets()
    places: set[int] = set()
    inside = False
    for at, kind, body in _records(workbook):
        if kind == _FILEPASS:
            found.encrypted = True
            return found
        if kind == _BOUNDSHEET and len(body) >= 8 and body[5] == _MACRO_SHEET:
            places.add(struct.unpack_from("<I", body)[0])
            found.hidden += body[4] & 3 > 0
            found.sheets.append(_name(body))
        elif kind == _LABEL and len(body) > 15:
            _read_label(body, found)
        elif kind & 0xFF == 0x09 and kind in (_BOF, 0x409, 0x209, 0x09):
            inside = at in places or body[2:4] == b"\x40\x00"
        elif kind == _EOF:
            inside = False
        elif inside and kind & 0xFF == _FORMULA and len(body) > 22:
            for match in _FUNCTION.finditer(body[22:]):
                found.functions.add(match[1][0])
    return found


def _records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    for _ in range(_MOST_RECORDS):
        if at + 4 > len(data):
            return
        kind, size = struct.unpack_from("<HH", data, at)
        yield at, kind, data[at + 4 : at + 4 + size]
        at += 4 + size


def _name(body: bytes) -> str:
    length, wide = body[6], body[7] & 1
    raw = body[8 : 8 + length * (2 if wide else 1)]
    return raw.decode("utf-16-le" if wide else "latin-1", "replace")


def _read_label(body: bytes, found: MacroSheets) -> None:
    flags, length = struct.unpack_from("<H", body)[0], body[3]
    if flags & _BUILT_IN and length:
        code = body[15] if body[14] in (0, 1) else body[14]
        if code in _AUTO:
            found.starts.add(_AUTO[code])
    elif b"auto_open" in body.lower() or b"auto_close" in body.lower():
        found.starts.add("Auto_Open")
