"""Durations and days of the figures: medians, classes, and how the period is told day by day or week by week."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from app.marketplace.figures_words import DECIDED, Bin, Span, Spread
from app.marketplace.rounds import Round

HOUR = 3600
DAY = 24 * HOUR
SPANS_BY_DAY = 31  # days up to which the period is told by days; a longer one by weeks
LONGEST_PERIOD = 3650
EDGES: tuple[tuple[str, float], ...] = (
    ("under 1 h", HOUR), ("1 to 4 h", 4 * HOUR), ("4 to 24 h", DAY), ("1 to 2 d", 2 * DAY), ("2 to 3 d", 3 * DAY),
    ("3 to 5 d", 5 * DAY), ("5 to 7 d", 7 * DAY), ("1 to 2 wk", 14 * DAY), ("2 to 4 wk", 28 * DAY),
)  # fmt: skip
LONGEST = "over 4 wk"


def find_period(days: int, now: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """When the period begins, and its unit: whole days up to 31, else whole weeks, the last of which ends today."""
    days = min(LONGEST_PERIOD, max(1, days))
    unit = "day" if days <= SPANS_BY_DAY else "week"
    if unit == "week":
        days = math.ceil(days / 7) * 7
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), zone), unit


def make_spread(seconds: Sequence[float]) -> Spread:
    """Median (the middle, or between the two in the middle), 90th percentile (nearest rank) and worst."""
    if not seconds:
        return Spread()
    ordered = sorted(seconds)
    nine = ordered[math.ceil(0.9 * len(ordered)) - 1]
    return Spread(len(ordered), statistics.median(ordered), nine, ordered[-1])


def make_histogram(seconds: Iterable[float]) -> tuple[Bin, ...]:
    """How many took how long, in ten classes."""
    edges = [high for _, high in EDGES]
    counts = Counter(sum(value >= high for high in edges) for value in seconds)
    lows = [0.0, *edges]
    bins = [Bin(label, lows[i], high, counts[i]) for i, (label, high) in enumerate(EDGES)]
    return (*bins, Bin(LONGEST, lows[-1], None, counts[len(EDGES)]))


def make_spans(rounds: Sequence[Round], begin: datetime, until: int, unit: str, zone: tzinfo) -> Iterable[Span]:
    """Day by day, or week by week."""
    step = timedelta(days=1 if unit == "day" else 7)
    starts = sorted(r.start for r in rounds)
    ends = sorted(r.end for r in rounds if r.end is not None)
    decided = sorted((r.end, r.to_decision or 0.0) for r in rounds if r.outcome in DECIDED and r.end is not None)
    at = [end for end, _ in decided]
    day = begin.date()
    last = datetime.fromtimestamp(until / 1000, zone).date()
    while day <= last:
        low = _start_of(day, zone)
        high = min(_start_of(day + step, zone), until + 1)
        first, after = bisect_left(at, low), bisect_left(at, high)
        spread = make_spread([seconds for _, seconds in decided[first:after]])
        arrived = bisect_left(starts, high) - bisect_left(starts, low)
        left = bisect_left(starts, high) - bisect_left(ends, high)
        yield Span(day, arrived, after - first, left, spread.median, spread.p90)
        day += step


def _start_of(day: date, zone: tzinfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)
