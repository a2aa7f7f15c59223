"""In what order findings come, and what a filter looks through: prepared on a worker thread, without Qt."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.model import RunFinding

SEVERITY, STATE, CHECK, MESSAGE, PLACE, TRIAGE = range(6)
CHUNK, PAUSE = 1000, 0.001  # findings, seconds: now and then the GUI thread has the interpreter for itself
LINE_BITS, PLACE_BITS = 28, 64
MAX_LINE = (1 << LINE_BITS) - 1
STATE_ORDER = {"new": 0, None: 1, "unchanged": 2, "fixed": 3}


def hay_of(f: RunFinding) -> str:
    """What a filter looks through."""
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
    """Do what takes time for 20,000 findings, away from the GUI thread.

    All that is sorted here is short or a list of numbers: a long sort of texts keeps the interpreter
    from the GUI thread until it ends.
    """
    listed = list(findings)
    paths = _rank([f.path for f in listed])
    places = [path << LINE_BITS | min(f.line or 0, MAX_LINE) for path, f in zip(paths, listed, strict=True)]
    severities = [int(f.severity) for f in listed]
    states = [STATE_ORDER.get(f.state, 1) for f in listed]
    usual = [
        ((4 - severity) * len(STATE_ORDER) + state) << PLACE_BITS | place
        for severity, state, place in zip(severities, states, places, strict=True)
    ]
    order = sorted(range(len(listed)), key=usual.__getitem__)
    keys = {
        SEVERITY: severities,
        STATE: states,
        CHECK: _rank([f.check for f in listed]),
        MESSAGE: _rank([f.message.casefold() for f in listed]),
        PLACE: places,
    }
    haystack: list[str] = []
    for begin in range(0, len(listed), CHUNK):
        haystack += [hay_of(f) for f in listed[begin : begin + CHUNK]]
        time.sleep(PAUSE)
    return PreparedFindings(listed, haystack, order, *count_findings(listed), keys)


def _rank(texts: list[str]) -> list[int]:
    """The place of each text among all; equal ones have one place."""
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    return [places[text] for text in texts]


def count_findings(findings: Sequence[RunFinding]) -> tuple[Counter[object], Counter[object]]:
    """How many there are of each severity (fixed ones left out) and of each state."""
    return Counter(f.severity for f in findings if f.state != "fixed"), Counter(f.state for f in findings)
