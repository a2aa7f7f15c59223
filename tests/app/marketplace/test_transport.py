"""Requests to a marketplace: signed in, repeated where it is safe, bounded in time and size, silent on secrets."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import pickle
import socket
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from app.cancel import Cancelled, CancelToken
from app.marketplace.account import Account
from app.marketplace.answers import parse_body, tell_problem
from app.marketplace.errors import (
    Denied,
    MarketError,
    NotConnected,
    NotNow,
    NotThere,
    Refused,
    Surprise,
    Unreachable,
)
from app.marketplace.transport import Transport, join_path
from tests.app.marketplace.conftest import SECRET, ScriptServer

Serve = Callable[..., ScriptServer]
RawServe = Callable[[Callable[[socket.socket, bytes], None]], str]
MARKET = {"marketplaceId": "m1", "attributes": [], "viewAppUrl": "https://m.example", "previewAppUrl": "x"}
STATUS = ("apps", "a1", "versions", 3, "status")
CHANGE = {"status": "approved", "reason": "fine", "modifiedBy": "administrator"}


class Naps:
    """Instead of sleeping: remembers how long it would have been."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


def make(address: str, naps: Naps | None = None, **options: Any) -> Transport:
    account = Account(address, "m1", timeout=options.pop("timeout", 5))
    return Transport(account, SECRET, sleep=naps or Naps(), random=lambda: 0.5, **options)


def ask(transport: Transport) -> Any:
    return transport.get(("markets", "this"))[1]


def test_requests_carry_who_asks_and_what_it_understands(script_server: Serve) -> None:
    server = script_server([MARKET])
    with_colon = Account(server.address, "m1")
    transport = Transport(with_colon, "pa:ß€")
    assert ask(transport) == MARKET
    headers = server.seen[0].headers
    assert headers["Authorization"] == "Basic " + base64.b64encode("m1:pa:ß€".encode()).decode()
    assert headers["Accept"] == "*/*"
    assert headers["User-Agent"].startswith("assay/")
    assert "Cookie" not in headers


def test_query_documents_and_paths_arrive_as_they_were_meant(script_server: Serve) -> None:
    server = script_server({"/apps/a/../b?c#d%2F/versions/3": [1]}, checked=False)
    transport = make(server.address)
    where, data = transport.get(("apps", "a/../b?c#d%2F", "versions", 3), {"developerId": "x&y=z", "missing": None})
    assert data == [1]
    assert server.seen[0].args == {"developerId": "x&y=z"}
    assert server.seen[0].url.startswith("/v2/apps/a%2F..%2Fb%3Fc%23d%252F/versions/3?")
    assert where == "GET /apps/a%2F..%2Fb%3Fc%23d%252F/versions/3"


@pytest.mark.parametrize("part", ["", ".", "..", "a\nb", "x" * 600])
def test_a_part_that_would_lead_elsewhere_is_not_sent(part: str) -> None:
    with pytest.raises(Surprise, match="no id"):
        join_path(("apps", part))


def test_reading_is_tried_again_with_growing_jittered_pauses(script_server: Serve) -> None:
    server = script_server([500, 502, 503, 504, MARKET])
    naps = Naps()
    assert ask(make(server.address, naps)) == MARKET
    assert naps.taken == [0.5, 1.0, 2.0, 4.0]


def test_patience_ends_and_says_busy(script_server: Serve) -> None:
    server = script_server([503])
    naps = Naps()
    with pytest.raises(Unreachable, match=r"busy.*503") as caught:
        ask(make(server.address, naps))
    assert len(server.seen) == 5 and len(naps.taken) == 4
    assert caught.value.busy and not caught.value.sent and caught.value.incomplete


def limited(wait: str) -> Response:
    response = Response('{"status": 429, "message": "slow down"}', 429, content_type="application/json")
    response.headers["Retry-After"] = wait
    return response


