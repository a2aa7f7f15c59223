"""SARIF, held against the schema of OASIS and against what other tools do with it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.checklist import Answer
from app.model import Run, RunFinding
from app.reports import ReportData, build_report, render
from app.reports.sarif import to_uri
from checks import Outcome, Severity

SCHEMA = json.loads(
    (Path(__file__).resolve().parents[2] / "data" / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
URI = re.compile(r"(?:[A-Za-z0-9._~!/-]|%[0-9A-F]{2})+")


def read(data: ReportData) -> Any:
    document = json.loads(render(data, "sarif").decode("utf-8"))
    assert [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)] == []
    return document["runs"][0]


def results_of(run: Any, prefix: str = "") -> list[Any]:
    return [r for r in run["results"] if r["ruleId"].startswith(prefix)]


def test_a_finding_with_place_rule_and_hash(report: ReportData) -> None:
    run = read(report)
    result = results_of(run, "secrets/aws_key")[0]
    assert (result["kind"], result["level"]) == ("fail", "error")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "secrets/aws_key"
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {
        "startLine": 12,
        "startColumn": 5,
        "byteOffset": 300,
        "byteLength": 20,
        "snippet": {"text": 'const key = "AKIA••••••••";'},
    }
    artifact = run["artifacts"][place["artifactLocation"]["index"]]
    assert artifact["location"]["uri"] == place["artifactLocation"]["uri"] == "lib/config.js"
    assert artifact["hashes"]["sha-256"] == "b" * 64
    assert result["partialFingerprints"] == {"assayFingerprint/v1": "f1"}
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert "external/cwe/cwe-798" in rule["properties"]["tags"]
    assert rule["helpUri"] == "https://cwe.mitre.org/data/definitions/798.html"


def test_names_are_percent_encoded(report: ReportData) -> None:
    result = results_of(read(report), "secrets/generic")[0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.jar!/b/%C3%A9t%C3%A9%201.js"


def test_info_fails_nothing(report: ReportData) -> None:
    result = results_of(read(report), "hidden_unicode/")[0]
    assert (result["kind"], result["level"]) == ("informational", "none")
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "acme-notes-2.5.0.zip", "index": 0}
    }


def test_only_a_verdict_that_holds_suppresses(report: ReportData) -> None:
    run = read(report)
    suppressions = {r["ruleId"]: r["suppressions"] for r in results_of(run)}
    assert [s["justification"] for s in suppressions["secrets/generic"]] == ["a test fixture"]
    assert suppressions["secrets/generic"][0]["status"] == "accepted"
    # confirmed, and only offered
    assert suppressions["secrets/aws_key"] == suppressions["mime_type/mismatch"] == []


def test_states_against_the_baseline(
    report_of: Callable[..., ReportData], run_of: Callable[..., Run], finding_of: Callable[..., RunFinding]
) -> None:
    findings = tuple(finding_of(state=s, fingerprint=str(s), rule=str(s)) for s in ("new", "unchanged", "fixed", None))
    run = read(report_of(run_of(findings=findings)))
    states = {r["ruleId"].partition("/")[2]: r.get("baselineState") for r in results_of(run, "secrets/")}
    assert states == {"new": "new", "unchanged": "unchanged", "fixed": "absent", "None": None}


def test_what_did_not_run_is_a_failed_invocation(report: ReportData) -> None:
    run = read(report)
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False
    notices = {n["descriptor"]["id"]: n for n in invocation["toolExecutionNotifications"]}
    assert notices["assay/unavailable"]["level"] == "error"
    assert "apt-get install clamav-daemon" in notices["assay/unavailable"]["message"]["text"]
    assert set(notices) <= {n["id"] for n in run["tool"]["driver"]["notifications"]}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_success_is_only_what_ran(outcome: Outcome, run_of: Callable[..., Run], check_of: Callable[..., Any]) -> None:
    data = build_report(run_of(checks=(check_of("a", outcome),), findings=()), missing=())
    assert read(data)["invocations"][0]["executionSuccessful"] is outcome.ran


def test_a_check_that_could_do_only_a_part_is_a_warning(
    run_of: Callable[..., Run], check_of: Callable[..., Any]
) -> None:
    limited = check_of("virus_scan", Outcome.CLEAN, limitation="Only test files are recognised")
    run = read(build_report(run_of(checks=(limited,), findings=()), missing=()))
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (notice["descriptor"]["id"], notice["level"]) == ("assay/limited", "warning")
    assert "Only test files are recognised" in notice["message"]["text"]
    assert notice["descriptor"]["id"] in {n["id"] for n in run["tool"]["driver"]["notifications"]}


def test_the_checklist_speaks_where_findings_do_not(report: ReportData) -> None:
    run = read(report)
    kinds = {r["ruleId"]: (r["kind"], r["level"]) for r in results_of(run, "guideline/")}
    assert kinds["guideline/DL-02"] == ("open", "none")
    assert ("review", "none") in kinds.values()
    assert kinds["guideline/DL-12"][0] == "fail"
    statuses = {item.guideline.id: item.status.value for item in report.checklist.items}
    assert all(statuses[rule.partition("/")[2]] not in ("met", "not_applicable") for rule in kinds)


def test_levels_follow_severity(
    report_of: Callable[..., ReportData], run_of: Callable[..., Run], finding_of: Callable[..., RunFinding]
) -> None:
    findings = tuple(finding_of(severity=s, rule=s.label) for s in Severity)
    levels = {r["ruleId"]: r["level"] for r in results_of(read(report_of(run_of(findings=findings))), "secrets/")}
    assert list(levels.values()) == ["error", "error", "warning", "note", "none"]


def test_a_message_makes_no_link(
    report_of: Callable[..., ReportData], run_of: Callable[..., Run], finding_of: Callable[..., RunFinding]
) -> None:
    run = read(report_of(run_of(findings=(finding_of(message="see [here](https://evil.example) and a[0]"),))))
    assert results_of(run, "secrets/")[0]["message"]["text"] == "see \\[here\\](https://evil.example) and a\\[0\\]"


def test_hostile_text_stays_valid(hostile: ReportData) -> None:
    run = read(hostile)
    for artifact in run["artifacts"]:
        assert URI.fullmatch(artifact["location"]["uri"])


@settings(max_examples=40)
@given(st.text(st.characters(), max_size=60))
def test_any_text_stays_valid(hostile_of: Callable[[str], ReportData], text: str) -> None:
    read(hostile_of(text))


@given(st.binary(min_size=1, max_size=40))
@example(b"//evil.example/x")
@example(b"..")
@example(b"a/../../b")
@example(b"C:/x")
@example(b"javascript:alert(1)")
def test_a_uri_gives_the_bytes_back_and_stays_inside(name: bytes) -> None:
    uri = to_uri(name.decode("utf-8", "surrogateescape"))
    assert URI.fullmatch(uri)
    decoded = unquote_to_bytes(uri)
    assert decoded == name or (name in (b".", b"..") and decoded == name + b"/")
    assert urljoin("https://base.example/root/", uri).startswith("https://base.example/root/")


def test_an_answer_alone_can_fail(report_of: Callable[..., ReportData], report: ReportData) -> None:
    said = {"DL-12": Answer("DL-12", "met", "seen", "Ana", report.run.started)}
    assert results_of(read(report_of(answers=said)), "guideline/DL-12") == []


def test_twenty_thousand_findings_are_complete_and_quick(big_report: ReportData) -> None:
    began = time.process_time()
    raw = render(big_report, "sarif")
    assert time.process_time() - began < 4
    assert len(results_of(json.loads(raw)["runs"][0], "secrets/")) == 20_000
