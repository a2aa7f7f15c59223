"""The package of reports as the command line meets it: quick to import, one door for every format."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.paths import ROOT
from app.reports import FORMATS, SUFFIXES, ReportData, render

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
