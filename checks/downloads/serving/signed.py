"""The parts of a signed address: what signs it, and until when it works, in the forms that are common."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

# A number above this is a moment in milliseconds, one below the other a span of seconds.
_MILLISECONDS = 100_000_000_000
_SPAN = 100_000_000
_LEAST_SIGNATURE = 16
_EMBEDDED = re.compile(r"(?:^|[~!*|;,])(?:exp|expires|se)=(\d{9,13})(?=\D|$)")
_JWT = re.compile(r"[A-Za-z0-9_-]{4,}\.([A-Za-z0-9_-]{4,})\.[A-Za-z0-9_-]{16,}\Z")
_SIGNATURE_LIKE = re.compile(r"[A-Za-z0-9+/=_.~-]{16,}\Z")


@dataclass(frozen=True, slots=True)
class End:
    """Until when an address works: for `seconds`, or until the moment `at` (seconds since 1970)."""

    seconds: float | None = None
    at: float | None = None

    def life(self, now: float) -> float:
        """Seconds that it works, for one who asks at `now`."""
        return self.seconds if self.seconds is not None else (self.at or now) - now


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed address in parts; `signature` is the place of the parameter that signs it, None without one."""

    parts: SplitResult
    pairs: tuple[tuple[str, str], ...]
    signature: int | None
    end: End | None

    def with_pairs(self, pairs: Iterable[tuple[str, str]]) -> str:
        """The same address with other parameters."""
        query = "&".join(f"{name}={value}" if value else name for name, value in pairs)
        return urlunsplit(self.parts._replace(query=query, fragment=""))

    @property
    def bare(self) -> str:
        """Without any parameter."""
        return self.with_pairs(())

    @property
    def unsigned(self) -> str:
        """Without the parameter that signs it."""
        return self.with_pairs(pair for place, pair in enumerate(self.pairs) if place != self.signature)

    @property
    def altered(self) -> str:
        """With one character of the signature changed into another of its kind; empty where there is none."""
        if self.signature is None:
            return ""
        name, value = self.pairs[self.signature]
        changed = _alter(value)
        pairs = list(self.pairs)
        pairs[self.signature] = (name, changed)
        return self.with_pairs(pairs) if changed != value else ""


def _alter(value: str) -> str:
    """One character in the middle changed: the last one of base64 may hold bits that mean nothing."""
    for place in sorted(range(len(value)), key=lambda place: abs(place - len(value) // 2)):
        character = value[place]
        if character.isascii() and character.isalnum() and "%" not in value[max(0, place - 2) : place]:
            return value[:place] + ("1" if character == "0" else "0" if character.isdigit() else
                                    "b" if character == "a" else "B" if character == "A" else
                                    "a" if character.islower() else "A") + value[place + 1 :]  # fmt: skip
    return value


def read_signed(url: str, names: Mapping[str, Sequence[str]]) -> Signed:
    """Take an address apart. `names` are the parameters of rules/marketplace.toml; raises ValueError for no address."""
    parts = urlsplit(url)
    pairs = tuple((name, value) for name, _, value in (pair.partition("=") for pair in parts.query.split("&") if pair))
    return Signed(parts, pairs, _signature(pairs, names), _end(pairs, names))


def _signature(pairs: Sequence[tuple[str, str]], names: Mapping[str, Sequence[str]]) -> int | None:
    for wanted in names["signatures"]:
        for place, (name, value) in enumerate(pairs):
            if name.lower() == wanted and len(value) >= _LEAST_SIGNATURE:
                return place
    known = {*names["ends"], *names["lives"], *names["policies"]}
    others = [
        (len(value), place)
        for place, (name, value) in enumerate(pairs)
        if name.lower() not in known and _SIGNATURE_LIKE.match(unquote(value)) and _is_mixed(value)
    ]
    return max(others)[1] if others else None


def _is_mixed(value: str) -> bool:
    """Digits and letters: a number or a word signs nothing."""
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def _end(pairs: Sequence[tuple[str, str]], names: Mapping[str, Sequence[str]]) -> End | None:
    values = {name.lower(): unquote(value) for name, value in reversed(pairs)}
    for name in names["lives"]:
        if values.get(name, "").isascii() and values.get(name, "").isdigit():
            return End(seconds=float(values[name][:12]))
    for name in names["policies"]:
        if name in values and (at := _policy_end(values[name])) is not None:
            return End(at=at)
    for name in names["ends"]:
        if name in values and (end := _moment(values[name])) is not None:
            start = _moment(values.get("st", "")) if name == "se" else None
            if start is not None and start.at is not None and end.at is not None:
                return End(seconds=end.at - start.at)
            return end
    return next((end for value in values.values() if (end := _embedded(value)) is not None), None)


def _moment(text: str) -> End | None:
    if text.isascii() and text.isdigit() and len(text) <= 14:
        number = int(text)
        if number >= _MILLISECONDS:
            return End(at=number / 1000)
        return End(at=float(number)) if number >= _SPAN else End(seconds=float(number))
    try:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return End(at=(when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _embedded(value: str) -> End | None:
    """An end inside a token: `exp=...~hmac=...`, or the claims of a JWT."""
    if match := _EMBEDDED.search(value):
        return _moment(match[1])
    if match := _JWT.match(value):
        claims = _decode(match[1])
        exp = claims.get("exp") if isinstance(claims, dict) else None
        if isinstance(exp, (int, float)) and not isinstance(exp, bool) and 0 < exp < _MILLISECONDS:
            return End(at=float(exp))
    return None


def _policy_end(value: str) -> float | None:
    """The end of a CloudFront policy."""
    policy = _decode(value.replace("-", "+").replace("_", "=").replace("~", "/"))
    try:
        at = policy["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"]
        return float(at) if isinstance(at, int) and not isinstance(at, bool) else None
    except (KeyError, IndexError, TypeError, OverflowError):
        return None


def _decode(text: str) -> Any:
    """JSON in base64 of either alphabet, None where it is not."""
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
