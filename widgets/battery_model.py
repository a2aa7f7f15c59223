"""The battery as rows: one for each check, in the order of the plan; none moves while the battery is at work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QModelIndex, QObject, Qt

from app.model import (
    CheckFinished,
    CheckLog,
    CheckProgress,
    CheckResult,
    CheckStarted,
    Event,
    FindingFound,
    Run,
    RunStarted,
)
from checks import Outcome, Severity
from widgets.measures import clock, took
from widgets.table_model import ROOT, Index, TitledModel
from widgets.theme import SEVERITIES, Mark, outcome_mark
from widgets.words import format_count, tip

CHECK, STATE, PROGRESS, TIME, FINDINGS = range(5)
HEADINGS = ("Check", "State", "Files", "Time", "Findings")
ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
LOG_LINES = 1000  # kept of each check
WAITING = Mark("○", "waiting", "dot", "muted", "tint_info")
RUNNING = Mark("●", "running", "play", "accent", "tint_low")
ASKING = Mark("?", "asks first", "web", "low", "tint_low")


@dataclass(slots=True)
class CheckRow:
    """One check as the pane shows it. `begun` is a monotonic time, `outcome` None until it ended.

    `worst` is the severity of its gravest finding, None without one.
    """

    id: str
    title: str
    outcome: Outcome | None = None
    begun: float | None = None
    seconds: float = 0.0
    done: int = 0
    total: int = 0
    reused: int = 0
    findings: int = 0
    worst: Severity | None = None
    reason: str = ""
    limitation: str = ""
    asks: bool = False  # waits for nothing but the consent to ask the network
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))

    @property
    def mark(self) -> Mark:
        """Shape, word and colour of its state."""
        if self.outcome is not None:
            return ASKING if self.asks else outcome_mark(self.outcome, self.limitation)
        return WAITING if self.begun is None else RUNNING

    @property
    def is_running(self) -> bool:
        """Whether it is at work."""
        return self.outcome is None and self.begun is not None

    def is_kind(self, kind: str) -> bool:
        """Whether it is `running`, has `found` something, `asks` first, or left a `gap`: did not run to the end."""
        if kind == "running":
            return self.is_running
        if kind == "found":
            return self.findings > 0
        if kind == "asks":
            return self.asks
        return self.outcome is not None and not self.outcome.ran and not self.asks

    @property
    def rank(self) -> tuple[int, int, int]:
        """Where it belongs once the battery has ended: what found the worst, what has a gap, what is limited first."""
        if self.findings:
            return 0, -(self.worst or 0), -self.findings
        if self.is_kind("gap"):
            return 1, self.outcome is Outcome.SKIPPED, 0
        return 2 if self.limitation or self.asks else 3, 0, 0

    @property
    def share(self) -> float:
        """How far it is, 0 to 1."""
        if self.outcome is not None:
            return 1.0
        return min(self.done / self.total, 1.0) if self.total else 0.0

    def elapsed(self, now: float) -> float:
        """Seconds it took, or has taken so far."""
        return now - self.begun if self.is_running and self.begun is not None else self.seconds


class BatteryModel(TitledModel):
    """Follows the events of a run; `clock_now` is injectable for tests."""

    titles, right = HEADINGS, (TIME, FINDINGS)

    def __init__(self, clock_now: Callable[[], float] = time.monotonic, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now = clock_now
        self._rows: list[CheckRow] = []
        self._places: dict[str, int] = {}

    @property
    def checks(self) -> Sequence[CheckRow]:
        """All rows, in the order of the plan."""
        return self._rows

    def row(self, check: str) -> CheckRow | None:
        """The row of a check."""
        place = self._places.get(check)
        return self._rows[place] if place is not None else None

    def place_of(self, check: str) -> int:
        """The place of a check, -1 where it takes no part."""
        return self._places.get(check, -1)

    @property
    def finished(self) -> int:
        """How many checks have ended."""
        return sum(row.outcome is not None for row in self._rows)

    @property
    def percent(self) -> int:
        """How far the checks are, all counted alike."""
        return int(100 * sum(row.share for row in self._rows) / len(self._rows)) if self._rows else 0

    def clear(self) -> None:
        """No battery."""
        self._plan(())

    def show_run(self, run: Run) -> None:
        """What a run that has ended left behind; rows that are here already stay where they are."""
        if {r.id for r in run.checks} != set(self._places):
            self._plan([(r.id, r.title) for r in run.checks])
        for result in run.checks:
            self._finish(result)
        worst: dict[str, Severity] = {}
        for found in run.findings:
            if found.state != "fixed":
                worst[found.check] = max(found.severity, worst.get(found.check, found.severity))
        for row in self._rows:
            row.worst = worst.get(row.id)
        self._changed(range(len(self._rows)))

    def arrange(self) -> None:
        """What needs eyes comes first; what is selected stays so."""
        rows = sorted(self._rows, key=lambda row: row.rank)
        if [row.id for row in rows] == [row.id for row in self._rows]:
            return
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self._rows[index.row()].id) for index in self.persistentIndexList()]
        self._rows = rows
        self._places = {row.id: place for place, row in enumerate(rows)}
        moved = [self.index(self._places[id], index.column()) for index, id in kept]
        self.changePersistentIndexList([index for index, _ in kept], moved)
        self.layoutChanged.emit()

    def _plan(self, checks: Iterable[tuple[str, str]]) -> None:
        self.beginResetModel()
        self._rows = [CheckRow(id, title) for id, title in checks]
        self._places = {row.id: place for place, row in enumerate(self._rows)}
        self.endResetModel()

    def take(self, events: Sequence[Event]) -> None:
        """Apply a batch; each row that changed is announced once."""
        touched: set[int] = set()
        for event in events:
            if isinstance(event, FindingFound):
                place = self._at(event.finding.check)
                row = self._rows[place]
                row.findings += 1
                row.worst = max(event.finding.severity, row.worst or event.finding.severity)
                touched.add(place)
            elif isinstance(event, CheckProgress):
                row = self._rows[self._at(event.check)]
                row.done, row.total, row.reused = event.done, event.total, event.reused
                touched.add(self._places[event.check])
            elif isinstance(event, CheckLog):
                self._rows[self._at(event.check)].log.append(event.text)
            elif isinstance(event, CheckStarted):
                row = self._rows[self._at(event.check)]
                row.begun, row.total = self._now(), event.total
                touched.add(self._places[event.check])
            elif isinstance(event, CheckFinished):
                self._at(event.result.id, event.result.title)
                self._finish(event.result)
                touched.add(self._places[event.result.id])
            elif isinstance(event, RunStarted):
                touched = set()
                self._plan(event.checks)
        self._changed(touched)

    def _at(self, check: str, title: str = "") -> int:
        """The place of a check; one that was not planned comes last."""
        if check not in self._places:
            place = len(self._rows)
            self.beginInsertRows(QModelIndex(), place, place)
            self._rows.append(CheckRow(check, title or check))
            self._places[check] = place
            self.endInsertRows()
        return self._places[check]

    def _finish(self, result: CheckResult) -> None:
        row = self._rows[self._places[result.id]]
        row.outcome, row.seconds, row.reason = result.outcome, result.seconds, result.words
        row.limitation, row.asks = result.limitation, result.awaits_consent
        row.findings, row.reused = result.findings, result.reused
        row.done, row.total = result.files, max(result.files, row.total)
        if result.log:
            row.log = deque(result.log, maxlen=LOG_LINES)

    def _changed(self, places: Iterable[int]) -> None:
        listed = sorted(places)
        if listed:
            self.dataChanged.emit(self.index(listed[0], 0), self.index(listed[-1], FINDINGS))

    def tick(self) -> None:
        """Time has passed: the clocks of running checks go on."""
        for place, row in enumerate(self._rows):
            if row.is_running:
                self.dataChanged.emit(self.index(place, TIME), self.index(place, TIME))

    # Qt

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._describe(row))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._describe(row) if index.column() == CHECK else self._words(row, index.column())
        return None

    def _words(self, row: CheckRow, column: int) -> str:
        if column == CHECK:
            return row.title
        if column == STATE:
            return row.mark.word
        if column == PROGRESS:
            return files_words(row)
        if column == TIME:
            if row.begun is None and row.outcome is None:
                return ""
            if row.outcome is None:
                return clock(row.elapsed(self._now()))
            return took(row.seconds) if row.outcome is not Outcome.SKIPPED else ""
        return f"{row.findings:,}" if row.findings else ""

    def _describe(self, row: CheckRow) -> str:
        parts = [row.title, f"{row.id}: {row.mark.word}", files_words(row)]
        if row.findings:
            worst = f", the gravest {SEVERITIES[row.worst].word}" if row.worst is not None else ""
            parts.append(format_count(row.findings, "finding") + worst)
        return "\n".join(part for part in (*parts, row.reason) if part)


def files_words(row: CheckRow) -> str:
    """Files done, of how many, and how many were answered from before."""
    if not row.total and not row.done:
        return ""
    words = f"{row.done:,}" if row.outcome is not None else f"{row.done:,} of {row.total:,}"
    return f"{words} · {row.reused:,} reused" if row.reused else words
