"""What the marketplace had when a conflict was found, read with care and laid beside what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.marketplace.words import BoundFile, Cause, OutboxRow
from widgets.outbox_words import STATUSES


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it was seen at a conflict; `change` is same, changed, new, missing or empty (no hash tells)."""

    name: str
    sha256: str = ""
    size: int | None = None
    change: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """`OutboxRow.seen`, read with care: what is not there is empty."""

    status: str = ""
    by: str = ""
    reason: str = ""
    at: datetime | None = None
    edited: datetime | None = None
    files: tuple[SeenFile, ...] = ()
    gone: bool = False

    @property
    def word(self) -> str:
        """Its status in words."""
        return STATUSES.get(self.status, self.status)


def read_seen(row: OutboxRow) -> Seen:
    """What was seen at the conflict, its files laid beside those that the decision is bound to."""
    seen = row.seen
    return Seen(
        _text(seen.get("status")),
        _text(seen.get("by")),
        _text(seen.get("reason")),
        _time(seen.get("status_updated")),
        _time(seen.get("last_updated")),
        compare_files(row.bound, seen.get("files")),
        row.cause is Cause.DELETED,
    )


def compare_files(bound: Sequence[BoundFile], files: Any) -> tuple[SeenFile, ...]:
    """Files that were seen, each with what became of its bytes; those that are missing come last."""
    if not isinstance(files, list | tuple):
        return ()
    ours = {file.file_id: file for file in bound}
    found = []
    for one in files:
        if not isinstance(one, Mapping):
            continue
        id, size, same = _text(one.get("file_id")), one.get("size"), one.get("same")
        change = "new" if ours.pop(id, None) is None else "" if same is None else "same" if same else "changed"
        name = _text(one.get("name")) or id
        found.append(SeenFile(name, _text(one.get("sha256")), size if isinstance(size, int) else None, change))
    return (*found, *(SeenFile(file.name, "", None, "missing") for file in ours.values()))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _time(value: Any) -> datetime | None:
    """Milliseconds of the marketplace's clock."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e14:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)
