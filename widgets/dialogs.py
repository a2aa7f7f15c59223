"""Small dialogs of the shell: choose the baseline or the kind, the log of a submission, the sheet of keys, about."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from typing import Any

import PySide6
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QListView,
    QPlainTextEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from widgets.actions import GROUPS, Actions, Operation
from widgets.history_words import describe_action, describe_detail
from widgets.parts import Button, Field, PlainLabel, use_thin_bars
from widgets.theme import GAP, UNIT, Theme, mono_font
from widgets.words import format_time, tip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class Sheet(QDialog):
    """A dialog with a heading, a body, and its buttons at the foot; it deletes itself."""

    def __init__(self, theme: Theme, title: str, parent: QWidget, width: int = 560, height: int = 460) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(width, height)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(GAP + UNIT, GAP + UNIT, GAP + UNIT, GAP)
        self.body.setSpacing(UNIT)
        self.body.addWidget(PlainLabel(title, theme, factor=1.25, bold=True))

    def add_foot(self, accept: str = "", *, dismiss: str = "Close") -> Button:
        """The row of buttons; returns the last one."""
        row = QHBoxLayout()
        row.addStretch(1)
        close = Button(dismiss, self.theme)
        close.clicked.connect(self.reject)
        row.addWidget(close)
        if accept:
            row.addSpacing(UNIT)
            close = Button(accept, self.theme, kind="primary")
            close.setDefault(True)
            close.clicked.connect(self.accept)
            row.addWidget(close)
        self.body.addLayout(row)
        use_thin_bars(self, self.theme)
        return close


class Chooser(Sheet):
    """One of a list; the rows are plain text."""

    def __init__(
        self, theme: Theme, title: str, text: str, choices: Sequence[tuple[str, Any]], current: Any,
        on_choice: Callable[[Any], object], parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(theme, title, parent, 480, 380)
        self._choices = choices
        self.body.addWidget(PlainLabel(text, theme, "muted", wrap=True))
        self.view = QListView()
        self.view.setAccessibleName(title)
        self.view.setModel(QStringListModel([name for name, _ in choices], self))
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setSpacing(2)
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        row = next((i for i, (_, value) in enumerate(choices) if value == current), 0)
        self.view.setCurrentIndex(self.view.model().index(row, 0))
        self.view.activated.connect(lambda *_: self.accept())
        self.body.addWidget(self.view, 1)
        self.add_foot("Choose", dismiss="Cancel")
        self.accepted.connect(lambda: on_choice(self._choices[self.view.currentIndex().row()][1]))
        self.view.setFocus()


class RowsModel(QAbstractTableModel):
    """Rows of plain text under headings."""

    def __init__(self, headings: Sequence[str], rows: Sequence[Sequence[str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._headings, self._rows = headings, rows

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if index.isValid() and role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if index.isValid() and role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._rows[index.row()][index.column()])
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        return None


def make_table(name: str, headings: Sequence[str], rows: Sequence[Sequence[str]], parent: QWidget) -> QTableView:
    """A quiet table whose last column takes the room."""
    table = QTableView(parent)
    table.setAccessibleName(name)
    table.setModel(RowsModel(headings, rows, table))
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(26)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    table.resizeColumnsToContents()
    header.setSectionResizeMode(len(headings) - 1, QHeaderView.ResizeMode.Stretch)
    return table


class HistoryDialog(Sheet):
    """Everything that was recorded about a submission."""

    def __init__(self, theme: Theme, name: str, rows: Sequence[Any], parent: QWidget) -> None:
        super().__init__(theme, f"Log of {name}", parent, 1000, 480)
        lines = [
            (format_time(r.at), r.who or "–", describe_action(r.action), describe_detail(r.action, r.detail))
            for r in rows
        ]
        if lines:
            self.body.addWidget(make_table("Log", ("When", "Who", "What", "Detail"), lines, self), 1)
        else:
            self.body.addWidget(PlainLabel("Nothing is recorded yet.", theme, "muted"), 1)
        self.add_foot()


def place_of(operation: Operation) -> str:
    """Where its keys hold: in one list or pane, or else anywhere, told by the menu."""
    where = operation.where
    if where is None:
        return operation.group
    return where.accessibleName() or where.objectName().capitalize() or operation.group


class KeysSheet(Sheet):
    """F1: every operation and its keys, from the registry."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(theme, "Keys", parent, 640, 560)
        self._rows = [
            (place_of(o), o.title, actions.label_keys(o.keys))
            for only_there in (False, True)  # what holds everywhere comes first
            for group in GROUPS
            for o in actions.in_group(group)
            if o.keys and (o.where is not None) == only_there
        ]
        self._rows += [
            ("Lists", "Down and up", "J / K"),
            ("Lists", "Open, follow, unfold", "Return"),
            ("Lists", "Go to the filter of the list", "/"),
            ("Lists", "Copy", actions.label_keys(("Ctrl+C",))),
        ]
        self.filter = Field(theme, "Filter", "Filter the keys", clearButtonEnabled=True)
        self.filter.textChanged.connect(self._show)
        self.body.addWidget(self.filter)
        self.table = make_table("Keys", ("Where", "Operation", "Keys"), self._rows, self)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.body.addWidget(self.table, 1)
        self.add_foot()

    def _show(self, text: str) -> None:
        words = text.casefold().split()
        for number, row in enumerate(self._rows):
            line = " ".join(row).casefold()
            self.table.setRowHidden(number, not all(w in line for w in words))


ABOUT = (
    "A desktop workstation for the security review of apps submitted to a marketplace. "
    "It works offline; nothing of a submission leaves this computer."
)


class AboutDialog(Sheet):
    """What this is, which versions are at work, where things are kept."""

    def __init__(self, theme: Theme, version: str, places: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(theme, "About Assay", parent, 560, 320)
        self.body.addWidget(PlainLabel(ABOUT, theme, "text", wrap=True))
        rows = [
            ("Assay", version),
            ("Python", platform.python_version()),
            ("Qt", PySide6.__version__),
            *places,
        ]
        self.body.addWidget(make_table("Versions and places", ("What", "Which"), rows, self), 1)
        self.body.addWidget(PlainLabel("Apache License 2.0", theme, "muted"))
        self.add_foot()


class TextSheet(Sheet):
    """A text to read and copy, such as a crash file."""

    def __init__(self, theme: Theme, title: str, text: str, parent: QWidget) -> None:
        super().__init__(theme, title, parent, 760, 520)
        view = QPlainTextEdit(text)
        view.setReadOnly(True)
        view.setFont(mono_font())
        view.setAccessibleName(title)
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.body.addWidget(view, 1)
        self.add_foot()