@pytest.mark.parametrize(
    ("wait", "date", "pause"),
    [
        ("7", "", 7.5),
        ("0", "", 0.5),
        # their clock is years off; only the difference counts
        ("Wed, 21 Oct 2015 07:28:20 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 20.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:20 GMT", 0.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", "", 0.5),
        ("soon", "", 0.5),
        ("-3", "", 0.5),
    ],
)
def test_retry_after_is_kept_to(raw_server: RawServe, wait: str, date: str, pause: float) -> None:
    answers = [
        f"HTTP/1.1 429 Slow\r\nRetry-After: {wait}\r\n" + (f"Date: {date}\r\n" if date else ""),
        "HTTP/1.1 200 OK\r\n",
    ]

    def script(connection: socket.socket, got: bytes) -> None:
        connection.sendall(answers.pop(0).encode() + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")

    naps = Naps()
    assert ask(make(raw_server(script), naps)) == {}
    assert naps.taken == [pause]


def test_a_wait_beyond_patience_is_not_waited_but_told(script_server: Serve) -> None:
    server = script_server([limited("86400")])
    naps = Naps()
    with pytest.raises(Unreachable, match="slow down") as caught:
        ask(make(server.address, naps))
    assert naps.taken == [] and caught.value.wait == 86400.0 and len(server.seen) == 1


def test_a_change_is_sent_once_when_it_may_have_been_carried_out(script_server: Serve) -> None:
    for status in (500, 502, 503, 504, 408):
        server = script_server([(status, {"status": status, "message": "x"}), 200])
        with pytest.raises(Unreachable) as caught:
            make(server.address).post(STATUS, CHANGE)
        assert caught.value.sent and len(server.seen) == 1, status


def test_a_change_turned_away_by_a_limiter_is_sent_again(script_server: Serve) -> None:
    server = script_server([limited("1"), 200])
    make(server.address).post(STATUS, CHANGE)
    assert [json.loads(one.body) for one in server.seen] == [CHANGE, CHANGE]
    assert server.seen[0].headers["Content-Type"] == "application/json"


def test_a_change_that_was_cut_after_sending_is_not_repeated(raw_server: RawServe) -> None:
    arrived: list[bytes] = []
    address = raw_server(lambda connection, got: arrived.append(got))
    with pytest.raises(Unreachable, match="cut") as caught:
        make(address).post(STATUS, CHANGE)
    assert caught.value.sent and len(arrived) == 1


def test_a_change_that_never_left_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    naps = Naps()
    with pytest.raises(Unreachable, match="refuses") as caught:
        make(f"http://127.0.0.1:{port}/v2", naps).post(STATUS, CHANGE)
    assert not caught.value.sent and len(naps.taken) == 4


def test_success_of_a_change_is_believed_whatever_body_it_has(raw_server: RawServe) -> None:
    def script(connection: socket.socket, got: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\nContent-Encoding: gzip\r\n\r\nnonsense")

    make(raw_server(script)).post(STATUS, CHANGE)


def test_reading_survives_cuts(raw_server: RawServe) -> None:
    count: list[int] = []

    def script(connection: socket.socket, got: bytes) -> None:
        count.append(1)
        if len(count) == 1:
            return
        if len(count) == 2:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    assert ask(make(raw_server(script))) == {}
    assert len(count) == 3


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_an_answer_that_drips_is_cut_at_the_deadline(raw_server: RawServe, head: bytes) -> None:
    over = threading.Event()

    def script(connection: socket.socket, got: bytes) -> None:
        connection.sendall(head)
        while not over.wait(0.02):
            connection.sendall(b"x")

    with pytest.raises(Unreachable, match="no whole answer within"):
        ask(make(raw_server(script), attempts=1, deadline=0.3))
    over.set()


def test_a_connection_that_is_used_again_is_watched_too(raw_server: RawServe) -> None:
    over = threading.Event()

    def script(connection: socket.socket, got: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        assert connection.recv(65536)
        while not over.wait(0.02):
            connection.sendall(b"x")

    transport = make(raw_server(script), attempts=1, deadline=0.4)
    assert ask(transport) == {}
    with pytest.raises(Unreachable, match="no whole answer within"):
        ask(transport)
    over.set()


def test_an_answer_that_does_not_come_is_not_waited_for(raw_server: RawServe) -> None:
    over = threading.Event()
    address = raw_server(lambda connection, got: over.wait(5) and None)
    with pytest.raises(Unreachable, match="no answer in time"):
        ask(make(address, attempts=1, timeout=0.2, deadline=5.0))
    over.set()


def test_waiting_ends_when_the_reviewer_stops_it(script_server: Serve) -> None:
    server = script_server([503])
    token = CancelToken()
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        token.cancel()

    transport = Transport(Account(server.address, "m1"), SECRET, sleep=nap, random=lambda: 0.9)
    with pytest.raises(Cancelled):
        transport.get(("markets", "this"), cancel=token)
    with pytest.raises(Cancelled):
        transport.post(STATUS, CHANGE, token)
    assert len(naps) == 1 and naps[0] <= 0.2 and len(server.seen) == 1


def test_a_request_on_its_way_is_stopped_too(raw_server: RawServe) -> None:
    over, token = threading.Event(), CancelToken()

    def script(connection: socket.socket, got: bytes) -> None:
        token.cancel()
        over.wait(10)

    transport = make(raw_server(script), timeout=9)
    with pytest.raises(Cancelled):
        transport.get(("markets", "this"), cancel=token)
    token = CancelToken()
    with pytest.raises(Unreachable, match="stopped") as caught:  # it may have been carried out
        transport.post(STATUS, CHANGE, token)
    assert caught.value.sent
    over.set()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Denied), (403, Denied), (404, NotThere), (412, NotNow), (400, Refused), (409, Refused), (422, Refused)],
)
def test_refusals_become_their_own_errors(script_server: Serve, status: int, kind: type[MarketError]) -> None:
    listed = {"validation-errors": [{"field": "status", "type": "x", "code": "bad", "message": "is\n\x1b[31mwrong"}]}
    server = script_server([(status, listed), (status, {"errors": [{"code": "no"}]}), (status, MARKET)], checked=False)
    transport = make(server.address)
    for words in ("status: is \\x1b[31mwrong", "no", ""):
        with pytest.raises(kind) as caught:
            ask(transport)
        assert str(caught.value).rstrip().endswith(words) and str(status) in str(caught.value)
        assert str(caught.value).isprintable()
        if isinstance(caught.value, Refused):
            assert caught.value.code == status
    assert len(server.seen) == 3  # not tried again


def test_both_shapes_of_errors_are_one_bounded_line() -> None:
    assert tell_problem(b'{"status": 412, "message": "not  now"}') == "not now"
    assert tell_problem(b'{"errors": [{"field": "a", "message": "b"}, {"message": "c"}, 7]}') == "a: b; c"
    assert tell_problem(b"<html>") == "" and tell_problem(b"[1]") == "" and tell_problem(b"") == ""
    assert tell_problem(b'{"errors": 3, "message": "m"}') == "m"
    long = tell_problem(json.dumps({"errors": [{"message": "x" * 9000}] * 99}).encode())
    assert len(long) <= 300


@pytest.mark.parametrize(
    "asked",
    [
        "Fri, 31 Dec 99999999999 00:00:00 GMT",
        "Fri, 31 Dec 9999 00:00:00 +99999999999999",
        "-5",
        "1e9",
        "\xb2",
        "999999999",
    ],
)
@pytest.mark.parametrize("name", ["Retry-After", "Date"])
def test_a_senseless_wait_is_no_wait_and_no_crash(raw_server: RawServe, asked: str, name: str) -> None:
    other = "Date: x" if name == "Retry-After" else "Retry-After: Fri, 31 Dec 2055 00:00:00 GMT"
    head = f"HTTP/1.1 503 busy\r\nContent-Length: 0\r\n{name}: {asked}\r\n{other}\r\n\r\n".encode("latin-1")
    naps = Naps()
    with pytest.raises(Unreachable, match="busy"):
        ask(make(raw_server(lambda connection, got: connection.sendall(head)), naps, attempts=2))
    assert sum(naps.taken) < 60


def test_a_chunk_of_negative_size_is_not_read_to_the_end_of_the_world(raw_server: RawServe) -> None:
    sent = 0

    def script(connection: socket.socket, got: bytes) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
        while sent < 200 << 20:
            connection.sendall(b"x" * (1 << 20))
            sent += 1 << 20

    with pytest.raises(Unreachable):
        ask(make(raw_server(script), attempts=1))
    assert sent < 30 << 20


def test_the_secret_is_taken_out_before_anything_is_cut_off(script_server: Serve) -> None:
    secret = "  two  words/of a secret+that\tis long  "
    word = base64.b64encode(f"m1:{secret}".encode()).decode()
    told = [
        {"message": "x" * 180 + secret},
        {"message": "x" * 190 + word},
        {"field": word.rstrip("="), "message": secret.upper()},
    ]
    documents = [{"errors": [one]} for one in told] + [{"message": "y" * 280 + secret}]
    server = script_server([(400, document) for document in documents], checked=False)
    transport = Transport(Account(server.address, "m1"), secret, attempts=1)
    for _ in documents:
        with pytest.raises(Refused) as caught:
            ask(transport)
        assert "wo" not in str(caught.value) and "TWO" not in str(caught.value)
        assert word[:8] not in str(caught.value) and "***" in str(caught.value)


def test_redirects_are_not_followed_and_named_by_host_only(script_server: Serve) -> None:
    other = script_server([MARKET])
    moved = Response("x" * 100, 302, headers={"Location": f"{other.root}/secret?token=abc"})
    server = script_server([moved], checked=False)
    with pytest.raises(Surprise, match=r"redirected to 127\.0\.0\.1 \(302\)") as caught:
        ask(make(server.address))
    assert "token" not in str(caught.value) and not other.seen


def bomb(request: Request) -> Response:
    return Response(gzip.compress(b"[" + b" " * 40_000_000 + b"]"), headers={"Content-Encoding": "gzip"})


def test_a_packed_bomb_is_refused_while_it_is_unpacked(script_server: Serve) -> None:
    server = script_server(bomb, checked=False)
    with pytest.raises(Surprise, match="longer than"):
        ask(make(server.address))
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"<html>", "no JSON"),
        (b'{"a": NaN}', "no JSON"),
        (b"\xff\xfe{}", "no JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "nested|no JSON"),
        (b"[" + b"{}," * 500_000 + b"{}]", "more parts"),
        (b"[" + b"1," * 3_000_000 + b"1]", "more parts"),
        (b"1" * 9_000, "no JSON"),
    ],
)
def test_bodies_that_are_not_ours_are_a_surprise(body: bytes, words: str) -> None:
    with pytest.raises(Surprise, match=words):
        parse_body(body, "GET /x")


