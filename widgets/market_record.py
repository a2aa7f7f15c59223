"""What the record knows of the marketplace, read on a worker thread and compared there with what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.marketplace.words import Drained, MarketState, OutboxRow
from widgets.market_rows import MarketRow, make_rows, same_rows

if TYPE_CHECKING:
    from app.desk import Desk

NOBODY = MarketState(False)


@dataclass(frozen=True, slots=True)
class Record:
    """What the database knows of the marketplace. `rows` are of versions that wait, and of those that are here."""

    state: MarketState
    rows: Mapping[int, MarketRow]
    outbox: tuple[OutboxRow, ...]
    same: bool = False  # as the rows that were shown when it was read
    of: Mapping[int, int] = field(default_factory=dict)  # the version of a submission, also one of former bytes


@dataclass(frozen=True, slots=True)
class Synced:
    """How a sync went."""

    record: Record
    drained: Drained | None = None
    error: Exception | None = None


def read_record(desk: Desk, here: tuple[int, ...], shown: Mapping[int, MarketRow]) -> Record:
    """Queue and outbox as of the last sync; `here` are the submissions of this desk. On a worker thread."""
    office = desk.marketplace
    if not office.market:
        return Record(NOBODY, {}, (), not shown)
    waiting = {entry.key: entry for entry in office.queue()}
    entries, of = dict(waiting), {s: entry.key for entry in waiting.values() for s in entry.submissions}
    for number in here:
        if number not in of and (entry := office.entry_of(number)) is not None:
            of[number] = entry.key
            entries.setdefault(entry.key, entry)
    rows = make_rows(entries.values(), shown, waiting)
    return Record(office.state(), rows, office.outbox(), same_rows(rows, shown), of)
