"""Compound files (OLE): a file system in a file, as old Office documents and Windows installers are.

Every chain, tree and size in it may lie. Each sector belongs to one stream: what two streams share is read a second
time only as far as the file is long, so that nothing in here grows, and what no stream owns is found.
"""

from __future__ import annotations

import itertools
import re
import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from checks.runtime.archives.limits import MIB, Refused
from checks.runtime.archives.sectors import COMPOUND, END, FREE, SPECIAL, TABLES, BadCompound, Sectors, cut, join, words

__all__ = ["COMPOUND", "ROOT", "STORAGE", "STREAM", "UNLISTED", "BadCompound", "CompoundFile", "Node"]

UNLISTED = "!unlisted/"
STORAGE, STREAM, ROOT = 1, 2, 5
_NOTHING = 0xFFFFFFFF
_ROW, _MINI = 128, 64
_ROW_LAYOUT = struct.Struct("<64sHBBIII16s4x16xIII")
MAX_DEPTH = 16
_NOT_ZERO = re.compile(rb"[^\0]")
# name, its length, kind, colour, left, right, child, class, first sector, size, its upper half
Row = tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Node:
    """A storage or stream; `path` has the names of the storages around it, `size` is what the directory tells."""

    number: int
    path: str
    kind: int
    start: int
    size: int


def _name(raw: bytes, length: int) -> str:
    """A name by the length that its row tells, up to the first NUL where that cannot be."""
    if 2 <= length <= 64 and not length % 2:
        return raw[: length - 2].decode("utf-16-le", "replace")
    return raw.decode("utf-16-le", "replace").partition("\0")[0]


