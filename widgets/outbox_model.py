"""The outbox as a table: what needs the reviewer first, then what is on its way, then what arrived or was given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from app.marketplace.words import OutboxRow, SendState
from widgets.list_parts import RowDelegate
from widgets.outbox_words import STATUSES, clock, explain, mark_of, noun_of, version_name
from widgets.parts import paint_badge
from widgets.table_model import ROOT, Index, TitledModel
from widgets.theme import HALF, ROW, Theme, scaled_font
from widgets.words import format_age, format_time, tip

if TYPE_CHECKING:
    from app.marketplace.words import QueueEntry

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
STATE, WHAT, VERSION, REVIEWER, WHEN, LAST, NEXT = range(7)
TITLES = ("State", "Decision", "Version", "Reviewer", "Age", "What happened last", "Next try")
WIDTHS = ((STATE, 144), (WHAT, 148), (VERSION, 190), (REVIEWER, 118), (WHEN, 64), (NEXT, 92))
# what needs somebody comes first
ORDER = (
    SendState.CONFLICT,
    SendState.HELD,
    SendState.SENDING,
    SendState.QUEUED,
    SendState.DELIVERED,
    SendState.SUPERSEDED,
    SendState.WITHDRAWN,
)
# the chips above the list: key, word, icon, colour, and what each lets through
GROUPS: tuple[tuple[str, str, str, str, Callable[[OutboxRow], bool]], ...] = (
    ("conflict", "conflicts", "alert", "critical", lambda row: row.state is SendState.CONFLICT),
    ("held", "second reviewer", "eye", "medium", lambda row: row.state is SendState.HELD),
    ("waiting", "to send", "clock", "low", lambda row: row.state in (SendState.QUEUED, SendState.SENDING)),
    ("delivered", "delivered", "check", "good", lambda row: row.state is SendState.DELIVERED),
    ("rest", "given up or replaced", "undo", "info",
     lambda row: row.state in (SendState.SUPERSEDED, SendState.WITHDRAWN)),
)  # fmt: skip


def sort_rows(rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """By what they need; of those on their way the oldest first, of the others the latest."""
    rank = {state: place for place, state in enumerate(ORDER)}
    return sorted(
        rows, key=lambda r: (rank[r.state], (1 if r.state.open else -1) * r.changed.timestamp(), r.id)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutboxList:
    """Rows in their order, with the text that the filter searches, and how many each chip stands for."""

    rows: tuple[OutboxRow, ...] = ()
    hays: tuple[str, ...] = ()
    counts: Mapping[object, int] = field(default_factory=dict)


def list_outbox(rows: Sequence[OutboxRow], entries: Mapping[int, QueueEntry]) -> OutboxList:
    """Everything that takes a while with thousands of rows; on a worker thread."""
    ordered = tuple(sort_rows(rows))
    counts = {key: sum(fits(row) for row in ordered) for key, *_, fits in GROUPS}
    return OutboxList(ordered, tuple(hay_of(row, entries) for row in ordered), counts)


def hay_of(row: OutboxRow, entries: Mapping[int, QueueEntry]) -> str:
    """What the filter finds a row by, folded."""
    words = [*(cell_words(row, column, entries) for column in range(len(TITLES))), row.token, row.reason]
    return " ".join(words).casefold()


def cell_words(row: OutboxRow, column: int, entries: Mapping[int, QueueEntry]) -> str:
    """The text of a cell."""
    if column == STATE:
        return mark_of(row).word
    if column == WHAT:
        return noun_of(row).capitalize()
    if column == VERSION:
        return version_name(row, entries)
    if column == REVIEWER:
        return row.reviewer + (f", {row.second}" if row.second else "")
    if column == WHEN:
        return format_age(row.created)
    if column == LAST:
        return row.told or explain(row)
    return format_next(row)


class OutboxModel(TitledModel):
    """Sorted and filtered here: the view only shows."""

    titles = TITLES

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.listed = OutboxList()
        self.rows: tuple[OutboxRow, ...] = ()
        self.entries: Mapping[int, QueueEntry] = {}
        self._words: list[str] = []
        self._groups: frozenset[object] = frozenset()

    def fill(self, listed: OutboxList, entries: Mapping[int, QueueEntry]) -> None:
        """Everything anew."""
        self.entries, self.listed = entries, listed
        self._apply()

    def narrow(self, text: str, groups: frozenset[object]) -> None:
        """Show only rows that have all these words, and are of one of these groups (empty = all)."""
        self._words, self._groups = text.casefold().split(), groups
        self._apply()

    def _apply(self) -> None:
        rows = self.listed.rows
        if self._words:
            pairs = zip(rows, self.listed.hays, strict=True)
            rows = tuple(row for row, hay in pairs if all(word in hay for word in self._words))
        chosen = [fits for key, *_, fits in GROUPS if key in self._groups]
        if chosen:
            rows = tuple(row for row in rows if any(fits(row) for fits in chosen))
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def place_of(self, row_id: int) -> int:
        """Where a row is shown, -1 where it is not."""
        return next((place for place, row in enumerate(self.rows) if row.id == row_id), -1)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row, column = self.rows[index.row()], index.column()
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self.words(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._tip(row, column))
        if role == Qt.ItemDataRole.ForegroundRole and (column in (REVIEWER, WHEN, LAST, NEXT) or not row.state.open):
            return self._theme.color("muted")
        if role == Qt.ItemDataRole.AccessibleTextRole and column == STATE:
            return ", ".join(filter(None, (self.words(row, c) for c in range(len(TITLES)))))
        return None

    def words(self, row: OutboxRow, column: int) -> str:
        """The text of a cell."""
        return cell_words(row, column, self.entries)

    def _tip(self, row: OutboxRow, column: int) -> str:
        if column == WHEN:
            return f"decided {format_time(row.created)}\nlast change {format_time(row.changed)}"
        if column == NEXT:
            return f"{format_time(row.next_try)}, after {row.attempts} tries" if row.next_try is not None else ""
        if column == STATE:
            return explain(row)
        if column == WHAT:
            return f"Sets the status to {STATUSES.get(row.status, row.status)}; id {row.token}"
        return self.words(row, column)


def format_next(row: OutboxRow, now: datetime | None = None) -> str:
    """When it is tried again by itself: in 40 s, at 12:40; a dash for what waits for somebody or is done."""
    if row.state not in (SendState.QUEUED, SendState.SENDING):
        return ""
    if row.next_try is None:
        return "next sync"
    now = now or datetime.now(UTC)
    seconds = int((row.next_try - now).total_seconds())
    if seconds <= 0:
        return "next sync"
    return f"in {seconds} s" if seconds < 90 else f"at {clock(row.next_try, now)}"


class OutboxDelegate(RowDelegate):
    """The state as a badge, the rest as words."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, height=ROW, sentences=frozenset({LAST, WHAT}))
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if index.column() != STATE:
            super().paint(painter, option, index)
            return
        row: OutboxRow = index.data(ROW_ROLE)
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        style = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, blank, painter, option.widget)
        mark = mark_of(row)
        painter.save()
        painter.setFont(scaled_font(0.92))
        metrics = painter.fontMetrics()
        # the badge is as wide as its words: state is read down the column by shape first
        width = min(metrics.horizontalAdvance(mark.word) + 16 + 14, option.rect.width() - 2 * HALF)
        box = option.rect.adjusted(HALF, 4, 0, -4)
        box.setWidth(width)
        paint_badge(painter, box, self._theme, mark, mark.word, painter.device().devicePixelRatioF())
        painter.restore()
