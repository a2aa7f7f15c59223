"""What comes back over the wire, bounded: bodies, their JSON, and the two shapes of errors as one clean line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import requests

from app.marketplace.errors import Surprise
from checks.runtime.text import printable

MAX_BODY = 16 * 1024 * 1024
MAX_PROBLEM = 64 * 1024
# Brackets and commas, counted before parsing: a list of empty objects takes seventy times its own size in memory.
MAX_NODES = 400_000
MAX_COMMAS = 2_000_000
_CHUNK = 64 * 1024


def read_body(response: requests.Response, limit: int, where: str) -> bytes:
    """The whole body, unpacked; raises Surprise as soon as it is longer than `limit` bytes."""
    pieces: list[bytes] = []
    size = 0
    while piece := response.raw.read(_CHUNK, decode_content=True):
        size += len(piece)
        if size > limit:
            raise Surprise(f"{where}: the answer is longer than {limit // 1024:,} KiB and was not read to its end")
        pieces.append(piece)
    return b"".join(pieces)


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def parse_body(body: bytes, where: str) -> Any:
    """The JSON of an answer; raises Surprise for what is none, or too large or deep to be one of ours."""
    if body.count(b"{") + body.count(b"[") > MAX_NODES or body.count(b",") > MAX_COMMAS:
        raise Surprise(f"{where}: the answer has more parts than any real one")
    if not body.strip():
        raise Surprise(f"{where}: the answer is empty instead of JSON")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except RecursionError:
        problem = "is nested too deeply"
    except ValueError:  # UnicodeDecodeError and JSONDecodeError are such
        problem = "is no JSON"
    raise Surprise(f"{where}: the answer {problem}")


def tell_problem(body: bytes, scrub: Callable[[str], str] = str) -> str:
    """One clean line from the body of an error, whichever of the two shapes it has; empty where it says nothing.

    `scrub` takes out what may not be shown; it sees each text whole, before anything is cut off or changed.
    """
    try:
        data = parse_body(body[:MAX_PROBLEM], "")
    except Surprise:
        return ""  # a gateway's page: its status says it all
    if not isinstance(data, dict):
        return ""
    items = data.get("validation-errors", data.get("errors"))
    lines = [_tell_item(item, scrub) for item in items[:3]] if isinstance(items, list) else []
    if not any(lines) and isinstance(data.get("message"), str):
        lines = [scrub(data["message"])]
    return printable(re.sub(r"\s+", " ", "; ".join(filter(None, lines))).strip(), 300)


def _tell_item(item: object, scrub: Callable[[str], str]) -> str:
    if not isinstance(item, dict):
        return ""
    field, message = item.get("field"), item.get("message") or item.get("code") or item.get("type")
    words = [scrub(word)[:200] for word in (field, message) if isinstance(word, str) and word]
    return ": ".join(words)


def read_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, None without one.

    A date is compared with the answer's own `Date`, not with our clock: theirs may be off.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    try:
        now = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, OverflowError):
        now = datetime.now(UTC)
    return max(0.0, (_aware(until) - _aware(now)).total_seconds())


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
