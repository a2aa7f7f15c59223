"""The queue is read in few requests, kept whole or not at all, and tells what left it; over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cancel import Cancelled, CancelToken
from app.marketplace.errors import Denied, MarketError, Unreachable
from app.marketplace.queue import SINGLE_LIMIT, batches, refresh_queue
from app.marketplace.queue_text import choose_entries, dump_entries, list_entries, tell_synced
from app.marketplace.words import QueueEntry, Refresh
from tests.app.marketplace.outbox_world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.close()


def submit(world: World, app: str, **more: object) -> int:
    files = {f"{app}.zip": app.encode()}
    return world.server.records.submit_version(app, files, developer_id="dev", name=app.title(), **more)  # type: ignore[arg-type]


def refresh(world: World, **more: object) -> Refresh:
    return refresh_queue(world.desk.store, world.client, world.market, **more)  # type: ignore[arg-type]


def entries(world: World, scope: str = "waiting") -> dict[tuple[str, int], QueueEntry]:
    return {(e.app_id, e.version): e for e in world.desk.marketplace.queue(scope)}


def test_the_queue_comes_with_files_developers_and_what_was_before(world: World) -> None:
    submit(world, "notes", status="approved", live=True)
    submit(world, "notes", status="rejected", reason="No.")
    submit(world, "notes", label="2.0")
    submit(world, "other", status="suspended")
    refreshed = refresh(world)
    assert (refreshed.count, refreshed.new, refreshed.changed, refreshed.gone) == (1, 1, 0, 0)
    entry = entries(world)["notes", 3]
    assert (entry.label, entry.developer, entry.live_version, entry.size) == ("2.0", "A developer", 1, 5)
    assert entry.why == ("an earlier version was rejected", "an update of version 1.1.0")
    assert entry.files[0].private is True and entry.files[0].hashes.sha256
    assert set(entries(world, "published")) == {("notes", 1), ("other", 1)}
    state = world.desk.marketplace.state()
    assert state.synced is not None and state.online and not state.problem
    again = refresh(world)
    assert (again.count, again.new, again.changed, again.gone) == (1, 0, 0, 0)


def test_what_left_the_queue_is_asked_for_and_told(world: World) -> None:
    for app in ("stays", "decided", "deleted", "back"):
        submit(world, app)
    refresh(world)
    records = world.server.records
    records.decide_as("Bea", "decided", 1, "rejected", "No.")
    records.delete_version("deleted", 1)
    refreshed = refresh(world)
    assert (refreshed.count, refreshed.new, refreshed.changed, refreshed.gone) == (2, 0, 1, 1)
    everything = entries(world, "all")
    assert set(entries(world)) == {("stays", 1), ("back", 1)} and everything["deleted", 1].gone
    assert everything["decided", 1].status.value == "rejected"
    changes = [c.status for c in world.desk.store.status_changes(everything["decided", 1].key)]
    assert changes == ["pending", "rejected"]
    records.resubmit("decided", 1)
    assert refresh(world).count == 3 and ("decided", 1) in entries(world)


def test_many_that_left_cost_few_requests(world: World) -> None:
    for number in range(SINGLE_LIMIT + 5):
        submit(world, f"app{number}")
    refresh(world)
    for number in range(SINGLE_LIMIT + 5):
        world.server.records.delete_version(f"app{number}", 1)
    refreshed = refresh(world)
    assert (refreshed.count, refreshed.gone) == (0, SINGLE_LIMIT + 5)


def test_a_version_with_a_decision_of_ours_on_its_way_stays_in_sight(world: World) -> None:
    key = world.submit("notes", {"notes.zip": b"notes"})
    refresh(world)
    world.desk.marketplace.assign(key)
    world.server.records.decide_as("Bea", "notes", 1, "rejected", "No.")
    refresh(world)
    entry = entries(world)["notes", 1]
    assert (entry.status.value, entry.sending) == ("rejected", "queued")


def test_a_file_that_is_missing_hides_no_version(world: World) -> None:
    world.server.records.submit_version("notes", {"a.zip": b"a"}, developer_id="dev", manual="x")
    with world.server.records.change() as db:
        db.execute("DELETE FROM files")
    submit(world, "other")
    assert refresh(world).count == 2
    (file,) = entries(world)["notes", 1].files
    assert "does not have" in file.name and file.size == 0
    assert entries(world)["other", 1].files[0].name == "other.zip"


@pytest.mark.parametrize("what", ["versions", "files", "developers"])
def test_after_a_cut_the_last_sync_is_what_it_was(world: World, what: str) -> None:
    submit(world, "first")
    refresh(world)
    before, synced = entries(world, "all"), world.desk.marketplace.state().synced
    submit(world, "second")
    world.server.faults.set(cut_body=1.0, only=f"/{what}")
    with pytest.raises(Unreachable):
        refresh(world)
    state = world.desk.marketplace.state()
    assert entries(world, "all") == before and state.synced == synced
    assert "cut" in state.problem and not state.online
    world.server.faults.clear()
    assert refresh(world).new == 1 and not world.desk.marketplace.state().problem


def test_a_secret_that_has_expired_is_told(world: World) -> None:
    refresh(world)
    old = world.server.secret
    world.server.expire_secret()
    with pytest.raises(Denied):
        refresh_queue(world.desk.store, lambda: world.client(old), world.market)
    assert "secret" in world.desk.marketplace.state().problem and old not in world.desk.marketplace.state().problem


def test_a_cancelled_reading_keeps_nothing(world: World) -> None:
    submit(world, "first")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        refresh(world, cancel=cancel)
    assert entries(world, "all") == {} and world.desk.marketplace.state().synced is None


def test_without_a_marketplace_there_is_nothing_to_read(world: World) -> None:
    def missing() -> None:
        raise MarketError("no marketplace is set up")

    with pytest.raises(MarketError):
        refresh_queue(world.desk.store, missing, "")  # type: ignore[arg-type]


def test_batches_fit_into_an_address() -> None:
    ids = [f"{number:024x}" for number in range(500)] + ["a b/ü" * 40]
    cut = list(batches(ids))
    assert [one for some in cut for one in some] == ids
    assert all(len(json.dumps(some)) < 4000 for some in cut)


# as text


def test_the_list_is_chosen_sorted_and_cut(world: World) -> None:
    submit(world, "zeta", kind="plugin", label="9.9")
    submit(world, "alpha", kind="helm")
    refresh(world)
    found = world.desk.marketplace.queue()
    assert [e.app_id for e in choose_entries(found, "", "name")] == ["alpha", "zeta"]
    assert [e.app_id for e in choose_entries(found, "", "waiting")] == ["zeta", "alpha"]
    assert [e.app_id for e in choose_entries(found, "ZETA first", "size")] == ["zeta"]
    assert choose_entries(found, "zeta alpha", "risk") == []
    lines = list_entries(found)
    assert lines[0].startswith("AGE") and "zeta/1" in lines[1] and "9.9" in lines[1] and "first app" in lines[1]
    assert all(len(line) <= 40 for line in list_entries(found, 40))
    told = json.loads(dump_entries(found, world.desk.marketplace.state()))
    assert told["schema"] == "assay-queue/1" and told["entries"][0]["app_id"] == "zeta"
    assert tell_synced(world.desk.marketplace.state()) == "as of 0 s ago"
