"""What the queue shows of a submission, read from the record on a worker thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.model import Run, Submission
from app.triage import TriageMatch
from checks import Severity

if TYPE_CHECKING:
    from app.checklist import Checklist
    from app.desk import Desk


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: a submission, its latest decision, and what its last run left open.

    `open` counts the findings of the worst severity that nobody has resolved.
    `gaps` counts required checks that did not run to their end: without findings such a run is incomplete, never clear.
    `limited` counts checks that ran, and could do only a part of their work.
    `blockers` counts the required items of the checklist that are open, None where it was not read.
    `known` is False until the record was read: the queue shows itself first, and what is in the records after.
    """

    submission: Submission
    known: bool = True
    decision: str = ""
    ran: bool = False
    worst: Severity | None = None
    open: int = 0
    gaps: int = 0
    limited: int = 0
    blockers: int | None = None


def read_row(desk: Desk, submission: Submission) -> QueueRow:
    """A line of the queue, from the record."""
    number, run = submission.id, desk.last_run(submission.id)
    decisions = desk.decisions(number)
    if run is None:
        return make_row(submission, decisions, None, {})
    row = make_row(submission, decisions, run, desk.triage_matches(number, run), count_gaps(desk, run))
    return replace(row, blockers=count_blockers(desk.checklist(number, run)))


def count_gaps(desk: Desk, run: Run | None) -> int:
    """How many checks that the profile requires did not run."""
    return len(desk.missing_checks(run)) if run is not None else 0


def count_blockers(checklist: Checklist) -> int:
    """How many required items are open."""
    from app.checklist import approval_blockers  # on a worker thread first: it takes a while to load

    return len(approval_blockers(checklist))


def make_row(
    submission: Submission,
    decisions: Sequence[Any],
    run: Run | None,
    matches: Mapping[str, TriageMatch],
    gaps: int = 0,
) -> QueueRow:
    """A line of the queue, from what is known of the review; `gaps` required checks did not run."""
    row = QueueRow(submission, True, decisions[0].decision if decisions else "", run is not None)
    if run is None:
        return row
    left = [
        f.severity
        for f in run.findings
        if f.state != "fixed"
        and not ((match := matches.get(f.fingerprint)) and match.verdict is not None and match.verdict.resolves)
    ]
    limited = sum(bool(check.limitation) for check in run.checks)
    worst = max(left, default=None)
    return replace(row, gaps=gaps, limited=limited, worst=worst, open=sum(s == worst for s in left))
