"""The whole queue as a table: 5,000 versions, sorted in the source with prepared keys, filtered by one text each.

After a poll that changed no order, only the rows that changed are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush

from app.marketplace.words import WAITING as WAITS
from app.marketplace.words import QueueEntry
from widgets.market_rows import MarketRow, status_word
from widgets.queue_lines import CLEAR, NOT_RUN, SENDING, one_line, time_of
from widgets.theme import SEVERITIES, Mark, Theme
from widgets.version_words import MIME, SCANS, status_mark
from widgets.words import KIND_ICONS, KINDS, format_age, format_size, format_time, tip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
HEADINGS = ("Name", "Version", "Kind", "Developer", "Waiting", "Status", "Why", "Size", "Type check", "Virus scan",
            "Live", "Risk", "Sending")  # fmt: skip
(NAME, VERSION, KIND, DEVELOPER, WAITING, STATUS, WHY, SIZE, TYPE, SCAN, LIVE, RISK, SENDS) = range(len(HEADINGS))
RIGHT = frozenset({WAITING, SIZE, LIVE})
ENTRY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
MANY = 50  # changed rows, from which they are told at once

# the worst of several files tells
WORST_MIME = ("FAILED", "", "PASSED")
WORST_SCAN = ("DIRTY", "NOT_SCANNED", "", "CLEAN")


def worst_of(values: Sequence[str], order: Sequence[str]) -> str:
    """The first of `order` that occurs; another word stands as it came, and nothing is what is not known."""
    if not values:
        return ""
    odd = next((v for v in values if v not in order), None)
    return odd if odd is not None else next(v for v in order if v in values)


def mime_of(entry: QueueEntry) -> str:
    """What the marketplace's own type check says of all files."""
    return worst_of([f.mime_check for f in entry.files], WORST_MIME)


def scan_of(entry: QueueEntry) -> str:
    """What its virus scan says of all files."""
    return worst_of([f.virus_scan for f in entry.files], WORST_SCAN)


def mime_mark(entry: QueueEntry) -> tuple[Mark, str]:
    """Shape and word of the type check, short."""
    value = mime_of(entry)
    words = {"PASSED": "passed", "FAILED": "failed", "": "not checked"}
    return MIME.get(value, MIME[""]), words.get(value, one_line(value, 30))


def scan_mark(entry: QueueEntry) -> tuple[Mark, str]:
    """Shape and word of the virus scan, short."""
    value = scan_of(entry)
    words = {"CLEAN": "clean", "DIRTY": "virus", "NOT_SCANNED": "not scanned", "": "not scanned"}
    return SCANS.get(value, SCANS["NOT_SCANNED"]), words.get(value, one_line(value, 30))


def risk_mark(entry: QueueEntry) -> tuple[Mark, str]:
    """What its last battery left open."""
    if not entry.ran:
        return NOT_RUN, ""
    if entry.risk is None:
        return CLEAR, CLEAR.word
    mark = SEVERITIES[entry.risk]
    return mark, f"{mark.word} {entry.open:,}" if entry.open > 1 else mark.word


def _rank(order: Sequence[str], value: str) -> int:
    return order.index(value) if value in order else -1


KEYS: dict[int, Callable[[QueueEntry], Any]] = {
    NAME: lambda e: e.name.casefold(),
    VERSION: lambda e: [(0, int(p), "") if p.isdecimal() and len(p) < 9 else (1, 0, p) for p in e.label.split(".")],
    KIND: lambda e: e.kind,
    DEVELOPER: lambda e: e.developer.casefold(),
    WAITING: lambda e: -e.since,
    WHY: lambda e: "; ".join(e.why).casefold(),
    STATUS: lambda e: (e.status.value, e.holder.casefold()),
    SIZE: lambda e: e.size,
    TYPE: lambda e: -_rank(WORST_MIME, mime_of(e)),
    SCAN: lambda e: -_rank(WORST_SCAN, scan_of(e)),
    LIVE: lambda e: e.live_version or 0,
    RISK: lambda e: int(e.risk) + 2 if e.risk is not None else 1 if not e.ran else 0,
    SENDS: lambda e: e.sending,
}


