"""How a line of the queue looks: a version of the marketplace, or a submission of this desk that belongs to none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from checks.runtime.text import printable
from widgets.market_rows import MarketRow
from widgets.queue_rows import QueueRow
from widgets.theme import LIMITED, SEVERITIES, Mark
from widgets.words import (
    DECISIONS,
    KIND_ICONS,
    KINDS,
    format_age,
    format_count,
    format_size,
    format_time,
    name_of,
    short_hash,
)

DECIDED = {
    "approve": Mark("✓", "approved", "shield-check", "good", "tint_good"),
    "reject": Mark("✗", "rejected", "shield-cross", "critical", "tint_critical"),
    "request_changes": Mark("~", "changes", "changes", "medium", "tint_medium"),
}
NOT_RUN = Mark("·", "not run yet", "clock", "info", "tint_info")
CLEAR = Mark("✓", "clear", "check", "good", "tint_good")
INCOMPLETE = Mark("⊘", "incomplete", "unavailable", "medium", "tint_medium")
NEEDS_YOU = Mark("?", "needs you", "question", "accent", "tint_low")
UNREAD = Mark("", "", "", "info", "base")
AT_WORK = Mark("▸", "", "refresh", "low", "tint_low")
FETCHING = Mark("↓", "", "download", "low", "tint_low")
NOT_HERE = Mark("↓", "", "download", "info", "base")  # most of the queue: a sign without a word, said in words
# a decision that the marketplace has not got yet
SENDING = {
    "held": Mark("2", "to confirm", "user", "medium", "tint_medium"),
    "queued": Mark("↑", "to send", "send", "low", "tint_low"),
    "sending": Mark("↑", "sending", "send", "low", "tint_low"),
    "conflict": Mark("!", "conflict", "alert", "critical", "tint_critical"),
}
# what stands before the waiting time: another reviewer's lock, or our own
LOCKED = Mark("", "in review by {}", "lock", "medium", "tint_medium")
MINE = Mark("", "in review by you", "user", "accent", "tint_low")

SORTS = {
    "waiting": "Waiting longest",
    "risk": "Highest risk",
    "size": "Largest",
    "developer": "Developer",
    "name": "Name",
}


def time_of(ms: int) -> datetime:
    """A time of the marketplace; one that no calendar has is the beginning of time."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0, UTC)


