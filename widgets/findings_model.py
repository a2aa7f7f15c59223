"""Findings as a table: 20,000 rows, sorted in the source, filtered by one prepared text each, grouped by headings.

A row is a finding or the heading of a group. Arriving findings are put at the end in one insert for a
batch, so that nothing moves under the pointer; sorting comes when it is asked for, or when the run has ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QFont

from app.model import RunFinding
from app.triage import NO_TRIAGE, TriageMatch
from checks import Severity
from widgets.findings_order import (
    CHECK,
    GROUP_KEYS,
    KEYS,
    MESSAGE,
    PLACE,
    SEVERITY,
    STATE,
    TRIAGE,
    PreparedFindings,
    count_findings,
    hay_of,
    usual_key,
)
from widgets.theme import SEVERITIES, Theme
from widgets.words import format_count, middle, tip

HEADINGS = ("Severity", "State", "Check", "Finding", "Place", "Triage")
GROUPS = ("", "severity", "check", "file", "guideline")
STATES = {"new": "new", "unchanged": "unchanged", "fixed": "fixed", None: ""}
FINDING_ROLE = int(Qt.ItemDataRole.UserRole) + 1
Index = QModelIndex | QPersistentModelIndex


def place_of(finding: RunFinding) -> str:
    """Where a finding is, on one line."""
    if not finding.path:
        return "whole package"
    return f"{finding.path}:{finding.line}" if finding.line else finding.path


def triage_words(match: TriageMatch) -> str:
    """What triage says of a finding, in the fewest words."""
    if match.entry is None or match.entry.verdict is None or match.kind == "none":
        return ""
    return match.entry.verdict.label if match.kind == "holds" else f"{match.entry.verdict.label}?"


class FindingsModel(QAbstractTableModel):
    """All findings of a run; `rows` is what is shown: indexes of findings, or -1 - g for the heading of group g."""

    def __init__(
        self, theme: Theme, triage_of: Callable[[str], TriageMatch] = lambda _: NO_TRIAGE, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._triage_of = theme, triage_of
        self._all: list[RunFinding] = []
        self._haystack: list[str] = []
        self._order: list[int] = []
        self._severity_counts: Counter[object] = Counter()
        self._state_counts: Counter[object] = Counter()
        self._rows: list[int] = []
        self._titles: list[tuple[str, int, int]] = []  # of groups: words, count, worst
        self._text = ""
        self._severities: frozenset[object] = frozenset()
        self._states: frozenset[object] = frozenset()
        self._open_only = False
        self._column, self._falling = SEVERITY, True
        self._group = ""
        self._check_titles: Mapping[str, str] = {}
        self._guideline_titles: Mapping[str, str] = {}
        self._bold = QFont()
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._keys: dict[int, list[Any]] = {}
        self._group_keys: dict[str, list[str]] = {}

    # contents

    @property
    def findings(self) -> Sequence[RunFinding]:
        """All findings, shown or not, in the order they came."""
        return self._all

    @property
    def shown(self) -> int:
        """How many findings the filter lets through."""
        return len(self._rows) - len(self._titles)

    def name_checks(self, titles: Mapping[str, str]) -> None:
        """Titles of checks, for headings and tooltips."""
        self._check_titles = titles

    def name_guidelines(self, titles: Mapping[str, str]) -> None:
        """Titles of guidelines, for headings."""
        self._guideline_titles = titles

    def set_findings(self, prepared: PreparedFindings) -> None:
        """Show these and no others, sorted."""
        self.beginResetModel()
        self._all, self._haystack = list(prepared.findings), list(prepared.haystack)
        self._order = prepared.order
        # counted on here with what arrives later: copies, so that what was prepared stays as it was
        self._severity_counts, self._state_counts = Counter(prepared.severities), Counter(prepared.states)
        self._keys, self._group_keys = dict(prepared.keys), {}
        self._arrange()
        self.endResetModel()

    def add_findings(self, findings: Sequence[RunFinding]) -> None:
        """Append a batch; where groups are shown, rows under headings cannot be appended and all are arranged anew."""
        if not findings:
            return
        first = len(self._all)
        self._all.extend(findings)
        severities, states = count_findings(findings)
        self._severity_counts.update(severities)
        self._state_counts.update(states)
        self._haystack.extend([hay_of(f) for f in findings])
        self._keys, self._group_keys = {}, {}
        if self._group:
            self.beginResetModel()
            self._arrange()
            self.endResetModel()
            return
        fresh = [i for i in range(first, len(self._all)) if self._lets_through(i)]
        if fresh:
            at = len(self._rows)
            self.beginInsertRows(QModelIndex(), at, at + len(fresh) - 1)
            self._rows.extend(fresh)
            self.endInsertRows()

    # filter, order, groups

    def filter_by(
        self,
        text: str | None = None,
        *,
        severities: frozenset[object] | None = None,
        states: frozenset[object] | None = None,
        open_only: bool | None = None,
    ) -> None:
        """Change part of the filter; empty sets let everything through. Words of the text must all occur."""
        self._text = self._text if text is None else text.strip().lower()
        self._severities = self._severities if severities is None else severities
        self._states = self._states if states is None else states
        self._open_only = self._open_only if open_only is None else open_only
        self.rearrange()

    @property
    def is_filtered(self) -> bool:
        """Whether the filter may hide something."""
        return bool(self._text or self._severities or self._states or self._open_only)

    @property
    def group(self) -> str:
        """By what rows are grouped, one of GROUPS."""
        return self._group

    def group_by(self, group: str) -> None:
        """Put rows under headings; an empty text for none."""
        if group not in GROUPS:
            raise ValueError(f"findings cannot be grouped by {group!r}")
        self._group = group
        self.rearrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal rows by severity, then place."""
        self._column, self._falling = column, order == Qt.SortOrder.DescendingOrder
        self.rearrange()

    def rearrange(self) -> None:
        """Filter, sort and group anew."""
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def _lets_through(self, i: int) -> bool:
        f = self._all[i]
        if self._severities and f.severity not in self._severities:
            return False
        if self._states and f.state not in self._states:
            return False
        if self._text and not all(word in self._haystack[i] for word in self._text.split()):
            return False
        return not self._open_only or (f.state != "fixed" and self._triage_of(f.fingerprint).verdict is None)

    def _arrange(self) -> None:
        if len(self._order) != len(self._all):  # some arrived since
            keys = [usual_key(f) for f in self._all]
            self._order = sorted(range(len(self._all)), key=keys.__getitem__)
        kept: Sequence[int] = self._order
        if self._severities:
            kept = [i for i in kept if self._all[i].severity in self._severities]
        if self._states:
            kept = [i for i in kept if self._all[i].state in self._states]
        for word in self._text.split():
            hay = self._haystack
            kept = [i for i in kept if word in hay[i]]
        if self._open_only:
            kept = [i for i in kept if self._lets_through(i)]
        rows = list(kept)
        # a stable sort: what a column leaves equal stays in the usual order
        if self._column != SEVERITY or not self._falling:
            keys_of = self._keys_of(self._column)
            rows.sort(key=keys_of.__getitem__, reverse=self._falling)
        self._titles = []
        self._rows = self._put_headings(rows) if self._group else rows

    def _keys_of(self, column: int) -> list[Any]:
        if column == TRIAGE:
            return [triage_words(self._triage_of(f.fingerprint)) for f in self._all]
        if column not in self._keys:
            self._keys[column] = [KEYS[column](f) for f in self._all]
        return self._keys[column]

    def _put_headings(self, rows: Sequence[int]) -> list[int]:
        groups: dict[str, list[int]] = {}
        if self._group == "guideline":
            for i in rows:
                for guideline in self._all[i].guidelines or ("",):
                    groups.setdefault(guideline, []).append(i)
        else:
            if self._group not in self._group_keys:
                self._group_keys[self._group] = [GROUP_KEYS[self._group](f) for f in self._all]
            keys = self._group_keys[self._group]
            for i in rows:
                groups.setdefault(keys[i], []).append(i)
        severities = self._keys_of(SEVERITY)
        worst = {key: max(map(severities.__getitem__, members)) for key, members in groups.items()}
        ordered = sorted(groups, key=lambda key: (-worst[key], -len(groups[key]), key))
        shown: list[int] = []
        for number, key in enumerate(ordered):
            self._titles.append((self._heading(key), len(groups[key]), worst[key]))
            shown.append(-1 - number)
            shown.extend(groups[key])
        return shown

    def _heading(self, key: str) -> str:
        if self._group == "check":
            return self._check_titles.get(key, key)
        if self._group == "guideline":
            return f"{key}  {self._guideline_titles.get(key, '')}".rstrip() if key else "no guideline"
        return key or "whole package"

    # reading

    def finding_at(self, row: int) -> RunFinding | None:
        """The finding of a row; None for a heading."""
        if 0 <= row < len(self._rows) and self._rows[row] >= 0:
            return self._all[self._rows[row]]
        return None

    def row_of(self, fingerprint: str) -> int:
        """The first row with that fingerprint, -1 where it is not shown."""
        return next(
            (row for row, i in enumerate(self._rows) if i >= 0 and self._all[i].fingerprint == fingerprint), -1
        )

    def rows_of(self, fingerprints: frozenset[str]) -> list[int]:
        """Rows of these findings, in order."""
        return [row for row, i in enumerate(self._rows) if i >= 0 and self._all[i].fingerprint in fingerprints]

    def counts(self) -> tuple[Counter[object], Counter[object]]:
        """How many findings there are of each severity (fixed ones left out) and of each state."""
        return self._severity_counts, self._state_counts

    def members(self, row: int) -> list[RunFinding]:
        """The finding of a row, or all under a heading."""
        finding = self.finding_at(row)
        if finding is not None:
            return [finding]
        end = next((r for r in range(row + 1, len(self._rows)) if self._rows[r] < 0), len(self._rows))
        return [self._all[i] for i in self._rows[row + 1 : end]]

    def triage_changed(self) -> None:
        """Triage says something else now."""
        if self._open_only:
            self.rearrange()
        elif self._rows:
            self.dataChanged.emit(self.index(0, TRIAGE), self.index(len(self._rows) - 1, TRIAGE))

    # Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = index.row(), index.column()
        if not 0 <= row < len(self._rows):
            return None
        at = self._rows[row]
        if at < 0:
            return self._heading_data(self._titles[-1 - at], column, role)
        finding = self._all[at]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(finding, column)
        if role == FINDING_ROLE:
            return finding
        if role == Qt.ItemDataRole.DecorationRole:
            return self._theme.severity_icon(finding.severity) if column == SEVERITY else None
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._ink(finding, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._tip(finding, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._words(finding, column) or HEADINGS[column]
        return None

    def _heading_data(self, title: tuple[str, int, int], column: int, role: int) -> object:
        words, count, worst = title
        if role == Qt.ItemDataRole.DisplayRole:
            if column == MESSAGE:
                return middle(words, 160)
            return format_count(count, "finding") if column == PLACE else ""
        if role == Qt.ItemDataRole.DecorationRole and column == SEVERITY:
            return self._theme.severity_icon(Severity(worst))
        if role == Qt.ItemDataRole.FontRole:
            return self._bold
        if role == Qt.ItemDataRole.BackgroundRole:
            return QBrush(self._theme.color("panel"))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{words}, {format_count(count, 'finding')}"
        return None

    def _words(self, f: RunFinding, column: int) -> str:
        if column == SEVERITY:
            return f.severity.label
        if column == STATE:
            return STATES.get(f.state, "")
        if column == CHECK:
            return f.check
        if column == MESSAGE:
            return f.message
        if column == PLACE:
            return middle(place_of(f), 200)
        return triage_words(self._triage_of(f.fingerprint))

    def _ink(self, f: RunFinding, column: int) -> QBrush | None:
        role = ""
        if column == SEVERITY:
            role = SEVERITIES[f.severity].role
        elif column == STATE:
            role = {"new": "accent", "fixed": "good"}.get(f.state or "", "muted")
        elif column in (CHECK, PLACE):
            role = "muted"
        elif column == TRIAGE:
            match = self._triage_of(f.fingerprint)
            if match.kind == "offered":
                role = "medium"
            else:
                role = "muted" if match.verdict is not None and match.verdict.resolves else "high"
        if f.state == "fixed" and column != STATE:
            role = "muted"
        return QBrush(self._theme.color(role)) if role else None

    def _tip(self, f: RunFinding, column: int) -> str:
        if column == CHECK:
            return self._check_titles.get(f.check, f.check) + f"\n{f.rule}"
        if column == PLACE:
            return place_of(f)
        if column == TRIAGE:
            return self._triage_of(f.fingerprint).note
        return f.message if column == MESSAGE else ""
