"""What a decision on its way may become, as pure rules, and how the store keeps each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import StoreError
from app.marketplace.messages import MessageError, load_messages, name_both, new_token, write_message
from app.marketplace.outbox import Seen, SeenFile, Step, compare_file, has_arrived, judge, judge_sent, see
from app.marketplace.outbox_store import OutboxMoved
from app.marketplace.pace import Pace
from app.marketplace.words import (
    STATUSES,
    Basis,
    BoundFile,
    Cause,
    Hashes,
    MarketFile,
    OutboxRow,
    SendState,
    Version,
    VersionStatus,
)
from app.model import Artifact
from app.store import Store

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
ONE = BoundFile("f1", "one.zip", 10, "a" * 64)
TWO = BoundFile("f2", "two.zip", 20, "b" * 64)
TOKEN = "AS-0123456789"


def make_row(**changes: object) -> OutboxRow:
    row = OutboxRow(
        1, TOKEN, "m", 1, "app", 1, "App", "approve", "approved", f"Fine. {TOKEN}", "Ada", (ONE, TWO),
        Basis("pending", 1000, 2000), SendState.QUEUED, Cause.NONE, "", 0, AT, AT,
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


def seen_file(file: BoundFile, same: bool | None = True) -> SeenFile:
    return SeenFile(file.file_id, file.name, file.size, file.sha256, same)


def make_seen(
    status: str = "pending", updated: int = 1000, edited: int = 2000, reason: str = "", **more: object
) -> Seen:
    files = (seen_file(ONE), seen_file(TWO))
    return replace(Seen(VersionStatus(status, updated, "developer", reason), edited, files), **more)  # type: ignore[arg-type]


def test_sent_only_where_nothing_changed() -> None:
    assert judge(make_row(), make_seen()).step is Step.SEND


@pytest.mark.parametrize(
    ("seen", "cause", "told"),
    [
        (None, Cause.DELETED, "no longer has"),
        (make_seen("rejected", 1500, 2500, "no"), Cause.DECIDED, "rejected by the developer: no"),
        (make_seen("inReview", 1500), Cause.DECIDED, "in review"),
        (make_seen(updated=1500), Cause.EDITED, "submitted anew"),
        (make_seen(edited=2500), Cause.EDITED, "edited"),
        (make_seen(files=(seen_file(ONE),)), Cause.CHANGED_BYTES, "two.zip is gone"),
        (make_seen(files=(seen_file(ONE), seen_file(TWO, False))), Cause.CHANGED_BYTES, "two.zip has other bytes"),
        (make_seen(files=(seen_file(ONE), seen_file(TWO, None))), Cause.CHANGED_BYTES, "two.zip has other bytes"),
        (
            make_seen(files=(seen_file(ONE), seen_file(TWO), SeenFile("f3", "three\u202e.zip", 1, "", False))),
            Cause.CHANGED_BYTES,
            "three\\u202e.zip is new",
        ),
        # the bytes come first: whoever decided meanwhile
        (make_seen("rejected", 1500, files=(seen_file(ONE, False), seen_file(TWO))), Cause.CHANGED_BYTES, "one.zip"),
        # another reviewer's approval looks like ours, but for the token
        (make_seen("approved", 1500, 2500, "Fine. AS-9999999999"), Cause.DECIDED, "approved"),
        # our token, but not our status
        (make_seen("suspended", 1500, 2500, f"Fine. {TOKEN}"), Cause.DECIDED, "suspended"),
    ],
)
def test_conflicts(seen: Seen | None, cause: Cause, told: str) -> None:
    verdict = judge(make_row(), seen)
    assert (verdict.step, verdict.cause, verdict.arrived) == (Step.CONFLICT, cause, False)
    assert told in verdict.told and "not be seen" not in verdict.told
    again = judge(make_row(attempts=1), seen)
    assert cause is Cause.DELETED or "not to be seen there" in again.told


def test_another_review_of_the_same_status_is_a_decision() -> None:
    row = make_row(basis=Basis("inReview", 1000, 2000))
    assert judge(row, make_seen("inReview", 1500, reason="In review by Bo. AS-1")).cause is Cause.DECIDED


def test_only_the_token_proves_delivery() -> None:
    arrived = make_seen("approved", 1500, 2500, f"Fine. {TOKEN}")
    assert judge(make_row(), arrived).step is Step.DELIVERED
    changed = replace(arrived, files=(seen_file(ONE, False), seen_file(TWO)))
    verdict = judge(make_row(), changed)
    assert (verdict.cause, verdict.arrived) == (Cause.CHANGED_BYTES, True)
    assigned = make_row(action="assign", status="approved")
    assert judge(assigned, changed).step is Step.DELIVERED  # taking it into review says nothing of bytes


def test_read_back() -> None:
    row = make_row(state=SendState.SENDING, attempts=1)
    arrived = make_seen("approved", 1500, 2500, f"Fine. {TOKEN}")
    for accepted in (True, False):
        assert judge_sent(row, arrived, accepted=accepted).step is Step.DELIVERED
        assert judge_sent(row, None, accepted=accepted).cause is Cause.DELETED
    overtaken = make_seen("rejected", 1600, 2500, "no")
    assert judge_sent(row, overtaken, accepted=True).cause is Cause.OVERWRITTEN
    assert judge_sent(row, overtaken, accepted=False).cause is Cause.DECIDED
    swapped = replace(overtaken, files=(seen_file(ONE, False), seen_file(TWO)))
    assert judge_sent(row, swapped, accepted=True).cause is Cause.CHANGED_BYTES
    assert judge_sent(row, make_seen(), accepted=False).cause is Cause.NOT_VALID
    assert judge_sent(row, make_seen(), accepted=True).step is Step.SEND  # not to be seen yet
    assert judge_sent(replace(row, attempts=3), make_seen(), accepted=True).cause is Cause.OVERWRITTEN


statuses = st.builds(
    VersionStatus,
    st.sampled_from(STATUSES),
    st.sampled_from([1000, 1500]),
    st.sampled_from(["developer", "administrator"]),
    st.sampled_from(["", f"Fine. {TOKEN}", "Fine. AS-9999999999", f"Not {TOKEN[:-1]}"]),
)
seens = st.builds(
    Seen,
    statuses,
    st.sampled_from([2000, 2500]),
    st.lists(st.builds(seen_file, st.sampled_from([ONE, TWO]), st.sampled_from([True, False, None]))).map(tuple),
    st.sampled_from([(), ("f9",)]),
)
rows = st.builds(
    make_row,
    status=st.sampled_from(["approved", "rejected", "inReview"]),
    action=st.sampled_from(["approve", "reject", "request_changes", "assign"]),
    basis=st.builds(Basis, st.sampled_from(STATUSES), st.sampled_from([1000, 1500]), st.sampled_from([2000, 2500])),
    attempts=st.integers(0, 4),
)


@given(rows, st.none() | seens, st.booleans())
def test_what_always_holds(row: OutboxRow, seen: Seen | None, accepted: bool) -> None:
    before, after = judge(row, seen), judge_sent(row, seen, accepted=accepted)
    same = (
        seen is not None
        and {f.file_id for f in seen.files} == {"f1", "f2"}
        and all(f.same for f in seen.files)
        and not seen.lost
    )
    if before.step is Step.SEND:
        assert seen is not None and same and seen.basis == row.basis and not has_arrived(row, seen.status)
    for verdict in (before, after):
        if verdict.step is Step.DELIVERED:
            assert seen is not None and row.token in seen.status.reason and seen.status.value == row.status
            assert same or row.action == "assign"
        if verdict.step is Step.CONFLICT:
            assert verdict.cause is not Cause.NONE and verdict.told
            assert verdict.told.isprintable()
        if verdict.arrived:
            assert seen is not None and has_arrived(row, seen.status)


@pytest.mark.parametrize(
    ("hashes", "size", "same"),
    [
        (Hashes(sha256="a" * 64), 10, True),
        (Hashes(sha256="c" * 64, md5="1" * 32), 10, False),
        (Hashes(sha1="2" * 40, md5="1" * 32), 10, True),
        (Hashes(sha1="2" * 40, md5="9" * 32), 10, False),
        (Hashes(md5="1" * 32), 10, True),
        (Hashes(), 10, None),
        (Hashes(sha256="a" * 64), 11, False),
        (Hashes(), 11, False),
    ],
)
def test_bytes_by_whatever_hash_there_is(hashes: Hashes, size: int, same: bool | None) -> None:
    artifact = Artifact("a" * 64, "1" * 32, "2" * 40, 10, "one.zip")
    file = MarketFile("f1", "one.zip", size, 1, hashes=hashes)
    assert compare_file(ONE, artifact, file) is same
    version = Version("app", 1, "App", "dev", VersionStatus("pending", 1), 1, 1, files=("f1", "f9"))
    seen = see(version, [file], ["f9"], [ONE], {artifact.sha256: artifact})
    assert seen.files[0].same is same and seen.lost == ("f9",)
    assert compare_file(ONE, None, MarketFile("f1", "one.zip", 10, 1, hashes=Hashes(md5="1" * 32))) is None


# the words


def test_messages_are_filled_once(tmp_path: Path) -> None:
    text = write_message("reject", "See {id} and {reviewer}.\n\u202eLine\x00 two ", "Ada {x}", TOKEN)
    assert text == f"See {{id}} and {{reviewer}}.\nLine two\n\nReviewed by Ada {{x}}. Decision {TOKEN}."
    assert write_message("approve", " ", "Ada", TOKEN) == f"Reviewed by Ada. Decision {TOKEN}."
    assert write_message("request_changes", "That.", name_both("Ada", "Bo"), TOKEN) == (
        f"Changes requested: That.\n\nReviewed by Ada, confirmed by Bo. Decision {TOKEN}."
    )
    assert len({new_token() for _ in range(100)}) == 100
    bad = tmp_path / "m.toml"
    words = {**load_messages(), "decision": "{reason} by {reviewer}"}
    lines = "".join(f"{name} = '''{text}'''\n" for name, text in words.items())
    bad.write_text(f'schema = "assay-marketplace/1"\n[messages]\n{lines}')
    with pytest.raises(MessageError, match=r"m.toml: \[messages\] key 'decision': has to have \{id\} in it"):
        load_messages(bad)


# how long it waits


def test_waits_double_to_a_limit() -> None:
    pace = Pace(4.0, 60.0, random=lambda: 1.0)
    row, waits = make_row(), []
    for _ in range(7):
        at = pace.next_try(row, AT)
        waits.append((at - AT).total_seconds())
        row = replace(row, next_try=at)
    assert waits == [4, 8, 16, 32, 60, 60, 60]
    assert Pace(4.0, 60.0, random=lambda: 0.0).next_try(make_row(), AT) == AT + timedelta(seconds=2)
    assert pace.next_try(make_row(), AT, asked=30) == AT + timedelta(seconds=30)
    assert pace.next_try(make_row(), AT, asked=10**9) == AT + timedelta(seconds=720)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_waits_with_jitter(draws: list[float]) -> None:
    row, last = make_row(), 0.0
    for draw in draws:
        at = Pace(4.0, 60.0, random=lambda draw=draw: draw).next_try(row, AT)
        wait = (at - AT).total_seconds()
        assert max(2.0, min(last, 30.0)) - 1e-3 <= wait <= 60.0
        row, last = replace(row, next_try=at), wait


# the store


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "assay.db")
    version = Version("app", 1, "App", "dev", VersionStatus("pending", 1000, "developer"), 1, 2000, files=("f1",))
    store.save_versions("m", [version])
    yield store
    store.close()


def add(store: Store, token: str, **more: object) -> OutboxRow:
    about = {"action": "reject", "status": "rejected", "reason": f"No.\n\n{token}", "reviewer": "Ada"}
    about |= {"bound": (ONE, TWO), "basis": Basis("pending", 1000, 2000)}
    return store.add_outbox(1, token=token, **{**about, **more})  # type: ignore[arg-type]


def test_rows_come_back_as_they_were(store: Store) -> None:
    row = add(store, TOKEN, told="a\u202eb")
    assert (row.reason, row.bound, row.basis) == (f"No.\n\n{TOKEN}", (ONE, TWO), Basis("pending", 1000, 2000))
    assert (row.app_id, row.version, row.name, row.market, row.told) == ("app", 1, "App", "m", "a\\u202eb")
    assert store.outbox("m") == store.outbox_of(1) == (row,) and store.outbox("other") == ()
    with pytest.raises(StoreError, match="no decision 77"):
        store.outbox_row(77)
    with pytest.raises(StoreError, match="no version 9"):
        store.add_outbox(9, token="AS-X", action="a", status="s", reason="", reviewer="", bound=(), basis=row.basis)


def test_each_step_is_logged_and_nothing_is_deleted(store: Store) -> None:
    row = add(store, TOKEN)
    store.change_outbox(row.id, "assay", state=SendState.SENDING, attempts=1)
    seen = make_seen().as_dict()
    done = store.change_outbox(row.id, "assay", state=SendState.DELIVERED, told="delivered", seen=seen)
    assert (done.state, done.attempts, done.seen["status"], done.next_try) == (SendState.DELIVERED, 1, "pending", None)
    assert store.outbox("m") == () and store.outbox("m", all=True) == (done,)
    assert [line.detail["state"] for line in store.audit()] == ["delivered", "sending", "queued"]
    assert store.outbox_counts("m") == {SendState.DELIVERED: 1}


def test_a_row_that_went_on_is_not_changed(store: Store) -> None:
    row = add(store, TOKEN)
    store.change_outbox(row.id, "Ada", state=SendState.SUPERSEDED)
    with pytest.raises(OutboxMoved, match="superseded by now"):
        store.change_outbox(row.id, "assay", state=SendState.SENDING, only_from=(SendState.QUEUED,))
    assert store.outbox_row(row.id).state is SendState.SUPERSEDED


def test_a_new_secret_makes_due_what_waited_for_it(store: Store) -> None:
    waits, other = add(store, TOKEN), add(store, "AS-OTHER")
    late = AT + timedelta(days=1)
    store.change_outbox(waits.id, "assay", cause=Cause.SECRET, told="expired", next_try=late)
    store.change_outbox(other.id, "assay", cause=Cause.OFFLINE, told="no network", next_try=late)
    assert store.retry_secret("m") == 1 and store.retry_secret("other") == 0
    row = store.outbox_row(waits.id)
    assert (row.cause, row.next_try, row.state) == (Cause.NONE, None, SendState.QUEUED)
    assert store.outbox_row(other.id).next_try == late
