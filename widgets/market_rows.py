"""A version as the lists of the window keep it: what it is found by, prepared on a worker thread."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from app.marketplace.words import QueueEntry
from widgets.words import KINDS

# what a status is called here
STATUS_WORDS = {
    "pending": "pending",
    "inReview": "in review",
    "inDevelopment": "in development",
    "approved": "approved",
    "suspended": "suspended",
    "rejected": "rejected",
}


def status_word(status: str) -> str:
    """A status as people say it; an unknown one as it came."""
    return STATUS_WORDS.get(status, status)


@dataclass(frozen=True, slots=True, eq=False)
class MarketRow:
    """An entry of the queue with the text that a filter searches. An unchanged entry keeps its row: `is` tells."""

    entry: QueueEntry
    hay: str
    waits: bool  # it is part of the queue
    id: tuple[str, object]  # what its line is known by
    first: tuple[int, int]  # sorts by waiting time
    submissions: tuple[int, ...]

    @property
    def compared(self) -> bool:
        """Whether it is on this desk only for others to be compared with: published, and never looked at here."""
        entry = self.entry
        return not (self.waits or entry.ran or entry.decided) and entry.status.value in ("approved", "suspended")


def hay_of(entry: QueueEntry) -> str:
    """Everything that the filter finds a version by, folded."""
    words = [
        entry.name, entry.label, entry.developer, KINDS.get(entry.kind, entry.kind), status_word(entry.status.value),
        entry.holder, entry.sending, entry.app_id, *entry.why,
    ]  # fmt: skip
    if entry.mine:
        words.append("mine")
    if not entry.fetched:
        words.append("not downloaded")
    return " ".join(filter(None, words)).casefold()


def make_rows(
    entries: Iterable[QueueEntry], known: Mapping[int, MarketRow], waiting: Container[int]
) -> dict[int, MarketRow]:
    """A row for each entry by its key; those that did not change are the ones that were known."""
    rows: dict[int, MarketRow] = {}
    for entry in entries:
        key, old = entry.key, known.get(entry.key)
        if old is None or old.entry != entry or old.waits != (key in waiting):
            first = (entry.since, key)
            old = MarketRow(entry, hay_of(entry), key in waiting, ("version", key), first, entry.submissions)
        rows[key] = old
    return rows


def same_rows(one: Mapping[int, MarketRow], other: Mapping[int, MarketRow]) -> bool:
    """Whether both hold the same rows in the same order."""
    return len(one) == len(other) and all(a is b for a, b in zip(one.values(), other.values(), strict=True))
