"""What a running battery has so far: findings, problems and progress of each check, and the events about it.

Called from the battery's threads; one lock keeps counts and events in order.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.cancel import CancelToken
from app.collector import Collector
from app.model import (
    CheckFinished,
    CheckLog,
    CheckProgress,
    CheckResult,
    CheckStarted,
    Component,
    Event,
    FindingFound,
    RunFact,
    RunFinding,
)
from app.plan import PlannedCheck
from checks import Outcome
from checks.runtime.package import Entry
from checks.runtime.text import printable

MAX_LOG = 200
_WORST = (Outcome.CANCELLED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.UNAVAILABLE)


@dataclass(slots=True)
class _State:
    total: int = 0
    done: int = 0
    reused: int = 0
    reported: tuple[int, int] = (-1, -1)
    seconds: float = 0.0
    began: float = 0.0
    note: str = ""
    limitation: str = ""
    log: list[str] = field(default_factory=list)
    findings: list[RunFinding] = field(default_factory=list)
    facts: list[RunFact] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    problems: dict[Outcome, list[tuple[str, str]]] = field(default_factory=dict)
    problem_counts: Counter[Outcome] = field(default_factory=Counter)
    started: bool = False
    finished: CheckResult | None = None


class Recorder:
    """Gathers results by check and tells the listener."""

    def __init__(self, checks: Sequence[PlannedCheck], on_event: Callable[[Event], None], cancel: CancelToken) -> None:
        self._checks = {c.id: c for c in checks}
        self._states = {c.id: _State() for c in checks}
        self._on_event = on_event
        self._cancel = cancel
        self._lock = threading.RLock()
        self._shown: set[tuple[str, str]] = set()

    def start(self, check: PlannedCheck, total: int, note: str = "", limitation: str = "") -> None:
        """A check begins; `total` files, 0 for a whole-package check. `note` and `limitation` go into its result."""
        with self._lock:
            state = self._states[check.id]
            state.total, state.started, state.began = total, True, time.monotonic()
            state.note, state.limitation = note, ". ".join(filter(None, (limitation, state.limitation)))
            self._tell(check, CheckStarted(check.id, total))

    def limit(self, check: PlannedCheck, limitation: str) -> None:
        """What the check has to do without, known before it starts."""
        with self._lock:
            self._states[check.id].limitation = limitation

    def advance(self, checks: Sequence[PlannedCheck], done: int, reused: int = 0) -> None:
        """So many more files are done (negative when a worker's results were thrown away)."""
        with self._lock:
            for check in checks:
                state = self._states[check.id]
                state.done += done
                state.reused += reused

    def tick(self) -> None:
        """Report progress that has changed."""
        with self._lock:
            for check in self._checks.values():
                state = self._states[check.id]
                now = (state.done, state.reused)
                if state.started and state.finished is None and now != state.reported:
                    state.reported = now
                    self._tell(check, CheckProgress(check.id, state.done, state.total, state.reused))

    def show(self, check: PlannedCheck, findings: Sequence[RunFinding]) -> None:
        """Findings as they come; those of a worker that dies later are found again, and shown once."""
        with self._lock:
            for finding in findings:
                key = (check.id, finding.fingerprint)
                if key not in self._shown:
                    self._shown.add(key)
                    self._tell(check, FindingFound(finding))

    def keep(self, check: PlannedCheck, findings: Sequence[RunFinding]) -> None:
        """Findings that count."""
        with self._lock:
            self.show(check, findings)
            self._states[check.id].findings.extend(findings)

    def keep_fact(self, check: PlannedCheck, fact: RunFact) -> None:
        """A fact that the check learned."""
        with self._lock:
            self._states[check.id].facts.append(fact)

    def keep_component(self, check: PlannedCheck, component: Component) -> None:
        """A line of the inventory."""
        with self._lock:
            self._states[check.id].components.append(component)

    def problem(self, check: PlannedCheck, outcome: Outcome, place: str, reason: str) -> None:
        """A part that the check did not look at."""
        with self._lock:
            state = self._states[check.id]
            state.problem_counts[outcome] += 1
            places = state.problems.setdefault(outcome, [])
            if len(places) < 20:
                places.append((place, reason))
                self.log(check, f"{outcome.value}: {place}: {reason}" if place else f"{outcome.value}: {reason}")

    def log(self, check: PlannedCheck, text: str) -> None:
        """One line for the check's log."""
        with self._lock:
            state = self._states[check.id]
            if len(state.log) < MAX_LOG:
                state.log.append(text)
                self._tell(check, CheckLog(check.id, text))

    def spend(self, check: PlannedCheck, seconds: float) -> None:
        """Time that workers spent in the check."""
        with self._lock:
            self._states[check.id].seconds += seconds

    def count(self, check: PlannedCheck) -> int:
        """Findings kept so far."""
        return len(self._states[check.id].findings)

    def finish(self, check: PlannedCheck, seconds: float | None = None) -> None:
        """The check has ended; its outcome follows from what was recorded."""
        with self._lock:
            state = self._states[check.id]
            if state.finished is not None:
                return
            self.tick()  # its last progress: afterwards none is told of it
            outcome, reason = self._outcome(check, state)
            state.finished = CheckResult(
                id=check.id,
                title=check.spec.title,
                outcome=outcome,
                seconds=round(state.seconds if seconds is None else seconds, 4),
                reason=reason,
                parameters=dict(check.parameters),
                guidelines=tuple(sorted(check.spec.guidelines)),
                findings=len(state.findings),
                files=state.done,
                reused=state.reused,
                log=tuple(state.log),
                limitation=state.limitation if outcome.ran else "",
            )
            self._tell(check, CheckFinished(state.finished))

    def end_without_running(self, check: PlannedCheck, outcome: Outcome, reason: str) -> None:
        """A check that did not take place: skipped by the host, unavailable, cancelled."""
        with self._lock:
            state = self._states[check.id]
            state.started = True
            state.finished = CheckResult(
                check.id, check.spec.title, outcome, 0.0, reason, dict(check.parameters),
                tuple(sorted(check.spec.guidelines)), len(state.findings), log=tuple(state.log),
            )  # fmt: skip
            self._tell(check, CheckFinished(state.finished))

    def _outcome(self, check: PlannedCheck, state: _State) -> tuple[Outcome, str]:
        if self._cancel.stops(check.id):
            return Outcome.CANCELLED, "cancelled by the reviewer"
        for outcome in _WORST:
            number = state.problem_counts[outcome]
            if number:
                place, reason = state.problems[outcome][0]
                where = f"{place}: {reason}" if place else reason
                more = f" (and {number - 1:,} more)" if number > 1 else ""
                note = f"; {state.note}" if state.note else ""
                return outcome, f"not checked: {where}{more}{note}"
        return (Outcome.FOUND if state.findings else Outcome.CLEAN), state.note

    def results(self) -> tuple[CheckResult, ...]:
        """The results of all checks that were asked for, in the catalog's order."""
        found = [(c, self._states[c.id].finished) for c in self._checks.values() if not c.silent]
        return tuple(result for _, result in found if result is not None)

    def findings(self) -> list[RunFinding]:
        """The findings of all checks that were asked for: worst first, then by place."""
        found = [f for c in self._checks.values() if not c.silent for f in self._states[c.id].findings]
        return sorted(found, key=lambda f: (-f.severity, f.path, f.line or 0, f.check, f.rule))

    def facts(self) -> list[RunFact]:
        """The facts of all checks that were asked for, in the order told."""
        return [f for c in self._checks.values() if not c.silent for f in self._states[c.id].facts]

    def components(self) -> list[Component]:
        """The inventory, each line once."""
        told = (p for c in self._checks.values() if not c.silent for p in self._states[c.id].components)
        return [*dict.fromkeys(told)]

    def unfinished(self) -> list[PlannedCheck]:
        """Checks that have not ended."""
        return [c for c in self._checks.values() if self._states[c.id].finished is None]

    def _tell(self, check: PlannedCheck, event: Event) -> None:
        if not check.silent:
            self._on_event(event)


def place_of(collector: Collector, entry: Entry | None) -> str:
    """A printable name of the place that a problem is about."""
    return "" if entry is None else printable(collector.masks.scrub(entry.path), 160)
