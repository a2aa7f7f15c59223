"""Tables of a Windows installer (MSI): a relational database folded into the streams of a compound file.

Names of streams are packed two letters to a character; a table lies column by column, texts are numbers into a pool.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_TABLE_MARK = 0x4840
_STRING, _VALID, _NULLABLE, _SIZE = 0x0800, 0x0100, 0x1000, 0xFF
_LONG_REFERENCES = 0x8000
_COLUMNS = (("Table", _STRING | _VALID), ("Number", 2), ("Name", _STRING | _VALID | 0x40), ("Type", 2))
MAX_COLUMNS = 32  # more cannot be in a table of Windows
Row = dict[str, str | int]


def plain_name(name: str) -> str:
    """The name of a stream as its author wrote it; tables begin with an exclamation mark."""
    out = []
    for letter in name:
        code = ord(letter)
        if 0x3800 <= code < 0x4800:
            code -= 0x3800
            out.append(_LETTERS[code & 0x3F] + _LETTERS[code >> 6 & 0x3F])
        elif 0x4800 <= code < _TABLE_MARK:
            out.append(_LETTERS[code - 0x4800])
        elif code == _TABLE_MARK:
            out.append("!")
        else:
            out.append(letter)
    return "".join(out)


def packed_name(name: str) -> str:
    """The inverse of `plain_name`, as the directory of a compound file has it."""
    mark = chr(_TABLE_MARK) if name.startswith("!") else ""
    numbers = [_LETTERS.index(letter) for letter in name.removeprefix("!")]
    pairs = (numbers[at : at + 2] for at in range(0, len(numbers), 2))
    return mark + "".join(chr(0x3800 + p[0] + (p[1] << 6)) if len(p) == 2 else chr(0x4800 + p[0]) for p in pairs)


# Stands in the directory of every installer, whatever class its root has.
MARK = packed_name("!_StringPool").encode("utf-16-le")


class Tables:
    """The tables of an installer. Rows are dictionaries by column; what is damaged is absent.

    `paths` are the streams as their directory has them, `fetch(path, most)` gives the bytes of one, none where it is
    larger. `limits` bound the `rows` of a table and the `strings` of all.
    """

    def __init__(self, paths: Iterable[str], fetch: Callable[[str, int], bytes], limits: Mapping[str, Any]) -> None:
        self._fetch, self._limits = fetch, limits
        self.streams = {plain_name(path): path for path in paths}
        self._strings, self._wide = self._read_strings()
        self._columns: dict[str, list[tuple[str, int]]] = {}
        rows = self._rows("_Columns", list(_COLUMNS))
        for row in sorted(rows, key=lambda r: int(r["Number"])):
            self._columns.setdefault(str(row["Table"]), []).append((str(row["Name"]), int(row["Type"]) & 0xFFFF))

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a stream by its plain name, empty where it is absent or larger than the limit."""
        path = self.streams.get(name)
        return self._fetch(path, limit) if path else b""

    def _read_strings(self) -> tuple[list[str], bool]:
        pool, data = self.read("!_StringPool", 64 << 20), self.read("!_StringData", 128 << 20)
        strings = [""]
        if len(pool) < 4:
            return strings, False
        codepage, flags = struct.unpack_from("<HH", pool)
        encoding = _encoding(codepage)
        at, place = 4, 0
        while at + 4 <= len(pool) and len(strings) < self._limits["strings"]:
            length, references = struct.unpack_from("<HH", pool, at)
            at += 4
            if not length and references and at + 4 <= len(pool):  # too long for two bytes: the next row tells
                length = struct.unpack_from("<I", pool, at)[0]
                at += 4
            strings.append(data[place : place + length].decode(encoding, "replace"))
            place += length
        return strings, bool(flags & _LONG_REFERENCES)

    def table(self, name: str) -> list[Row]:
        """The rows of a table, empty where there is none."""
        columns = self._columns.get(name)
        return self._rows(name, columns) if columns else []

    def _rows(self, name: str, columns: list[tuple[str, int]]) -> list[Row]:
        data = self.read(f"!{name}", 64 << 20)
        widths = [self._width(name, kind) for _, kind in columns]
        total = sum(widths)
        if not total or len(columns) > MAX_COLUMNS:
            return []
        count = min(len(data) // total, self._limits["rows"])
        stride = len(data) // total
        rows: list[Row] = [{} for _ in range(count)]
        start = 0
        for (column, kind), width in zip(columns, widths, strict=True):
            for number in range(count):
                raw = data[start + number * width : start + (number + 1) * width]
                rows[number][column] = self._value(kind, raw)
            start += stride * width
        return rows

    def _width(self, name: str, kind: int) -> int:
        if kind & _STRING and (name == "_Columns" or kind & ~_NULLABLE & 0xFFFF != _STRING | _VALID):
            return 3 if self._wide else 2
        if kind & _STRING:  # a stream: the number only says that there is one
            return 2
        return 4 if kind & _SIZE == 4 else 2

    def _value(self, kind: int, raw: bytes) -> str | int:
        number = int.from_bytes(raw, "little")
        if kind & _STRING:
            return self._strings[number] if number < len(self._strings) else ""
        return number - (0x80000000 if len(raw) == 4 else 0x8000) if number else 0

    def tables(self) -> Iterator[str]:
        """The names of all tables that have columns."""
        yield from self._columns


def _encoding(codepage: int) -> str:
    """Python's name of a code page of Windows; Latin-1 where it knows none."""
    name = {0: "latin-1", 65001: "utf-8"}.get(codepage, f"cp{codepage}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "latin-1"


def member_names(tables: Tables) -> dict[str, str]:
    """Where each file of the cabinets is installed, by the name that it has in there.

    A path that two files have keeps them apart by that name; a claim of the installer, not to be trusted.
    """
    folders = _folders(tables.table("Directory"))
    places = {row.get("Component"): folders.get(row.get("Directory_", ""), "") for row in tables.table("Component")}
    names: dict[str, str] = {}
    taken: set[str] = set()
    for row in tables.table("File"):
        key, name = str(row.get("File", "")), _long(str(row.get("FileName", "")))
        if not key or not name:
            continue
        path = places.get(row.get("Component_", ""), "") + name
        if path in taken:
            path = f"{key}/{path}"
        taken.add(path)
        names[key] = path
    return names


def _long(name: str) -> str:
    """Names stand as `SHORT~1.TXT|long name.txt`."""
    return name.rpartition("|")[2]


def _folders(rows: list[Row]) -> dict[str | int, str]:
    """The path of every folder, with a slash at its end; the root has none."""
    above = {row.get("Directory", ""): row for row in rows}
    paths: dict[str | int, str] = {}
    for key in above:
        parts: list[str] = []
        step: str | int = key
        for _ in range(MAX_COLUMNS):  # no honest folder lies deeper, and a circle has to end
            row = above.get(step)
            parent = row.get("Directory_Parent", "") if row else ""
            if row is None or not parent or parent == step:
                break
            name = _long(str(row.get("DefaultDir", "")).partition(":")[0])
            if name not in ("", "."):
                parts.append(name)
            step = parent
        paths[key] = "".join(f"{part}/" for part in reversed(parts))
    return paths


def outside(tables: Tables) -> tuple[list[str], list[str], bool]:
    """(cabinets beside the installer, those that should be streams, whether files lie there as they are).

    Only media that files lie on count: each holds those up to its last number.
    """
    apart, inside, loose = [], [], False
    files = [_number(row.get("Sequence")) for row in tables.table("File")]
    media = sorted(tables.table("Media"), key=lambda row: _number(row.get("LastSequence")))
    before = 0
    for row in media:
        last = _number(row.get("LastSequence"))
        held = any(before < number <= last or not number for number in files)
        before = last
        cabinet = str(row.get("Cabinet", ""))
        if not held:
            continue
        if cabinet.startswith("#"):
            inside.append(cabinet[1:])
        elif cabinet:
            apart.append(cabinet)
        else:
            loose = True
    return apart, inside, loose


def _number(value: str | int | None) -> int:
    return value if isinstance(value, int) else 0
