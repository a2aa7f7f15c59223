"""Minified text as rows that can be read: where to break, and how deep each row lies. Not a byte is changed.

Runs in a worker. The grammar says what a statement is, so nothing breaks inside a string, comment or pattern.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from checks.runtime.package import resource_path

# Longer lines than this, in a file of so many bytes a line, are nothing that a person wrote.
LONG_LINE = 500
BYTES_PER_LINE = 160
MAX_BYTES = 8 << 20
MAX_ROWS = 400_000
MAX_DEPTH = 40
STEP = 2
# A statement to the grammar, but it stands behind what it is the body of.
BODY = "statement_block"


@dataclass(frozen=True, slots=True)
class Row:
    """Bytes `start` to `end` (exclusive) of the text, on source line `line` (from 1), `indent` blanks deep."""

    start: int
    end: int
    line: int
    indent: int


def is_minified(data: bytes) -> bool:
    """Whether its lines are too long to be read."""
    lines = data.count(b"\n") + 1
    if len(data) < LONG_LINE or len(data) / lines < BYTES_PER_LINE:
        return False
    return any(len(line) > LONG_LINE for line in data[: 1 << 20].split(b"\n"))


@cache
def _queries() -> dict[str, str]:
    table = tomllib.loads(resource_path("rules/reflow.toml").read_text(encoding="utf-8"))
    return {language: rules["query"] for language, rules in table.items()}


def can_reflow(data: bytes, language: str) -> bool:
    """Whether this minified text can be broken into rows."""
    return language in _queries() and len(data) <= MAX_BYTES and is_minified(data)


def reflow(data: bytes, language: str) -> list[Row]:
    """The rows of the text, in order and without a gap but for line breaks and the blanks between rows."""
    begins, blocks = _places(data, language)
    starts: set[int] = begins | {end - 1 for _, end in blocks if data[end - 1 : end] in (b"}", b"]")}
    rows: list[Row] = []
    at, position = 0, 0
    open_blocks: list[int] = []
    cuts = sorted(starts)
    for number, line in enumerate(data.split(b"\n"), 1):
        stop = position + len(line)
        while at < len(cuts) and cuts[at] <= position:
            at += 1
        begin = position
        while begin <= stop:
            end = cuts[at] if at < len(cuts) and cuts[at] < stop and len(rows) < MAX_ROWS else stop
            at += 1 if end < stop else 0
            if data[begin:end].strip() or begin == position == stop:
                rows.append(_row(data, begin, end, number, open_blocks, blocks))
            begin = end if end < stop else stop + 1
        position = stop + 1
    return rows


def _row(
    data: bytes, begin: int, end: int, number: int, open_blocks: list[int], blocks: list[tuple[int, int]]
) -> Row:
    """One row without blanks around; `blocks` are taken from its head as the rows go past them."""
    while begin < end and data[begin : begin + 1] in (b" ", b"\t"):
        begin += 1
    while end > begin and data[end - 1 : end] in (b" ", b"\t", b"\r"):
        end -= 1
    while blocks and blocks[-1][0] < begin:
        open_blocks.append(blocks.pop()[1])
    open_blocks[:] = [stop for stop in open_blocks if stop - 1 > begin]
    return Row(begin, end, number, min(len(open_blocks), MAX_DEPTH) * STEP)


def _places(data: bytes, language: str) -> tuple[set[int], list[tuple[int, int]]]:
    """Where rows begin, and the blocks (start, end), the first of them last."""
    from tree_sitter import Query, QueryCursor
    from tree_sitter_language_pack import get_language, get_parser

    tree = get_parser(language).parse(data)  # type: ignore[arg-type]
    query = Query(get_language(language), _queries()[language])  # type: ignore[arg-type]
    captured: dict[str, list[Any]] = QueryCursor(query).captures(tree.root_node)
    begins = {node.start_byte for node in captured.get("row", ()) if node.type != BODY}
    blocks = {(node.start_byte, node.end_byte) for node in captured.get("block", ())}
    return begins, sorted(blocks, reverse=True)
