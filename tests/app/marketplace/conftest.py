"""What tests of the marketplace stand on: servers on loopback that answer what a test says, well or badly."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.app.marketplace.contract import check_exchange, check_request

SECRET = "s3cr3t-of-the-marketplace"


@dataclass
class Exchange:
    """One request as it arrived, and what was answered."""

    method: str
    path: str
    args: dict[str, str]
    headers: dict[str, str]
    body: bytes
    url: str
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""


@dataclass
class ScriptServer:
    """`address` is the base of its API; `seen` what was asked, in order."""

    port: int
    scheme: str = "http"
    seen: list[Exchange] = field(default_factory=list)

    @property
    def root(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        return f"{self.root}/v2"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.seen]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *args: Any) -> None:
        pass


def as_response(answer: Any) -> Response:
    """A Response as it is, a number as a status without a body, (status, document), or a document."""
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, int):
        return Response(b"", answer)
    status, document = answer if isinstance(answer, tuple) else (200, answer)
    return Response(json.dumps(document), status, content_type="application/json")


Script = Callable[[Request], Any] | list[Any] | dict[str, Any]


def _answer(script: Script, request: Request) -> Any:
    if callable(script):
        return script(request)
    if isinstance(script, list):
        return script.pop(0) if len(script) > 1 else script[0]
    return script.get(request.path.removeprefix("/v2"), (404, {"status": 404, "message": "not there"}))


@pytest.fixture
def script_server() -> Iterator[Callable[..., ScriptServer]]:
    """Makes a server: `script_server(script, context=None, checked=True)`.

    The script is a function of the request, a list of answers (the last one stays), or answers by path below /v2.
    Every request to its API, and with `checked` every answer, is held against the contract at the end.
    """
    started: list[tuple[Any, threading.Thread, ScriptServer, bool]] = []

    def serve(script: Script, *, context: ssl.SSLContext | None = None, checked: bool = True) -> ScriptServer:
        handle = ScriptServer(0, "https" if context else "http")

        def application(environ: dict[str, Any], start: Any) -> Any:
            request = Request(environ)
            body = request.get_data()
            seen = Exchange(
                request.method, request.path, dict(request.args), dict(request.headers), body, environ["RAW_URI"]
            )
            handle.seen.append(seen)
            response = as_response(_answer(script, request))
            if not response.is_streamed:
                seen.answer = response.get_data()
            seen.status, seen.answer_headers = response.status_code, dict(response.headers)
            return response(environ, start)

        server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet, ssl_context=context)
        server.daemon_threads = True
        handle.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        started.append((server, thread, handle, checked))
        return handle

    yield serve
    for server, thread, _, _ in started:
        server.shutdown()
        thread.join(5)
        server.server_close()
    for _, _, handle, checked in started:
        for one in handle.seen:
            if not one.path.startswith("/v2/"):
                continue  # a file host is no part of the contract
            url = handle.root + one.url
            if checked:
                check_exchange(one.method, url, one.headers, one.body, one.status, one.answer_headers, one.answer)
            else:
                check_request(one.method, url, one.headers, one.body)


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket, bytes], None]], str]]:
    """Makes a server out of what happens on one connection after its request came; gives its address.

    It takes connections until the test ends. What is sent is up to the test, so is when it is cut.
    """
    listeners: list[socket.socket] = []

    def serve(script: Callable[[socket.socket, bytes], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def talk(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                got = b""
                while b"\r\n\r\n" not in got:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    got += piece
                script(connection, got)

        def listen() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=talk, args=(connection,), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v2"

    yield serve
    for listener in listeners:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
