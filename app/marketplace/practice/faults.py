"""Faults between a client and a WSGI application, by chance and seeded: what a bad network and a busy server do.

It stands in front of the practice marketplace, and may stand in front of any other application.
"""

from __future__ import annotations

import dataclasses
import io
import random
import threading
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.marketplace.practice.errors import PracticeFault
from app.marketplace.practice.serving import cut_connection
from app.paths import RESOURCES

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PRESETS = RESOURCES / "practice" / "faults.toml"
MOST_KEPT = 1 << 26  # bytes of a request's body
ERRORS = ("500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout")


@dataclasses.dataclass(frozen=True)
class FaultSettings:
    """How likely each fault is, 0 to 1: `cut_body` cuts within an answer, `duplicate` handles a request twice.

    `latency_ms` is the most that latency adds, `retry_after` is what a 429 asks for, `clock_skew` the offset of the
    server's clock; both in seconds. `only` limits all of them to requests whose `METHOD /path` contains it.
    """

    latency: float = 0.0
    cut_before: float = 0.0
    cut_after: float = 0.0
    cut_body: float = 0.0
    error_before: float = 0.0
    error_after: float = 0.0
    busy: float = 0.0
    duplicate: float = 0.0
    latency_ms: float = 400.0
    retry_after: float = 1.0
    clock_skew: float = 0.0
    only: str = ""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "only":
                if not isinstance(value, str):
                    raise PracticeFault("the fault `only` takes a part of METHOD /path")
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
                raise PracticeFault(f"the fault {field.name} takes a number")
            if field.name in CHANCES and not 0 <= value <= 1:
                raise PracticeFault(f"the fault {field.name} is a chance from 0 to 1, not {value:g}")
            if field.name in ("latency_ms", "retry_after") and not 0 <= value <= 600_000:
                raise PracticeFault(f"the fault {field.name} cannot be {value:g}")


CHANCES = (
    "latency",
    "cut_before",
    "cut_after",
    "cut_body",
    "error_before",
    "error_after",
    "busy",
    "duplicate",
)
Struck = set[str]
NAMES = tuple(field.name for field in dataclasses.fields(FaultSettings))


def read_faults(text: str, path: Path = PRESETS) -> FaultSettings:
    """Settings from the command line: a preset's name, `fault=number` pairs, or both; raises PracticeFault."""
    presets: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["preset"]
    chosen: dict[str, Any] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, given, value = part.partition("=")
        name = name.strip()
        if not given:
            if name not in presets:
                raise PracticeFault(f"--faults {part}: not known: {', '.join(presets)}, or FAULT=NUMBER")
            chosen |= {key: one for key, one in presets[name].items() if key != "about"}
        elif (name := name.replace("-", "_")) not in NAMES:
            raise PracticeFault(f"--faults {part}: no such fault: {', '.join(NAMES)}")
        elif name == "only":
            chosen[name] = value
        else:
            try:
                chosen[name] = float(value)
            except ValueError:
                raise PracticeFault(f"--faults {part}: {value!r} is not a number") from None
    return FaultSettings(**chosen)