def test_packed_answers_are_read(script_server: Serve) -> None:
    packed = gzip.compress(json.dumps(MARKET).encode())
    headers = {"Content-Encoding": "gzip"}
    server = script_server([Response(packed, headers=headers, content_type="application/json")], checked=False)
    assert ask(make(server.address)) == MARKET
    assert "gzip" in server.seen[0].headers["Accept-Encoding"]


def test_cookies_are_not_kept(script_server: Serve) -> None:
    def script(request: Request) -> Response:
        response = Response(json.dumps(MARKET), content_type="application/json")
        response.set_cookie("session", "1")
        return response

    server = script_server(script)
    transport = make(server.address)
    ask(transport)
    ask(transport)
    assert all("Cookie" not in one.headers for one in server.seen)
    session, _ = transport.session()
    assert not list(session.cookies) and not session.trust_env


def test_netrc_is_not_read(script_server: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login thief password stolen\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = script_server([MARKET])
    ask(make(server.address))
    assert base64.b64decode(server.seen[0].headers["Authorization"][6:]).decode() == f"m1:{SECRET}"


def test_loopback_is_reached_without_the_environments_proxy(
    script_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = script_server([MARKET])
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert ask(make(server.address)) == MARKET


def test_one_connection_serves_many_requests_and_threads(script_server: Serve) -> None:
    server = script_server([MARKET])
    transport = make(server.address)
    problems: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                assert ask(transport) == MARKET
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems and len(server.seen) == 80


def test_nothing_that_is_said_holds_the_secret_or_a_query(
    script_server: Serve, raw_server: RawServe, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    word = base64.b64encode(f"m1:{SECRET}".encode()).decode()

    def echo(request: Request) -> tuple[int, dict[str, Any]]:
        return 400, {"status": 400, "message": f"{SECRET} {request.headers['Authorization']}"}

    addresses = [
        script_server(echo, checked=False).address,
        script_server([503], checked=False).address,
        script_server([Response("nonsense")], checked=False).address,
        raw_server(lambda connection, got: None),
        raw_server(lambda connection, got: connection.sendall(b"gibberish\r\n\r\n")),
        "http://127.0.0.1:1/v2",
    ]
    mark = "SIGN" + "ED"
    for address in addresses:
        transport = make(address, attempts=2)
        with pytest.raises(MarketError) as caught:
            transport.get(("files", "byIdOrUrl"), {"fileIdOrUrl": f"https://f.example/?s={mark}"})
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__dict__) + repr(transport)
        chain: BaseException | None = caught.value
        while chain is not None:  # also what a careless handler would print
            told += repr(chain)
            chain = chain.__cause__ or chain.__context__
        for hidden in (SECRET, word, mark):
            assert hidden not in told
            assert hidden not in caplog.text
        with pytest.raises(TypeError):
            pickle.dumps(transport)


def test_without_a_secret_nothing_is_asked() -> None:
    with pytest.raises(NotConnected, match="secret"):
        Transport(Account("https://m.example/v2", "m1"), "")
