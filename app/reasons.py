"""Canned reasons: sentences the reviewer starts from, with {placeholders} filled from findings.

The texts are data; what fills them came out of a submission, so it is cleaned, bounded and never read as a
template itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.paths import RESOURCES
from app.toml_table import DataError, read_table
from app.triage import clean_text

REASONS = RESOURCES / "canned" / "reasons.toml"

# what a reason is for: the three decisions, and the verdicts of triage
PURPOSES = ("approve", "reject", "request_changes", "confirmed", "false_positive", "accepted_risk")
# what may stand between braces
PLACEHOLDERS = frozenset(
    {"app", "version", "guideline", "title", "check", "rule", "severity", "path", "line", "message", "remediation"}
    | {"count", "blockers", "reviewer", "contact", "days"}
)
MAX_VALUE = 300
_BRACES = re.compile(r"\{(\w+)\}")


class ReasonError(DataError):
    """A file of reasons that cannot be used; one line: file, key, what to do."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One canned reason; `guidelines` are those it fits, empty for any."""

    id: str
    purpose: str
    title: str
    text: str
    guidelines: tuple[str, ...] = ()

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names between braces, each once, in their order."""
        return tuple(dict.fromkeys(_BRACES.findall(self.text)))


def load_reasons(path: Path | None = None) -> tuple[Reason, ...]:
    """All canned reasons in the order of the file; raises ReasonError."""
    table = read_table(path or REASONS, "assay-reasons/1", ReasonError)
    table.only(("schema", "reason"))
    entries = table.data.get("reason")
    if not isinstance(entries, list):
        raise table.error("reason", "is missing; add at least one [[reason]]")
    found: dict[str, Reason] = {}
    for number, entry in enumerate(entries, 1):
        named = entry.get("id") if isinstance(entry, dict) else None
        one = table.inside(f"reason {named or number}", entry)
        one.only(("id", "for", "title", "text", "guidelines"))
        purpose = one.words("for", PURPOSES)
        if len(purpose) != 1:
            raise one.error("for", f"has to be one of {', '.join(PURPOSES)}")
        reason = Reason(one.text("id"), purpose[0], one.text("title"), one.text("text"), one.words("guidelines"))
        unknown = sorted(set(reason.placeholders) - PLACEHOLDERS)
        if unknown:
            raise one.error("text", f"{{{unknown[0]}}} is not known; use one of {', '.join(sorted(PLACEHOLDERS))}")
        if reason.id in found:
            raise one.error("id", "is there twice; give one of them another name")
        found[reason.id] = reason
    return tuple(found.values())


def choose_reasons(
    reasons: tuple[Reason, ...], purpose: str, guidelines: frozenset[str], first: frozenset[str] = frozenset()
) -> tuple[Reason, ...]:
    """The reasons for a decision or verdict: those that fit one of the guidelines, before all those of `first` (what
    the placeholders are filled from), then the general ones."""
    fitting = [r for r in reasons if r.purpose == purpose and (guidelines | first) & set(r.guidelines)]
    fitting.sort(key=lambda r: not first & set(r.guidelines))
    general = [r for r in reasons if r.purpose == purpose and not r.guidelines]
    return (*fitting, *general)


def fill_reason(reason: Reason, values: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    """The text with its placeholders filled, and the names that are still open (left in braces, to be seen).

    Values are cleaned to one line each; braces inside them are text.
    """
    filled = {k: clean_text(str(v), MAX_VALUE) for k, v in values.items() if v is not None}
    missing = tuple(name for name in reason.placeholders if not filled.get(name))
    return _BRACES.sub(lambda m: filled.get(m[1]) or m[0], reason.text), missing
