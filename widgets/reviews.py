"""The state of a review as the window shows it, read from the record on a worker thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.model import Run
from app.triage import TriageMatch
from widgets.checklist_model import digest_evidence
from widgets.queue_rows import QueueRow, count_gaps, make_row

if TYPE_CHECKING:
    from app.checklist import Checklist
    from app.desk import Desk
    from widgets.checklist_model import Digest


@dataclass(frozen=True, slots=True)
class Review:
    """All that is shown of a submission besides its panes."""

    run: Run | None
    triage: Mapping[str, TriageMatch]
    checklist: tuple[Checklist, Digest]
    decisions: tuple[Any, ...]
    note: str
    row: QueueRow


def read_review(desk: Desk, submission: int) -> Review:
    """The state of a review, from the record."""
    about, run, triage = desk.submission(submission), desk.last_run(submission), desk.triage_matches(submission)
    decisions = desk.decisions(submission)
    row = make_row(about, decisions, run, triage, count_gaps(desk, run))
    return Review(run, triage, read_checklist(desk, submission), decisions, desk.note(submission), row)


def read_checklist(desk: Desk, submission: int) -> tuple[Checklist, Digest]:
    """The checklist, and what its pane shows of the findings behind it."""
    checklist = desk.checklist(submission)
    return checklist, digest_evidence(checklist)
