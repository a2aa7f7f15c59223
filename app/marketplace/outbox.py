"""What to do with a decision, given what the marketplace has now. Pure functions: nothing is read or sent here.

A decision may be sent only where status, times and every file are what the reviewer saw; it has arrived only where the
marketplace shows its token.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.marketplace.words import Basis, BoundFile, Cause, MarketFile, OutboxRow, Version, VersionStatus
from app.model import Artifact
from checks.runtime.text import printable

MAX_NAMED = 3  # files that a sentence names


class Step(enum.StrEnum):
    """What comes next."""

    SEND = "send"
    DELIVERED = "delivered"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as the marketplace has it now. `same`: as it was bound, None where no hash tells (its bytes have to)."""

    file_id: str
    name: str
    size: int
    sha256: str = ""
    same: bool | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A version as the marketplace has it now, with all its files. `lost` are files that it names but does not have."""

    status: VersionStatus
    last_updated: int
    files: tuple[SeenFile, ...]
    lost: tuple[str, ...] = ()

    @property
    def basis(self) -> Basis:
        """As what a later decision begins from."""
        return Basis(self.status.value, self.status.updated, self.last_updated)

    def as_dict(self) -> dict[str, Any]:
        """To be kept with a row: plain JSON."""
        return {
            **asdict(self.basis),
            "by": self.status.modified_by,
            "reason": self.status.reason,
            "files": [asdict(file) for file in self.files],
        }


def seen_basis(seen: Mapping[str, Any]) -> Basis | None:
    """The basis of what was kept with a row, None where nothing was seen."""
    try:
        return Basis(seen["status"], seen["status_updated"], seen["last_updated"])
    except KeyError:
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`told` is one sentence for the reviewer. `arrived`: the marketplace has shown our token."""

    step: Step
    cause: Cause = Cause.NONE
    told: str = ""
    arrived: bool = False


def compare_file(bound: BoundFile, artifact: Artifact | None, file: MarketFile) -> bool | None:
    """Whether a file is the one that was bound; None where the marketplace gives no hash that tells.

    `artifact` are the bytes of `bound.sha256` as this desk has them, for a marketplace that gives MD5 or SHA-1 only.
    """
    if bound.size != file.size:
        return False
    hashes = file.hashes
    if not bound.sha256:  # never downloaded, and the marketplace never said more
        return True
    if hashes.sha256:
        return hashes.sha256 == bound.sha256
    if artifact is None or not (hashes.sha1 or hashes.md5):
        return None
    pairs = ((hashes.sha1, artifact.sha1), (hashes.md5, artifact.md5))
    return all(theirs == ours for theirs, ours in pairs if theirs)


def see(
    version: Version,
    files: Sequence[MarketFile],
    lost: Sequence[str],
    bound: Sequence[BoundFile],
    artifacts: Mapping[str, Artifact],
) -> Seen:
    """What a read brought, compared with what a decision is bound to. `artifacts` by SHA-256."""
    known = {file.file_id: file for file in bound}
    seen = []
    for file in {file.file_id: file for file in files}.values():
        was = known.get(file.file_id)
        same = compare_file(was, artifacts.get(was.sha256), file) if was is not None else False
        seen.append(SeenFile(file.file_id, file.name, file.size, file.hashes.sha256, same))
    return Seen(version.status, version.last_updated, tuple(seen), tuple(lost))


def find_changes(bound: Sequence[BoundFile], seen: Seen) -> tuple[str, ...]:
    """Sentences on files that are not those bound. A file that no hash tells of counts as changed.

    What was named and not there when it was decided, and is so still, has not changed.
    """
    now = {file.file_id: file for file in seen.files}
    known = {file.file_id for file in bound}
    lost = {name.partition("?")[0] for name in seen.lost}
    never = {file.file_id for file in bound if not file.sha256 and not file.size and file.file_id in lost}
    changes = [f"{file.name} is gone" for file in bound if file.file_id not in now and file.file_id not in never]
    changes += [f"{file.name} has other bytes" for file in seen.files if file.file_id in known and not file.same]
    changes += [f"{file.name} is new" for file in seen.files if file.file_id not in known]
    changes += [f"{name} is named, but not there" for name in sorted(lost - known)]
    return tuple(printable(change, 200) for change in changes)


