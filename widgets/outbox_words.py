"""Decisions on their way, in words: their states, why one waits or is in conflict, and what each way on gives up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.marketplace.persons import same_person
from app.marketplace.words import Cause, OutboxRow, SendState
from widgets.theme import Mark

if TYPE_CHECKING:
    from app.marketplace.words import QueueEntry

MARKS: Mapping[SendState, Mark] = {
    SendState.HELD: Mark("◐", "second reviewer", "eye", "medium", "tint_medium"),
    SendState.QUEUED: Mark("◷", "to send", "clock", "low", "tint_low"),
    SendState.SENDING: Mark("▸", "on its way", "refresh", "low", "tint_low"),
    SendState.DELIVERED: Mark("✓", "delivered", "check", "good", "tint_good"),
    SendState.CONFLICT: Mark("!", "conflict", "alert", "critical", "tint_critical"),
    SendState.SUPERSEDED: Mark("↺", "replaced", "undo", "info", "tint_info"),
    SendState.WITHDRAWN: Mark("–", "given up", "minus", "info", "tint_info"),
}
NEEDS_SECRET = Mark("⊘", "needs the secret", "lock", "medium", "tint_medium")

# an action as a thing that can be sent, replaced or given up, and as what is done
NOUNS = {
    "assign": "assignment",
    "approve": "approval",
    "reject": "rejection",
    "request_changes": "request for changes",
    "suspend": "suspension",
    "unsuspend": "return to the market",
}
DONE = {
    "assign": "Taken into review",
    "approve": "Approved",
    "reject": "Rejected",
    "request_changes": "Changes requested",
    "suspend": "Suspended",
    "unsuspend": "No longer suspended",
}
# where a version stands, as the marketplace has it
STATUSES = {
    "pending": "pending",
    "inReview": "in review",
    "inDevelopment": "in development",
    "approved": "approved",
    "suspended": "suspended",
    "rejected": "rejected",
}
# the sentence on each cause
WHY: Mapping[Cause, str] = {
    Cause.OFFLINE: "The marketplace does not answer. It is kept here and tried again by itself.",
    Cause.BUSY: "The marketplace is busy. It is kept here and tried again by itself.",
    Cause.UNCERTAIN: "The answer was lost after sending. The next read tells whether it arrived.",
    Cause.SECRET: "The marketplace does not accept the secret. It is kept, and sent once a new secret is given.",
    Cause.CHANGED_BYTES: "The files are no longer those that you reviewed.",
    Cause.DECIDED: "Somebody else decided meanwhile.",
    Cause.EDITED: "The listing was edited after your review; the files are the same.",
    Cause.NOT_VALID: "The marketplace does not allow this from the present status. Nothing was changed there.",
    Cause.DELETED: "The marketplace no longer has this version, so there is nothing left to decide.",
    Cause.REFUSED: "The marketplace does not accept it as it is. Nothing was changed there.",
    Cause.OVERWRITTEN: "The marketplace shows something else than what was sent.",
}
# of these, whether it was sent is told too
TELL_SENT = frozenset({Cause.CHANGED_BYTES, Cause.DECIDED, Cause.EDITED, Cause.DELETED})
BRIEF: Mapping[Cause, str] = {
    Cause.CHANGED_BYTES: "the files changed",
    Cause.DECIDED: "decided by somebody else",
    Cause.EDITED: "the listing was edited",
    Cause.NOT_VALID: "not possible from the present status",
    Cause.DELETED: "the version is gone",
    Cause.REFUSED: "not accepted",
    Cause.OVERWRITTEN: "the marketplace shows something else",
}
# where the marketplace has a decision of somebody that ours would stand against
THEIRS = frozenset({Cause.DECIDED, Cause.NOT_VALID, Cause.OVERWRITTEN})


def noun_of(row: OutboxRow) -> str:
    """What is on its way: rejection."""
    return NOUNS.get(row.action, row.action)


def mark_of(row: OutboxRow) -> Mark:
    """State by shape, word and colour."""
    if row.cause is Cause.SECRET and row.state.open and row.state is not SendState.CONFLICT:
        return NEEDS_SECRET
    return MARKS[row.state]


def version_name(row: OutboxRow, entries: Mapping[int, QueueEntry]) -> str:
    """Name and label of its version: the marketplace's own number where the queue no longer knows the label."""
    entry = entries.get(row.key)
    if entry is not None:
        return f"{entry.name} {entry.label or f'version {entry.version}'}".strip()
    return f"{row.name} version {row.version}".strip()


def describe(row: OutboxRow, entries: Mapping[int, QueueEntry]) -> str:
    """rejection of Acme Notes 2.5.0"""
    return describe_as(row, version_name(row, entries))


def describe_as(row: OutboxRow, name: str) -> str:
    """The same with the name that is given."""
    return f"{noun_of(row)} {'to' if row.action == 'request_changes' else 'of'} {name}"


def has_arrived(row: OutboxRow) -> bool:
    """Whether the marketplace showed it at the time of the conflict."""
    return row.state is SendState.CONFLICT and bool(row.seen.get("arrived"))


