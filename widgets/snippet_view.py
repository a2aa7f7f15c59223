"""A few lines of a file around a finding, as the source view draws them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from app.model import RunFinding
from app.views import TextView
from widgets.code_view import CodeView
from widgets.text_cells import widest
from widgets.text_rows import Tokens
from widgets.text_spots import Spot
from widgets.theme import SEVERITIES, Theme

AROUND = 3  # lines before and after


class SnippetView(CodeView):
    """At most 2 * AROUND + 1 lines; the line of the finding is marked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._lines: tuple[str, ...] = ()
        self._tokens: tuple[Tokens, ...] = ()
        self._first = 0
        self._marked = -1
        self._numbered = True
        self._beautified = False
        self._finding: RunFinding | None = None
        super().__init__(theme, "Lines around the finding", parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_snippet(self, finding: RunFinding) -> None:
        """What the finding itself carries, until the file has been read."""
        self._finding = finding
        self._lines = tuple(finding.snippet.split("\n")[: 2 * AROUND + 1]) if finding.snippet else ()
        self._tokens = ()
        self._first = (finding.line or 1) - 1
        self._marked = self._first if finding.line else -1
        self._numbered, self._beautified = finding.line is not None, False
        self._fit(0)

    def show_around(self, finding: RunFinding, view: TextView, row: int) -> None:
        """The lines around a row of the file."""
        self._finding = finding
        begin, end = max(row - AROUND, 0), min(row + AROUND + 1, len(view.lines))
        self._lines, self._tokens = view.lines[begin:end], view.tokens[begin:end]
        self._first, self._marked, self._numbered = begin, row, not (view.is_binary or view.is_beautified)
        self._beautified = view.is_beautified
        self._fit(row - begin)

    def _fit(self, row: int) -> None:
        self.rows_changed(widest(self._lines))
        self.setVisible(bool(self._lines))
        bar = self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(len(self._lines) * self.row_height + bar + 2)
        column = (self._finding.column or 1) - 1 if self._finding is not None and not self._beautified else 0
        if self._lines:
            self.move_caret(Spot(row, column))
            self.horizontalScrollBar().setValue(max(column - 24, 0) if column > 60 else 0)

    def row_count(self) -> int:
        return len(self._lines)

    def row_text(self, row: int) -> str:
        return self._lines[row] if row < len(self._lines) else ""

    def row_tokens(self, row: int) -> Tokens:
        return self._tokens[row] if row < len(self._tokens) else ()

    def row_background(self, row: int) -> QColor | None:
        if self._finding is None or self._first + row != self._marked:
            return None
        return self._theme.color(SEVERITIES[self._finding.severity].tint)

    def gutter_width(self) -> float:
        return (max(len(str(self._first + len(self._lines))), 3) * self.cell + 40) if self._numbered else 30.0

    def paint_gutter(self, painter: QPainter, row: int, box: QRectF) -> None:
        if self._finding is not None and self._first + row == self._marked:
            self.paint_mark(painter, self._finding.severity, QRectF(box.x() + 2, box.y(), 18, box.height()))
        if self._numbered:
            self.paint_number(painter, self._first + row + 1, box.adjusted(20, 0, -6, 0))

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())
