"""Bytes sought in the bytes of a tree: a stream of comparisons, nothing is parsed.

The text is sought as UTF-8 and as UTF-16LE, at every place. Chunks overlap by the length of what is sought. A match
counts only within one file; where files lie inside each other (a member stored as it is in its archive) it belongs to
the innermost.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from app.trees import Tree
from checks.runtime.package import Entry

CHUNK = 4 << 20
# Places in one file that are told; a word that stands in every line is found by the first of them.
PER_FILE = 3
MAX_LINE_COUNT = 64 << 20
_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """A match at bytes [start, end) of an entry."""

    entry: Entry
    start: int
    end: int
    encoding: str


@dataclass(frozen=True, slots=True)
class Needle:
    """What is sought: bytes by encoding. Without regard to case only ASCII letters are alike."""

    patterns: tuple[tuple[str, bytes], ...]
    ignore_case: bool

    @classmethod
    def of(cls, text: str, *, ignore_case: bool = False) -> Needle:
        """The needle for a text; names with undecodable bytes are sought by these bytes."""
        wide = text.encode("utf-16-le", "surrogatepass")
        forms = (("utf-8", text.encode("utf-8", "surrogateescape")), ("utf-16-le", wide))
        return cls(tuple((name, form.lower() if ignore_case else form) for name, form in forms), ignore_case)

    @property
    def longest(self) -> int:
        """Bytes by which chunks have to overlap."""
        return max(len(pattern) for _, pattern in self.patterns)


class TreeText:
    """One tree to be searched."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        ends: dict[str, int] = {}
        for entry in tree.files:
            ends[entry.source] = max(ends.get(entry.source, 0), entry.offset + entry.size)
        # as far as files reach, each source is read as one
        self._sources = [Entry(-1, "", "file", end, 0, source, "") for source, end in sorted(ends.items()) if end]
        self._told: Counter[int] = Counter()

    @property
    def size(self) -> int:
        """Bytes that a search reads."""
        return sum(source.size for source in self._sources)

    @cached_property
    def _by_offset(self) -> dict[str, tuple[list[int], list[Entry]]]:
        placed: dict[str, tuple[list[int], list[Entry]]] = {}
        for source in (whole.source for whole in self._sources):
            entries = [e for e in self._tree.files if e.source == source and e.size]
            # the widest first, so that going back meets the innermost first
            entries.sort(key=lambda e: (e.offset, -e.size, -e.n))
            placed[source] = [e.offset for e in entries], entries
        return placed

    def _entry(self, source: str, start: int, end: int) -> Entry | None:
        """The innermost file that holds these bytes wholly."""
        offsets, entries = self._by_offset[source]
        at = bisect.bisect_right(offsets, start) - 1
        for number in range(at, max(-1, at - _STEPS), -1):
            if entries[number].offset + entries[number].size >= end:
                return entries[number]
        return None

    def search(self, needle: Needle, on_bytes: Callable[[int], None], cancelled: Callable[[], bool]) -> Iterator[Place]:
        """Every place, chunk by chunk, PER_FILE in one file at most; `on_bytes` hears how many were read."""
        self._told.clear()
        for source in self._sources:
            for start in range(0, source.size, CHUNK):
                if cancelled():
                    return
                chunk = self._tree.bytes_of(source, start, start + CHUNK + needle.longest - 1)
                if needle.ignore_case:
                    chunk = chunk.lower()
                for encoding, pattern in needle.patterns:
                    yield from self._find(source.source, start, chunk, encoding, pattern)
                on_bytes(min(CHUNK, source.size - start))

    def _find(self, source: str, base: int, chunk: bytes, encoding: str, pattern: bytes) -> Iterator[Place]:
        at = chunk.find(pattern)
        while 0 <= at < CHUNK:
            entry = self._entry(source, base + at, base + at + len(pattern))
            if entry is not None and self._told[entry.n] < PER_FILE:
                self._told[entry.n] += 1
                low = base + at - entry.offset
                yield Place(entry, low, low + len(pattern), encoding)
            # enough is known of this file: on to the next
            after = entry.offset + entry.size - base if entry is not None and self._told[entry.n] >= PER_FILE else 0
            at = chunk.find(pattern, max(at + len(pattern), after))

    def line(self, place: Place) -> int | None:
        """The line of a place, from 1; None in what is no text."""
        if place.start > MAX_LINE_COUNT or place.encoding != "utf-8":
            return None
        if b"\0" in self._tree.bytes_of(place.entry, 0, 1024):
            return None
        return self._tree.count_lines(place.entry, place.start)[0]
