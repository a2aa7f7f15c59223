"""The practice marketplace's answers, each held against the published contract."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
import requests

from app.marketplace.practice import PracticeServer

from .conftest import Clock, Desk

WAITING = {"status.value": {"$in": ["pending", "inReview"]}}


def names(page: dict[str, Any]) -> list[str]:
    return [version["appId"] for version in page["list"]]


def test_the_queue_is_what_there_is_to_learn_from(desk: Desk) -> None:
    page = desk.get("/apps/versions", query=WAITING, sort={"submittedDate": 1})
    assert page["count"] == len(page["list"]) == 7 and page["pages"] == page["pageNumber"] == 1
    dates = [version["submittedDate"] for version in page["list"]]
    assert dates == sorted(dates)
    assert all(version["customData"]["lesson"] and version["customData"]["declarations"] for version in page["list"])
    by_name = {version["appId"]: version for version in page["list"]}
    assert by_name["notes-export"]["status"]["value"] == "inReview"
    assert by_name["notes-export"]["status"]["reason"].startswith("In review by Mara Lind. AS-")
    assert "tab-tidy" in by_name and by_name["tab-tidy"]["version"] == 3, "a draft is not in the queue"
    files = {one["name"]: one for one in desk.get("/files")["list"]}
    assert files["holiday-themes-1.0.2.zip"]["virusScan"]["status"] == "DIRTY"
    assert len(files["holiday-themes-1.0.2.zip"]["virusScan"]["foundViruses"]) == 2
    assert files["palette-peek-1.1.0.vsix"]["virusScan"]["status"] == "NOT_SCANNED"
    assert files["left-align-2.0.3.tgz"]["mimeCheck"] == "FAILED"
    assert set(files["palette-peek-themes-1.1.0.zip"]["hash"]) == {"MD5", "SHA-1"}
    assert len(desk.files("palette-peek", 1)) == 2


def test_a_baseline_is_live_and_a_roll_back_is_seen(desk: Desk) -> None:
    live = desk.get("/apps/versions", query={"appId": "acme-notes", "isLive": True})
    assert [one["customData"]["version"] for one in live["list"]] == ["2.4.1"]
    older = desk.get("/apps/versions", query={"appId": "invoice-sync", "status.value": "approved"})["list"]
    assert [one["isLive"] for one in older] == [True, False], "the newest approved one is not the live one"
    assert desk.get("/apps/acme-notes")["customData"]["version"] == "2.4.1"
    assert desk.get("/apps/quick-weather")["status"]["value"] == "suspended"


def test_earlier_decisions_are_there_for_the_figures(desk: Desk, clock: Clock) -> None:
    decided = desk.get("/apps/versions", query={"status.value": {"$in": ["approved", "rejected"]}})["list"]
    assert len(decided) > 60
    assert sum(one["status"]["value"] == "rejected" for one in decided) >= 8
    for one in decided:
        assert one["submittedDate"] < one["status"]["lastUpdated"] <= clock.now * 1000
        assert clock.now * 1000 - one["submittedDate"] < 91 * 86_400_000
        assert "AS-" in one["status"]["reason"]


def test_pages_cover_everything_once(desk: Desk) -> None:
    everything = desk.get("/apps/versions", sort={"submittedDate": -1})
    seen: list[tuple[str, int]] = []
    for number in range(1, 5):
        page = desk.get("/apps/versions", sort={"submittedDate": -1}, pageNumber=number, limit=25)
        assert page["count"] == everything["count"] and page["pages"] == -(-everything["count"] // 25)
        seen += [(one["appId"], one["version"]) for one in page["list"]]
    assert seen == [(one["appId"], one["version"]) for one in everything["list"]]
    assert desk.get("/apps/versions", pageNumber=9, limit=25)["list"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"appId": "acme-notes", "status.value": {"$ne": "approved"}}, [1, 4]),
        ({"appId": "acme-notes", "version": {"$gt": 1, "$lt": 4}}, [2, 3]),
        ({"appId": "acme-notes", "version": {"$gte": 2, "$lte": 3}}, [2, 3]),
        ({"appId": "acme-notes", "version": {"$nin": [1, 2]}}, [3, 4]),
        ({"appId": "acme-notes", "$or": [{"version": 1}, {"isLive": True}]}, [1, 3]),
        ({"$and": [{"appId": "acme-notes"}, {"$or": [{"version": 2}, {"customData.version": "2.5.0"}]}]}, [2, 4]),
        ({"appId": "acme-notes", "customData.lesson": {"$exists": True}}, [3, 4]),
        ({"appId": "acme-notes", "customData.lesson": {"$exists": False}}, [1, 2]),
        ({"appId": "tab-tidy", "submittedDate": {"$exists": False}}, [4]),
        ({"appId": "acme-notes", "customData.version": {"$in": ["2.3.0", "2.4.1"]}}, [1, 3]),
        ({"appId": "palette-peek", "customData.files.name": "palette-peek-1.1.0.vsix"}, [1]),
        ({"appId": "acme-notes", "version": "1"}, []),
        ({"appId": "acme-notes", "isLive": 1}, []),
        ({"appId": "x' OR 1=1 --"}, []),
    ],
)
def test_queries(desk: Desk, query: dict[str, Any], found: list[int]) -> None:
    page = desk.get("/apps/versions", query=query, sort={"version": 1})
    assert [one["version"] for one in page["list"]] == found
    assert page["count"] == len(found)


def test_a_sort_by_anything_and_a_developer(desk: Desk) -> None:
    page = desk.get("/apps/versions", developerId="acme-software", query=WAITING, sort={"customData.version": -1})
    assert [one["customData"]["version"] for one in page["list"]] == ["2.5.0", "0.9.1"]
    first = desk.get("/apps/versions", query={"appId": "acme-notes"}, sort={"customData.version": 1}, limit=1)
    assert first["count"] == 4 and first["list"][0]["customData"]["version"] == "2.3.0"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/apps/versions", {"query": "{"}),
        ("/apps/versions", {"query": "[1]"}),
        ("/apps/versions", {"query": '{"a": {"$where": "1"}}'}),
        ("/apps/versions", {"query": '{"$or": {}}'}),
        ("/apps/versions", {"query": '{"a": {"$in": 1}}'}),
        ("/apps/versions", {"query": "[" * 100_0}),
        ("/apps/versions", {"sort": '{"a": "up"}'}),
        ("/apps/versions", {"limit": "0"}),
        ("/apps/versions", {"limit": "many"}),
        ("/apps/versions", {"pageNumber": "-1"}),
        ("/apps/acme-notes/versions/newest", {}),
        ("/files/download", {}),
        ("/files/byIdOrUrl", {}),
        ("/stats/series/week/views", {}),
        ("/stats/total", {}),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, path: str, given: dict[str, str]) -> None:
    answer = desk.ask("GET", path, params=given)
    assert answer.status_code == 400
    (item,) = answer.json()["validation-errors"]
    assert item["message"] and item["code"]
    assert item["field"] in {*given, "version", "fileId", "fileIdOrUrl", "period", "fields"}


@pytest.mark.parametrize(
    "path",
    [
        "/apps/nothing",
        "/apps/acme-notes/versions/99",
        "/apps/acme-notes/versions/99999999999999",
        "/developers/nobody",
        "/events/none",
        "/files/download?fileId=none",
        "/files/byIdOrUrl?fileIdOrUrl=none",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_404(server: PracticeServer, path: str) -> None:
    answer = Desk(server, strict=path != "/nowhere").ask("GET", path)
    assert answer.status_code == 404
    assert answer.json() == {"status": 404, "message": answer.json()["message"]}


def test_developers_come_a_hundred_a_page_with_what_is_known_of_them(desk: Desk) -> None:
    page = desk.get("/developers", query={"developerId": {"$in": ["acme-software", "nils-berg"]}})
    acme = next(one for one in page["list"] if one["developerId"] == "acme-software")
    assert page["count"] == 2
    certificate = acme["customData"]["certifications"][0]
    assert certificate["name"] == "ISO 27001" and certificate["issued"] < "2026-09-21" < certificate["expires"]
    assert acme["customData"]["agreement"]["accepted"] and acme["customData"]["securityContact"]
    assert desk.get("/developers/acme-software") == acme
    for number in range(150):
        desk.server.records.add_developer(f"d{number}", f"Developer {number}")
    page = desk.get("/developers")
    assert len(page["list"]) == 100 and page["pages"] == 2


def test_market_statistics_apps_and_events(desk: Desk) -> None:
    assert desk.get("/markets/this")["marketplaceId"] == "practice"
    days = desk.get("/stats/series/day/views,downloads")
    months = desk.get("/stats/series/month/views,downloads")
    assert len(days) == 90 and sum(n for _, n in days) == sum(n for _, n in months)
    assert days == sorted(days) and len(months) in (3, 4, 5)
    total = desk.get("/stats/total", fields="views,downloads")
    assert sum(total["totals"].values()) == sum(n for _, n in days)
    one = desk.get("/stats/total", fields="views", query={"developerId": "fern-apps"})
    assert list(one["apps"]) == ["tab-tidy"] and one["totals"]["views"] < total["totals"]["views"]
    late = desk.get("/stats/series/day/views", start=days[80][0])
    assert len(late) == 10
    assert desk.get("/apps", query={"status.value": "suspended"})["count"] == 1
    assert desk.get("/apps", limit=5)["pages"] > 2
    row = desk.server.records.row("SELECT event_id FROM events WHERE type='app.submitted' LIMIT 1")
    assert row is not None
    assert desk.get(f"/events/{row['event_id']}")["eventType"] == "app.submitted"


@pytest.mark.parametrize("way", ["none", "secret", "market", "bearer", "broken"])
def test_without_the_secret_nothing_is_told(desk: Desk, way: str) -> None:
    server = desk.server
    told = {
        "secret": "Basic " + base64.b64encode(f"practice:{server.secret}x".encode()).decode(),
        "market": "Basic " + base64.b64encode(f"other:{server.secret}".encode()).decode(),
        "bearer": f"Bearer {server.secret}",
        "broken": "Basic é",
    }
    headers = {"Authorization": told[way].encode("utf-8")} if way in told else {}
    for method, path in (
        ("GET", "/apps/versions"),
        ("GET", "/apps/acme-notes"),
        ("GET", "/files"),
        ("GET", "/files/download?fileId=x"),
        ("GET", "/markets/this"),
        ("POST", "/apps/acme-notes/versions/4/status"),
        ("POST", "/files"),
        ("GET", "/events/x"),
        ("GET", "/stats/total?fields=views"),
    ):
        answer = requests.request(method, server.address + path, headers=headers, timeout=20)
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert answer.json()["status"] == 401


def test_a_secret_expires(desk: Desk) -> None:
    new = desk.server.expire_secret()
    assert desk.ask("GET", "/markets/this").status_code == 401
    desk.session.auth = ("practice", new)
    assert desk.ask("GET", "/markets/this").status_code == 200


def test_another_host_is_not_served(desk: Desk) -> None:
    answer = desk.ask("GET", "/markets/this", headers={"Host": "evil.example"})
    assert answer.status_code == 400


@pytest.mark.parametrize("shape", ["query", "form", "json"])
def test_parameters_come_in_three_ways(server: PracticeServer, shape: str) -> None:
    desk = Desk(server, strict=shape != "query")  # the contract's list of faults knows form and JSON
    sent: dict[str, Any] = {"status": "inReview", "reason": "Später, ä\nund mehr", "modifiedBy": "administrator"}
    where = {"query": "params", "form": "data", "json": "json"}[shape]
    answer = desk.ask("POST", "/apps/acme-notes/versions/4/status", **{where: sent})
    assert (answer.status_code, answer.content) == (200, b"")
    status = desk.get("/apps/acme-notes/versions/4")["status"]
    assert status["reason"] == sent["reason"] and status["value"] == "inReview"


def test_unknown_parameters_do_no_harm(server: PracticeServer) -> None:
    desk = Desk(server, strict=False)
    assert desk.get("/apps/versions", limit=1, colour="blue")["count"] > 7
    assert desk.set_status("acme-notes", 4, status="inReview", extra="1").status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {}},
        {"data": {"status": "pending"}},
        {"data": {"status": "approved", "modifiedBy": "king"}},
        {"data": {"status": "approved", "reason": "x" * 30_000}},
        {"json": ["approved"]},
        {"data": "{", "headers": {"Content-Type": "application/json"}},
        {"json": {"status": {"a": 1}}},
        {"json": {"status": "approved", "reason": "half a \ud800"}},
    ],
)
def test_a_faulty_status_changes_nothing(desk: Desk, sent: dict[str, Any]) -> None:
    answer = desk.ask("POST", "/apps/acme-notes/versions/4/status", **sent)
    assert answer.status_code == 400 and answer.json()["validation-errors"]
    assert desk.status("acme-notes", 4) == "pending" and desk.server.records.applied() == []


def test_a_file_is_uploaded(server: PracticeServer) -> None:
    desk = Desk(server, strict=False)  # multipart has no line in the contract that a body could be held against
    for private in (True, False):
        answer = desk.ask(
            "POST",
            "/files",
            params={"isPrivate": json.dumps(private), "hash": "SHA-256,MD5"},
            files={"file": ("../../möbel.zip", b"content", "application/zip")},
        )
        told = answer.json()
        assert told["name"] == "möbel.zip" and told["isPrivate"] is private and told["size"] == 7
        assert told["hash"] == {name: hashlib.new(word, b"content").hexdigest() for name, word in
                                (("MD5", "md5"), ("SHA-256", "sha256"))}  # fmt: skip
        assert desk.get("/files/byIdOrUrl", fileIdOrUrl=told["fileUrl"])["fileId"] == told["fileId"]
        assert desk.get("/files/byIdOrUrl", fileIdOrUrl=told["fileId"]) == told
        assert requests.get(f"http:{told['fileUrl']}", timeout=20).status_code == (403 if private else 200)
    assert desk.ask("POST", "/files").status_code == 400
