"""What a preview has shown of a version: the decision that follows carries its token, and is about the same version.

A sync may read the version anew while the reviewer writes; what nobody has seen is not decided on.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.marketplace.messages import new_token
from app.marketplace.words import Basis, BoundFile, QueueEntry

if TYPE_CHECKING:
    from app.desk import Desk

_shown: weakref.WeakKeyDictionary[Desk, dict[tuple[int, str], Shown]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Shown:
    """The token that stood in a preview, and the version as it was then."""

    token: str
    basis: Basis
    files: tuple[BoundFile, ...]


def show(desk: Desk, key: int, kind: str, basis: Basis, files: Sequence[BoundFile]) -> str:
    """Remember what a preview shows; gives its token, the same until it is used."""
    with _lock:
        known = _shown.setdefault(desk, {})
        before = known.get((key, kind))
        token = before.token if before is not None else new_token()
        known[key, kind] = Shown(token, basis, tuple(files))
        return token


def last_shown(desk: Desk, key: int, kind: str) -> Shown | None:
    """What the last preview has shown that no decision followed."""
    with _lock:
        return _shown.get(desk, {}).get((key, kind))


def forget(desk: Desk, key: int, kind: str) -> None:
    """It was used, or holds no longer."""
    with _lock:
        _shown.get(desk, {}).pop((key, kind), None)


def tell_change(shown: Shown, entry: QueueEntry, files: Sequence[BoundFile], ours: Collection[str]) -> str:
    """What became of a version since the preview, in a few words; empty for nothing that a reviewer has to look at.

    `ours` are the tokens of this desk: what it did itself is no news.
    """
    before = {file.file_id: file for file in shown.files}
    if before.keys() != {file.file_id for file in files} or any(_differ(before[file.file_id], file) for file in files):
        return "other files"
    if shown.basis == Basis(entry.status.value, entry.status.updated, entry.last_updated):
        return ""
    if any(token in entry.status.reason for token in ours):
        return ""
    if (shown.basis.status, shown.basis.status_updated) != (entry.status.value, entry.status.updated):
        return "another status"
    return "an edited listing"


def _differ(one: BoundFile, other: BoundFile) -> bool:
    hashes = {one.sha256, other.sha256} - {""}  # a hash that was not known before is no change
    return one.size != other.size or len(hashes) > 1
