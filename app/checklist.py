"""The checklist: guidelines with their evidence and answers, and what may be decided on them. Pure functions.

The one rule above all: what did not run is never a pass. An answer can make an item stricter, or close one
that no check can judge; it never outvotes a check that did not run or a finding that nobody resolved.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from app.guidelines import Guideline, Profile, Requirement, select_guidelines
from app.model import CheckResult, RunFinding
from app.triage import Verdict, clean_text, says_something
from checks import Outcome, Severity

LEAST_REASON = 10  # characters of reason below which an approval against blockers explains nothing
MAX_QUOTE = 160  # characters of a finding's message or a check's reason inside a sentence
# what a reviewer can do about a check that could do only a part of its work
NOW_WHAT = "Run again once that is mended (assay doctor shows how), or answer with how it was checked elsewhere"

Decision = Literal["approve", "reject", "request_changes"]
ANSWERS = ("met", "not_met", "not_applicable")


class AnswerRefused(ValueError):
    """An answer that cannot be recorded; the text says what is missing."""


class DecisionRefused(ValueError):
    """A decision that may not be made like this; `blockers` is empty where only a reason is missing."""

    def __init__(self, message: str, blockers: tuple[Blocker, ...] = ()) -> None:
        super().__init__(message)
        self.blockers = blockers


class Status(enum.StrEnum):
    """Where an item stands; `met` and `not_applicable` are the two that satisfy it."""

    MET = "met"
    NOT_MET = "not_met"
    NEEDS_YOU = "needs_you"
    DID_NOT_RUN = "did_not_run"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> str:
        """The words for the screen and for reports."""
        return self.value.replace("_", " ")

    @property
    def satisfied(self) -> bool:
        """Whether the item stands in nobody's way."""
        return self in (Status.MET, Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class FindingEvidence:
    """A finding as far as the checklist cares; `state` is new, unchanged, fixed or None, `triage` what holds now."""

    fingerprint: str
    severity: Severity
    state: str | None
    message: str
    triage: Verdict | None = None

    @property
    def unresolved(self) -> bool:
        """Still there, and nobody called it a false positive or accepted the risk."""
        return self.state != "fixed" and (self.triage is None or not self.triage.resolves)


@dataclass(frozen=True, slots=True)
class CheckEvidence:
    """What one check says; `outcome` None = it exists for this kind, but took no part in the run."""

    check: str
    outcome: Outcome | None
    reason: str = ""
    findings: tuple[FindingEvidence, ...] = ()
    limitation: str = ""
    title: str = ""

    @property
    def name(self) -> str:
        """The check's title; its id as words where nobody knows the title any more."""
        return clean_text(self.title, MAX_QUOTE) or self.check.replace("_", " ").capitalize()

    @property
    def gap(self) -> str:
        """Why this cannot be evidence, as the end of a sentence that begins with the name; empty where it can."""
        why = clean_text(self.reason.removeprefix("not checked: "), MAX_QUOTE)
        because = f": {why}" if why else ""
        if self.outcome is None:
            return f"did not run{because or ': it took no part in this run'}"
        if self.outcome is Outcome.FOUND and not self.findings:
            return "reports findings that are not in the record: run it again"
        if self.outcome.ran:
            return ""
        verb = {Outcome.TIMEOUT: "did not finish in time", Outcome.CANCELLED: "was cancelled", Outcome.ERROR: "failed"}
        return f"{verb.get(self.outcome, 'did not run')}{because}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reviewer says of a guideline. AnswerRefused for "not applicable" without a comment."""

    guideline: str
    value: str
    comment: str
    reviewer: str
    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "comment", clean_text(self.comment))
        if self.value not in ANSWERS:
            raise AnswerRefused(f"{self.guideline}: {self.value!r} is no answer: use one of {', '.join(ANSWERS)}")
        if self.value == "not_applicable" and not says_something(self.comment):
            raise AnswerRefused(f"{self.guideline}: say in a comment why it does not apply")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist.

    `why` is one sentence for the status. `contradiction` is set where the answer claims what the
    evidence denies; the status then follows the evidence.
    """

    guideline: Guideline
    requirement: Requirement
    status: Status
    why: str
    evidence: tuple[CheckEvidence, ...] = ()
    answer: Answer | None = None
    contradiction: str = ""

    @property
    def required(self) -> bool:
        return self.requirement == "required"

    @property
    def open(self) -> bool:
        """Whether something is left to do here."""
        return not self.status.satisfied or bool(self.contradiction)


@dataclass(frozen=True, slots=True)
class Checklist:
    """The guidelines that apply to this kind under this profile, in their usual order."""

    kind: str
    profile: Profile
    items: tuple[Item, ...]

    def item(self, guideline: str) -> Item | None:
        """The item of a guideline, None where it is not on the list."""
        return next((i for i in self.items if i.guideline.id == guideline), None)

    @property
    def done(self) -> int:
        """How many items are satisfied, required or not."""
        return sum(not i.open for i in self.items)


@dataclass(frozen=True, slots=True)
class Blocker:
    """A reason against approval: `why` is one sentence that begins with the guideline's id."""

    guideline: str
    why: str


