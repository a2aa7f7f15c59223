"""The whole queue in the centre of the window: every version with all that is known of it, to sort and filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QItemSelection, QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.marketplace.words import QueueEntry
from widgets.empty_state import EmptyState
from widgets.list_keys import ListKeys
from widgets.list_parts import RowDelegate, dress_table
from widgets.market_queue_model import (
    DEVELOPER,
    HEADINGS,
    KIND,
    LIVE,
    NAME,
    RISK,
    SCAN,
    SENDS,
    SIZE,
    STATUS,
    TYPE,
    VERSION,
    WAITING,
    WHY,
    MarketQueueModel,
)
from widgets.market_rows import MarketRow, make_rows, same_rows
from widgets.parts import Button, Field, Line, PlainLabel
from widgets.session import Session
from widgets.theme import HALF, UNIT, Theme

if TYPE_CHECKING:
    from app.desk import Desk

WIDTHS = ((NAME, 164), (VERSION, 64), (KIND, 84), (DEVELOPER, 124), (WAITING, 64), (STATUS, 112), (WHY, 188),
          (SIZE, 64), (TYPE, 88), (SCAN, 106), (LIVE, 40), (RISK, 84), (SENDS, 88))  # fmt: skip
SCOPES = (("waiting", "Waiting"), ("published", "Published"), ("all", "All that was seen"))
EMPTY = {
    "waiting": ("Nothing waits", "The marketplace has no version to review. The queue is read again by itself."),
    "published": ("Nothing is published", "Approved and suspended versions are listed here as they are seen."),
    "all": ("Nothing was seen yet", "Sync to read the queue of the marketplace."),
}
MOST_RESTORED = 500  # selected rows that are selected again after sorting
PAUSE = 60  # ms between a key in the filter and the filtering


class MarketTable(QWidget):
    """Enter opens; the context menu has what can be done with a version."""

    opened = Signal(object)  # QueueEntry
    closed = Signal()

    def __init__(self, session: Session, theme: Theme, fill_menu: Callable[[QMenu], object]) -> None:
        super().__init__()
        self._session, self._context, self._market, self._theme = session, session.context, session.market, theme
        self.model = MarketQueueModel(theme, self)
        self._scope = "waiting"
        self._others: Mapping[int, MarketRow] = {}  # of another scope than the queue
        self._stale = True
        self._current: int | None = None
        self._chosen: frozenset[int] = frozenset()
        self._offset = 0
        self._count = PlainLabel("", theme, "muted")
        self.scope = QComboBox()
        self.scope.setAccessibleName("Which versions are listed")
        for id, text in SCOPES:
            self.scope.addItem(text, id)
        self.scope.currentIndexChanged.connect(lambda *_: self.show_scope(self.scope.currentData()))
        self.filter = Field(theme, "Filter by name, developer, kind, reason, status or reviewer", "Filter the table",
                            clearButtonEnabled=True)  # fmt: skip
        self._typing = QTimer(self, singleShot=True, interval=PAUSE)
        self._typing.timeout.connect(self._filter)
        self.filter.textChanged.connect(lambda *_: self._typing.start())
        self.back = Button("Back", theme, icon="cross")
        self.back.setAccessibleName("Back to the review")
        self.back.setToolTip("Back to the review (Ctrl+Shift+U)")
        self.back.clicked.connect(self.closed)
        self.table = QTableView()
        self._dress(fill_menu)
        self._empty = EmptyState(theme, "inbox", *EMPTY["waiting"])
        self._stack = QStackedLayout()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        head = QHBoxLayout()
        head.setContentsMargins(UNIT + HALF, UNIT, UNIT, UNIT)
        head.setSpacing(UNIT)
        head.addWidget(PlainLabel("The whole queue", theme, "text", factor=1.3, bold=True))
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(self.scope)
        self.filter.setMinimumWidth(320)
        head.addWidget(self.filter, 1)
        head.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Line(theme))
        column.addLayout(self._stack, 1)
        self._market.queue_changed.connect(lambda *_: self._follow())
        self._minute = QTimer(self, interval=60_000)
        self._minute.timeout.connect(self.table.viewport().update)
        self._minute.start()

    def _dress(self, fill_menu: Callable[[QMenu], object]) -> None:
        table, model = self.table, self.model
        table.setModel(model)
        table.setAccessibleName("All versions of the queue")
        header = dress_table(table, self._theme)
        header.setObjectName("market-queue-header")
        header.setSectionsMovable(True)
        table.setItemDelegate(RowDelegate(table, sentences=frozenset({WHY})))
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for section, width in WIDTHS:
            header.resizeSection(section, width)
        header.setSectionResizeMode(WHY, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(40)
        header.setSortIndicator(WAITING, Qt.SortOrder.DescendingOrder)
        table.setSortingEnabled(True)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._put_back)
        ListKeys(table, on_enter=lambda *_: self._open(), copy_text=self._copy, fill_menu=fill_menu,
                 filter_field=self.filter)  # fmt: skip

    # widths

    def save_columns(self) -> QByteArray:
        """Widths, order of columns and what sorts, to come back at the next start."""
        return self.table.horizontalHeader().saveState()

    def restore_columns(self, state: QByteArray) -> None:
        """As they were."""
        header = self.table.horizontalHeader()
        if header.restoreState(state) and header.count() == len(HEADINGS):
            self.model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())

    # contents

    def show_scope(self, scope: str) -> None:
        """Waiting, published, or all that was ever seen."""
        self._scope = scope
        at = self.scope.findData(scope)
        if at != self.scope.currentIndex():
            self.scope.setCurrentIndex(at)
            return
        self._fill()

    def _follow(self) -> None:
        """The queue was read anew; a table that nobody sees is filled when it is shown."""
        self._stale = True
        if self.isVisible():
            self._fill()

    def refresh(self) -> None:
        """Fill it where the queue changed since."""
        if self._stale:
            self._fill()

    def _fill(self) -> None:
        self._stale = False
        if self._scope == "waiting":
            self._others = {}
            self.model.set_rows({key: row for key, row in self._market.rows.items() if row.waits})
            self._show_count()
            return
        scope, known = self._scope, self._others

        def work(desk: Desk) -> tuple[str, Mapping[int, MarketRow]]:
            rows = make_rows(desk.marketplace.queue(scope), known, frozenset())
            return scope, known if same_rows(rows, known) else rows

        self._context.submit(work, self._take, key="market-table", anywhere=True)

    def _take(self, answer: tuple[str, Mapping[int, MarketRow]]) -> None:
        scope, rows = answer
        if scope == self._scope:
            self._others = rows
            self.model.set_rows(rows)
            self._show_count()

    def _filter(self) -> None:
        self.model.filter_by(self.filter.text())
        self._show_count()

    def _show_count(self) -> None:
        total, shown = self.model.total, self.model.rowCount()
        self._count.setText(f"{total:,}" if shown == total else f"{shown:,} of {total:,}")
        if total == 0:
            self._empty.say(*EMPTY[self._scope])
        elif shown == 0:
            self._empty.say("Nothing matches", "No version has all of these words. Escape clears the filter.")
        self._stack.setCurrentIndex(0 if shown else 1)

    # what is current

    @property
    def current(self) -> QueueEntry | None:
        """The version in the current row."""
        return self.model.entry_at(self.table.currentIndex().row())

    @property
    def selected(self) -> list[QueueEntry]:
        """Those that are selected, in their order."""
        ranges = self.table.selectionModel().selection()
        rows = sorted({row for r in ranges for row in range(r.top(), r.bottom() + 1)})
        entries = [self.model.entry_at(row) for row in rows] or [self.current]
        return [entry for entry in entries if entry is not None]

    def show_key(self, key: int | None) -> None:
        """Make a version current."""
        row = self.model.row_of(key)
        if row >= 0:
            index = self.model.index(row, NAME)
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _remember(self) -> None:
        current = self.current
        self._current = current.key if current is not None else None
        chosen = self.selected if self.table.selectionModel().hasSelection() else []
        self._chosen = frozenset(e.key for e in chosen) if len(chosen) <= MOST_RESTORED else frozenset()
        at = self.table.currentIndex().row()
        self._offset = self.table.rowViewportPosition(at) if at >= 0 else -1

    def _put_back(self) -> None:
        row = self.model.row_of(self._current)
        if row < 0:
            return
        self.table.setCurrentIndex(self.model.index(row, NAME))
        if 0 <= self._offset < self.table.viewport().height():
            # what is current stays where the eye is
            bar, height = self.table.verticalScrollBar(), self.table.verticalHeader().defaultSectionSize()
            self.table.scrollToTop()
            step = height if self.table.verticalScrollMode() == QAbstractItemView.ScrollMode.ScrollPerPixel else 1
            bar.setValue(max(0, row * step - round(self._offset / height) * step))
        if len(self._chosen) > 1:
            ranges, last = QItemSelection(), len(HEADINGS) - 1
            for key in self._chosen:
                at = self.model.row_of(key)
                if at >= 0:
                    ranges.select(self.model.index(at, 0), self.model.index(at, last))
            self.table.selectionModel().select(ranges, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _open(self) -> None:
        if self.current is not None:
            self.opened.emit(self.current)

    def _copy(self) -> str:
        rows = ["\t".join(HEADINGS)]
        for entry in self.selected:
            at = self.model.row_of(entry.key)
            rows.append("\t".join(str(self.model.index(at, c).data() or "") for c in range(len(HEADINGS))))
        return "\n".join(rows)
