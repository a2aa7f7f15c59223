"""The Markdown notes, read back with a parser: hostile text stays text, and nothing is left out silently."""

from __future__ import annotations

import dataclasses
import itertools
import re
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.model import CheckResult, Run, RunFinding
from app.reports import ReportData, build_report, render
from app.reports.document import plain, plain_lines
from app.reports.markdown import code, escape, fence
from app.reports.notes import LISTED, outline
from checks import Outcome

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
FORBIDDEN = {"link_open", "image", "html_block", "html_inline", "table_open", "s_open", "em_open", "code_block"}
# what a code host would turn into a link by itself, were it left in prose
LINKS_ITSELF = re.compile(r"https?://|ftp://|www\.|\w@\w", re.IGNORECASE)

# text made of what Markdown is made of
markdown_text = st.text(
    st.one_of(st.sampled_from("`*_[]()<>#|~&!\\-+=>.:@/ \n\t\"'1a{}$^%;"), st.characters()), max_size=60
)
pieces = st.sampled_from(
    ["```", "~~~", "](", "![", "<a href=x>", "http://e.example", "www.e.example", "a@e.example", "- ", "1. ", "# "]
)
hostile_text = st.one_of(markdown_text, st.lists(st.one_of(pieces, markdown_text), max_size=5).map("".join))


def walk(text: str) -> Iterator[Token]:
    for token in PARSER.parse(text):
        yield token
        yield from token.children or ()


def check_inert(text: str) -> list[Token]:
    tokens = list(walk(text))
    assert FORBIDDEN & {token.type for token in tokens} == set()
    for token in tokens:
        if token.type == "inline":
            prose = "".join(c.content if c.type in ("text", "text_special") else "\0" for c in token.children or ())
            assert LINKS_ITSELF.search(prose) is None
    return tokens


def sections(tokens: list[Token]) -> list[str]:
    """The headings of the parts: no text from outside stands in one."""
    inline = [after.content for token, after in itertools.pairwise(tokens) if token.type == "heading_open"]
    levels = [token.tag for token in tokens if token.type == "heading_open"]
    return [content for level, content in zip(levels, inline, strict=True) if level == "h2"]


def text_of(tokens: list[Token]) -> str:
    return "".join(c.content for t in tokens if t.type == "inline" for c in t.children or ())


def test_the_notes_say_it_in_order(report: ReportData) -> None:
    tokens = check_inert(render(report, "md").decode())
    named = [
        "Decision",
        "Package",
        "Isolation",
        "What did not run",
        "Findings",
        "Checklist",
        "Battery",
        "Changes of files",
    ]
    assert sections(tokens) == [*named, "Notes of the reviewer", "For the developer"]
    text = text_of(tokens)
    for said in (
        "Acme Notes",
        "a" * 64,
        "12,345 bytes",
        "Approved with 1 override by Ana",
        "DL-02 Virus scan did not run",
        "no clamd answers: apt-get install clamav-daemon",
        "lib/config.js:12:5",
        "Ana said false positive on 2025-03-01: a test fixture",
        "Revoke the key and read it from the environment.",
        "INTERNAL-NOTE",
        "old.js → new.js",
    ):
        assert said in text, said


def test_the_developers_part_is_without_internals(report: ReportData) -> None:
    part = render(report, "md").decode().partition("## For the developer")[2]
    assert "lib/config.js:12:5" in part and "Revoke the key" in part
    # neither the note nor what triage, answers and the exception say; and no false positive
    for inside in ("INTERNAL-NOTE", "a live key", "Ana", "exception", "été", "false positive"):
        assert inside not in part, inside


def test_an_approval_over_something_open_does_not_look_like_one_without(
    report_of: Callable[..., ReportData], run_of: Callable[..., Run], check_of: Callable[..., CheckResult]
) -> None:
    approval = dataclasses.replace(report_of().decision or pytest.fail("no decision"), overrides=())
    clean = run_of(checks=(check_of("secrets", Outcome.CLEAN),), findings=())
    tones = [
        (outline(report_of(), "md").tone, outline(report_of(), "md").headline.partition(" by ")[0]),
        (outline(build_report(run_of(), decision=approval), "md").tone, "incomplete"),
        (outline(build_report(clean, decision=approval), "md").tone, "complete"),
        (outline(build_report(clean), "md").tone, outline(build_report(clean), "md").headline),
    ]
    assert tones == [
        ("open", "Approved with 1 override"),
        ("open", "incomplete"),
        ("good", "complete"),
        ("open", "No decision yet"),
    ]