def explain(row: OutboxRow) -> str:
    """One or two sentences on why it is where it is."""
    if row.state is SendState.HELD:
        return "It is sent once a second reviewer has confirmed it."
    if row.state is SendState.DELIVERED:
        return f"The marketplace has it: its reason was read back and carries the id {row.token}."
    if row.state is SendState.SUPERSEDED:
        return "You decided anew before it was sent; this one stays here in the record only."
    if row.state is SendState.WITHDRAWN:
        return "It was given up and is not sent; it stays in the record."
    if row.cause in WHY:
        if has_arrived(row):
            return f"Yours arrived, but: {WHY[row.cause][:1].lower()}{WHY[row.cause][1:]}"
        if row.cause in TELL_SENT:
            sent = "Yours was not sent." if row.attempts == 0 else "Yours was sent, and is not to be seen there."
            return f"{WHY[row.cause]} {sent}"
        return WHY[row.cause]
    if row.state is SendState.SENDING:
        return "It is on its way; a read-back proves its arrival."
    return "It is kept here and sent with the next sync."


def brief(row: OutboxRow, now: datetime | None = None) -> str:
    """Where it is on its way, in a few words for the decision bar, which names the decision itself beside it."""
    if row.state is SendState.CONFLICT:
        return f"Conflict: {BRIEF.get(row.cause, 'it cannot be sent')}"
    if row.state is SendState.DELIVERED:
        words = f"sent, proven {clock(row.changed, now)}"
    elif row.state is SendState.HELD:
        words = "waits for a second reviewer"
    elif row.cause is Cause.SECRET:
        words = "kept, waits for the secret"
    elif row.state is SendState.SENDING:
        words = "on its way"
    else:
        words = "kept, to send" if row.cause is Cause.OFFLINE else "to send"
    if row.action in ("suspend", "unsuspend"):
        return f"{DONE[row.action]}, {words}"
    return words[:1].upper() + words[1:]


def clock(at: datetime, now: datetime | None = None) -> str:
    """The local time of day, with the date where it was not today: 12:40, or 2 Mar 12:40."""
    local, today = at.astimezone(), (now or datetime.now(UTC)).astimezone()
    time = f"{local:%H:%M}"
    if local.date() == today.date():
        return time
    return f"{local.day} {local:%b} {time}" if local.year == today.year else f"{local.day} {local:%b %Y} {time}"


# the ways on


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked before a way is taken that gives something up; `reason` = a sentence has to be written."""

    title: str
    text: str
    button: str
    reason: bool = False


def is_own(row: OutboxRow, reviewer: str) -> bool:
    """Whether this reviewer decided it."""
    return same_person(row.reviewer, reviewer)


def way_label(row: OutboxRow, way: str, reviewer: str = "") -> str:
    """The words on its button."""
    if way == "confirm":
        return f"Confirm as {reviewer}" if reviewer else "Confirm"
    if way == "refuse":
        return "Take it back…" if is_own(row, reviewer) else "Refuse…"
    if way == "theirs" and has_arrived(row):
        return "Let it stand"
    if way == "theirs":
        return "Take theirs" if row.cause in THEIRS else "Give mine up"
    if way == "review":
        return "Review the new bytes" if row.cause is Cause.CHANGED_BYTES else "Review it again"
    if way == "retry":
        return "Send mine again" if row.state is SendState.CONFLICT else "Try now"
    return way


def ask_before(row: OutboxRow, way: str, name: str, theirs: str, reviewer: str = "") -> Asked | None:
    """What to ask before this way, None where it gives nothing up. `theirs` is the marketplace's present status."""
    noun, what = noun_of(row), describe_as(row, name)
    if way == "theirs" and has_arrived(row):
        return None
    if way == "theirs":
        stays = f" The marketplace keeps its status: {theirs}." if theirs else ""
        return Asked(
            f"Give up your {noun}?",
            f"The {what} is not sent.{stays} Your review, its reason and your notes stay on this desk.",
            way_label(row, way),
        )
    if way == "review":
        return Asked(
            "Review it again?",
            f"Your {what} is given up, and the files are downloaded and opened anew. Your notes, answers and "
            "what you said of findings in unchanged files are kept.",
            "Download and review",
        )
    if way == "retry" and row.cause in (Cause.DECIDED, Cause.OVERWRITTEN):
        return Asked(
            f"Send your {noun} over theirs?",
            f"It takes the place of their decision on {name}{f' ({theirs})' if theirs else ''}. Theirs stays in the "
            "history of the version.",
            "Send mine again",
        )
    if way == "refuse" and is_own(row, reviewer):
        return Asked(
            f"Take back your {noun}?",
            f"The {what} is not sent. It stays in the record together with your reason.",
            "Take it back",
            reason=True,
        )
    if way == "refuse":
        return Asked(
            f"Refuse this {noun}?",
            f"The {what} by {row.reviewer} is not sent. It stays in the record together with your reason.",
            "Refuse it",
            reason=True,
        )
    return None


def confirm_block(row: OutboxRow, reviewer: str) -> str:
    """Why this reviewer may not confirm it, empty where they may."""
    if row.state is SendState.HELD and is_own(row, reviewer):
        return f"This is your own decision, {reviewer}. Another reviewer has to: change the name in the settings."
    return ""
