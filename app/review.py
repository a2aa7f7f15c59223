"""The review of a submission: what was answered, triaged and decided, joined with what the checks say.

Here the pure rules of checklist and triage meet the store; each change is one transaction.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from app import checklist as rules
from app.checklist import Answer, Blocker, CheckEvidence, Checklist, DecisionRefused
from app.guidelines import Guideline, Profile
from app.model import Decision, Run, RunFinding
from app.suppressions import SharedSuppression, join_matches, match_suppressions
from app.suppressions_claims import claim_on, find_claims
from app.suppressions_store import stable_path
from app.triage import (
    NO_TRIAGE,
    TriageEntry,
    TriageMatch,
    TriageRefused,
    Verdict,
    clean_text,
    confirm_offer,
    match_triage,
    says_something,
)

if TYPE_CHECKING:
    from app.store import Store

NO_TITLES: Mapping[str, str] = MappingProxyType({})


def match_findings(store: Store, run: Run, today: date | None = None) -> dict[str, TriageMatch]:
    """What earlier triage, and what others shared, means for each finding of a run, by fingerprint.

    Where one path stands for several contents (an archive may name an entry twice) the weakest match
    counts: a verdict on one of them must not cover the other. `today` tells what has expired.
    """
    entries: dict[str, list[TriageEntry]] = {}
    for entry in store.triage_entries(f.fingerprint for f in run.findings):
        entries.setdefault(entry.fingerprint, []).append(entry)
    shared = _Shared(store, run, today or datetime.now().astimezone().date())
    claims = find_claims(run)
    strength = {"none": 0, "offered": 1, "holds": 2}
    matches: dict[str, TriageMatch] = {}
    for fingerprint, contents in _contents(run).items():
        said = entries.get(fingerprint, ())
        found = [
            shared.join(finding, sha256, match_triage(fingerprint, sha256, said) if said else NO_TRIAGE, said)
            for sha256, finding in contents.items()
        ]
        match = min(found, key=lambda match: strength[match.kind])
        if claims and (claim := next((c for f in contents.values() if (c := claim_on(claims, f))), "")):
            match = dataclasses.replace(match, claim=claim)
        matches[fingerprint] = match
    return matches


class _Shared:
    """What others shared about the findings of a run."""

    def __init__(self, store: Store, run: Run, today: date) -> None:
        self._root = run.tree.root if run.tree is not None else ""
        self._today = today
        self._by_rule: dict[tuple[str, str, str], list[SharedSuppression]] = {}
        for shared in store.suppressions_at(path for f in run.findings for path in self._paths(f)):
            key = shared.said.check, shared.said.rule, shared.said.path
            self._by_rule.setdefault(key, []).append(shared)

    def _paths(self, finding: RunFinding) -> tuple[str, ...]:
        """How a person may name the place: without the one top folder, or as the finding shows it."""
        return tuple(dict.fromkeys((stable_path(finding.raw_path, self._root), finding.path)))

    def join(self, finding: RunFinding, sha256: str, own: TriageMatch, said: Sequence[TriageEntry]) -> TriageMatch:
        """The own triage of a finding on one content, and what others said of it."""
        if not self._by_rule:
            return own
        rows = [
            shared
            for path in self._paths(finding)
            for shared in self._by_rule.get((finding.check, finding.rule, path), ())
        ]
        match = match_suppressions(finding.fingerprint, sha256, rows, self._today)
        here = [entry.at for entry in said if entry.file_sha256 == sha256]
        imported = max((s.imported for s in rows if s.said.sha256 == sha256), default=None)
        return join_matches(own, max(here, default=None), match, imported)


def _contents(run: Run) -> dict[str, dict[str, RunFinding]]:
    """Fingerprint -> SHA-256 of a file it stands in -> one such finding, in the order of the run.

    A finding about the package as a whole stands in the artifact itself.
    """
    contents: dict[str, dict[str, RunFinding]] = {}
    for finding in run.findings:
        contents.setdefault(finding.fingerprint, {})[finding.file_sha256 or run.artifact.sha256] = finding
    return contents


def review_state(
    store: Store,
    submission: int,
    run: Run | None,
    guidelines: Mapping[str, Guideline],
    profile: Profile,
    declared: Mapping[str, Iterable[str]],
    titles: Mapping[str, str] = NO_TITLES,
    kind: str = "",
) -> Checklist:
    """The checklist as it stands. `declared` maps each check that the catalog has for the kind to its guidelines.
    `kind` stands in for the submission's own.

    `titles` are the catalog's, for checks that took no part and are known by their id only.

    A run that is missing, was cut off, looked at other bytes, or took them for another kind, is no evidence: its
    checks did not run, and what it skipped may apply.
    """
    about = store.submission(submission)
    kind = kind or about.kind or "download"
    if run is not None and (run.finished is None or run.artifact.sha256 != about.artifact.sha256 or run.kind != kind):
        run = None
    matches = match_findings(store, run) if run is not None else {}

    def verdict_of(finding: RunFinding) -> Verdict | None:
        return matches[finding.fingerprint].verdict

    evidence = rules.gather_evidence(
        declared, run.checks if run is not None else (), run.findings if run is not None else (), verdict_of, titles
    )
    answers = store.answers(submission)
    return rules.build_checklist(kind, profile, guidelines, evidence, answers)


def give_answer(
    store: Store, submission: int, guideline: str, value: str | None, comment: str = "", *, reviewer: str = ""
) -> None:
    """Answer a guideline; None takes the answer back. Raises checklist.AnswerRefused."""
    if value is None:
        store.withdraw_answer(submission, guideline, reviewer)
    else:
        store.set_answer(submission, Answer(guideline, value, comment, reviewer, datetime.now(UTC)))


def triage_findings(
    store: Store,
    run: Run,
    fingerprints: Sequence[str],
    verdict: Verdict | None,
    reason: str = "",
    *,
    reviewer: str = "",
) -> int:
    """Say something of findings of a run, all in one change; None withdraws. Gives the number of entries made.

    Without a reason an offered verdict of the same kind is confirmed, quoting who gave it first. Raises
    TriageRefused where a reason is missing, or where the run has no such finding.
    """
    contents, at = _contents(run), datetime.now(UTC)
    entries: list[TriageEntry] = []
    with store.transaction():
        entries_before = store.triage_entries(fingerprints) if not reason.strip() else ()
        shared = _Shared(store, run, datetime.now().astimezone().date()) if not reason.strip() else None
        for fingerprint in dict.fromkeys(fingerprints):
            if fingerprint not in contents:
                raise TriageRefused("this finding is not in the latest run: look at the run again")
            said = [entry for entry in entries_before if entry.fingerprint == fingerprint]
            for sha256, finding in contents[fingerprint].items():
                earlier = match_triage(fingerprint, sha256, said)
                if shared is not None:
                    earlier = shared.join(finding, sha256, earlier, said)
                offered = earlier.kind == "offered" and earlier.entry is not None and earlier.entry.verdict is verdict
                if offered and verdict is not None:
                    entries.append(confirm_offer(earlier, sha256, reviewer, at, finding.path))
                else:
                    entries.append(TriageEntry(fingerprint, sha256, verdict, reason, reviewer, at, finding.path))
        store.add_triage(run.submission, entries)
    return len(entries)


def decide(
    store: Store,
    submission: int,
    decision: str,
    reason: str,
    *,
    reviewer: str,
    run: Run | None,
    guidelines: Mapping[str, Guideline],
    profile: Profile,
    declared: Mapping[str, Iterable[str]],
    titles: Mapping[str, str] = NO_TITLES,
    besides: Sequence[Blocker] = (),
) -> Decision:
    """Decide on the checklist as it stands at this moment; raises checklist.DecisionRefused with the blockers.

    `besides` stands against an approval as well, from outside the checklist; it is recorded with one that was made.
    The rules are asked inside the transaction that keeps the decision, so no answer can change in between.
    """
    with store.transaction():
        checklist = review_state(store, submission, run, guidelines, profile, declared, titles)
        # may_decide refuses a word that is not one of the three
        rules.may_decide(cast(rules.Decision, decision), checklist, reason)
        blockers: tuple[Blocker, ...] = ()
        if decision == "approve":
            missing = _missing_checks(checklist, run, titles)
            if missing and not says_something(reason, rules.LEAST_REASON):
                raise DecisionRefused(
                    f"the profile {profile.title} requires what did not run; run it, or write a reason of at least "
                    f"{rules.LEAST_REASON} characters:\n" + "\n".join(blocker.why for blocker in missing),
                    missing,
                )
            blockers = rules.approval_blockers(checklist) + missing + tuple(besides)
        return store.add_decision(
            submission,
            decision,
            "\n".join(clean_text(line) for line in reason.strip().splitlines()),
            overrides=[blocker.why for blocker in blockers],
            reviewer=reviewer,
            run=run.id if run is not None else None,
        )


def _missing_checks(checklist: Checklist, run: Run | None, titles: Mapping[str, str]) -> tuple[Blocker, ...]:
    """Checks that the profile requires and that did not run, where no required guideline tells of them already."""
    if run is None or run.finished is None:
        return (Blocker("", "no check has looked at these bytes: run the battery first"),)
    outcomes = {result.id: result.outcome for result in run.checks}
    titles = {**titles, **{result.id: result.title for result in run.checks if result.title}}
    told = {e.check for item in checklist.items if item.required and item.open for e in item.evidence}
    missing = rules.find_missing_checks(checklist.kind, checklist.profile, outcomes)
    return tuple(
        Blocker("", f"{evidence.name} did not run, and the profile requires it")
        for evidence in (CheckEvidence(check, None, title=titles.get(check, "")) for check in missing)
        if evidence.check not in told
    )
