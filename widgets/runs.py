"""Batteries at work, each on its own thread; they go on behind other submissions.

A journal of each is kept while it runs, so that a pane which comes back to the submission is told
everything that happened meanwhile, with progress folded into its latest state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.cancel import CancelToken
from app.model import CheckFinished, CheckProgress, Event, PackageReady, Run, RunStarted, StageProgress
from checks import Severity
from widgets.bridge import Bridge
from widgets.words import ask_words, format_count, split_gaps

if TYPE_CHECKING:
    from app.desk import Desk



@dataclass(slots=True)
class Work:
    """One battery at work."""

    token: CancelToken
    events: list[Event] = field(default_factory=list)
    latest: dict[tuple[type, str], Event] = field(default_factory=dict)
    checks: int = 0
    finished: int = 0
    stage: str = "starting"

    def note(self, event: Event) -> None:
        if isinstance(event, CheckProgress):
            self.latest[CheckProgress, event.check] = event
            return
        if isinstance(event, StageProgress):
            self.latest[StageProgress, event.stage] = event
            self.stage = event.stage
            return
        self.events.append(event)
        if isinstance(event, RunStarted):
            self.checks = len(event.checks)
        elif isinstance(event, PackageReady):
            self.stage = "checking"
        elif isinstance(event, CheckFinished):
            self.finished += 1

    @property
    def percent(self) -> int:
        """Rough progress for the queue: checks that ended, and files seen by the others."""
        if not self.checks:
            return 0
        done = float(self.finished)
        ended = {e.result.id for e in self.events if isinstance(e, CheckFinished)}
        for event in self.latest.values():
            if isinstance(event, CheckProgress) and event.check not in ended and event.total:
                done += event.done / event.total
        return min(99, int(100 * done / self.checks))


def describe_end(run: Run) -> tuple[str, str]:
    """How a battery ended and what it found, and the kind of message to tell it with."""
    asking, gaps = split_gaps(run.checks)
    found = [f for f in run.findings if f.state != "fixed"]
    serious = sum(f.severity >= Severity.HIGH for f in found)
    what = format_count(len(found), "finding") + (f", {serious:,} of them high or worse" if serious else "")
    if gaps:
        what += f"; {format_count(gaps, 'check')} did not run to the end"
    if asking:
        what += f"; {ask_words(asking)}"
    limited = [c.title for c in run.checks if c.limitation]
    if limited:
        what += f"; limited: {', '.join(limited)}"
    word = "was cancelled" if run.cancelled else "is finished"
    return f"{word}: {what}", "warning" if gaps or serious or limited or run.cancelled else "good"


class Runs(QObject):
    """Starts, cancels and follows batteries; all signals on the GUI thread."""

    started = Signal(int)  # submission
    progressed = Signal(set)  # submissions with news
    ended = Signal(int, object)  # submission, Run
    failed = Signal(int, object)  # submission, Exception
    batch = Signal(int, list)  # submission, events

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._works: dict[int, Work] = {}
        bridge.arrived.connect(self._take)

    def is_running(self, submission: int) -> bool:
        return submission in self._works

    @property
    def running(self) -> tuple[int, ...]:
        return tuple(self._works)

    def percent(self, submission: int) -> int:
        """How far the battery of a submission is, 0 to 99."""
        return self._works[submission].percent if submission in self._works else 0

    def start(self, submission: int, only: Sequence[str] = (), live: bool = False) -> bool:
        """Run the battery, or some checks; False where it is at work already.

        `live`: the reviewer allowed the checks that ask the network to do so.
        """
        if submission in self._works:
            return False
        work = Work(CancelToken())
        self._works[submission] = work
        chosen = tuple(only)

        def run(desk: Desk) -> Run:
            return desk.run(
                submission,
                only=chosen,
                on_event=lambda e: self._bridge.post(submission, e),
                cancel=work.token,
                live=live,
            )

        self._bridge.listen(True)
        self._bridge.run_thread(
            run, lambda r: self._end(submission, r, None), lambda e: self._end(submission, None, e), f"run-{submission}"
        )
        self.started.emit(submission)
        return True

    def cancel(self, submission: int, check: str = "") -> None:
        """Cancel the whole battery of a submission, or one check of it. Answers come as events."""
        work = self._works.get(submission)
        if work is None:
            return
        if check:
            work.token.cancel_check(check)
        else:
            work.token.cancel()

    def cancel_all(self) -> None:
        """The window closes: nothing may go on behind it."""
        for work in self._works.values():
            work.token.cancel()

    def journal(self, submission: int) -> list[Event]:
        """Everything that happened so far in the battery at work on a submission."""
        work = self._works.get(submission)
        return [*work.events, *work.latest.values()] if work else []

    def _take(self, batch: list[tuple[int, Event]]) -> None:
        grouped: dict[int, list[Event]] = {}
        for submission, event in batch:
            grouped.setdefault(submission, []).append(event)
        for submission, events in grouped.items():
            work = self._works.get(submission)
            if work is None:
                continue  # news of a battery that was reported as ended already
            for event in events:
                work.note(event)
            self.batch.emit(submission, events)
        self.progressed.emit(set(grouped))

    def _end(self, submission: int, run: Run | None, error: Exception | None) -> None:
        # its last events are told before its end
        self._bridge.after_events(lambda: self._report(submission, run, error))

    def _report(self, submission: int, run: Run | None, error: Exception | None) -> None:
        self._works.pop(submission, None)
        if not self._works:
            self._bridge.listen(False)
        if run is not None:
            self.ended.emit(submission, run)
        else:
            self.failed.emit(submission, error)
