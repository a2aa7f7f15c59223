"""Sectors of compound files: which of them belong together, and to whom."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterator

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SPECIAL = 0xFFFFFFFA  # from here on numbers are no sectors: end of a chain, free, a table
END, FREE = 0xFFFFFFFE, 0xFFFFFFFF
TABLES = 1  # who owns the sectors of tables and directory; streams are owned by their number + 2
_IN_HEADER = 109


class BadCompound(ValueError):
    """Begins like a compound file and cannot be read as one; the text says why."""


def words(data: memoryview | bytes) -> array[int]:
    """Little-endian numbers of four bytes; half a number at the end is left out."""
    words = array("I")
    words.frombytes(bytes(data[: len(data) - len(data) % 4]))
    if sys.byteorder == "big":
        words.byteswap()
    return words


def has_plain_header(data: bytes) -> bool:
    """Whether the counts of tables in the header can be true: others walk through whatever they claim."""
    if len(data) < 512:
        return False
    most = (len(data) >> min(max(data[30], 7), 16)) + 1
    return all(int.from_bytes(data[at : at + 4], "little") <= most for at in (44, 64, 72))


class Sectors:
    """The sectors of a compound file, each with the one that follows it and its owner.

    Raises BadCompound where they have no size or no table. `notes` are (rule, sentence) for what is wrong.
    """

    def __init__(self, data: memoryview, tick: Callable[[], None]) -> None:
        self._data, self._tick = data, tick
        self.notes: list[tuple[str, str]] = []
        if len(data) < 512 or bytes(data[:8]) != COMPOUND:
            raise BadCompound("it is shorter than a header")
        self._shift, mini_shift = int.from_bytes(data[30:32], "little"), int.from_bytes(data[32:34], "little")
        if not 9 <= self._shift <= 16 or mini_shift != 6:
            raise BadCompound("its sectors have a size that no program knows")
        self._count = max(-(-len(data) >> self._shift) - 1, 0)
        self._owners = array("I", bytes(4 * self._count))
        # sectors that may be read for a second stream
        self._again = self._count + 1024
        self._fat = self._read_fat(int.from_bytes(data[68:72], "little"))

    def _say(self, rule: str, detail: str) -> None:
        if (rule, detail) not in self.notes:
            self.notes.append((rule, detail))

    def _sector(self, number: int) -> memoryview:
        return self._data[(number + 1) << self._shift : (number + 2) << self._shift]

    def _read_fat(self, more: int) -> array[int]:
        """The table of which sector follows which; nothing beyond the end of the file is of use."""
        each = 1 << self._shift - 2
        places = list(words(self._data[76 : 76 + 4 * _IN_HEADER]))
        while more < self._count and len(places) * each < self._count + _IN_HEADER * each:
            if self._owners[more]:
                self._say("damaged", "the list of its tables runs in a circle")
                break
            self._owners[more] = TABLES
            following = words(self._sector(more))
            more = following.pop() if len(following) == each else END
            places += following
        fat = array("I")
        for place in places:
            if len(fat) >= self._count:
                break
            if place >= SPECIAL:
                continue
            known = place < self._count and self._owners[place] == 0
            if not known:
                self._say("damaged", "a part of its table of sectors lies outside the file or stands there twice")
            part = words(self._sector(place)) if known else array("I")
            if known:
                self._owners[place] = TABLES
            fat += part
            fat += array("I", [FREE]) * (each - len(part))
        if not fat:
            raise BadCompound("it has no table of sectors")
        return fat

    def _chain(self, start: int, need: int, owner: int) -> tuple[array[int], str]:
        """At most `need` sectors from `start` on, now owned, and what ended it early (or that they were shared)."""
        sectors, problem = array("I"), ""
        sector, owners, fat = start, self._owners, self._fat
        limit = min(self._count, len(fat))
        for number in range(min(need, limit + 1)):
            if sector >= limit:
                return sectors, "cut"
            before = owners[sector]
            if (before == owner and owner != TABLES) or number > limit:
                return sectors, "circle"
            if before:
                if owner == TABLES:
                    return sectors, "circle"
                self._again -= 1
                if self._again < 0:
                    return sectors, "overlap"
                problem = "overlap"
            else:
                owners[sector] = owner
            sectors.append(sector)
            sector = fat[sector]
        return sectors, problem if len(sectors) == need else problem or "cut"


def join(starts: Iterator[int], length: int) -> Iterator[tuple[int, int]]:
    """Ranges of this length, those that follow each other as one."""
    begin = end = -1
    for start in starts:
        if start == end:
            end += length
            continue
        if begin >= 0:
            yield begin, end
        begin, end = start, start + length
    if begin >= 0:
        yield begin, end


def cut(ranges: list[tuple[int, int]], size: int) -> tuple[list[tuple[int, int]], tuple[int, int] | None]:
    """The ranges up to so many bytes, and what is over in the last."""
    left = size
    for at, (start, end) in enumerate(ranges):
        if end - start >= left:
            over = (start + left, end) if end - start > left else None
            return [*ranges[:at], (start, start + left)], over
        left -= end - start
    return ranges, None
