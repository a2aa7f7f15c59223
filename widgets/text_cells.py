"""Columns of a fixed grid for text that is not all one cell wide: tabs, wide and combining characters."""

from __future__ import annotations

import functools
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

TAB = 4
LONGEST_EXACT = 20_000  # characters; a longer line counts one cell each, so that a 1 MB line costs nothing


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


@functools.lru_cache(maxsize=512)
def _measure(text: str) -> tuple[int, ...]:
    starts, at = [0], 0
    for char in text:
        at += TAB - at % TAB if char == "\t" else 1 if char.isascii() else _width(char)
        starts.append(at)
    return tuple(starts)


def cell_starts(text: str) -> tuple[int, ...] | None:
    """The cell at which each character begins, and one more for the end; None where each takes one cell."""
    if (text.isascii() and "\t" not in text) or len(text) > LONGEST_EXACT:
        return None
    return _measure(text)


def cell_of(text: str, column: int) -> int:
    """The cell of a character."""
    starts = cell_starts(text)
    return column if starts is None else starts[min(column, len(text))]


def column_at(text: str, cell: float) -> int:
    """The character whose left edge is nearest to a cell position."""
    starts = cell_starts(text)
    if starts is None:
        return max(0, min(len(text), int(cell + 0.5)))
    after = bisect_left(starts, cell)
    if after >= len(starts):
        return len(text)
    if after and cell - starts[after - 1] < starts[after] - cell:
        after -= 1
    return min(after, len(text))


def visible_columns(text: str, left: int, right: int) -> tuple[int, int]:
    """The characters (first, end) that touch the cells from `left` to `right`."""
    starts = cell_starts(text)
    if starts is None:
        return min(left, len(text)), min(right + 1, len(text))
    first = max(bisect_right(starts, left) - 1, 0)
    return min(first, len(text)), min(bisect_left(starts, right + 1), len(text))


def drawn_runs(text: str, first: int, end: int) -> list[tuple[int, str]]:
    """The text from `first` to `end` cut where a glyph may not fit the grid: (column, run), tabs left out."""
    part = text[first:end]
    if part.isascii() and "\t" not in part:
        return [(first, part)] if part else []
    runs: list[tuple[int, str]] = []
    begin, grow = first, False
    for column in range(first, end):
        char = text[column]
        if char == "\t":
            grow = False
        elif char.isascii():
            if grow:
                runs[-1] = (begin, runs[-1][1] + char)
            else:
                runs.append((column, char))
                begin, grow = column, True
        elif runs and _width(char) == 0:
            runs[-1] = (runs[-1][0], runs[-1][1] + char)
        else:
            runs.append((column, char))
            grow = False
    return runs


def widest(lines: Sequence[str]) -> int:
    """Cells of the longest line, generously: tabs and wide characters counted in lines that have any."""
    most = 0
    for line in lines:
        length = len(line)
        if length * 4 > most:
            if "\t" in line:
                length += (TAB - 1) * line.count("\t")
            if not line.isascii():
                length *= 2
            most = max(most, length)
    return most
