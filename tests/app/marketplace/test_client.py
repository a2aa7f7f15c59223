"""The operations of the client: each against a server on loopback, each exchange held against the contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Request

from app.cancel import Cancelled, CancelToken
from app.marketplace.account import Account
from app.marketplace.client import Client
from app.marketplace.errors import NotNow, NotThere, Refused, Surprise, Unreachable
from app.marketplace.words import Hashes, VersionStatus
from tests.app.marketplace.conftest import SECRET, ScriptServer
from tests.app.marketplace.samples import developer, file, page, status, version

Serve = Callable[..., ScriptServer]
FIELDS = ("files", "downloads.linux")


def make(server: ScriptServer, **options: Any) -> Client:
    account = Account(server.address, "m1", timeout=5, file_fields=FIELDS)
    return Client(account, SECRET, sleep=lambda seconds: None, **options)


def pager(rows: list[Any]) -> Callable[[Request], Any]:
    """An honest list."""

    def answer(request: Request) -> dict[str, Any]:
        limit, number = int(request.args["limit"]), int(request.args["pageNumber"])
        pages = -(-len(rows) // limit)
        return page(rows[(number - 1) * limit : number * limit], number=number, pages=pages, count=len(rows))

    return answer


def test_the_marketplace_itself(script_server: Serve) -> None:
    server = script_server(
        {"/markets/this": {"marketplaceId": "m1", "attributes": [], "viewAppUrl": "v", "previewAppUrl": "p"}}
    )
    assert make(server).market().market_id == "m1"
    assert SECRET not in repr(make(server)) and "m1" not in repr(make(server).account.pin)


def test_a_queue_is_read_page_by_page(script_server: Serve) -> None:
    server = script_server(pager([version(f"a{n}", n) for n in range(25)]))
    query = {"status.value": {"$in": ["pending", "inReview"]}}
    got = list(make(server).versions(query, {"submittedDate": 1}, limit=10))
    assert [(one.app_id, one.version) for one in got] == [(f"a{n}", n) for n in range(25)]
    assert [one.args["pageNumber"] for one in server.seen] == ["1", "2", "3"]
    assert json.loads(server.seen[0].args["query"]) == query
    assert json.loads(server.seen[0].args["sort"]) == {"submittedDate": 1}
    assert got[0].files == ("f1", "f2") and got[0].status == VersionStatus("pending", 1_700_000_000_000, "developer")
    assert got[0].submitted == 1_695_000_000_000 and got[0].parent_status == "approved" and got[0].is_latest


def test_without_a_query_none_is_sent(script_server: Serve) -> None:
    server = script_server(pager([]))
    assert list(make(server).versions()) == []
    assert set(server.seen[0].args) == {"limit", "pageNumber"}


def test_rows_that_move_while_they_are_read_are_not_lost(script_server: Serve) -> None:
    rows = [version(f"a{n}", n) for n in range(30)]

    def answer(request: Request) -> Any:
        made = pager(rows)(request)
        if len(server.seen) == 1:
            del rows[0]  # decided meanwhile: the others move forward over the end of the first page
        return made

    server = script_server(answer)
    assert {one.version for one in make(server).versions(limit=10)} == set(range(30))


@pytest.mark.parametrize(
    ("pages", "count", "most"),
    [(10**9, 10**9, 6), (0, 0, 1), (10**9, 2, 2), (1, 10**9, 2)],
)
def test_a_list_ends_whatever_is_said_of_its_pages(script_server: Serve, pages: int, count: int, most: int) -> None:
    rows = [version("a", 1), version("a", 2), version("a", 1)]
    server = script_server(lambda request: page(rows, pages=pages, count=count))
    assert [one.version for one in make(server).versions(limit=2)] == [1, 2]
    assert len(server.seen) <= most


def test_a_list_without_end_is_an_error(script_server: Serve) -> None:
    def answer(request: Request) -> Any:
        number = int(request.args["pageNumber"])
        return page([version("a", number * 10 + n) for n in range(10)], number=number, pages=10**9, count=10**9)

    server = script_server(answer)
    with pytest.raises(Surprise, match="more than 95 rows"):
        list(make(server, max_rows=95).versions(limit=10))
    assert len(server.seen) == 10


def test_a_list_is_left_when_the_reviewer_stops_it(script_server: Serve) -> None:
    server = script_server(pager([version(f"a{n}", n) for n in range(25)]))
    token = CancelToken()
    rows = make(server).versions(limit=10, cancel=token)
    next(rows)
    token.cancel()
    with pytest.raises(Cancelled):
        list(rows)
    assert len(server.seen) == 1


def test_a_surprise_in_a_list_names_row_and_field(script_server: Serve) -> None:
    rows = [version("a", 1), version("a", 2, status=status(17))]
    server = script_server([page(rows)], checked=False)
    with pytest.raises(Surprise) as caught:
        list(make(server).versions())
    assert str(caught.value) == "GET /apps/versions: list[1].status.value is 17, not a text"


def test_one_version(script_server: Serve) -> None:
    server = script_server(
        {"/apps/a/b/versions/3": version("a/b", 3, customData={"downloads": {"linux": "//f.example/x"}})}
    )
    client = make(server)
    got = client.version("a/b", 3)
    assert (got.app_id, got.version, got.files) == ("a/b", 3, ("//f.example/x",))
    assert "/apps/a%2Fb/versions/3" in server.seen[0].url
    with pytest.raises(NotThere, match="/apps/gone/versions/9"):
        client.version("gone", 9)


def test_another_version_than_asked_for_is_a_surprise(script_server: Serve) -> None:
    server = script_server([version("other", 3), version("a", 4)])
    for _ in range(2):
        with pytest.raises(Surprise, match="another version"):
            make(server).version("a", 3)


def test_a_status_is_set_once_as_the_administrator(script_server: Serve) -> None:
    server = script_server([200, (412, {"status": 412, "message": "not from approved"}), 504])
    client = make(server)
    client.set_status("a", 3, "rejected", "Näh.\n\nDecision AS-1")
    sent = server.seen[0]
    assert (sent.method, sent.path) == ("POST", "/v2/apps/a/versions/3/status")
    assert json.loads(sent.body) == {
        "status": "rejected",
        "reason": "Näh.\n\nDecision AS-1",
        "modifiedBy": "administrator",
    }
    with pytest.raises(NotNow, match="not from approved"):
        client.set_status("a", 3, "rejected", "x")
    with pytest.raises(Unreachable) as caught:
        client.set_status("a", 3, "rejected", "x")
    assert caught.value.sent and len(server.seen) == 3
    for wrong in ("pending", "inDevelopment", "spam", ""):
        with pytest.raises(Refused, match="no status that can be set"):
            client.set_status("a", 3, wrong, "x")
    assert len(server.seen) == 3


def answer_by_ids(key: str, make_row: Callable[[str], Any], have: set[str]) -> Callable[[Request], Any]:
    """A list that knows `$in`, and asks of one file or developer."""

    def answer(request: Request) -> Any:
        if request.path.endswith("/byIdOrUrl"):
            name = request.args["fileIdOrUrl"]
            if name.startswith("//"):
                return make_row(name.rpartition("/")[2])
            return make_row(name) if name in have else (404, {"status": 404, "message": "no"})
        wanted = json.loads(request.args["query"])[key]["$in"]
        return pager([make_row(name) for name in wanted if name in have])(request)

    return answer


def test_many_developers_are_asked_for_at_once(script_server: Serve) -> None:
    names = [f"developer-{n:03}-{'x' * 30}" for n in range(250)]
    server = script_server(answer_by_ids("developerId", developer, set(names[:-1])))
    got = make(server).developers([*names, names[0]])
    assert [one.developer_id for one in got] == names[:-1]
    assert len(server.seen) <= 8 and all(len(one.url) < 8_000 for one in server.seen)
    assert make(server).developers([]) == ()


def test_one_developer(script_server: Serve) -> None:
    server = script_server({"/developers/d1": developer(), "/developers/d2": developer("d3")})
    assert make(server).developer("d1").custom == {"certified": True}
    with pytest.raises(Surprise, match="another"):
        make(server).developer("d2")
    with pytest.raises(NotThere):
        make(server).developer("d9")


def test_files_by_id_and_address_and_those_that_are_gone(script_server: Serve) -> None:
    server = script_server(answer_by_ids("fileId", file, {"f1", "f2"}))
    got = make(server).files(["f2", "//h.example/f7", "gone", "f1", "f2"])
    assert {name: one.file_id for name, one in got.items()} == {"f2": "f2", "//h.example/f7": "f7", "f1": "f1"}
    assert list(got) == ["f2", "//h.example/f7", "f1"]
    assert server.paths.count("/v2/files") == 1
    assert got["f1"].hashes == Hashes("ab" * 16, "cd" * 20, "ef" * 32) and got["f1"].private is True
    with pytest.raises(NotThere, match=r"^gone: the marketplace does not have this file"):
        make(server).file("gone")


def test_a_missing_address_is_named_without_its_signature(script_server: Serve) -> None:
    server = script_server([(400, {"errors": [{"field": "fileIdOrUrl", "message": "unknown"}]})])
    with pytest.raises(NotThere) as caught:
        make(server).file("https://f.example/a.zip?Signature=abc")
    assert str(caught.value) == "f.example/a.zip: the marketplace does not have this file (400)"
    other = script_server([file("f2")])
    with pytest.raises(Surprise, match="another file"):
        make(other).file("f1")


def test_a_signed_address(script_server: Serve) -> None:
    server = script_server(lambda request: {"url": f"{server.root}/files/f1?sig=abc"})
    got = make(server).signed_url("f1", 90)
    assert got.url.endswith("?sig=abc") and got.valid_seconds == 90 and "sig" not in repr(got)
    assert server.seen[0].args == {"fileId": "f1", "validSeconds": "90"}


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/x?sig=abc",
        "https://user:pw@files.example/x?sig=abc",
        "ftp://files.example/?sig=abc",
        "https://?sig=abc",
        "/x?sig=abc",
        "https://files.example/x?sig=abc\n",
        "https://files.example:0/x?sig=abc",
        "https://files.example/" + "x" * 9000,
        17,
        None,
    ],
)
def test_an_address_that_is_none_is_a_surprise_that_does_not_show_it(script_server: Serve, url: Any) -> None:
    server = script_server([{"url": url}], checked=False)
    with pytest.raises(Surprise, match=r"GET /files/download: url") as caught:
        make(server).signed_url("f1")
    assert "abc" not in str(caught.value)


def test_figures(script_server: Serve) -> None:
    server = script_server(
        {
            "/stats/series/day/downloads": [[1_700_000_000_000, 3], [1_700_086_400_000, 0]],
            "/stats/total": {"totals": {"downloads": 3}, "apps": {"a1": {"downloads": 3}}, "start": 1, "end": 2},
        }
    )
    client = make(server)
    assert client.series("day", ["downloads"], 1, 2, {"appId": "a1"}) == (
        (1_700_000_000_000, 3),
        (1_700_086_400_000, 0),
    )
    assert json.loads(server.seen[0].args["query"]) == {"appId": "a1"}
    total = client.total(["downloads"])
    assert total.apps == {"a1": {"downloads": 3}} and total.totals == {"downloads": 3} and total.end == 2
