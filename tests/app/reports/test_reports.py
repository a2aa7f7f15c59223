"""The package of reports as the command line meets it: quick to import, one door for every format."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.checklist import Answer
from app.model import CheckResult, Run
from app.paths import ROOT
from app.reports import FORMATS, SUFFIXES, ReportData, render
from app.reports.notes import outline
from checks import Outcome

DEAR = {"jinja2", "fpdf", "fontTools", "PIL", "rich", "markdown_it", "jsonschema"}


def loaded_after(statement: str) -> set[str]:
    loaded = "print(*{name.partition('.')[0] for name in sys.modules})"
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {statement}; {loaded}"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["app.reports", "app.reports.json_report", "app.reports.terminal"])
def test_importing_costs_no_library(module: str) -> None:
    assert loaded_after(f"import {module}") & DEAR == set()


def test_every_format_has_a_suffix(report: ReportData) -> None:
    assert FORMATS.keys() == SUFFIXES.keys()
    for format in FORMATS:
        assert render(report, format)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_nothing_found_and_nothing_known_is_a_report_too(format: str, run_of, report: ReportData) -> None:
    from app.reports import build_report

    bare = run_of(checks=(), findings=(), tree=None, inventory=(), tool="", finished=None, cancelled=True)
    assert render(build_report(bare), format)


@pytest.fixture
def limited(
    report_of: Callable[..., ReportData], run_of: Callable[..., Run], check_of: Callable[..., CheckResult]
) -> ReportData:
    """Everything ran, the virus scan with too few signatures, and a reviewer said that it will do."""
    scan = check_of("virus_scan", Outcome.CLEAN, limitation="Only test files are recognised")
    checks = (scan, *(c for c in run_of().checks if c.id != scan.id))
    said = Answer("DL-02", "met", "scanned in the mail gateway", "Ana", datetime(2025, 3, 1, tzinfo=UTC))
    options: dict[str, Any] = {"missing": (), "answers": {"DL-02": said}}
    return report_of(run_of(checks=checks), **options)


@pytest.mark.parametrize("format", ["md", "html"])
def test_what_was_limited_is_said_wherever_the_scan_speaks(format: str, limited: ReportData) -> None:
    text = re.sub(r"<[^>]*>", "", render(limited, format).decode())
    assert limited.complete
    assert "The battery is complete, but limited" in text
    assert "Every check of the battery ran" not in text and "every required check ran" not in text
    gaps = text[text.rindex("What did not run") :]
    assert "Only test files are recognised" in gaps[: gaps.index("Findings")]
    item = text[text.index("DL-02") :]
    assert "scanned in the mail gateway" in item
    assert "clean, limited: Only test files are recognised" in item[: item.index("DL-05")]
    assert "clean, limited, 1.2 s: Only test files are recognised" in text[text.rindex("Battery") :]


def test_an_approval_on_a_limited_check_is_not_green(limited: ReportData) -> None:
    assert outline(limited, "md").tone == "open"
    assert all(gap.tone == "open" for gap in outline(limited, "md").gaps)


@pytest.mark.parametrize("format", ["text", "md", "html", "sarif"])
def test_a_check_is_called_by_its_title(
    format: str,
    report_of: Callable[..., ReportData],
    run_of: Callable[..., Run],
    check_of: Callable[..., CheckResult],
) -> None:
    scan = check_of("virus_scan", Outcome.UNAVAILABLE, title="Scan for viruses")
    text = render(report_of(run_of(checks=(scan,), findings=()), missing=("virus_scan", "mime_type")), format).decode()
    assert "Scan for viruses" in text
    # it took no part: what the checklist calls it
    assert "Mime type" in text
    if format != "sarif":
        assert "virus_scan" not in text and "mime_type" not in text
