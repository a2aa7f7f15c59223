"""The review notes as PDF, without Qt: fpdf2 and the fonts in resources/fonts.

The fonts know Latin, Greek, Cyrillic and many more scripts, but not all of them: a character without a glyph is
shown as its code point, because an empty box would hide which name is meant. The file holds no link and no action.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.paths import RESOURCES
from app.quantities import format_count
from app.reports.document import ReportData, plain
from app.reports.notes import outline
from app.reports.outline import Fact, Line, Notes, Shown

if TYPE_CHECKING:
    from fpdf import FPDF

FONTS = RESOURCES / "fonts"
FACES = {("sans", ""): "DejaVuSans.ttf", ("sans", "B"): "DejaVuSans-Bold.ttf", ("mono", ""): "DejaVuSansMono.ttf"}
MONO = ("mono", "")
MARGIN = 18  # millimetres
LABEL = 38  # width of the labels' column, millimetres
LONGEST = 2000  # characters of one text: a page of hex digits helps nobody
INK, SOFT = (28, 31, 36), (91, 100, 112)
COLORS = {
    "critical": (138, 17, 48),
    "high": (179, 38, 30),
    "medium": (138, 90, 0),
    "low": (29, 95, 143),
    "info": (91, 100, 112),
    "good": (27, 110, 60),
    "bad": (179, 38, 30),
    "open": (138, 90, 0),
}


@functools.cache
def _glyphs(file: str) -> frozenset[int]:
    """The code points that a font can draw."""
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

    pdf = FPDF()
    pdf.add_font("any", "", FONTS / file)
    font = pdf.fonts["any"]
    return frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset()


def drawable(text: str, face: tuple[str, str]) -> str:
    """Clean text in which every character has a glyph: `\\u4e2d` stands for one that has none."""
    text = plain(text)
    if len(text) > LONGEST:
        text = text[:LONGEST] + "…"
    if text.isascii():
        return text
    glyphs = _glyphs(FACES[face])
    return "".join(
        c if ord(c) in glyphs else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text
    )


def _open(data: ReportData, notes: Notes) -> FPDF:
    from fpdf import FPDF

    footer_text = notes.footer

    class Pages(FPDF):
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font("sans", "", 7)
            self.set_text_color(*SOFT)
            self.cell(0, 4, drawable(f"{footer_text}    page {self.page_no()} of {{nb}}", ("sans", "")), align="C")

    pdf = Pages(format="A4")
    for (family, style), file in FACES.items():
        pdf.add_font(family, style, FONTS / file)
    pdf.set_margins(MARGIN, MARGIN, MARGIN)
    pdf.set_auto_page_break(True, MARGIN)
    pdf.set_title(drawable(f"Review notes: {notes.title}", ("sans", "")))
    pdf.set_creator(f"Assay {data.version}")
    pdf.set_lang("en")
    # the same review is the same file
    pdf.set_creation_date(data.run.finished or data.run.started)
    pdf.add_page()
    return pdf


class _Pen:
    """Writes paragraphs one under the other."""

    def __init__(self, pdf: FPDF) -> None:
        self.pdf = pdf

    def write(
        self,
        text: str,
        *,
        size: float = 9.5,
        bold: bool = False,
        mono: bool = False,
        color: tuple[int, int, int] = INK,
        indent: float = 0,
        gap: float = 0.8,
    ) -> None:
        """One paragraph; `gap` millimetres follow it."""
        # the wider face for a name that the narrower one cannot draw
        wide = mono and drawable(text, MONO) != plain(text)
        face = MONO if mono and not wide else ("sans", "B" if bold else "")
        shown = drawable(text, face)
        if not shown.strip():
            return
        self.pdf.set_font(*face, size)
        self.pdf.set_text_color(*color)
        self.pdf.set_x(MARGIN + indent)
        self._cell(0, size, shown, mono)
        self.pdf.ln(gap)

    def _cell(self, width: float, size: float, text: str, mono: bool) -> None:
        options: Any = {"new_x": "LMARGIN", "new_y": "NEXT", "align": "L", "wrapmode": "CHAR" if mono else "WORD"}
        self.pdf.multi_cell(width, size * 0.48, text, **options)

    def heading(self, text: str, level: int = 2, color: tuple[int, int, int] = INK) -> None:
        """A heading that never stands alone at the foot of a page."""
        size = {1: 17.0, 2: 13.0, 3: 11.0, 4: 10.0}[level]
        self.pdf.ln({1: 0.0, 2: 5.0, 3: 3.0, 4: 2.0}[level])
        if self.pdf.will_page_break({1: 0, 2: 48, 3: 36, 4: 24}[level]):
            self.pdf.add_page()
        self.write(text, size=size, bold=True, color=color, gap=1.5)
        if level == 2:
            self.pdf.set_draw_color(*SOFT)
            self.pdf.line(MARGIN, self.pdf.get_y() - 0.7, self.pdf.w - MARGIN, self.pdf.get_y() - 0.7)
            self.pdf.ln(1)

    def fact(self, fact: Fact, indent: float = 0) -> None:
        """A label, and its value beside it."""
        if self.pdf.will_page_break(6):
            self.pdf.add_page()
        top, page = self.pdf.get_y(), self.pdf.page
        self.pdf.set_font("sans", "", 8.5)
        self.pdf.set_text_color(*SOFT)
        self.pdf.set_xy(MARGIN + indent, top)
        self._cell(LABEL - 2, 8.5, drawable(fact.label, ("sans", "")) or " ", False)
        below, label_page = self.pdf.get_y(), self.pdf.page
        if label_page == page:
            self.pdf.set_y(top)
        self.write(fact.value or " ", size=8.5, mono=fact.code, indent=indent + LABEL, gap=0.6)
        if self.pdf.page == page == label_page:
            self.pdf.set_y(max(self.pdf.get_y(), below))

    def facts(self, facts: Iterable[Fact], indent: float = 0) -> None:
        for fact in facts:
            self.fact(fact, indent)

    def bullets(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.write(f"• {text}", indent=3)


def _finding(pen: _Pen, shown: Shown) -> None:
    pen.heading(f"{shown.severity.capitalize()}: {shown.message}", 4, COLORS[shown.severity])
    pen.write(shown.place, mono=True, size=8.5, gap=1)
    for line in shown.snippet:
        pen.write(line, mono=True, size=8, indent=4, color=SOFT, gap=0)
    pen.facts((Fact("Rule", shown.rule, True), *shown.facts))


def _item(pen: _Pen, item: Line) -> None:
    pen.heading(f"{item.id} {item.title}: {item.status}", 4, COLORS["good" if item.satisfied else "open"])
    pen.facts(item.facts)


def _top(pen: _Pen, notes: Notes) -> None:
    pen.heading(f"Review notes: {notes.title}", 1)
    pen.facts(notes.facts)
    pen.heading("Decision")
    pen.write(notes.headline, size=12, bold=True, color=COLORS[notes.tone], gap=1.5)
    pen.bullets(notes.standing)
    if notes.reason:
        pen.write("Reason:", bold=True)
        for line in notes.reason:
            pen.write(line, indent=3)
    if notes.overrides:
        pen.write("Approved although:", bold=True)
        pen.bullets(notes.overrides)
    if notes.package:
        pen.heading("Package")
        pen.facts(notes.package)
    pen.heading("Isolation")
    if not notes.isolated:
        pen.write("The package was not fully isolated while it was read.", bold=True, color=COLORS["bad"])
    pen.facts(notes.isolation)
    pen.heading("What did not run")
    for gap in notes.gaps:
        pen.write(f"{gap.check} {gap.outcome} ({gap.need})", bold=True, color=COLORS[gap.tone], gap=0.3)
        pen.write(gap.reason, indent=3)
    if not notes.gaps:
        pen.write("Every check of the battery ran.")


def _findings(pen: _Pen, notes: Notes) -> None:
    pen.heading("Findings")
    pen.write(f"{notes.sums}.")
    for group in notes.groups:
        pen.heading(f"{group.severity.capitalize()} ({group.total:,})", 3, COLORS[group.severity])
        for shown in group.findings:
            _finding(pen, shown)
    pen.write(notes.unlisted, bold=True, color=COLORS["open"])
    if notes.fixed:
        pen.heading("Fixed since the baseline", 3)
        pen.bullets(notes.fixed)
        pen.write(notes.unlisted_fixed)


def _developer(pen: _Pen, notes: Notes) -> None:
    pen.pdf.add_page()
    pen.heading("For the developer")
    pen.bullets(notes.ask_lines)
    for ask in notes.asks:
        pen.heading(f"{ask.severity.capitalize()}: {ask.title}", 4, COLORS[ask.severity])
        pen.write(ask.remediation)
        for place in ask.places:
            pen.write(place, mono=True, size=8.5, indent=3, gap=0.2)
        if ask.more:
            pen.write(f"and {format_count(ask.more, 'more place')}", indent=3)
    pen.write(notes.unlisted_asks)
    if not notes.asks and not notes.ask_lines:
        pen.write("Nothing to change.")


def render(data: ReportData) -> bytes:
    """The notes as a PDF, A4."""
    notes = outline(data, "pdf")
    pdf = _open(data, notes)
    pen = _Pen(pdf)
    _top(pen, notes)
    _findings(pen, notes)
    if notes.areas:
        pen.heading("Checklist")
    for area, items in notes.areas:
        pen.heading(area, 3)
        for item in items:
            _item(pen, item)
    pen.heading("Battery")
    pen.facts(notes.battery)
    if notes.changed:
        pen.heading("Changes of files")
        pen.write(notes.changed)
        pen.facts(notes.changes)
    if notes.note:
        pen.heading("Notes of the reviewer")
        for line in notes.note:
            pen.write(line or " ")
    _developer(pen, notes)
    return bytes(pdf.output())
