"""Whether a version, or a range that a manifest allows, is touched by an advisory; the order is the ecosystem's."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from checks.downloads.osv.names import ORDERS

Ranges = Sequence[Sequence[Sequence[str]]]
_BOUND = re.compile(r"(!=|<=|>=|==|=|~=|~>|\^|~|<|>|\[|\(|,)?\s*v?(\d[0-9A-Za-z.+_-]*)")
_UPPER = frozenset({"<", "<=", "!=", ","})
MAX_BOUNDS = 50


@functools.lru_cache(maxsize=4096)
def parse_version(ecosystem: str, text: str) -> Any:
    """The version in its ecosystem's order, None for a text that is none there."""
    name = ORDERS.get(ecosystem)
    if name is None or not text:
        return None
    from univers import versions

    if ecosystem in ("Go", "npm", "crates.io"):
        text = text.removeprefix("v").removesuffix("+incompatible")
    try:
        return getattr(versions, name)(text)
    except Exception:  # the library raises many kinds for what is no version
        return None


def _at_least(a: Any, b: Any) -> bool:
    """Whether a >= b; False where the library cannot compare them."""
    try:
        return bool(a >= b)
    except Exception:  # two forms that have no common order
        return False


def _above(a: Any, b: Any) -> bool:
    try:
        return bool(a > b)
    except Exception:  # two forms that have no common order
        return False


def touches(ecosystem: str, version: str, ranges: Ranges, listed: Sequence[str]) -> tuple[bool, str]:
    """Whether this version is affected, and the first fixed version above it (empty where none is known)."""
    own = parse_version(ecosystem, version)
    hit, fixed = version.removeprefix("v") in {text.removeprefix("v") for text in listed}, ""
    if own is None:
        return hit, fixed
    for events in ranges:
        inside, repaired = _walk(ecosystem, own, events)
        if inside or (hit and not fixed):
            fixed = _lower(ecosystem, fixed, repaired)
        hit = hit or inside
    return hit, fixed


def _lower(ecosystem: str, a: str, b: str) -> str:
    """The lower of two versions, either of which may be unknown."""
    if not a or not b:
        return a or b
    return b if _above(parse_version(ecosystem, a), parse_version(ecosystem, b)) else a


def _walk(ecosystem: str, own: Any, events: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """The last event at or below this version decides."""
    latest: Any = None
    inside = False
    fixed = ""
    for kind, text in events:
        if kind == "introduced" and text == "0":
            inside = inside or latest is None
            continue
        at = parse_version(ecosystem, text)
        if at is None:
            continue  # `*`, or a version in a form of another ecosystem
        reached = _above(own, at) if kind == "last_affected" else _at_least(own, at)
        if reached:
            if latest is None or _at_least(at, latest):
                latest, inside = at, kind == "introduced"
        elif kind == "fixed":
            fixed = _lower(ecosystem, fixed, text)
    return inside, fixed


def covers_all(ranges: Ranges) -> bool:
    """Whether every version there is or will be is affected."""
    return any(
        any(kind == "introduced" and text == "0" for kind, text in events)
        and not any(kind in ("fixed", "last_affected", "limit") for kind, _ in events)
        for events in ranges
    )


def lowest_allowed(ecosystem: str, wanted: str) -> str:
    """The lowest version that a declared range names, `0` for one that is only bounded above; empty for any."""
    bounds = list(_lower_bounds(wanted))
    if not bounds:
        return "0" if "<" in wanted else ""
    known = [bound for bound in bounds if parse_version(ecosystem, bound) is not None]
    return functools.reduce(lambda a, b: _lower(ecosystem, a, b), known, "")


def _lower_bounds(wanted: str) -> Iterator[str]:
    for count, match in enumerate(_BOUND.finditer(wanted)):
        if count >= MAX_BOUNDS:
            return
        if match[1] not in _UPPER:
            yield match[2].rstrip(".-+_").removesuffix(".x")


def allows(kind: str, wanted: str, version: str) -> bool | None:
    """Whether a declared range lets this version in; None where that cannot be said."""
    from univers.version_range import RANGE_CLASS_BY_SCHEMES

    scheme: Any = RANGE_CLASS_BY_SCHEMES.get(kind)
    if scheme is None:
        return None
    try:
        read: Callable[[str], Any] = scheme.from_native
        return scheme.version_class(version) in read(wanted)
    except Exception:  # a range in a form that the library does not read
        return None
