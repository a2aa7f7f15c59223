"""Where a zip archive's directory lies, for signatures that cover the archive's own bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from checks.downloads.signing.bytes import Bytes
from checks.downloads.signing.model import Malformed

_END = b"PK\5\6"
_MOST_COMMENT = 0xFFFF
MAX_DIRECTORY = 128 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """Offsets in bytes: the directory, its size, and the record at the end."""

    directory: int
    size: int
    end: int


def find_directory(data: Bytes) -> Layout | None:
    """The layout of the zip that ends the file; None where there is none (or one of the 64-bit form)."""
    start = max(0, data.size - 22 - _MOST_COMMENT)
    tail = data.read(start, data.size)
    at = len(tail) - 22
    while at >= 0:
        at = tail.rfind(_END, 0, at + 4)
        if at < 0:
            return None
        if len(tail) - at >= 22 and struct.unpack_from("<H", tail, at + 20)[0] == len(tail) - at - 22:
            size, offset = struct.unpack_from("<II", tail, at + 12)
            end = start + at
            if offset + size > end or size > MAX_DIRECTORY:
                raise Malformed("its zip directory lies outside the file")
            return Layout(offset, size, end)
        at -= 1
    return None