def one_line(text: str, limit: int = 200) -> str:
    """Text from outside as a list shows it: unseen characters visible, no longer than that."""
    return printable(text, limit)


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section, and how many lines it has."""

    title: str
    count: int


Item = Heading | MarketRow | QueueRow


@dataclass(frozen=True, slots=True)
class Look:
    """What is drawn of a line, in two rows; `signs` stand before the age, and are said by their words."""

    title: str
    detail: str
    icon: str
    kind: str
    since: datetime
    mark: Mark
    word: str
    signs: tuple[tuple[Mark, str], ...] = ()


def row_mark(row: QueueRow, percent: int) -> tuple[Mark, str]:
    """The badge of a submission: work in hand, else the decision, else the worst that is left."""
    if percent >= 0:
        return AT_WORK, f"{percent} %"
    if not row.known:
        return UNREAD, ""
    if row.decision:
        mark = DECIDED[row.decision]
        return mark, mark.word
    if not row.ran:
        return NOT_RUN, NOT_RUN.word
    if row.worst is None:
        mark = INCOMPLETE if row.gaps else NEEDS_YOU if row.blockers else LIMITED if row.limited else CLEAR
        return mark, mark.word
    mark = SEVERITIES[row.worst]
    word = f"{mark.word} {row.open:,}" if row.open > 1 else mark.word
    return mark, f"{word} {INCOMPLETE.shape}" if row.gaps else word


def version_mark(row: MarketRow, here: QueueRow | None, percent: int, fetching: int) -> tuple[Mark, str]:
    """The badge of a version: a conflict, work in hand, what is to be sent, else the state of its review here."""
    entry = row.entry
    if entry.sending == "conflict":
        return SENDING["conflict"], SENDING["conflict"].word
    if fetching >= 0:
        return FETCHING, f"{fetching} %"
    if percent >= 0:
        return AT_WORK, f"{percent} %"
    if entry.sending in SENDING:
        mark = SENDING[entry.sending]
        return mark, mark.word
    if not entry.fetched:
        return NOT_HERE, NOT_HERE.word
    if here is not None:
        return row_mark(replace(here, decision=entry.decided or here.decision), -1)
    if entry.decided in DECIDED:
        return DECIDED[entry.decided], DECIDED[entry.decided].word
    if not entry.ran:
        return NOT_RUN, NOT_RUN.word
    if entry.risk is None:
        return CLEAR, CLEAR.word
    mark = SEVERITIES[entry.risk]
    return mark, f"{mark.word} {entry.open:,}" if entry.open > 1 else mark.word


def merge_rows(rows: Sequence[QueueRow]) -> QueueRow | None:
    """The files of a version as one line: the worst of them, and all that is missing."""
    if len(rows) < 2:
        return rows[0] if rows else None
    worst = max((r.worst for r in rows if r.worst is not None), default=None)
    blockers = [r.blockers for r in rows if r.blockers is not None]
    decisions = {r.decision for r in rows}
    return replace(
        rows[0],
        known=all(r.known for r in rows),
        ran=all(r.ran for r in rows),
        worst=worst,
        open=sum(r.open for r in rows if r.worst == worst),
        gaps=sum(r.gaps for r in rows),
        limited=sum(r.limited for r in rows),
        blockers=sum(blockers) if blockers else None,
        decision=decisions.pop() if len(decisions) == 1 else "",
    )


def look_of_row(row: QueueRow, percent: int) -> Look:
    """A submission that no version of the marketplace belongs to."""
    s = row.submission
    mark, word = row_mark(row, percent)
    detail = "  ".join(filter(None, (s.version, s.family)))
    return Look(name_of(s), detail, KIND_ICONS.get(s.kind, "package"), KINDS.get(s.kind, s.kind), s.added, mark, word)


def look_of_version(row: MarketRow, here: QueueRow | None, percent: int, fetching: int) -> Look:
    """A version of the marketplace."""
    entry = row.entry
    mark, word = version_mark(row, here, percent, fetching)
    holder = one_line(entry.holder, 80)
    signs: tuple[tuple[Mark, str], ...] = ()
    if entry.mine:
        signs = ((MINE, MINE.word),)
    elif holder:
        signs = ((LOCKED, LOCKED.word.format(holder)),)
    by = holder if holder and not entry.mine else one_line(entry.developer, 80)
    detail = "  ".join(filter(None, (one_line(entry.label, 40), by)))
    icon, kind = KIND_ICONS.get(entry.kind, "package"), KINDS.get(entry.kind, entry.kind)
    return Look(one_line(entry.name), detail, icon, kind, time_of(entry.since), mark, word, signs)


def spoken(look: Look) -> str:
    """A line for a screen reader."""
    badge = "not downloaded" if look.mark is NOT_HERE else look.word.replace(INCOMPLETE.shape, "and incomplete")
    words = (f"{look.title} {look.detail}".strip(), look.kind, *(word for _, word in look.signs), badge)
    return f"{', '.join(filter(None, words))}, {format_age(look.since)} old"


def tip_of_row(row: QueueRow) -> str:
    """All that the tooltip of a submission tells."""
    s = row.submission
    lines = [f"{name_of(s)} {s.version}", s.developer, f"{s.artifact.name} · {format_size(s.artifact.size)}"]
    lines += tell_gaps(row)
    lines += [f"sha256 {short_hash(s.artifact.sha256, 16)}", f"taken in {format_time(s.added)}", s.lesson]
    return "\n".join(filter(None, lines))


def tell_gaps(row: QueueRow) -> list[str]:
    """What a review still lacks, a sentence each."""
    lines = []
    if row.gaps:
        lines.append(f"{format_count(row.gaps, 'check')} did not run to the end")
    if row.limited:
        lines.append(f"{format_count(row.limited, 'check')} could do only a part of the work")
    if row.blockers:
        lines.append(f"{format_count(row.blockers, 'required item')} open")
    return lines


def tip_of_version(row: MarketRow, here: QueueRow | None, look: Look) -> str:
    """All that the tooltip of a version tells."""
    entry = row.entry
    lines = [f"{one_line(entry.name)} {one_line(entry.label)}", one_line(entry.developer)]
    lines += [word.capitalize() for _, word in look.signs]
    lines += [one_line(why) for why in entry.why]
    files = format_count(len(entry.files), "file")
    lines.append(f"{files}, {format_size(entry.size)}{'' if entry.fetched else ', not downloaded'}")
    lines += tell_gaps(here) if here is not None else []
    lines.append(f"waiting since {format_time(look.since)}")
    return "\n".join(filter(None, lines))


def hay_of_row(row: QueueRow) -> str:
    """Everything that the filter finds a submission by, folded."""
    s = row.submission
    text = f"{name_of(s)} {s.version} {s.developer} {s.kind} {s.family} {DECISIONS.get(row.decision, '')}"
    return text.casefold()


def version_key(row: MarketRow, sort: str) -> Any:
    """What versions are sorted by, other than their waiting time, in which they are already."""
    e = row.entry
    if sort == "risk":
        return -(int(e.risk) + 2) if e.risk is not None else -1 if not e.ran else 0
    if sort == "size":
        return -e.size
    return e.developer.casefold() if sort == "developer" else e.name.casefold()


def row_key(row: QueueRow, sort: str) -> tuple[object, ...]:
    """The same for submissions."""
    s = row.submission
    first: object = 0
    if sort == "risk":
        first = -(int(row.worst) + 2) if row.worst is not None else -1 if not row.ran else 0
    elif sort == "size":
        first = -s.artifact.size
    elif sort == "developer":
        first = s.developer.casefold()
    elif sort == "name":
        first = name_of(s).casefold()
    return first, s.added, s.id
