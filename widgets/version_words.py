"""What is told of a version on its page: facts, declarations and marks, all cleaned, bounded and plain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.marketplace.words import Developer, QueuedFile, QueueEntry
from widgets.market_rows import status_word
from widgets.queue_lines import one_line, time_of
from widgets.theme import Mark
from widgets.words import format_age, format_size, format_time

MOST_LINES = 60  # declarations shown; the report has all of them
MOST_TEXT = 2000  # characters of one answer
DEPTH = 3
# fields of customData that are told elsewhere on the page, or are about the listing
TOLD = frozenset({"version", "changelog", "lesson", "declarations", "files", "file", "package", "download"})
CHANGES = ("changeLog", "changelog", "releaseNotes", "whatsNew")

MIME = {
    "PASSED": Mark("✓", "type as claimed", "check", "good", "tint_good"),
    "FAILED": Mark("✗", "type not as claimed", "cross", "high", "tint_high"),
    "": Mark("–", "type not checked", "minus", "info", "tint_info"),
}
SCANS = {
    "CLEAN": Mark("✓", "no virus found", "check", "good", "tint_good"),
    "DIRTY": Mark("◆", "virus found", "severity-critical", "critical", "tint_critical"),
    "NOT_SCANNED": Mark("–", "not scanned", "minus", "medium", "tint_medium"),
    "": Mark("–", "not scanned", "minus", "info", "tint_info"),
}
PRIVATE = Mark("", "private", "lock", "info", "tint_info")
PUBLIC = Mark("!", "public", "eye", "high", "tint_high")
UNSAID = Mark("?", "private or not: not said", "question", "medium", "tint_medium")
HERE = Mark("✓", "on this desk", "check", "good", "tint_good")
DIFFERS = Mark("◆", "not the promised bytes", "severity-critical", "critical", "tint_critical")

Pair = tuple[str, str]


def words_of(field: str) -> str:
    """securityContact, security_contact -> Security contact."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+", " ", one_line(field, 80)).strip()
    if not spaced:
        return "(no name)"
    parts = [word if word.isupper() else word.lower() for word in spaced.split()]
    return " ".join([parts[0][:1].upper() + parts[0][1:], *parts[1:]])


