"""The queue as a model: versions of the marketplace and submissions of this desk, under headings, sorted and filtered.

All is arranged at once, with prepared texts and `sorted`. Where the order stays as it is, as after most polls, only
the lines that changed are told; else the model is reset, and the pane puts the current line and the view back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from widgets.market_rows import MarketRow
from widgets.queue_lines import (
    DECIDED,
    SORTS,
    Heading,
    Item,
    Look,
    hay_of_row,
    look_of_row,
    look_of_version,
    merge_rows,
    row_key,
    row_mark,
    spoken,
    tip_of_row,
    tip_of_version,
    version_key,
)
from widgets.queue_rows import QueueRow
from widgets.words import tip

__all__ = ["DECIDED", "KEY_ROLE", "LOOK_ROLE", "NUMBER_ROLE", "PERCENT_ROLE", "ROW_ROLE", "QueueModel", "row_mark"]

Index = QModelIndex | QPersistentModelIndex
Id = tuple[str, object]
ROOT = QModelIndex()

ROW_ROLE = Qt.ItemDataRole.UserRole + 1  # Heading, MarketRow or QueueRow
PERCENT_ROLE = Qt.ItemDataRole.UserRole + 2
NUMBER_ROLE = Qt.ItemDataRole.UserRole + 3  # the submission that a click opens, None where there is none yet
KEY_ROLE = Qt.ItemDataRole.UserRole + 4  # the version, None for what belongs to none
LOOK_ROLE = Qt.ItemDataRole.UserRole + 5

MINE, WAITING, HERE = "In review by you", "Waiting", "On this desk"
MANY = 50  # changed lines, from which they are told at once
HEADING_FLAGS = Qt.ItemFlag.NoItemFlags
LINE_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def id_of(item: Item) -> Id:
    """What a line is known by, whatever else of it changes."""
    if isinstance(item, MarketRow):
        return item.id
    return ("heading", item.title) if isinstance(item, Heading) else ("submission", item.submission.id)


class QueueModel(QAbstractListModel):
    """What waits longest first, unless another order was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._items: list[Item] = []
        self._ids: list[Id] = []
        self._headings = 0
        self._at: dict[Id, int] = {}
        self._rows: dict[int, QueueRow] = {}
        self._versions: list[MarketRow] = []
        self._owner: dict[int, int] = {}  # submission -> the version that is listed for it
        self._unlisted: frozenset[int] = frozenset()  # submissions that are baselines, and nothing else
        self._percent: dict[int, int] = {}
        self._fetching: dict[int, int] = {}
        self._blockers: dict[int, int] = {}
        self._words: list[str] = []
        self._sort = "waiting"

    # contents

    def set_rows(self, rows: Sequence[QueueRow]) -> None:
        """All submissions of this desk at once."""
        self._rows = {row.submission.id: self._keep(row) for row in rows}
        self._arrange()

    def set_versions(self, rows: Mapping[int, MarketRow]) -> None:
        """All versions that wait, and those that submissions of this desk are files of, at once."""
        self._versions = [row for row in rows.values() if row.waits]
        self._owner = {number: row.entry.key for row in self._versions for number in row.submissions}
        self._unlisted = frozenset(number for row in rows.values() if row.compared for number in row.submissions)
        self._arrange()

    def set_row(self, row: QueueRow) -> None:
        """One submission has news."""
        number = row.submission.id
        if number not in self._rows:
            return
        self._rows[number] = row = self._keep(row)
        at = self.find(number)
        if at >= 0:
            if isinstance(self._items[at], QueueRow):
                self._items[at] = row
            self._tell(at)

    def _keep(self, row: QueueRow) -> QueueRow:
        """A row with what is known of its checklist, where it comes without."""
        if row.blockers is None:
            return replace(row, blockers=self._blockers.get(row.submission.id))
        self._blockers[row.submission.id] = row.blockers
        return row

    def set_blockers(self, submission: int, blockers: int) -> None:
        """How many required items of its checklist are open now."""
        if submission in self._rows:
            self.set_row(replace(self._rows[submission], blockers=blockers))

    def set_percent(self, submission: int, percent: int) -> None:
        """How far its battery is; below zero when none is at work."""
        if self._note(self._percent, submission, percent) and (at := self.find(submission)) >= 0:
            self._tell(at)

    def set_fetching(self, key: int, percent: int) -> None:
        """How far the download of a version is; below zero when there is none."""
        if self._note(self._fetching, key, percent) and (at := self.find_version(key)) >= 0:
            self._tell(at)

    @staticmethod
    def _note(known: dict[int, int], number: int, percent: int) -> bool:
        if known.get(number, -1) == percent:
            return False
        if percent < 0:
            known.pop(number, None)
        else:
            known[number] = percent
        return True

    def _tell(self, at: int) -> None:
        self.dataChanged.emit(self.index(at), self.index(at))

    # order and filter

    @property
    def total(self) -> int:
        """How many lines there are without the filter."""
        return len(self._versions) + len(self._own())

    @property
    def has_versions(self) -> bool:
        """Whether the marketplace has any that wait."""
        return bool(self._versions)

    @property
    def shown(self) -> int:
        """How many lines the filter lets through."""
        return len(self._items) - self._headings

    @property
    def order(self) -> str:
        """By what lines are sorted, one of SORTS."""
        return self._sort

    def sort_by(self, sort: str) -> None:
        """Another order; raises ValueError for one that does not exist."""
        if sort not in SORTS:
            raise ValueError(f"the queue cannot be sorted by {sort!r}")
        self._sort = sort
        self._arrange()

    def filter_by(self, text: str) -> None:
        """Show only lines that have all of these words."""
        self._words = text.casefold().split()
        self._arrange()

    def _own(self) -> list[QueueRow]:
        """The submissions that have a line of their own."""
        return [r for n, r in self._rows.items() if n not in self._owner and n not in self._unlisted]

    def _arrange(self) -> None:
        versions, rows = self._versions, self._own()
        if self._words:
            versions = [r for r in versions if all(word in r.hay for word in self._words)]
            hays = {r.submission.id: hay_of_row(r) for r in rows}
            rows = [r for r in rows if all(word in hays[r.submission.id] for word in self._words)]
        versions = sorted(versions, key=attrgetter("first"))
        if self._sort != "waiting":
            versions.sort(key=lambda r: version_key(r, self._sort))
        rows = sorted(rows, key=lambda r: row_key(r, self._sort))
        items: list[Item] = []
        if not self._versions:
            items.extend(rows)
        else:
            mine = [r for r in versions if r.entry.mine]
            others = [r for r in versions if not r.entry.mine] if mine else versions
            for title, part in ((MINE, mine), (WAITING, others), (HERE, rows)):
                if part:
                    items.append(Heading(title, len(part)))
                    items.extend(part)
        self._show(items)

    def _show(self, items: list[Item]) -> None:
        ids = [item.id if isinstance(item, MarketRow) else id_of(item) for item in items]
        if ids == self._ids:
            pairs = enumerate(zip(items, self._items, strict=True))
            changed = [at for at, (new, old) in pairs if new is not old and new != old]
            self._items = items
            if len(changed) > MANY:
                self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
            else:
                for at in changed:
                    self._tell(at)
            return
        self.beginResetModel()
        self._items, self._ids = items, ids
        self._at = {id: at for at, id in enumerate(ids)}
        self._headings = len(self.headings)
        self.endResetModel()

    # reading

    def find(self, submission: int) -> int:
        """The line of a submission, or of the version that it belongs to; -1 without one."""
        at = self._at.get(("submission", submission), -1)
        return at if at >= 0 else self.find_version(self._owner.get(submission, -1))

    def find_version(self, key: int) -> int:
        """The line of a version, -1 without one."""
        return self._at.get(("version", key), -1)

    def find_id(self, id: Id | None) -> int:
        """The line of what had this id, -1 without one."""
        return self._at.get(id, -1) if id is not None else -1

    def id_at(self, at: int) -> Id | None:
        """What is in a line."""
        return self._ids[at] if 0 <= at < len(self._ids) else None

    @property
    def headings(self) -> list[int]:
        """Lines that are titles of sections."""
        return [self._at[id] for title in (MINE, WAITING, HERE) if (id := ("heading", title)) in self._at]

    def is_heading(self, at: int) -> bool:
        """Whether a line is the title of a section."""
        return isinstance(self._items[at], Heading)

    def _here(self, row: MarketRow) -> QueueRow | None:
        return merge_rows([self._rows[n] for n in row.entry.submissions if n in self._rows])

    def _percent_of(self, item: Item) -> int:
        if isinstance(item, QueueRow):
            return self._percent.get(item.submission.id, -1)
        if isinstance(item, MarketRow):
            if item.entry.key in self._fetching:
                return self._fetching[item.entry.key]
            return max((self._percent.get(n, -1) for n in item.entry.submissions), default=-1)
        return -1

    def look_at(self, at: int) -> Look | None:
        """How a line looks; None for a heading."""
        item = self._items[at]
        if isinstance(item, QueueRow):
            return look_of_row(item, self._percent_of(item))
        if isinstance(item, MarketRow):
            return look_of_version(
                item, self._here(item), self._percent_of(item), self._fetching.get(item.entry.key, -1)
            )
        return None

    # Qt

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._items)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return HEADING_FLAGS if isinstance(self._items[index.row()], Heading) else LINE_FLAGS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        match role:
            case _ if role == ROW_ROLE:
                return item
            case _ if role == PERCENT_ROLE:
                return self._percent_of(item)
            case _ if role == NUMBER_ROLE:
                if isinstance(item, MarketRow):
                    return item.entry.submissions[0] if item.entry.fetched else None
                return item.submission.id if isinstance(item, QueueRow) else None
            case _ if role == KEY_ROLE:
                return item.entry.key if isinstance(item, MarketRow) else None
            case _ if role == LOOK_ROLE:
                return self.look_at(index.row())
        if isinstance(item, Heading):
            text = f"{item.title}, {item.count:,}"
            return text if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        look = self.look_at(index.row())
        if look is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{look.title} {look.detail}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return spoken(look)
            case Qt.ItemDataRole.ToolTipRole:
                if isinstance(item, MarketRow):
                    return tip(tip_of_version(item, self._here(item), look))
                return tip(tip_of_row(item))
        return None
