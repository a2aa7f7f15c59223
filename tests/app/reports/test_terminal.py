"""The report on a terminal: compact, plain when piped, and never a control sequence of the submission's."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from app.checklist import Status
from app.guidelines import Requirement
from app.model import Isolation, Run, RunFinding
from app.reports import ReportData, build_report, render
from checks import Outcome

SGR = re.compile(r"\x1b\[[0-9;]*m")


def test_one_line_a_finding_then_sums_then_gaps(report: ReportData) -> None:
    lines = render(report, "text").decode().splitlines()
    assert lines[0].startswith("acme-notes-2.5.0.zip  download, 12,345 bytes, sha256 aaaa")
    assert "lib/config.js:12:5 high secrets/aws_key An AWS access key stands in the source (confirmed)" in lines
    assert "a.jar!/b/été 1.js:1 medium secrets/generic Looks like a password (false positive)" in lines
    assert "icon.png low mime_type/mismatch Named .png, but it is a script" in lines
    assert "(package) info hidden_unicode/whole The package declares no encoding" in lines
    assert "4 findings: 1 high, 1 medium, 1 low, 1 info; 3 unresolved" in lines
    assert any(line.startswith("Checklist (standard): ") for line in lines)
    assert sum(line.startswith("Open and required: ") for line in lines) == 1
    assert "Decision: approved by Ana" in lines
    gap = lines.index("Did not run:")
    assert gap > lines.index("Decision: approved by Ana")
    assert "  Virus scan unavailable (required): no clamd answers: apt-get install clamav-daemon" in lines[gap:]
    assert lines[-1] == "Incomplete: a check that is needed did not run"


def test_required_open_items_are_named_and_advisory_ones_counted(report: ReportData) -> None:
    assert report.checklist is not None
    items = [dataclasses.replace(i, status=Status.MET, contradiction="") for i in report.checklist.items]

    def line(*changed: tuple[Status, Requirement]) -> list[str]:
        states = [dataclasses.replace(i, status=s, requirement=r) for i, (s, r) in zip(items, changed, strict=False)]
        listed = dataclasses.replace(report.checklist, items=(*states, *items[len(states) :]))
        text = render(dataclasses.replace(report, checklist=listed), "text").decode()
        return [line for line in text.splitlines() if line.startswith("Open and required")]

    first, second = items[0].guideline.id, items[1].guideline.id
    needed, advised = (Status.NEEDS_YOU, "required"), (Status.NOT_MET, "advisory")
    assert line((Status.MET, "required"), (Status.NOT_APPLICABLE, "required")) == []
    assert line((Status.DID_NOT_RUN, "required"), needed) == [
        f"Open and required: {first} (did not run), {second} (needs you)"
    ]
    assert line(needed, advised) == [f"Open and required: {first} (needs you); 1 advisory open"]
    assert line(advised, advised) == ["Open and required: none; 2 advisory open"]


def test_a_clean_and_complete_run_is_short(run_of: Callable[..., Run], check_of: Callable[..., object]) -> None:
    text = render(build_report(run_of(checks=(check_of("a", Outcome.CLEAN),), findings=())), "text").decode()
    assert "No findings" in text
    assert "Did not run" not in text and "Incomplete" not in text


def test_a_check_that_could_do_only_a_part_is_named(
    run_of: Callable[..., Run], check_of: Callable[..., object]
) -> None:
    limited = check_of("virus_scan", Outcome.CLEAN, limitation="Only test files\x1b[2J are recognised")
    text = render(build_report(run_of(checks=(limited,), findings=())), "text").decode()
    assert "Limited, so less than a pass:\n  Virus scan clean, limited: Only test files" in text
    assert "\x1b" not in text and "Did not run" not in text and "Incomplete" not in text


def test_fixed_findings_are_counted_not_listed(
    report_of: Callable[..., ReportData], run_of: Callable[..., Run], finding_of: Callable[..., RunFinding]
) -> None:
    base = run_of().artifact
    text = render(report_of(run_of(findings=(finding_of(state="fixed", path="gone.js"),), baseline=base)), "text")
    assert b"gone.js" not in text and b"0 new, 0 unchanged, 1 fixed" in text


def test_reduced_isolation_is_said(report_of: Callable[..., ReportData], run_of: Callable[..., Run]) -> None:
    run = run_of(isolation=Isolation("reduced", False, (), ("the network is reachable",)))
    assert b"Isolation was reduced (reduced): the network is reachable" in render(report_of(run), "text")


def test_colour_adds_nothing_but_colour(report: ReportData) -> None:
    plain, colored = (render(report, "text", color=color).decode() for color in (False, True))
    assert "\x1b" not in plain and "\x1b[" in colored
    assert SGR.sub("", colored) == plain


def test_hostile_text_is_inert(hostile: ReportData) -> None:
    for color in (False, True):
        text = SGR.sub("", render(hostile, "text", color=color).decode("utf-8"))
        assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", text) == []


@settings(max_examples=40)
@given(st.text(st.characters(), max_size=60))
def test_any_text_is_inert_and_keeps_to_its_line(hostile_of: Callable[[str], ReportData], text: str) -> None:
    shown = render(hostile_of(text), "text").decode("utf-8")
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown) == []
    assert len(shown.splitlines()) == len(render(hostile_of("x"), "text").decode().splitlines())
