"""The structure of a zip file, read tolerantly and in more than one way.

A zip can be read from its directory at the end (as most programs do) or from the header before each
member (as streaming programs do). Where the two disagree, a scanner that trusts one is blind to the
other, so both are laid out here and compared by `zips`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.runtime.archives.formats import ZIP_TAIL

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_SATURATED = 0xFFFFFFFF


@dataclass(slots=True, eq=False)
class Row:
    """One member as its header tells it; offsets are absolute in the archive's bytes."""

    name: bytes
    system: int
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    attributes: int
    offset: int
    start: int = -1
    open_ended: bool = False

    @property
    def end(self) -> int:
        """Where its compressed bytes end."""
        return self.start + self.compressed

    @property
    def streamed(self) -> bool:
        """Whether sizes and checksum stand behind the bytes instead of before them."""
        return bool(self.flags & 8)


@dataclass(slots=True, eq=False)
class Directory:
    """One reading of the archive from one end record.

    `start` and `stop` bound the rows, `before` is where the end records begin (zip64's come first),
    `end` is the end record itself, `base` is what must be added to the offsets that the rows give.
    """

    end: int
    before: int
    stop: int
    start: int
    base: int
    declared: int
    many_disks: bool
    rows: list[Row] = field(default_factory=list)
    cut: bool = False


def _saturated(extra: bytes, *values: int) -> list[int]:
    """Values of which those at their maximum are taken from the zip64 extra field, in order."""
    result = list(values)
    position = 0
    while position + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, position)
        position += 4
        if tag == 1:
            body = extra[position : position + length]
            at = 0
            for index, value in enumerate(result):
                if value == _SATURATED and at + 8 <= len(body):
                    result[index] = int.from_bytes(body[at : at + 8], "little")
                    at += 8
            break
        position += length
    return result


def read_local(data: memoryview, offset: int) -> Row | None:
    """The header at `offset`, or None where there is none."""
    if offset < 0 or offset + 30 > len(data):
        return None
    magic, _, flags, method, _, _, crc, compressed, size, names, extras = _LOCAL.unpack_from(data, offset)
    start = offset + 30 + names + extras
    if magic != LOCAL or start > len(data):
        return None
    name = bytes(data[offset + 30 : offset + 30 + names])
    if _SATURATED in (compressed, size):
        extra = bytes(data[offset + 30 + names : start])
        size, compressed = _saturated(extra, size, compressed)
    return Row(name, 0, flags, method, crc, compressed, size, 0, offset, start)


def _read_rows(data: memoryview, directory: Directory, most: int) -> None:
    position, last = directory.start, directory.before
    unpack, rows = _CENTRAL.unpack_from, directory.rows
    while position + 46 <= last and not directory.cut:
        (
            magic,
            made,
            _,
            flags,
            method,
            _,
            _,
            crc,
            compressed,
            size,
            names,
            extras,
            comments,
            _,
            _,
            attributes,
            offset,
        ) = unpack(data, position)
        if magic != CENTRAL:
            break
        position += 46
        name = bytes(data[position : position + names])
        if _SATURATED in (compressed, size, offset):
            extra = bytes(data[position + names : position + names + extras])
            size, compressed, offset = _saturated(extra, size, compressed, offset)
        position += names + extras + comments
        directory.cut = len(rows) >= most
        rows.append(Row(name, made >> 8, flags, method, crc, compressed, size, attributes, offset + directory.base))
    directory.stop = position


def _directories_at(data: memoryview, end: int, most: int, starts: set[int]) -> Iterator[Directory]:
    """Readings of one end record: the directory right before it, and the one at the offset it names."""
    _, disk, first_disk, _, declared, size, offset, _ = _END.unpack_from(data, end)
    readings = [(end, declared, size, offset)]
    if end >= 20 and bytes(data[end - 20 : end - 16]) == b"PK\x06\x07":
        _, _, where, _ = _LOCATOR.unpack_from(data, end - 20)
        last = end - 20 - _END64.size
        for before in (where, last):
            if 0 <= before <= last and bytes(data[before : before + 4]) == b"PK\x06\x06":
                readings.insert(0, (before, *_END64.unpack_from(data, before)[7:]))
                break
    many = 0 < max(disk, first_disk) < 0xFFFF
    for before, declared, size, offset in readings:
        for start in (before - size, offset):
            if start in starts or not 0 <= start <= before:
                continue
            if declared == 0 or bytes(data[start : start + 4]) == CENTRAL:
                starts.add(start)
                directory = Directory(end, before, end, start, start - offset, declared, many)
                _read_rows(data, directory, most)
                yield directory


def find_directories(data: memoryview, most: int) -> list[Directory]:
    """Every reading from the end of the file, the one that most programs take first.

    Not many more than `most` rows are read altogether: a directory costs its maker nothing, and memory here.
    """
    starts: set[int] = set()
    room = 2 * most + 2
    first = max(len(data) - ZIP_TAIL, 0)
    tail = bytes(data[first:])
    exact: list[Directory] = []
    other: list[Directory] = []
    at = tail.rfind(END)
    while at >= 0 and room > 0 and len(exact) + len(other) < 32:
        if at + 22 <= len(tail):
            comment = int.from_bytes(tail[at + 20 : at + 22], "little")
            fits = at + 22 + comment == len(tail)
            for directory in _directories_at(data, first + at, min(most, room), starts):
                (exact if fits else other).append(directory)
                room -= len(directory.rows)
        at = tail.rfind(END, 0, at)
    # Of several that fit, programs take the last one.
    return exact + other
