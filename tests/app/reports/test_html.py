"""The HTML notes: one inert page, whatever a submission is called or contains."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.reports import ReportData, render
from app.reports.document import plain
from app.reports.notes import LISTED

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section", "article"),
    *("h1", "h2", "h3", "h4", "p", "div", "span", "dl", "dt", "dd", "ul", "li", "pre", "code", "bdi", "a"),
}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "id", "dir", "href", "aria-label"}
VOID = {"meta"}


class Page(HTMLParser):
    """What a browser would make of it, and whether that is all ours."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []
        self.metas: list[dict[str, str | None]] = []
        self.style = ""
        self.targets: list[str | None] = []
        self.ids: list[str | None] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        assert {name for name, _ in attrs} <= ATTRIBUTES, attrs
        given = dict(attrs)
        if tag == "a":
            self.targets.append(given["href"])
        if tag == "meta":
            self.metas.append(given)
        if "id" in given:
            self.ids.append(given["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")


def read(data: ReportData) -> Page:
    return Page(render(data, "html").decode("utf-8"))


def test_the_notes_say_it(report: ReportData) -> None:
    text = "".join(read(report).text)
    for said in (
        "Acme Notes",
        "Approved with 1 override by Ana",
        "no clamd answers",
        "lib/config.js:12:5",
        "AKIA••••",
        "INTERNAL-NOTE",
    ):
        assert said in text, said
    order = ["Decision\n", "Isolation\n", "What did not run\n", "Findings\n", "Checklist\n", "Battery\n", "For the dev"]
    places = [text.rindex(heading) for heading in order]
    assert places == sorted(places)


def test_the_developers_part_is_without_internals(report: ReportData) -> None:
    part = render(report, "html").decode().partition('<section id="developer"')[2]
    assert "lib/config.js:12:5" in part
    for inside in ("INTERNAL-NOTE", "a live key", "Ana", "exception"):
        assert inside not in part, inside


def test_the_page_loads_and_runs_nothing(report: ReportData) -> None:
    page = read(report)
    policy = next(meta["content"] for meta in page.metas if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    # the policy comes before anything that it governs
    raw = render(report, "html").decode()
    assert raw.index("Content-Security-Policy") < raw.index("<style>") < raw.index("<body>")
    assert "url(" not in page.style and "@import" not in page.style
    assert "prefers-color-scheme: dark" in page.style and "@media print" in page.style
    assert all(target and target[1:] in page.ids and target[0] == "#" for target in page.targets)


def test_hostile_text_stays_text(hostile: ReportData) -> None:
    page = read(hostile)
    assert plain(hostile.artifact.name).strip() in "".join(page.text)


@settings(max_examples=40)
@given(st.text(st.one_of(st.sampled_from("<>&\"'/={}%#!- \n\x1b\u202eab"), st.characters()), max_size=60))
@example("</style><script>alert(1)</script>")
@example("{{ self.__init__.__globals__ }}")
@example("--><!--")
def test_any_text_stays_text(hostile_of: Callable[[str], ReportData], text: str) -> None:
    data = hostile_of(text)
    raw = render(data, "html").decode("utf-8")
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", raw) == []
    assert plain(text).strip() in "".join(Page(raw).text)


def test_twenty_thousand_findings_under_six_seconds(big_report: ReportData) -> None:
    began = time.process_time()
    raw = render(big_report, "html").decode()
    assert time.process_time() - began < 6
    assert "19,000 more findings, the least severe, not listed here" in raw
    assert raw.count("<dt>Rule</dt>") == LISTED["html"]
