"""The JSON report, `assay-report/1`: complete, in a fixed order of keys, valid UTF-8 whatever the package holds.

Its schema is resources/assay-report-1.schema.json. Beyond the fields that the format fixes, findings carry
`file_sha256` and `triage`, `facts` says what checks learned, and `submission` what the manifest claims.
The reviewer's note stays out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.checklist import Item
from app.model import CheckResult, RunFact, RunFinding
from app.reports.document import TOOL, ReportData, checklist_counts, plain

SCHEMA = "assay-report/1"


def utc(moment: datetime | None) -> str | None:
    """A time as RFC 3339 in UTC, to the millisecond; a naive time is taken as UTC."""
    if moment is None:
        return None
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Lines(str):
    """Text of several lines; everything else is one line, and a line feed in it becomes a visible escape."""


def to_json(value: Any) -> Any:
    """Plain JSON data: strings cleaned, sets sorted, what JSON cannot say as text."""
    if isinstance(value, str):
        return plain(value, keep="\n" if isinstance(value, Lines) else "")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): to_json(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((to_json(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return utc(value) if isinstance(value, datetime) else plain(str(value))


def to_bytes(document: Mapping[str, Any]) -> bytes:
    """The document as UTF-8: a line for each top-level member and for each record of a list.

    One record a line is what `diff`, `grep` and a reader want of 20,000 findings, and it is written five times
    faster than indented JSON.
    """
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    members = []
    for key, value in document.items():
        if isinstance(value, list | tuple) and value:
            records = ",\n  ".join(encode(to_json(record)) for record in value)
            members.append(f"{encode(key)}: [\n  {records}\n ]")
        else:
            members.append(f"{encode(key)}: {encode(to_json(value))}")
    return ("{\n " + ",\n ".join(members) + "\n}\n").encode("utf-8")


def describe_isolation(data: ReportData) -> dict[str, Any]:
    """What held the hostile bytes."""
    isolation = data.run.isolation
    return {
        "launcher": isolation.launcher,
        "full": isolation.full,
        "gives": isolation.gives,
        "lacks": isolation.lacks,
    }


def describe_decision(data: ReportData) -> dict[str, Any] | None:
    """The decision on these bytes, and what it was made against."""
    made = data.decision
    if made is None:
        return None
    return {
        "decision": made.decision,
        "reason": Lines(made.reason),
        "overrides": made.overrides,
        "reviewer": made.reviewer,
        "at": utc(made.at),
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "id": check.id,
        "outcome": check.outcome.value,
        "seconds": round(check.seconds, 3),
        "reason": check.reason,
        "limitation": check.limitation,
        "parameters": dict(sorted(check.parameters.items())),
        "findings": check.findings,
        "title": check.title,
        "guidelines": check.guidelines,
        "files": check.files,
        "reused": check.reused,
    }


def _triage(data: ReportData, finding: RunFinding) -> dict[str, Any] | None:
    match = data.match(finding)
    if match.entry is None or match.entry.verdict is None:
        return None
    return {
        "state": match.kind,
        "verdict": match.entry.verdict.value,
        "reason": match.entry.reason,
        "reviewer": match.entry.reviewer,
        "at": utc(match.entry.at),
        "shared_by": match.entry.shared_by or None,
        "until": match.entry.until.isoformat() if match.entry.until else None,
    }


def _finding(data: ReportData, finding: RunFinding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "rule": finding.rule,
        "severity": finding.severity.label,
        "confidence": str(finding.confidence),
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "snippet": Lines(finding.snippet),
        "fingerprint": finding.fingerprint,
        "state": finding.state,
        "guidelines": finding.guidelines,
        "remediation": finding.remediation,
        "references": finding.references,
        "file_sha256": finding.file_sha256 or None,
        "triage": _triage(data, finding),
        "claim": data.match(finding).claim or None,
    }


def _fact(fact: RunFact) -> dict[str, Any]:
    return {
        "check": fact.check,
        "group": fact.group,
        "name": fact.name,
        "value": fact.value,
        "path": fact.path or None,
        "grade": fact.grade.label if fact.grade is not None else None,
        "state": fact.state,
        "was": fact.was or None,
    }


def _item(item: Item) -> dict[str, Any]:
    answer = item.answer
    return {
        "guideline": item.guideline.id,
        "status": item.status.value,
        "evidence": [
            {
                "check": evidence.check,
                "outcome": evidence.outcome.value if evidence.outcome is not None else None,
                "reason": evidence.reason,
                "limitation": evidence.limitation,
                "findings": len(evidence.findings),
                "unresolved": sum(f.unresolved for f in evidence.findings),
            }
            for evidence in item.evidence
        ],
        "answer": None
        if answer is None
        else {
            "value": answer.value,
            "comment": answer.comment,
            "reviewer": answer.reviewer,
            "at": utc(answer.at),
        },
        "title": item.guideline.title,
        "requirement": item.requirement,
        "why": item.why,
        "contradiction": item.contradiction,
    }


def describe(data: ReportData) -> dict[str, Any]:
    """The report as nested mappings and sequences, not yet cleaned."""
    run, about, tree = data.run, data.submission, data.run.tree
    return {
        "schema": SCHEMA,
        "tool": {"name": TOOL, "version": data.version, "run": run.tool},
        "artifact": {
            "name": run.artifact.name,
            "sha256": run.artifact.sha256,
            "size": run.artifact.size,
            "kind": run.kind,
            "family": tree.family if tree is not None else (about.family if about is not None else ""),
            "md5": run.artifact.md5,
            "sha1": run.artifact.sha1,
        },
        "submission": None
        if about is None
        else {"title": about.title, "version": about.version, "developer": about.developer, "source": about.source},
        "baseline": None
        if run.baseline is None
        else {"name": run.baseline.name, "sha256": run.baseline.sha256, "size": run.baseline.size},
        "profile": run.profile,
        "isolation": describe_isolation(data),
        "checks": [_check(check) for check in data.checks],
        "findings": [_finding(data, finding) for finding in data.findings],
        "checklist": [_item(item) for item in data.checklist.items] if data.checklist is not None else [],
        "inventory": [
            {
                "name": part.name,
                "version": part.version,
                "type": part.type,
                "path": part.path,
                "purl": part.purl,
                "origin": part.origin,
                "scope": part.scope,
                "licence": part.licence,
                "detail": part.detail,
            }
            for part in run.inventory
        ],
        "facts": [_fact(fact) for fact in run.facts],
        "summary": {
            "complete": data.complete,
            "missing": data.missing,
            "did_not_run": [check.id for check in data.did_not_run],
            "limited": [check.id for check in data.limited],
            "cancelled": run.cancelled,
            "started": utc(run.started),
            "finished": utc(run.finished),
            "findings": len(data.findings),
            "unresolved": data.unresolved,
            "severities": data.severities,
            "states": data.states,
            "checklist": checklist_counts(data.checklist) if data.checklist is not None else None,
            "package": None
            if tree is None
            else {
                "format": tree.format,
                "name": tree.name,
                "version": tree.version,
                "entries": tree.entries,
                "files": tree.files,
                "bytes": tree.bytes,
                "left_out": tree.left_out,
            },
            "decision": describe_decision(data),
        },
    }


def render(data: ReportData) -> bytes:
    """The report as UTF-8 JSON."""
    return to_bytes(describe(data))
