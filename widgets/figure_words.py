"""Figures in words: durations, days, and the one sentence that stands for a plot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app import quantities
from app.marketplace.figures_words import Figures, KindFigures, Span, Spread
from widgets.words import KINDS, format_count

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DASH = "–"
# what stood against a delivery, in the past
CAUSES = {
    "changed_bytes": "the files had changed",
    "decided": "somebody else had decided",
    "edited": "the listing had been edited",
    "not_valid": "not possible from its status",
    "deleted": "the version was gone",
    "refused": "the marketplace refused it",
    "overwritten": "something else stood there afterwards",
}


def format_duration(seconds: float | None) -> str:
    """As elsewhere, and a dash where there is none."""
    return DASH if seconds is None else quantities.format_duration(seconds)


def format_day(day: date) -> str:
    """25 Aug."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def kind_words(kind: str) -> str:
    """A kind of app as people call it."""
    return KINDS.get(kind, kind) or "not known"


def cause_words(cause: str) -> str:
    """Why a decision was in conflict."""
    return CAUSES.get(cause, cause.replace("_", " ") or "for a reason that is not known")


def describe_period(figures: Figures) -> str:
    """1 Sep 2025 to 24 Nov 2026, in weeks."""
    until = figures.until.date()
    return f"{format_day(figures.since)} {figures.since.year} to {format_day(until)} {until.year}"


def describe_spread(spread: Spread) -> str:
    """What stands below a median."""
    return f"90 % within {format_duration(spread.p90)}, of {spread.count:,}" if spread.count else "none in this period"


def describe_throughput(figures: Figures) -> str:
    """The first plot for those who cannot see it."""
    spans = figures.spans
    if not spans:
        return "Nothing came in."
    peak = max(spans, key=lambda s: s.arrived)
    when = "on" if figures.unit == "day" else "in the week from"
    return (
        f"{figures.arrived:,} arrived and {figures.decided:,} decided in {format_count(len(spans), figures.unit)}. "
        f"Most arrived {when} {format_day(peak.start)}: {peak.arrived:,}. "
        + describe_waiting(spans[0].waiting, spans[-1].waiting)
    )


def describe_waiting(first: int, last: int) -> str:
    """How the queue grew or shrank."""
    if first == last:
        return f"{last:,} wait now, as many as at its beginning."
    return f"{last:,} wait now, {abs(last - first):,} {'more' if last > first else 'fewer'} than at its beginning."


def describe_times(figures: Figures) -> str:
    """The second plot."""
    spread = figures.decision
    if not spread.count:
        return "Nothing was decided in this period."
    most = max(figures.histogram, key=lambda b: b.count)
    return (
        f"{format_count(spread.count, 'decision')}: median {format_duration(spread.median)}, 90 % within "
        f"{format_duration(spread.p90)}, worst {format_duration(spread.worst)}. Most took {most.label}: {most.count:,}."
    )


def describe_reasons(figures: Figures) -> str:
    """The third plot."""
    if not figures.reasons:
        return "Nothing was rejected in this period."
    return "Commonest: " + "; ".join(f"{r.label}, {r.count:,}" for r in figures.reasons[:3]) + "."


def describe_kinds(kinds: Sequence[KindFigures]) -> str:
    """The fourth plot."""
    told = [
        f"{kind_words(k.kind)}: {k.approved:,} approved, {k.changes:,} changes requested, {k.rejected:,} rejected"
        for k in kinds
        if k.decided
    ]
    return "; ".join(told) + "." if told else "Nothing was decided in this period."


def choose_days(spans: Sequence[Span], room: int) -> list[tuple[int, str]]:
    """Places and dates for an axis that has room for so many, evenly apart, the last span among them."""
    step = max(1, -(-len(spans) // max(1, room)))
    places = range(len(spans) - 1, -1, -step)
    return [(place, format_day(spans[place].start)) for place in sorted(places)]