class CompoundFile(Sectors):
    """The streams of a compound file, read where they lie.

    `most` is how many rows of the directory are looked at. `notes` are (rule, sentence) for what is wrong with the
    whole. `nodes` come in the order of the directory; those that no storage holds have a path below UNLISTED.
    Raises BadCompound where there is no directory to go by.
    """

    def __init__(self, data: memoryview, most: int, tick: Callable[[], None] = lambda: None) -> None:
        super().__init__(data, tick)
        self.class_id = bytes(16)
        self._cutoff, small = struct.unpack_from("<II", data, 56)
        self._places: dict[int, tuple[list[tuple[int, int]], str]] = {}
        self._slack: list[tuple[int, int]] = []
        rows = self._read_rows(int.from_bytes(data[48:52], "little"), most)
        self._mini_sectors, self._mini_fat = array("I"), array("I")
        self._read_mini(rows[0], small)
        self.nodes = list(self._walk(rows))

    def _read_rows(self, start: int, most: int) -> list[Row]:
        """The rows of the directory, at most so many."""
        sectors, _ = self._chain(start, self._count, TABLES)
        if not sectors:
            raise BadCompound("it has no directory")
        if sectors and self._fat[sectors[-1]] not in (END, FREE):
            self._say("damaged", "its directory cannot be followed to the end")
        rows: list[Row] = []
        for sector in sectors:
            self._tick()
            content = self._sector(sector)
            usable = len(content) - len(content) % _ROW
            rows += _ROW_LAYOUT.iter_unpack(content[:usable])
            if len(rows) > most:
                self._say("limit_entries", f"its directory has more than {most} rows: the rest was not read")
                del rows[most:]
                break
        if not rows or rows[0][2] != ROOT:
            raise BadCompound("its directory has no root")
        return rows

    def _size(self, row: Row) -> int:
        low: int = row[9]
        high: int = row[10]
        return low if self._shift == 9 else low | high << 32  # with small sectors the upper half is undefined

    def _read_mini(self, root: Row, small: int) -> None:
        """The stream of short streams, and the table of its sectors."""
        self.class_id = root[7]
        size = self._size(root)
        if size:
            need = min(-(-size >> self._shift), self._count)
            self._mini_sectors, problem = self._chain(root[8], need, TABLES)
            if problem and root[8] < SPECIAL:
                self._say("damaged", "the part with its short streams is not whole")
        if small < SPECIAL:
            each = 1 << self._shift - 2
            per = self._shift - 6
            sectors, _ = self._chain(small, -(-(len(self._mini_sectors) << per) // each), TABLES)
            for sector in sectors:
                self._mini_fat += words(self._sector(sector))
        self._mini_owners = array("I", bytes(4 * min(len(self._mini_fat), len(self._mini_sectors) << self._shift - 6)))
        self._mini_again = len(self._mini_owners) + 1024

    # -- directory

    def _walk(self, rows: list[Row]) -> Iterator[Node]:
        seen = bytearray(len(rows))
        found: list[Node] = []
        stack: list[tuple[int, str, int]] = [(rows[0][6], "", 1)]
        seen[0] = 1
        while stack:
            number, prefix, depth = stack.pop()
            if number == _NOTHING:
                continue
            if number >= len(rows):
                self._say("damaged", "its directory leads to rows that are not there")
                continue
            if seen[number]:
                self._say("damaged", "its directory runs in a circle")
                continue
            row = rows[number]
            kind = row[2]
            if kind not in (STORAGE, STREAM):
                self._say("damaged", "its directory leads to rows that are neither storage nor stream")
                continue
            seen[number] = 1
            node = self._node(number, row, prefix)
            found.append(node)
            stack += ((row[4], prefix, depth), (row[5], prefix, depth))
            if kind == STORAGE and depth < MAX_DEPTH:
                stack.append((row[6], f"{node.path}/", depth + 1))
            elif kind == STORAGE:
                self._say("limit_depth", f"its storages lie more than {MAX_DEPTH} deep")
        unlisted = [
            self._node(number, row, UNLISTED)
            for number, row in enumerate(rows)
            if not seen[number] and row[2] == STREAM and self._size(row)
        ]
        if unlisted:
            self._say("disagreement", f"{len(unlisted)} of its streams stand in the directory and in no storage")
        yield from sorted(found + unlisted, key=lambda node: node.number)

    def _node(self, number: int, row: Row, prefix: str) -> Node:
        name = _name(row[0], row[1])
        return Node(number, prefix + name, row[2], row[8], self._size(row))

    # -- bytes

    def ranges(self, node: Node) -> tuple[list[tuple[int, int]], str]:
        """Where the bytes of a stream lie in the file, and what is wrong: `cut`, `circle`, `overlap` or nothing."""
        if node.number not in self._places:
            self._tick()
            if node.kind != STREAM or not node.size:
                self._places[node.number] = [], ""
            elif node.size < self._cutoff:
                self._places[node.number] = self._short_ranges(node)
            else:
                self._places[node.number] = self._long_ranges(node)
        return self._places[node.number]

    def _long_ranges(self, node: Node) -> tuple[list[tuple[int, int]], str]:
        sectors, problem = self._chain(node.start, -(-node.size >> self._shift), node.number + 2)
        ranges = list(join(((sector + 1) << self._shift for sector in sectors), 1 << self._shift))
        ranges, ending = cut(ranges, node.size)
        if ending is not None:
            self._slack.append(ending)
        return ranges, problem

    def _short_place(self, number: int) -> int:
        per: int = self._shift - 6
        return (self._mini_sectors[number >> per] + 1 << self._shift) + (number & (1 << per) - 1) * _MINI

    def _short_ranges(self, node: Node) -> tuple[list[tuple[int, int]], str]:
        places: list[int] = []
        owners, fat, problem = self._mini_owners, self._mini_fat, ""
        sector, owner = node.start, node.number + 2
        for _ in range(-(-node.size // _MINI)):
            if sector >= len(owners):
                problem = "cut"
                break
            if owners[sector] == owner:
                problem = "circle"
                break
            if owners[sector]:
                problem, self._mini_again = "overlap", self._mini_again - 1
                if self._mini_again < 0:
                    break
            owners[sector] = owner
            places.append(self._short_place(sector))
            sector = fat[sector]
        return cut(list(join(iter(places), _MINI)), node.size)[0], problem

    def blocks(self, node: Node) -> Iterator[memoryview]:
        """The bytes of a stream, at most 1 MiB at once; raises Refused for what cannot be had."""
        ranges, problem = self.ranges(node)
        given = 0
        for start, end in ranges:
            for at in range(start, min(end, len(self._data)), MIB):
                block = self._data[at : min(at + MIB, end)]
                given += len(block)
                yield block
        if problem == "circle":
            raise Refused("damaged", "the sectors of the stream run in a circle")
        if problem == "overlap" and given == node.size:
            raise Refused("overlap", "the stream shares its sectors with another one")
        if problem == "overlap":
            raise Refused("damaged", "the stream shares its sectors with so many others that it was not read again")
        if given < node.size:
            raise Refused("damaged", f"the stream should have {node.size} bytes, {given} are there")

    def unowned(self) -> Iterator[tuple[int, int]]:
        """Ranges with anything in them that no stream and no table has; ask when all streams were read."""
        free = ((sector + 1) << self._shift for sector, owner in enumerate(self._owners) if not owner)
        places = (join(free, 1 << self._shift), self._slack, join(self._short_space(), _MINI))
        for start, end in itertools.chain(*places):
            self._tick()
            if _NOT_ZERO.search(self._data, start, min(end, len(self._data))):
                yield start, min(end, len(self._data))

    def _short_space(self) -> Iterator[int]:
        """Where sectors of the part with short streams lie that none of them has."""
        per = self._shift - 6
        for number in range(len(self._mini_sectors) << per):
            if number >= len(self._mini_owners) or not self._mini_owners[number]:
                yield self._short_place(number)

    @property
    def described(self) -> int:
        """The end of the last sector that the table says is used: what follows was appended."""
        shift: int = self._shift
        for sector in range(min(len(self._fat), self._count) - 1, -1, -1):
            if self._fat[sector] != FREE or self._owners[sector]:
                return (sector + 2) << shift
        return 1 << shift
