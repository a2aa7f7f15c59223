"""The figures of a marketplace's security work: throughput, waiting times, reasons, what was overturned.

`read_figures` fetches rows, `make_figures` counts them and knows no store. What each figure means is said in
`figures_words.DEFINITIONS`.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from app.marketplace.figures_store import OutboxFacts, SubmissionRow
from app.marketplace.figures_time import DAY, find_period, make_histogram, make_spans, make_spread
from app.marketplace.figures_words import (
    APPROVED,
    CHANGES,
    DECIDED,
    REJECTED,
    Figures,
    KindFigures,
    Overturned,
    Reason,
    ReviewerFigures,
)
from app.marketplace.rounds import (
    LOCAL,
    Act,
    Change,
    Round,
    VersionRow,
    find_overturned,
    find_rounds,
    local_round,
    measure_clock,
)
from app.marketplace.why import find_tokens
from app.triage import clean_text

if TYPE_CHECKING:
    from app.store import Store

ON_ITS_WAY = 90 * DAY * 1000  # ms: a decision may be that much older than the day on which it arrived
MAX_REASON = 120
MAX_REASONS = 50
_SENTENCE = re.compile(r"(?<=[.!?])\s")
_ADDED = re.compile(r"\s*Reviewed by [^\n]{1,200}\. Decision AS-\w{10}\.?\s*$")  # as our own messages end


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything that the figures are made from."""

    versions: Sequence[VersionRow] = ()
    changes: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    submissions: Sequence[SubmissionRow] = ()
    runs: Mapping[int, Sequence[int]] = field(default_factory=dict)
    acts: Sequence[Act] = ()
    outbox: Sequence[OutboxFacts] = ()
    conflicts: Sequence[tuple[int, str, int]] = ()
    conflicts_open: int = 0


def read_figures(
    store: Store, market: str, days: int = 90, *, now: datetime | None = None, zone: tzinfo | None = None
) -> Figures:
    """The figures of the last `days` (1 to 3650) days; an empty `market` means what was decided on this desk only."""
    from app.guidelines import load_guidelines

    submissions = store.figure_submissions(market)
    keys = {row.number: row.key for row in submissions}
    rows = Rows(
        store.figure_versions(market), store.figure_changes(market), submissions, store.figure_runs(),
        store.figure_acts(keys), store.figure_outbox(market), store.figure_conflicts(market),
        store.figure_open_conflicts(market),
    )  # fmt: skip
    moment = now or datetime.now().astimezone()
    begin, _ = find_period(days, moment, zone or moment.tzinfo or UTC)
    since = begin.timestamp() * 1000 - ON_ITS_WAY
    sent_back = (a for a in rows.acts if LOCAL.get(a.decision) in (REJECTED, CHANGES) and a.at >= since)
    rejected = [number for act in sent_back for number in act.numbers]
    guidelines = store.figure_guidelines(rejected) if rejected else {}
    titles = {id: one.title for id, one in load_guidelines().items()} if guidelines else {}
    return make_figures(rows, market, days, moment, zone=zone, guidelines=guidelines, titles=titles)


