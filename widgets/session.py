"""What the window does, without a widget of its own: open a submission, keep its state fresh, take packages in, decide.

Panes hear of it through the PaneContext; the queue, the checklist and the decision bar through the signals here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.model import Isolation, PackageReady, Run, Submission
from app.settings import Settings
from widgets.context import MessageAction, PaneContext
from widgets.engaged import is_engaged
from widgets.intake import Intake
from widgets.market import Market
from widgets.notes import Notes
from widgets.queue_rows import QueueRow, count_gaps, make_row, read_row
from widgets.reviews import Review, read_checklist, read_review
from widgets.runs import Runs, describe_end
from widgets.words import DECISIONS, label_of, name_of

if TYPE_CHECKING:
    from app.checklist import Checklist
    from app.desk import Desk
    from widgets.checklist_model import Digest



class Session(QObject):
    """Between the desk and the widgets of the shell."""

    ready = Signal(object, object)  # Settings, Isolation: the desk is open
    failed = Signal(str)  # it could not be opened
    queue_changed = Signal(list)  # list[QueueRow]
    row_changed = Signal(object)  # QueueRow
    progress_changed = Signal(int, int)  # submission, percent; -1 = no longer at work
    checklist_changed = Signal(object)  # Checklist | None
    decisions_changed = Signal(tuple)
    loaded = Signal()  # the open submission's state is complete on screen
    battery_ended = Signal(int, object)  # submission, Run
    exported = Signal(object)  # Path of a report that was written
    outbox_wanted = Signal(object)  # number of a row to show there, None = only the outbox

    def __init__(self, context: PaneContext, runs: Runs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.context, self.runs = context, runs
        self.settings = Settings()
        self.isolation: Isolation | None = None
        self.rows: dict[int, QueueRow] = {}
        self.checklist: Checklist | None = None
        self.digest: Digest = {}
        self.decisions: tuple[Any, ...] = ()
        self.auto_run = True  # a submission without a run gets one when it is opened and nothing else is at work
        self.intake = Intake(context, self)
        self.intake.taken.connect(self._take_new)
        self.notes = Notes(context, self)
        self.market = Market(self)
        context.triage_changed.connect(self.reload_checklist)
        context.run_requested.connect(self.run_battery)
        context.cancel_requested.connect(self._cancel)
        context.baseline_requested.connect(self._set_baseline)
        runs.batch.connect(self._pass_on)
        runs.started.connect(self._on_started)
        runs.progressed.connect(self._on_progress)
        runs.ended.connect(self._on_ended)
        runs.failed.connect(self._on_failed)

    # the beginning

    def start(self, open_paths: Sequence[Path] = ()) -> None:
        """Open the desk, show the queue, then take in what was asked for."""

        def work(desk: Desk) -> tuple[Settings, Isolation, tuple[Submission, ...]]:
            return desk.settings, desk.isolation(), desk.submissions()

        def done(answer: tuple[Settings, Isolation, tuple[Submission, ...]]) -> None:
            self.settings, self.isolation, submissions = answer
            self.set_submissions(submissions)
            self.ready.emit(self.settings, self.isolation)
            if open_paths:
                self.intake.take_in(open_paths)
            else:
                self.open_first()
            self._fill_rows([s.id for s in submissions])

        self.context.submit(work, done, lambda e: self.failed.emit(self.context.bridge.explain(e)), anywhere=True)

    def open_first(self) -> None:
        """Open what has waited longest and is not known to be decided."""
        waiting = [r.submission for r in self.rows.values() if not r.decision]
        if waiting and self.context.submission is None:
            self.open(min(waiting, key=lambda s: (s.added, s.id)).id)

    def _take_new(self, submission: Submission, known: bool, queue: Sequence[Submission]) -> None:
        """What was taken in is opened unless the reviewer is engaged, and its battery run where it has none yet."""
        if not known:
            self.runs.start(submission.id)
        again = submission.id in self.rows
        self.take_queue(queue)
        if self.context.submission is None or not is_engaged():
            self.open(submission.id)
        show = None
        if not self._is_open(submission.id):
            show = MessageAction("Show", lambda: self.open(submission.id))
        if again:
            said = f"{label_of(submission)} is in the queue already, with the same bytes; its review goes on."
            self.context.show_message(said, "info", show)
        elif show is not None:
            self.context.show_message(f"{label_of(submission)} was taken in.", "info", show)

    def take_queue(self, queue: Sequence[Submission]) -> None:
        """There are others on this desk: show them, and read the records of those that are new."""
        self.set_submissions(queue)
        self._fill_rows(list(self.rows))

    def set_submissions(self, submissions: Sequence[Submission]) -> None:
        """The whole queue anew; what is known of the reviews stays."""
        known = self.rows
        rows = [replace(known[s.id], submission=s) if s.id in known else QueueRow(s, False) for s in submissions]
        self.rows = {row.submission.id: row for row in rows}
        self.queue_changed.emit(rows)

    def _fill_rows(self, submissions: Sequence[int]) -> None:
        """Read the records behind the queue one after the other, so that what the reviewer asks for goes first."""
        left = [s for s in submissions if s in self.rows and not self.rows[s].known]
        if not left:
            return

        def done(row: QueueRow) -> None:
            self._take_row(row)
            self._fill_rows(left[1:])

        self.context.submit(lambda desk: read_row(desk, desk.submission(left[0])), done, anywhere=True)

    def _refresh_row(self, submission: int) -> None:
        self.context.submit(
            lambda desk: read_row(desk, desk.submission(submission)),
            self._take_row,
            key=f"row-{submission}",
            anywhere=True,
        )

    def _take_row(self, row: QueueRow) -> None:
        self.rows[row.submission.id] = row
        self.row_changed.emit(row)
        about = self.context.submission
        if about is not None and about.id == row.submission.id and about != row.submission:
            # a run has read the manifest: title, version, kind or family became known
            self.context.submission = row.submission
            self.context.details_changed.emit()

    # the open submission

    def open(self, submission: int) -> None:
        """Bring a submission into all panes; its record is read on a worker thread."""
        row = self.rows.get(submission)
        if row is None or (self.context.submission and self.context.submission.id == submission):
            return
        self.checklist = None
        self.context.set_submission(row.submission)
        self.context.set_running(self.runs.is_running(submission))
        self.checklist_changed.emit(None)
        self.notes.open(submission)
        self.context.submit(lambda desk: read_review(desk, submission), self._take_review, key="review")

    def leave(self) -> None:
        """No submission is open any more: the reviewer looks at something else."""
        if self.context.submission is None:
            return
        self.checklist, self.decisions = None, ()
        self.context.set_submission(None)
        self.context.set_running(False)
        self.checklist_changed.emit(None)
        self.notes.open(0)

    def _take_review(self, review: Review) -> None:
        self.context.set_run(review.run, review.triage)
        self._take_checklist(review.checklist)
        self.decisions = review.decisions
        self._take_row(review.row)
        self.decisions_changed.emit(review.decisions)
        self.notes.take(review.row.submission.id, review.note)
        about = self.context.submission
        if about is not None and self.runs.is_running(about.id):
            self.context.events.emit(self.runs.journal(about.id))
        self.loaded.emit()
        if review.run is None and self.auto_run and not self.runs.running:
            self.run_battery()

    def reload(self) -> None:
        """Read the open submission's record again."""
        about = self.context.submission
        if about is not None:
            self.context.submit(lambda desk: read_review(desk, about.id), self._take_review, key="review")

    def reload_checklist(self) -> None:
        """After triage, an answer or another profile."""
        about = self.context.submission
        if about is not None:
            self.context.submit(lambda desk: read_checklist(desk, about.id), self._take_checklist, key="checklist")
            decisions, run, triage = self.decisions, self.context.run, self.context.triage

            def work(desk: Desk) -> QueueRow:
                return make_row(about, decisions, run, triage, count_gaps(desk, run))

            self.context.submit(work, self._take_row, key="row-open")

    def _take_checklist(self, answer: tuple[Checklist, Digest]) -> None:
        self.checklist, self.digest = checklist, _ = answer
        self.checklist_changed.emit(checklist)
        self.context.actions.refresh()

    def answer(
        self,
        guideline: str,
        value: str | None,
        comment: str = "",
        on_error: Callable[[Exception], object] | None = None,
    ) -> None:
        """Answer an item of the checklist; None withdraws."""
        about = self.context.submission
        if about is None:
            return

        def work(desk: Desk) -> tuple[Checklist, Digest]:
            desk.answer(about.id, guideline, value, comment)
            return read_checklist(desk, about.id)

        self.context.submit(work, self._take_checklist, on_error, write=True)

    def _set_baseline(self, baseline: int | None) -> None:
        about = self.context.submission
        if about is not None:
            self.edit_submission(about.id, lambda desk: desk.set_baseline(about.id, baseline))

    def edit_submission(self, submission: int, change: Any) -> None:
        """Set kind or baseline: `change(desk)` gives the new Submission; everything is read anew.

        The submission is the one that the question was asked about; another one may be open by now.
        """

        def done(changed: Submission) -> None:
            if not self._is_open(submission):
                self._refresh_row(submission)
                return
            self._take_row(replace(self.rows[changed.id], submission=changed))
            self.context.submission = changed
            self.context.baseline_changed.emit()
            self.reload()
            self._say_rerun(submission, "The submission was changed; findings are still those of the last run.")

        self.context.submit(change, done, anywhere=True, write=True)

    def follow_profile(self) -> None:
        """Another profile was chosen: a review stays under the one that its run was made with until it is run again."""
        about, run = self.context.submission, self.context.run
        if about is not None and run is not None and run.profile != self.settings.profile:
            chosen, former = self.settings.profile, run.profile
            self._say_rerun(about.id, f"The profile is {chosen} now; the checklist is still that of {former}.")

    def _say_rerun(self, submission: int, text: str) -> None:
        if self.context.run is not None:
            again = MessageAction("Run again", lambda: self.runs.start(submission))
            self.context.show_message(text, "info", again)

    def save_note(self) -> None:
        """Write the notes that were typed now."""
        self.notes.save()

    # the battery

    def run_battery(self, only: Sequence[str] = ()) -> None:
        """Run it on the open submission."""
        if self.context.submission is not None:
            self.runs.start(self.context.submission.id, only)

    def _cancel(self, check: str) -> None:
        if self.context.submission is not None:
            self.runs.cancel(self.context.submission.id, check)

    def _is_open(self, submission: int) -> bool:
        return self.context.submission is not None and self.context.submission.id == submission

    def _pass_on(self, submission: int, events: list) -> None:
        if self._is_open(submission):
            self.context.events.emit(events)
        if any(isinstance(event, PackageReady) for event in events):
            self._refresh_row(submission)

    def _on_started(self, submission: int) -> None:
        self.progress_changed.emit(submission, 0)
        if self._is_open(submission):
            self.context.set_running(True)
        self.context.actions.refresh()

    def _on_progress(self, submissions: set[int]) -> None:
        for submission in submissions:
            if self.runs.is_running(submission):
                self.progress_changed.emit(submission, self.runs.percent(submission))

    def _on_ended(self, submission: int, run: Run) -> None:
        self.progress_changed.emit(submission, -1)
        self._refresh_row(submission)
        if self._is_open(submission):
            self.context.set_running(False)
            self.reload()
        elif self.auto_run and self.checklist is not None and self.context.run is None and not self.runs.running:
            # the open one was opened while another was at work, and has waited for it
            self.run_battery()
        self.context.actions.refresh()
        if self.market.entry_of(submission) is not None:
            self.market.reload()  # what its battery left open is shown with the version
        self._say_ended(submission, run)
        self.battery_ended.emit(submission, run)

    def _say_ended(self, submission: int, run: Run) -> None:
        name = name_of(self.rows[submission].submission) if submission in self.rows else "it"
        entry = self.market.entry_of(submission)
        if entry is not None and len(entry.files) > 1 and submission in self.rows:  # each of its files has a battery
            name = f"{name}, {self.rows[submission].submission.artifact.name},"
        show = None
        if not self._is_open(submission):
            show = MessageAction("Show", lambda: self.open(submission))
        told, kind = describe_end(run)
        self.context.show_message(f"The battery of {name} {told}.", kind, show)

    def _on_failed(self, submission: int, error: Exception) -> None:
        self.progress_changed.emit(submission, -1)
        if self._is_open(submission):
            self.context.set_running(False)
        self.context.actions.refresh()
        change = MessageAction("Open settings", lambda: self.context.actions.trigger("settings"))
        again = MessageAction("Try again", lambda: self.runs.start(submission))
        refused = type(error).__name__ == "RunRefused"
        self.context.show_message(self.context.bridge.explain(error), "error", change if refused else again)
        self.context.run_changed.emit(self.context.run)

    # decisions

    def decide(
        self,
        about: Submission,
        decision: str,
        reason: str,
        *,
        escalate: bool = False,
        on_error: Callable[[Exception], object] | None = None,
    ) -> None:
        """Record a decision on the submission that its dialog named, whichever is open by now."""
        self.save_note()

        def work(desk: Desk) -> tuple[Any, ...]:
            desk.decide(about.id, decision, reason, escalate=escalate)
            return desk.decisions(about.id)

        def done(decisions: tuple[Any, ...]) -> None:
            notes = None
            if self._is_open(about.id):
                self.decisions = decisions
                self.decisions_changed.emit(decisions)
                notes = MessageAction("Export notes…", lambda: self.context.actions.trigger("export-notes"))
            entry = self.market.entry_of(about.id)
            for number in {about.id, *(entry.submissions if entry is not None else ())}:
                self._refresh_row(number)
            if entry is not None:
                self.market.follow_decision()
            word, way = DECISIONS.get(decision, decision), ""
            if entry is not None:
                notes = MessageAction("Outbox", lambda: self.outbox_wanted.emit(None))
                way = ", being sent" if self.market.state.online else ", kept until the marketplace answers"
                way = ", waits for a second reviewer" if escalate else way
            self.context.show_message(f"{label_of(about)}: {word}{way}.", "good", notes)

        self.context.submit(work, done, on_error, anywhere=True, write=True)
