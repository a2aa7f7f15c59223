"""What the queue shows of a submission, read from the record on a worker thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.model import Submission
from checks import Severity

if TYPE_CHECKING:
    from app.desk import Desk


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: a submission, its latest decision, and what its last run left open."""

    submission: Submission
    decision: str = ""
    ran: bool = False
    worst: Severity | None = None
    open: int = 0


def read_row(desk: Desk, submission: Submission) -> QueueRow:
    """A line of the queue, from the record."""
    run = desk.last_run(submission.id)
    decisions = desk.decisions(submission.id)
    row = QueueRow(submission, decisions[0].decision if decisions else "", run is not None)
    if run is None:
        return row
    matches = desk.triage_matches(submission.id)
    left = [
        f.severity
        for f in run.findings
        if f.state != "fixed"
        and not ((match := matches.get(f.fingerprint)) and match.verdict is not None and match.verdict.resolves)
    ]
    return replace(row, worst=max(left, default=None), open=sum(s >= Severity.MEDIUM for s in left))