def gather_evidence(
    declared: Mapping[str, Iterable[str]],
    results: Iterable[CheckResult],
    findings: Iterable[RunFinding],
    verdict_of: Callable[[RunFinding], Verdict | None],
    titles: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, tuple[CheckEvidence, ...]]:
    """Evidence by guideline, from a run and from what the catalog has for this kind.

    `declared` maps every check that exists for the kind to its guidelines; one without a result took no
    part, and is listed as such. `verdict_of` gives the triage that holds (not an offered one). `titles` by check
    are the catalog's; a result brings its own.
    """
    grouped: dict[str, list[FindingEvidence]] = {}
    for f in findings:
        grouped.setdefault(f.check, []).append(
            FindingEvidence(f.fingerprint, f.severity, f.state, f.message, verdict_of(f))
        )
    for_check: dict[str, tuple[set[str], CheckEvidence]] = {
        check: (
            set(guidelines),
            CheckEvidence(check, None, "", tuple(grouped.get(check, ())), title=titles.get(check, "")),
        )
        for check, guidelines in declared.items()
    }
    for result in results:
        guidelines = for_check[result.id][0] if result.id in for_check else set()
        found = tuple(grouped.get(result.id, ()))
        # a check that was skipped had no work to do only a part of
        limitation = "" if result.outcome is Outcome.SKIPPED else result.limitation
        title = result.title or titles.get(result.id, "")
        evidence = CheckEvidence(result.id, result.outcome, result.reason, found, limitation, title)
        for_check[result.id] = (guidelines | set(result.guidelines), evidence)
    gathered: dict[str, tuple[CheckEvidence, ...]] = {}
    for check in sorted(for_check):
        for guideline in sorted(for_check[check][0]):
            gathered[guideline] = (*gathered.get(guideline, ()), for_check[check][1])
    return gathered


def _judge(evidence: tuple[CheckEvidence, ...], blocking: Severity) -> tuple[Status, str]:
    """What the evidence alone says, and why, in one sentence without the guideline's name."""
    if not evidence:
        return Status.NEEDS_YOU, "no check can judge this: it needs your answer"
    gaps = "; ".join(f"{e.name} {e.gap}" for e in evidence if e.gap)
    against = [f for e in evidence for f in e.findings if f.unresolved and f.severity >= blocking]
    found = ""
    if against:
        worst = max(against, key=lambda f: f.severity)
        number = f"{len(against):,} unresolved findings" if len(against) > 1 else "1 unresolved finding"
        found = f"{number}, the worst {worst.severity.label}: {clean_text(worst.message, MAX_QUOTE)}"
    if gaps:
        return Status.DID_NOT_RUN, "; ".join(filter(None, (gaps, found)))
    if against:
        return Status.NOT_MET, found
    ran = [e for e in evidence if e.outcome is not Outcome.SKIPPED]
    if not ran:
        why = "; ".join(filter(None, (clean_text(e.reason, MAX_QUOTE) for e in evidence)))
        return Status.NOT_APPLICABLE, why or "no check of this guideline applies to this package"
    left = sum(f.state != "fixed" for e in ran for f in e.findings)
    result = f"nothing open; {left:,} resolved or below {blocking.label}" if left else "nothing found"
    limited = [e for e in ran if e.limitation]
    if limited:  # their silence is worth less than the guideline asks for; only a person can say whether it will do
        limits = "; ".join(dict.fromkeys(clean_text(e.limitation, MAX_QUOTE).rstrip(".") for e in limited))
        return Status.NEEDS_YOU, f"{limits}. {NOW_WHAT}. {', '.join(e.name for e in limited)}: {result}"
    # what a check says of itself (which signatures, how old) belongs to what its silence is worth
    notes = "".join(f". {clean_text(e.reason, MAX_QUOTE)}" for e in ran if e.reason)
    return Status.MET, f"{', '.join(e.name for e in ran)}: {result}{notes}"


