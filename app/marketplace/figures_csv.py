"""Figures as a file: one tidy table in CSV, or a JSON document."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import DeskError
from app.marketplace.figures_words import Figures, Spread

if TYPE_CHECKING:
    from app.desk import Desk

HEADINGS = ("section", "key", "value", "unit")
SCHEMA = "assay-figures/1"
# what a spreadsheet would take for a formula; names and reasons come from outside
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Line = tuple[str, str, str, str]


class FiguresError(DeskError):
    """The figures could not be written; one line that names the file and what to do."""


def list_figures(figures: Figures) -> Iterator[Line]:
    """Every figure as section, key, value, unit; durations in seconds, days as 2026-03-31. A missing value is empty."""
    yield "period", "market", figures.market, ""
    yield "period", "since", figures.since.isoformat(), "day"
    yield "period", "until", figures.until.isoformat(timespec="seconds"), "time"
    for name in ("arrived", "decided", "waiting"):
        yield "total", name, str(getattr(figures, name)), "submissions"
    yield "total", "oldest waiting", _seconds(figures.oldest), "s"
    yield "total", "overturned", str(len(figures.overturned)), "decisions"
    yield "total", "conflicts", str(figures.conflicts_count), "decisions"
    yield "total", "conflicts open now", str(figures.conflicts_open), "decisions"
    yield "total", "approved over open items", str(figures.overrides), "decisions"
    yield from _spread("time to first review", figures.first_review)
    yield from _spread("time to decision", figures.decision)
    for one in figures.histogram:
        yield "time to decision: how many", one.label, str(one.count), "submissions"
    for span in figures.spans:
        day = span.start.isoformat()
        yield f"arrived per {figures.unit}", day, str(span.arrived), "submissions"
        yield f"decided per {figures.unit}", day, str(span.decided), "submissions"
        yield f"waiting at the end of the {figures.unit}", day, str(span.waiting), "submissions"
        yield f"time to decision per {figures.unit}: median", day, _seconds(span.median), "s"
        yield f"time to decision per {figures.unit}: 90th percentile", day, _seconds(span.p90), "s"
    for word, count in figures.decisions.items():
        yield "decision", word, str(count), "submissions"
    for kind in figures.kinds:
        for name in ("arrived", "approved", "rejected", "changes", "waiting"):
            yield f"kind: {name}", kind.kind, str(getattr(kind, name)), "submissions"
        yield "kind: time to decision, median", kind.kind, _seconds(kind.time.median), "s"
    for reason in figures.reasons:
        yield "rejection reason", reason.label, str(reason.count), "rejections"
    for cause, count in figures.conflicts.items():
        yield "conflict", cause, str(count), "decisions"
    for number, turned in enumerate(figures.overturned, 1):
        yield "overturned", f"{number} {turned.name}", f"{turned.was}, then {turned.now}", turned.at.date().isoformat()
    for reviewer in figures.reviewers:
        for name in ("decided", "approved", "rejected", "changes", "overrides"):
            yield f"reviewer: {name}", reviewer.name, str(getattr(reviewer, name)), "decisions"


def _spread(section: str, spread: Spread) -> Iterator[Line]:
    yield section, "count", str(spread.count), "submissions"
    for key, value in (("median", spread.median), ("90th percentile", spread.p90), ("worst", spread.worst)):
        yield section, key, _seconds(value), "s"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def write_csv(figures: Figures) -> bytes:
    """UTF-8 with a mark at its beginning, without which spreadsheets take it for another encoding."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(HEADINGS)
    for line in list_figures(figures):
        writer.writerow([guard(cell) for cell in line])
    return stream.getvalue().encode("utf-8-sig", "backslashreplace")


def guard(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def write_json(figures: Figures) -> bytes:
    """Everything, with the same names as in `Figures`."""
    document = {"schema": SCHEMA, **dataclasses.asdict(figures)}
    return json.dumps(document, indent=1, default=_plain).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # and a time
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON")


def render_figures(figures: Figures, format: str, text: str = "") -> bytes:
    """csv, json, or the text as it is given."""
    if format == "text":
        return text.encode("utf-8", "backslashreplace")
    return write_json(figures) if format == "json" else write_csv(figures)


def export_figures(desk: Desk, figures: Figures, format: str, target: Path, text: str = "") -> Path:
    """Write them, and log it; raises FiguresError where the file cannot be written."""
    from app.export import write_file

    try:
        write_file(target, render_figures(figures, format, text))
    except OSError as error:
        raise FiguresError(f"{target}: cannot be written ({error.strerror}): choose another place") from error
    desk.store.record(desk.reviewer, "export figures", format=format, file=str(target), days=figures.days)
    return target
