"""What a report is made of: one frozen input that every format renders, so that no two formats disagree.

Nothing here decides anything: outcomes, triage and decisions are shown as they were recorded. Text is
cleaned again by each format on its way out, because the promise holds for the bytes that leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from app import __version__
from app.checklist import Checklist, Status, find_missing_checks
from app.model import Artifact, CheckResult, Run, RunFinding, Submission
from app.triage import NO_TRIAGE, TriageMatch
from checks import Outcome, Severity
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.model import Decision
    from app.views import Comparison

MAX_TEXT = 100_000  # characters of one text in a report; everything recorded is bounded far below
TOOL = "Assay"
DECISIONS = {"approve": "approved", "reject": "rejected", "request_changes": "changes requested"}
STATES = ("new", "unchanged", "fixed")


def plain(text: str, *, keep: str = "") -> str:
    """Text without control, bidirectional and zero-width characters or lone surrogates (visible escapes instead)."""
    return text if text.isascii() and text.isprintable() else printable(text, MAX_TEXT, keep=keep)


def plain_lines(text: str) -> list[str]:
    """The lines of a longer text, each cleaned; trailing blanks and empty lines at both ends are dropped."""
    shown = plain(text.replace("\r\n", "\n").replace("\t", "    "), keep="\n").strip("\n")
    return [line.rstrip() for line in shown.split("\n")] if shown.strip() else []


def place_of(finding: RunFinding) -> str:
    """Path, line and column as people write them; a name of its own for the package as a whole."""
    place = plain(finding.path) or "(package)"
    if finding.line is not None:
        place += f":{finding.line}"
        if finding.column is not None:
            place += f":{finding.column}"
    return place


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything a report says. Made by `build_report`; plain data, safe to hand between threads.

    `findings` are in reading order: present before fixed, then by severity (worst first) and place.
    `severities` and `unresolved` count what is present, `states` everything. `complete` says whether
    every check that the profile requires ran, in a battery that was neither cut off nor cancelled.
    `note` is for reviewers only: it never leaves through JSON, SARIF or the developer's part.
    """

    run: Run
    submission: Submission | None
    checklist: Checklist | None
    triage: Mapping[str, TriageMatch]
    decision: Decision | None
    note: str
    reviewer: str
    comparison: Comparison | None
    checks: tuple[CheckResult, ...]
    findings: tuple[RunFinding, ...]
    missing: tuple[str, ...]
    only: tuple[str, ...]
    complete: bool
    severities: Mapping[str, int]
    states: Mapping[str, int]
    unresolved: int
    version: str = __version__

    @property
    def artifact(self) -> Artifact:
        """The file under review."""
        return self.run.artifact

    @property
    def did_not_run(self) -> tuple[CheckResult, ...]:
        """The checks that are no evidence, with the reason each gives."""
        return tuple(check for check in self.checks if not check.outcome.ran)

    @property
    def limited(self) -> tuple[CheckResult, ...]:
        """The checks that ran, but could do only a part of their work."""
        return tuple(c for c in self.checks if c.limitation and c.outcome in (Outcome.CLEAN, Outcome.FOUND))

    @property
    def unseen(self) -> tuple[str, ...]:
        """Required checks that took no part in the battery at all, though nobody chose so."""
        if self.only:
            return ()
        seen = {check.id for check in self.checks}
        return tuple(check for check in self.missing if check not in seen)

    @property
    def names(self) -> Mapping[str, str]:
        """Every check's title by id; what the run does not know of is in the checklist's evidence."""
        items = self.checklist.items if self.checklist is not None else ()
        known = {evidence.check: evidence.name for item in items for evidence in item.evidence}
        titles = known | {check.id: check.title for check in self.checks if check.title.strip()}
        ids = [check.id for check in self.checks] + list(self.missing)
        return {id: plain(titles.get(id, "")) or plain(id) for id in dict.fromkeys((*ids, *titles))}

    @property
    def present(self) -> tuple[RunFinding, ...]:
        """The findings that are there now."""
        return tuple(f for f in self.findings if f.state != "fixed")

    @property
    def title(self) -> str:
        """What the submission is called, by its manifest or else by its file."""
        named = self.submission.title if self.submission is not None else ""
        return plain(named or self.run.artifact.name) or "(unnamed)"

    def match(self, finding: RunFinding) -> TriageMatch:
        """What triage says of a finding."""
        return self.triage.get(finding.fingerprint, NO_TRIAGE)

    def resolved(self, finding: RunFinding) -> bool:
        """Whether a reviewer called it a false positive or accepted the risk, on these bytes."""
        verdict = self.match(finding).verdict
        return verdict is not None and verdict.resolves


def _reading_order(finding: RunFinding) -> tuple[bool, int, str, int, int, str, str, str]:
    return (
        finding.state == "fixed",
        -finding.severity,
        finding.path,
        finding.line or 0,
        finding.column or 0,
        finding.check,
        finding.rule,
        finding.fingerprint,
    )


def build_report(
    run: Run,
    *,
    submission: Submission | None = None,
    checklist: Checklist | None = None,
    triage: Mapping[str, TriageMatch] | None = None,
    decision: Decision | None = None,
    note: str = "",
    reviewer: str = "",
    comparison: Comparison | None = None,
    missing: Sequence[str] | None = None,
    only: Sequence[str] = (),
) -> ReportData:
    """Gather a report. `triage` is by fingerprint (`Desk.triage_matches`), `decision` the latest one.

    `missing` names required checks that did not end as clean, found or skipped; without it they are worked
    out from the checklist's profile, and without a checklist every check of the run counts as required.
    `only` names the checks that were chosen, where not all were to run: such a report is never complete.
    A decision on other bytes than the run's is left out: it does not speak of this artifact.
    """
    checks = tuple(sorted(run.checks, key=lambda check: check.id))
    outcomes = {check.id: check.outcome for check in checks}
    if missing is None:
        if checklist is not None:
            missing = find_missing_checks(checklist.kind, checklist.profile, outcomes)
        else:
            missing = [check.id for check in checks if not check.outcome.ran]
    findings = tuple(sorted(run.findings, key=_reading_order))
    present = [f for f in findings if f.state != "fixed"]
    by_severity = Counter(f.severity for f in present)
    by_state = Counter(f.state for f in findings)
    matches = dict(triage or {})
    resolving = {
        fingerprint for fingerprint, match in matches.items() if match.verdict is not None and match.verdict.resolves
    }
    return ReportData(
        run=run,
        submission=submission,
        checklist=checklist,
        triage=MappingProxyType(matches),
        decision=decision if decision is not None and decision.artifact_sha256 == run.artifact.sha256 else None,
        note=note,
        reviewer=reviewer,
        comparison=comparison,
        checks=checks,
        findings=findings,
        missing=tuple(sorted(missing)),
        only=tuple(sorted(only)),
        complete=bool(checks) and not missing and not only and run.finished is not None and not run.cancelled,
        severities=MappingProxyType({s.label: by_severity[s] for s in sorted(Severity, reverse=True)}),
        states=MappingProxyType({state: by_state[state] for state in STATES}),
        unresolved=sum(f.fingerprint not in resolving for f in present),
    )


def checklist_counts(checklist: Checklist) -> dict[str, int]:
    """How many items stand where, by status, in a fixed order."""
    counted = Counter(item.status for item in checklist.items)
    return {status.value: counted[status] for status in Status}
