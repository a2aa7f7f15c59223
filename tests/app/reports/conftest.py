"""A review as it happens, and the same one with every text hostile."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.checklist import Answer, build_checklist, gather_evidence
from app.guidelines import load_guidelines, load_profile
from app.model import (
    Artifact,
    CheckResult,
    Component,
    Decision,
    Isolation,
    Run,
    RunFact,
    RunFinding,
    Submission,
    TreeSummary,
)
from app.reports import ReportData, build_report
from app.triage import TriageEntry, TriageMatch, Verdict
from app.views import Change, Comparison
from checks import Outcome, Severity

NOW = datetime(2025, 3, 1, 12, 30, tzinfo=UTC)
DECLARED = {"virus_scan": ["DL-02"], "secrets": ["DL-08"], "mime_type": ["DL-01"], "hidden_unicode": ["DL-07"]}

# what each format has to survive, in every place where a submission can put text
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> & \"'",
    "[click](https://evil.example/x) ![pic](https://evil.example/y.png) <https://evil.example>",
    "see https://evil.example/a or www.evil.example or mailto:me@evil.example or me@evil.example",
    "```\n# Approved\n```js\n~~~\n````",
    "`` a ` b ``` c",
    "| a | b |\n| --- | --- |\n* x\n1. y\n> z\n# w\n---\n===",
    "\x1b[31mred\x1b]0;title\x07\x1b[2J\x9b31m\r\nhidden\x00\x08",
    "a\u202egnp.exe \u200b\u2066x\u2069 \ufeff \U000e0041",
    "lone \ud800 \udcff surrogates \udfff",
    "{{ 7*7 }} {% include '/etc/passwd' %} ${7*7} {0} %s",
    "&lt;b&gt; &#x3c;b&#x3e; \\<b\\> \\` \\",
    "../../etc/passwd",
    "漢字 ελληνικά עברית عربي 🙂 \u0301\u0301",
    "",
    " ",
    "x" * 3000,
)


def make_finding(**changed: Any) -> RunFinding:
    finding = RunFinding(
        check="secrets",
        rule="aws_key",
        severity=Severity.HIGH,
        confidence="high",
        message="An AWS access key stands in the source",
        path="lib/config.js",
        raw_path="lib/config.js",
        file_sha256="b" * 64,
        number=3,
        line=12,
        column=5,
        start=300,
        end=320,
        snippet='const key = "AKIA••••••••";',
        fingerprint="f1",
        state=None,
        guidelines=("DL-08",),
        remediation="Revoke the key and read it from the environment.",
        references=("CWE-798", "https://cwe.mitre.org/data/definitions/798.html"),
        secret=True,
    )
    return dataclasses.replace(finding, **changed)


def make_check(id: str, outcome: Outcome, findings: int = 0, **changed: Any) -> CheckResult:
    title = id.replace("_", " ").capitalize()
    check = CheckResult(id, title, outcome, 1.25, "", {}, tuple(DECLARED.get(id, ())), findings, files=10, reused=2)
    return dataclasses.replace(check, **changed)


FINDINGS = (
    make_finding(),
    make_finding(
        rule="generic",
        severity=Severity.MEDIUM,
        message="Looks like a password",
        path="a.jar!/b/été 1.js",
        raw_path="a.jar!/b/été 1.js",
        fingerprint="f2",
        file_sha256="c" * 64,
        line=1,
        column=None,
        state=None,
    ),
    make_finding(
        check="mime_type",
        rule="mismatch",
        severity=Severity.LOW,
        message="Named .png, but it is a script",
        path="icon.png",
        raw_path="icon.png",
        fingerprint="f3",
        line=None,
        column=None,
        start=None,
        end=None,
        snippet="",
        secret=False,
        references=(),
        remediation="",
    ),
    make_finding(
        check="hidden_unicode",
        rule="whole",
        severity=Severity.INFO,
        message="The package declares no encoding",
        path="",
        raw_path="",
        number=None,
        fingerprint="f4",
        line=None,
        column=None,
        start=None,
        end=None,
        snippet="",
        secret=False,
    ),
)
CHECKS = (
    make_check(
        "secrets", Outcome.FOUND, 2, parameters={"minimum": 3.5, "allow": ("a", "b"), "kinds": frozenset({"z", "y"})}
    ),
    make_check("mime_type", Outcome.FOUND, 1),
    make_check("hidden_unicode", Outcome.FOUND, 1),
    make_check("virus_scan", Outcome.UNAVAILABLE, reason="no clamd answers: apt-get install clamav-daemon"),
)


def make_run(**changed: Any) -> Run:
    run = Run(
        id=1,
        submission=1,
        artifact=Artifact("a" * 64, "d" * 32, "e" * 40, 12345, "acme-notes-2.5.0.zip"),
        kind="download",
        profile="standard",
        started=NOW,
        finished=NOW.replace(minute=31),
        isolation=Isolation("bubblewrap", True, ("no network", "read-only package"), ()),
        tree=TreeSummary("zip", "webext", "Acme Notes", "2.5.0", "download", 12, 10, 54321, 1),
        baseline=None,
        checks=CHECKS,
        findings=FINDINGS,
        tool="assay 0.1.0",
        inventory=(Component("left-pad", "1.3.0", "pkg:npm/left-pad@1.3.0", "node_modules/left-pad", "observed"),),
    )
    return dataclasses.replace(run, **changed)


def make_submission(**changed: Any) -> Submission:
    artifact = make_run().artifact
    about = Submission(1, artifact, "Acme Notes", "2.5.0", "download", "webext", "Acme Ltd", "local", NOW)
    return dataclasses.replace(about, **changed)


def make_triage(fingerprint: str, verdict: Verdict, reason: str, kind: Any = "holds") -> TriageMatch:
    return TriageMatch(kind, TriageEntry(fingerprint, "c" * 64, verdict, reason, "Ana", NOW))


TRIAGE = {
    "f1": make_triage("f1", Verdict.CONFIRMED, "a live key"),
    "f2": make_triage("f2", Verdict.FALSE_POSITIVE, "a test fixture"),
    "f3": make_triage("f3", Verdict.ACCEPTED_RISK, "internal icon", "offered"),
}
DECISION = Decision(
    1,
    1,
    "a" * 64,
    "approve",
    "Approved as an exception.\nSee the ticket.",
    ("DL-02 Virus scan did not run",),
    "Ana",
    NOW,
)


def make_report(
    run: Run | None = None,
    triage: dict[str, TriageMatch] | None = None,
    answers: dict[str, Answer] | None = None,
    **changed: Any,
) -> ReportData:
    """A full review of the practice extension; every part can be given instead."""
    run = run or make_run()
    triage = TRIAGE if triage is None else triage
    said = {"DL-12": Answer("DL-12", "not_met", "no privacy notice", "Ana", NOW)} if answers is None else answers
    evidence = gather_evidence(
        DECLARED, run.checks, run.findings, lambda f: triage[f.fingerprint].verdict if f.fingerprint in triage else None
    )
    checklist = build_checklist("download", load_profile("standard"), load_guidelines(), evidence, said)
    given: dict[str, Any] = {
        "submission": make_submission(),
        "checklist": checklist,
        "triage": triage,
        "decision": DECISION,
        "note": "Called the developer.\n\nINTERNAL-NOTE: they will rotate the key.",
        "reviewer": "Ana",
        "comparison": Comparison(
            "acme-notes-2.4.1.zip",
            (
                Change("changed", "lib/config.js", "lib/config.js", 1, 1, 100, 120, 80),
                Change("added", "", "icon.png", None, 2, 0, 300),
                Change("renamed", "old.js", "new.js", 3, 3, 10, 10, 100),
            ),
            7,
        ),
    }
    return build_report(run, **(given | changed))


def make_hostile(text: str) -> ReportData:
    """The same review with `text` wherever a submission, a developer or a broken worker can put some."""
    findings = tuple(
        dataclasses.replace(
            f,
            rule=text or "r",
            message=text,
            path=text,
            raw_path=text,
            snippet=text,
            remediation=text,
            references=(text,),
            state="new",
        )
        for f in FINDINGS
    )
    checks = tuple(dataclasses.replace(c, title=text, reason=text, parameters={text: [text]}) for c in CHECKS)
    artifact = dataclasses.replace(make_run().artifact, name=text)
    run = make_run(
        artifact=artifact,
        findings=findings,
        checks=checks,
        baseline=artifact,
        tree=TreeSummary(text, text, text, text, "download", 1, 1, 1, 0),
        isolation=Isolation("reduced", False, (text,), (text,)),
        inventory=(Component(text, text, "", text),),
        facts=(RunFact("manifest", "package", text, text, text),),
    )
    about = make_submission(artifact=artifact, title=text, version=text, family=text, developer=text, source=text)
    decision = dataclasses.replace(DECISION, reason=text, overrides=(text,), reviewer=text)
    comparison = Comparison(text, (Change("renamed", text, text, 1, 1, 1, 1, 90),), 0)
    said = {"DL-12": Answer("DL-12", "not_met", text, text, NOW)}
    return make_report(
        run,
        submission=about,
        decision=decision,
        comparison=comparison,
        note=text,
        reviewer=text,
        answers=said,
    )


def make_big(number: int) -> ReportData:
    """`number` findings over 500 files."""
    findings = tuple(
        make_finding(
            path=f"src/part{n % 500}/module.js",
            raw_path=f"src/part{n % 500}/module.js",
            line=n + 1,
            fingerprint=f"{n:032x}",
            severity=Severity(n % 5),
            rule=f"rule{n % 40}",
        )
        for n in range(number)
    )
    return make_report(make_run(findings=findings), triage={})


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def hostile(request: pytest.FixtureRequest) -> ReportData:
    return make_hostile(request.param)


@pytest.fixture
def report() -> ReportData:
    return make_report()


@pytest.fixture(scope="session")
def report_of() -> Callable[..., ReportData]:
    return make_report


@pytest.fixture(scope="session")
def hostile_of() -> Callable[[str], ReportData]:
    return make_hostile


@pytest.fixture(scope="session")
def run_of() -> Callable[..., Run]:
    return make_run


@pytest.fixture(scope="session")
def finding_of() -> Callable[..., RunFinding]:
    return make_finding


@pytest.fixture(scope="session")
def check_of() -> Callable[..., CheckResult]:
    return make_check


@pytest.fixture(scope="session")
def big_report() -> ReportData:
    return make_big(20_000)
