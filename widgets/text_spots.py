"""A place in a painted text, and where the keys take it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent


class Spot(NamedTuple):
    """Row and column from 0; ordered as the text reads."""

    row: int
    column: int


class Rows(Protocol):
    """What moving needs to know of a view."""

    @property
    def caret(self) -> Spot:
        """Where the caret is."""

    def row_count(self) -> int:
        """How many rows there are."""

    def row_text(self, row: int) -> str:
        """The text of a row."""

    def visible_rows(self) -> int:
        """How many rows fit."""


def _is_word(char: str) -> bool:
    return char.isalnum() or char in "_$"


def _next_word(text: str, column: int) -> int:
    while column < len(text) and _is_word(text[column]):
        column += 1
    while column < len(text) and not _is_word(text[column]):
        column += 1
    return column


def _previous_word(text: str, column: int) -> int:
    while column > 0 and not _is_word(text[column - 1]):
        column -= 1
    while column > 0 and _is_word(text[column - 1]):
        column -= 1
    return column


def step_spot(rows: Rows, event: QKeyEvent) -> Spot | None:
    """Where a key takes the caret; None for a key that does not move it."""
    key, held = event.key(), event.modifiers()
    row, column = rows.caret
    control = bool(held & Qt.KeyboardModifier.ControlModifier)
    if held & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier) or not rows.row_count():
        return None
    last, text = rows.row_count() - 1, rows.row_text(row)
    plain = held in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
    if key == Qt.Key.Key_Down or (key == Qt.Key.Key_J and plain):
        return Spot(min(row + 1, last), column)
    if key == Qt.Key.Key_Up or (key == Qt.Key.Key_K and plain):
        return Spot(max(row - 1, 0), column)
    if key == Qt.Key.Key_PageDown:
        return Spot(min(row + rows.visible_rows(), last), column)
    if key == Qt.Key.Key_PageUp:
        return Spot(max(row - rows.visible_rows(), 0), column)
    if key == Qt.Key.Key_Home:
        return Spot(0, 0) if control else Spot(row, 0)
    if key == Qt.Key.Key_End:
        return Spot(last, len(rows.row_text(last))) if control else Spot(row, len(text))
    if key == Qt.Key.Key_Right:
        if column >= len(text) and row < last:
            return Spot(row + 1, 0)
        return Spot(row, _next_word(text, column) if control else column + 1)
    if key == Qt.Key.Key_Left:
        if column == 0 and row > 0:
            return Spot(row - 1, len(rows.row_text(row - 1)))
        return Spot(row, _previous_word(text, column) if control else max(column - 1, 0))
    return None
