"""Battery: each check shows itself working; what did not run says why, and how to get it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPlainTextEdit,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.model import CheckFinished, CheckLog, Event, Run, RunStarted, Submission
from widgets.battery_delegate import LOW, BatteryDelegate, height_of
from widgets.battery_head import BatteryHead
from widgets.battery_model import CHECK, FINDINGS, PROGRESS, ROW_ROLE, STATE, TIME, BatteryModel, CheckRow
from widgets.chips import Chips
from widgets.context import PaneContext
from widgets.empty_state import EmptyState
from widgets.list_keys import ListKeys
from widgets.list_parts import FlatHeader
from widgets.parts import Button, Field, Splitter
from widgets.theme import HALF, UNIT, mono_font

NARROW = 560  # pixels below which the files have no column
ADVISORIES, IMPORT = "advisories", "import-advisories"  # a check that has a gap without what this operation brings
TICK = 200  # ms between two looks at the clock


class BatteryPane(QWidget):
    """Overall progress, a row for each check, and the log of the current one."""

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("battery")
        self._context = context
        self.model = BatteryModel(parent=self)
        self._empty = EmptyState(context.theme, "battery", "", "")
        self._build()
        self._add_actions()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        context.submission_changed.connect(self._open)
        context.run_changed.connect(self._take_run)
        context.running_changed.connect(self._follow)
        context.events.connect(self._take_events)
        context.check_requested.connect(self.show_check)
        context.theme.changed.connect(self.table.viewport().update)
        self._show_state()

    def _build(self) -> None:
        theme = self._context.theme
        self.head = BatteryHead(self._context, self.model)
        self.field = Field(theme, self.tr("Filter checks  (/)"))
        self.field.setAccessibleName(self.tr("Filter checks"))
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda *_: self._filter())
        self.chips = Chips(
            theme,
            [
                ("running", self.tr("running"), "play", "accent"),
                ("found", self.tr("found"), "cross", "high"),
                ("gap", self.tr("did not run"), "unavailable", "medium"),
                ("asks", self.tr("asks first"), "web", "low"),
            ],
        )
        self.chips.changed.connect(self._filter)
        self.show_log = Button(self.tr("Log"), theme, icon="log", kind="quiet")
        self.show_log.setCheckable(True)
        self.show_log.setAccessibleName(self.tr("Show the log of the check"))
        self.show_log.setToolTip(self.tr("Show the log of the check (L)"))
        filters = QHBoxLayout()
        filters.setSpacing(UNIT)
        filters.addWidget(self.field, 1)
        filters.addWidget(self.chips)
        filters.addWidget(self.show_log)
        self._make_table()
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setAccessibleName(self.tr("Log of the check"))
        self.log.setFont(mono_font())
        self.log.setFrameShape(QFrame.Shape.NoFrame)
        self.log.setMaximumBlockCount(1000)
        self.log.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.log.hide()
        self.show_log.toggled.connect(self._toggle_log)
        splitter = Splitter(Qt.Orientation.Vertical, theme, "battery-splitter")
        splitter.addWidget(self.table)
        splitter.addWidget(self.log)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([480, 180])
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(UNIT + HALF, UNIT, UNIT, UNIT)
        top.setSpacing(UNIT)
        top.addWidget(self.head)
        top.addLayout(filters)
        column.addLayout(top)
        column.addWidget(splitter, 1)
        self.setFocusProxy(self.table)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(page)
        self._stack.addWidget(self._empty)
        self._run = self._empty.add_button(
            self.tr("Run the battery"), lambda: self._context.run_battery(), kind="primary"
        )

    def _make_table(self) -> None:
        table = self.table = QTableView()
        table.setModel(self.model)
        table.setItemDelegate(BatteryDelegate(self._context.theme, table))
        table.setAccessibleName(self.tr("Checks of the battery"))
        table.setFrameShape(QTableView.Shape.NoFrame)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = table.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(LOW)
        header = FlatHeader(self._context.theme, UNIT)
        table.setHorizontalHeader(header)
        for section, width in ((STATE, 120), (PROGRESS, 168), (TIME, 74), (FINDINGS, 78)):
            header.resizeSection(section, width)
        header.setSectionResizeMode(CHECK, QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(False)
        table.selectionModel().currentRowChanged.connect(lambda *_: self._show_log())
        self._keys = ListKeys(
            table, on_enter=self._enter, copy_text=self._copy, fill_menu=self._fill_menu, filter_field=self.field
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # the name of a check and what it found come before how many files it has seen
        self.table.setColumnHidden(PROGRESS, event.size().width() < NARROW)

    def _add_actions(self) -> None:
        add = self._context.actions.add
        add("battery.log", self.tr("Show the &log of the check"), self.show_log.toggle, group="View", keys="L",
            where=self.table, menu=False)  # fmt: skip
        add("battery.cancel_check", self.tr("Cancel the chec&k"), self._cancel_selected, group="Review", keys="X",
            where=self.table, menu=False)  # fmt: skip

    # what happens

    def _open(self, _: Submission | None) -> None:
        self.head.reset()
        self.field.clear()
        self.chips.clear()
        self.log.clear()
        self.model.clear()
        self._show_state()

    def _follow(self, running: bool) -> None:
        if running:
            self.head.begin()
            self._timer.start()
        else:
            self._timer.stop()
        self._show_state()

    def _take_run(self, run: Run | None) -> None:
        if run is not None and not self._context.running:
            self.model.show_run(run)
            # what is under the eyes of somebody at work in the list stays where it is until they come back to it
            if not (self.table.isVisible() and (self.table.hasFocus() or self.table.underMouse())):
                self.model.arrange()
            self._fit_rows()
            self._filter()
        self._show_state()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous() and not self._context.running:
            self.model.arrange()
            self._fit_rows()
            self._filter()

    def _fit_rows(self) -> None:
        """A second line for those that say why; while the battery is at work none grows, so that nothing jumps."""
        for place, row in enumerate(self.model.checks):
            if self.table.rowHeight(place) != height_of(row):
                self.table.setRowHeight(place, height_of(row))

    def _take_events(self, events: Sequence[Event]) -> None:
        current = self._current()
        ended = False
        for event in events:
            if isinstance(event, RunStarted):
                current = None
            elif isinstance(event, CheckFinished):
                ended = True
        self.head.take(events)
        self.model.take(events)
        if current is not None and self.log.isVisible():
            lines = [e.text for e in events if isinstance(e, CheckLog) and e.check == current.id]
            if lines:
                self.log.appendPlainText("\n".join(lines))
        if ended or self.chips.chosen():
            self._filter()
        self._show_state()

    def _tick(self) -> None:
        self.model.tick()
        self.head.tick()

    # words

    def _show_state(self) -> None:
        context = self._context
        if not self.model.checks and not context.running:
            here = context.submission is not None
            if here:
                text = self.tr("It looks at the package in isolation and shows each check at work here.")
                self._empty.say(self.tr("The battery has not run yet"), text)
            else:
                text = self.tr("Drop a package on the window, or open one, to run the battery over it.")
                self._empty.say(self.tr("No submission is open"), text)
            self._run.setVisible(here)
            self._stack.setCurrentIndex(1)
            return
        self._stack.setCurrentIndex(0)
        self.head.show_state()
        counts: dict[object, int] = dict.fromkeys(("running", "found", "gap", "asks"), 0)
        for row in self.model.checks:
            for kind in counts:
                counts[kind] += row.is_kind(str(kind))
        self.chips.show_counts(counts)
        asks = self.chips.button("asks")  # few packages have a check that does
        asks.setVisible(counts["asks"] > 0 or asks.isChecked())

    # rows

    def _filter(self) -> None:
        text, chosen = self.field.text().strip().lower(), self.chips.chosen()
        for place, row in enumerate(self.model.checks):
            fits = text in f"{row.title} {row.id} {row.reason} {row.mark.word}".lower()
            fits = fits and (not chosen or any(row.is_kind(str(kind)) for kind in chosen))
            if self.table.isRowHidden(place) == fits:
                self.table.setRowHidden(place, not fits)

    def _current(self) -> CheckRow | None:
        row = self.table.currentIndex().data(ROW_ROLE) if self.table.currentIndex().isValid() else None
        return row if isinstance(row, CheckRow) else None

    def _selected(self) -> list[CheckRow]:
        return [i.data(ROW_ROLE) for i in self.table.selectionModel().selectedRows()]

    def show_check(self, check: str) -> None:
        """Make a check current; an empty id shows those that did not run."""
        if not check:
            self.field.clear()
            self.chips.clear()
            self.chips.button("gap").setChecked(True)
            return
        place = self.model.place_of(check)
        if place < 0:
            return
        if self.table.isRowHidden(place):
            self.field.clear()
            self.chips.clear()
        self.table.setCurrentIndex(self.model.index(place, CHECK))
        self.table.scrollTo(self.model.index(place, CHECK))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _toggle_log(self, shown: bool) -> None:
        self.log.setVisible(shown)
        self._show_log()

    def _show_log(self) -> None:
        if not self.show_log.isChecked():
            return
        row = self._current()
        if row is None:
            self.log.setPlainText(self.tr("Choose a check to read its log."))
            return
        head = [row.reason] if row.reason else []
        self.log.setPlainText("\n".join([*head, *row.log]) or self.tr("This check has logged nothing."))

    def _enter(self, _: QModelIndex) -> None:
        self.show_log.setChecked(True)
        self._show_log()

    def _cancel_selected(self) -> None:
        for row in self._selected():
            if row.outcome is None:
                self._context.cancel_check(row.id)

    def _copy(self) -> str:
        return "\n".join(f"{row.id}\t{row.mark.word}\t{row.findings}\t{row.reason}" for row in self._selected())

    def _fill_menu(self, menu: QMenu) -> None:
        chosen, row = self._selected(), self._current()
        if row is None:
            return
        clipboard = QGuiApplication.clipboard()
        menu.addAction(self._context.actions["battery.log"])
        if self._context.running and any(one.outcome is None for one in chosen):
            menu.addAction(self._context.actions["battery.cancel_check"])
        if row.id == ADVISORIES and row.is_kind("gap") and IMPORT in self._context.actions:
            menu.addAction(self._context.actions[IMPORT])
        menu.addSeparator()
        menu.addAction(self.tr("Copy"), lambda: clipboard.setText(self._copy()))
        menu.addAction(self.tr("Copy the reason"), lambda: clipboard.setText(row.reason))
        menu.addAction(self.tr("Copy the log"), lambda: clipboard.setText("\n".join(row.log)))
