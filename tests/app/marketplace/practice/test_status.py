"""Changes of status: what may follow what, each applied once, and what developers and other reviewers do meanwhile."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from app.marketplace.practice import PracticeServer
from app.marketplace.practice.errors import NotAllowed, Unknown
from app.marketplace.practice.moves import Records

from .conftest import Clock, Desk

ALL = ("inReview", "approved", "suspended", "rejected")
FROM = {
    "pending": ("inReview", "approved", "rejected"),
    "inReview": ("inReview", "approved", "rejected"),
    "approved": ("suspended",),
    "suspended": ("approved",),
    "rejected": (),
    "inDevelopment": (),
}


@pytest.fixture
def records(tmp_path: Path, clock: Clock) -> Records:
    records = Records(tmp_path, clock)
    records.add_developer("dev", "Dev")
    return records


@pytest.mark.parametrize(("before", "after"), [(before, after) for before in FROM for after in ALL])
def test_what_may_follow_what(records: Records, before: str, after: str) -> None:
    version = records.submit_version("app", {"a.zip": b"a"}, developer_id="dev", status=before, reason="earlier")
    if after in FROM[before]:
        records.change_status("app", version, after, "now")
        assert records.version("app", version)["status"]["value"] == after
        assert [(one.status, one.reason) for one in records.applied()] == [(after, "now")]
    else:
        with pytest.raises(NotAllowed):
            records.change_status("app", version, after, "now")
        assert records.version("app", version)["status"]["value"] == before
        assert records.applied() == []


@pytest.mark.parametrize("status", ALL)
def test_the_same_twice_is_applied_once(desk: Desk, status: str) -> None:
    app_id = "tab-tidy" if status == "suspended" else "acme-notes"
    version = 2 if status == "suspended" else 4
    codes = [desk.set_status(app_id, version, status=status, reason="R").status_code for _ in range(2)]
    assert codes == [200, 412]
    assert len(desk.server.records.applied(app_id, version)) == 1


def test_a_review_is_taken_over_with_another_reason(desk: Desk) -> None:
    desk.set_status("notes-export", 1, status="inReview", reason="In review by Ada. AS-1")
    assert desk.get("/apps/notes-export/versions/1")["status"]["reason"] == "In review by Ada. AS-1"


def test_412_is_told_in_the_other_shape(desk: Desk) -> None:
    answer = desk.set_status("acme-notes", 3, status="approved")
    assert answer.status_code == 412
    assert answer.json()["errors"][0]["message"] == "approved cannot become approved"


def test_a_developer_may_only_suspend_and_take_that_back(desk: Desk) -> None:
    assert desk.set_status("acme-notes", 4, status="approved", modifiedBy="developer").status_code == 412
    assert desk.set_status("acme-notes", 3, status="suspended", modifiedBy="developer").status_code == 200
    assert desk.get("/apps/acme-notes/versions/3")["status"]["modifiedBy"] == "developer"
    assert desk.set_status("acme-notes", 3, status="approved", modifiedBy="developer").status_code == 200
    assert desk.set_status("quick-weather", 1, status="approved", modifiedBy="developer").status_code == 412
    assert desk.set_status("acme-notes", 4, status="approved", developerId="fern-apps").status_code == 404


def test_approval_makes_live_and_suspension_takes_it_down(desk: Desk) -> None:
    assert desk.set_status("acme-notes", 4, status="approved", reason="ok").status_code == 200
    live = desk.get("/apps/versions", query={"appId": "acme-notes", "isLive": True})["list"]
    assert [one["version"] for one in live] == [4] and live[0]["parent"]["status"]["value"] == "approved"
    assert desk.get("/apps/acme-notes")["version"] == 4
    assert desk.set_status("acme-notes", 4, status="suspended", reason="why").status_code == 200
    assert desk.get("/apps/versions", query={"appId": "acme-notes", "isLive": True})["list"] == []


def test_an_older_version_goes_live_again(desk: Desk) -> None:
    given = {"developerId": "acme-software", "version": "2"}
    answer = desk.ask("POST", "/apps/acme-notes/live", params=given)
    assert (answer.status_code, answer.content) == (200, b"")
    assert desk.get("/apps/acme-notes")["version"] == 2
    for wrong, code in (({"version": "4"}, 400), ({"version": "99"}, 404), ({"developerId": "x"}, 404)):
        assert desk.ask("POST", "/apps/acme-notes/live", params={**given, **wrong}).status_code == code
    assert desk.ask("POST", "/apps/acme-notes/live", params={"version": "2"}).status_code == 400


def test_of_two_at_once_one_wins(server: PracticeServer) -> None:
    """Eight desks decide on the same versions at the same moment."""
    codes: dict[int, list[int]] = {}
    together = threading.Barrier(8)
    versions = [server.records.submit_version("race", developer_id="nils-berg") for _ in range(3)]

    def decide(number: int) -> None:
        desk = Desk(server, strict=False)
        for version in versions:
            together.wait(20)
            answer = desk.set_status("race", version, status=("approved", "rejected")[number % 2], reason=str(number))
            codes.setdefault(version, []).append(answer.status_code)

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {version: sorted(found) for version, found in codes.items()} == dict.fromkeys(versions, [200] + [412] * 7)
    assert [one.version for one in server.records.applied("race")] == versions


@pytest.mark.parametrize("processes", [1, 2])
def test_nobody_comes_between_looking_and_writing(
    seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    shutil.copytree(seeded, tmp_path / "market")
    first = Records(tmp_path / "market")
    second = first if processes == 1 else Records(tmp_path / "market")
    looked, written = threading.Event(), threading.Event()
    look = first._version_row
    refused: list[str] = []

    def look_slowly(app_id: str, version: int) -> dict[str, object]:
        row = look(app_id, version)
        if not looked.is_set():
            looked.set()
            written.wait(0.2)  # the other one must not be able to
        return row

    def decide(records: Records, status: str) -> None:
        try:
            records.change_status("acme-notes", 4, status, "ok")
            written.set()
        except NotAllowed:
            refused.append(status)

    monkeypatch.setattr(first, "_version_row", look_slowly)
    slow = threading.Thread(target=decide, args=(first, "approved"))
    slow.start()
    assert looked.wait(20)
    decide(second, "rejected")
    slow.join(20)
    assert refused == ["rejected"] and [one.status for one in first.applied()] == ["approved"]
    for records in {first, second}:
        records.close()


def test_what_was_applied_cannot_be_changed(desk: Desk) -> None:
    desk.set_status("acme-notes", 4, status="approved", reason="ok")
    for sql in ("UPDATE applied SET reason='x'", "DELETE FROM applied"):
        with pytest.raises(sqlite3.IntegrityError), desk.server.records.change() as db:
            db.execute(sql)
    (one,) = desk.server.records.applied()
    assert (one.app_id, one.version, one.status, one.reason, one.modified_by) == (
        "acme-notes", 4, "approved", "ok", "administrator",
    )  # fmt: skip


def test_a_change_is_seen_by_its_time_even_when_the_clock_goes_back(desk: Desk, clock: Clock) -> None:
    before = desk.get("/apps/acme-notes/versions/4")
    desk.server.faults.set(clock_skew=-3600)
    desk.set_status("acme-notes", 4, status="inReview", reason="a")
    first = desk.get("/apps/acme-notes/versions/4")
    desk.set_status("acme-notes", 4, status="inReview", reason="b")
    second = desk.get("/apps/acme-notes/versions/4")
    times = [one["status"]["lastUpdated"] for one in (before, first, second)]
    assert times == sorted(set(times))
    assert first["lastUpdated"] == before["lastUpdated"], "a status is no edit"
    desk.server.faults.set(clock_skew=7200)
    assert desk.server.clock() == clock.now + 7200


def test_a_developer_replaces_bytes_in_place(desk: Desk) -> None:
    (file_id,) = desk.files("acme-notes", 4)
    before, told = desk.get("/apps/acme-notes/versions/4"), desk.get("/files/byIdOrUrl", fileIdOrUrl=file_id)
    desk.server.records.replace_file(file_id, b"other bytes")
    after, now = desk.get("/apps/acme-notes/versions/4"), desk.get("/files/byIdOrUrl", fileIdOrUrl=file_id)
    assert after["lastUpdated"] > before["lastUpdated"] and after["status"] == before["status"]
    assert after["customData"] == before["customData"]
    desk.server.records.replace_file(file_id, b"other bytes")
    again = desk.get("/apps/acme-notes/versions/4")
    assert again["lastUpdated"] > after["lastUpdated"], "in the same millisecond"
    assert now["hash"]["SHA-256"] != told["hash"]["SHA-256"] and now["size"] == 11 and now["name"] == told["name"]


def test_a_developer_edits_resubmits_and_deletes(desk: Desk) -> None:
    records = desk.server.records
    before = desk.get("/apps/acme-notes/versions/4")
    records.edit_listing("acme-notes", 4, name="Acme Notes Pro", changeLog="More")
    after = desk.get("/apps/acme-notes/versions/4")
    assert after["name"] == "Acme Notes Pro" and after["customData"]["changeLog"] == "More"
    assert after["customData"]["files"] == before["customData"]["files"]
    assert after["lastUpdated"] > before["lastUpdated"] and after["status"] == before["status"]
    records.resubmit("acme-notes", 1)
    again = desk.get("/apps/acme-notes/versions/1")
    assert again["status"]["value"] == "pending" and again["submittedDate"] > before["submittedDate"]
    number = records.submit_version("acme-notes", {"notes.xpi": b"new"}, label="2.6.0")
    assert number == 5 and desk.get("/apps/acme-notes/versions/5")["isLatestVersion"]
    assert not desk.get("/apps/acme-notes/versions/4")["isLatestVersion"]
    records.delete_version("acme-notes", 5)
    assert desk.get("/apps/acme-notes/versions/5", code=404)["status"] == 404
    records.delete_version("left-align", 1)
    assert desk.get("/apps/left-align", code=404)["status"] == 404
    with pytest.raises(Unknown):
        records.submit_version("nothing")


def test_another_reviewer_decides(desk: Desk) -> None:
    token = desk.server.records.decide_as("Mara Lind", "acme-notes", 4, "rejected", "No.")
    reason = desk.get("/apps/acme-notes/versions/4")["status"]["reason"]
    assert reason == f"No.\n\nReviewed by Mara Lind. Decision {token}." and len(token) == 13
