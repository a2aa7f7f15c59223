"""Parts of the dashboard: a number with its word, a card, a legend, a table of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QSizePolicy, QTableView, QVBoxLayout, QWidget

from widgets.list_keys import ListKeys
from widgets.list_parts import RowDelegate, dress_table
from widgets.parts import ElidedLabel, PlainLabel
from widgets.theme import GAP, HALF, RADIUS, UNIT, Theme, scaled_font
from widgets.words import tip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
LINE = 24  # px of a row of numbers
NUMBER = 64  # px of a column of numbers
SWATCH = 12


class Panel(QWidget):
    """A quiet box with a rounded hairline; the accent's where it has the keyboard."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = self.hasFocus()
        painter.setPen(QPen(self._theme.color("accent" if focus else "line"), 2 if focus else 1))
        painter.setBrush(self._theme.color("base"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


class Tile(Panel):
    """One number: what it is, how much, a word more below; its definition is the tooltip."""

    def __init__(self, theme: Theme, title: str, definition: str) -> None:
        super().__init__(theme)
        self.title = title
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(tip(definition))
        self.setAccessibleDescription(definition)
        self.setAccessibleName(title)
        self._title = ElidedLabel(title, theme, "muted", factor=0.92)
        self._title.elide = Qt.TextElideMode.ElideRight
        self._title.setToolTip(tip(definition))
        self._number = PlainLabel("–", theme, "text", factor=1.6, bold=True)
        self._note = ElidedLabel("", theme, "muted", factor=0.92)
        self._note.elide = Qt.TextElideMode.ElideRight
        column = QVBoxLayout(self)
        column.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, UNIT)
        column.setSpacing(2)
        for label in (self._title, self._number, self._note):
            column.addWidget(label)

    def show_number(self, number: str, note: str = "", role: str = "text") -> None:
        """Show it; `role` is the colour of the number."""
        self._number.setText(number)
        self._number.set_role(role)
        self._note.setText(note)
        self.setAccessibleName(f"{self.title}: {number}" + (f", {note}" if note else ""))

    @property
    def number(self) -> str:
        """What it shows."""
        return self._number.text()


class Legend(QWidget):
    """What the colours of a plot stand for, each with its own pattern."""

    def __init__(self, theme: Theme, entries: Sequence[tuple[str, str, str]]) -> None:
        """`entries` are (word, role of the colour, fill | hatch | line)."""
        super().__init__()
        self._theme, self._entries = theme, entries
        self.setFont(scaled_font(0.9))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = sum(SWATCH + HALF + metrics.horizontalAdvance(word) + GAP for word, _, _ in self._entries)
        return QSize(width - GAP + 2, metrics.height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        left = 0.0
        for word, role, form in self._entries:
            color = self._theme.color(role)
            middle = self.height() / 2
            box = QRectF(left + 0.5, middle - SWATCH / 2 + 0.5, SWATCH - 1, SWATCH - 1)
            if form == "line":
                painter.fillRect(QRectF(left, middle - 1, SWATCH, 2), color)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
                painter.drawEllipse(box.center(), 3, 3)
            else:
                painter.setPen(QPen(color, 1))
                painter.setBrush(QBrush(color, Qt.BrushStyle.BDiagPattern) if form == "hatch" else color)
                painter.drawRect(box)
            left += SWATCH + HALF
            painter.setPen(self._theme.color("muted"))
            width = self.fontMetrics().horizontalAdvance(word)
            painter.drawText(QRectF(left, 0, width + 2, self.height()), int(Qt.AlignmentFlag.AlignVCenter), word)
            left += width + GAP


class NumbersModel(QAbstractTableModel):
    """Words in the first column, numbers in the others; all as text."""

    def __init__(self, headings: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._headings = headings
        self.rows: list[tuple[str, ...]] = []

    def set_rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show these."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and not index.column():
            return tip(self.rows[index.row()][0])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole and not index.column():
            row = self.rows[index.row()]
            told = (f"{heading} {cell}" for heading, cell in zip(self._headings[1:], row[1:], strict=True))
            return ", ".join((row[0], *told))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    @staticmethod
    def _alignment(column: int) -> int:
        side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)


class NumbersTable(QTableView):
    """The numbers behind a plot: a list like the others, with its keys."""

    def __init__(self, theme: Theme, name: str, headings: Sequence[str], lines: int = 5) -> None:
        super().__init__()
        self.numbers = NumbersModel(headings, self)
        self.setModel(self.numbers)
        self.setAccessibleName(name)
        header = dress_table(self, theme)
        self.setItemDelegate(RowDelegate(self, sentences=frozenset({0})))
        self.verticalHeader().setDefaultSectionSize(LINE)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        metrics = header.fontMetrics()
        self._widths = {
            section: max(NUMBER, metrics.horizontalAdvance(headings[section]) + 2 * UNIT)
            for section in range(1, len(headings))
        }
        for section, width in self._widths.items():
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(section, width)
        self.setMinimumHeight(header.sizeHint().height() + lines * LINE)
        self._keys = ListKeys(self, copy_text=self._copy)

    def set_rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show these; a column is as wide as its words need."""
        self.numbers.set_rows(rows)
        metrics = self.fontMetrics()
        for section, width in self._widths.items():
            words = max((metrics.horizontalAdvance(row[section]) for row in rows), default=0)
            self.horizontalHeader().resizeSection(section, max(width, words + 2 * UNIT))

    def _copy(self) -> str:
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return "\n".join("\t".join(self.numbers.rows[row]) for row in rows)


class Card(Panel):
    """A heading with its definition, a legend, then whatever is put in."""

    def __init__(self, theme: Theme, title: str, definition: str, legend: Legend | None = None) -> None:
        super().__init__(theme)
        self.said = PlainLabel("", theme, "muted", factor=0.92, wrap=True)
        heading = PlainLabel(title, theme, "text", bold=True)
        heading.setToolTip(tip(definition))
        head = QHBoxLayout()
        head.addWidget(heading)
        head.addStretch(1)
        if legend is not None:
            head.addWidget(legend)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(UNIT + HALF, UNIT + HALF, UNIT + HALF, UNIT)
        self.column.setSpacing(UNIT)
        self.column.addLayout(head)
        self.column.addWidget(self.said)
