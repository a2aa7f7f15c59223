"""The queue on the left: what waits, what is at work, what was decided; packages can be dropped on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QProgressBar,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from widgets.empty_state import EmptyState
from widgets.list_keys import ListKeys
from widgets.offline_banner import OfflineBanner
from widgets.parts import Button, ElidedLabel, Field, Line, PlainLabel
from widgets.queue_delegate import QueueDelegate
from widgets.queue_lines import SORTS
from widgets.queue_model import KEY_ROLE, NUMBER_ROLE, Id, QueueModel
from widgets.queue_rows import count_blockers
from widgets.session import Session
from widgets.theme import HALF, UNIT, Theme

if TYPE_CHECKING:
    from app.checklist import Checklist

EMPTY = ("The queue is empty", "What is taken in waits here, the longest waiting first.")
DONE = ("Nothing waits", "The marketplace has no version to review. The queue is read again by itself.")
OPEN_PAUSE = 120  # ms: walking through the queue with a held key does not open every submission on the way
LINE_MENU = ("run", "cancel-run", "set-baseline", "set-kind", "copy-sha256", "export-notes")
VERSION_MENU = ("show-version", "fetch", "cancel-fetch", "assign", "copy-ids", "app-history")


class QueuePane(QWidget):
    """List, filter, order, drop target and the word about what is being taken in."""

    opened = Signal(int)  # a submission
    version_opened = Signal(int)  # a version that is not on this desk yet

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._theme, self._market = session, theme, session.market
        self.setObjectName("queue")
        self.setAcceptDrops(True)
        self.model = QueueModel()
        self._placing = False  # the view is put back after a reset: nothing is opened by that
        self._was: tuple[Id | None, Id | None, int] = (None, None, 0)

        self._count = PlainLabel("", theme, "muted")
        self.filter = Field(theme, "Filter the queue", clearButtonEnabled=True)
        self.filter.textChanged.connect(self._on_filter)
        self.view = QTableView()  # of one column: a list view lays out all of its 5,000 lines with every change
        self._low: list[int] = []  # rows as low as a heading
        self._dress_view()
        self._empty = EmptyState(theme, "inbox", *EMPTY)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        self.banner = OfflineBanner(session.market, theme)
        self.connect_button = Button("Connect a marketplace…", theme, kind="quiet", icon="cloud")
        self.connect_button.set_look(role="muted")
        self.connect_button.setAccessibleName("Connect a marketplace")
        self.connect_button.clicked.connect(lambda: session.context.actions.trigger("market-settings"))

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_head())
        field = QHBoxLayout()
        field.setContentsMargins(UNIT, 0, UNIT, UNIT)
        field.addWidget(self.filter)
        layout.addLayout(field)
        layout.addWidget(self.banner)
        layout.addWidget(Line(theme))
        layout.addLayout(self._stack, 1)
        layout.addWidget(self._make_intake())
        layout.addWidget(self.connect_button)
        self._connect()

    # parts

    def _make_head(self) -> QHBoxLayout:
        theme = self._theme
        self.sort_button = Button("", theme, kind="quiet", icon="sort")
        self.sort_button.setAccessibleName("Order of the queue")
        self.sort_button.clicked.connect(self._ask_order)
        self.table_button = Button("", theme, kind="quiet", icon="table")
        self.table_button.setAccessibleName("The whole queue as a table")
        self.table_button.setToolTip("The whole queue as a table (Ctrl+Shift+U)")
        self.table_button.clicked.connect(lambda: self._session.context.actions.trigger("open-queue"))
        self.table_button.hide()
        self._orders = QActionGroup(self)
        for id, text in SORTS.items():
            action = QAction(text, self._orders, checkable=True, checked=id == self.model.order)
            action.setData(id)
            action.triggered.connect(lambda *_, i=id: self.set_order(i))
        head = QHBoxLayout()
        head.setContentsMargins(UNIT + HALF, HALF, HALF, HALF)
        head.setSpacing(0)
        head.addWidget(PlainLabel("Queue", theme, "text", bold=True))
        head.addSpacing(UNIT)
        head.addWidget(self._count)
        head.addStretch()
        for button in (self.sort_button, self.table_button):
            button.setFixedSize(28, 28)
            head.addWidget(button)
        self.set_order(self.model.order)
        return head

    def _dress_view(self) -> None:
        view, theme = self.view, self._theme
        view.setAccessibleName("Queue of submissions")
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setModel(self.model)
        self._delegate = QueueDelegate(theme, view)
        view.setItemDelegate(self._delegate)
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.horizontalHeader().hide()
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setMinimumSectionSize(1)
        view.verticalHeader().setDefaultSectionSize(self._delegate.line_height)
        view.setMouseTracking(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        ListKeys(view, on_enter=lambda i: self._open_now(), filter_field=self.filter, fill_menu=self._fill_menu)

    def _make_intake(self) -> QWidget:
        self._taking = ElidedLabel("", self._theme, "muted")
        self._bar = QProgressBar(textVisible=False, maximum=0)
        self._bar.setFixedHeight(4)
        self._bar.setAccessibleName("Progress of taking in")
        self._intake = QWidget()
        column = QVBoxLayout(self._intake)
        column.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, UNIT)
        column.setSpacing(HALF)
        column.addWidget(self._taking)
        column.addWidget(self._bar)
        self._intake.hide()
        return self._intake

    def _connect(self) -> None:
        session, market, model = self._session, self._market, self.model
        self._pause = QTimer(self, singleShot=True, interval=OPEN_PAUSE)
        self._pause.timeout.connect(self._open_now)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self._minute = QTimer(self, interval=60_000)
        self._minute.timeout.connect(self.view.viewport().update)
        self._minute.start()
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._put_back)
        session.queue_changed.connect(self._set_rows)
        session.row_changed.connect(model.set_row)
        session.checklist_changed.connect(self._take_checklist)
        session.progress_changed.connect(model.set_percent)
        session.intake.progress.connect(self._show_intake)
        session.context.submission_changed.connect(self._follow)
        market.queue_changed.connect(lambda *_: self._set_versions())
        market.state_changed.connect(lambda *_: self._show_state())
        market.fetch_progressed.connect(self._show_fetch)
        self._theme.changed.connect(self.view.viewport().update)

    # what is shown

    def _set_rows(self, rows: list) -> None:
        self.model.set_rows(rows)
        for submission in self._session.runs.running:
            self.model.set_percent(submission, self._session.runs.percent(submission))
        self._follow(self._session.context.submission)
        self._show_count()

    def _set_versions(self) -> None:
        first = not self.model.has_versions
        self.model.set_versions(self._market.rows)
        if first:
            self.view.scrollToTop()  # they stand above what was here
        self._follow(self._session.context.submission)
        self._show_count()

    def _show_state(self) -> None:
        connected = self._market.state.connected
        self.connect_button.setVisible(not connected)
        self.table_button.setVisible(connected)
        self._show_count()

    def _show_fetch(self, key: int, _: str, done: int, total: int) -> None:
        percent = -1 if done < 0 else min(99, 100 * done // total) if total else 0
        self.model.set_fetching(key, percent)

    def _take_checklist(self, checklist: Checklist | None) -> None:
        about = self._session.context.submission
        if checklist is not None and about is not None:
            self.model.set_blockers(about.id, count_blockers(checklist))

    def _show_count(self) -> None:
        total, shown = self.model.total, self.model.shown
        self._count.setText(f"{total:,}" if shown == total else f"{shown:,} of {total:,}")
        self.filter.setEnabled(total > 0)
        if total == 0:
            self._empty.say(*(DONE if self._market.state.connected else EMPTY))
        elif shown == 0:
            self._empty.say("Nothing matches", "No submission has all of these words. Escape clears the filter.")
        self._stack.setCurrentIndex(0 if shown else 1)

    def _on_filter(self, text: str) -> None:
        self.model.filter_by(text)
        self._show_count()

    def _show_intake(self, name: str, done: int, total: int) -> None:
        self._intake.setVisible(bool(name))
        self._taking.setText(f"Taking in {name}")
        self._bar.setMaximum(1000 if total else 0)
        self._bar.setValue(done * 1000 // total if total else 0)

    # order

    def set_order(self, order: str) -> None:
        """Sort by waiting, risk, size, developer or name."""
        if order != self.model.order:
            self.model.sort_by(order)
            current = self.view.currentIndex()
            if current.isValid():
                self.view.scrollTo(current)
            else:
                self.view.scrollToTop()
        for action in self._orders.actions():
            action.setChecked(action.data() == order)
        self.sort_button.setToolTip(f"Order: {SORTS[order].lower()}")
        self.sort_button.setAccessibleDescription(SORTS[order])

    def _ask_order(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self._orders.actions())
        menu.popup(self.sort_button.mapToGlobal(QPoint(0, self.sort_button.height())))

    # where the reviewer is

    def _remember(self) -> None:
        """Before everything is arranged anew: what is current, and what stands at the top, with its place."""
        top = self.view.indexAt(QPoint(HALF, 1))
        current = self.view.currentIndex()
        self._was = (
            self.model.id_at(current.row()) if current.isValid() else None,
            self.model.id_at(top.row()) if top.isValid() else None,
            self.view.visualRect(top).top() if top.isValid() else 0,
        )

    def _put_back(self) -> None:
        self._fit_headings()
        current, top, offset = self._was
        at, first = self.model.find_id(current), self.model.find_id(top)
        self._placing = True
        if at >= 0:
            # the view follows what is current: it is put where it was after that
            self.view.selectionModel().setCurrentIndex(
                self.model.index(at), self.view.selectionModel().SelectionFlag.ClearAndSelect
            )
        if first >= 0:
            bar = self.view.verticalScrollBar()
            bar.setValue(bar.value() + self.view.visualRect(self.model.index(first)).top() - offset)
        self._placing = False

    def _fit_headings(self) -> None:
        """A view keeps the heights of its rows over a reset: what was a heading before may be a line now."""
        headings, rows = self.model.headings, self.model.rowCount()
        for row in self._low:
            if row < rows and row not in headings:
                self.view.setRowHeight(row, self._delegate.line_height)
        for row in headings:
            self.view.setRowHeight(row, self._delegate.heading_height)
        self._low = headings

    def _on_current(self) -> None:
        if not self._placing:
            self._pause.start()

    def _follow(self, submission: object) -> None:
        """Select the line of the open submission, without opening it again."""
        at = self.model.find(submission.id) if submission is not None else -1  # type: ignore[attr-defined]
        self._select(at)

    def follow_version(self, key: int) -> None:
        """Select the line of a version whose page is shown."""
        self._select(self.model.find_version(key))

    def _select(self, at: int) -> None:
        if at >= 0:
            chosen = self.view.selectionModel()
            if at != self.view.currentIndex().row() or not chosen.hasSelection():
                chosen.setCurrentIndex(self.model.index(at), chosen.SelectionFlag.ClearAndSelect)
            self._pause.stop()

    # what the reviewer does

    @property
    def key(self) -> int | None:
        """The version of the current line, None where it is none."""
        return self.view.currentIndex().data(KEY_ROLE)

    def _open_now(self) -> None:
        self._pause.stop()
        index = self.view.currentIndex()
        number, key = index.data(NUMBER_ROLE), index.data(KEY_ROLE)
        if number is not None:
            self.opened.emit(self._open_file(key, number))
        elif key is not None:
            self.version_opened.emit(key)

    def _open_file(self, key: int | None, number: int) -> int:
        """The first file of a version, or the one of it that is open already."""
        about = self._session.context.submission
        entry = self._market.entries.get(key) if key is not None else None
        return about.id if about is not None and entry is not None and about.id in entry.submissions else number

    def open_first(self) -> None:
        """The first line, where nothing is open: what is ours, else what has waited longest."""
        lines = (row for row in range(self.model.rowCount()) if not self.model.is_heading(row))
        if self._session.context.submission is None and (first := next(lines, None)) is not None:
            self._select(first)
            self._open_now()

    def step(self, by: int) -> None:
        """To another line of the queue, opening it."""
        row = self.view.currentIndex().row() + by if self.view.currentIndex().isValid() else 0
        while 0 <= row < self.model.rowCount() and self.model.is_heading(row):
            row += 1 if by >= 0 else -1
        if 0 <= row < self.model.rowCount():
            self.view.setCurrentIndex(self.model.index(row))
            self._open_now()

    def _fill_menu(self, menu: QMenu) -> None:
        self._open_now()
        actions = self._session.context.actions
        actions.refresh()
        if self.key is not None:
            for id in VERSION_MENU:
                if id in actions and actions[id].isEnabled():
                    menu.addAction(actions[id])
            menu.addSeparator()
        if self.view.currentIndex().data(NUMBER_ROLE) is not None:
            for id in LINE_MENU:
                if id in actions:
                    menu.addAction(actions[id])