def make_figures(
    rows: Rows,
    market: str,
    days: int,
    now: datetime,
    *,
    zone: tzinfo | None = None,
    guidelines: Mapping[int, frozenset[str]] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Figures:
    """Count the rows. `guidelines` are those of the confirmed findings behind a decision, `titles` their titles."""
    zone = zone or now.tzinfo or UTC
    begin, unit = find_period(days, now, zone)
    since, until = round(begin.timestamp() * 1000), round(now.timestamp() * 1000)
    clock = measure_clock(change for some in rows.changes.values() for change in some)
    rounds = gather_rounds(rows, clock, until)
    decided = [r for r in rounds if r.outcome in DECIDED and r.end is not None and r.end >= since]
    waiting = [r for r in rounds if r.end is None]
    oldest = min(waiting, key=lambda r: r.start, default=None)
    arrived = [r for r in rounds if r.start >= since]
    reviewed = [r.to_review for r in rounds if r.first is not None and r.first >= since and r.to_review is not None]
    recent = [act for act in rows.acts if act.at >= since]
    conflicts = Counter(cause for _, cause, at in rows.conflicts if at >= since)
    return Figures(
        market=market,
        days=days,
        unit=unit,
        since=begin.date(),
        until=now,
        arrived=len(arrived),
        decided=len(decided),
        waiting=len(waiting),
        first_review=make_spread(reviewed),
        decision=make_spread(times_of(decided)),
        oldest=max(0, until - oldest.start) / 1000 if oldest else None,
        oldest_name=oldest.name if oldest else "",
        spans=tuple(make_spans(rounds, begin, until, unit, zone)),
        histogram=make_histogram(times_of(decided)),
        kinds=make_kinds(arrived, decided, waiting),
        decisions={word: sum(r.outcome == word for r in decided) for word in DECIDED},
        reasons=make_reasons(decided, rows, guidelines or {}, titles or {}),
        overturned=tuple(gather_overturned(rows, clock, since, until, zone)),
        conflicts=dict(conflicts.most_common()),
        conflicts_open=rows.conflicts_open,
        overrides=sum(act.overrides and act.decision == "approve" for act in recent),
        reviewers=make_reviewers(recent),
        ever=sum(r.outcome in DECIDED for r in rounds) or len(rows.acts),
        clock=clock / 1000,
    )


# rounds


def gather_rounds(rows: Rows, clock: int, until: int) -> list[Round]:
    """All that was ever submitted, as far as it is known; nothing lies in the future (a clock may be off)."""
    asked = {row.token: row.action for row in rows.outbox}
    here: dict[int, list[int]] = {}  # what was done about a version
    mine: dict[int, list[int]] = {}  # and about a submission from elsewhere
    acts: dict[int, list[Act]] = {}
    for sub in rows.submissions:
        done = rows.runs.get(sub.number, ())
        if sub.key is None:
            mine[sub.number] = list(done)
        else:
            here.setdefault(sub.key, []).extend(done)
    for act in rows.acts:
        if act.key is None:
            mine.setdefault(act.submission, []).append(act.at)
            acts.setdefault(act.submission, []).append(act)
        else:
            here.setdefault(act.key, []).append(act.at)
    rounds = [
        one
        for version in rows.versions
        for one in find_rounds(version, rows.changes.get(version.key, ()), here.get(version.key, ()), clock, asked)
    ]
    for sub in rows.submissions:
        if sub.key is None and (sub.number in acts or not sub.is_baseline):  # a baseline is there to compare with
            one = local_round(sub.name, sub.kind, sub.added, mine[sub.number], acts.get(sub.number, ()))
            rounds.append(one)
    return [r if max(r.start, r.end or 0) <= until else _clamp(r, until) for r in rounds]


def _clamp(one: Round, until: int) -> Round:
    return replace(one, start=min(one.start, until), end=None if one.end is None else min(one.end, until))


def times_of(decided: Iterable[Round]) -> list[float]:
    """How long each took, in seconds."""
    return [r.to_decision for r in decided if r.to_decision is not None]


# what was decided


def make_kinds(arrived: Sequence[Round], decided: Sequence[Round], waiting: Sequence[Round]) -> tuple[KindFigures, ...]:
    """By kind of app, those with most decisions first."""
    came, left = Counter(r.kind for r in arrived), Counter(r.kind for r in waiting)
    of: dict[str, list[Round]] = {}
    for one in decided:
        of.setdefault(one.kind, []).append(one)
    made = []
    for kind in {*came, *left, *of}:
        some = of.get(kind, [])
        count = Counter(r.outcome for r in some)
        spread = make_spread(times_of(some))
        made.append(KindFigures(kind, came[kind], count[APPROVED], count[REJECTED], count[CHANGES], left[kind], spread))
    return tuple(sorted(made, key=lambda k: (-k.decided, -k.arrived, k.kind)))


def make_reviewers(acts: Iterable[Act]) -> tuple[ReviewerFigures, ...]:
    """Who decided how much on this desk, the busiest first."""
    of: dict[str, Counter[str]] = {}
    for act in acts:
        counts = of.setdefault(act.reviewer, Counter())
        counts[LOCAL.get(act.decision, "")] += 1
        counts["overrides"] += act.overrides and act.decision == "approve"
    made = [ReviewerFigures(name, c[APPROVED], c[REJECTED], c[CHANGES], c["overrides"]) for name, c in of.items()]
    return tuple(sorted(made, key=lambda r: (-r.decided, r.name.casefold())))


def make_reasons(
    decided: Iterable[Round], rows: Rows, guidelines: Mapping[int, frozenset[str]], titles: Mapping[str, str]
) -> tuple[Reason, ...]:
    """Why was rejected, the commonest first."""
    by_number = {number: act for act in rows.acts for number in act.numbers}
    by_token = {row.token: by_number.get(row.decision) for row in rows.outbox if row.decision is not None}
    counts: Counter[tuple[str, str]] = Counter()
    for one in decided:
        if one.outcome not in (REJECTED, CHANGES):
            continue
        act = one.act
        if act is None and one.change is not None:
            act = next(filter(None, map(by_token.get, find_tokens(one.change.reason))), None)
        said = frozenset().union(*(guidelines.get(n, frozenset()) for n in act.numbers)) if act else frozenset()
        if said:
            counts.update((f"{id} {titles.get(id, '')}".strip(), id) for id in said)
        else:
            reason = act.reason if act is not None else one.change.reason if one.change is not None else ""
            counts[first_sentence(reason) or "no reason was given", ""] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Reason(label, count, id) for (label, id), count in ordered[:MAX_REASONS])


def first_sentence(reason: str) -> str:
    """What a reason begins with, without what is added for the way, in at most 120 characters."""
    text = clean_text(_ADDED.sub("", reason).removeprefix("Changes requested: "))
    sentence = _SENTENCE.split(text, maxsplit=1)[0].rstrip(".! ")
    return sentence if len(sentence) <= MAX_REASON else sentence[: MAX_REASON - 1].rstrip() + "…"


def gather_overturned(rows: Rows, clock: int, since: int, until: int, zone: tzinfo) -> Iterable[Overturned]:
    """Decisions that somebody else changed in the period, the newest first; on a desk alone: another reviewer."""
    found: list[tuple[int, str, str, str, str]] = []
    names = {version.key: version.name for version in rows.versions}
    for key, changes in rows.changes.items():
        for before, after in find_overturned(changes):
            found.append((after.at + clock, names.get(key, ""), before.status, after.status, after.by))
    of: dict[int, list[Act]] = {}
    for act in rows.acts:
        if act.key is None:
            of.setdefault(act.submission, []).append(act)
    mine = {sub.number: sub.name for sub in rows.submissions}
    for submission, acts in of.items():
        for earlier, later in itertools.pairwise(acts):
            was, new = LOCAL.get(earlier.decision, ""), LOCAL.get(later.decision, "")
            turned = {was, new} in ({APPROVED, REJECTED}, {APPROVED, CHANGES})
            if turned and earlier.reviewer != later.reviewer:
                found.append((later.at, mine.get(submission, ""), was, new, later.reviewer))
    for at, name, was_word, now_word, by in sorted(found, reverse=True):
        if at >= since:
            moment = datetime.fromtimestamp(min(at, until) / 1000, zone)  # nothing lies in the future
            yield Overturned(name, was_word, now_word, moment, by)
