"""The rows of the package as a table: filtered and sorted here, so that 20,000 components cost nothing to scroll."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from widgets.package_rows import PackageRow
from widgets.table_model import ROOT, Index, TitledModel
from widgets.theme import SEVERITIES, Theme
from widgets.words import tip

WHAT, NAME, RISK, STATE, VALUE, PLACE = range(6)
TITLES = ("What", "Name", "Risk", "Change", "What it says", "Where")
KEYS: dict[int, Callable[[PackageRow], Any]] = {
    NAME: lambda r: r.name.casefold(),
    RISK: lambda r: -(r.grade if r.grade is not None else -1),
    STATE: lambda r: r.state,
    VALUE: lambda r: r.value.casefold(),
    PLACE: lambda r: r.path,
}


class PackageModel(TitledModel):
    """Rows in reading order (column WHAT), or by another column."""

    titles = TITLES

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: list[PackageRow] = []
        self._shown: list[PackageRow] = []
        self._text = ""
        self._groups: frozenset[object] = frozenset()
        self._states: frozenset[object] = frozenset()
        self._column, self._descending = WHAT, False

    def set_rows(self, rows: list[PackageRow]) -> None:
        """All rows at once, in reading order."""
        self.rows = rows
        self._arrange()

    def filter_by(
        self,
        text: str | None = None,
        *,
        groups: frozenset[object] | None = None,
        states: frozenset[object] | None = None,
    ) -> None:
        """Show the rows with all of these words, in these groups and states; None leaves a filter as it is."""
        self._text = self._text if text is None else text.lower()
        self._groups = self._groups if groups is None else groups
        self._states = self._states if states is None else states
        self._arrange()

    def row_at(self, row: int) -> PackageRow | None:
        """The row shown there."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _arrange(self) -> None:
        words, groups, states = self._text.split(), self._groups, self._states
        self.beginResetModel()
        self._shown = [
            row
            for row in self.rows
            if (not groups or row.group in groups)
            and (not states or row.state in states)
            and all(word in row.hay for word in words)
        ]
        if self._column != WHAT:
            self._shown.sort(key=KEYS[self._column], reverse=self._descending)
        elif self._descending:
            self._shown.reverse()
        self.endResetModel()

    # Qt's side

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(row, index.column())
        if role == Qt.ItemDataRole.DecorationRole and index.column() == RISK and row.grade is not None:
            mark = SEVERITIES[row.grade]
            return self._theme.icon(mark.icon, mark.role)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            words = self._words(row, index.column())
            return tip(words) if words else None
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == WHAT:
            return ", ".join(filter(None, (row.word, row.name, self._words(row, RISK), row.state, row.value)))
        return None

    @staticmethod
    def _words(row: PackageRow, column: int) -> str:
        if column == RISK:
            return SEVERITIES[row.grade].word if row.grade is not None else ""
        if column == STATE:  # what is as it was needs no word in every line
            return "" if row.state == "unchanged" else row.state
        return {WHAT: row.word, NAME: row.name, VALUE: row.value, PLACE: row.path}[column]

    def _color(self, row: PackageRow, column: int) -> QColor | None:
        theme = self._theme
        if row.state == "removed" or column in (WHAT, PLACE):
            return theme.color("muted")
        if column == STATE and row.state in ("new", "changed"):
            return theme.color("medium")
        if column == RISK and row.grade is not None:
            return theme.color(SEVERITIES[row.grade].role)
        return None
