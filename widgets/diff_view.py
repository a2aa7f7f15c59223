"""A line diff of one file: unified, with the line numbers of both sides and the findings of the new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.model import RunFinding
from app.views import DiffLine, LineDiff
from widgets.code_view import CodeView
from widgets.text_cells import widest
from widgets.text_spots import Spot
from widgets.theme import SEVERITIES, Theme
from widgets.words import middle, tip

TINTS = {"+": "tint_good", "-": "tint_critical", "@": "panel"}
INKS = {"+": "good", "-": "critical", "@": "muted"}
MARGIN = 20.0


def measure_diff(diff: LineDiff) -> tuple[int, tuple[int, ...], int]:
    """Cells of the longest line, rows at which changes begin, digits of the largest number; for a worker thread."""
    starts, before = [], " "
    largest = 1
    for row, line in enumerate(diff.lines):
        if line.kind in "+-" and before not in "+-":
            starts.append(row)
        before = line.kind
        largest = max(largest, line.old or 0, line.new or 0)
    return widest([line.text for line in diff.lines]), tuple(starts), len(str(largest))


class DiffView(CodeView):
    """Rows are the lines of a LineDiff."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._lines: tuple[DiffLine, ...] = ()
        self._starts: tuple[int, ...] = ()
        self._digits = 3
        self._findings: Mapping[int, Sequence[RunFinding]] = {}
        super().__init__(theme, "Changes of the file", parent)

    def show_diff(self, diff: LineDiff | None, measured: tuple[int, tuple[int, ...], int] = (0, (), 3)) -> None:
        """Show a diff; `measured` is what `measure_diff` says of it."""
        self._lines = diff.lines if diff is not None else ()
        cells, self._starts, digits = measured
        self._digits = max(digits, 3)
        self._findings = {}
        path = (diff.new_path or diff.old_path) if diff is not None else ""
        self.setAccessibleName(f"Changes of {middle(path, 60)}" if path else "Changes of the file")
        self.rows_changed(cells)
        if self._starts:
            self.move_caret(Spot(self._starts[0], 0))
            self.verticalScrollBar().setValue(max(self._starts[0] - 4, 0))

    def show_findings(self, findings: Sequence[RunFinding]) -> None:
        """Marks beside the new lines that findings stand at."""
        by_line: dict[int, list[RunFinding]] = {}
        for finding in findings:
            if finding.line is not None:
                by_line.setdefault(finding.line, []).append(finding)
        self._findings = by_line
        self.viewport().update()

    def step_change(self, step: int) -> bool:
        """Go to the next (1) or previous (-1) block of changed lines; False where there is none."""
        here = self.caret.row
        ahead = [row for row in self._starts if (row > here if step > 0 else row < here)]
        if not ahead:
            return False
        self.move_caret(Spot(ahead[0] if step > 0 else ahead[-1], 0), centre=True)
        return True

    def line_at(self, row: int) -> DiffLine | None:
        """The line of a row."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def _found(self, row: int) -> Sequence[RunFinding]:
        new = self._lines[row].new if row < len(self._lines) else None
        return self._findings.get(new, ()) if new is not None else ()

    # TextCanvas

    def row_count(self) -> int:
        return len(self._lines)

    def row_text(self, row: int) -> str:
        return self._lines[row].text if row < len(self._lines) else ""

    def row_background(self, row: int) -> QColor | None:
        tint = TINTS.get(self._lines[row].kind)
        return self._theme.color(tint) if tint else None

    def row_tokens(self, row: int) -> Sequence[tuple[int, int, int]]:
        # a hunk's header is quiet, as a comment is
        return ((0, len(self._lines[row].text), 4),) if self._lines[row].kind == "@" else ()

    def gutter_width(self) -> float:
        return MARGIN + 2 * (self._digits * self.cell + 10) + 2 * self.cell + 12

    def paint_gutter(self, painter: QPainter, row: int, box: QRectF) -> None:
        line = self._lines[row]
        tint = TINTS.get(line.kind)
        if tint:
            painter.fillRect(box, self._theme.color(tint))
        found = self._found(row)
        if found:
            self.paint_mark(painter, max(f.severity for f in found), QRectF(box.x(), box.y(), MARGIN, box.height()))
        width = self._digits * self.cell + 10
        self.paint_number(painter, line.old, QRectF(box.x() + MARGIN, box.y(), width - 6, box.height()))
        self.paint_number(painter, line.new, QRectF(box.x() + MARGIN + width, box.y(), width - 6, box.height()))
        if line.kind in "+-":
            painter.setPen(self._theme.color(INKS[line.kind]))
            sign = QRectF(box.x() + MARGIN + 2 * width, box.y(), 2 * self.cell, box.height())
            painter.drawText(sign, Qt.AlignmentFlag.AlignCenter, "+" if line.kind == "+" else "−")

    def tooltip_at(self, row: int, in_gutter: bool, column: int) -> str:
        found = self._found(row)
        return tip("\n".join(f"{SEVERITIES[f.severity].shape} {f.severity.label}: {f.message}" for f in found[:8]))

    def describe_row(self, row: int) -> str:
        line = self._lines[row]
        word = {"+": "added", "-": "removed", "@": "hunk"}.get(line.kind, "unchanged")
        found = "".join(f"; finding, {f.severity.label}: {f.message}" for f in self._found(row)[:3])
        return f"{word}, line {line.new or line.old or ''}: {line.text[:200]}{found}"
