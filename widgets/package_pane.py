"""What is in the package: manifest, permissions, entry points, signatures, inventory, each against the baseline."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.model import Run, Submission
from widgets.chips import Chips
from widgets.context import PaneContext
from widgets.empty_state import EmptyState
from widgets.list_keys import ListKeys
from widgets.list_parts import RowDelegate, dress_table
from widgets.package_model import NAME, PLACE, RISK, STATE, VALUE, WHAT, PackageModel
from widgets.package_rows import GROUPS, PackageRow, count_groups, list_rows
from widgets.package_source import PackageSource
from widgets.parts import ElidedLabel, Field, Line, PlainLabel
from widgets.theme import HALF, UNIT
from widgets.words import format_count

PAUSE = 120  # milliseconds between the last letter and the filter
FEW = 500  # rows that are prepared at once
WIDTHS = ((WHAT, 96), (NAME, 172), (RISK, 88), (STATE, 80), (PLACE, 180))
DETAIL_LINES = 4
NARROW = 760  # pixels below which the place is left to the line below
TIGHT = 560  # pixels below which what it says is left to it, too
# Groups with a chip of their own; the others are rare, and found by their words.
CHIPS = ("package", "permission", "entry", "hook", "signature", "component")


class PackagePane(QWidget):
    """One table of facts and components, with a filter."""

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("package")
        self._context = context
        self._source = PackageSource.of(context)
        self._tight, self._name_width = False, dict(WIDTHS)[NAME]
        self.model = PackageModel(context.theme, self)
        self._empty = EmptyState(context.theme, "package", "", "")
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(lambda: self.model.filter_by(self.field.text()))
        self.model.modelReset.connect(self._show_count)
        context.submission_changed.connect(self._open)
        context.run_changed.connect(self._take_run)
        context.running_changed.connect(lambda *_: self._show_state())
        context.theme.changed.connect(self.table.viewport().update)
        context.actions.add("package.filter", self.tr("Filter what is in the package"), self.field.setFocus,
                            group="Review", keys="Ctrl+F", where=self, menu=False)  # fmt: skip
        self._show_state()

    def _build(self) -> None:
        theme = self._context.theme
        self.field = Field(theme, self.tr("Filter facts and components  (/)"))
        self.field.setAccessibleName(self.tr("Filter facts and components"))
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda *_: self._timer.start())
        self.groups = Chips(theme, [(key, self._plural(key), "", "") for key in CHIPS])
        self.groups.changed.connect(lambda: self.model.filter_by(groups=self.groups.chosen()))
        self.states = Chips(theme, [(s, s, "", "") for s in ("new", "changed", "removed")])
        self.states.changed.connect(lambda: self.model.filter_by(states=self.states.chosen()))
        self.count = ElidedLabel("", theme, "muted", factor=0.92)
        self.count.setMinimumWidth(1)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setContentsMargins(UNIT, UNIT, UNIT, HALF)
        first.setSpacing(UNIT)
        first.addWidget(self.field, 1)
        first.addWidget(self.states)
        second.setContentsMargins(UNIT, 0, UNIT, HALF)
        second.setSpacing(UNIT)
        second.addWidget(self.groups)
        second.addWidget(self.count, 1)
        self.table = self._build_table()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.table, 1)
        column.addWidget(Line(theme))
        column.addWidget(self._build_detail())
        self.setFocusProxy(self.table)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(page)
        self._stack.addWidget(self._empty)
        self._keys = ListKeys(
            self.table,
            on_enter=lambda _: self._go(),
            copy_text=self._copy,
            fill_menu=self._fill_menu,
            filter_field=self.field,
        )

    def _build_detail(self) -> PlainLabel:
        """The current line in full: columns are narrow, and a tooltip is nothing for the keyboard."""
        self.detail = PlainLabel("", self._context.theme, "text", wrap=True)
        self.detail.setAccessibleName(self.tr("The chosen line in full"))
        self.detail.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.detail.setContentsMargins(UNIT, HALF, UNIT, HALF)
        # always as high, so that the list does not move while the reviewer walks through it
        self.detail.setFixedHeight(DETAIL_LINES * self.detail.fontMetrics().lineSpacing() + 2 * HALF)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_detail())
        self.model.modelReset.connect(self._show_detail)
        return self.detail

    def _show_detail(self) -> None:
        row = self.model.row_at(self.table.currentIndex().row())
        self.detail.set_role("muted" if row is None else "text")
        if row is None:
            self.detail.setText(self.tr("Choose a line to read all of it here; Enter opens its file."))
            return
        where = f"{row.path}\n" if row.path else ""
        self.detail.setText(f"{where}{row.name}: {row.value}" if row.value else f"{where}{row.name}")

    def _build_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Facts and components"))
        header = dress_table(table, self._context.theme)
        header.setObjectName("package-header")
        table.setItemDelegate(RowDelegate(table, sentences=frozenset({VALUE})))
        for section, width in WIDTHS:
            header.resizeSection(section, width)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(WHAT, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        return table

    @staticmethod
    def _plural(group: str) -> str:
        return {"package": "manifest", "entry": "entries", "hook": "hooks"}.get(group, f"{GROUPS[group]}s")

    # what is shown

    def _open(self, _: Submission | None) -> None:
        self.field.clear()
        for chips in (self.groups, self.states):
            chips.clear()
        self._take_rows([])

    def _take_run(self, run: Run | None) -> None:
        if run is None:
            self._take_rows([])
        elif len(run.facts) + len(run.inventory) < FEW:
            self._take_rows(list_rows(run))
        else:
            self._context.submit(lambda _: list_rows(run), self._take_rows, key="package-rows")

    def _take_rows(self, rows: list[PackageRow]) -> None:
        self.model.set_rows(rows)
        counts = count_groups(rows)
        self.groups.show_counts(counts)
        states: dict[object, int] = {}
        for row in rows:
            states[row.state] = states.get(row.state, 0) + 1
        self.states.show_counts(states)
        self.states.setVisible(any(states.get(s) for s in ("new", "changed", "removed")))
        fresh = sum(row.group == "permission" and row.state == "new" for row in rows)
        self._context.note_tab("package", self.tr("{0} new").format(fresh) if fresh else "")
        self._show_state()

    def _show_state(self) -> None:
        context, run = self._context, self._context.run
        if self.model.rows:
            self._stack.setCurrentIndex(0)
            return
        if context.submission is None:
            text = self.tr("Drop a package on the window, or open one, and this says what is in it.")
            self._empty.say(self.tr("No submission is open"), text)
        elif context.running:
            text = self.tr("The battery is at work; what it learns is listed at its end.")
            self._empty.say(self.tr("Being read"), text)
        elif run is None:
            text = self.tr("Run the battery: manifest, permissions, signatures and components are listed here.")
            self._empty.say(self.tr("The battery has not run yet"), text)
        else:
            text = self.tr("It has no manifest that is known here, asks for nothing and names no component.")
            self._empty.say(self.tr("The package says nothing of itself"), text)
        self._stack.setCurrentIndex(1)

    def _show_count(self) -> None:
        total, shown = len(self.model.rows), self.model.rowCount()
        words = format_count(total, "line")
        self.count.setText(words if shown == total else self.tr("{0:,} of {1}").format(shown, words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = event.size().width()
        self.table.setColumnHidden(PLACE, width < NARROW)
        tight = width < TIGHT
        if tight == self._tight:
            return
        self._tight = tight
        header, mode = self.table.horizontalHeader(), QHeaderView.ResizeMode
        if tight:
            self._name_width = header.sectionSize(NAME)
        self.table.setColumnHidden(VALUE, tight)
        header.setSectionResizeMode(NAME, mode.Stretch if tight else mode.Interactive)
        if not tight:
            header.resizeSection(NAME, self._name_width)
        self.groups.set_narrow(tight)
        for group in ("package", "entry"):  # what is seldom asked for alone
            self.groups.button(group).setVisible(not tight or self.groups.button(group).isChecked())

    # menu, copy, the way to the file

    def _selected(self) -> list[PackageRow]:
        found = (self.model.row_at(index.row()) for index in self.table.selectionModel().selectedRows())
        return [row for row in found if row is not None]

    def _copy(self) -> str:
        return "\n".join("\t".join((r.word, r.name, r.state, r.value, r.path)) for r in self._selected())

    def _go(self) -> None:
        row = self.model.row_at(self.table.currentIndex().row())
        number = self._number_of(row.path) if row is not None and row.path else None
        if number is not None:
            self._context.show_file(number)

    def _number_of(self, path: str) -> int | None:
        return self._source.tree.number_of(path) if self._source.tree is not None else None

    def _fill_menu(self, menu: QMenu) -> None:
        chosen = self._selected()
        if not chosen:
            return
        clipboard = QGuiApplication.clipboard()
        if chosen[0].path:
            menu.addAction(self.tr("Open in Files"), self._go)
            menu.addSeparator()
        menu.addAction(self.tr("Copy"), lambda: clipboard.setText(self._copy()))
        menu.addAction(self.tr("Copy the name"), lambda: clipboard.setText(chosen[0].name))
        menu.addAction(self.tr("Copy what it says"), lambda: clipboard.setText(chosen[0].value))
