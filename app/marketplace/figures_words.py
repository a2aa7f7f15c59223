"""The words of the figures: what is counted, and how each of it is defined. Durations are seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

APPROVED, REJECTED, CHANGES = "approved", "rejected", "changes requested"
DECIDED = (APPROVED, REJECTED, CHANGES)

# What stands in tooltips, in the text of the command line and in the documentation
DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "first_review": "From the submission to the first sign of a review: the marketplace shows it in review or "
        "decided, a battery of it has finished here, or a decision was made here, whichever came first. What the "
        "marketplace shows is measured by its clock from the time of submission; what happened here by this "
        "computer's clock from the moment this desk first saw it. What was decided before that does not count.",
        "decision": "From the submission to the approval or rejection, both by the marketplace's clock. What did not "
        "come from a marketplace is measured by this computer's clock from when it was taken in. "
        "A rejection that asks for changes counts as a decision.",
        "waiting": "Submitted and neither approved, rejected nor withdrawn. A decision that is still on its way to the "
        "marketplace does not end the wait.",
        "oldest": "The longest wait of those that wait now.",
        "overturned": "Decisions of this desk that somebody else changed later: approved, then suspended or rejected; "
        "rejected, then approved without a new submission.",
        "conflicts": "Decisions of this desk that could not be delivered as they were, because the marketplace had "
        "moved on; each counts once.",
        "overrides": "Approvals that were given with a written reason although required items were open.",
        "reasons": "Why versions were rejected or sent back: the guidelines of the findings that the reviewer had "
        "confirmed, each once; without any, the first sentence of the reason.",
        "arrived": "Submissions that came in; a version that is submitted again after a decision counts again.",
        "decided": "Submissions that were approved, rejected or sent back for changes.",
        "kinds": "What was decided, by what kind of app it is.",
        "reviewers": "Decisions recorded on this desk, by who made them; one that was replaced later counts too.",
    }
)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took. `median` is the middle, `p90` the least that nine of ten stay within; None of none."""

    count: int = 0
    median: float | None = None
    p90: float | None = None
    worst: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A day or a week from `start` on; `waiting` at its end, `median` and `p90` of the times to decision in it."""

    start: date
    arrived: int
    decided: int
    waiting: int
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True)
class Bin:
    """How many decisions took from `low` on and less than `high` seconds (None = no limit)."""

    label: str
    low: float
    high: float | None
    count: int


@dataclass(frozen=True, slots=True)
class KindFigures:
    """One kind of app; `time` is that to decision."""

    kind: str
    arrived: int
    approved: int
    rejected: int
    changes: int
    waiting: int
    time: Spread

    @property
    def decided(self) -> int:
        """All decisions."""
        return self.approved + self.rejected + self.changes


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was rejected: a guideline's id with its title, or (`guideline` empty) a sentence."""

    label: str
    count: int
    guideline: str = ""


@dataclass(frozen=True, slots=True)
class Overturned:
    """A decision of this desk that somebody else changed; `at` on this computer's clock."""

    name: str
    was: str
    now: str
    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class ReviewerFigures:
    """What somebody decided on this desk; `overrides` are approvals over open items."""

    name: str
    approved: int = 0
    rejected: int = 0
    changes: int = 0
    overrides: int = 0

    @property
    def decided(self) -> int:
        """All decisions."""
        return self.approved + self.rejected + self.changes


@dataclass(frozen=True, slots=True)
class Figures:
    """What the record tells of a period: whole days, or (over 31 days) whole weeks, up to this moment.

    `unit` is day or week. `oldest` is the longest wait now, `oldest_name` whose. `conflicts` by cause. `ever` counts
    all decisions that are known, from before the period too. `clock` is by how many seconds this computer's clock is
    ahead of the marketplace's, as far as it is known; days and present waits take account of it.
    """

    market: str
    days: int
    unit: str
    since: date
    until: datetime
    arrived: int
    decided: int
    waiting: int
    first_review: Spread
    decision: Spread
    oldest: float | None
    oldest_name: str
    spans: tuple[Span, ...]
    histogram: tuple[Bin, ...]
    kinds: tuple[KindFigures, ...]
    decisions: Mapping[str, int]
    reasons: tuple[Reason, ...]
    overturned: tuple[Overturned, ...]
    conflicts: Mapping[str, int]
    conflicts_open: int
    overrides: int
    reviewers: tuple[ReviewerFigures, ...]
    ever: int
    clock: float = 0.0

    @property
    def conflicts_count(self) -> int:
        """Of whatever cause."""
        return sum(self.conflicts.values())
