"""The queue as a model: one row a submission, longest waiting first, with what is left to do beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from widgets.queue_rows import QueueRow
from widgets.theme import LIMITED, SEVERITIES, Mark
from widgets.words import (
    DECISIONS,
    KINDS,
    format_age,
    format_count,
    format_size,
    format_time,
    name_of,
    short_hash,
    tip,
)

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
PERCENT_ROLE = Qt.ItemDataRole.UserRole + 2
NUMBER_ROLE = Qt.ItemDataRole.UserRole + 3

DECIDED = {
    "approve": Mark("✓", "approved", "shield-check", "good", "tint_good"),
    "reject": Mark("✗", "rejected", "shield-cross", "critical", "tint_critical"),
    "request_changes": Mark("~", "changes", "changes", "medium", "tint_medium"),
}
NOT_RUN = Mark("·", "not run yet", "clock", "info", "tint_info")
CLEAR = Mark("✓", "clear", "check", "good", "tint_good")
INCOMPLETE = Mark("⊘", "incomplete", "unavailable", "medium", "tint_medium")
NEEDS_YOU = Mark("?", "needs you", "question", "accent", "tint_low")
UNREAD = Mark("", "", "", "info", "base")
AT_WORK = Mark("▸", "", "refresh", "low", "tint_low")


def row_mark(row: QueueRow, percent: int) -> tuple[Mark, str]:
    """The badge of a row: work in hand, else the decision, else the worst that is left."""
    if percent >= 0:
        return AT_WORK, f"{percent} %"
    if not row.known:
        return UNREAD, ""
    if row.decision:
        mark = DECIDED[row.decision]
        return mark, mark.word
    if not row.ran:
        return NOT_RUN, NOT_RUN.word
    if row.worst is None:
        mark = INCOMPLETE if row.gaps else NEEDS_YOU if row.blockers else LIMITED if row.limited else CLEAR
        return mark, mark.word
    mark = SEVERITIES[row.worst]
    word = f"{mark.word} {row.open:,}" if row.open > 1 else mark.word
    return mark, f"{word} {INCOMPLETE.shape}" if row.gaps else word


class QueueModel(QAbstractListModel):
    """Rows in the order of their arrival, what waits longest first."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[QueueRow] = []
        self._percent: dict[int, int] = {}
        self._blockers: dict[int, int] = {}

    def set_rows(self, rows: Sequence[QueueRow]) -> None:
        """All rows at once."""
        self.beginResetModel()
        self._rows = sorted(map(self._keep, rows), key=lambda r: (r.submission.added, r.submission.id))
        self.endResetModel()

    def set_row(self, row: QueueRow) -> None:
        """One row has news."""
        at = self.find(row.submission.id)
        if at >= 0:
            self._rows[at] = self._keep(row)
            self.dataChanged.emit(self.index(at), self.index(at))

    def _keep(self, row: QueueRow) -> QueueRow:
        """A row with what is known of its checklist, where it comes without."""
        if row.blockers is None:
            return replace(row, blockers=self._blockers.get(row.submission.id))
        self._blockers[row.submission.id] = row.blockers
        return row

    def set_blockers(self, submission: int, blockers: int) -> None:
        """How many required items of its checklist are open now."""
        at = self.find(submission)
        if at >= 0:
            self.set_row(replace(self._rows[at], blockers=blockers))

    def set_percent(self, submission: int, percent: int) -> None:
        """How far its battery is; below zero when none is at work."""
        if self._percent.get(submission, -1) == percent:
            return
        if percent < 0:
            self._percent.pop(submission, None)
        else:
            self._percent[submission] = percent
        at = self.find(submission)
        if at >= 0:
            self.dataChanged.emit(self.index(at), self.index(at))

    def find(self, submission: int) -> int:
        """The row of a submission, -1 without one."""
        return next((i for i, r in enumerate(self._rows) if r.submission.id == submission), -1)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        s = row.submission
        percent = self._percent.get(s.id, -1)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{name_of(s)} {s.version} {s.developer} {s.kind} {s.family} {DECISIONS.get(row.decision, '')}"
            case Qt.ItemDataRole.AccessibleTextRole:
                badge = row_mark(row, percent)[1].replace(INCOMPLETE.shape, "and incomplete")
                words = (f"{name_of(s)} {s.version}", KINDS.get(s.kind, s.kind), badge)
                return f"{', '.join(words)}, {format_age(s.added)} old"
            case Qt.ItemDataRole.ToolTipRole:
                lines = [
                    f"{name_of(s)} {s.version}",
                    s.developer,
                    f"{s.artifact.name} · {format_size(s.artifact.size)}",
                ]
                if row.gaps:
                    lines.append(f"{format_count(row.gaps, 'check')} did not run to the end")
                if row.limited:
                    lines.append(f"{format_count(row.limited, 'check')} could do only a part of the work")
                if row.blockers:
                    lines.append(f"{format_count(row.blockers, 'required item')} open")
                lines += [f"sha256 {short_hash(s.artifact.sha256, 16)}", f"taken in {format_time(s.added)}", s.lesson]
                return tip("\n".join(filter(None, lines)))
            case _ if role == ROW_ROLE:
                return row
            case _ if role == PERCENT_ROLE:
                return percent
            case _ if role == NUMBER_ROLE:
                return s.id
        return None


class QueueFilter(QSortFilterProxyModel):
    """Every word typed has to occur somewhere in the row."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []

    def set_text(self, text: str) -> None:
        """What the reviewer typed."""
        self.beginFilterChange()
        self._words = text.casefold().split()
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        if not self._words:
            return True
        text = str(self.sourceModel().index(row, 0, parent).data()).casefold()
        return all(word in text for word in self._words)
