"""One decision on its way: read, compare, write down that it is being sent, send, read back.

Whatever happens, and wherever the program ends, the row in the store says what is known: before a request leaves, it
says that it may have arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from app.cancel import Cancelled, CancelToken
from app.marketplace.errors import (
    Denied,
    MarketError,
    NotConnected,
    NotNow,
    NotThere,
    Refused,
    Surprise,
    Unreachable,
    Untrusted,
)
from app.marketplace.hashing import hash_file
from app.marketplace.outbox import Seen, Step, Verdict, has_arrived, judge, judge_sent, see
from app.marketplace.outbox_store import OutboxMoved
from app.marketplace.pace import Pace
from app.marketplace.queue import name_missing
from app.marketplace.words import Cause, OutboxRow, SendState

if TYPE_CHECKING:
    from app.marketplace.client import Client
    from app.store import Store

WHO = "assay"  # in the log: no person did it
PATIENCE = 3  # tries after which the reviewer hears how many there were
TO_SEND = (SendState.QUEUED, SendState.SENDING)


class Halt(Exception):
    """Nothing more can be sent now; the text says why. `secret`: a new one is needed."""

    def __init__(self, text: str, *, secret: bool = False) -> None:
        super().__init__(text)
        self.secret = secret


class Sender:
    """Sends rows of one marketplace, one at a time. `reached` = the marketplace answered something of use."""

    def __init__(
        self,
        store: Store,
        client: Client,
        market: str,
        pace: Pace,
        now: Callable[[], datetime],
        cancel: CancelToken | None = None,
    ) -> None:
        self._store, self._client, self._market, self._pace, self._now = store, client, market, pace, now
        self._cancel = cancel
        self.reached = False
        self.failures = 0
        self.problem = ""

    def look(self, row: OutboxRow) -> Seen | None:
        """What the marketplace has now, kept in the record; None = the version is gone. Raises MarketError."""
        place = (row.app_id, row.version)
        began = self._store.now()
        try:
            version = self._client.version(*place, cancel=self._cancel)
        except NotThere:
            self._find_market()
            self._store.save_versions(self._market, (), gone=[place], as_of=began)
            self._answered()
            return None
        found = self._client.files(version.files, cancel=self._cancel)
        self._answered()
        files = [found.get(name) or name_missing(name) for name in version.files]
        self._store.save_versions(self._market, [version], files={place: files}, as_of=began)
        lost = [name for name in version.files if name not in found]
        artifacts = self._store.artifacts_of([file.sha256 for file in row.bound])
        there = [found[name] for name in version.files if name in found]
        seen = see(version, there, lost, row.bound, artifacts)
        if any(file.same is None for file in seen.files):
            seen = self._hash(row, seen)
        return seen

    def _find_market(self) -> None:
        """Behind a wrong address nothing is there: only a marketplace that is can say that a version is gone."""
        try:
            self._client.market(cancel=self._cancel)
        except NotThere as error:
            raise Surprise("the marketplace itself is not there: look at its address in the settings") from error

    def _answered(self) -> None:
        self.reached, self.failures = True, 0

    def _hash(self, row: OutboxRow, seen: Seen) -> Seen:
        """The marketplace gives no hash that tells: the bytes themselves have to."""
        bound = {file.file_id: file.sha256 for file in row.bound}
        files = []
        for file in seen.files:
            if file.same is None:
                sha256 = hash_file(self._client, file.file_id, file.size, self._cancel)
                file = replace(file, sha256=sha256, same=sha256 == bound.get(file.file_id))
            files.append(file)
        return replace(seen, files=tuple(files))

    def foresee(self, row: OutboxRow) -> Verdict:
        """What would come of it now: nothing is sent, and the row stays as it is. Raises MarketError."""
        return judge(row, self.look(row))

    def send(self, number: int) -> OutboxRow:
        """Bring a row as far as it comes now; gives what it is then.

        Raises Halt where nothing more can be sent, and Cancelled, with the row as what is known of it.
        """
        try:
            return self._send(number)
        except OutboxMoved:  # the reviewer decided about it meanwhile, and nothing was sent
            return self._store.outbox_row(number)

    def _send(self, number: int) -> OutboxRow:
        row = self._store.outbox_row(number)
        if row.state not in TO_SEND:
            return row
        try:
            seen = self.look(row)
        except MarketError as error:
            return self._wait(row, error)
        self._prove_others(row, seen)
        row = self._store.outbox_row(number)
        if row.state not in TO_SEND:  # decided anew while it was compared
            return row
        verdict = judge(row, seen)
        if verdict.step is not Step.SEND:
            return self._settle(row, seen, verdict)
        if row.state is SendState.SENDING and self._later(row):
            told = "it did not arrive, and was decided anew"
            return self._change(row, state=SendState.SUPERSEDED, cause=Cause.NONE, told=told)
        return self._post(row, seen)

    def find_late(self, number: int) -> OutboxRow:
        """Look whether a conflict was carried out after all: its request was slow. Raises MarketError."""
        row = self._store.outbox_row(number)
        seen = self.look(row)
        if seen is not None and has_arrived(row, seen.status):
            try:
                return self._settle(row, seen, judge(row, seen), only_from=(SendState.CONFLICT,))
            except OutboxMoved:  # the reviewer decided about it meanwhile
                return self._store.outbox_row(number)
        return row

    def _post(self, row: OutboxRow, seen: Seen | None) -> OutboxRow:
        before = row
        row = self._change(row, state=SendState.SENDING, cause=Cause.NONE, told="", attempts=row.attempts + 1)
        accepted: bool | None = None
        told = odd = ""
        try:
            self._client.set_status(row.app_id, row.version, row.status, row.reason, cancel=self._cancel)
            accepted = True
            self._answered()
        except Cancelled:  # which is only raised where nothing was sent
            self._change(row, state=before.state, cause=before.cause, told=before.told, attempts=before.attempts)
            raise
        except NotNow:
            accepted = False
            self._answered()
        except Refused as error:
            self._answered()
            return self._settle(row, seen, Verdict(Step.CONFLICT, Cause.REFUSED, str(error)))
        except NotThere as error:
            self._answered()  # and the read tells what is gone
            told = odd = str(error)
        except (Unreachable, Surprise) as error:
            if isinstance(error, Unreachable) and not error.sent:
                return self._wait(row, error, before)
            told = str(error)
            odd = told if isinstance(error, Surprise) else ""
        except (Denied, Untrusted, NotConnected) as error:
            return self._wait(row, error, before)
        try:
            seen = self.look(row)
        except MarketError as error:
            return self._doubt(row, f"sent, but not read back yet: {error}", error)
        verdict = judge(row, seen) if accepted is None else judge_sent(row, seen, accepted=accepted)
        if verdict.step is Step.SEND and row.attempts >= PATIENCE:
            times = f"sent {row.attempts:,} times, and nothing shows it"
            if odd:  # an answer, and always the same one: no wait mends that
                return self._settle(row, seen, Verdict(Step.CONFLICT, Cause.REFUSED, f"{odd}: {times}"))
            told = f"{times}: {told}" if told else times
        if verdict.step is Step.SEND:
            return self._doubt(row, told or "sent, but nothing shows it yet: the next read tells")
        return self._settle(row, seen, verdict)

    # what comes of it

    def _change(self, row: OutboxRow, **changes: object) -> OutboxRow:
        """One step of a row, unless somebody else made one meanwhile."""
        return self._store.change_outbox(row.id, WHO, only_from=(row.state,), **changes)  # type: ignore[arg-type]

    def _doubt(self, row: OutboxRow, told: str, error: MarketError | None = None) -> OutboxRow:
        """It may have arrived: only a read tells, and it is not sent again before one."""
        row = self._change(row, cause=Cause.UNCERTAIN, told=told, next_try=self._pace.next_try(row, self._now()))
        if error is not None:
            self._note_failure(error)
        return row

    def _wait(self, row: OutboxRow, error: MarketError, before: OutboxRow | None = None) -> OutboxRow:
        """It certainly was not sent just now: as it was before, to be tried again."""
        before = before or row
        if isinstance(error, Refused) and before.state is SendState.QUEUED:
            return self._settle(row, None, Verdict(Step.CONFLICT, Cause.REFUSED, str(error)))
        asked = error.wait if isinstance(error, Unreachable) else None
        answered = isinstance(error, Surprise) or (isinstance(error, Unreachable) and error.busy)
        cause = Cause.SECRET if isinstance(error, Denied) else Cause.BUSY if answered else Cause.OFFLINE
        if before.state is SendState.SENDING and cause is Cause.OFFLINE:
            cause = Cause.UNCERTAIN  # an earlier request of it may have arrived
        row = self._change(
            row,
            state=before.state,
            cause=cause,
            told=str(error),
            attempts=before.attempts,
            next_try=self._pace.next_try(before, self._now(), asked),
        )
        self._note_failure(error)
        return row

    def _note_failure(self, error: MarketError) -> None:
        """Raises Halt where the next row would meet the same."""
        self.problem = str(error)
        if isinstance(error, (Denied, Untrusted, NotConnected)):
            raise Halt(str(error), secret=isinstance(error, Denied))
        if isinstance(error, Unreachable):
            self.failures += 1
            if self.failures >= 3 or not (self.reached or error.busy):
                raise Halt(str(error))

    def _settle(
        self, row: OutboxRow, seen: Seen | None, verdict: Verdict, only_from: tuple[SendState, ...] = ()
    ) -> OutboxRow:
        """Delivered or in conflict; what comes after it of the same version goes on from what was read."""
        kept = {} if seen is None else {**seen.as_dict(), "arrived": verdict.arrived}
        state = SendState.DELIVERED if verdict.step is Step.DELIVERED else SendState.CONFLICT
        told = verdict.told
        with self._store.transaction():
            if state is SendState.CONFLICT and self._later(row):
                # the reviewer's later word stands in its place, and meets the same conflict if it is one
                state = SendState.DELIVERED if verdict.arrived else SendState.SUPERSEDED
                told = f"{told}; decided anew"
            cause = verdict.cause if state is SendState.CONFLICT else Cause.NONE
            row = self._store.change_outbox(
                row.id, WHO, state=state, cause=cause, told=told, seen=kept, only_from=only_from or (row.state,)
            )
            if verdict.arrived and seen is not None:
                self._rebase(row, seen)
        return row

    def _later(self, row: OutboxRow) -> list[OutboxRow]:
        return [r for r in self._store.outbox_of(row.key) if r.id > row.id and r.state.open]

    def _rebase(self, row: OutboxRow, seen: Seen) -> None:
        """Our own change is no conflict for what follows it."""
        for later in self._later(row):
            if later.basis != seen.basis and later.state is not SendState.CONFLICT:
                self._store.change_outbox(
                    later.id, WHO, basis=seen.basis, next_try=later.next_try, why=f"after {row.token}"
                )

    def _prove_others(self, row: OutboxRow, seen: Seen | None) -> None:
        """Another of our rows shows there: it arrived late, whatever became of it here."""
        if seen is None or has_arrived(row, seen.status):
            return
        for other in self._store.outbox_of(row.key):
            if other.id == row.id or not has_arrived(other, seen.status):
                continue
            known = other.state is SendState.DELIVERED or other.seen.get("arrived")
            if not known:
                with self._store.transaction():
                    told = f"it arrived late; it was {other.state.value} by then"
                    self._store.change_outbox(
                        other.id, WHO, state=SendState.DELIVERED, cause=Cause.NONE, told=told, seen=seen.as_dict()
                    )
                    self._rebase(other, seen)
            return