class MarketQueueModel(QAbstractTableModel):
    """Rows of versions; what waits longest first, unless another column sorts."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._all: list[MarketRow] = []
        self._rows: list[MarketRow] = []
        self._at: dict[int, int] = {}
        self._words: list[str] = []
        self._column, self._falling = WAITING, True

    # contents

    def set_rows(self, rows: Mapping[int, MarketRow]) -> None:
        """Show these and no others."""
        self._all = list(rows.values())
        self._arrange()

    def filter_by(self, text: str) -> None:
        """Show only versions that have all of these words."""
        self._words = text.casefold().split()
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal ones by their waiting time."""
        self._column, self._falling = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def _arrange(self) -> None:
        rows = self._all
        if self._words:
            rows = [r for r in rows if all(word in r.hay for word in self._words)]
        rows = sorted(rows, key=attrgetter("first"))
        if not (self._column == WAITING and self._falling):
            key = KEYS.get(self._column, KEYS[WAITING])
            rows.sort(key=lambda r: key(r.entry), reverse=self._falling)
        if [r.entry.key for r in rows] == [r.entry.key for r in self._rows]:
            changed = [at for at, row in enumerate(rows) if row is not self._rows[at]]
            self._rows = rows
            self._tell(changed)
            return
        self.beginResetModel()
        self._rows = rows
        self._at = {row.entry.key: at for at, row in enumerate(rows)}
        self.endResetModel()

    def _tell(self, changed: Sequence[int]) -> None:
        last = len(HEADINGS) - 1
        if len(changed) > MANY:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], last))
        else:
            for at in changed:
                self.dataChanged.emit(self.index(at, 0), self.index(at, last))

    # reading

    @property
    def total(self) -> int:
        """How many there are without the filter."""
        return len(self._all)

    def entry_at(self, row: int) -> QueueEntry | None:
        """The version in a row."""
        return self._rows[row].entry if 0 <= row < len(self._rows) else None

    def row_of(self, key: int | None) -> int:
        """The row of a version, -1 where it is not shown."""
        return self._at.get(key, -1) if key is not None else -1

    # Qt

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in RIGHT:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry_at(index.row())
        if entry is None:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, column)
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.DecorationRole:
            if column == NAME:
                return self._theme.icon(KIND_ICONS.get(entry.kind, "package"), "muted")
            mark = self._mark(entry, column)
            return self._theme.icon(mark.icon, mark.role) if mark is not None and mark.icon else None
        if role == Qt.ItemDataRole.ForegroundRole:
            mark = self._mark(entry, column)
            if mark is not None:
                return QBrush(self._theme.color(mark.role))
            return None if column in (NAME, VERSION, WHY) else QBrush(self._theme.color("muted"))
        if role == Qt.ItemDataRole.TextAlignmentRole and column in RIGHT:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._tip(entry, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = self._text(entry, column)
            return f"{HEADINGS[column]}: {text}" if text and column != NAME else text or HEADINGS[column]
        return None

    def _text(self, e: QueueEntry, column: int) -> str:
        match column:
            case _ if column == NAME:
                return one_line(e.name)
            case _ if column == VERSION:
                return one_line(e.label, 60)
            case _ if column == KIND:
                return KINDS.get(e.kind, one_line(e.kind, 40))
            case _ if column == DEVELOPER:
                return one_line(e.developer)
            case _ if column == WAITING:
                return format_age(time_of(e.since), datetime.now(UTC)) if e.status.value in WAITS else "–"
            case _ if column == WHY:
                return "; ".join(one_line(why) for why in e.why)
            case _ if column == STATUS:
                return "yours" if e.mine else one_line(e.holder, 60) or status_mark(e)[1]
            case _ if column == SIZE:
                return format_size(e.size)
            case _ if column == TYPE:
                return mime_mark(e)[1]
            case _ if column == SCAN:
                return scan_mark(e)[1]
            case _ if column == LIVE:
                return "this" if e.is_live else one_line(e.live_label, 40) if e.live_version else "–"
            case _ if column == RISK:
                return risk_mark(e)[1]
        return SENDING[e.sending].word if e.sending in SENDING else ""

    def _mark(self, e: QueueEntry, column: int) -> Mark | None:
        match column:
            case _ if column == STATUS:
                return status_mark(e)[0]
            case _ if column == TYPE:
                return mime_mark(e)[0]
            case _ if column == SCAN:
                return scan_mark(e)[0]
            case _ if column == RISK:
                return risk_mark(e)[0] if e.ran else None
            case _ if column == SENDS:
                return SENDING.get(e.sending)
        return None

    def _tip(self, e: QueueEntry, column: int) -> str:
        if column == WAITING:
            word = "waiting since" if e.status.value in WAITS else "sent in"
            return f"{word} {format_time(time_of(e.since))}"
        if column == STATUS:
            reason = one_line(e.status.reason, 1000)
            since = format_time(time_of(e.status.updated))
            return "\n".join(filter(None, (f"{status_word(one_line(e.status.value, 40))} since {since}", reason)))
        if column == SCAN:
            viruses = ", ".join(one_line(v, 80) for f in e.files for v in f.viruses)
            return viruses or scan_mark(e)[1]
        if column == SIZE:
            return "\n".join(f"{one_line(f.name, 120)}: {format_size(f.size)}" for f in e.files[:20])
        return self._text(e, column)
