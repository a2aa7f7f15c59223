"""What the notes say of the package itself."""

from __future__ import annotations

import dataclasses

import pytest

from app.model import Component, Run, RunFact
from app.reports import ReportData, render
from app.reports.about_package import LISTED, describe_inventory, list_facts, summarize
from checks import Severity

FACTS = (
    RunFact("manifest", "package", "name", "Acme Notes"),
    RunFact("manifest", "package", "version", "2.5.0", state="changed", was="2.4.1"),
    RunFact("manifest", "package", "publisher", "Acme"),
    RunFact("permissions", "permission", "storage", "keeps settings", grade=Severity.INFO, state="unchanged"),
    RunFact("permissions", "permission", "<all_urls>", "reads every page", grade=Severity.HIGH, state="new"),
    RunFact("signature", "signature", "XPI", "valid: CN=Acme"),
    RunFact("indicators", "address", "url", "https://example.invalid/"),
)


@pytest.fixture
def run(report: ReportData) -> Run:
    return dataclasses.replace(report.run, facts=FACTS)


def test_the_riskiest_permission_comes_first_with_what_changed(run: Run) -> None:
    rows = {row.label: row.value for row in list_facts(run)}
    assert list(rows)[3:5] == ["Permission: <all_urls>", "Permission: storage"]
    assert rows["Permission: <all_urls>"] == "reads every page (high, new)"
    assert rows["Manifest: version"] == "2.5.0 (was 2.4.1)"


def test_addresses_are_not_listed(run: Run) -> None:
    assert not any("example.invalid" in row.value for row in list_facts(run))


def test_a_group_has_an_end(run: Run) -> None:
    many = tuple(RunFact("m", "entry", f"e{n}", "x") for n in range(LISTED + 5))
    rows = list_facts(dataclasses.replace(run, facts=many, inventory=()))
    assert len(rows) == LISTED + 1 and rows[-1].value.startswith("5 more")


def test_a_terminal_says_the_essence(run: Run) -> None:
    assert summarize(dataclasses.replace(run, inventory=())) == [
        "Package: Acme Notes 2.5.0 by Acme",
        "Permissions: 2, among them <all_urls> (high, new)",
        "Signature: XPI: valid: CN=Acme",
    ]


def test_the_inventory_in_a_line(run: Run) -> None:
    parts = (Component("a", "1", "pkg:npm/a@1", "p"), Component("b", "1", "pkg:npm/b@1", "p", "observed"))
    told = describe_inventory(dataclasses.replace(run, inventory=parts))
    assert told == "2 components (1 declared, 1 observed): 2 npm"
    assert describe_inventory(dataclasses.replace(run, inventory=())) == ""


@pytest.mark.parametrize("format", ["text", "md", "html", "json"])
def test_every_format_says_it(report: ReportData, run: Run, format: str) -> None:
    shown = render(dataclasses.replace(report, run=run), format).decode()
    assert "Acme Notes" in shown and "all_urls" in shown and "CN=Acme" in shown
