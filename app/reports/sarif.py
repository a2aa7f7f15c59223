"""SARIF 2.1.0: one run, complete, for other tools.

How our words map:
- a finding is a result of kind `fail` (critical and high are errors, medium a warning, low a note), or
  `informational` where its severity is info; `fixed` has the baseline state `absent`;
- a finding that triage resolves carries an accepted suppression with the reviewer's reason; a verdict that is
  only offered is no suppression, because tools take any suppression as final;
- a checklist item that needs a person is a result of kind `review`, one whose check did not run is `open`, and
  one that the reviewer answered with "not met" is a `fail`; the others add nothing to the findings and are left out;
- a check that did not run is a notification, and the invocation is then not successful.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from app.checklist import Item, Status
from app.model import RunFinding
from app.reports.document import TOOL, ReportData, plain
from app.reports.json_report import Lines, describe_decision, describe_isolation, to_bytes, utc
from app.reports.sarif_rules import LEVELS, Rules
from checks import Outcome

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
PACKAGE = "PACKAGE"
BASELINE_STATES = {"new": "new", "unchanged": "unchanged", "fixed": "absent"}
NOTICE_LEVELS = {Outcome.SKIPPED: "note", Outcome.CANCELLED: "warning", Outcome.UNAVAILABLE: "warning"}


def to_uri(raw_path: str) -> str:
    """A path inside the package as a relative URI reference that gives back the very bytes of the name.

    Names that would resolve to elsewhere (leading or doubled slashes, `.` and `..`) keep no slash as such.
    """
    try:
        name = raw_path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        name = raw_path.encode("utf-8", "surrogatepass")
    parts = name.split(b"/")
    if not {b"", b".", b".."} & set(parts):
        return quote(name, safe="/!")
    return quote(name, safe="!") + ("%2F" if len(parts) == 1 else "")


def to_message(text: str) -> dict[str, str]:
    """A message in which square brackets stay brackets and never become a link."""
    if "](" in text:
        text = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return {"text": text}


class _Artifacts:
    """The files that results point to; number 0 is the file under review."""

    def __init__(self, data: ReportData) -> None:
        about = data.artifact
        hashes = {"sha-256": about.sha256, "sha-1": about.sha1, "md5": about.md5}
        target = {
            "location": {"uri": to_uri(about.name) or "artifact"},
            "length": about.size,
            "roles": ["analysisTarget"],
            "hashes": {name: value for name, value in hashes.items() if value},
        }
        self.listed: list[dict[str, Any]] = [target]
        self._numbers: dict[tuple[str, str], int] = {}

    def locate(self, raw_path: str, sha256: str) -> dict[str, Any]:
        """The artifact location of a file; of the artifact itself for an empty path."""
        if not raw_path:
            return {**self.listed[0]["location"], "index": 0}
        number = self._numbers.get((raw_path, sha256))
        if number is None:
            number = self._numbers[raw_path, sha256] = len(self.listed)
            entry: dict[str, Any] = {"location": {"uri": to_uri(raw_path), "uriBaseId": PACKAGE}, "parentIndex": 0}
            if sha256:
                entry["hashes"] = {"sha-256": sha256}
            self.listed.append(entry)
        return {**self.listed[number]["location"], "index": number}


def _region(finding: RunFinding) -> dict[str, Any]:
    region: dict[str, Any] = {}
    if finding.line is not None:
        region["startLine"] = max(finding.line, 1)
        if finding.column is not None:
            region["startColumn"] = max(finding.column, 1)
    if finding.start is not None:
        region["byteOffset"] = max(finding.start, 0)
        if finding.end is not None:
            region["byteLength"] = max(finding.end - finding.start, 0)
    if region and finding.snippet:
        region["snippet"] = {"text": Lines(finding.snippet)}
    return region


def _finding(data: ReportData, finding: RunFinding, rules: Rules, artifacts: _Artifacts) -> dict[str, Any]:
    kind, level = LEVELS[finding.severity]
    number = rules.number_of(finding)
    place: dict[str, Any] = {"artifactLocation": artifacts.locate(finding.raw_path, finding.file_sha256)}
    region = _region(finding)
    if region:
        place["region"] = region
    result: dict[str, Any] = {
        "ruleId": rules.listed[number]["id"],
        "ruleIndex": number,
        "kind": kind,
        "level": level,
        "message": to_message(finding.message or "(no message)"),
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"assayFingerprint/v1": finding.fingerprint},
        "suppressions": [],
        "properties": {
            "severity": finding.severity.label,
            "confidence": str(finding.confidence),
            "guidelines": finding.guidelines,
            "remediation": finding.remediation,
        },
    }
    if finding.state in BASELINE_STATES:
        result["baselineState"] = BASELINE_STATES[finding.state]
    match = data.match(finding)
    if match.entry is not None and match.entry.verdict is not None:
        said = {"reviewer": match.entry.reviewer, "at": utc(match.entry.at), "verdict": match.entry.verdict.value}
        if data.resolved(finding):
            suppression = {"kind": "external", "status": "accepted", "justification": match.entry.reason}
            result["suppressions"] = [{**suppression, "properties": said}]
        else:
            result["properties"]["triage"] = {"state": match.kind, "reason": match.entry.reason, **said}
    return result


def _item(item: Item, rules: Rules, artifacts: _Artifacts) -> dict[str, Any] | None:
    denied = item.status is Status.NOT_MET and item.answer is not None and item.answer.value == "not_met"
    if denied:
        kind, level = "fail", "error" if item.required else "warning"
    elif item.status in (Status.NEEDS_YOU, Status.DID_NOT_RUN):
        kind, level = "review" if item.status is Status.NEEDS_YOU else "open", "none"
    else:
        return None
    number = rules.number_of_guideline(item.guideline)
    return {
        "ruleId": rules.listed[number]["id"],
        "ruleIndex": number,
        "kind": kind,
        "level": level,
        "message": to_message(f"{item.guideline.title}: {item.contradiction or item.why}"),
        "locations": [{"physicalLocation": {"artifactLocation": artifacts.locate("", "")}}],
        "partialFingerprints": {"assayFingerprint/v1": f"guideline/{item.guideline.id}"},
        "suppressions": [],
        "properties": {"requirement": item.requirement, "status": item.status.value},
    }


def _notices(data: ReportData) -> list[dict[str, Any]]:
    """What did not run, and what was skipped, as notifications."""
    notices, names = [], data.names
    for check in data.checks:
        if check.outcome in (Outcome.CLEAN, Outcome.FOUND):
            if check.limitation:
                notices.append(("limited", "warning", f"{names[check.id]} was limited: {check.limitation}", check.id))
            continue
        required = check.id in data.missing
        level = "error" if required else NOTICE_LEVELS.get(check.outcome, "error")
        why = f": {check.reason}" if check.reason else ""
        notices.append((check.outcome.value, level, f"{names[check.id]} ended as {check.outcome.value}{why}", check.id))
    notices += [("absent", "error", f"{names[check]} is required and took no part", check) for check in data.unseen]
    if data.run.cancelled or data.run.finished is None:
        word = "cancelled" if data.run.cancelled else "cut off"
        notices.append(("battery", "error", f"the battery was {word}", ""))
    if not data.run.isolation.full:
        lacks = "; ".join(data.run.isolation.lacks)
        notices.append(("isolation", "warning", f"isolation was reduced ({data.run.isolation.launcher}): {lacks}", ""))
    return [
        {
            "descriptor": {"id": f"assay/{word}"},
            "level": level,
            "message": to_message(text),
            "properties": {"check": check} if check else {},
        }
        for word, level, text, check in notices
    ]


def describe(data: ReportData) -> dict[str, Any]:
    """The log as nested mappings and sequences, not yet cleaned."""
    rules, artifacts, run = Rules(data), _Artifacts(data), data.run
    results = [_finding(data, finding, rules, artifacts) for finding in data.findings]
    items = data.checklist.items if data.checklist is not None else ()
    results += [result for item in items if (result := _item(item, rules, artifacts)) is not None]
    notices = _notices(data)
    invocation: dict[str, Any] = {
        "executionSuccessful": data.complete and not data.did_not_run,
        "startTimeUtc": utc(run.started),
        "toolExecutionNotifications": notices,
    }
    if run.finished is not None:
        invocation["endTimeUtc"] = utc(run.finished)
    words = sorted({notice["descriptor"]["id"] for notice in notices})
    driver = {
        "name": TOOL,
        "version": data.version,
        "rules": rules.listed,
        "notifications": [{"id": word} for word in words],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"assay/{run.kind}/{quote(plain(run.profile), safe='')}/"},
                "invocations": [invocation],
                "originalUriBaseIds": {PACKAGE: {"description": {"text": "The root of the unpacked package"}}},
                "artifacts": artifacts.listed,
                "results": results,
                "columnKind": "unicodeCodePoints",
                "properties": {
                    "profile": run.profile,
                    "complete": data.complete,
                    "missing": data.missing,
                    "isolation": describe_isolation(data),
                    "decision": describe_decision(data),
                },
            }
        ],
    }


def render(data: ReportData) -> bytes:
    """The log as UTF-8 JSON."""
    return to_bytes(describe(data))
