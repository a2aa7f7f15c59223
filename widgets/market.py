"""The marketplace as the window has it: polled behind the reviewer's back, at hand from the record without a network.

Nothing here asks the network on the GUI thread. A sync is one job at a time on a thread of its own; what it brought
is read from the record, compared there with what is shown, and told only where it differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.cancel import Cancelled, CancelToken
from app.marketplace.errors import MarketError, Unreachable
from app.marketplace.words import OutboxRow, QueueEntry
from widgets.context import MessageAction
from widgets.market_downloads import Downloads, settings_action, way_on
from widgets.market_record import NOBODY, Record, Synced, read_record
from widgets.market_rows import MarketRow
from widgets.words import format_age, format_count

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.session import Session

SOONEST = 15  # s: a decision that is to be tried again does not make the desk ask more often than this


class Market(QObject):
    """State, queue and outbox of the marketplace; all signals on the GUI thread.

    `state`, `rows`, `entries` and `outbox` are set before the signal that announces them. `entries` holds the waiting
    versions, and those that submissions of this desk are files of. `viewing` is the version whose page is shown.
    """

    state_changed = Signal(object)  # MarketState
    queue_changed = Signal(tuple)  # tuple[QueueEntry, ...]: entries' values; only when any of them differs
    outbox_changed = Signal(tuple)  # tuple[OutboxRow, ...]: what is on its way, the oldest first
    fetch_progressed = Signal(int, str, object, object)  # key, file, bytes done, total; done -1 = it has ended
    fetched = Signal(object)  # Fetched: its submissions are in the session's rows
    syncing_changed = Signal(bool)
    synced = Signal(object)  # Synced: a sync has ended, whichever way

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session, self._context = session, session.context
        self.state = NOBODY
        self.rows: Mapping[int, MarketRow] = {}
        self.entries: dict[int, QueueEntry] = {}
        self.outbox: tuple[OutboxRow, ...] = ()
        self.viewing: int | None = None
        self.syncing = False
        self._of: Mapping[int, int] = {}  # submission -> key
        self._again: tuple[bool, bool] | None = None  # drain, asked: of the sync that waits for the one at work
        self._sync_token = CancelToken()
        self._outage = ""  # the kind of failure that was told and lasts
        self._closed = False
        self._downloads = Downloads(self, session)
        self._downloads.progressed.connect(self.fetch_progressed)
        self._downloads.fetched.connect(self.fetched)
        self._poll = QTimer(self, singleShot=True)
        self._poll.timeout.connect(lambda: self._start(drain=True, asked=False))
        session.ready.connect(lambda *_: self.reload())

    # the record

    def entry_of(self, submission: int) -> QueueEntry | None:
        """The version that a submission is a file of, None where it came from elsewhere."""
        key = self._of.get(submission)
        return None if key is None else self.entries.get(key)

    def reload(self) -> None:
        """Read state, queue and outbox from the record; where a marketplace became known it is asked at once."""
        here, shown = tuple(self._session.rows), self.rows

        def done(record: Record) -> None:
            former = self.state
            self._take(record, shown)
            if self.state.connected and (not former.connected or former.market != self.state.market):
                self._outage = ""
                self.sync()

        self._context.submit(lambda desk: read_record(desk, here, shown), done, key="market", anywhere=True)

    def _take(self, record: Record, shown: Mapping[int, MarketRow]) -> None:
        former_state, former_outbox = self.state, self.outbox
        self.state, self.outbox, self._of = record.state, record.outbox, record.of
        if not (record.same and self.rows is shown):
            self.rows = record.rows
            self.entries = {key: row.entry for key, row in record.rows.items()}
            self.queue_changed.emit(tuple(self.entries.values()))
        if record.outbox != former_outbox:
            self.outbox_changed.emit(record.outbox)
        if record.state != former_state:
            self.state_changed.emit(record.state)
        self._context.actions.refresh()
        self._plan()

    def _plan(self) -> None:
        """When to ask next: after the minutes of the settings, sooner if a decision is to be tried again."""
        minutes = self._session.settings.marketplace.poll_minutes
        if self._closed or not self.state.connected or minutes <= 0:
            self._poll.stop()
            return
        seconds = 60.0 * minutes
        now = datetime.now(UTC)
        for row in self.outbox:
            if row.next_try is not None:
                seconds = min(seconds, max(SOONEST, (row.next_try - now).total_seconds()))
        if not self._poll.isActive() or self._poll.remainingTime() > seconds * 1000:
            self._poll.start(int(seconds * 1000))

    # asking

    def refresh(self) -> None:
        """Read the queue from the marketplace, and send nothing."""
        self._start(drain=False, asked=True)

    def sync(self, *, asked: bool = False) -> None:
        """Send what waits, then read the queue. `asked`: the reviewer wants to hear how it went."""
        self._start(drain=True, asked=asked)

    def _start(self, *, drain: bool, asked: bool) -> None:
        if self._closed:
            return
        if not self.state.connected:
            if asked:
                self._say("No marketplace is connected.", "info", settings_action(self._context))
            return
        if self.syncing:
            before = self._again or (False, False)
            self._again = (before[0] or drain, before[1] or asked)
            return
        self._poll.stop()
        self._set_syncing(True)
        here, shown = tuple(self._session.rows), self.rows
        cancel = self._sync_token = CancelToken()

        def work(desk: Desk) -> Synced:
            office = desk.marketplace
            drained, error = None, None
            try:
                drained = office.drain(cancel=cancel) if drain else None
                office.refresh(cancel=cancel)
            except (MarketError, Cancelled) as failure:
                error = failure
            return Synced(read_record(desk, here, shown), drained, error)

        self._context.bridge.run_thread(
            work,
            lambda synced: self._end(synced, shown, asked),
            lambda error: self._fail(error),
            "market-sync",
        )

    def _set_syncing(self, syncing: bool) -> None:
        self.syncing = syncing
        self.syncing_changed.emit(syncing)
        self._context.actions.refresh()

    def _end(self, synced: Synced, shown: Mapping[int, MarketRow], asked: bool) -> None:
        self._set_syncing(False)
        self._take(synced.record, shown)
        if not isinstance(synced.error, Cancelled):
            self._tell(synced, asked)
        self.synced.emit(synced)
        self._go_on()

    def _fail(self, error: Exception) -> None:
        """What nobody expected; the next sync comes as planned."""
        self._set_syncing(False)
        self._tell(Synced(Record(self.state, self.rows, self.outbox), None, error), True)
        self.synced.emit(Synced(Record(self.state, self.rows, self.outbox), None, error))
        self._plan()
        self._go_on()

    def _go_on(self) -> None:
        if self._again is not None:
            (drain, asked), self._again = self._again, None
            self._start(drain=drain, asked=asked)

    # telling

    def _say(self, text: str, kind: str, action: MessageAction | None = None) -> None:
        self._context.show_message(text, kind, action)

    def _tell(self, synced: Synced, asked: bool) -> None:
        """An outage is told when it begins and when it ends; what became of decisions the outbox tells."""
        error = synced.error
        if error is not None:
            kind = type(error).__name__
            if asked or kind != self._outage:
                text = self._context.bridge.explain(error)
                if isinstance(error, Unreachable):
                    text = f"{text.rstrip('.')}. {self._age_words()}".strip()
                self._say(text, "warning", way_on(self._context, error, lambda: self.sync(asked=True)))
            self._outage = kind
            return
        back, self._outage = bool(self._outage), ""
        if back:
            self._say("The marketplace answers again.", "good")
        elif asked:
            waiting = sum(row.waits for row in self.rows.values())
            self._say(f"The queue is up to date: {format_count(waiting, 'version')} waiting.", "good")

    def _age_words(self) -> str:
        if self.state.synced is None:
            return ""
        age = format_age(self.state.synced)
        when = "just now" if age == "now" else f"{age} ago"
        return f"You can go on: the queue is from {when}, and decisions wait here until it answers."

    # downloads

    def is_fetching(self, key: int) -> bool:
        """Whether a version is being downloaded, or waits for its turn."""
        return self._downloads.is_fetching(key)

    def fetch(self, key: int, open: bool = True) -> None:
        """Download a version and run its battery; with `open` it is opened if its page is still shown then."""
        self._downloads.fetch(key, open)

    def cancel_fetch(self, key: int) -> None:
        """Stop a download."""
        self._downloads.cancel(key)

    # what the reviewer does

    def assign(self, key: int) -> None:
        """Take a version into review with our name; the marketplace is told by the sync that follows."""
        name = self.name_of(key)

        def done(_: OutboxRow) -> None:
            told = "the marketplace is being told" if self.state.online else "the marketplace is told when it answers"
            self._say(f"{name} is yours: {told}.", "good")
            self.follow_decision()

        self._context.submit(lambda desk: desk.marketplace.assign(key), done, anywhere=True, write=True)

    def resolve(
        self, row_id: int, way: str, reason: str = "", on_done: Callable[[OutboxRow], object] | None = None
    ) -> None:
        """Go on with a decision that waits or is in conflict: one of its `ways`."""

        def done(row: OutboxRow) -> None:
            self.follow_decision()
            if on_done is not None:
                on_done(row)

        self._context.submit(
            lambda desk: desk.marketplace.resolve(row_id, way, reason), done, anywhere=True, write=True
        )

    def follow_decision(self) -> None:
        """Something was put on its way: show it, and send it now."""
        self.reload()
        self.sync()

    def name_of(self, key: int) -> str:
        """Name and version for a message."""
        entry = self.entries.get(key)
        return f"{entry.name} {entry.label}".strip() if entry is not None else "The version"

    def close(self) -> None:
        """The window closes: nothing may go on behind it."""
        self._closed = True
        self._poll.stop()
        self._sync_token.cancel()
        self._downloads.close()
