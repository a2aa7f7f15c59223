"""Decisions on their way, over real HTTP to the practice marketplace: each of the things that can happen to one."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import records
from app.cancel import CancelToken
from app.errors import DeskError
from app.marketplace.errors import MarketError, NotThere, Refused, Surprise, Unreachable
from app.marketplace.pace import Pace
from app.marketplace.sync import BUSY_HERE, drain_outbox, find_due, foresee_outbox, lock_outbox
from app.marketplace.words import Cause, OutboxRow, SendState

from .outbox_world import REASON, World, make_world

STILL = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = make_world(tmp_path)
    yield world
    world.close()


def state_of(world: World, row: OutboxRow) -> tuple[SendState, Cause]:
    now = world.row(row.id)
    return now.state, now.cause


def test_delivered_is_what_a_read_has_shown(world: World) -> None:
    key = world.submit("notes", {"notes.zip": b"one", "manual.pdf": b"two"})
    row = world.decide(key, reason="First line.\nSecond {id}.")
    told: list[OutboxRow] = []
    drained = world.drain(on_progress=told.append)
    assert (drained.delivered, drained.waiting, drained.conflicts, drained.problem) == (1, 0, 0, "")
    assert world.applied("notes") == [("rejected", row.reason)]
    assert row.reason == f"First line.\nSecond {{id}}.\n\nReviewed by Ada. Decision {row.token}."
    assert [r.state for r in told] == [SendState.DELIVERED] and told[0] == world.row(row.id)
    assert world.log(row) == ["queued", "sending", "delivered"]
    entry = world.entry(key)
    assert (entry.status.value, entry.status.reason, entry.sending) == ("rejected", row.reason, "")
    assert [c.ours for c in world.desk.store.status_changes(key)] == [False, True]
    state = world.desk.marketplace.state()
    assert (state.online, state.to_send, state.problem) == (True, 0, "")
    assert world.drain().delivered == 0 and len(world.applied("notes")) == 1


def test_what_we_did_before_is_no_conflict(world: World) -> None:
    key = world.submit("notes", {"notes.zip": b"one"})
    taken = world.desk.marketplace.assign(key)
    row = world.decide(key)
    assert (row.basis.status, [r.id for r in find_due(world.desk.store, world.market, STILL)]) == (
        "pending",
        [taken.id],
    )
    assert world.drain().delivered == 2
    assert [status for status, _ in world.applied("notes")] == ["inReview", "rejected"]
    assert world.row(row.id).basis.status == "inReview"


def change(world: World, what: str) -> None:
    records = world.server.records
    if what == "bytes":
        records.replace_file(records.file_ids("notes", 1)[0], b"three")
    elif what == "same size":
        records.replace_file(records.file_ids("notes", 1)[0], b"eno")
    elif what == "listing":
        records.edit_listing("notes", 1, changeLog="Better.")
    elif what == "decided":
        records.decide_as("Bo", "notes", 1, "approved")
    elif what == "taken":
        records.decide_as("Bo", "notes", 1, "inReview")
    elif what == "deleted":
        records.delete_version("notes", 1)
    elif what == "anew":
        records.decide_as("Bo", "notes", 1, "rejected", "No.")
        records.resubmit("notes", 1)


CHANGES = [
    ("bytes", Cause.CHANGED_BYTES, "notes.zip has other bytes"),
    ("same size", Cause.CHANGED_BYTES, "notes.zip has other bytes"),
    ("listing", Cause.EDITED, "edited after the review"),
    ("decided", Cause.DECIDED, "approved by the administrator: Reviewed by Bo"),
    ("taken", Cause.DECIDED, "in review by the administrator: In review by Bo"),
    ("deleted", Cause.DELETED, "no longer has"),
    ("anew", Cause.EDITED, "submitted anew"),
]


@pytest.mark.parametrize(("what", "cause", "told"), CHANGES)
def test_a_conflict_is_shown_and_nothing_is_sent(world: World, what: str, cause: Cause, told: str) -> None:
    key = world.submit("notes", {"notes.zip": b"one"})
    row = world.decide(key)
    change(world, what)
    before = world.applied("notes")
    drained = world.drain()
    assert (drained.delivered, drained.conflicts) == (0, 1)
    row = world.row(row.id)
    assert (row.state, row.cause, row.attempts) == (SendState.CONFLICT, cause, 0) and told in row.told
    assert world.applied("notes") == before
    assert world.drain().conflicts == 1 and world.applied("notes") == before  # and it stays so until somebody says


def test_without_hashes_the_bytes_are_read_again(world: World) -> None:
    key = world.submit("notes", {"notes.zip": b"one"}, download=False)
    records = world.server.records
    file_id = records.file_ids("notes", 1)[0]
    records.add_file("notes.zip", b"one", file_id=file_id, hashes=(), uploaded=1)
    world.read("notes")
    world.link(key, file_id, b"one")
    first = world.decide(key)
    assert world.drain().delivered == 1 and state_of(world, first)[0] is SendState.DELIVERED
    other = world.submit("other", {"other.zip": b"one"}, download=False)
    file_id = records.file_ids("other", 1)[0]
    records.add_file("other.zip", b"one", file_id=file_id, hashes=(), uploaded=1)
    world.read("other")
    world.link(other, file_id, b"one")
    row = world.decide(other)
    records.add_file("other.zip", b"two", file_id=file_id, hashes=(), uploaded=1)  # nothing but its bytes tells
    world.drain()
    assert state_of(world, row) == (SendState.CONFLICT, Cause.CHANGED_BYTES)


def test_older_hashes_are_enough(world: World) -> None:
    key = world.submit("notes", {"notes.zip": b"one"}, download=False)
    records = world.server.records
    file_id = records.file_ids("notes", 1)[0]
    records.add_file("notes.zip", b"one", file_id=file_id, hashes=("SHA-1",), uploaded=1)
    world.read("notes")
    world.link(key, file_id, b"one")
    row = world.decide(key)
    records.add_file("notes.zip", b"two", file_id=file_id, hashes=("SHA-1",), uploaded=1)
    world.drain()
    assert state_of(world, row) == (SendState.CONFLICT, Cause.CHANGED_BYTES)


# what the network does


def test_no_network_stops_early_and_loses_nothing(world: World) -> None:
    rows = [world.decide(world.submit(f"app{n}", {"a.zip": b"one"})) for n in range(3)]
    world.server.stop()
    drained = world.drain(pace=Pace(60.0, 300.0), now=lambda: STILL)
    assert drained.waiting == 3 and "refuses the connection" in drained.problem
    first = world.row(rows[0].id)
    assert (first.state, first.cause, first.attempts) == (SendState.QUEUED, Cause.OFFLINE, 0)
    assert first.next_try is not None and first.next_try > STILL
    assert [state_of(world, row) for row in rows[1:]] == [(SendState.QUEUED, Cause.NONE)] * 2
    state = world.desk.marketplace.state()
    assert (state.online, state.to_send) == (False, 3) and "refuses" in state.problem
    world.server.start()
    world.server.faults.set(cut_before=1.0)
    assert "cut" in world.drain(now=lambda: STILL).problem
    world.server.faults.clear()
    later = STILL + timedelta(hours=1)
    assert world.drain(now=lambda: later).delivered == 3
    assert world.desk.marketplace.state().problem == ""


@pytest.mark.parametrize("fault", ["cut_after", "error_after", "duplicate"])
def test_a_lost_answer_is_never_sent_twice(world: World, fault: str) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    world.server.faults.set(only="POST", **{fault: 1.0})
    world.drain()
    world.server.faults.clear()
    assert [status for status, _ in world.applied("notes")] == ["rejected"]
    assert state_of(world, row) == (SendState.DELIVERED, Cause.NONE)
    assert world.log(row) == ["queued", "sending", "delivered"]


def test_a_lost_answer_and_then_no_network(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))

    class Lost:
        """Sends, and then the network is gone."""

        def __init__(self, client):
            self.client, self.sent = client, 0

        def __getattr__(self, name):
            if self.sent:
                raise Unreachable("no network")
            return getattr(self.client, name)

        def set_status(self, *about, **more):
            self.client.set_status(*about, **more)
            self.sent += 1
            raise Unreachable("the connection was cut", sent=True)

    drain_outbox(world.desk, lambda: Lost(world.client()), world.market, pace=Pace(60.0, 60.0), now=lambda: STILL)
    row = world.row(row.id)
    assert (row.state, row.cause, row.attempts) == (SendState.SENDING, Cause.UNCERTAIN, 1)
    assert row.ways == ("retry",) and len(world.applied("notes")) == 1
    assert find_due(world.desk.store, world.market, STILL) == ()
    assert world.drain(now=lambda: STILL + timedelta(hours=1)).delivered == 1
    assert len(world.applied("notes")) == 1


def test_what_never_arrived_is_sent_again_after_a_read(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    world.server.faults.set(only="POST", cut_before=1.0)  # the server knows; the client cannot
    drained = world.drain(pace=Pace(60.0, 60.0), now=lambda: STILL)
    world.server.faults.clear()
    assert drained.waiting == 1 and state_of(world, row) == (SendState.SENDING, Cause.UNCERTAIN)
    assert world.applied("notes") == []
    later = STILL + timedelta(hours=1)
    assert world.drain(now=lambda: later).delivered == 1
    assert len(world.applied("notes")) == 1 and world.row(row.id).attempts == 2


def test_killed_while_sending(world: World) -> None:
    """As the store is after -9 between the request and its answer, for one that arrived and one that did not."""
    rows = [world.decide(world.submit(f"app{n}", {"a.zip": b"one"})) for n in range(3)]
    for row in rows[1:]:
        world.desk.store.change_outbox(row.id, "assay", state=SendState.SENDING, attempts=1)
    world.server.records.change_status("app1", 1, "rejected", rows[1].reason)
    assert [r.id for r in find_due(world.desk.store, world.market, STILL)] == [rows[1].id, rows[2].id, rows[0].id]
    assert world.drain().delivered == 3
    assert [len(world.applied(f"app{n}")) for n in range(3)] == [1, 1, 1]


def test_a_busy_marketplace_says_when(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    world.server.faults.set(busy=1.0, retry_after=40)
    world.attempts = 1
    world.drain(pace=Pace(5.0, 5.0), now=lambda: STILL)
    row = world.row(row.id)
    assert (row.state, row.cause, row.next_try) == (SendState.QUEUED, Cause.BUSY, STILL + timedelta(seconds=40))


def test_an_expired_secret_stops_and_keeps_everything(world: World) -> None:
    rows = [world.decide(world.submit(f"app{n}", {"a.zip": b"one"})) for n in range(3)]
    wrong = world.client("wrong")
    drained = drain_outbox(world.desk, lambda: wrong, world.market, pace=Pace(60.0, 60.0))
    assert drained.waiting == 3 and "secret" in drained.problem
    assert {state_of(world, row) for row in rows} == {(SendState.QUEUED, Cause.SECRET)}
    assert "wrong" not in str([world.row(row.id).told for row in rows]).replace("is wrong or has", "")
    world.desk.store.retry_secret(world.market)
    assert world.drain().delivered == 3


def test_an_unexpected_answer_keeps_the_decision(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    with world.server.records.change() as db:
        before = db.execute("SELECT doc FROM versions").fetchone()["doc"]
        db.execute('UPDATE versions SET doc = replace(doc, \'"value":"pending"\', \'"value":17\')')
    world.drain()
    now = world.row(row.id)
    assert now.state is SendState.QUEUED and "status.value" in now.told and now.ways == ("retry", "theirs")
    with world.server.records.change() as db:
        db.execute("UPDATE versions SET doc = ?", [before])
    assert world.drain().delivered == 1


def test_not_valid_and_refused(world: World) -> None:
    key = world.submit("notes", {"notes.zip": b"one"})
    row = world.decide(key)

    class Between:
        """What happens between our read and our request."""

        def __init__(self, client, happens):
            self.client, self.happens = client, happens

        def __getattr__(self, name):
            return getattr(self.client, name)

        def set_status(self, *about, **more):
            happens, self.happens = self.happens, lambda: None
            happens()
            self.client.set_status(*about, **more)

    def drain(happens) -> None:
        client = Between(world.client(), happens)
        drain_outbox(world.desk, lambda: client, world.market, pace=Pace(0.0, 0.0))

    drain(lambda: world.server.records.decide_as("Bo", "notes", 1, "rejected", "No."))
    assert state_of(world, row) == (SendState.CONFLICT, Cause.DECIDED)
    third = world.decide(world.submit("third", {"a.zip": b"one"}), reason="No. " + "x" * 30 + "\n" * 3)
    with world.desk.store.transaction() as db:
        db.execute("UPDATE outbox SET reason = ? WHERE id = ?", ["x" * 20_001 + third.token, third.id])
    world.drain()
    assert state_of(world, third) == (SendState.CONFLICT, Cause.REFUSED)
    gone = world.decide(world.submit("gone", {"a.zip": b"one"}))
    drain(lambda: world.server.records.delete_version("gone", 1))
    assert state_of(world, gone) == (SendState.CONFLICT, Cause.DELETED) and world.entry(gone.key).gone
    # bytes that change after the read: it was sent, and the read-back shows it
    late = world.decide(world.submit("late", {"a.zip": b"one"}))
    drain(lambda: world.server.records.replace_file(world.server.records.file_ids("late", 1)[0], b"two"))
    assert state_of(world, late) == (SendState.CONFLICT, Cause.CHANGED_BYTES)
    assert "it arrived, but" in world.row(late.id).told and len(world.applied("late")) == 1
    other = world.decide(world.submit("other", {"a.zip": b"one"}))
    drain(lambda: change_rules(world))
    assert state_of(world, other) == (SendState.CONFLICT, Cause.NOT_VALID)
    assert world.row(other.id).ways == ("theirs", "retry")


def change_rules(world: World) -> None:
    """The marketplace allows an administrator less than it did."""
    world.server.records._rules["administrator"]["pending"] = []


def test_overwritten_after_sending(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}), "request_changes")

    class After:
        def __init__(self, client):
            self.client = client

        def __getattr__(self, name):
            return getattr(self.client, name)

        def set_status(self, *about, **more):
            self.client.set_status(*about, **more)
            world.server.records.resubmit("notes", 1)

    drain_outbox(world.desk, lambda: After(world.client()), world.market, pace=Pace(0.0, 0.0))
    row = world.row(row.id)
    assert (row.state, row.cause) == (SendState.CONFLICT, Cause.OVERWRITTEN) and "sent, but it is pending" in row.told
    anew = world.desk.marketplace.resolve(row.id, "retry")
    assert anew.token != row.token and row.token not in anew.reason and anew.basis.status == "pending"
    assert world.row(row.id).state is SendState.SUPERSEDED
    assert world.drain().delivered == 1
    assert [reason for _, reason in world.applied("notes")] == [row.reason, anew.reason]


def test_a_request_that_arrives_after_the_conflict(world: World) -> None:
    """Cut off, not to be seen, edited meanwhile: a conflict. Then the slow request is carried out after all."""
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    world.desk.store.change_outbox(row.id, "assay", state=SendState.SENDING, attempts=1)
    world.server.records.edit_listing("notes", 1, changeLog="Better.")
    world.drain()
    row = world.row(row.id)
    assert row.cause is Cause.EDITED and "not to be seen there" in row.told
    world.server.records.change_status("notes", 1, "rejected", row.reason)
    assert world.drain().delivered == 1 and state_of(world, row)[0] is SendState.DELIVERED


# the reviewer's word meanwhile


def test_decided_anew_before_it_was_sent(world: World) -> None:
    key = world.submit("notes", {"notes.zip": b"one"})
    first, second = world.decide(key), world.decide(key, "request_changes", "Say what you send.")
    assert world.row(first.id).state is SendState.SUPERSEDED
    assert world.drain().delivered == 1
    assert world.applied("notes") == [("rejected", second.reason)]
    assert world.log(first) == ["queued", "superseded"]


@pytest.mark.parametrize("arrived", [True, False])
def test_decided_anew_while_it_may_have_arrived(world: World, arrived: bool) -> None:
    world.desk.settings = replace(
        world.desk.settings, marketplace=replace(world.desk.settings.marketplace, changes="inReview")
    )
    key = world.submit("notes", {"notes.zip": b"one"})
    first = world.decide(key, "request_changes", "Say what you send.")
    world.desk.store.change_outbox(first.id, "assay", state=SendState.SENDING, attempts=1)
    if arrived:
        world.server.records.change_status("notes", 1, "inReview", first.reason)
    second = world.decide(key)
    assert world.row(first.id).state is SendState.SENDING
    world.drain()
    assert world.row(second.id).state is SendState.DELIVERED
    assert world.row(first.id).state is (SendState.DELIVERED if arrived else SendState.SUPERSEDED)
    assert [reason for _, reason in world.applied("notes")] == [first.reason] * arrived + [second.reason]


def test_a_superseded_one_that_arrives_late_is_known(world: World) -> None:
    key = world.submit("notes", {"notes.zip": b"one"})
    first = world.decide(key, "request_changes", "Say what you send.")
    world.desk.store.change_outbox(first.id, "assay", state=SendState.SUPERSEDED, attempts=1)
    second = world.decide(key, "approve", "It was explained to me.")
    world.server.records.change_status("notes", 1, "rejected", first.reason)
    world.drain()
    assert state_of(world, first)[0] is SendState.DELIVERED and "arrived late" in world.row(first.id).told
    assert state_of(world, second) == (SendState.CONFLICT, Cause.NOT_VALID)


def test_decided_anew_while_it_is_compared(world: World) -> None:
    """The reviewer's word falls between our read and our request: the earlier decision is not sent any more."""
    key = world.submit("notes", {"notes.zip": b"one"})
    first = world.decide(key)
    words = ["Say what you send."]

    class Between:
        def __init__(self, client):
            self.client = client

        def __getattr__(self, name):
            return getattr(self.client, name)

        def files(self, *about, **more):
            if words:
                world.decide(key, "request_changes", words.pop())
            return self.client.files(*about, **more)

    drain_outbox(world.desk, lambda: Between(world.client()), world.market, pace=Pace(0.0, 0.0))
    second = world.desk.marketplace.outbox_of(key)[0]
    assert state_of(world, first)[0] is SendState.SUPERSEDED and state_of(world, second)[0] is SendState.DELIVERED
    assert [reason for _, reason in world.applied("notes")] == [second.reason]


