"""The history of an app: every version of it that is known, with what was run, decided, sent and seen.

Also of a submission that came from nowhere: then there is only its own record on this desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.marketplace.history_store import RunSummary
from app.marketplace.queue_records import StatusChange
from app.marketplace.rounds import measure_clock
from app.marketplace.why import find_tokens
from app.marketplace.words import OutboxRow, SendState, VersionStatus
from app.model import Decision, Submission

if TYPE_CHECKING:
    from app.desk import Desk

DECISION_WORDS = {"approve": "approved", "reject": "rejected", "request_changes": "changes requested"}
ACTION_WORDS = {
    **DECISION_WORDS, "assign": "taken into review", "suspend": "suspended", "unsuspend": "approved again",
}  # fmt: skip
STATUS_WORDS = {"inReview": "in review", "inDevelopment": "taken back by the developer", "pending": "pending"}
STATE_WORDS = {
    SendState.HELD: "waits for a second reviewer", SendState.QUEUED: "to be sent", SendState.SENDING: "being sent",
    SendState.DELIVERED: "delivered", SendState.CONFLICT: "in conflict",
    SendState.SUPERSEDED: "replaced before it was sent", SendState.WITHDRAWN: "given up",
}  # fmt: skip
AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A submission on this desk, the newest runs and decisions first."""

    submission: Submission
    runs: tuple[RunSummary, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """One version. `key` is None for what did not come from a marketplace; `submitted` in its milliseconds.

    `changes`, the oldest first, is what was seen of its status; `sent` what was ever to be sent, the newest first.
    """

    key: int | None
    label: str
    status: VersionStatus | None = None
    submitted: int | None = None
    is_live: bool = False
    gone: bool = False
    reviewed: tuple[Reviewed, ...] = ()
    changes: tuple[StatusChange, ...] = ()
    sent: tuple[OutboxRow, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One thing that happened. `kind` is submitted, status, taken, run, decision or sent; `word` says how it is marked.

    `at` is on this computer's clock; `theirs` is the marketplace's own time where it comes from there.
    """

    kind: str
    word: str
    at: datetime
    version: str
    title: str
    text: str = ""
    who: str = ""
    ours: bool = True
    theirs: datetime | None = None
    submission: int | None = None


@dataclass(frozen=True, slots=True)
class AppHistory:
    """All that is known of an app, the newest version first. `clock`: how far ours is ahead of its marketplace's."""

    name: str
    app_id: str
    market: str
    versions: tuple[VersionHistory, ...]
    clock: timedelta = timedelta()
    events: tuple[HistoryEvent, ...] = field(default=())


def read_history(desk: Desk, key: int) -> AppHistory:
    """Of the app that a version belongs to; raises StoreError where there is no such version."""
    store = desk.store
    entry = store.queue_entry(key, desk.reviewer)
    entries = store.versions_of_app(entry.market, entry.app_id, desk.reviewer)
    here = store.submissions_of_versions([e.key for e in entries])
    submitted = store.submitted_of([e.key for e in entries])
    versions = tuple(
        VersionHistory(
            e.key, e.label, e.status, submitted.get(e.key), e.is_live, e.gone,
            _read_reviewed(desk, here.get(e.key, ())), store.status_changes(e.key), store.outbox_of(e.key),
        )
        for e in entries
    )  # fmt: skip
    changes = (change for some in store.figure_changes(entry.market).values() for change in some)
    clock = timedelta(milliseconds=measure_clock(changes))
    history = AppHistory(entry.name, entry.app_id, entry.market, versions, clock)
    return replace(history, events=tuple(list_events(history)))


def read_submission_history(desk: Desk, submission: int) -> AppHistory:
    """Of the app that a submission belongs to; of the submission alone where it is no version of a marketplace."""
    key = desk.store.version_of(submission)
    if key is not None:
        return read_history(desk, key)
    about = desk.submission(submission)
    version = VersionHistory(None, about.version, reviewed=_read_reviewed(desk, [submission]))
    history = AppHistory(about.title or about.artifact.name, "", "", (version,))
    return replace(history, events=tuple(list_events(history)))


def _read_reviewed(desk: Desk, submissions: Iterable[int]) -> tuple[Reviewed, ...]:
    numbers = tuple(submissions)
    runs = desk.store.run_summaries(numbers)
    return tuple(Reviewed(desk.submission(n), runs.get(n, ()), desk.decisions(n)) for n in numbers)


# events


def list_events(history: AppHistory) -> Iterator[HistoryEvent]:
    """Everything of all versions, the newest first."""
    found = [event for version in history.versions for event in _events_of(version, history.clock)]
    order = {kind: place for place, kind in enumerate(("submitted", "taken", "run", "decision", "sent", "status"))}
    yield from sorted(found, key=lambda e: (e.at, order[e.kind]), reverse=True)


def _events_of(version: VersionHistory, clock: timedelta) -> Iterator[HistoryEvent]:
    label = version.label
    if version.submitted is not None:
        theirs = _their_time(version.submitted)
        yield HistoryEvent("submitted", "submitted", _add(theirs, clock), label, "Submitted", ours=False, theirs=theirs)
    tokens = {token for change in version.changes for token in find_tokens(change.reason)}
    for change in version.changes:
        theirs = _their_time(change.at)
        word = STATUS_WORDS.get(change.status, change.status)
        yield HistoryEvent(
            "status", change.status, _add(theirs, clock), label, f"On the marketplace: {word}", change.reason,
            "this desk" if change.ours else change.by, change.ours, theirs,
        )  # fmt: skip
    for row in version.sent:
        if row.state is SendState.DELIVERED and row.token in tokens:
            continue  # it is told by the status that came of it
        state = STATE_WORDS[row.state]
        text = ". ".join(part for part in (row.told, f"Sent is: {row.reason}" if row.reason else "") if part)
        action = ACTION_WORDS.get(row.action, row.action)
        yield HistoryEvent(
            "sent", row.state.value, row.changed, label, f"{action[:1].upper()}{action[1:]}: {state}", text,
            row.reviewer, submission=row.submission,
        )  # fmt: skip
    of_many = len(version.reviewed) > 1
    for reviewed in version.reviewed:
        yield from _events_here(reviewed, label, of_many=of_many)
    yield from _decisions_of(version, label)


def _events_here(reviewed: Reviewed, label: str, *, of_many: bool) -> Iterator[HistoryEvent]:
    about = reviewed.submission
    name = f" ({about.artifact.name})" if of_many else ""
    yield HistoryEvent(
        "taken", "taken", about.added, label, f"Taken in here{name}", f"SHA-256 {about.artifact.sha256}",
        submission=about.id,
    )  # fmt: skip
    for run in reviewed.runs:
        yield HistoryEvent(
            "run", run.mark, run.finished or run.started, label, f"Battery {run.result}{name}",
            f"Profile {run.profile}", submission=about.id,
        )  # fmt: skip


def _decisions_of(version: VersionHistory, label: str) -> Iterator[HistoryEvent]:
    """What was said of all files of a version at once is one decision."""
    decisions = sorted((d for r in version.reviewed for d in r.decisions), key=lambda d: d.id)
    told: list[Decision] = []
    for one in decisions:
        if any(
            (one.decision, one.reason, one.reviewer) == (d.decision, d.reason, d.reviewer)
            and one.submission != d.submission and one.at - d.at <= AT_ONCE
            for d in told
        ):  # fmt: skip
            continue
        told.append(one)
        over = f"Over open items: {'; '.join(one.overrides)}" if one.overrides else ""
        yield HistoryEvent(
            "decision", one.decision, one.at, label, f"Decided here: {DECISION_WORDS.get(one.decision, one.decision)}",
            "\n".join(part for part in (one.reason, over) if part), one.reviewer, submission=one.submission,
        )  # fmt: skip


def _their_time(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):  # whatever the other side says
        return datetime.fromtimestamp(0, UTC)


def _add(at: datetime, clock: timedelta) -> datetime:
    try:
        return at + clock
    except OverflowError:
        return at
