"""The marketplace as the window has it: polled behind the reviewer's back, at hand from the record without a network.

Nothing here asks the network on the GUI thread. A sync is one job at a time on a thread of its own; what it brought
is read from the record, compared there with what is shown, and told only where it differs.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.cancel import Cancelled, CancelToken
from app.marketplace.errors import Denied, MarketError, NotConnected, Unreachable
from app.marketplace.words import Drained, Fetched, MarketState, OutboxRow, QueueEntry
from widgets.context import MessageAction
from widgets.market_rows import MarketRow, make_rows, same_rows
from widgets.words import format_age, format_count

if TYPE_CHECKING:
    from app.desk import Desk
    from app.model import Submission
    from widgets.session import Session

log = logging.getLogger(__name__)

SOONEST = 15  # s: a decision that is to be tried again does not make the desk ask more often than this
AT_ONCE = 2  # downloads side by side
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
        self._fetches: dict[int, CancelToken] = {}
        self._waiting: deque[tuple[int, bool]] = deque()
        self._outage = ""  # the kind of failure that was told and lasts
        self._closed = False
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
                self._say("No marketplace is connected.", "info", self._settings_action())
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

    def _settings_action(self) -> MessageAction:
        return MessageAction("Open settings", lambda: self._context.actions.trigger("market-settings"))

    def _tell(self, synced: Synced, asked: bool) -> None:
        """An outage is told when it begins and when it ends; what became of decisions the outbox tells."""
        error = synced.error
        if error is not None:
            kind = type(error).__name__
            if asked or kind != self._outage:
                again = MessageAction("Try again", lambda: self.sync(asked=True))
                secret = isinstance(error, Denied | NotConnected)
                text = self._context.bridge.explain(error)
                if isinstance(error, Unreachable):
                    text = f"{text.rstrip('.')}. {self._age_words()}".strip()
                self._say(text, "warning", self._settings_action() if secret else again)
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
        return key in self._fetches or any(waiting == key for waiting, _ in self._waiting)

    def fetch(self, key: int, open: bool = True) -> None:
        """Download a version and run its battery; with `open` it is opened if its page is still shown then."""
        if self.is_fetching(key) or self._closed:
            return
        self._waiting.append((key, open))
        self.fetch_progressed.emit(key, "", 0, 0)
        self._next_fetch()

    def cancel_fetch(self, key: int) -> None:
        """Stop a download."""
        token = self._fetches.get(key)
        if token is not None:
            token.cancel()
            return
        if self.is_fetching(key):
            self._waiting = deque(one for one in self._waiting if one[0] != key)
            self.fetch_progressed.emit(key, "", -1, 0)

    def _next_fetch(self) -> None:
        while self._waiting and len(self._fetches) < AT_ONCE:
            self._fetch_one(*self._waiting.popleft())

    def _fetch_one(self, key: int, open: bool) -> None:
        cancel = self._fetches[key] = CancelToken()
        passing: dict[str, Callable[[int, int], None]] = {}  # one a file: each is told at its end, however quick

        def show(name: str, done: int, total: int) -> None:
            if self._fetches.get(key) is cancel:
                self.fetch_progressed.emit(key, name, done, total)

        def progress(name: str, done: int, total: int) -> None:
            if name not in passing:
                passing[name] = self._context.bridge.make_progress(lambda d, t: show(name, d, t))
            passing[name](done, total)

        def work(desk: Desk) -> tuple[Fetched, tuple[Submission, ...], frozenset[int]]:
            got = desk.marketplace.fetch(key, on_progress=progress, cancel=cancel)
            known = frozenset(s for s in got.submissions if desk.last_run(s) is not None)
            return got, desk.submissions(), known

        def done(answer: tuple[Fetched, tuple[Submission, ...], frozenset[int]]) -> None:
            self._end_fetch(key)
            self._take_fetched(*answer, open=open)

        def failed(error: Exception) -> None:
            self._end_fetch(key)
            self._tell_fetch(key, open, error)

        self._context.bridge.run_thread(work, done, failed, f"market-fetch-{key}")

    def _end_fetch(self, key: int) -> None:
        self._fetches.pop(key, None)
        self.fetch_progressed.emit(key, "", -1, 0)
        self._context.actions.refresh()
        self._next_fetch()

    def _take_fetched(
        self, got: Fetched, queue: tuple[Submission, ...], known: frozenset[int], *, open: bool
    ) -> None:
        from widgets.session import is_engaged

        session, name = self._session, self.name_of(got.key)
        session.take_queue(queue)
        for number in got.submissions:
            if number not in known:
                session.runs.start(number)
        self.reload()
        self.fetched.emit(got)
        stays = open and self.viewing == got.key and not is_engaged()
        first = got.submissions[0] if got.submissions else None
        if stays and first is not None:
            session.open(first)
        show = None
        if first is not None and not stays:
            show = MessageAction("Show", lambda: session.open(first))
        if got.differences:
            more = f" (and {len(got.differences) - 1} more)" if len(got.differences) > 1 else ""
            self._say(f"{name}: {got.differences[0].rstrip('.')}{more}. The review has it as a finding.", "error", show)
        elif show is not None:
            self._say(f"{name} is downloaded; its battery runs.", "info", show)

    def _tell_fetch(self, key: int, open: bool, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self._say(f"The download of {self.name_of(key)} was cancelled.", "info")
            return
        again = MessageAction("Try again", lambda: self.fetch(key, open))
        text = self._context.bridge.explain(error)
        secret = isinstance(error, Denied | NotConnected)
        self._say(f"{self.name_of(key)}: {text}", "error", self._settings_action() if secret else again)
        self.reload()

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
        self._waiting.clear()
        self._sync_token.cancel()
        for token in self._fetches.values():
            token.cancel()