def answer_of(value: Any, depth: int = 0) -> str:
    """A value of customData in words, whatever it holds."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, Mapping):
        if depth >= DEPTH:
            return "…"
        parts = [f"{words_of(str(k)).lower()} {answer_of(v, depth + 1)}" for k, v in list(value.items())[:20] if v]
        named = answer_of(value["name"], depth + 1) if value.get("name") else ""
        if named:
            rest = [p for k, p in zip([k for k, v in list(value.items())[:20] if v], parts, strict=True) if k != "name"]
            parts = [named, *rest]
        return one_line(", ".join(parts), MOST_TEXT)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        if depth >= DEPTH:
            return "…"
        separator = "; " if any(isinstance(v, Mapping) for v in value) else ", "
        return one_line(separator.join(answer_of(v, depth + 1) for v in list(value)[:20]), MOST_TEXT)
    return one_line(str(value), MOST_TEXT)


def declarations_of(custom: Mapping[str, Any]) -> list[Pair]:
    """Questions and answers: what the developer declared, then what else came along."""
    declared = custom.get("declarations")
    pairs: list[Pair] = []
    if isinstance(declared, Mapping):
        pairs += [(words_of(str(k)), answer_of(v)) for k, v in declared.items()]
    elif isinstance(declared, Sequence) and not isinstance(declared, str):
        for one in declared:
            if isinstance(one, Mapping) and one.get("question"):
                pairs.append((one_line(str(one["question"]), 200), answer_of(one.get("answer"))))
            else:
                pairs.append(("Declared", answer_of(one)))
    elif declared:
        pairs.append(("Declared", answer_of(declared)))
    pairs += [(words_of(str(k)), answer_of(v)) for k, v in custom.items() if str(k).casefold() not in TOLD]
    if len(pairs) > MOST_LINES:
        left = len(pairs) - MOST_LINES
        pairs = [*pairs[:MOST_LINES], ("And more", f"{left:,} more fields are in the record")]
    return pairs


def changes_of(custom: Mapping[str, Any]) -> str:
    """What the developer says is new."""
    said = next((custom[field] for field in CHANGES if custom.get(field)), "")
    return answer_of(said) if said else ""


def lesson_of(custom: Mapping[str, Any]) -> str:
    """What a practice submission teaches."""
    lesson = custom.get("lesson")
    return one_line(lesson, MOST_TEXT) if isinstance(lesson, str) else ""


def facts_of(entry: QueueEntry) -> list[Pair]:
    """The version itself."""
    since, status = time_of(entry.since), entry.status
    why = "; ".join(one_line(w) for w in entry.why)
    facts = [
        ("Why it is here", why[:1].upper() + why[1:]),
        ("Waiting", f"{format_age(since)}, since {format_time(since)}"),
        ("Status", f"{status_word(one_line(status.value, 40))}, since {format_time(time_of(status.updated))}"),
        ("Reason given", one_line(status.reason, MOST_TEXT)),
        ("Live version", live_of(entry)),
        ("Ids", f"app {one_line(entry.app_id, 80)}, version {entry.version}"),
    ]
    return [(label, text) for label, text in facts if text]


def live_of(entry: QueueEntry) -> str:
    """What is live, which the review compares with."""
    if entry.is_live:
        return "this one"
    return f"{one_line(entry.live_label, 40)}, downloaded along as the baseline" if entry.live_version else "none yet"


def developer_facts(entry: QueueEntry, developer: Developer | None) -> list[Pair]:
    """Who sent it, since when, and what the marketplace keeps of them."""
    if developer is None:
        return [("Developer", f"{one_line(entry.developer) or 'unknown'} ({one_line(entry.developer_id, 80)})")]
    created = time_of(developer.created)
    facts = [
        ("Developer", one_line(developer.name) or one_line(developer.developer_id)),
        ("There since", f"{format_time(created)[:10]} ({format_age(created)})" if developer.created else ""),
        ("Email", one_line(developer.email)),
        ("Type", one_line(developer.type, 80)),
    ]
    facts += [(words_of(str(k)), answer_of(v)) for k, v in list(developer.custom.items())[:20]]
    return [(label, text) for label, text in facts if text]


def warnings_of(entry: QueueEntry) -> list[Pair]:
    """What a reviewer has to know first: a kind of message, and its sentence."""
    told: list[Pair] = []
    if entry.gone:
        told.append(("error", "The marketplace no longer has this version: this is what was seen last."))
    if entry.sending == "conflict":
        told.append(("error", "A decision on it is in conflict: the outbox says why, and how to go on."))
    if entry.holder and not entry.mine:
        since = format_time(time_of(entry.status.updated))[:16]
        told.append(
            ("warning", f"In review by {one_line(entry.holder, 80)} since {since}: taking it over tells nobody.")
        )
    elif entry.mine:
        told.append(("info", f"You have it in review since {format_time(time_of(entry.status.updated))[:16]}."))
    for file in entry.files:
        if file.differs:
            told.append(("error", f"{one_line(file.name, 80)}: {one_line(file.differs)}"))
    return told


def marks_of(file: QueuedFile) -> list[tuple[Mark, str]]:
    """What the marketplace says of a file: its type, its scan, who may read it; then whether it is here."""
    mime = MIME.get(file.mime_check)
    marks = [(mime, mime.word) if mime else (MIME[""], f"type check: {one_line(file.mime_check, 30)}")]
    scan = SCANS.get(file.virus_scan)
    if scan is None:
        marks.append((SCANS["NOT_SCANNED"], f"virus scan: {one_line(file.virus_scan, 30)}"))
    elif file.virus_scan == "DIRTY" and file.viruses:
        marks.append((scan, one_line(", ".join(file.viruses), 60)))
    else:
        marks.append((scan, scan.word))
    privacy = UNSAID if file.private is None else PRIVATE if file.private else PUBLIC
    marks.append((privacy, privacy.word))
    if file.differs:
        marks.append((DIFFERS, DIFFERS.word))
    elif file.submission is not None:
        marks.append((HERE, HERE.word))
    return marks


def size_words(done: int, total: int) -> str:
    """How far a download is."""
    return f"{format_size(done)} of {format_size(total)}" if total else format_size(done)


# how a status is shown in a table
STATUSES = {
    "pending": Mark("·", "pending", "clock", "muted", "tint_info"),
    "inReview": Mark("▸", "in review", "lock", "medium", "tint_medium"),
    "inDevelopment": Mark("·", "in development", "dot", "muted", "tint_info"),
    "approved": Mark("✓", "approved", "shield-check", "good", "tint_good"),
    "suspended": Mark("!", "suspended", "stop", "high", "tint_high"),
    "rejected": Mark("✗", "rejected", "shield-cross", "critical", "tint_critical"),
}
GONE = Mark("–", "gone", "minus", "muted", "tint_info")
YOURS = Mark("", "yours", "user", "accent", "tint_low")


def status_mark(entry: QueueEntry) -> tuple[Mark, str]:
    """Where a version stands, by shape and word."""
    if entry.gone:
        return GONE, GONE.word
    if entry.mine:
        return YOURS, YOURS.word
    mark = STATUSES.get(entry.status.value, Mark("?", "", "question", "muted", "tint_info"))
    return mark, mark.word or one_line(entry.status.value, 40)
