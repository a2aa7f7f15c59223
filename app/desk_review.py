"""The review at the desk: checklist, answers, triage, notes, and a decision on the bytes that are here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.desk_base import DeskBase
from app.model import AuditRow, Decision, Run

if TYPE_CHECKING:
    from app.checklist import Blocker, Checklist
    from app.guidelines import Profile
    from app.triage import TriageMatch, Verdict


class ReviewDesk(DeskBase):
    """What the reviewer says, kept in the record under the reviewer's name."""

    def missing_checks(self, run: Run) -> tuple[str, ...]:
        """Checks that the run's profile requires and that did not run."""
        from app.checklist import find_missing_checks

        outcomes = {c.id: c.outcome for c in run.checks}
        return find_missing_checks(run.kind, self.profile(run.profile), outcomes)

    def _review_basis(
        self, submission: int, run: Run | None = None, kind: str = ""
    ) -> tuple[Run | None, Profile, dict[str, frozenset[str]]]:
        kind = kind or self.submission(submission).kind or "download"
        run = run or self.store.last_run(submission)
        return run, self.profile(run.profile if run else None), self.declared(kind)

    def checklist(self, submission: int, run: Run | None = None, *, kind: str = "") -> Checklist:
        """The checklist as it stands, from the latest full run or the one given; `kind` in place of its own."""
        from app import review

        run, rules, declared = self._review_basis(submission, run, kind)
        return review.review_state(
            self.store, submission, run, self.guidelines, rules, declared, self.check_titles(), kind
        )

    def answer(self, submission: int, guideline: str, value: str | None, comment: str = "") -> None:
        """Answer a guideline (met, not_met, not_applicable); None takes it back."""
        from app import review

        review.give_answer(self.store, submission, guideline, value, comment, reviewer=self.reviewer)

    def triage(self, submission: int, fingerprints: Sequence[str], verdict: Verdict | None, reason: str = "") -> None:
        """Say what findings are; None takes it back. Raises TriageRefused where a reason is missing."""
        from app import review

        run = self.finished_run(submission)
        review.triage_findings(self.store, run, fingerprints, verdict, reason, reviewer=self.reviewer)

    def triage_matches(self, submission: int, run: Run | None = None) -> Mapping[str, TriageMatch]:
        """What earlier triage means for each finding of a run (the latest full one), by fingerprint."""
        from app import review

        run = run or self.store.last_run(submission)
        return review.match_findings(self.store, run) if run else {}

    def recent_reasons(self) -> tuple[str, ...]:
        """Reasons given lately, the newest first."""
        return self.store.recent_reasons()

    def decide_here(self, submission: int, decision: str, reason: str, *, besides: Sequence[Blocker] = ()) -> Decision:
        """Record a decision on these bytes, and send nothing; raises DecisionRefused.

        `besides` stands against an approval too, and is recorded with it.
        """
        from app import review

        run, rules, declared = self._review_basis(submission)
        return review.decide(
            self.store,
            submission,
            decision,
            reason,
            reviewer=self.reviewer,
            run=run,
            guidelines=self.guidelines,
            profile=rules,
            declared=declared,
            titles=self.check_titles(),
            besides=besides,
        )

    def decisions(self, submission: int) -> tuple[Decision, ...]:
        """Earlier decisions, the newest first."""
        return self.store.decisions(submission)

    def note(self, submission: int) -> str:
        """The reviewer's notes."""
        return self.store.note(submission)

    def set_note(self, submission: int, text: str) -> None:
        """Keep the reviewer's notes."""
        self.store.set_note(submission, text, self.reviewer)

    def history(self, submission: int) -> tuple[AuditRow, ...]:
        """The audit log of a submission."""
        return self.store.audit(submission)
