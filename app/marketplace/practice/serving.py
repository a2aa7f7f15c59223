"""A web server on loopback for any WSGI application: threads, cuts that are real, and nothing left after `stop`.

It writes no log of requests: their addresses may be signed.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from wsgiref.handlers import format_date_time

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from app.marketplace.practice.errors import PracticeFault

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
POLL_SECONDS = 0.02
PATIENCE = 2.0
HANDSHAKE_SECONDS = 20.0
BACKLOG = 256
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST and drops what was not sent


def cut_connection(environ: WSGIEnvironment, *, reset: bool = True) -> ConnectionResetError:
    """Cut the connection of a request, by RST or by an early end; raise what is returned, nothing more is answered."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):  # the other side was faster
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            connection.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    return ConnectionResetError("cut on purpose")


class _Handler(WSGIRequestHandler):
    timeout = 60  # seconds without a byte

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the line would hold the address."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        clock: Callable[[], float] = getattr(self.server, "clock", time.time)
        return format_date_time(clock() if timestamp is None else timestamp)


class _Server(ThreadedWSGIServer):
    clock: Callable[[], float] = time.time

    def __init__(self, listening: socket.socket, app: WSGIApplication, tls: ssl.SSLContext | None) -> None:
        super().__init__(HOST, listening.getsockname()[1], app, _Handler, fd=listening.fileno())
        self.ssl_context = tls  # the handler tells the scheme by it; connections are wrapped in their own threads
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, socket.socket] = {}

    def log(self, type: str, message: str, *args: Any) -> None:
        log.debug("the practice server met an accident")

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), name="practice-request", daemon=True
        )
        with self._lock:
            self._open[thread] = request
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        here = threading.current_thread()
        try:
            if self.ssl_context is not None:
                request = self.ssl_context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
                with self._lock:
                    self._open[here] = request
                request.settimeout(HANDSHAKE_SECONDS)
                request.do_handshake()
            super().process_request_thread(request, client_address)
        except (OSError, ValueError):
            self.shutdown_request(request)  # no handshake, or gone
        finally:
            with self._lock:
                del self._open[here]

    def shutdown_request(self, request: Any) -> None:
        try:
            lingers = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(AT_ONCE)) == AT_ONCE
        except OSError:
            lingers = False
        if lingers:
            self.close_request(request)  # without the polite end before it
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a connection of the practice server broke")

    def cut_all(self) -> None:
        """End every connection that is open, and wait for its thread."""
        with self._lock:
            left = dict(self._open)
        for connection in left.values():
            with contextlib.suppress(OSError):  # it has ended by itself
                connection.shutdown(socket.SHUT_RDWR)
        until = time.monotonic() + PATIENCE
        for thread in left:
            thread.join(max(0.0, until - time.monotonic()))


class LoopbackServer:
    """`start` serves in a daemon thread until `stop`; `port` 0 takes a free one, and keeps it over a restart."""

    def __init__(
        self,
        app: WSGIApplication,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.app, self.port, self.tls, self.clock = app, port, tls, clock
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        return f"{'http' if self.tls is None else 'https'}://{HOST}:{self.port}"

    def start(self) -> None:
        """Raises PracticeFault where the port is taken."""
        if self._server is not None:
            return
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listening.bind((HOST, self.port))
                listening.listen(BACKLOG)
            except (OSError, OverflowError) as error:
                why = getattr(error, "strerror", None) or error
                raise PracticeFault(f"port {self.port} cannot be used ({why}): name another with --port") from error
            self._server = _Server(listening, self.app, self.tls)
        self._server.clock = self.clock
        self.port = self._server.port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="practice-server", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close at once: what is open is cut, and no thread stays."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._server = self._thread = None
        server.shutdown()
        thread.join(PATIENCE)
        server.cut_all()
