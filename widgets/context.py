"""What a pane may know and ask: the open submission, its run, jobs for the desk, and where to go.

A pane never holds the Desk. It hands a callable to `submit`, which runs it on a worker thread with the
Desk as its argument and brings the answer back on the GUI thread - unless the reviewer has gone on to
another submission meanwhile, or a newer job with the same key has replaced it: late answers are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from app.model import Run, Submission
from app.triage import NO_TRIAGE, TriageMatch, Verdict
from widgets.actions import Actions
from widgets.bridge import Bridge
from widgets.theme import Theme

if TYPE_CHECKING:
    from app.desk import Desk

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MessageAction:
    """The button of a message: what it says and what it does."""

    text: str
    handler: Callable[[], object]


class PaneContext(QObject):
    """Shared by all panes of one window; every signal is emitted on the GUI thread.

    State, always set before the signal that announces it:
    `submission` the open one, `run` its latest finished run, `running` whether a battery is at work on
    it, `triage` fingerprint -> what earlier triage means.
    """

    submission_changed = Signal(object)  # Submission | None
    run_changed = Signal(object)  # Run | None: a finished or earlier run; emitted after submission_changed
    running_changed = Signal(bool)
    events = Signal(list)  # list[Event] of the open submission, at most 20 batches a second
    triage_changed = Signal()
    baseline_changed = Signal()
    baseline_requested = Signal(object)  # id of a submission | None
    details_changed = Signal()  # title, version, kind or family of the open submission became known

    file_requested = Signal(int, object, str)  # number, byte offset | None, "submission" | "baseline"
    finding_requested = Signal(str)  # fingerprint
    check_requested = Signal(str)  # check id
    guideline_requested = Signal(str)  # guideline id
    message_requested = Signal(str, str, object)  # text, info | good | warning | error, MessageAction | None
    tab_noted = Signal(str, str)  # id of a tab, a few characters beside its title
    run_requested = Signal(tuple)  # ids of checks, empty for the whole battery
    cancel_requested = Signal(str)  # id of one check, empty for the whole battery

    def __init__(self, bridge: Bridge, actions: Actions, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge, self.actions, self.theme = bridge, actions, theme
        self.submission: Submission | None = None
        self.run: Run | None = None
        self.running = False
        self.triage: Mapping[str, TriageMatch] = {}
        self._generation = 0

    # jobs

    def submit(
        self,
        work: Callable[[Desk], T],
        on_done: Callable[[T], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        *,
        key: str = "",
        anywhere: bool = False,
        write: bool = False,
    ) -> None:
        """Run `work(desk)` on a worker thread, then one of the callbacks on the GUI thread.

        `key`: only the answer of the latest job with this key arrives. `anywhere`: the answer arrives
        even when another submission has been opened meanwhile. `write`: it puts on record what the reviewer
        said, so it is done in its turn, also when the window closes, and its failure is told anywhere.
        Without `on_error` the message bar tells.
        """
        generation = self._generation
        fail = on_error or self.tell_error

        def deliver(callback: Callable[[Any], object] | None, value: Any, anywhere: bool = anywhere) -> None:
            if callback is not None and (anywhere or generation == self._generation):
                callback(value)

        self.bridge.submit(work, lambda v: deliver(on_done, v), lambda e: deliver(fail, e, anywhere or write),
                           key=key, write=write)  # fmt: skip

    def tell_error(self, error: Exception) -> None:
        """The default for a failed job: one clear line in the message bar."""
        self.show_message(self.bridge.explain(error), "error")

    # state, set by the shell

    def set_submission(self, submission: Submission | None) -> None:
        """Open another submission: late answers about the former one are dropped from here on."""
        self._generation += 1
        self.submission, self.run, self.triage = submission, None, {}
        self.submission_changed.emit(submission)

    def set_run(self, run: Run | None, triage: Mapping[str, TriageMatch] | None = None) -> None:
        """The finished run of the open submission (None: there was none yet)."""
        self.run = run
        if triage is not None:
            self.triage = triage
        self.run_changed.emit(run)

    def set_running(self, running: bool) -> None:
        """Whether a battery is at work on the open submission."""
        if running != self.running:
            self.running = running
            self.running_changed.emit(running)

    # triage

    def triage_of(self, fingerprint: str) -> TriageMatch:
        """What earlier triage means for a finding."""
        return self.triage.get(fingerprint, NO_TRIAGE)

    def set_triage(self, fingerprints: Sequence[str], verdict: Verdict | None, reason: str = "") -> None:
        """Record a verdict (None withdraws it) for findings of the open submission; `triage_changed` follows."""
        if self.submission is None or not fingerprints:
            return
        number, chosen = self.submission.id, tuple(fingerprints)

        def work(desk: Desk) -> Mapping[str, TriageMatch]:
            desk.triage(number, chosen, verdict, reason)
            return desk.triage_matches(number)

        self.submit(work, self._take_triage, write=True)

    def _take_triage(self, matches: Mapping[str, TriageMatch]) -> None:
        self.triage = matches
        self.triage_changed.emit()

    # the battery

    def run_battery(self, only: Sequence[str] = ()) -> None:
        """Run the battery on the open submission, or only some checks of it."""
        self.run_requested.emit(tuple(only))

    def cancel_run(self) -> None:
        """Cancel the battery at work on the open submission."""
        self.cancel_requested.emit("")

    def cancel_check(self, check: str) -> None:
        """Cancel one check of it; the others go on."""
        self.cancel_requested.emit(check)

    def set_baseline(self, submission: int | None) -> None:
        """Compare the open submission with another one; `baseline_changed` follows."""
        self.baseline_requested.emit(submission)

    def note_tab(self, tab: str, text: str) -> None:
        """A count or state beside the title of a tab, such as 12; empty takes it away."""
        self.tab_noted.emit(tab, text)

    # navigation: the shell listens, brings the right tab forward, and the pane there shows it

    def show_file(self, number: int, offset: int | None = None, side: str = "submission") -> None:
        """Show a file of the package, at a byte offset."""
        self.file_requested.emit(number, offset, side)

    def show_finding(self, fingerprint: str) -> None:
        """Select a finding in the findings pane."""
        self.finding_requested.emit(fingerprint)

    def show_check(self, check: str) -> None:
        """Show a check in the battery pane."""
        self.check_requested.emit(check)

    def show_guideline(self, guideline: str) -> None:
        """Show an item of the checklist."""
        self.guideline_requested.emit(guideline)

    def show_message(self, text: str, kind: str = "info", action: MessageAction | None = None) -> None:
        """A line in the message bar: info, good, warning or error; plain text."""
        self.message_requested.emit(text, kind, action)
