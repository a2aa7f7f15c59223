"""Files behind addresses that are signed and expire; ranges, public files, and bytes that change."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from app.marketplace.practice import PracticeServer

from .conftest import Clock, Desk


@pytest.fixture
def file_id(desk: Desk) -> str:
    return desk.files("acme-notes", 4)[0]


def fetch(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers={"Accept-Encoding": "identity", **headers}, timeout=20)


def test_a_signed_address_gives_the_bytes_that_were_promised(desk: Desk, file_id: str) -> None:
    told = desk.get("/files/byIdOrUrl", fileIdOrUrl=file_id)
    answer = fetch(desk.sign(file_id))
    assert answer.status_code == 200 and len(answer.content) == told["size"]
    assert hashlib.sha256(answer.content).hexdigest() == told["hash"]["SHA-256"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] == f'"{told["hash"]["SHA-256"]}"'
    assert "acme-notes-2.5.0.xpi" in answer.headers["Content-Disposition"]


def test_every_file_in_the_queue_can_be_fetched(desk: Desk) -> None:
    for told in desk.get("/files")["list"]:
        answer = fetch(desk.sign(told["fileId"]))
        assert len(answer.content) == told["size"], told["name"]
        for name, word in (("MD5", "md5"), ("SHA-1", "sha1"), ("SHA-256", "sha256")):
            if name in told["hash"]:
                assert hashlib.new(word, answer.content).hexdigest() == told["hash"][name]


@pytest.mark.parametrize(
    "how", ["unsigned", "no signature", "no expiry", "signature", "later", "word", "other", "name"]
)
def test_a_tampered_address_is_refused(desk: Desk, file_id: str, how: str) -> None:
    url = desk.sign(file_id)
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    other = desk.files("tab-tidy", 3)[0]
    path = parts.path
    if how == "unsigned":
        query = {}
    elif how == "no signature":
        del query["signature"]
    elif how == "no expiry":
        del query["expires"]
    elif how == "signature":
        query["signature"] = ("0" if query["signature"][0] != "0" else "1") + query["signature"][1:]
    elif how == "later":
        query["expires"] = str(int(query["expires"]) + 1)
    elif how == "word":
        query["expires"] = "never\N{SUPERSCRIPT TWO}"
    elif how == "other":
        path = path.replace(file_id, other).replace("acme-notes-2.5.0.xpi", "tab-tidy-1.5.0.crx")
    else:
        path = path.replace("2.5.0", "2.5.1")
    answer = fetch(parts._replace(path=path, query=urlencode(query)).geturl())
    assert answer.status_code == 403
    assert answer.json()["status"] == 403


@pytest.mark.parametrize(("given", "seconds"), [({}, 60), ({"validSeconds": 5}, 5), ({"validSeconds": 604800}, 604800)])
def test_an_address_expires(desk: Desk, clock: Clock, file_id: str, given: dict[str, int], seconds: int) -> None:
    url = desk.sign(file_id, **given)
    clock.now += seconds - 1
    assert fetch(url).status_code == 200
    clock.now += 1
    assert fetch(url).status_code == 403


@pytest.mark.parametrize("seconds", ["0", "-1", "604801", "long"])
def test_a_wrong_time_is_refused(desk: Desk, file_id: str, seconds: str) -> None:
    assert desk.get("/files/download", code=400, fileId=file_id, validSeconds=seconds)


def test_the_secret_is_no_signature(desk: Desk, file_id: str) -> None:
    url = desk.sign(file_id).partition("?")[0]
    assert requests.get(url, auth=("practice", desk.server.secret), timeout=20).status_code == 403


def test_a_restart_makes_old_addresses_worthless(desk: Desk, file_id: str) -> None:
    url = desk.sign(file_id)
    server = desk.server
    port = server.port
    server.stop()
    again = PracticeServer(server.folder, port=port, clock=server.clock)
    with again:
        assert again.port == port and again.secret != server.secret
        assert fetch(url).status_code == 403


def test_a_download_goes_on_where_it_was_cut(desk: Desk, file_id: str) -> None:
    url = desk.sign(file_id)
    whole = fetch(url)
    etag = whole.headers["ETag"]
    part = fetch(url, Range="bytes=1000-", **{"If-Range": etag})
    assert part.status_code == 206 and part.content == whole.content[1000:]
    assert part.headers["Content-Range"] == f"bytes 1000-{len(whole.content) - 1}/{len(whole.content)}"
    assert fetch(url, Range="bytes=10-19").content == whole.content[10:20]
    beyond = fetch(url, Range="bytes=99999999-")
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{len(whole.content)}"
    assert fetch(url, **{"If-None-Match": etag}).status_code == 304
    desk.server.records.replace_file(file_id, b"0123456789" * 200)
    changed = fetch(desk.sign(file_id), Range="bytes=1000-", **{"If-Range": etag})
    assert changed.status_code == 200 and len(changed.content) == 2000, "other bytes begin anew"


def test_a_public_file_has_an_address_that_stays(desk: Desk, clock: Clock) -> None:
    public = desk.server.records.add_file("logo.zip", b"logo", private=False)
    told = desk.get("/files/byIdOrUrl", fileIdOrUrl=public)
    assert told["fileUrl"].startswith("//127.0.0.1:") and told["isPrivate"] is False
    clock.now += 10_000_000
    assert fetch(f"http:{told['fileUrl']}").content == b"logo"
    assert fetch(desk.sign(public)).content == b"logo"


def test_a_private_file_is_not_at_a_public_address(desk: Desk, file_id: str) -> None:
    told = desk.get("/files/byIdOrUrl", fileIdOrUrl=file_id)
    assert fetch(f"http:{told['fileUrl']}").status_code == 403
    assert fetch(f"http:{told['fileUrl'].replace('/get/', '/public/')}").status_code == 404


def test_hundreds_of_files_are_asked_for_at_once(desk: Desk) -> None:
    ids = [one["fileId"] for one in desk.get("/files")["list"]]
    many = [*ids, *(f"{number:024}" for number in range(500 - len(ids)))]
    page = desk.get("/files", query={"fileId": {"$in": many}})
    assert {one["fileId"] for one in page["list"]} == set(ids)
