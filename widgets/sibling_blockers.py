"""What stands against approval in the other files of a version: a decision is one on all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.desk import Desk
    from app.marketplace.words import QueueEntry


@dataclass(frozen=True, slots=True)
class SiblingBlocker:
    """`submission` None = the file was not downloaded. `why` begins with the file's name."""

    why: str
    submission: int | None = None
    guideline: str = ""


def read_siblings(desk: Desk, entry: QueueEntry, submission: int) -> tuple[SiblingBlocker, ...]:
    """Of every file of the version but the one that is open; on a worker thread."""
    from app.checklist import approval_blockers

    found: list[SiblingBlocker] = []
    seen = {submission}
    for file in entry.files:
        if file.submission is None:
            found.append(SiblingBlocker(f"{file.name} was not downloaded: nobody has looked at it"))
        elif file.submission not in seen:
            seen.add(file.submission)
            if desk.last_run(file.submission) is None:
                # one line: that each of its checks did not run says no more
                found.append(SiblingBlocker(f"{file.name} was never checked: run its battery first", file.submission))
                continue
            against = approval_blockers(desk.checklist(file.submission))
            found += [SiblingBlocker(f"{file.name}: {b.why}", file.submission, b.guideline) for b in against]
    return tuple(found)
