"""Grades, bounds and names of the findings about an archive's structure."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from checks.downloads.archive_structure import archive_structure
from checks.runtime.catalog import load_check
from checks.runtime.model import Finding, Severity, Unchecked
from checks.runtime.package import Blobs, Entry, LeftOut, Package

ROOT = Path(__file__).resolve().parents[3]
RULES = tomllib.loads((ROOT / "resources/rules/archive_structure.toml").read_text())["rules"]
SPEC = load_check(archive_structure.__module__)


def package(*left_out: LeftOut, entries: tuple[Entry, ...] = ()) -> Package:
    return Package(entries, Blobs(None, None), left_out=left_out)


def test_every_rule_that_unpacking_knows_is_graded() -> None:
    source = "".join(p.read_text() for p in (ROOT / "checks/runtime").glob("archives/*.py"))
    source += (ROOT / "checks/runtime/unpack.py").read_text()
    said = set(re.findall(r'(?:leave_out|_say|Refused|yield|problem =|rule, bound =)\(?\s*\(?\(?"([a-z_]+)", ', source))
    assert {"traversal", "bomb_ratio", "limit_bytes", "damaged", "trailing_data", "overlap"} <= said
    assert said <= set(RULES), "a rule without a grade in archive_structure.toml"
    for rule in RULES.values():
        Severity.parse(rule["severity"])
        assert rule["remediation"]


def test_clean(run_check: Any) -> None:
    entry = Entry(0, "a.js", "file", 1, 0, "pack", "")
    assert run_check(SPEC, package(entries=(entry,))) == []


def test_an_empty_package_is_told(run_check: Any) -> None:
    (finding,) = run_check(SPEC, package())
    assert (finding.rule, finding.severity) == ("empty", Severity.HIGH)


def test_a_finding_belongs_to_its_entry_and_names_it(run_check: Any) -> None:
    entry = Entry(0, "../a\u202e.js", "file", 0, 0, "pack", "")
    (finding,) = run_check(SPEC, package(LeftOut("traversal", "../a\u202e.js", "it climbs"), entries=(entry,)))
    assert isinstance(finding, Finding)
    assert (finding.file, finding.severity, finding.rule) == (0, Severity.HIGH, "traversal")
    assert finding.message == "../a\\u202e.js: it climbs"


def test_an_entry_that_is_not_there_is_shown_at_its_archive(run_check: Any) -> None:
    entry = Entry(0, "a.zip", "file", 0, 0, "pack", "")
    (finding,) = run_check(SPEC, package(LeftOut("duplicate", "a.zip!/x", "twice", 0), entries=(entry,)))
    assert finding.file == 0 and finding.message == "a.zip!/x: twice"


def test_what_nobody_looked_at_is_said(run_check: Any) -> None:
    for rule, grade in RULES.items():
        results = run_check(SPEC, package(LeftOut(rule, "x", "reason")))
        assert any(isinstance(r, Unchecked) for r in results) is grade.get("unchecked", False), rule
    assert all(RULES[rule].get("unchecked") for rule in RULES if rule.startswith(("limit_", "bomb_")))


def test_a_flood_is_summed_up(run_check: Any) -> None:
    results = run_check(SPEC, package(*(LeftOut("encrypted", f"f{n}", "locked") for n in range(250))))
    findings = [r for r in results if isinstance(r, Finding)]
    assert len(findings) == 201
    assert findings[-1].message == "50 more findings of the kind 'encrypted' are not listed one by one"
    assert len(results) - len(findings) == 200


def test_a_long_name_is_shortened(run_check: Any) -> None:
    (finding,) = run_check(SPEC, package(LeftOut("traversal", "a" * 9000, "it climbs")))
    assert len(finding.message) < 300
