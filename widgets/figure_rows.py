"""The numbers behind each card of the dashboard, as text."""

from __future__ import annotations

from collections.abc import Mapping

from app.marketplace.figures_words import Figures
from widgets.figure_words import DASH, cause_words, format_day, format_duration, kind_words
from widgets.words import format_time


def make_rows(figures: Figures) -> Mapping[str, list[tuple[str, ...]]]:
    """The numbers behind each card, as text."""

    def some(number: int) -> str:
        return f"{number:,}"

    total = max(1, figures.decision.count)
    conflicts = [(f"In conflict: {cause_words(cause)}", some(count), "") for cause, count in figures.conflicts.items()]
    return {
        "throughput": [
            (format_day(s.start), some(s.arrived), some(s.decided), some(s.waiting), format_duration(s.median))
            for s in reversed(figures.spans)
        ],
        "times": [
            (b.label, some(b.count), f"{100 * b.count / total:.0f} %" if figures.decision.count else DASH)
            for b in figures.histogram
        ],
        "reasons": [(r.label, some(r.count)) for r in figures.reasons],
        "kinds": [
            (kind_words(k.kind), some(k.arrived), some(k.approved), some(k.changes), some(k.rejected),
             format_duration(k.time.median))
            for k in figures.kinds
        ],
        "reviewers": [
            (r.name or "not known", some(r.approved), some(r.changes), some(r.rejected), some(r.overrides))
            for r in figures.reviewers
        ],
        "overturned": [
            *((f"{t.name}: {t.was}, then {t.now}", "1", format_time(t.at)[:10]) for t in figures.overturned),
            *conflicts,
        ],
    }  # fmt: skip