# one at a time


def test_one_sync_at_a_time(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    with lock_outbox(world.desk.folders.data) as held:
        assert held
        drained = world.drain()
        assert (drained.problem, drained.waiting) == (BUSY_HERE, 1)
        assert state_of(world, row)[0] is SendState.QUEUED
    assert world.drain().delivered == 1


def test_without_a_lock_nothing_is_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.decide(world.submit("notes", {"notes.zip": b"one"}))
    path = world.desk.folders.data / "outbox.lock"

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as patch:
        patch.setattr("fcntl.flock", refuse)
        with pytest.raises(DeskError, match=r"cannot be locked \(No locks available\): nothing was sent"):
            world.drain()
    path.unlink()
    path.mkdir()
    with pytest.raises(DeskError, match=r"outbox\.lock: cannot be written"):
        world.drain()
    assert world.applied("notes") == []


def test_two_threads_send_once(world: World) -> None:
    rows = [world.decide(world.submit(f"app{n}", {"a.zip": b"one"})) for n in range(4)]
    found = []
    threads = [threading.Thread(target=lambda: found.append(world.drain())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.drain()
    assert sum(d.delivered for d in found) <= 4 and len(found) == 3
    assert {state_of(world, row)[0] for row in rows} == {SendState.DELIVERED}
    assert [len(world.applied(f"app{n}")) for n in range(4)] == [1] * 4


def test_cancelled_between_two(world: World) -> None:
    for n in range(3):
        world.decide(world.submit(f"app{n}", {"a.zip": b"one"}))
    cancel = CancelToken()
    drained = world.drain(cancel=cancel, on_progress=lambda row: cancel.cancel())
    assert (drained.delivered, drained.waiting) == (1, 2)


def test_cancelled_while_waiting_for_a_busy_marketplace(world: World) -> None:
    row = world.decide(world.submit("notes", {"a.zip": b"one"}))
    world.server.faults.set(only="POST", busy=1.0)
    cancel = CancelToken()
    world.attempts = 5
    world.pauses = type("Pauses", (list,), {"append": lambda self, seconds: cancel.cancel()})()
    drained = world.drain(cancel=cancel)
    assert (drained.waiting, drained.problem) == (1, "")
    assert state_of(world, row) == (SendState.QUEUED, Cause.NONE) and world.row(row.id).attempts == 0
    assert world.log(row) == ["queued", "sending", "queued"]


def test_nothing_to_send_asks_nobody(world: World) -> None:
    def never():
        raise AssertionError("nobody has to be asked")

    assert drain_outbox(world.desk, never, world.market).problem == ""


def test_foreseen_without_sending(world: World) -> None:
    good, bad = (world.decide(world.submit(app, {"a.zip": b"one"})) for app in ("good", "bad"))
    world.server.records.edit_listing("bad", 1, changeLog="Better.")
    said = {row.id: told for row, told in foresee_outbox(world.desk, world.client(), world.market)}
    assert said[good.id] == "would be sent: rejected" and "edited" in said[bad.id]
    assert {state_of(world, row) for row in (good, bad)} == {(SendState.QUEUED, Cause.NONE)}
    assert world.applied("good") == []


def test_without_a_secret(world: World) -> None:
    world.decide(world.submit("notes", {"notes.zip": b"one"}))

    def nothing():
        from app.marketplace.errors import NotConnected

        raise NotConnected("its secret is not known here")

    drained = drain_outbox(world.desk, nothing, world.market)
    assert (drained.waiting, drained.problem) == (1, "its secret is not known here")


def test_clocks_do_not_matter(world: World) -> None:
    world.server.faults.set(clock_skew=-86_400 * 400)
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    world.server.faults.set(clock_skew=86_400 * 400)
    assert world.drain().delivered == 1 and state_of(world, row)[0] is SendState.DELIVERED


def test_resolving_needs_a_way_that_is_there(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    change(world, "bytes")
    world.drain()
    with pytest.raises(DeskError, match=r"'retry' is no way on: there is review, theirs"):
        world.desk.marketplace.resolve(row.id, "retry")
    assert records.now() is not None and REASON in row.reason


# clocks, other programs, and a marketplace that never says yes or no


def test_a_clock_that_was_set_back_keeps_nothing_waiting(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    days = timedelta(days=3)
    world.desk.store.change_outbox(row.id, "assay", cause=Cause.OFFLINE, next_try=STILL + days)
    assert find_due(world.desk.store, world.market, STILL + days - timedelta(minutes=5)) == ()
    assert [r.id for r in find_due(world.desk.store, world.market, STILL)] == [row.id]
    assert world.drain(now=lambda: STILL).delivered == 1


def test_given_up_while_it_is_looked_for(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    seen = {"status": "pending", "status_updated": 1, "last_updated": 1, "files": []}
    world.desk.store.change_outbox(row.id, "assay", state=SendState.CONFLICT, cause=Cause.EDITED, attempts=1, seen=seen)
    world.server.records.change_status("notes", 1, "rejected", row.reason)

    class Meanwhile:
        def __init__(self, client):
            self.client = client

        def __getattr__(self, name):
            return getattr(self.client, name)

        def files(self, *about, **more):
            if world.row(row.id).state is SendState.CONFLICT:
                world.desk.marketplace.resolve(row.id, "theirs")
            return self.client.files(*about, **more)

    drained = drain_outbox(world.desk, lambda: Meanwhile(world.client()), world.market, pace=Pace(0.0, 0.0))
    assert drained.problem == "" and world.row(row.id).state is SendState.WITHDRAWN


def test_given_up_while_it_is_compared(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))

    class Meanwhile:
        def __init__(self, client):
            self.client = client

        def __getattr__(self, name):
            return getattr(self.client, name)

        def files(self, *about, **more):
            world.desk.marketplace.resolve(row.id, "theirs")
            return self.client.files(*about, **more)

    drain_outbox(world.desk, lambda: Meanwhile(world.client()), world.market, pace=Pace(0.0, 0.0))
    assert world.row(row.id).state is SendState.WITHDRAWN and world.applied("notes") == []


@pytest.mark.parametrize("error", [NotThere("POST: 404"), Surprise("POST: redirected"), Unreachable("out", sent=True)])
def test_what_never_shows_is_told(world: World, error: MarketError) -> None:
    """A marketplace that answers every change alike and carries out none: the reviewer hears of it."""
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))

    class Never:
        def __init__(self, client):
            self.client = client

        def __getattr__(self, name):
            return getattr(self.client, name)

        def set_status(self, *about, **more):
            raise error

    for _ in range(3):
        drain_outbox(world.desk, lambda: Never(world.client()), world.market, pace=Pace(0.0, 0.0))
    now = world.row(row.id)
    assert str(error) in now.told and "sent 3 times, and nothing shows it" in now.told
    if isinstance(error, Unreachable):
        assert state_of(world, row) == (SendState.SENDING, Cause.UNCERTAIN)  # a bad network: it goes on
        assert world.drain().delivered == 1 and len(world.applied("notes")) == 1
    else:
        assert state_of(world, row) == (SendState.CONFLICT, Cause.REFUSED)
        anew = world.desk.marketplace.resolve(row.id, "retry")
        assert anew.token != row.token and world.drain().delivered == 1


def test_a_wrong_address_deletes_nothing(world: World) -> None:
    """Everything is a 404 behind a wrong path or on a hotel's network: that says nothing of a version."""
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))

    class Elsewhere:
        def __getattr__(self, name):
            def ask(*about, **more):
                raise NotThere(f"{name}: 404")

            return ask

    drained = drain_outbox(world.desk, Elsewhere, world.market, pace=Pace(0.0, 0.0))
    assert state_of(world, row) == (SendState.QUEUED, Cause.BUSY) and not world.entry(row.key).gone
    assert "the marketplace itself is not there" in world.row(row.id).told and drained.conflicts == 0
    assert world.drain().delivered == 1


def test_what_may_have_arrived_stays_in_doubt_until_it_is_read(world: World) -> None:
    row = world.decide(world.submit("notes", {"notes.zip": b"one"}))
    world.desk.store.change_outbox(row.id, "assay", state=SendState.SENDING, attempts=1)
    world.server.records.change_status("notes", 1, "rejected", row.reason)

    class Odd:
        def version(self, *about, **more):
            raise Refused("GET: not accepted (422)", 422)

    drain_outbox(world.desk, Odd, world.market, pace=Pace(0.0, 0.0))
    assert state_of(world, row) == (SendState.SENDING, Cause.UNCERTAIN)
    assert world.drain().delivered == 1 and len(world.applied("notes")) == 1
