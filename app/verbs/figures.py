"""`assay figures`: throughput and waiting times of the last days, from the record."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import streams
from app.quantities import format_count, format_duration
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.marketplace.figures_words import Figures, Spread

DONE = 0
DAYS = 90
WIDEST = 400  # characters of a line
WIDTH = 24  # of the words before a number


def register(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "figures",
        help="throughput, waiting times and reasons of the last days",
        description="What the record tells of a period: how much came in and was decided, how long that took, why "
        "was rejected, what was overturned. Reads the record only; nothing is asked of the marketplace.",
        epilog="Exit codes: 0 done; 2 the file could not be written, or wrong use.",
    )
    parser.add_argument("--days", type=_days, default=DAYS, metavar="N", help=f"of the period (default: {DAYS})")
    parser.add_argument("--format", choices=("text", "csv", "json"), default="text", help="of the result")
    parser.add_argument("--output", type=Path, metavar="F", help="write the result to a file")
    parser.set_defaults(run=run)


def _days(text: str) -> int:
    try:
        days = int(text)
    except ValueError:
        days = 0
    if not 1 <= days <= 3650:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 3650")
    return days


def run(options: argparse.Namespace) -> int:
    """Read, and print or write; raises DeskError."""
    from app.desk import Desk
    from app.marketplace.figures_csv import export_figures, render_figures

    with Desk.open() as desk:
        figures = desk.marketplace.figures(options.days)
        text = "".join(f"{printable(line, WIDEST)}\n" for line in describe_figures(figures))
        if options.output is not None:
            export_figures(desk, figures, options.format, options.output, text)
        else:
            streams.say(render_figures(figures, options.format, text))
    return DONE


# as text


def describe_figures(figures: Figures) -> Iterator[str]:
    """Lines for a terminal."""
    where = figures.market or "this desk, no marketplace"
    yield f"{where}: {figures.since} to {figures.until:%Y-%m-%d} ({format_count(len(figures.spans), figures.unit)})"
    yield ""
    yield _row("arrived", f"{figures.arrived:,}")
    shares = ", ".join(f"{count:,} {word}" for word, count in figures.decisions.items() if count)
    yield _row("decided", f"{figures.decided:,}" + (f" ({shares})" if shares else ""))
    oldest = f", the longest for {_time(figures.oldest)} ({figures.oldest_name})" if figures.oldest is not None else ""
    yield _row("waiting now", f"{figures.waiting:,}{oldest}")
    yield _row("time to first review", _spread(figures.first_review))
    yield _row("time to decision", _spread(figures.decision))
    yield _row("overturned", f"{len(figures.overturned):,}")
    causes = ", ".join(f"{count:,} {cause.replace('_', ' ')}" for cause, count in figures.conflicts.items())
    said = f"{figures.conflicts_count:,}" + (f" ({causes})" if causes else "")
    yield _row("conflicts", f"{said}, {figures.conflicts_open:,} open now" if figures.conflicts_open else said)
    yield _row("approved over open items", f"{figures.overrides:,}")
    yield from _table(f"by {figures.unit}", ("", "arrived", "decided", "waiting"), (
        (span.start.isoformat(), span.arrived, span.decided, span.waiting) for span in figures.spans
    ))  # fmt: skip
    yield from _table("by kind", ("", "arrived", "approved", "rejected", "changes"), (
        (k.kind or "not known", k.arrived, k.approved, k.rejected, k.changes) for k in figures.kinds
    ))  # fmt: skip
    yield from _table("by reviewer", ("", "decided", "approved", "rejected", "changes", "over items"), (
        (r.name or "not known", r.decided, r.approved, r.rejected, r.changes, r.overrides) for r in figures.reviewers
    ))  # fmt: skip
    if figures.reasons:
        yield ""
        yield "reasons for rejection"
        yield from (f"{reason.count:>7,}  {reason.label}" for reason in figures.reasons)
    if figures.overturned:
        yield ""
        yield "overturned"
        yield from (f"  {turned.at:%Y-%m-%d}  {turned.name}: {turned.was}, then {turned.now}"
                    for turned in figures.overturned)  # fmt: skip


def _row(word: str, value: str) -> str:
    return f"{word:<{WIDTH}}  {value}"


def _table(title: str, headings: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> Iterator[str]:
    rows = iter(list(rows))
    first = next(rows, None)
    if first is None:
        return
    yield ""
    yield f"{title:<{WIDTH}}" + "".join(f"{heading:>12}" for heading in headings[1:])
    for row in (first, *rows):
        yield f"{row[0]:<{WIDTH}}" + "".join(f"{value:>12,}" for value in row[1:])


def _spread(spread: Spread) -> str:
    if not spread.count:
        return "none in this period"
    median, most, worst = map(_time, (spread.median, spread.p90, spread.worst))
    return f"median {median}, 90 % within {most}, worst {worst} ({spread.count:,})"


def _time(seconds: float | None) -> str:
    return "" if seconds is None else format_duration(seconds)
