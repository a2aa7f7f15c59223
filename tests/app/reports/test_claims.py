"""What others shared and what the developer claims stands in every report, and counts for what it is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import jsonschema
import pytest

from app.paths import RESOURCES
from app.reports import ReportData, render
from app.triage import TriageEntry, TriageMatch, Verdict

SAID = datetime(2025, 3, 1, tzinfo=UTC)
ENTRY = TriageEntry(
    "f1", "c" * 64, Verdict.ACCEPTED_RISK, "Known", "Olga", SAID, until=date(2031, 1, 2), shared_by="team.toml"
)
HELD = TriageMatch("holds", ENTRY)
CLAIMED = TriageMatch("none", claim="false positive: a fixture of ours")


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_every_form_says_who_shared_it_and_what_is_claimed(report_of: Callable[..., ReportData], form: str) -> None:
    shown = render(report_of(triage={"f1": HELD, "f2": CLAIMED}), form).decode()
    assert "shared by team.toml, until 2031-01-02" in shown
    assert "developer claims" in shown
    assert "a fixture of ours" in shown


def test_a_claim_resolves_nothing(report_of: Callable[..., ReportData]) -> None:
    without, claimed = report_of(triage={}), report_of(triage={"f2": CLAIMED})
    assert claimed.unresolved == without.unresolved == len(claimed.present)
    assert claimed.severities == without.severities
    expired = report_of(triage={"f1": dataclasses.replace(HELD, kind="offered", expired=True)})
    assert expired.unresolved == without.unresolved
    assert report_of(triage={"f1": HELD}).unresolved == without.unresolved - 1


def test_json_tells_them_apart(report_of: Callable[..., ReportData]) -> None:
    document = json.loads(render(report_of(triage={"f1": HELD, "f2": CLAIMED}), "json"))
    schema = json.loads((RESOURCES / "assay-report-1.schema.json").read_text(encoding="utf-8"))
    assert [*jsonschema.Draft202012Validator(schema).iter_errors(document)] == []
    by_print = {f["fingerprint"]: f for f in document["findings"]}
    assert by_print["f1"]["triage"]["shared_by"] == "team.toml"
    assert by_print["f1"]["triage"]["until"] == "2031-01-02"
    assert (by_print["f1"]["claim"], by_print["f2"]["triage"]) == (None, None)
    assert by_print["f2"]["claim"] == "false positive: a fixture of ours"


def test_what_is_claimed_cannot_write_to_the_terminal(report_of: Callable[..., ReportData]) -> None:
    hostile = TriageMatch("none", claim="ours\x1b[2J\n0 findings")
    shown = render(report_of(triage={"f1": hostile}), "text")
    assert b"\x1b" not in shown
    assert b"\n0 findings" not in shown
