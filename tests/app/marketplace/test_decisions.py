"""Decisions on versions of the marketplace: what they are bound to, who has to confirm, and how one goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.checklist import DecisionRefused
from app.errors import DeskError
from app.marketplace import decisions
from app.marketplace.words import (
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
from app.store import StoreError

from .outbox_world import REASON, World, make_artifact, open_desk

KNOWN = "I have looked at each file myself."


class Desktop(World):
    """A desk whose queue was read once; nothing is asked of any marketplace."""

    def put(
        self, app: str = "notes", files: dict[str, bytes] | None = None, download: bool = True, **more: object
    ) -> int:
        files = {"notes.zip": b"one"} if files is None else files
        version = Version(
            app, 1, app.title(), "dev", VersionStatus("pending", 1000, "developer"), 1, 2000, files=tuple(files)
        )
        version = replace(version, **more)  # type: ignore[arg-type]
        made = {name: make_artifact(content, name) for name, content in files.items()}
        held = [MarketFile(n, n, a.size, 1, hashes=Hashes(a.md5, a.sha1, a.sha256)) for n, a in made.items()]
        saved = self.desk.store.save_versions(self.market, [version], files={(app, 1): held})
        key = saved.keys[(app, 1)]
        for name, content in files.items():
            if download:
                self.link(key, name, content)
        return key

    def outbox(self) -> tuple[OutboxRow, ...]:
        return self.desk.marketplace.outbox(all=True)

    def become(self, reviewer: str) -> None:
        self.desk.settings = replace(self.desk.settings, reviewer=reviewer)

    def conflict(self, row: OutboxRow, cause: Cause, **more: object) -> OutboxRow:
        seen = {"status": "inReview", "status_updated": 5000, "last_updated": 6000, "files": []} | more
        attempts = 1 if cause is Cause.OVERWRITTEN else 0
        return self.desk.store.change_outbox(
            row.id, "assay", state=SendState.CONFLICT, cause=cause, told="why", seen=seen, attempts=attempts
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Desktop]:
    desk = open_desk(tmp_path, "https://market.example/v2", "market")
    yield Desktop(tmp_path, None, desk)  # type: ignore[arg-type]
    desk.close()


def test_a_decision_is_on_every_file_and_makes_one_row(world: Desktop) -> None:
    key = world.put(files={"notes.zip": b"one", "manual.pdf": b"two"})
    first, second = world.entry(key).submissions
    made = world.desk.decide(second, "reject", REASON)
    assert made.submission == second
    assert [len(world.desk.decisions(s)) for s in (first, second)] == [1, 1]
    (row,) = world.outbox()
    assert (row.action, row.status, row.state, row.decision) == ("reject", "rejected", SendState.QUEUED, made.id)
    artifacts = [make_artifact(b"one", ""), make_artifact(b"two", "")]
    assert row.bound == tuple(
        BoundFile(name, name, 3, artifact.sha256)
        for name, artifact in zip(("notes.zip", "manual.pdf"), artifacts, strict=True)
    )
    assert row.basis == Basis("pending", 1000, 2000)
    assert world.entry(key).sending == "queued" and world.entry(key).decided == "reject"


def test_decision_and_row_are_there_together_or_not_at_all(world: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.put(files={"notes.zip": b"one", "manual.pdf": b"two"})
    earlier = world.decide(key)

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(type(world.desk.store), "add_outbox", full)
    lines = len(world.desk.store.audit())
    with pytest.raises(StoreError, match="disk is full"):
        world.desk.decide(world.entry(key).submissions[0], "reject", REASON)
    assert world.outbox() == (earlier,) and len(world.desk.store.audit()) == lines
    assert [len(world.desk.decisions(s)) for s in world.entry(key).submissions] == [1, 1]


def test_the_preview_is_exact(world: Desktop) -> None:
    key = world.put()
    (submission,) = world.entry(key).submissions
    reason = "  Tell\u202e what {id} does. \n\nThen send it again.  "
    shown = world.desk.marketplace.preview(submission, "request_changes", reason)
    again = world.desk.marketplace.preview(submission, "request_changes", reason)
    assert shown is not None and shown == again
    world.desk.decide(submission, "request_changes", reason)
    (row,) = world.outbox()
    assert (row.reason, row.status, row.token, row.bound) == (shown.text, shown.status, shown.token, shown.files)
    assert row.reason == (
        f"Changes requested: Tell what {{id}} does.\n\nThen send it again.\n\nReviewed by Ada. Decision {row.token}."
    )
    fresh = world.desk.marketplace.preview(submission, "request_changes", reason)
    assert fresh is not None and fresh.token != shown.token
    other = world.desk.store.add_submission(make_artifact(b"x", "x.zip"), kind="download").id
    assert world.desk.marketplace.preview(other, "reject", reason) is None


def test_a_request_for_changes_may_stay_in_review(world: Desktop) -> None:
    about = replace(world.desk.settings.marketplace, changes="inReview")
    world.desk.settings = replace(world.desk.settings, marketplace=about)
    assert world.decide(world.put(), "request_changes", "Say what you send.").status == "inReview"


# what stands against an approval


def test_each_file_has_its_own_checklist(world: Desktop) -> None:
    key = world.put(files={"notes.zip": b"one", "manual.pdf": b"two"})
    with pytest.raises(DecisionRefused) as refused:
        world.desk.decide(world.entry(key).submissions[0], "approve", "")
    for name in ("notes.zip", "manual.pdf"):
        assert f"{name}: " in str(refused.value)
        assert any(blocker.why.startswith(f"{name}: DL-01") for blocker in refused.value.blockers)
    assert world.outbox() == () and world.desk.decisions(world.entry(key).submissions[0]) == ()


def test_what_was_not_downloaded_needs_a_reason(world: Desktop) -> None:
    key = world.put(files={"notes.zip": b"one", "manual.pdf": b"two"}, download=False)
    submission = world.link(key, "notes.zip", b"one")
    with pytest.raises(DecisionRefused, match=r"not every file of Notes 1 is here.*\nmanual.pdf was not downloaded"):
        world.desk.decide(submission, "approve", "Fine.")
    made = world.desk.decide(submission, "approve", KNOWN)
    assert "manual.pdf was not downloaded: nobody has looked at it" in made.overrides
    (row,) = world.outbox()
    assert row.bound[1].sha256 == make_artifact(b"two", "").sha256  # what the marketplace promises of it


@pytest.mark.parametrize("differs", ["its SHA-256 is another", ""])
def test_bytes_that_were_not_promised_can_only_be_rejected(world: Desktop, differs: str) -> None:
    key = world.put(download=False)
    submission = world.link(key, "notes.zip", b"eno")
    world.desk.store.link_file(key, "notes.zip", submission, differs)
    with pytest.raises(DecisionRefused, match=r"notes.zip: its bytes here are not those that the marketplace promises"):
        world.desk.decide(submission, "approve", KNOWN)
    world.desk.decide(submission, "reject", REASON)
    (row,) = world.outbox()
    assert row.bound[0].sha256 == make_artifact(b"one", "").sha256  # so that the rejection can arrive


def test_a_file_that_was_replaced_cannot_be_decided_on(world: Desktop) -> None:
    key = world.put()
    (submission,) = world.entry(key).submissions
    world.put(files={"notes.zip": b"two"}, download=False, last_updated=3000)
    for decision in ("approve", "reject"):
        with pytest.raises(DecisionRefused, match=r"Notes 1: the file reviewed is no longer part of this version"):
            world.desk.decide(submission, decision, KNOWN)
    assert world.outbox() == () and world.desk.decisions(submission) == ()


@pytest.mark.parametrize("status", ["approved", "rejected", "suspended", "inDevelopment"])
def test_only_what_waits_is_decided(world: Desktop, status: str) -> None:
    key = world.put(status=VersionStatus(status, 1000))
    with pytest.raises(DecisionRefused, match=f"Notes 1 is {status} at the marketplace"):
        world.decide(key)
    with pytest.raises(DeskError, match="nothing to review"):
        world.desk.marketplace.assign(key)


def test_a_deleted_version_is_not_decided(world: Desktop) -> None:
    key = world.put()
    world.desk.store.save_versions(world.market, (), gone=[("notes", 1)])
    with pytest.raises(DecisionRefused, match="no longer has this version"):
        world.decide(key)
    with pytest.raises(DeskError, match="no longer has this version"):
        world.desk.marketplace.assign(key)


# two reviewers


def test_a_second_reviewer_confirms(world: Desktop) -> None:
    row = world.decide(world.put(), escalate=True)
    assert (row.state, row.ways, row.second) == (SendState.HELD, ("confirm", "refuse"), "")
    for same in ("Ada", "  ada ", "ADA"):
        world.become(same)
        with pytest.raises(DeskError, match="another reviewer than Ada has to confirm"):
            world.desk.marketplace.resolve(row.id, "confirm")
    world.become("Bo")
    confirmed = world.desk.marketplace.resolve(row.id, "confirm")
    assert (confirmed.state, confirmed.second, confirmed.reviewer) == (SendState.QUEUED, "Bo", "Ada")
    assert confirmed.reason == f"{REASON}\n\nReviewed by Ada, confirmed by Bo. Decision {row.token}."
    line = world.desk.store.audit(limit=1)[0]
    assert (line.who, line.detail["second"], line.detail["from"]) == ("Bo", "Bo", "held")


def test_a_second_reviewer_refuses(world: Desktop) -> None:
    row = world.decide(world.put(), escalate=True)
    world.become("Bo")
    with pytest.raises(DeskError, match="write a reason"):
        world.desk.marketplace.resolve(row.id, "refuse")
    refused = world.desk.marketplace.resolve(row.id, "refuse", "The finding is a false alarm.")
    assert (refused.state, refused.told) == (SendState.WITHDRAWN, "refused by Bo: The finding is a false alarm.")


def test_a_profile_wants_two_names_under_the_decisions_that_it_names(
    world: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_name = world.desk.profile
    two = frozenset({"approve"})
    monkeypatch.setattr(world.desk, "profile", lambda name=None: replace(of_name(name), second_reviewer=two))
    key = world.put()
    (submission,) = world.entry(key).submissions
    shown = world.desk.marketplace.preview(submission, "approve", KNOWN)
    assert shown is not None and shown.second and "Reviewed by Ada, confirmed by [the second reviewer]." in shown.text
    approved = world.decide(key, "approve", KNOWN)
    assert approved.state is SendState.HELD and approved.reason == shown.text
    rejected = world.decide(key)
    assert rejected.state is SendState.QUEUED and world.row(approved.id).state is SendState.SUPERSEDED


def test_the_profile_of_the_last_full_run_counts(world: Desktop) -> None:
    key = world.put(files={"notes.zip": b"one", "manual.pdf": b"two"})
    runs = [("financial", "{}", "now"), ("standard", '{"only": ["eicar"]}', "now"), ("standard", "{}", None)]
    with world.desk.store.transaction() as db:
        for profile, parameters, finished in runs:  # the latest two are no review: chosen checks, and cut off
            about = {"submission": world.entry(key).submissions[1], "profile": profile, "parameters": parameters}
            about |= {"artifact": make_artifact(b"two", "").sha256, "kind": "download", "started": "then"}
            db.table("runs").insert(about | {"finished": finished, "isolation": "{}"})
    assert world.desk.store.profiles_of(world.entry(key).submissions) == {None, "financial"}
    shown = world.desk.marketplace.preview(world.entry(key).submissions[0], "approve", KNOWN)
    assert shown is not None and shown.second


# what gives way to what


@pytest.mark.parametrize("state", [SendState.QUEUED, SendState.HELD, SendState.CONFLICT])
def test_a_later_word_supersedes_what_was_not_sent(world: Desktop, state: SendState) -> None:
    key = world.put()
    row = world.decide(key)
    world.desk.store.change_outbox(row.id, "assay", state=state, told="what was")
    later = world.decide(key, "request_changes", "Say what you send.")
    assert world.row(row.id).state is SendState.SUPERSEDED and later.state is SendState.QUEUED
    line = next(line for line in world.desk.store.audit() if line.detail.get("state") == "superseded")
    assert (line.who, line.detail["why"], line.detail["row"]) == ("Ada", "what was", row.id)


def test_what_may_have_arrived_goes_first(world: Desktop) -> None:
    key = world.put()
    row = world.decide(key)
    world.desk.store.change_outbox(row.id, "assay", state=SendState.SENDING, attempts=1)
    later = world.decide(key)
    assert world.row(row.id).state is SendState.SENDING and later.id > row.id


def test_taking_a_version_into_review(world: Desktop) -> None:
    key = world.put(download=False)
    row = world.desk.marketplace.assign(key)
    assert (row.action, row.status, row.reason) == ("assign", "inReview", f"In review by Ada. {row.token}")
    assert world.desk.marketplace.assign(key) == row
    world.link(key, "notes.zip", b"one")
    decided = world.decide(key)
    assert world.row(row.id).state is SendState.QUEUED  # it goes first
    with pytest.raises(DeskError, match=f"on its way \\({decided.token}\\)"):
        world.desk.store.change_outbox(row.id, "assay", state=SendState.DELIVERED)
        world.desk.marketplace.assign(key)
    mine = world.put("mine", status=VersionStatus("inReview", 1000, "administrator", row.reason))
    with pytest.raises(DeskError, match="you have it in review already"):
        world.desk.marketplace.assign(mine)
    world.become("Bo")
    assert world.desk.marketplace.assign(mine).reason.startswith("In review by Bo.")  # taken over, with a word


def test_suspend_and_unsuspend(world: Desktop) -> None:
    market = world.desk.marketplace
    key = world.put(status=VersionStatus("approved", 1000), download=False)
    with pytest.raises(DecisionRefused, match="write a reason"):
        market.change_status(key, "suspend", " . ")
    with pytest.raises(DecisionRefused, match="only what is suspended can be"):
        market.change_status(key, "unsuspend", "")
    for wrong in ("approve", ""):
        with pytest.raises(DecisionRefused, match="use suspend or unsuspend"):
            market.preview_status(key, wrong, "x")
    shown = market.preview_status(key, "suspend", REASON)
    row = market.change_status(key, "suspend", REASON)
    assert (row.reason, row.status, row.token, row.bound) == (shown.text, "suspended", shown.token, shown.files)
    assert row.bound[0].sha256 == make_artifact(b"one", "").sha256 and row.decision is None
    world.put(status=VersionStatus("suspended", 3000), download=False, last_updated=3000)
    back = market.change_status(key, "unsuspend", "")
    assert back.reason == f"Reviewed by Ada. Decision {back.token}." and back.status == "approved"
    assert world.row(row.id).state is SendState.SUPERSEDED


# going on


def test_retry_takes_what_was_seen_as_its_basis(world: Desktop) -> None:
    row = world.conflict(world.decide(world.put()), Cause.EDITED, status="pending")
    again = world.desk.marketplace.resolve(row.id, "retry", "The text is all that changed.")
    assert (again.id, again.state, again.cause) == (row.id, SendState.QUEUED, Cause.NONE)
    assert again.basis == Basis("pending", 5000, 6000) and again.bound == row.bound
    assert world.desk.store.audit(limit=1)[0].detail["why"] == "The text is all that changed."


def test_retry_of_what_was_carried_out_is_another_decision(world: Desktop) -> None:
    row = world.conflict(world.decide(world.put()), Cause.OVERWRITTEN)
    again = world.desk.marketplace.resolve(row.id, "retry")
    assert again.id != row.id and again.reason == row.reason.replace(row.token, again.token)
    assert (again.decision, again.attempts, again.basis.status) == (row.decision, 0, "inReview")
    assert world.row(row.id).told == f"sent anew as {again.token}"


@pytest.mark.parametrize("cause", [Cause.OFFLINE, Cause.BUSY, Cause.SECRET, Cause.UNCERTAIN])
def test_retry_of_what_waits_makes_it_due(world: Desktop, cause: Cause) -> None:
    row = world.decide(world.put())
    state = SendState.SENDING if cause is Cause.UNCERTAIN else SendState.QUEUED
    world.desk.store.change_outbox(
        row.id, "assay", state=state, cause=cause, attempts=4, next_try=world.desk.store.now()
    )
    again = world.desk.marketplace.resolve(row.id, "retry")
    assert (again.state, again.cause, again.next_try, again.attempts) == (
        state,
        Cause.NONE,
        None,
        1 if state is SendState.SENDING else 0,  # what may have arrived stays that
    )


def test_theirs_is_logged(world: Desktop) -> None:
    row = world.conflict(world.decide(world.put()), Cause.DECIDED)
    given_up = world.desk.marketplace.resolve(row.id, "theirs")
    assert (given_up.state, given_up.told) == (SendState.WITHDRAWN, "given up: it stays inReview")
    assert world.desk.store.audit(limit=1)[0].detail["why"] == "why"
    with pytest.raises(DeskError, match=r"'retry' is no way on: it is withdrawn"):
        world.desk.marketplace.resolve(row.id, "retry")


def test_review_forgets_what_changed_and_nothing_else(world: Desktop) -> None:
    key = world.put(files={"notes.zip": b"one", "manual.pdf": b"two"})
    files = [{"file_id": "notes.zip", "same": False}, {"file_id": "manual.pdf", "same": True}]
    row = world.conflict(world.decide(key), Cause.CHANGED_BYTES, files=files)
    with pytest.raises(DeskError, match=r"'retry' is no way on: there is review, theirs"):
        world.desk.marketplace.resolve(row.id, "retry")
    assert world.desk.marketplace.resolve(row.id, "review").state is SendState.WITHDRAWN
    assert [file.submission is None for file in world.entry(key).files] == [True, False]


def test_tokens_shown_belong_to_one_desk(world: Desktop, tmp_path: Path) -> None:
    key = world.put()
    (submission,) = world.entry(key).submissions
    shown = decisions.preview_decision(world.desk, submission, "reject", REASON)
    with open_desk(tmp_path, "https://market.example/v2", "market") as other:
        theirs = other.marketplace.preview(submission, "reject", REASON)
    assert shown is not None and theirs is not None and shown.token != theirs.token


# what else a person may try


@pytest.mark.parametrize(
    "name", ["Ada\u200b", "\u0410da", "\uff21\uff44\uff41", "A\u0301da", "Ada.", "a d a", "\u200fAda "]
)
def test_no_spelling_of_a_name_makes_a_second_reviewer(world: Desktop, name: str) -> None:
    row = world.decide(world.put(), escalate=True)
    world.become(name)
    with pytest.raises(DeskError, match="another reviewer than Ada has to confirm"):
        world.desk.marketplace.resolve(row.id, "confirm")


def test_nobody_is_no_second_reviewer(world: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "...")
    row = world.decide(world.put(), escalate=True)
    for name in ("", "  ", "\u200b", "."):
        world.become(name)
        with pytest.raises(DeskError, match="write your name in the settings"):
            world.desk.marketplace.resolve(row.id, "confirm")
    assert world.row(row.id).state is SendState.HELD


def test_what_was_never_sent_may_be_given_up(world: Desktop) -> None:
    key = world.put()
    row = world.decide(key)
    assert row.ways == ("retry", "theirs")
    gone = world.desk.marketplace.resolve(row.id, "theirs", "The wrong version.")
    assert (gone.state, gone.told, gone.ways) == (SendState.WITHDRAWN, "given up before it was sent", ())
    line = world.desk.store.audit(limit=1)[0]
    assert (line.who, line.detail["why"], line.detail["from"]) == ("Ada", "The wrong version.", "queued")
    assert world.entry(key).sending == "" and world.decide(key).state is SendState.QUEUED
    secret = world.desk.store.change_outbox(world.decide(key).id, "assay", cause=Cause.SECRET)
    assert secret.ways == ("retry", "theirs")


def test_what_may_have_left_is_not_given_up(world: Desktop) -> None:
    row = world.decide(world.put())
    for cause in (Cause.NONE, Cause.UNCERTAIN):
        row = world.desk.store.change_outbox(row.id, "assay", state=SendState.SENDING, cause=cause, attempts=1)
        assert row.ways == ("retry",)
        with pytest.raises(DeskError, match="'theirs' is no way on"):
            world.desk.marketplace.resolve(row.id, "theirs")


def test_another_reviewer_takes_a_version_in_another_name(world: Desktop) -> None:
    key = world.put(download=False)
    first = world.desk.marketplace.assign(key)
    world.become("Bo")
    second = world.desk.marketplace.assign(key)
    assert second.reason.startswith("In review by Bo.") and world.row(first.id).state is SendState.SUPERSEDED
    world.desk.store.change_outbox(second.id, "assay", state=SendState.SENDING, attempts=1)
    world.become("Ada")
    third = world.desk.marketplace.assign(key)
    assert third.id > second.id and world.row(second.id).state is SendState.SENDING


def test_what_arrived_stays_delivered_when_decided_anew(world: Desktop) -> None:
    key = world.put()
    row = world.conflict(world.decide(key), Cause.CHANGED_BYTES, arrived=True)
    world.decide(key)
    assert world.row(row.id).state is SendState.DELIVERED


def test_a_reason_that_could_not_be_read_back_is_refused(world: Desktop) -> None:
    key = world.put()
    with pytest.raises(DecisionRefused, match="16,000 can be sent: shorten the reason"):
        world.decide(key, reason="\n".join(["\u00e9" * 1900] * 9))
    assert world.outbox() == () and world.desk.decisions(world.entry(key).submissions[0]) == ()
    assert len(world.decide(key, reason="\n".join(["\u00e9" * 1900] * 8)).reason) > 15_000


def test_what_changed_while_the_reviewer_wrote_is_not_decided_on(world: Desktop) -> None:
    files = {"notes.zip": b"one", "manual.pdf": b"two"}
    key = world.put(files=files)
    submission = world.entry(key).submissions[0]

    def preview() -> str:
        shown = world.desk.marketplace.preview(submission, "approve", KNOWN)
        assert shown is not None
        return shown.token

    token = preview()
    world.put(files=files | {"manual.pdf": b"swapped"}, download=False)
    with pytest.raises(DecisionRefused, match="has other files at the marketplace since you began to write"):
        world.desk.decide(submission, "approve", KNOWN)
    world.put(files=files, download=False)
    preview()
    theirs = VersionStatus("inReview", 3000, "administrator", "In review by Bo. AS-0000000000")
    world.put(files=files, download=False, status=theirs)
    with pytest.raises(DecisionRefused, match="has another status"):
        world.desk.decide(submission, "reject", REASON)
    preview()
    world.put(files=files, download=False, status=theirs, last_updated=9000)
    with pytest.raises(DecisionRefused, match="has an edited listing"):
        world.desk.decide(submission, "reject", REASON)
    assert world.outbox() == () and world.desk.decisions(submission) == ()
    assert preview() != token and world.decide(key).state is SendState.QUEUED  # looked at again


def test_what_this_desk_did_is_no_news_to_its_reviewer(world: Desktop) -> None:
    key = world.put()
    taken = world.desk.marketplace.assign(key)
    shown = world.desk.marketplace.preview(world.entry(key).submissions[0], "reject", REASON)
    world.put(download=False, status=VersionStatus("inReview", 5000, "administrator", taken.reason), last_updated=5000)
    assert shown is not None and world.decide(key).token == shown.token


def test_a_decision_that_failed_keeps_the_token_of_its_preview(world: Desktop) -> None:
    key = world.put()
    shown = world.desk.marketplace.preview(world.entry(key).submissions[0], "reject", REASON)
    with pytest.raises(DecisionRefused):
        world.decide(key, "reject", "")
    assert shown is not None and world.decide(key).token == shown.token


def test_a_version_of_another_marketplace_is_not_decided_on(world: Desktop) -> None:
    key = world.put()
    (submission,) = world.entry(key).submissions
    waits, second = world.decide(key), world.put("second")
    here = world.desk.settings
    there = replace(here.marketplace, address="https://other.example/v2")
    world.desk.settings = replace(here, marketplace=there)
    for attempt in (
        lambda: world.desk.decide(submission, "reject", REASON),
        lambda: world.desk.marketplace.assign(second),
        lambda: world.desk.marketplace.change_status(key, "suspend", REASON),
    ):
        with pytest.raises(DecisionRefused, match=r"is of market@market\.example/v2, and this desk is"):
            attempt()
    assert world.row(waits.id).state is SendState.QUEUED
    assert world.desk.store.outbox_elsewhere(world.market) == {"market@market.example/v2": 1}
    world.desk.settings = replace(here, marketplace=replace(there, address=""))
    assert world.decide(key).state is SendState.QUEUED  # without any it is kept for its own
    assert world.desk.store.outbox_elsewhere("market@market.example/v2") == {}
