"""The contract as it is held against exchanges: every fault on the list is needed, and what is right still holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.app.marketplace.contract import check_exchange, check_request, check_response, read_faults, read_surprises
from tests.app.marketplace.samples import developer, file, page, status, version

BASE = "http://127.0.0.1:1/v2"
SIGNED = {"Authorization": "Basic bTE6cw=="}
JSON = {"Content-Type": "application/json"}
STATUS = "/apps/a/versions/1/status"


def respond(method: str, path: str, answer: Any, code: int = 200) -> tuple[Any, ...]:
    body = b"" if answer is None else json.dumps(answer).encode()
    return "response", method, BASE + path, code, JSON if body else {}, body


def ask(path: str, body: Any) -> tuple[Any, ...]:
    return "request", "POST", BASE + path, {**SIGNED, **JSON}, json.dumps(body).encode()


def holds(exchange: tuple[Any, ...], without: str = "") -> bool:
    kind, *rest = exchange
    try:
        (check_response if kind == "response" else check_request)(*rest, without=without)
    except AssertionError:
        return False
    return True


# fault -> an exchange that is judged otherwise without it, and whether it is right
PROOFS: dict[str, tuple[tuple[Any, ...], bool]] = {
    "status-schema": (respond("GET", "/apps/a/versions/1", version(status=status("inReview"))), True),
    "submitted": (respond("GET", "/apps/a/versions/1", version(submittedDate="soon")), False),
    "pages": (respond("GET", "/apps/versions", {"count": 0, "list": []}), False),
    "files-answer": (respond("GET", "/files", page([file()])), True),
    "private": (respond("GET", "/files/byIdOrUrl?fileIdOrUrl=f", file(isPrivate="yes")), False),
    "viruses": (
        respond(
            "GET",
            "/files/byIdOrUrl?fileIdOrUrl=f",
            file(virusScan={"status": "DIRTY", "foundViruses": [{"virusName": "x"}]}),
        ),
        True,
    ),
    "status-answer": (respond("POST", STATUS, None), True),
    "status-body": (ask(STATUS, {"status": "pending"}), False),
    "series-items": (respond("GET", "/stats/series/day/downloads", [[1, 2]]), True),
    "totals": (respond("GET", "/stats/total?fields=views", {"totals": {"views": 1}, "apps": {}}), True),
    "errors": (respond("GET", "/files", {"status": 404, "message": "no"}, 404), True),
    "url": (respond("GET", "/files/download?fileId=f", {"url": "here"}), False),
    "hashes": (respond("GET", "/files/byIdOrUrl?fileIdOrUrl=f", file(hash={"MD5": "zz"})), False),
    "numbers": (respond("GET", "/files/byIdOrUrl?fileIdOrUrl=f", file(size=-1)), False),
    "media-type": (respond("GET", "/files/byIdOrUrl?fileIdOrUrl=f", file()), True),
}


@pytest.mark.parametrize("fault", sorted({fault["id"] for fault in read_faults()}))
def test_every_fault_on_the_list_is_one(fault: str) -> None:
    exchange, right = PROOFS[fault]
    assert holds(exchange) is right
    assert holds(exchange, without=fault) is not right
    assert all(one["why"] for one in read_faults())


def test_surprises_are_explained_by_faults() -> None:
    assert {one["fault"] for one in read_surprises()} <= {fault["id"] for fault in read_faults()}


def test_an_exchange_that_is_right_holds() -> None:
    rows = json.dumps(page([version(), version("b", 2)])).encode()
    query = "?query=%7B%7D&sort=%7B%7D&limit=10&pageNumber=1"
    check_exchange("GET", f"{BASE}/apps/versions{query}", SIGNED, b"", 200, JSON, rows)
    check_exchange("GET", f"{BASE}/developers/d1", SIGNED, b"", 200, JSON, json.dumps(developer()).encode())
    form = {**SIGNED, "Content-Type": "application/x-www-form-urlencoded"}
    check_exchange("POST", BASE + STATUS, form, b"status=approved&reason=x&modifiedBy=administrator", 200, {}, b"")
    check_exchange("GET", f"{BASE}/files", {}, b"", 401, JSON, b'{"status": 401, "message": "who are you"}')
    check_exchange("GET", f"{BASE}/files", SIGNED, b"", 504, {"Content-Type": "text/html"}, b"<html>")


@pytest.mark.parametrize(
    ("path", "headers", "answer"),
    [
        ("/apps/versions", {}, page([])),  # not signed in
        ("/apps/versions?page=2", SIGNED, page([])),  # an unknown parameter
        ("/apps/versions?limit=many", SIGNED, page([])),
        ("/apps/versions", SIGNED, [version()]),
        ("/apps/versions", SIGNED, page([version(status=status("spam"))])),
        ("/apps/versions", SIGNED, page([{**version(), "appId": 7}])),
        ("/apps/a/versions/one", SIGNED, version()),
        ("/app/versions", SIGNED, page([])),
        ("/stats/series/week/views", SIGNED, [[1, 2]]),
    ],
)
def test_an_exchange_that_is_wrong_does_not_hold(path: str, headers: dict[str, str], answer: Any) -> None:
    with pytest.raises(AssertionError):
        check_exchange("GET", BASE + path, headers, b"", 200, JSON, json.dumps(answer).encode())


def test_an_error_has_one_of_the_two_shapes() -> None:
    for body in (b"no", b"{}", b'{"message": "x"}', b"[]"):
        with pytest.raises(AssertionError):
            check_exchange("GET", f"{BASE}/files", SIGNED, b"", 400, JSON, body)
    with pytest.raises(AssertionError, match="required"):
        check_exchange("POST", BASE + STATUS, SIGNED, b"", 200, {}, b"")