def test_a_rejection_tells_the_developer_why(report_of: Callable[..., ReportData], report: ReportData) -> None:
    assert report.decision is not None
    decision = type(report.decision)(1, 1, "a" * 64, "reject", "Remove the key first.", (), "Ana", report.run.started)
    part = render(report_of(decision=decision), "md").decode().partition("## For the developer")[2]
    assert "Remove the key first." in part


def test_hostile_text_stays_text(hostile: ReportData) -> None:
    tokens = check_inert(render(hostile, "md").decode("utf-8"))
    assert len(sections(tokens)) >= 8


@settings(max_examples=30)
@given(hostile_text)
@example("![x](http://e.example/y.png)")
@example("</script><script>")
@example("    indented")
@example("a\n\n# Approved")
def test_any_text_stays_text(hostile_of: Callable[[str], ReportData], text: str) -> None:
    raw = render(hostile_of(text), "md").decode("utf-8")
    tokens = check_inert(raw)
    mine = {
        "Decision",
        "Package",
        "Isolation",
        "What did not run",
        "Findings",
        "Checklist",
        "Battery",
        "Changes of files",
    }
    assert set(sections(tokens)) - mine <= {"Notes of the reviewer", "For the developer"}
    # each snippet is one block that ends where it should, and says just what was found
    fences = [token for token in tokens if token.type == "fence"]
    expected = plain_lines(text)[:20]
    assert len(fences) == (4 if expected else 0)
    for token in fences:
        assert token.info == "text"
        assert token.content == "".join(plain(line) + "\n" for line in expected)
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", raw) == []


@given(hostile_text)
def test_escaped_prose_reads_as_it_was(text: str) -> None:
    tokens = PARSER.parseInline("x " + escape(text))
    read = "".join(child.content for child in tokens[0].children or ())
    assert {c.type for c in tokens[0].children or ()} <= {"text", "text_special", "code_inline"}
    assert read.split() == ("x " + " ".join(plain(text).split())).split()


@given(hostile_text)
def test_a_code_span_holds_the_very_text(text: str) -> None:
    children = PARSER.parseInline(f"a {code(text)} b")[0].children or []
    if plain(text).strip():
        assert [c.type for c in children] == ["text", "code_inline", "text"]
        assert children[1].content == plain(text)


@given(st.lists(hostile_text.filter(lambda t: "\n" not in t), min_size=1, max_size=4))
def test_a_fence_holds_the_very_lines(lines: list[str]) -> None:
    tokens = PARSER.parse("\n".join(fence([plain(line) for line in lines])))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == "".join(plain(line) + "\n" for line in lines)


def test_what_is_not_listed_is_said(big_report: ReportData) -> None:
    began = time.process_time()
    text = render(big_report, "md").decode()
    assert time.process_time() - began < 6
    assert text.count("- **Place**") == LISTED["md"]
    assert "19,000 more findings, the least severe, not listed here" in text
    assert "### Critical (4,000)" in text


def test_nothing_to_change(run_of: Callable[..., Run]) -> None:
    text = render(build_report(run_of(findings=())), "md").decode()
    assert "Nothing to change." in text and "No decision yet" in text


@pytest.mark.parametrize("format", ["md", "html"])
def test_fixed_findings_have_a_place_of_their_own(
    format: str, report_of: Callable[..., ReportData], run_of: Callable[..., Run], finding_of: Callable[..., RunFinding]
) -> None:
    run = run_of(findings=(finding_of(state="fixed", path="gone.js", raw_path="gone.js"),))
    text = render(report_of(run), format).decode()
    assert (
        text.index("Fixed since the baseline")
        < text.index("gone.js")
        < text.index("Checklist</h2>" if format == "html" else "## Checklist")
    )
