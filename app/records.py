"""Rows of the database and the host's words, one into the other."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.model import Artifact, CheckResult, Component, Isolation, Run, RunFact, RunFinding, Submission, TreeSummary
from checks import Outcome, Severity

Row = Mapping[str, Any]

FINDING_COLUMNS = (
    "run", "check_id", "rule", "severity", "confidence", "message", "path", "raw_path", "file_sha256", "number",
    "line", "char_column", "start_byte", "end_byte", "snippet", "fingerprint", "state", "guidelines", "remediation",
    "links", "secret",
)  # fmt: skip
RESULT_COLUMNS = (
    "run", "check_id", "title", "outcome", "seconds", "reason", "parameters", "guidelines", "findings", "files",
    "reused", "log", "limitation",
)  # fmt: skip
FACT_COLUMNS = (
    "run", "check_id", "grp", "name", "value", "path", "file_sha256", "number", "grade", "state", "was",
)  # fmt: skip
COMPONENT_COLUMNS = ("run", "name", "version", "purl", "path", "origin", "scope", "licence", "detail")


def text(value: str) -> str:
    """What SQLite can hold as text: NUL would cut it short for half of its functions, a lone surrogate
    crash the insert; both become visible escapes."""
    if value.isascii() and "\0" not in value:
        return value
    return value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def raw(name: str) -> bytes:
    """The bytes of a name decoded with surrogateescape; a surrogate that no byte decodes to becomes U+FFFD."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        kept = "".join("\ufffd" if "\ud800" <= c < "\udc80" or "\udd00" <= c <= "\udfff" else c for c in name)
        return kept.encode("utf-8", "surrogateescape")


def name(value: bytes | None) -> str:
    """The inverse of `raw`."""
    return (value or b"").decode("utf-8", "surrogateescape")


def moment(at: datetime) -> str:
    """A time as it is stored, in UTC; ValueError without a time zone, for nobody could read it again."""
    if at.tzinfo is None:
        raise ValueError("a time to be stored needs its time zone")
    return at.astimezone(UTC).isoformat()


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def dump(value: Any) -> str:
    """JSON in ASCII, so that no surrogate reaches SQLite."""
    return json.dumps(value, separators=(",", ":"), default=list)


@functools.lru_cache(maxsize=4096)
def _dump_words(words: tuple[str, ...]) -> str:
    return dump(words)


@functools.lru_cache(maxsize=4096)
def words(value: str | None) -> tuple[str, ...]:
    """A stored list of words; cached, for 20,000 findings share a few of them."""
    return tuple(json.loads(value)) if value else ()


def artifact_dict(artifact: Artifact) -> dict[str, Any]:
    return {**dataclasses.asdict(artifact), "name": text(artifact.name)}


def read_submission(row: Row) -> Submission:
    """From a row of submissions joined with its artifact."""
    return Submission(
        id=row["id"],
        artifact=Artifact(row["artifact"], row["md5"], row["sha1"], row["size"], row["name"]),
        title=row["title"] or "",
        version=row["version"] or "",
        kind=row["kind"],
        family=row["family"] or "",
        developer=row["developer"] or "",
        source=name(row["raw_source"]),
        added=datetime.fromisoformat(row["added"]),
        baseline=row["baseline"],
        lesson=row["lesson"] or "",
    )


def result_row(run: int, r: CheckResult) -> tuple[Any, ...]:
    """In the order of RESULT_COLUMNS."""
    return (
        run, text(r.id), text(r.title), r.outcome.value, r.seconds, text(r.reason), dump(dict(r.parameters)),
        _dump_words(r.guidelines), r.findings, r.files, r.reused, dump(r.log),
        text(r.limitation),
    )  # fmt: skip


def read_result(row: Row) -> CheckResult:
    """The inverse; lists in parameters stay lists, whatever sequence they were."""
    return CheckResult(
        id=row["check_id"],
        title=row["title"],
        outcome=Outcome(row["outcome"]),
        seconds=row["seconds"],
        reason=row["reason"],
        parameters=json.loads(row["parameters"]),
        guidelines=words(row["guidelines"]),
        findings=row["findings"],
        files=row["files"],
        reused=row["reused"],
        log=tuple(json.loads(row["log"])),
        limitation=row["limitation"],
    )


def finding_row(run: int, f: RunFinding) -> tuple[Any, ...]:
    """In the order of FINDING_COLUMNS."""
    return (
        run, f.check, text(f.rule), int(f.severity), f.confidence, text(f.message), text(f.path), raw(f.raw_path),
        f.file_sha256, f.number, f.line, f.column, f.start, f.end, text(f.snippet), f.fingerprint, f.state,
        _dump_words(f.guidelines), text(f.remediation), _dump_words(f.references), int(f.secret),
    )  # fmt: skip


def read_finding(row: Sequence[Any]) -> RunFinding:
    """The inverse, from a tuple in the order of FINDING_COLUMNS."""
    (_, check, rule, severity, confidence, message, path, raw_path, file_sha256, number, line, column, start, end,
     snippet, fingerprint, state, guidelines, remediation, references, secret) = row  # fmt: skip
    return RunFinding(
        check, rule, Severity(severity), confidence, message, path, name(raw_path), file_sha256, number, line, column,
        start, end, snippet, fingerprint, state, words(guidelines), remediation, words(references), bool(secret),
    )  # fmt: skip


def fact_row(run: int, f: RunFact) -> tuple[Any, ...]:
    """In the order of FACT_COLUMNS."""
    grade = None if f.grade is None else int(f.grade)
    return (
        run, f.check, f.group, text(f.name), text(f.value), text(f.path), f.file_sha256, f.number, grade, f.state,
        text(f.was),
    )  # fmt: skip


def read_fact(row: Sequence[Any]) -> RunFact:
    """The inverse, from a tuple in the order of FACT_COLUMNS."""
    _, check, group, name, value, path, file_sha256, number, grade, state, was = row
    severity = None if grade is None else Severity(grade)
    return RunFact(check, group, name, value, path, file_sha256, number, severity, state, was)


def component_row(run: int, c: Component) -> tuple[Any, ...]:
    """In the order of COMPONENT_COLUMNS."""
    return (run, *map(text, (c.name, c.version, c.purl, c.path, c.origin, c.scope, c.licence, c.detail)))


def read_component(row: Sequence[Any]) -> Component:
    """The inverse, from a tuple in the order of COMPONENT_COLUMNS."""
    return Component(*row[1:])


def read_run(
    row: Row,
    artifact: Artifact,
    checks: tuple[CheckResult, ...] = (),
    findings: tuple[RunFinding, ...] = (),
    facts: tuple[RunFact, ...] = (),
    inventory: tuple[Component, ...] = (),
) -> Run:
    """From a row of runs."""
    isolation = json.loads(row["isolation"])
    return Run(
        id=row["id"],
        submission=row["submission"],
        artifact=artifact,
        kind=row["kind"],
        profile=row["profile"],
        started=datetime.fromisoformat(row["started"]),
        finished=datetime.fromisoformat(row["finished"]) if row["finished"] else None,
        isolation=Isolation(
            isolation["launcher"], isolation["full"], tuple(isolation["gives"]), tuple(isolation["lacks"])
        ),
        tree=TreeSummary(**json.loads(row["tree"])) if row["tree"] else None,
        baseline=Artifact(**json.loads(row["baseline"])) if row["baseline"] else None,
        checks=checks,
        findings=findings,
        cancelled=bool(row["cancelled"]),
        tool=row["tool"] or "",
        inventory=inventory,
        facts=facts,
    )
