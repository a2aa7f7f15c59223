"""The outbox: what is on its way to the marketplace, what arrived lately, and the ways on of what cannot go alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QMenu, QStackedWidget, QTableView, QWidget

from app.marketplace.words import OutboxRow, QueueEntry
from widgets.ask_sheet import AskSheet
from widgets.chips import Chips
from widgets.context import MessageAction
from widgets.dialogs import Sheet
from widgets.empty_state import EmptyState
from widgets.list_keys import ListKeys
from widgets.list_parts import dress_table
from widgets.outbox_detail import OutboxDetail
from widgets.outbox_model import GROUPS, LAST, ROW_ROLE, WIDTHS, OutboxDelegate, OutboxList, OutboxModel, list_outbox
from widgets.outbox_seen import read_seen
from widgets.outbox_words import (
    ask_before,
    confirm_block,
    describe,
    has_arrived,
    version_name,
    way_label,
)
from widgets.parts import Button, Field, Line, PlainLabel, Splitter, use_ground, use_thin_bars
from widgets.theme import GAP, UNIT, Theme
from widgets.words import format_count

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.session import Session

LATELY = 1000  # what has arrived or was given up, the latest of it; the log has the rest
TICK = 20_000  # ms between two looks at the ages and times shown
EMPTY = (
    "Nothing is on its way",
    "Decisions on versions of the marketplace are kept here until it has them, also without a network.",
)


class OutboxDialog(Sheet):
    """A list above, the chosen row below; the window behind stays at hand."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget, review: Callable[[int], object]) -> None:
        """`review(key)` downloads a version, and opens it."""
        super().__init__(theme, "Outbox", parent, *_fitting(parent))
        self.setModal(False)
        self._session, self._context, self._review = session, session.context, review
        self._reviewer = ""
        self._wanted: int | None = None  # the row to choose once it is there
        self.model = OutboxModel(theme, self)
        self._build()
        market = session.market
        # by methods, not lambdas: such a connection ends with the dialog
        market.outbox_changed.connect(self._follow)
        market.state_changed.connect(self._say)
        market.syncing_changed.connect(self._say)
        timer = QTimer(self, interval=TICK)
        timer.timeout.connect(self._age)
        timer.start()
        self._over = False
        self.finished.connect(self._end)
        self._say()
        self.read()

    # building

    def _build(self) -> None:
        theme = self.theme
        self.filter = Field(theme, "Filter", "Filter the outbox", clearButtonEnabled=True)
        self.filter.textChanged.connect(lambda *_: self._narrow())
        self.chips = Chips(theme, [(key, word, icon, role) for key, word, icon, role, _ in GROUPS])
        self.chips.changed.connect(self._narrow)
        self.sync = Button("Send now", theme, icon="refresh")
        self.sync.setToolTip("Send what waits, and read the queue")
        self.sync.clicked.connect(lambda *_: self._session.market.sync(asked=True))
        row = QHBoxLayout()
        row.setSpacing(UNIT)
        row.addWidget(self.filter, 1)
        row.addWidget(self.chips)
        row.addWidget(self.sync)
        self.body.addLayout(row)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Decisions on their way")
        header = dress_table(self.table, theme)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setItemDelegate(OutboxDelegate(theme, self.table))
        for section, width in WIDTHS:
            header.resizeSection(section, width)
        header.setSectionResizeMode(LAST, QHeaderView.ResizeMode.Stretch)
        self._keys = ListKeys(self.table, on_enter=lambda *_: self.detail.focus_way(), copy_text=self._copy,
                              fill_menu=self._fill_menu, filter_field=self.filter)  # fmt: skip
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show())
        self.empty = EmptyState(theme, "inbox", *EMPTY)
        self._connect = self.empty.add_button("Connect to a marketplace…", self._give_secret, "primary")
        self.stack = QStackedWidget()
        self.splitter = Splitter(Qt.Orientation.Vertical, theme, "outbox-splitter")
        self.splitter.addWidget(self.table)
        self.detail = OutboxDetail(theme)
        self.detail.way_chosen.connect(self.go)
        self.detail.review_wanted.connect(self._open)
        self.detail.secret_wanted.connect(self._give_secret)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 2)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setSizes([200, 330])
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.splitter)
        self.body.addWidget(self.stack, 1)
        foot = QHBoxLayout()
        self.said = PlainLabel("", theme, "muted")
        close = Button("Close", theme)
        close.clicked.connect(self.reject)
        foot.addWidget(self.said, 1)
        foot.addWidget(close)
        self.body.addWidget(Line(theme))
        self.body.addLayout(foot)
        QShortcut(QKeySequence("Ctrl+F"), self, self.filter.setFocus)
        use_thin_bars(self, theme)
        use_ground(self.detail.sides)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.model.rows:
            self.table.setFocus()

    # reading

    def read(self, choose: int | None = None) -> None:
        """Everything from the record, on a worker thread; `choose` is the row to show then."""
        if choose is not None:
            self._wanted = choose
        entries = self._session.market.entries

        def work(desk: Desk) -> tuple[str, OutboxList, Mapping[int, QueueEntry]]:
            office = desk.marketplace
            rows = office.outbox(all=True) if office.market else ()
            over = [row for row in rows if not row.state.open]
            old = {row.id for row in over[:-LATELY]}
            listed = list_outbox([row for row in rows if row.id not in old], entries)
            return desk.reviewer, listed, entries

        self._context.submit(work, self._take, key="outbox", anywhere=True)

    def _follow(self, *_: object) -> None:
        self.read()

    def _end(self, *_: object) -> None:
        self._over = True

    def _take(self, answer: tuple[str, OutboxList, Mapping[int, QueueEntry]]) -> None:
        if self._over:
            return
        self._reviewer, listed, entries = answer
        rows = listed.rows
        current = self._wanted if self._wanted is not None else self._current_id()
        first = not self.model.listed.rows
        if self._wanted is not None and self.filter.text():
            self.filter.clear()
        self.model.fill(listed, entries)
        self.chips.show_counts(listed.counts)
        self.stack.setCurrentIndex(1 if rows else 0)
        for widget in (self.filter, self.chips, self.sync):
            widget.setVisible(bool(rows))
        self._choose(current)
        if current is not None and self.model.place_of(current) >= 0:
            self._wanted = None
        if first and rows:
            self.table.setFocus()
        self._say()

    def _choose(self, row_id: int | None) -> None:
        place = self.model.place_of(row_id) if row_id is not None else -1
        self.table.setCurrentIndex(self.model.index(max(place, 0), 0))
        self._show()

    def _current_id(self) -> int | None:
        row = self.current()
        return row.id if row is not None else None

    def current(self) -> OutboxRow | None:
        """The chosen row."""
        row = self.table.currentIndex().data(ROW_ROLE)
        return row if isinstance(row, OutboxRow) else None

    def _narrow(self) -> None:
        current = self._current_id()
        self.model.narrow(self.filter.text(), self.chips.chosen())
        self._choose(current)

    def _age(self) -> None:
        if self.model.rows:
            self.model.dataChanged.emit(self.model.index(0, 0), self.model.index(len(self.model.rows) - 1, LAST + 1))

    def _say(self, *_: object) -> None:
        """The line at the foot: what waits, and whether the marketplace answers."""
        market = self._session.market
        state = market.state
        self.sync.setEnabled(state.connected and not market.syncing)
        self.sync.setText("Sending…" if market.syncing else "Send now")
        parts = []
        self._connect.setVisible(not state.connected)
        if not state.connected and self.model.listed.rows:
            parts.append("No marketplace is connected; what is here is kept.")
        elif state.connected and not state.online:
            parts.append("The marketplace does not answer: everything is kept and sent when it does.")
        counts = self.model.listed.counts
        for key, one in (("conflict", "conflict"), ("waiting", "to send"), ("held", "for a second reviewer")):
            if counts.get(key):
                parts.append(format_count(counts[key], one, "conflicts" if key == "conflict" else one))
        self.said.setText(" · ".join(parts) if parts else "Everything has arrived." if self.model.listed.rows else "")

    # the chosen row

    def _show(self) -> None:
        row, entries = self.current(), self.model.entries
        self.detail.show_row(row, self._reviewer, describe(row, entries) if row is not None else "",
                             "Nothing fits the filter" if self.model.listed.rows else "")  # fmt: skip

    def _give_secret(self) -> None:
        self._context.actions.trigger("market-settings")

    def _open(self, row: OutboxRow) -> None:
        if row.submission is not None:
            self._session.open(row.submission)
            self.parentWidget().activateWindow()

    def _fill_menu(self, menu: QMenu) -> None:
        row = self.current()
        if row is None:
            return
        for way in row.ways:
            action = menu.addAction(way_label(row, way, self._reviewer), lambda w=way: self.go(row, w))
            action.setEnabled(way != "confirm" or not confirm_block(row, self._reviewer))
        if row.submission is not None:
            menu.addAction("Open the review", lambda: self._open(row))
        menu.addAction("Copy", lambda: self._copy_now())

    def _copy(self) -> str:
        row = self.current()
        if row is None:
            return ""
        cells = [self.model.words(row, column) for column in range(LAST + 1)]
        return "\t".join(cells) + "\n" + self.detail.sides.tell()

    def _copy_now(self) -> None:
        QGuiApplication.clipboard().setText(self._copy())

    # the ways on

    def go(self, row: OutboxRow, way: str) -> None:
        """Take a way on; what gives something up is asked first."""
        asked = ask_before(row, way, version_name(row, self.model.entries), read_seen(row).word, self._reviewer)
        if asked is None:
            self._resolve(row, way)
            return
        AskSheet(self.theme, asked, lambda reason: self._resolve(row, way, reason), self).open()

    def _resolve(self, row: OutboxRow, way: str, reason: str = "") -> None:
        session, market, name = self._session, self._session.market, describe(row, self.model.entries)
        name = name[:1].upper() + name[1:]
        said = {
            "retry": f"{name}: to be sent now.",
            "theirs": f"{name}: given up; the record keeps it." if not has_arrived(row) else f"{name}: it stands.",
            "review": f"{name}: given up; the new bytes are being downloaded.",
            "confirm": f"{name}: confirmed as {self._reviewer}, and on its way.",
            "refuse": f"{name}: it is not sent; the record keeps it.",
        }

        def done(now: OutboxRow) -> None:
            again = None
            if way == "review":
                self._review(row.key)
            elif way in ("theirs", "refuse") and row.submission is not None:
                again = MessageAction("Open the review", lambda: session.open(row.submission))
            self._context.show_message(said.get(way, f"{name}: done."), "info" if again is None else "good", again)
            if not self._over:
                self.read(now.id)

        market.resolve(row.id, way, reason, on_done=done)


def _fitting(parent: QWidget) -> tuple[int, int]:
    """As large as is comfortable, and never larger than the window."""
    return min(1180, max(820, parent.width() - 2 * GAP)), min(760, max(520, parent.height() - 3 * GAP))
