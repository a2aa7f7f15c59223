"""One hyperscan pass over a file's bytes: which patterns end where.

Hyperscan reads more than a gigabyte a second but tells only where a match ends; whoever needs the
extent asks RE2 about the few bytes around it. A database is compiled by a check's `prepare` and
reloaded in microseconds.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MAX_HITS = 50_000
DATABASE = "patterns.hs"

Hit = tuple[int, int]


def compile_database(patterns: Iterable[tuple[int, str, str]], folder: Path) -> None:
    """Compile (id, expression, flags) into `folder`; flags: i caseless, s dot matches newline, 1 first match only.

    Expressions see bytes (Latin-1), several may share an id. Raises ValueError that shows the bad expression.
    """
    import hyperscan

    letters = {"i": hyperscan.HS_FLAG_CASELESS, "s": hyperscan.HS_FLAG_DOTALL, "1": hyperscan.HS_FLAG_SINGLEMATCH}
    rows = list(patterns)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[expression.encode("latin-1") for _, expression, _ in rows],
            ids=[number for number, _, _ in rows],
            flags=[sum(letters[letter] for letter in flags) for _, _, flags in rows],
        )
    except hyperscan.HyperscanError as error:
        raise ValueError(f"a pattern cannot be compiled: {error}: {_first_bad(rows, letters)}") from error
    (folder / DATABASE).write_bytes(hyperscan.dumpb(database))


def _first_bad(rows: list[tuple[int, str, str]], letters: dict[str, int]) -> str:
    """Hyperscan does not say which expression it refused, so each is tried alone."""
    import hyperscan

    for _, expression, flags in rows:
        try:
            single = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            single.compile(expressions=[expression.encode("latin-1")], flags=[sum(letters[letter] for letter in flags)])
        except hyperscan.HyperscanError as error:
            return f"{expression!r}: {error}"
    return "the expressions together"


class Scanner:
    """A loaded database with its scratch space: for one thread."""

    def __init__(self, folder: Path) -> None:
        import hyperscan

        self._terminated = hyperscan.ScanTerminated
        self._database = hyperscan.loadb((folder / DATABASE).read_bytes(), mode=hyperscan.HS_MODE_BLOCK)
        self._database.scratch = hyperscan.Scratch(self._database)

    def scan(self, data: bytes, limit: int = MAX_HITS) -> tuple[list[Hit], bool]:
        """Every (pattern id, end offset), and whether all were told: scanning stops after `limit` hits."""
        hits: list[Hit] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: Any) -> bool:
            hits.append((number, end))
            return len(hits) >= limit

        try:
            self._database.scan(data, match_event_handler=note)
        except self._terminated:
            return hits, False
        return hits, True


@functools.cache
def load_scanner(folder: Path) -> Scanner:
    """The scanner of a prepared folder, loaded once a process."""
    return Scanner(folder)


def _compile(expression: bytes, encoding: str) -> Any:
    import re2

    options = re2.Options()
    options.encoding = getattr(re2.Options.Encoding, encoding)
    options.log_errors = False
    return re2.compile(expression, options)


@functools.cache
def compile_bytes(expression: str) -> Any:
    """An RE2 pattern over bytes: linear time whatever the input, and `\\xe2` means that byte."""
    return _compile(expression.encode("latin-1"), "LATIN1")


@functools.cache
def compile_utf8(expression: str) -> Any:
    """An RE2 pattern over bytes that are UTF-8: characters match whole, spans are in bytes, damage never matches."""
    return _compile(expression.encode("utf-8"), "UTF8")
