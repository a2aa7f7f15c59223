"""What the queue shows of a submission, read from the record on a worker thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.model import Run, Submission
from app.triage import TriageMatch
from checks import Severity

if TYPE_CHECKING:
    from app.desk import Desk


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: a submission, its latest decision, and what its last run left open.

    `gaps` counts checks that did not run to their end: without findings such a run is incomplete, never clear.
    `known` is False until the record was read: the queue shows itself first, and what is in the records after.
    """

    submission: Submission
    known: bool = True
    decision: str = ""
    ran: bool = False
    worst: Severity | None = None
    open: int = 0
    gaps: int = 0


def read_row(desk: Desk, submission: Submission) -> QueueRow:
    """A line of the queue, from the record."""
    return make_row(
        submission, desk.decisions(submission.id), desk.last_run(submission.id), desk.triage_matches(submission.id)
    )


def make_row(
    submission: Submission, decisions: Sequence[Any], run: Run | None, matches: Mapping[str, TriageMatch]
) -> QueueRow:
    """A line of the queue, from what is known of the review."""
    row = QueueRow(submission, True, decisions[0].decision if decisions else "", run is not None)
    if run is None:
        return row
    left = [
        f.severity
        for f in run.findings
        if f.state != "fixed"
        and not ((match := matches.get(f.fingerprint)) and match.verdict is not None and match.verdict.resolves)
    ]
    gaps = sum(not check.outcome.ran for check in run.checks)
    return replace(row, gaps=gaps, worst=max(left, default=None), open=sum(s >= Severity.MEDIUM for s in left))
