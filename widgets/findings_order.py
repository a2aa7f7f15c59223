"""In what order findings come, and what a filter looks through: prepared on a worker thread, without Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.model import RunFinding

SEVERITY, STATE, CHECK, MESSAGE, PLACE, TRIAGE = range(6)
STATE_ORDER = {"new": 0, None: 1, "unchanged": 2, "fixed": 3}


def hay_of(f: RunFinding) -> str:
    return f"{f.message}\n{f.path}\n{f.check}\n{f.rule}\n{' '.join(f.guidelines)}\n{f.snippet}".lower()


def usual_key(f: RunFinding) -> tuple[int, int, str, int]:
    """Worst first, then new before unchanged before fixed, then by place."""
    return -int(f.severity), STATE_ORDER.get(f.state, 1), f.path, f.line or 0


# what a column is sorted by; triage is not among them, because it changes while the findings stay
KEYS: dict[int, Callable[[RunFinding], Any]] = {
    SEVERITY: lambda f: int(f.severity),
    STATE: lambda f: STATE_ORDER.get(f.state, 1),
    CHECK: lambda f: f.check,
    MESSAGE: lambda f: f.message.casefold(),
    PLACE: lambda f: (f.path, f.line or 0),
}
GROUP_KEYS: dict[str, Callable[[RunFinding], str]] = {
    "severity": lambda f: f.severity.label,
    "check": lambda f: f.check,
    "file": lambda f: f.path,
}


@dataclass(frozen=True, slots=True)
class PreparedFindings:
    """Findings with the text a filter looks through, their usual order, and a rank in each column.

    Made on a worker thread: what is left for the GUI thread is sorting numbers.
    """

    findings: list[RunFinding]
    haystack: list[str]
    order: list[int]
    severities: Counter[object]
    states: Counter[object]
    keys: dict[int, list[int]]


def prepare_findings(findings: Iterable[RunFinding]) -> PreparedFindings:
    """Do what takes time for 20,000 findings, away from the GUI thread."""
    listed = list(findings)
    keys = [usual_key(f) for f in listed]
    order = sorted(range(len(listed)), key=keys.__getitem__)
    ranks = {column: _rank([make(f) for f in listed]) for column, make in KEYS.items()}
    return PreparedFindings(listed, [hay_of(f) for f in listed], order, *count_findings(listed), ranks)


def _rank(keys: list[Any]) -> list[int]:
    """The place of each key among all; equal keys have one place."""
    places = {key: place for place, key in enumerate(sorted(set(keys)))}
    return [places[key] for key in keys]


def count_findings(findings: Sequence[RunFinding]) -> tuple[Counter[object], Counter[object]]:
    return Counter(f.severity for f in findings if f.state != "fixed"), Counter(f.state for f in findings)
