"""Faults as a client meets them, seen through a bare socket; and in front of any other application."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.http import http_date

from app.marketplace.practice import Faults, FaultSettings, LoopbackServer, PracticeFault, PracticeServer
from app.marketplace.practice.faults import read_faults

from .conftest import Serve

DECIDE = b"status=approved&reason=ok"


def talk(server: PracticeServer, method: str = "GET", path: str = "/markets/this", body: bytes = b"") -> bytes | None:
    """What comes back until the end, None where the connection was reset."""
    word = base64.b64encode(f"{server.marketplace_id}:{server.secret}".encode()).decode()
    head = (
        f"{method} /v2{path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Basic {word}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(head.encode() + body)
        parts = []
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            return None
    return b"".join(parts)


def decide(server: PracticeServer) -> bytes | None:
    return talk(server, "POST", "/apps/acme-notes/versions/4/status", DECIDE)


def code(answer: bytes | None) -> int:
    return int(answer.split()[1]) if answer else 0


def test_a_cut_before_changes_nothing(serve: Serve) -> None:
    server = serve(faults=FaultSettings(cut_before=1))
    answers = [decide(server) for _ in range(12)]
    assert set(answers) == {None, b""}, "some are reset, some end early"
    assert server.records.applied() == [] and server.faults.counts == {"cut_before": 12}


def test_a_cut_after_leaves_the_decision_made(serve: Serve) -> None:
    server = serve(faults=FaultSettings(cut_after=1))
    assert not decide(server)
    assert [one.status for one in server.records.applied()] == ["approved"]
    server.faults.clear()
    assert code(decide(server)) == 412


def test_a_cut_in_the_middle_gives_a_part(serve: Serve) -> None:
    server = serve()
    whole = talk(server, path="/apps/versions")
    assert whole is not None
    server.faults.set(cut_body=1)
    lengths = []
    for _ in range(8):
        part = talk(server, path="/apps/versions")
        assert part is not None and len(part) < len(whole)
        assert part.partition(b"\r\n\r\n")[2] == whole.partition(b"\r\n\r\n")[2][: len(part.partition(b"\r\n\r\n")[2])]
        lengths.append(len(part))
    assert len(set(lengths)) > 4 and max(lengths) > 20_000


def test_errors_before_and_after(serve: Serve) -> None:
    server = serve(faults=FaultSettings(error_before=1))
    assert {code(decide(server)) for _ in range(20)} == {500, 502, 503, 504}
    assert server.records.applied() == []
    server.faults.set("calm")
    server.faults.set(error_after=1)
    assert code(decide(server)) >= 500
    assert len(server.records.applied()) == 1


def test_busy_says_when_to_come_back(serve: Serve) -> None:
    server = serve(faults=FaultSettings(busy=1, retry_after=7))
    answer = decide(server)
    assert code(answer) == 429 and answer is not None and b"Retry-After: 7\r\n" in answer
    assert server.records.applied() == []


def test_a_request_that_arrives_twice_is_applied_once(serve: Serve) -> None:
    codes = []
    for seed in range(6):
        server = serve(faults=FaultSettings(duplicate=1), seed=seed)
        codes.append(code(decide(server)))
        assert len(server.records.applied()) == 1
    assert set(codes) == {200, 412}, "the client sees the answer to either"


def test_latency_ends_when_the_server_does(serve: Serve) -> None:
    server = serve(faults=FaultSettings(latency=1, latency_ms=600_000))
    before = threading.active_count()
    asking = threading.Thread(target=lambda: talk(server), daemon=True)
    asking.start()
    while not server.faults.counts["latency"]:
        asking.join(0.005)
    server.stop()
    asking.join(10)
    assert not asking.is_alive() and threading.active_count() < before


def test_the_clock_may_be_wrong(serve: Serve) -> None:
    server = serve(faults="skewed")
    answer = talk(server)
    assert answer is not None and f"Date: {http_date(1_790_000_000 + 7200)}".encode() in answer
    decide(server)
    assert server.records.applied()[0].at == (1_790_000_000 + 7200) * 1000


def test_only_some_requests_meet_faults(serve: Serve) -> None:
    server = serve(faults="cut_before=1,only=POST")
    assert code(talk(server)) == 200 and not decide(server)


def test_the_same_seed_gives_the_same_faults(serve: Serve) -> None:
    told = []
    for _ in range(2):
        server = serve(faults="rough,latency=0", seed=42)
        told.append([code(talk(server)) for _ in range(60)])
    assert told[0] == told[1]
    assert 200 in told[0] and 0 in told[0] and 429 in told[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rogh", "rogh: not known: calm, slow, rough"),
        ("cut=1", "no such fault: latency, cut_before"),
        ("latency=much", "'much' is not a number"),
        ("latency=2", "a chance from 0 to 1, not 2"),
        ("latency=nan", "takes a number"),
        ("latency_ms=-1", "cannot be -1"),
        ("retry_after=1e99", "cannot be"),
    ],
)
def test_a_wrong_fault_is_named(text: str, words: str) -> None:
    with pytest.raises(PracticeFault, match=words):
        read_faults(text)


def test_presets_and_pairs_go_together() -> None:
    settings = read_faults("rough, latency=0, cut-after=0.5")
    assert (settings.latency, settings.cut_after, settings.cut_before) == (0, 0.5, 0.05)
    assert read_faults("") == read_faults("calm") == FaultSettings()


def test_an_unknown_fault_at_run_time(serve: Serve) -> None:
    server = serve()
    with pytest.raises(PracticeFault, match="no such fault"):
        server.faults.set(earthquake=1)
    with pytest.raises(PracticeFault, match="a chance"):
        server.faults.set(busy=3)
    assert server.faults.settings == FaultSettings()


def test_in_front_of_any_application() -> None:
    """As a proxy in a test stands: a body is handled twice, word for word."""
    bodies: list[bytes] = []

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        bodies.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("200 OK", [("Content-Length", "4")])
        return [b"do", b"ne"]

    faults = Faults(application, FaultSettings(duplicate=1))
    server = LoopbackServer(faults)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
    finally:
        server.stop()
    assert bodies == [b"hello", b"hello"] and answer.endswith(b"\r\n\r\ndone")
