"""Bytes from a file host: no credentials, few redirects, never more than announced."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Request, Response

from app.cancel import Cancelled, CancelToken
from app.marketplace.account import Account
from app.marketplace.client import Client
from app.marketplace.errors import Denied, MarketError, NotThere, Refused, Surprise, Unreachable
from app.marketplace.words import SignedUrl
from tests.app.marketplace.conftest import SECRET, ScriptServer

Serve = Callable[..., ScriptServer]
RawServe = Callable[[Callable[[socket.socket, bytes], None]], str]
BODY = bytes(range(256)) * 5_000


def make(address: str = "http://127.0.0.1:9/v2", **options: Any) -> Client:
    return Client(Account(address, "m1", timeout=2, **options), SECRET, sleep=lambda seconds: None)


def serve_file(request: Request) -> Response:
    response = Response(BODY, headers={"Set-Cookie": "a=b"}, content_type="application/zip")
    response.set_etag("v1")
    try:
        return response.make_conditional(request, accept_ranges=True, complete_length=len(BODY))
    except RequestedRangeNotSatisfiable as error:
        return Response("", 416, headers=dict(error.get_headers()))


def test_a_whole_file_without_credentials(script_server: Serve) -> None:
    host = script_server(serve_file)
    for client in (make(), make(host.address)):  # also where the file host is the API itself
        with client.open_download(SignedUrl(f"{host.root}/f?sig=abc")) as got:
            assert (got.status, got.offset, got.total, got.etag) == (200, 0, len(BODY), '"v1"')
            assert "sig" not in repr(got)
            assert b"".join(got) == BODY
    for one in host.seen:
        assert "Authorization" not in one.headers and "Cookie" not in one.headers and "Range" not in one.headers
        assert one.headers["Accept-Encoding"] == "identity"


def test_a_part_of_a_file_and_what_lies_behind_its_end(script_server: Serve) -> None:
    host = script_server(serve_file)
    with make().open_download(f"{host.root}/f", offset=1000, etag='"v1"') as got:
        assert (got.status, got.offset, got.total) == (206, 1000, len(BODY))
        assert b"".join(got.pieces) == BODY[1000:]
    assert host.seen[0].headers["Range"] == "bytes=1000-" and host.seen[0].headers["If-Range"] == '"v1"'
    with make().open_download(f"{host.root}/f", offset=1000, etag='"v0"') as got:  # another file by now
        assert (got.status, got.offset, got.total) == (200, 0, len(BODY))
    with make().open_download(f"{host.root}/f", offset=len(BODY)) as got:
        assert (got.status, got.total, list(got)) == (416, len(BODY), [])


@pytest.mark.parametrize("head", ["", "Content-Range: bytes 5-9/10\r\n", "Content-Range: bytes 1000-90/5\r\n"])
def test_another_part_than_asked_for_is_not_taken(raw_server: RawServe, head: str) -> None:
    def script(connection: socket.socket, got: bytes) -> None:
        connection.sendall(f"HTTP/1.1 206 Part\r\n{head}Content-Length: 5\r\n\r\nabcde".encode())

    with make().open_download(raw_server(script), offset=1000) as got, pytest.raises(Surprise, match=r"part|instead"):
        list(got)


def test_a_part_that_is_longer_than_it_says_is_not_taken(raw_server: RawServe) -> None:
    def script(connection: socket.socket, got: bytes) -> None:
        head = "HTTP/1.1 206 Part\r\nContent-Range: bytes 10-14/100\r\nContent-Length: 50\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 50)

    with make().open_download(raw_server(script), offset=10) as got, pytest.raises(Surprise, match="more bytes"):
        list(got)


def test_a_cut_keeps_what_came(raw_server: RawServe) -> None:
    def script(connection: socket.socket, got: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 40)

    came = b""
    with make().open_download(raw_server(script)) as got, pytest.raises(Unreachable, match="cut"):
        for piece in got:
            came += piece
    assert came == b"x" * 40


def test_no_more_bytes_than_announced_or_allowed(script_server: Serve, raw_server: RawServe) -> None:
    host = script_server(serve_file)
    with pytest.raises(Surprise, match="more than the 10 that are allowed"):
        make().open_download(f"{host.root}/f", max_bytes=10)

    def endless(connection: socket.socket, got: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with (
        make().open_download(raw_server(endless), max_bytes=500_000) as got,
        pytest.raises(Surprise, match="more bytes"),
    ):
        assert got.total is None
        assert sum(len(piece) for piece in got) <= 500_000


def test_packed_bytes_are_left_as_they_are(script_server: Serve) -> None:
    host = script_server([Response(b"not gzip", headers={"Content-Encoding": "gzip"})])
    with make().open_download(f"{host.root}/f") as got:
        assert b"".join(got) == b"not gzip" and got.headers["content-encoding"] == "gzip"


def test_a_few_redirects_are_followed_and_carry_nothing(script_server: Serve) -> None:
    host = script_server(serve_file)
    ways = {"/f0": "/f1", "/f1": "/f2", "/f2": f"{host.root}/last", "/g": "/f0"}
    front = script_server(lambda request: Response("", 302, headers={"Location": ways[request.path]}))
    with make().open_download(f"{front.root}/f0", offset=10) as got:
        assert b"".join(got) == BODY[10:]
    assert host.seen[0].headers["Range"] == "bytes=10-" and "Authorization" not in host.seen[0].headers
    with pytest.raises(Surprise, match="more than 3 times"):
        make().open_download(f"{front.root}/g")


@pytest.mark.parametrize(
    "to",
    [
        "http://other.example/x?sig=abc",
        "ftp://127.0.0.1/x",
        "https://a:b@127.0.0.1/x",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(script_server: Serve, to: str) -> None:
    front = script_server([Response("", 302, headers={"Location": to})])
    with pytest.raises(Surprise) as caught:
        make().open_download(f"{front.root}/x")
    assert "abc" not in str(caught.value) and len(front.seen) == 1


def test_a_redirect_to_nonsense_is_not_followed(raw_server: RawServe) -> None:
    def script(connection: socket.socket, got: bytes) -> None:
        connection.sendall(b"HTTP/1.1 302 Moved\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(Surprise, match=r"not followed|not asked"):
        make().open_download(raw_server(script))


def test_a_marketplace_elsewhere_cannot_send_us_to_our_own_machine(script_server: Serve) -> None:
    host = script_server(serve_file)
    client = make("https://market.example/v2")
    ours = ["localhost", "localhost.", "a.localhost", "127.1", "2130706433", "0x7f.1", "0.0.0.0", "0", "127.0.0.1."]
    ours += ["[::]", "[::ffff:127.0.0.1]", "[::1]", "LOCALHOST"]
    named = [f"https://{name}:{host.port}/f" for name in ours]
    for address in (f"{host.root}/f", *named, "http://files.example/f"):
        with pytest.raises(Surprise, match="no https address"):
            client.open_download(address)
    assert not host.seen


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Denied),
        (403, Denied),
        (410, Denied),
        (404, NotThere),
        (400, Refused),
        (503, Unreachable),
        (429, Unreachable),
        (204, Surprise),
        (304, Surprise),
        (206, Surprise),
    ],
)
def test_what_is_no_file_is_its_own_error(script_server: Serve, status: int, kind: type[MarketError]) -> None:
    host = script_server([Response(b"" if status in (204, 304) else b"secret words", status)])
    with pytest.raises(kind) as caught:
        make().open_download(f"{host.root}/f?sig=abc")
    assert "abc" not in str(caught.value) and "words" not in str(caught.value)
    assert len(host.seen) == 1


def test_a_host_that_is_not_there_is_named_without_the_address() -> None:
    with pytest.raises(Unreachable) as caught:
        make().open_download("http://127.0.0.1:1/f?sig=abc")
    assert str(caught.value).startswith("127.0.0.1:1: ") and "abc" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_a_download_is_stopped(script_server: Serve) -> None:
    host = script_server(serve_file)
    token = CancelToken()
    with make().open_download(f"{host.root}/f", cancel=token) as got, pytest.raises(Cancelled):
        for _ in got:
            token.cancel()


@pytest.mark.parametrize("drops", [b"X: y\r\n", b"5;a"])
def test_what_comes_between_the_bytes_does_not_hold_a_download(raw_server: RawServe, drops: bytes) -> None:
    token, over = CancelToken(), threading.Event()

    def script(connection: socket.socket, got: bytes) -> None:
        start = b"0\r\n" if drops.endswith(b"\n") else b""
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n" + start)
        while not over.wait(0.02):
            connection.sendall(drops)

    address = raw_server(script)
    client = Client(Account(address, "m1", timeout=5), SECRET)
    threading.Timer(0.3, token.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled), client.open_download(f"{address}/f", cancel=token) as download:
        for _ in download:
            pass
    over.set()
    assert time.monotonic() - began < 3
