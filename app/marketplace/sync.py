"""The outbox is drained: what is due is sent, oldest first, by one program at a time.

How long what failed waits for its next try is in `app.marketplace.pace`; ASSAY_BACKOFF stretches it for tests.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app import records
from app.cancel import Cancelled, CancelToken
from app.errors import DeskError
from app.marketplace.errors import Denied, MarketError, Surprise, Unreachable
from app.marketplace.pace import LONGEST_WAIT, Pace
from app.marketplace.sending import TO_SEND, WHO, Halt, Sender
from app.marketplace.words import Cause, Drained, OutboxRow, SendState

if TYPE_CHECKING:
    from app.desk import Desk
    from app.marketplace.client import Client
    from app.store import Store

LOCK = "outbox.lock"
BUSY_HERE = "another sync of this desk is at work: it sends what is due"
# How long after it was sent a request is looked for that ended as a conflict: networks keep none longer.
LATE = timedelta(hours=1)
LATE_CAUSES = (Cause.CHANGED_BYTES, Cause.DECIDED, Cause.EDITED, Cause.NOT_VALID, Cause.OVERWRITTEN)


@contextlib.contextmanager
def lock_outbox(folder: Path) -> Iterator[bool]:
    """Hold the outbox of a data folder; gives whether it is held. The system lets go of it with the process.

    Raises DeskError where that cannot be told: what two programs send at once may arrive twice.
    """
    path, held = folder / LOCK, True
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream = path.open("ab")
    except OSError as error:
        raise DeskError(f"{path}: cannot be written ({error.strerror}): nothing was sent; see to the folder") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = False
        except OSError as error:
            told = f"{path}: cannot be locked ({error.strerror}): nothing was sent; keep the data on a local disk"
            raise DeskError(told) from error
        yield held


def is_due(row: OutboxRow, now: datetime) -> bool:
    """Whether its wait is over; one that is longer than any wait is of a clock that was set back meanwhile."""
    return row.next_try is None or not now < row.next_try <= now + LONGEST_WAIT


def find_due(store: Store, market: str, now: datetime) -> tuple[OutboxRow, ...]:
    """What is to be sent now: what may have arrived first, then the oldest; of each version the first only.

    What comes after it of the same version follows once it is delivered.
    """
    first: dict[int, OutboxRow] = {}
    for row in store.outbox(market):
        if row.state in TO_SEND:
            first.setdefault(row.key, row)
    due = [row for row in first.values() if is_due(row, now)]
    return tuple(sorted(due, key=lambda row: (row.state is not SendState.SENDING, row.id)))


def drain_outbox(
    desk: Desk,
    client_factory: Callable[[], Client],
    market: str,
    *,
    on_progress: Callable[[OutboxRow], None] | None = None,
    cancel: CancelToken | None = None,
    now: Callable[[], datetime] = records.now,
    pace: Pace | None = None,
) -> Drained:
    """Send what is due: read, compare, send, read back; gives what came of it, and what is left.

    Never raises for what one decision meets on its way. `on_progress` gets every row after each try.
    """
    store = desk.store
    with lock_outbox(desk.folders.data) as held:
        if not held:
            return _tell(store, market, 0, BUSY_HERE)
        if not find_due(store, market, now()) and not _find_late(store, market, now()):
            return _tell(store, market, 0, "")
        try:
            sender = Sender(store, client_factory(), market, pace or Pace.of_user(), now, cancel)
        except MarketError as error:
            store.note_contact(market, problem=str(error), online=False)
            return _tell(store, market, 0, str(error))
        return _Drain(store, sender, market, on_progress, cancel, now).run()


def foresee_outbox(
    desk: Desk, client: Client, market: str, now: Callable[[], datetime] = records.now
) -> Iterator[tuple[OutboxRow, str]]:
    """What a sync would do with each row that is due, in a sentence; nothing is sent. Raises MarketError."""
    sender = Sender(desk.store, client, market, Pace.of_user(), now)
    for row in find_due(desk.store, market, now()):
        verdict = sender.foresee(row)
        yield row, verdict.told or f"would be sent: {row.status}"


def _find_late(store: Store, market: str, now: datetime) -> list[OutboxRow]:
    """Conflicts that were sent once: their request may still arrive."""
    return [
        row
        for row in store.outbox(market)
        if row.state is SendState.CONFLICT
        and row.cause in LATE_CAUSES
        and row.attempts > 0
        and not row.seen.get("arrived")
        and row.changed > now - LATE
    ]


def _tell(store: Store, market: str, delivered: int, problem: str) -> Drained:
    counts = store.outbox_counts(market)
    return Drained(
        delivered=delivered,
        waiting=counts.get(SendState.QUEUED, 0) + counts.get(SendState.SENDING, 0),
        conflicts=counts.get(SendState.CONFLICT, 0),
        held=counts.get(SendState.HELD, 0),
        problem=problem,
    )


class _Drain:
    """One draining, with the lock held."""

    def __init__(
        self,
        store: Store,
        sender: Sender,
        market: str,
        on_progress: Callable[[OutboxRow], None] | None,
        cancel: CancelToken | None,
        now: Callable[[], datetime],
    ) -> None:
        self._store, self._sender, self._market = store, sender, market
        self._on_progress, self._cancel, self._now = on_progress, cancel, now
        self._delivered = 0

    def run(self) -> Drained:
        problem = ""
        online = True
        try:
            self._send_due()
            self._look_for_late()
        except Halt as halt:
            problem, online = str(halt), halt.secret
            if halt.secret:
                self._wait_for_secret(str(halt))
        except Cancelled:
            pass  # by who asked for the sync: what was not sent stays as it is
        except MarketError as error:
            problem, online = str(error), isinstance(error, (Denied, Surprise))
        if self._sender.reached or problem:
            self._store.note_contact(self._market, problem=problem, online=online)
        return _tell(self._store, self._market, self._delivered, problem)

    def _stopped(self) -> bool:
        return self._cancel is not None and self._cancel.cancelled

    def _send_due(self) -> None:
        """Until nothing is due that was not tried: what one row delivers may make the next of its version due."""
        tried: set[int] = set()
        while rows := [row for row in find_due(self._store, self._market, self._now()) if row.id not in tried]:
            for row in rows:
                if self._stopped():
                    return
                tried.add(row.id)
                self._tell_row(self._sender.send(row.id))

    def _tell_row(self, row: OutboxRow) -> None:
        self._delivered += row.state is SendState.DELIVERED
        if self._on_progress is not None:
            self._on_progress(row)

    def _look_for_late(self) -> None:
        for row in _find_late(self._store, self._market, self._now()):
            if self._stopped():
                return
            try:
                found = self._sender.find_late(row.id)
            except Unreachable:
                return  # there is no hurry
            if found != row:
                self._tell_row(found)

    def _wait_for_secret(self, told: str) -> None:
        """None of what is left can be sent before there is a new secret."""
        with self._store.transaction():
            for row in self._store.outbox(self._market):
                if row.state in TO_SEND and row.cause is not Cause.SECRET:
                    self._store.change_outbox(row.id, WHO, cause=Cause.SECRET, told=told, next_try=row.next_try)
