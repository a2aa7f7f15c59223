"""A forwarding proxy between a desk and a marketplace that does what the worst networks do, by chance and seeded.

The faults of the practice marketplace stand in front of it; itself it delivers late: a request whose connection was
cut arrives all the same, or a second time, when nobody thinks of it any more. It remembers which bytes it last said a
file has, and what it had said of them whenever a decision came by.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.marketplace.practice.faults import Faults, FaultSettings
from app.marketplace.practice.serving import LoopbackServer, cut_connection

PASSED_ON = ("HTTP_AUTHORIZATION", "HTTP_ACCEPT", "CONTENT_TYPE")
DROPPED = ("connection", "server", "date", "transfer-encoding")
OUTAGE = 8  # more than a client tries in a row
# What a bad day is like; each is the chance of one request.
ROUGH = FaultSettings(
    latency=0.2,
    latency_ms=15,
    cut_before=0.03,
    cut_after=0.05,
    cut_body=0.04,
    error_before=0.03,
    error_after=0.04,
    busy=0.02,
    retry_after=0,
    duplicate=0.08,
)


@dataclass(frozen=True)
class Sent:
    """A change of status as it came by, and the SHA-256 of each file as the desk had read them last."""

    reason: str
    known: Mapping[str, str]


class ForwardingProxy:
    """`slow` and `late` are chances of a POST: cut and delivered later, delivered and delivered again later; `stall`
    is the chance that an answer comes after so many seconds. With each request the network may go, for OUTAGE requests.
    """

    def __init__(
        self, upstream: str, seed: int, *, slow: float = 0.08, late: float = 0.12, delay: float = 0.3,
        stall: tuple[float, float] = (0.0, 0.0), outage: float = 0.01,
    ) -> None:  # fmt: skip
        self._upstream = urlsplit(upstream)
        self._random = random.Random(seed)
        self._slow, self._late, self._delay, self._stall = slow, late, delay, stall
        self._lock = threading.Lock()
        self._timers: list[threading.Thread] = []
        self._known: dict[str, str] = {}
        self._outage, self._gone, self._raging = outage, 0, False
        self._struck: tuple[int, str, Callable[[], None]] | None = None
        self.counts: Counter[str] = Counter()
        self.sent: list[Sent] = []
        self.faults = Faults(self._handle, FaultSettings(), seed)
        self._server = LoopbackServer(self.faults)

    def start(self) -> ForwardingProxy:
        self._server.start()
        return self

    def stop(self) -> None:
        self.calm()
        self._server.stop()

    def rage(self) -> None:
        """From now on everything may happen."""
        self.faults.set(ROUGH)
        self._raging = True

    def calm(self) -> None:
        """No faults from now on, and everything that is still on its way has arrived."""
        self.faults.clear()
        self._raging = False
        with self._lock:
            timers, self._timers = self._timers, []
        for timer in timers:
            timer.join()

    @property
    def address(self) -> str:
        return f"{self._server.base}{self._upstream.path}"

    def strike(self, after: int, how: str, blow: Callable[[], None]) -> None:
        """Do it at the so-many-th request from now on: `before` it is delivered, `after`, or `instead`."""
        with self._lock:
            self._struck = (self.counts["requests"] + after, how, blow)

    def spare(self) -> None:
        with self._lock:
            self._struck = None

    def _handle(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").title(): environ[name]
            for name in PASSED_ON
            if environ.get(name)
        }
        query = environ.get("QUERY_STRING", "")
        target = environ["PATH_INFO"] + (f"?{query}" if query else "")
        with self._lock:
            self.counts["requests"] += 1
            draws = [self._random.random() if self._raging else 1.0 for _ in range(5)]
            if self._gone == 0 and draws[4] < self._outage:
                self.counts["outage"] += 1
                self._gone = OUTAGE
            gone, self._gone = self._raging and self._gone > 0, max(0, self._gone - 1)
            strike = self._struck
            if strike is not None and self.counts["requests"] >= strike[0]:
                self._struck = None
            else:
                strike = None
            if method == "POST" and not gone:
                self.counts["posts"] += 1
                self.sent.append(Sent(str(json.loads(body).get("reason", "")), dict(self._known)))
        if strike is not None and strike[1] != "after":
            strike[2]()
            if strike[1] == "instead":
                raise cut_connection(environ)
        if gone:
            raise cut_connection(environ)
        deliver = lambda: self._deliver(method, target, headers, body)  # noqa: E731
        if method == "POST" and draws[0] < self._slow:
            self._later("slow", draws[1] * self._delay, deliver)
            raise cut_connection(environ)
        status, reason, answered, content = deliver()
        if method == "POST" and draws[2] < self._late:
            self._later("late", draws[1] * self._delay, deliver)
        if method == "GET" and status == 200:
            self._remember(content)
        if strike is not None and strike[1] == "after":
            strike[2]()
        if draws[3] < self._stall[0]:
            self._count("stall")
            time.sleep(self._stall[1])
        start_response(f"{status} {reason}", answered)
        return [content]

    def _count(self, name: str) -> None:
        with self._lock:
            self.counts[name] += 1

    def _later(self, name: str, seconds: float, deliver: Callable[[], object]) -> None:
        timer = threading.Timer(seconds, deliver)
        timer.daemon = True
        with self._lock:
            self.counts[name] += 1
            self._timers.append(timer)
            timer.start()

    def _deliver(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self._upstream.hostname or "", self._upstream.port, timeout=30)
        try:
            connection.request(method, target, body or None, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in DROPPED]
            return answer.status, answer.reason, kept, content
        finally:
            connection.close()

    def _remember(self, content: bytes) -> None:
        told = json.loads(content)
        rows = told.get("list", [told]) if isinstance(told, dict) else []
        with self._lock:
            for row in rows:
                if "fileId" in row and "hash" in row:
                    self._known[row["fileId"]] = row["hash"].get("SHA-256", "")
