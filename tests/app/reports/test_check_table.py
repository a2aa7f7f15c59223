"""The page of checks is what the code says, and a table that stays one."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from app.guidelines import load_guidelines
from app.reports.check_table import TARGET, main, render_check_table
from checks.runtime.catalog import CheckSpec, load_catalog

CATALOG = load_catalog()


def rows_of(page: str) -> list[list[str]]:
    """The text of each cell of each row, as a reader of the rendered page sees it."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(page):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level >= 4:
            rows[-1].append("".join(c.content for c in token.children or () if c.type != "html_inline"))
    return rows


def test_the_page_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == render_check_table(CATALOG), "run: make docs"


def test_every_check_has_a_row_with_its_guidelines_and_a_source() -> None:
    rows = {row[0]: row for row in rows_of(render_check_table(CATALOG)) if row[0] != "Check"}
    assert rows.keys() == CATALOG.keys()
    for id, row in rows.items():
        assert len(row) == 8 and row[1] == CATALOG[id].summary
        assert all(guideline in row[6] for guideline in CATALOG[id].guidelines)
        assert row[7], f"{id} has no source"
    assert "clamd" in rows["virus_scan"]


def test_every_named_guideline_exists() -> None:
    named = {guideline for spec in CATALOG.values() for guideline in spec.guidelines}
    assert named <= load_guidelines().keys()


@pytest.mark.parametrize("title", ["a | b", "`a | b`", "<b>x</b>", "[x](https://evil.example)", "a \\| b", "x\ny"])
def test_a_title_cannot_break_the_table(title: str) -> None:
    spec: CheckSpec = next(iter(CATALOG.values()))
    page = render_check_table({spec.id: dataclasses.replace(spec, summary=title, parameters={})})
    row = next(row for row in rows_of(page) if row[0] == spec.id)
    assert len(row) == 8 and row[1] == title.replace("\n", "\\n")


def test_sets_are_written_in_one_order() -> None:
    spec = dataclasses.replace(next(iter(CATALOG.values())), parameters={"names": frozenset("dcab")})
    assert "names = ['a', 'b', 'c', 'd']" in render_check_table({spec.id: spec})


def test_it_writes_and_checks_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "docs" / "checks.md"
    assert main(["--check"], target) == 1
    assert re.search(r"checks\.md is out of date: run make docs", capsys.readouterr().err)
    assert main([], target) == 0
    assert main(["--check"], target) == 0
    target.write_text(target.read_text(encoding="utf-8") + "x", encoding="utf-8")
    assert main(["--check"], target) == 1
