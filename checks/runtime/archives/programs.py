"""Programs that unpack themselves: the archives in a Windows program, behind it or among its resources.

An archive is known by its header, not by its mark alone: the programs that make such files hold the marks as well.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from checks.runtime.archives.limits import MIB
from checks.runtime.archives.session import Place, Session

# A stub with its resources is small; one that looks further would read every large program twice.
MAX_STUB = 64 * MIB
MAX_ARCHIVES = 64
_MARKS = re.compile(rb"7z\xbc\xaf\x27\x1c|MSCF\0\0\0\0|Rar!\x1a\x07(?:\x00|\x01\x00)")


def read_program(data: memoryview, place: Place, session: Session) -> None:
    """Add each archive in the program as a member, to be opened like any other."""
    if not _is_program(data):
        return
    for start, end, suffix in find_archives(data, session):
        blocks = (data[at : min(at + MIB, end)] for at in range(start, end, MIB))
        session.add_file(place, f"archive-at-{start}.{suffix}", blocks)


def _is_program(data: memoryview) -> bool:
    at = int.from_bytes(data[60:64], "little")
    return bytes(data[at : at + 4]) == b"PE\0\0"


def find_archives(data: memoryview, session: Session) -> Iterator[tuple[int, int, str]]:
    """(start, end, suffix) of archives one behind the other; each is looked for within reach of the one before."""
    position, found = 0, 0
    while found < MAX_ARCHIVES:
        session.tick()
        stop = min(len(data), position + MAX_STUB)
        for match in _MARKS.finditer(data, position, stop):
            end = _end(data, match.start(), match[0])
            if end:
                yield match.start(), end, {b"7": "7z", b"M": "cab", b"R": "rar"}[match[0][:1]]
                position, found = end, found + 1
                break
        else:
            return


def _end(data: memoryview, start: int, mark: bytes) -> int:
    """Where the archive that seems to begin here ends, 0 where it is none."""
    head = bytes(data[start : start + 256])
    if len(head) < 64:
        return 0
    if mark.startswith(b"7z"):
        checksum, offset, size = struct.unpack_from("<IQQ", head, 8)
        end = start + 32 + offset + size
        return end if zlib.crc32(head[12:32]) == checksum and size and end <= len(data) else 0
    if mark.startswith(b"MSCF"):
        size, _, files, _, minor, major, folders, members = struct.unpack_from("<IIIIBBHH", head, 8)
        sound = (major, minor) == (1, 3) and 36 <= files < size and folders and members
        return start + size if sound and start + size <= len(data) else 0
    # an archive by RAR does not tell its size: what follows belongs to it
    main = _is_old_main(head) if len(mark) == 7 else _is_main(head)
    return len(data) if main else 0


def _is_old_main(head: bytes) -> bool:
    """Whether the first block of a RAR 4 archive describes it, by its kind and checksum."""
    checksum, kind, _, size = struct.unpack_from("<HBHH", head, 7)
    return bool(kind == 0x73 and size >= 13 and zlib.crc32(head[9 : 7 + size]) & 0xFFFF == checksum)


def _is_main(head: bytes) -> bool:
    """Whether the first block of a RAR 5 archive describes it, or the key that it needs, by kind and checksum."""
    # the size before its kind takes one byte or two
    size, width = (head[12], 1) if head[12] < 0x80 else (head[12] & 0x7F | head[13] << 7, 2)
    checksum = int.from_bytes(head[8:12], "little")
    return head[12 + width] in (1, 4) and zlib.crc32(head[12 : 12 + width + size]) == checksum