def _name_changes(changes: Sequence[str]) -> str:
    more = len(changes) - MAX_NAMED
    return "; ".join(changes[:MAX_NAMED]) + (f"; and {more} more" if more > 0 else "")


def has_arrived(row: OutboxRow, status: VersionStatus) -> bool:
    """Whether the marketplace shows this decision: its status, and its token in the reason."""
    return status.value == row.status and row.token in status.reason


def name_status(status: VersionStatus) -> str:
    """Where a version stands, with who said so and why, in a few words."""
    words = {"inReview": "in review", "inDevelopment": "in development"}
    by = f" by the {printable(status.modified_by, 40)}" if status.modified_by else ""
    reason = " ".join(printable(status.reason, 200, keep="\n").split())
    return f"{words.get(status.value, printable(status.value, 40))}{by}{f': {reason}' if reason else ''}"


def judge(row: OutboxRow, seen: Seen | None) -> Verdict:
    """What a read means for a decision; `seen` None = the version is gone."""
    if seen is None:
        return Verdict(Step.CONFLICT, Cause.DELETED, "the marketplace no longer has this version")
    changes = find_changes(row.bound, seen)
    if has_arrived(row, seen.status):
        if changes and row.action != "assign":  # which is not about bytes
            told = f"it arrived, but the files are no longer those reviewed: {_name_changes(changes)}"
            return Verdict(Step.CONFLICT, Cause.CHANGED_BYTES, told, arrived=True)
        return Verdict(Step.DELIVERED, told="delivered: the marketplace shows it", arrived=True)
    not_there = "not sent" if row.attempts == 0 else "not to be seen there"
    if changes:
        told = f"{not_there}: the files are no longer those reviewed: {_name_changes(changes)}"
        return Verdict(Step.CONFLICT, Cause.CHANGED_BYTES, told)
    basis, status = row.basis, seen.status
    if status.value != basis.status or (status.updated != basis.status_updated and status.value != "pending"):
        return Verdict(Step.CONFLICT, Cause.DECIDED, f"{not_there}: it is now {name_status(status)}")
    if status.updated != basis.status_updated:
        told = f"{not_there}: it was submitted anew after the review, with the same files"
        return Verdict(Step.CONFLICT, Cause.EDITED, told)
    if seen.last_updated != basis.last_updated:
        told = f"{not_there}: the listing was edited after the review; the files are the same"
        return Verdict(Step.CONFLICT, Cause.EDITED, told)
    return Verdict(Step.SEND)


def judge_sent(row: OutboxRow, seen: Seen | None, *, accepted: bool, patience: int = 3) -> Verdict:
    """What the read-back after sending means. `accepted`: the marketplace said yes, else it said 412.

    Step SEND means that nothing shows yet: the next read tells. After `patience` attempts that were accepted and
    never show, the reviewer has to know.
    """
    verdict = judge(row, seen)
    if verdict.step is Step.DELIVERED or verdict.arrived or verdict.cause is Cause.DELETED:
        return verdict
    if verdict.step is Step.SEND:
        if not accepted:
            told = f"the marketplace does not take it from {name_status(seen.status) if seen else 'there'}"
            return Verdict(Step.CONFLICT, Cause.NOT_VALID, told)
        if row.attempts >= patience:
            told = "the marketplace said yes several times, and shows nothing of it"
            return Verdict(Step.CONFLICT, Cause.OVERWRITTEN, told)
        return verdict
    if accepted and seen is not None:
        now = name_status(seen.status)
        changes = find_changes(row.bound, seen)
        cause = Cause.CHANGED_BYTES if changes else Cause.OVERWRITTEN
        beside = f"; {_name_changes(changes)}" if changes else ""
        return Verdict(Step.CONFLICT, cause, f"sent, but it is {now} by now{beside}", arrived=False)
    return verdict
