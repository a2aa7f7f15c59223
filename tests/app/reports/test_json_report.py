"""The JSON report: names that other tools rely on, valid against its schema, complete, whatever the text."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model import Run, RunFinding
from app.paths import RESOURCES
from app.reports import ReportData, build_report, render
from checks import Outcome

SCHEMA = json.loads((RESOURCES / "assay-report-1.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def read(data: ReportData) -> Any:
    return json.loads(render(data, "json").decode("utf-8"))


def faults(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_names_of_the_design(report: ReportData) -> None:
    document = read(report)
    assert faults(document) == []
    assert document["schema"] == "assay-report/1"
    names = {"schema", "tool", "artifact", "baseline", "profile", "isolation", "checks", "findings", "checklist"}
    assert names | {"inventory", "summary"} <= document.keys()
    assert {"name", "sha256", "size", "kind"} <= document["artifact"].keys()
    assert {"id", "outcome", "seconds", "reason", "parameters", "findings"} <= document["checks"][0].keys()
    assert {"guideline", "status", "evidence", "answer"} <= document["checklist"][0].keys()
    first = document["findings"][0]
    named = ["check", "rule", "severity", "confidence", "message", "path", "line", "column", "snippet", "fingerprint"]
    assert list(first)[:14] == [*named, "state", "guidelines", "remediation", "references"]
    assert (first["severity"], first["path"], first["line"], first["column"]) == ("high", "lib/config.js", 12, 5)
    assert first["state"] is None


def test_the_summary_counts_and_says_what_did_not_run(report: ReportData) -> None:
    summary = read(report)["summary"]
    assert summary["severities"] == {"critical": 0, "high": 1, "medium": 1, "low": 1, "info": 1}
    assert summary["complete"] is False
    assert "virus_scan" in summary["missing"] and summary["did_not_run"] == ["virus_scan"]
    assert summary["limited"] == []
    # f2 is a false positive; the verdict on f3 is only offered and does not count
    assert (summary["findings"], summary["unresolved"]) == (4, 3)
    assert summary["decision"]["overrides"] == ["DL-02 Virus scan did not run"]
    assert summary["decision"]["reason"] == "Approved as an exception.\nSee the ticket."


def test_fixed_findings_are_listed_last_and_not_counted_as_present(
    report_of: Callable[..., ReportData], run_of: Callable[..., Run], finding_of: Callable[..., RunFinding]
) -> None:
    findings = (finding_of(state="fixed"), finding_of(state="new", fingerprint="n", path="z.js"))
    document = read(report_of(run_of(findings=findings)))
    assert [f["state"] for f in document["findings"]] == ["new", "fixed"]
    assert document["summary"]["severities"]["high"] == 1
    assert document["summary"]["states"] == {"new": 1, "unchanged": 0, "fixed": 1}


def test_the_reviewers_note_stays_inside(report: ReportData) -> None:
    assert b"INTERNAL-NOTE" not in render(report, "json")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_complete_without_a_checklist_only_where_every_check_ran(
    outcome: Outcome, run_of: Callable[..., Run], check_of: Callable[..., Any]
) -> None:
    data = build_report(run_of(checks=(check_of("a", Outcome.CLEAN), check_of("b", outcome)), findings=()))
    assert data.complete is outcome.ran
    assert read(data)["summary"]["missing"] == ([] if outcome.ran else ["b"])


def test_the_summary_names_the_checks_that_were_limited(run_of: Callable[..., Run], check_of: Any) -> None:
    limited = [check_of(id, outcome, limitation="half of it") for id, outcome in zip("abc", Outcome, strict=False)]
    document = read(build_report(run_of(checks=tuple(limited), findings=())))
    assert faults(document) == []
    # a check that was skipped had nothing to do badly
    assert [c.outcome for c in limited] == [Outcome.CLEAN, Outcome.FOUND, Outcome.SKIPPED]
    assert document["summary"]["limited"] == ["a", "b"]


@pytest.mark.parametrize("cut", [{"cancelled": True}, {"finished": None}, {"checks": ()}])
def test_never_complete_when_cut_off(cut: dict[str, Any], run_of: Callable[..., Run], check_of: Any) -> None:
    run = run_of(**({"checks": (check_of("a", Outcome.CLEAN),), "findings": ()} | cut))
    document = read(build_report(run))
    assert faults(document) == []
    assert document["summary"]["complete"] is False


def test_a_decision_on_other_bytes_is_left_out(run_of: Callable[..., Run], report: ReportData) -> None:
    other = run_of(artifact=type(report.artifact)("9" * 64, "", "", 1, "x"))
    assert build_report(other, decision=report.decision).decision is None


def test_hostile_text_stays_valid(hostile: ReportData) -> None:
    raw = render(hostile, "json")
    assert faults(json.loads(raw.decode("utf-8"))) == []
    assert not any((byte < 32 and byte != 10) or byte == 127 for byte in raw)
    assert "\u202e" not in raw.decode()


@settings(max_examples=40)
@given(st.text(st.characters(), max_size=60))
def test_any_text_stays_valid(hostile_of: Callable[[str], ReportData], text: str) -> None:
    assert faults(read(hostile_of(text))) == []


def test_odd_parameters_become_json(run_of: Callable[..., Run], check_of: Any) -> None:
    odd = {"b": math.inf, "a": frozenset({"y", "x"}), "c": (1, None, True), "d": {"k": math.nan}}
    document = read(build_report(run_of(checks=(check_of("a", Outcome.CLEAN, parameters=odd),), findings=())))
    assert faults(document) == []
    assert document["checks"][0]["parameters"] == {"a": ["x", "y"], "b": "inf", "c": [1, None, True], "d": {"k": "nan"}}


def test_the_same_report_is_the_same_bytes(report_of: Callable[..., ReportData], run_of: Callable[..., Run]) -> None:
    run = run_of()
    backwards = run_of(findings=run.findings[::-1], checks=run.checks[::-1])
    assert render(report_of(run), "json") == render(report_of(backwards), "json")


@pytest.mark.parametrize("spoil", ["extra", "severity", "line", "missing"])
def test_the_schema_is_strict(report: ReportData, spoil: str) -> None:
    document = copy.deepcopy(read(report))
    if spoil == "extra":
        document["findings"][0]["extra"] = 1
    elif spoil == "severity":
        document["findings"][0]["severity"] = "HIGH"
    elif spoil == "line":
        document["findings"][0]["line"] = 0
    else:
        del document["summary"]["complete"]
    assert len(faults(document)) == 1


def test_twenty_thousand_findings_under_two_seconds(big_report: ReportData) -> None:
    began = time.process_time()
    raw = render(big_report, "json")
    assert time.process_time() - began < 2
    assert len(json.loads(raw)["findings"]) == 20_000


def test_an_unknown_format_is_named(report: ReportData) -> None:
    with pytest.raises(ValueError, match=r"no report format 'docx': use one of text, json"):
        render(report, "docx")