def _answered(status: Status, why: str, answer: Answer | None) -> tuple[Status, str, str]:
    """Status, reason and contradiction once the reviewer has spoken."""
    if answer is None:
        return status, why, ""
    said = f"{answer.reviewer or 'the reviewer'} answered {answer.value.replace('_', ' ')}"
    said = clean_text(f"{said}: {answer.comment}" if answer.comment else said)
    if answer.value == "not_met":
        return Status.NOT_MET, f"{said}; {why}" if status in (Status.NOT_MET, Status.DID_NOT_RUN) else said, ""
    if status in (Status.NOT_MET, Status.DID_NOT_RUN):
        return status, why, f"answered {answer.value.replace('_', ' ')}, but {why}"
    return Status(answer.value), said, ""


def build_checklist(
    kind: str,
    profile: Profile,
    guidelines: Mapping[str, Guideline],
    evidence: Mapping[str, tuple[CheckEvidence, ...]],
    answers: Mapping[str, Answer],
) -> Checklist:
    """The checklist for a package of this kind; `evidence` and `answers` by guideline id.

    Guidelines that the profile switches off, or that are for other kinds, are left out with their evidence.
    """
    items = []
    for guideline, level in select_guidelines(profile, kind, guidelines):
        shown, answer = evidence.get(guideline.id, ()), answers.get(guideline.id)
        status, why, contradiction = _answered(*_judge(shown, profile.blocking), answer)
        items.append(Item(guideline, level, status, why, shown, answer, contradiction))
    return Checklist(kind, profile, tuple(items))


def find_missing_checks(kind: str, profile: Profile, outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """The checks that the profile requires for this kind and that did not end as clean, found or skipped."""
    required = sorted(profile.required_checks.get(kind, ()))
    return tuple(check for check in required if check not in outcomes or not outcomes[check].ran)


def approval_blockers(checklist: Checklist) -> tuple[Blocker, ...]:
    """What stands against approval: the required items that are open, in the checklist's order."""
    blockers = []
    for item in checklist.items:
        if item.required and item.open:
            name = (
                item.guideline.id
                if item.status is Status.DID_NOT_RUN
                else f"{item.guideline.id} {item.guideline.title}:"
            )
            blockers.append(Blocker(item.guideline.id, f"{name} {item.contradiction or item.why}"))
    return tuple(blockers)


def may_decide(decision: Decision, checklist: Checklist, reason: str) -> None:
    """Nothing where the decision may be made; raises DecisionRefused with the blockers where it may not.

    Approval needs no reason as long as nothing blocks it. The other two always need one.
    """
    if decision not in ("approve", "reject", "request_changes"):
        raise DecisionRefused(f"{decision!r} is no decision: use approve, reject or request_changes")
    if decision != "approve":
        if not says_something(reason):
            raise DecisionRefused("write a reason: the developer has to know what to change")
        return
    blockers = approval_blockers(checklist)
    if blockers and not says_something(reason, LEAST_REASON):
        listed = "\n".join(blocker.why for blocker in blockers)
        number = "1 item blocks" if len(blockers) == 1 else f"{len(blockers)} items block"
        raise DecisionRefused(
            f"{number} approval; resolve them, or write a reason of at least {LEAST_REASON} characters:\n{listed}",
            blockers,
        )
