"""Rounds of review: from a submission to its decision, put together from what was seen of a version's status.

The marketplace tells the present status only, so a round is what our syncs caught of it. Durations never mix two
clocks. Only to say on which day something was, the difference of the clocks is taken off (see `measure_clock`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.marketplace.figures_words import APPROVED, CHANGES, REJECTED
from app.marketplace.why import find_tokens

FINAL = {"approved": APPROVED, "rejected": REJECTED}
TURNED = (("approved", "suspended"), ("approved", "rejected"), ("rejected", "approved"))
WITHDRAWN, UNSEEN = "withdrawn", "unseen"
LOCAL = {"approve": APPROVED, "reject": REJECTED, "request_changes": CHANGES}


class Change(NamedTuple):
    """A status as it was seen: `at` on the marketplace's clock, `seen` on ours; milliseconds."""

    status: str
    at: int
    seen: int
    ours: bool = False
    by: str = ""
    reason: str = ""


class VersionRow(NamedTuple):
    """What the record has of a version; `first_seen` and `last_seen` are ours."""

    key: int
    name: str
    kind: str
    created: int | None
    submitted: int | None
    status: str
    status_updated: int
    first_seen: int
    last_seen: int
    gone: bool = False
    status_by: str = ""
    status_reason: str = ""


class Act(NamedTuple):
    """A decision on this desk about one thing, however many files that has; `at` in milliseconds.

    `number` is the decision's id, `numbers` those of all files. `key` is None for what did not come from a marketplace.
    """

    numbers: tuple[int, ...]
    submission: int
    key: int | None
    decision: str
    reason: str
    reviewer: str
    at: int
    overrides: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """One submission. `start`, `first` (review) and `end` in milliseconds on our clock; the durations in seconds.

    `outcome` is empty while it waits; withdrawn and unseen are ends without a decision that we know. `key` is None for
    what did not come from a marketplace.
    """

    key: int | None
    name: str
    kind: str
    start: int
    first: int | None = None
    end: int | None = None
    outcome: str = ""
    to_review: float | None = None
    to_decision: float | None = None
    change: Change | None = None
    act: Act | None = None


def measure_clock(changes: Iterable[Change]) -> int:
    """How many milliseconds our clock is ahead of the marketplace's, as far as that is known.

    A change of ours was read back within seconds, so the least distance of its two times is the difference of the
    clocks. Without any, only what was seen before it happened proves one.
    """
    ours, others = None, 0
    for change in changes:
        distance = change.seen - change.at
        if change.ours:
            ours = distance if ours is None else min(ours, distance)
        others = min(others, distance)
    return others if ours is None else ours


@dataclass(slots=True)
class _Open:
    start: int
    seen: int
    first: int | None = None
    end: Change | None = None
    outcome: str = ""


def find_rounds(
    version: VersionRow,
    changes: Sequence[Change],
    done_here: Sequence[int],
    clock: int,
    asked: Mapping[str, str],
) -> list[Round]:
    """The rounds of a version, the oldest first.

    `done_here` are the times of finished batteries and of decisions here. `asked` maps the tokens of our decisions to
    their actions, to tell a rejection that asks for changes.
    """
    known = sorted(changes, key=lambda c: c.at)
    if not any(c.status == version.status and c.at == version.status_updated for c in known):
        known.append(Change(version.status, version.status_updated, version.last_seen, False, version.status_by))
        known.sort(key=lambda c: c.at)
    submitted = version.submitted
    if submitted is None and not any(c.status == "pending" for c in known):
        # never one that the developer is still working on
        was_sent = any(c.status in ("inReview", "approved", "rejected", "suspended") for c in known)
        submitted = version.created if was_sent else None
    if submitted is not None:
        known = sorted([*known, Change("", submitted, version.first_seen)], key=lambda c: (c.at, bool(c.status)))
    opened = _walk(known)
    if opened and opened[-1].end is None and version.gone:
        opened[-1].end = Change("", version.last_seen - clock, version.last_seen)
        opened[-1].outcome = WITHDRAWN
    starts: list[int | None] = [one.seen for one in opened]
    rounds = []
    for one, until in zip(opened, [*starts[1:], None], strict=False):
        # what was done here belongs to this round until the next was seen; before it was seen it cannot be about it
        here = min((at for at in done_here if at >= one.seen and (until is None or at < until)), default=None)
        rounds.append(_finish(version, one, here, clock, asked))
    return rounds


def _walk(known: Iterable[Change]) -> list[_Open]:
    opened: list[_Open] = []
    current: _Open | None = None
    for change in known:
        if change.status in ("", "pending", "inReview"):
            if current is None:
                current = _Open(change.at, change.seen)
                opened.append(current)
            if change.status == "inReview" and current.first is None:
                current.first = change.at
        elif current is not None:
            current.end, current.outcome = change, FINAL.get(change.status, UNSEEN)
            # what was decided before it was first seen here may have been in review long before
            if change.status in FINAL and current.first is None and change.seen > current.seen:
                current.first = change.at
            if change.status == "inDevelopment":
                current.outcome = WITHDRAWN
            current = None
    return opened


def _finish(version: VersionRow, one: _Open, here: int | None, clock: int, asked: Mapping[str, str]) -> Round:
    first = None if one.first is None else one.first + clock
    to_review = None if one.first is None else (one.first - one.start) / 1000
    if here is not None and (first is None or here < first):
        first, to_review = here, (here - one.seen) / 1000
    end, outcome, decided = one.end, one.outcome, None
    if end is not None and end.status in FINAL:
        decided = max(0, end.at - one.start) / 1000
        if outcome == REJECTED and action_of(end.reason, asked) == "request_changes":
            outcome = CHANGES
    return Round(
        version.key, version.name, version.kind, one.start + clock, first, None if end is None else end.at + clock,
        outcome, None if to_review is None else max(0.0, to_review), decided, end,
    )  # fmt: skip


def action_of(reason: str, asked: Mapping[str, str]) -> str:
    """The action of ours that a status came from, told by the token in its reason; empty where there is none."""
    return next(filter(None, map(asked.get, find_tokens(reason))), "")


def local_round(name: str, kind: str, added: int, done_here: Sequence[int], acts: Sequence[Act]) -> Round:
    """The round of what did not come from a marketplace: all of it by our clock."""
    act = min(acts, key=lambda a: a.at, default=None)
    first = min((at for at in done_here if at >= added), default=None)
    return Round(
        None, name, kind, added, first, None if act is None else act.at,
        "" if act is None else LOCAL.get(act.decision, UNSEEN), None if first is None else (first - added) / 1000,
        None if act is None else max(0, act.at - added) / 1000, None, act,
    )  # fmt: skip


def find_overturned(changes: Sequence[Change]) -> list[tuple[Change, Change]]:
    """Decisions of ours that somebody else changed, with the change: approved -> suspended or rejected, and rejected
    -> approved where nothing was submitted in between."""
    found: list[tuple[Change, Change]] = []
    standing: Change | None = None
    for change in sorted(changes, key=lambda c: c.at):
        if change.ours and change.status in FINAL:
            standing = change
        elif change.status == "pending":
            standing = None
        elif standing is not None and not change.ours and change.status in (*FINAL, "suspended"):
            if (standing.status, change.status) in TURNED:
                found.append((standing, change))
            if change.status != standing.status:
                standing = None
    return found
