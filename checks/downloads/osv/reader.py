"""OSV records out of an export, one after the other: a zip read in constant memory, or records put end to end.

The standard library keeps an object for each member of a zip; with a million members that is a gigabyte. This reader
walks the central directory piece by piece, and believes nothing that it says.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from checks.downloads.osv.records import BadRecord, Row, read_record

MAX_RECORD = 32 << 20
MAX_BAD_NAMED = 20
BATCH_BYTES = 128 << 10
MAX_ROW = 900 << 10
PROGRESS = 2_000
_PIECE = 1 << 20
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
# Records that the host put end to end: bytes of the name, bytes of the record, name, record.
RECORD = struct.Struct("<HQ")


class BadExport(ValueError):
    """A file that is no export at all; the text says why."""


def read_advisories(
    path: Path, form: str, send: Callable[[list[Row]], None], progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Send the row of every record in batches; returns how many there were and which were bad.

    `form` is `zip` or `records`. `progress` hears of records done and their number (0 = not known).
    """
    told = {"records": 0, "bad": 0, "others": 0}
    named: list[list[str]] = []
    batch: list[Row] = []
    size = 0
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        members = _zip_members(fd) if form == "zip" else _record_members(fd)
        for number, (name, total, read) in enumerate(members):
            if number % PROGRESS == 0:
                progress(number, total)
            if not name.endswith(".json"):
                told["others"] += 1
                continue
            try:
                row = read_record(read())
                length = len(json.dumps(row))
                if length > MAX_ROW:
                    raise BadRecord("too many ranges and versions")
            except BadRecord as error:
                told["bad"] += 1
                if len(named) < MAX_BAD_NAMED:
                    named.append([name[:200], str(error)[:100]])
                continue
            told["records"] += 1
            batch.append(row)
            size += length
            if size > BATCH_BYTES:
                send(batch)
                batch, size = [], 0
    finally:
        os.close(fd)
    if batch:
        send(batch)
    return {**told, "named": named}


Member = tuple[str, int, Callable[[], bytes]]


def _record_members(fd: int) -> Iterator[Member]:
    at, end = 0, os.fstat(fd).st_size
    while at + RECORD.size <= end:
        length, size = RECORD.unpack(os.pread(fd, RECORD.size, at))
        begin = at + RECORD.size + length
        name = os.pread(fd, length, at + RECORD.size).decode("utf-8", "replace")

        def read(begin: int = begin, size: int = size) -> bytes:
            if size > MAX_RECORD:
                raise BadRecord(f"larger than {MAX_RECORD >> 20} MiB")
            return os.pread(fd, size, begin)

        yield name, 0, read
        at = begin + size


def _zip_members(fd: int) -> Iterator[Member]:
    """Every member that the central directory lists; raises BadExport where there is none."""
    at, size, total = _find_directory(fd)
    buffer, end = b"", at + size
    offset = 0
    while True:
        if len(buffer) - offset < (1 << 18) and at < end:  # a header is never longer than its three 16-bit parts
            piece = os.pread(fd, min(_PIECE, end - at), at)
            if not piece:
                raise BadExport("its list of members is cut off")
            at += len(piece)
            buffer, offset = buffer[offset:] + piece, 0
        if len(buffer) - offset < _CENTRAL.size:
            return
        fields = _CENTRAL.unpack_from(buffer, offset)
        if fields[0] != b"PK\x01\x02":
            raise BadExport("its list of members is damaged")
        flags, method, crc = fields[3], fields[4], fields[7]
        packed, plain, place = fields[8], fields[9], fields[16]
        start = offset + _CENTRAL.size
        name = buffer[start : start + fields[10]].decode("utf-8", "replace")
        extra = buffer[start + fields[10] : start + fields[10] + fields[11]]
        packed, plain, place = _wide(extra, packed, plain, place)
        offset = start + fields[10] + fields[11] + fields[12]

        def read(place: int = place, packed: int = packed, plain: int = plain, how: tuple[int, int, int] = (
            flags, method, crc)) -> bytes:  # fmt: skip
            return _unpack(fd, place, packed, plain, how)

        yield name, total, read


def _find_directory(fd: int) -> tuple[int, int, int]:
    """(offset, bytes, members) of the central directory."""
    length = os.fstat(fd).st_size
    tail_start = max(0, length - (1 << 16) - _END.size - _LOCATOR.size)
    tail = os.pread(fd, length - tail_start, tail_start)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise BadExport("it is no zip")
    fields = _END.unpack_from(tail, at)
    total, size, offset = fields[4], fields[5], fields[6]
    if at >= _LOCATOR.size and tail[at - _LOCATOR.size : at - _LOCATOR.size + 4] == b"PK\x06\x07":
        end64 = _LOCATOR.unpack_from(tail, at - _LOCATOR.size)[2]
        raw = os.pread(fd, _END64.size, min(end64, length))
        if len(raw) == _END64.size and raw[:4] == b"PK\x06\x06":
            total, size, offset = _END64.unpack(raw)[7:10]
    if offset + size > length:
        raise BadExport("it is cut off")
    return offset, size, total


def _wide(extra: bytes, packed: int, plain: int, place: int) -> tuple[int, int, int]:
    """The three numbers with those of Zip64 where the short ones are full."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            body = extra[at + 4 : at + 4 + size]
            numbers = iter(struct.unpack_from(f"<{len(body) // 8}Q", body))
            plain = next(numbers, plain) if plain == 0xFFFFFFFF else plain
            packed = next(numbers, packed) if packed == 0xFFFFFFFF else packed
            place = next(numbers, place) if place == 0xFFFFFFFF else place
            break
        at += 4 + size
    return packed, plain, place


def _unpack(fd: int, place: int, packed: int, plain: int, how: tuple[int, int, int]) -> bytes:
    flags, method, crc = how
    if flags & 1:
        raise BadRecord("encrypted")
    if method not in (0, 8):
        raise BadRecord("packed in an unusual way")
    if packed > MAX_RECORD or plain > MAX_RECORD:
        raise BadRecord(f"larger than {MAX_RECORD >> 20} MiB")
    if place >= 1 << 62:
        raise BadRecord("damaged")
    head = os.pread(fd, _LOCAL.size, place)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise BadRecord("damaged")
    fields = _LOCAL.unpack(head)
    raw = os.pread(fd, packed, place + _LOCAL.size + fields[9] + fields[10])
    try:
        data = raw if method == 0 else zlib.decompressobj(-15).decompress(raw, plain + 1)
    except zlib.error:
        raise BadRecord("damaged") from None
    if len(data) != plain or zlib.crc32(data) != crc:
        raise BadRecord("damaged")
    return data
