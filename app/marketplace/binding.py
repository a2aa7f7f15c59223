"""What a decision is bound to: the bytes of every file of a version, and the version as the reviewer sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.marketplace.words import Basis, BoundFile, QueuedFile, QueueEntry

if TYPE_CHECKING:
    from app.desk import Desk


def is_promised(desk: Desk, file: QueuedFile) -> bool:
    """Whether the bytes on this desk are those that the marketplace promises; true for what is not here."""
    if file.submission is None:
        return True
    have = desk.store.submission(file.submission).artifact
    promised = file.hashes
    pairs = ((promised.sha256, have.sha256), (promised.sha1, have.sha1), (promised.md5, have.md5))
    return not file.differs and file.size == have.size and all(a == b for a, b in pairs if a)


def bind_files(desk: Desk, entry: QueueEntry) -> tuple[BoundFile, ...]:
    """All files of a version, by the SHA-256 that this desk found; else by what the marketplace says of them.

    Bytes that are not what it promised are bound by its promise: a rejection has to arrive there all the same.
    """
    bound = []
    for file in entry.files:
        have = desk.store.submission(file.submission).artifact if file.submission is not None else None
        if have is not None and is_promised(desk, file):
            bound.append(BoundFile(file.file_id, file.name, have.size, have.sha256))
        else:
            bound.append(BoundFile(file.file_id, file.name, file.size, file.hashes.sha256))
    return tuple(bound)


def basis_of(entry: QueueEntry) -> Basis:
    """What the reviewer sees of a version."""
    return Basis(entry.status.value, entry.status.updated, entry.last_updated)