class Faults:
    """A WSGI middleware. What happens is drawn from `seed`, in the order in which requests arrive."""

    def __init__(self, app: WSGIApplication, settings: FaultSettings | None = None, seed: int = 0) -> None:
        self._app = app
        self._random = random.Random(seed)  # noqa: S311 - chance, no secret
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.settings = settings or FaultSettings()
        self.counts: Counter[str] = Counter()

    def set(self, settings: FaultSettings | str | None = None, **changed: Any) -> None:
        """From now on: other settings (or a preset), or some of them changed; raises PracticeFault."""
        if isinstance(settings, str):
            settings = read_faults(settings)
        unknown = next((name for name in changed if name not in NAMES), None)
        if unknown:
            raise PracticeFault(f"{unknown}: no such fault: {', '.join(NAMES)}")
        self.settings = dataclasses.replace(settings or self.settings, **changed)

    def clear(self) -> None:
        """No faults from now on."""
        self.settings = FaultSettings()

    def open(self) -> None:
        """Waits last again, after `close`."""
        self._ended.clear()

    def close(self) -> None:
        """End every wait."""
        self._ended.set()

    def _draw(self, settings: FaultSettings, environ: WSGIEnvironment) -> tuple[Struck, random.Random]:
        with self._lock:
            # always the same number of draws, so that one fault's chance does not shift another's
            drawn = {name: self._random.random() for name in CHANCES}
            own = random.Random(self._random.getrandbits(64))  # noqa: S311
            where = f"{environ.get('REQUEST_METHOD', '')} {environ.get('PATH_INFO', '')}"
            if settings.only and settings.only not in where:
                return set(), own
            struck = {name for name, chance in drawn.items() if chance < getattr(settings, name)}
        return struck, own

    def _count(self, name: str) -> None:
        with self._lock:
            self.counts[name] += 1

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        settings = self.settings
        struck, own = self._draw(settings, environ)
        if "latency" in struck:
            self._count("latency")
            self._ended.wait(own.random() * settings.latency_ms / 1000)
        if "cut_before" in struck:
            self._count("cut_before")
            raise cut_connection(environ, reset=own.random() < 0.5)
        if "busy" in struck:
            self._count("busy")
            wait = f"{settings.retry_after:g}" if settings.retry_after % 1 else str(int(settings.retry_after))
            return _fail("429 Too Many Requests", start_response, [("Retry-After", wait)])
        if "error_before" in struck:
            self._count("error_before")
            return _fail(own.choice(ERRORS), start_response)
        if not struck & {"duplicate", "cut_after", "error_after", "cut_body"}:
            return self._app(environ, start_response)
        return self._handle(environ, start_response, struck, own)

    def _handle(
        self, environ: WSGIEnvironment, start_response: StartResponse, struck: Struck, own: random.Random
    ) -> Iterable[bytes]:
        handle = _repeatable(environ, self._app)
        answer = handle()
        if "duplicate" in struck:
            self._count("duplicate")
            second = handle()
            answer, other = (second, answer) if own.random() < 0.5 else (answer, second)
            other.close()
        if struck & {"cut_after", "error_after"}:
            answer.close()
            if "cut_after" in struck:
                self._count("cut_after")
                raise cut_connection(environ, reset=own.random() < 0.5)
            self._count("error_after")
            return _fail(own.choice(ERRORS), start_response)
        start_response(answer.status, answer.headers)
        if "cut_body" in struck:
            self._count("cut_body")
            return _broken(answer, environ, own)
        return answer.read()


class _Answer:
    """What the application said, before any of it is sent."""

    def __init__(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        self.status, self.headers = "500 Internal Server Error", list[tuple[str, str]]()
        self._written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None, /) -> Callable[[bytes], object]:
            self.status, self.headers = status, headers
            return self._written.append

        self._parts = app(environ, start)
        self._rest = iter(self._parts)
        self._first = next(self._rest, b"")  # only now the status is certain

    def read(self) -> Iterator[bytes]:
        try:
            yield from self._written
            yield self._first
            yield from self._rest
        finally:
            self.close()

    def length(self) -> int:
        """Of the body as announced, 0 when it was not."""
        found = next((value for name, value in self.headers if name.lower() == "content-length"), "0")
        return int(found) if found.isdigit() else 0

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            close()


def _repeatable(environ: Mapping[str, Any], app: WSGIApplication) -> Callable[[], _Answer]:
    """Handles the same request, body and all, each time it is called."""
    size = environ.get("CONTENT_LENGTH") or "0"
    body = environ["wsgi.input"].read(min(int(size), MOST_KEPT)) if size.isdigit() and int(size) else b""

    def handle() -> _Answer:
        return _Answer(app, {**environ, "wsgi.input": io.BytesIO(body)})

    return handle


def _broken(answer: _Answer, environ: WSGIEnvironment, own: random.Random) -> Iterator[bytes]:
    """A part of the body (none of an empty one), and then the end of the connection."""
    left = int(answer.length() * own.random())
    try:
        for part in answer.read():
            if len(part) >= left:
                if left:
                    yield part[:left]
                break
            yield part
            left -= len(part)
    finally:
        answer.close()
    # an early end, no RST: that would take back what is on its way
    raise cut_connection(environ, reset=False)


def _fail(status: str, start_response: StartResponse, headers: Iterable[tuple[str, str]] = ()) -> Iterable[bytes]:
    body = f'{{"status":{status[:3]},"message":"{status[4:]}"}}'.encode()
    told = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    start_response(status, [*told, *headers])
    return [body]
