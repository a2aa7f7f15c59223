"""Writing the notes of a review to a file, in any report format."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.reports import ReportData, build_report, render

if TYPE_CHECKING:
    from app.desk import Desk
    from app.model import Run


def gather_review(desk: Desk, submission: int, run: Run | None = None, *, only: Sequence[str] = ()) -> ReportData:
    """Everything a report says about a submission as it stands, after its latest full run or the one given.

    `only` names the checks that were chosen for that run.

    Raises DeskError without a finished run.
    """
    run = run or desk.finished_run(submission)
    decisions = desk.decisions(submission)
    return build_report(
        run,
        submission=desk.submission(submission),
        checklist=desk.checklist(submission, run),
        triage=desk.triage_matches(submission, run),
        decision=decisions[0] if decisions else None,
        note=desk.note(submission),
        reviewer=desk.reviewer,
        comparison=desk.compare(submission),
        missing=desk.missing_checks(run),
        only=only,
    )


def write_file(target: Path, content: bytes) -> None:
    """Write a file whole or not at all; a pipe or a device is written to, never replaced by a file."""
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    handle, partial = tempfile.mkstemp(dir=target.absolute().parent, prefix=f".{target.name[:60]}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(partial).chmod(0o666 & ~umask)
        Path(partial).replace(target)
    finally:
        Path(partial).unlink(missing_ok=True)


def export_review(desk: Desk, submission: int, format: str, target: Path) -> None:
    """Write the notes of a review; raises OSError, DeskError, ValueError for an unknown format."""
    write_file(target, render(gather_review(desk, submission), format))
