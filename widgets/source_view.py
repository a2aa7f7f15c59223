"""The source of one file: line numbers, token colours, findings in the margin."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.model import RunFinding
from app.views import TextView
from widgets.code_view import CodeView
from widgets.text_cells import cell_of
from widgets.text_rows import Tokens
from widgets.text_spots import Spot
from widgets.theme import SEVERITIES, Theme
from widgets.words import middle, tip

NO_LINES: tuple[str, ...] = ()
MARGIN = 20.0


class SourceView(CodeView):
    """Shows a TextView; `finding_reached` tells which finding the caret's line has."""

    finding_reached = Signal(object)  # RunFinding

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._view: TextView | None = None
        self._lines = NO_LINES
        self._findings: dict[int, list[RunFinding]] = {}
        self._places: list[int] = []
        super().__init__(theme, "Source of the file", parent)

    # contents

    @property
    def view(self) -> TextView | None:
        """What is shown, None for nothing."""
        return self._view

    def show_view(self, view: TextView | None, widest: int, *, keep: bool = False) -> None:
        """Show a file; `widest` cells of its longest line were counted on a worker thread."""
        self._view = view
        self._lines = view.lines if view is not None else NO_LINES
        self.setAccessibleName(f"Source of {middle(view.path, 60)}" if view is not None else "Source of the file")
        self.rows_changed(widest, keep=keep)

    def show_findings(self, findings: Sequence[RunFinding]) -> None:
        """Marks in the margin; findings without a line stand beside the first."""
        by_row: dict[int, list[RunFinding]] = {}
        for finding in findings:
            by_row.setdefault(self.row_of(finding), []).append(finding)
        self._findings = by_row
        self._places = sorted(by_row)
        self.viewport().update()

    def row_of(self, finding: RunFinding) -> int:
        """The row a finding stands at: by its byte offset where rows are not lines, else by its line."""
        view = self._view
        if view is not None and (view.is_binary or view.is_beautified):
            if finding.start is not None:
                return self.row_at_offset(finding.start)
            return bisect_left(view.numbers, finding.line or 1) if view.is_beautified else 0
        return max((finding.line or 1) - 1, 0)

    def row_at_offset(self, offset: int) -> int:
        """The row that holds a byte offset."""
        if self._view is None or not self._view.offsets:
            return 0
        return max(bisect_right(self._view.offsets, offset) - 1, 0)

    def column_of(self, finding: RunFinding, row: int) -> int:
        """The column (from 0) at which a finding begins in its row."""
        view = self._view
        if view is None or not view.is_beautified or finding.start is None:
            return max((finding.column or 1) - 1, 0)
        before = self.row_text(row)[view.indents[row] :].encode("utf-8", "surrogateescape")
        return view.indents[row] + len(before[: finding.start - view.offsets[row]].decode("utf-8", "ignore"))

    def go_to(self, row: int, column: int = 0) -> None:
        """Bring a place into view."""
        self.move_caret(Spot(row, column), centre=True)

    def step_finding(self, step: int) -> RunFinding | None:
        """Go to the next (1) or previous (-1) row with findings, round the end; what is found there first."""
        places = [row for row in self._places if row < max(self.row_count(), 1)]
        if not places:
            return None
        here = self.caret.row
        ahead = [row for row in places if (row > here if step > 0 else row < here)]
        row = (ahead[0] if step > 0 else ahead[-1]) if ahead else (places[0] if step > 0 else places[-1])
        first = max(self._findings[row], key=lambda f: f.severity)
        self.go_to(row, self.column_of(first, row))
        self.finding_reached.emit(first)
        return first

    def findings_at(self, row: int) -> list[RunFinding]:
        """What was found in a row."""
        return self._findings.get(row, [])

    # TextCanvas

    def row_count(self) -> int:
        return len(self._lines)

    def row_text(self, row: int) -> str:
        return self._lines[row] if row < len(self._lines) else ""

    def row_tokens(self, row: int) -> Tokens:
        tokens = self._view.tokens if self._view is not None else ()
        return tokens[row] if row < len(tokens) else ()

    def row_background(self, row: int) -> QColor | None:
        found = self._findings.get(row)
        if not found or (self._view is not None and row == 0 and found[0].line is None and not self._view.is_binary):
            return None
        return self._theme.color(SEVERITIES[max(f.severity for f in found)].tint)

    def _digits(self) -> int:
        return max(len(str(len(self._lines))), 4)

    def gutter_width(self) -> float:
        if self._view is not None and self._view.is_binary:
            return MARGIN + 10  # the dump has its own offsets
        return MARGIN + self._digits() * self.cell + 16

    def paint_gutter(self, painter: QPainter, row: int, box: QRectF) -> None:
        found = self._findings.get(row)
        if found:
            self.paint_mark(painter, max(f.severity for f in found), QRectF(box.x(), box.y(), MARGIN, box.height()))
        if not (self._view is not None and self._view.is_binary):
            self._paint_line_number(painter, row, box.adjusted(MARGIN, 0, -6, 0))

    def _paint_line_number(self, painter: QPainter, row: int, box: QRectF) -> None:
        """The number of the line in the file; rows that go on with a line have none."""
        numbers = self._view.numbers if self._view is not None else ()
        if not numbers:
            self.paint_number(painter, row + 1, box)
        elif row == 0 or numbers[row] != numbers[row - 1]:
            self.paint_number(painter, numbers[row], box)

    def paint_over(self, painter: QPainter, row: int, left: int, origin: QPointF) -> None:
        text = self.row_text(row)
        for finding in self._findings.get(row, ()):
            if finding.column is None or finding.start is None or finding.end is None:
                continue
            begin = self.column_of(finding, row)
            end = min(begin + max(finding.end - finding.start, 1), len(text))
            x1 = max(origin.x() + (cell_of(text, begin) - left) * self.cell, origin.x())
            x2 = origin.x() + (cell_of(text, end) - left) * self.cell
            if x2 > x1:
                pen = QPen(self._theme.color(SEVERITIES[finding.severity].role), 1.5)
                pen.setStyle(Qt.PenStyle.DashLine)
                painter.setPen(pen)
                y = origin.y() + self.row_height - 1.5
                painter.drawLine(QPointF(x1, y), QPointF(min(x2, float(self.viewport().width())), y))

    def tooltip_at(self, row: int, in_gutter: bool, column: int) -> str:
        found = self._findings.get(row, [])
        shown = [f"{SEVERITIES[f.severity].shape} {f.severity.label}: {f.message}  ({f.check})" for f in found[:8]]
        if len(found) > 8:
            shown.append(f"… and {len(found) - 8} more")
        return tip("\n".join(shown))

    def describe_row(self, row: int) -> str:
        found = self._findings.get(row, [])
        said = "".join(f"; finding, {f.severity.label}: {f.message}" for f in found[:3])
        return super().describe_row(row) + said
