"""What a reviewer said of a finding, and when it still counts: pure logic, no store.

A verdict binds to a fingerprint and to the SHA-256 of the file it was given on. On the same bytes it
holds. On other bytes it is only offered, naming who said what, so that a person confirms it.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

MAX_TEXT = 2000
# kept although they are format characters: several scripts, and emoji, cannot be written without them
JOINERS = "\u200c\u200d"


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """One line of at most `limit` characters that is safe to show, store and export.

    Line breaks and runs of blanks become one space; control, bidirectional and invisible characters
    and lone surrogates go; a longer text ends in an ellipsis.
    """
    spaced = "".join(" " if c.isspace() else c for c in text[: 8 * limit])
    shown = "".join(c for c in spaced if c in JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def says_something(text: str, least: int = 1) -> bool:
    """Whether a person wrote at least `least` characters; blanks, invisible ones and bare dots do not count."""
    line = clean_text(text)
    return len(line.translate(dict.fromkeys(map(ord, JOINERS)))) >= least and any(c.isalnum() for c in line)


class TriageRefused(ValueError):
    """A triage that cannot be recorded; the text says what is missing."""


class Verdict(enum.StrEnum):
    """What the reviewer says of a finding."""

    CONFIRMED = "confirmed"
    FALSE_POSITIVE = "false_positive"
    ACCEPTED_RISK = "accepted_risk"

    @property
    def label(self) -> str:
        """The words for the screen and for reports."""
        return self.value.replace("_", " ")

    @property
    def resolves(self) -> bool:
        """Whether a finding with this verdict no longer stands against its guideline."""
        return self is not Verdict.CONFIRMED


@dataclass(frozen=True, slots=True)
class TriageEntry:
    """One line of the triage record; the record only grows.

    `verdict` None withdraws what was said before. `file_sha256` is that of the file the finding is in
    (of the artifact, for a finding about the package as a whole). `at` carries its time zone. Text is
    cleaned here; TriageRefused where a reason is missing or `at` is naive. What was shared by others names the file
    that it came in, and perhaps the last day on which it counts.
    """

    fingerprint: str
    file_sha256: str
    verdict: Verdict | None
    reason: str
    reviewer: str
    at: datetime
    path: str = ""
    until: date | None = None
    shared_by: str = ""

    def __post_init__(self) -> None:
        for name in ("reason", "reviewer", "path", "shared_by"):
            object.__setattr__(self, name, clean_text(getattr(self, name)))
        if self.verdict is not None and self.verdict.resolves and not says_something(self.reason):
            raise TriageRefused(f"a finding becomes a {self.verdict.label} only with a reason: write one sentence")
        if not self.fingerprint:
            raise TriageRefused("a triage without a fingerprint belongs to no finding")
        if self.at.tzinfo is None:
            raise TriageRefused("the time of a triage needs its time zone")


@dataclass(frozen=True, slots=True)
class TriageMatch:
    """What earlier triage means for a finding: it holds, is offered for confirmation, or there is none.

    `expired` says that the last day of what is offered has gone by. `claim` is what the developer states of the
    finding: it is shown, and changes nothing.
    """

    kind: Literal["holds", "offered", "none"]
    entry: TriageEntry | None = None
    expired: bool = False
    claim: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that counts now; an offered one does not count until somebody confirms it."""
        return self.entry.verdict if self.kind == "holds" and self.entry is not None else None

    @property
    def note(self) -> str:
        """One line that names who said what, and when; empty where there is nothing to say."""
        if self.entry is None or self.entry.verdict is None:
            return ""
        said = f"{self.entry.reviewer or 'Somebody'} said {self.entry.verdict.label} on {self.entry.at:%Y-%m-%d}"
        said += f": {self.entry.reason}" if self.entry.reason else ""
        if self.entry.shared_by:
            until = f", until {self.entry.until:%Y-%m-%d}" if self.entry.until else ""
            said += f" (shared by {self.entry.shared_by}{until})"
        if self.kind == "holds":
            return said
        if self.expired:
            return f"{said} (that day has gone by, and it no longer counts: confirm, or say otherwise)"
        return f"{said} (the file has changed since: confirm, or say otherwise)"


NO_TRIAGE = TriageMatch("none")


def match_triage(fingerprint: str, file_sha256: str, entries: Iterable[TriageEntry]) -> TriageMatch:
    """What `entries` (in any order, of any finding) say of one finding.

    The latest entry wins, at equal times the later in the sequence. What was said on these very bytes
    goes before what was said on others, a withdrawal included: after it the finding is open again.
    Without a hash nothing can hold, only be offered.
    """
    same: TriageEntry | None = None
    other: TriageEntry | None = None
    for entry in entries:
        if entry.fingerprint != fingerprint:
            continue
        if file_sha256 and entry.file_sha256 == file_sha256:
            same = entry if same is None or entry.at >= same.at else same
        else:
            other = entry if other is None or entry.at >= other.at else other
    if same is not None:
        return TriageMatch("holds", same) if same.verdict is not None else NO_TRIAGE
    if other is not None and other.verdict is not None:
        return TriageMatch("offered", other)
    return NO_TRIAGE


def confirm_offer(match: TriageMatch, file_sha256: str, reviewer: str, at: datetime, path: str = "") -> TriageEntry:
    """The entry that confirms an offered verdict on the new bytes; it quotes who gave it first.

    Raises TriageRefused where nothing is offered.
    """
    if match.kind != "offered" or match.entry is None:
        raise TriageRefused("there is no earlier triage to confirm: choose a verdict and write a reason")
    before = match.entry
    reason = before.reason or (before.verdict.label if before.verdict else "")
    if not reason.endswith(")") or "first said by" not in reason:
        reason = f"{reason} (first said by {before.reviewer or 'somebody'} on {before.at:%Y-%m-%d})"
    return TriageEntry(before.fingerprint, file_sha256, before.verdict, reason, reviewer, at, path or before.path)
