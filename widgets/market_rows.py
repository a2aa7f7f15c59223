"""A version as the lists of the window keep it: what it is found by, prepared on a worker thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.marketplace.words import WAITING, QueueEntry
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

    @property
    def key(self) -> int:
        """The number of the version."""
        return self.entry.key

    @property
    def waits(self) -> bool:
        """Whether it is part of the queue."""
        return self.entry.status.value in WAITING and not self.entry.gone


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


def make_rows(entries: Iterable[QueueEntry], known: Mapping[int, MarketRow]) -> dict[int, MarketRow]:
    """A row for each entry by its key; those that did not change are the ones that were known."""
    rows: dict[int, MarketRow] = {}
    for entry in entries:
        old = known.get(entry.key)
        rows[entry.key] = old if old is not None and old.entry == entry else MarketRow(entry, hay_of(entry))
    return rows


def same_rows(one: Mapping[int, MarketRow], other: Mapping[int, MarketRow]) -> bool:
    """Whether both hold the same rows in the same order."""
    return len(one) == len(other) and all(a is b for a, b in zip(one.values(), other.values(), strict=True))
