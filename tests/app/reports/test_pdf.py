"""The PDF notes, read back page by page: legible, inert, and bounded."""

from __future__ import annotations

import logging
import re
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model import CheckResult, Run
from app.paths import RESOURCES
from app.reports import ReportData, render
from app.reports.pdf import FACES, drawable
from checks import Outcome

ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def objects(raw: bytes) -> dict[int, bytes]:
    return {int(m[1]): m[2] for m in re.finditer(rb"(?<!\d)(\d+) 0 obj\b(.*?)\bendobj", raw, re.S)}


def stream(thing: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*)\r?\nendstream", thing, re.S)
    return zlib.decompress(found[1]) if found and b"FlateDecode" in thing else found[1] if found else b""


def reference(thing: bytes, key: bytes) -> int:
    found = re.search(rb"/" + key + rb" (\d+) 0 R", thing)
    assert found is not None
    return int(found[1])


def read_pages(raw: bytes) -> list[str]:
    """The text of each page, a line for each string that is drawn; by the maps that the fonts bring for copying."""
    things = objects(raw)
    named = b" ".join(re.findall(rb"/Font <<(.*?)>>", raw, re.S))
    maps: dict[bytes, dict[int, str]] = {}
    for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", named):
        cmap = stream(things[reference(things[int(number)], b"ToUnicode")]).decode()
        pairs = re.findall(r"^<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>$", cmap, re.M)
        maps[name] = {int(code, 16): bytes.fromhex(to).decode("utf-16-be") for code, to in pairs}
        assert maps[name]
    pages = []
    for thing in (t for t in things.values() if re.search(rb"/Type /Page\b", t)):
        font, lines = b"", []
        drawn = stream(things[reference(thing, b"Contents")])
        for m in re.finditer(rb"/(F\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", drawn, re.S):
            if m[1]:
                font = m[1]
                continue
            codes = re.sub(rb"\\(.)", lambda e: ESCAPED.get(e[1], e[1]), m[2], flags=re.S)
            lines.append("".join(maps[font][int.from_bytes(codes[i : i + 2])] for i in range(0, len(codes), 2)))
        pages.append("\n".join(lines))
    return pages


def test_the_notes_say_it(report: ReportData) -> None:
    raw = render(report, "pdf")
    assert raw.startswith(b"%PDF-1.")
    pages = read_pages(raw)
    text = "\n".join(pages)
    for said in (
        "Review notes: Acme Notes",
        "Approved with 1 override by Ana on 2025-03-01 12:30 UTC",
        "Virus scan unavailable (required)",
        "lib/config.js:12:5",
        'const key = "AKIA••••••••";',
        "a.jar!/b/été 1.js:1",
        "INTERNAL-NOTE: they will rotate the key.",
        "old.js → new.js",
    ):
        assert said in text, said
    # the part for the developer is a page of its own
    assert pages[-1].startswith("For the developer")
    assert "INTERNAL-NOTE" not in pages[-1] and "Revoke the key" in pages[-1]


def test_a_limited_check_is_said_at_the_top(
    report_of: Callable[..., ReportData], run_of: Callable[..., Run], check_of: Callable[..., CheckResult]
) -> None:
    scan = check_of("virus_scan", Outcome.CLEAN, limitation="Only test files are recognised")
    text = "\n".join(read_pages(render(report_of(run_of(checks=(scan,)), missing=()), "pdf")))
    top = text[: text.index("Findings")]
    assert "clean, limited (only a part of its work was done)" in top and "Only test files are recognised" in top
    assert "Every check of the battery ran" not in top


def test_the_same_review_is_the_same_file(report_of: Callable[..., ReportData]) -> None:
    assert render(report_of(), "pdf") == render(report_of(), "pdf")


def check_inert(raw: bytes) -> None:
    outside = re.sub(rb"stream\r?\n.*?endstream", b"", raw, flags=re.S)
    for word in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/OpenAction /", b"/Annots", b"/EmbeddedFile", b"/AA"):
        assert word not in outside, word


def test_hostile_text_is_inert_and_drawn(hostile: ReportData, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        raw = render(hostile, "pdf")
    # the library warns where it draws an empty box instead of a character
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    check_inert(raw)
    text = "\n".join(read_pages(raw))
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", text) == []


@settings(max_examples=5)
@given(st.text(st.characters(), max_size=40))
def test_any_text_makes_a_readable_file(hostile_of: Callable[[str], ReportData], text: str) -> None:
    raw = render(hostile_of(text), "pdf")
    check_inert(raw)
    assert len(read_pages(raw)) >= 3


@pytest.mark.parametrize("face", list(FACES))
def test_a_character_without_a_glyph_shows_its_number(face: tuple[str, str]) -> None:
    assert drawable("漢 é \U00020000 \u202e", face) == "\\u6f22 é \\U00020000 \\u202e"


def test_the_fonts_come_with_their_licence() -> None:
    folder = RESOURCES / "fonts"
    assert "Permission is hereby granted" in (folder / "LICENSE-DejaVu.txt").read_text(encoding="utf-8")
    assert {path.name for path in folder.glob("*.ttf")} == set(FACES.values())


def test_many_findings_are_bounded_and_said(big_report: ReportData) -> None:
    began = time.process_time()
    text = "\n".join(read_pages(render(big_report, "pdf")))
    assert time.process_time() - began < 15
    assert "19,700 more findings, the least severe, not listed here" in " ".join(text.split())
