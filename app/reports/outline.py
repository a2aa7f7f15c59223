"""The parts of the review notes, as plain data: `app.reports.notes` fills them, formats for people draw them.

Everything in them is clean text, not yet escaped for any format.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value; `code` where it is a name or a hash, to be shown as it is."""

    label: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """A check that is no evidence, or less than it looks; `limited` where it ran, but did only a part of its work."""

    check: str
    outcome: str
    required: bool
    reason: str
    limited: bool = False

    @property
    def need(self) -> str:
        """What is lost by it."""
        return "only a part of its work was done" if self.limited else "required" if self.required else "not required"

    @property
    def tone(self) -> str:
        """How loud to say it: bad or open."""
        return "bad" if self.required and not self.limited else "open"


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with what a reader needs to judge it."""

    rule: str
    severity: str
    message: str
    place: str
    snippet: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one severity; `total` counts those that are not listed, too."""

    severity: str
    total: int
    findings: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the checklist."""

    id: str
    title: str
    status: str
    satisfied: bool
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """What the developer is asked to do about findings of one kind."""

    title: str
    severity: str
    places: tuple[str, ...]
    more: int
    remediation: str


@dataclass(frozen=True, slots=True)
class Notes:
    """The outline, in reading order; `tone` is good, bad or open. Empty parts are left out of the notes."""

    title: str
    facts: tuple[Fact, ...]
    headline: str
    tone: str
    standing: tuple[str, ...]
    reason: tuple[str, ...]
    overrides: tuple[str, ...]
    package: tuple[Fact, ...]
    isolation: tuple[Fact, ...]
    isolated: bool
    gaps: tuple[Gap, ...]
    sums: str
    groups: tuple[Group, ...]
    unlisted: str
    fixed: tuple[str, ...]
    unlisted_fixed: str
    areas: tuple[tuple[str, tuple[Line, ...]], ...]
    battery: tuple[Fact, ...]
    changes: tuple[Fact, ...]
    changed: str
    note: tuple[str, ...]
    asks: tuple[Ask, ...]
    ask_lines: tuple[str, ...]
    unlisted_asks: str
    footer: str
