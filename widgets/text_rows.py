"""What a painted text is made of, apart from how it is drawn: rows, measures, caret, selection, marks, zoom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from widgets.text_cells import cell_of
from widgets.text_spots import Spot

Tokens = Sequence[tuple[int, int, int]]
SMALLEST, LARGEST = 6.0, 40.0
MOST_COPIED = 32 << 20  # characters; more would freeze whoever pastes it


class TextRows(QAbstractScrollArea):
    """Rows of text with a caret, a selection, marks and zoom; subclasses say what the rows are, and draw them."""

    caret_moved = Signal(int)
    activated = Signal(int)
    zoomed = Signal(float)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCornerWidget(QWidget())
        self._caret = Spot(0, 0)
        self._anchor = Spot(0, 0)
        self._marks: dict[int, list[tuple[int, int]]] = {}
        self._current_mark: tuple[int, int, int] | None = None
        self._widest = 0
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        self._points = font.pointSizeF() if font.pointSizeF() > 0 else 10.0
        self._default_points = self._points
        self._use_font(font)

    # What a subclass says

    def row_count(self) -> int:
        """How many rows there are."""
        return 0

    def row_text(self, row: int) -> str:
        """The text of a row."""
        return ""

    def row_tokens(self, row: int) -> Tokens:
        """(column, length, class) of a row, in order; empty for plain text."""
        return ()

    def row_background(self, row: int) -> QColor | None:
        """A colour behind a whole row."""
        return None

    def token_pen(self, token: int) -> QColor | None:
        """The colour of a token class; None for that of plain text."""
        return None

    def token_box(self, token: int) -> QColor | None:
        """The colour of a box around a token, None for no box."""
        return None

    def gutter_width(self) -> float:
        """Pixels left of the text."""
        return 8.0

    def paint_gutter(self, painter: QPainter, row: int, box: QRectF) -> None:
        """Draw what stands left of a row."""

    def paint_over(self, painter: QPainter, row: int, left: int, origin: QPointF) -> None:
        """Draw over a row's text; `origin` is the left edge of cell `left`."""

    def tooltip_at(self, row: int, in_gutter: bool, column: int) -> str:
        """What to say about a place; empty for nothing. Safe to show as it is."""
        return ""

    def describe_row(self, row: int) -> str:
        """What a screen reader says of the caret's row."""
        return f"{row + 1}: {self.row_text(row)[:200]}"

    # Contents and measures

    def rows_changed(self, widest: int, *, keep: bool = False) -> None:
        """The rows are new: `widest` cells; caret and scroll start anew unless they are kept."""
        self._widest = widest
        self._marks, self._current_mark = {}, None
        if not keep:
            self._caret = self._anchor = Spot(0, 0)
        else:
            last = max(self.row_count() - 1, 0)
            self._caret = self._anchor = Spot(min(self._caret.row, last), self._caret.column)
        self._update_bars()
        if not keep:
            self.verticalScrollBar().setValue(0)
            self.horizontalScrollBar().setValue(0)
        self.viewport().update()

    def _use_font(self, font: QFont) -> None:
        self.setFont(font)
        metrics = QFontMetricsF(font)
        self.cell = max(metrics.horizontalAdvance("0" * 64) / 64, 1.0)
        self.row_height = max(int(metrics.height() + 3), 4)
        self._ascent = metrics.ascent() + 1.5

    def zoom_to(self, points: float) -> None:
        """Set the size of the text in points; what was on top stays on top."""
        points = min(max(points, SMALLEST), LARGEST)
        if points == self._points:
            return
        self._points = points
        font = QFont(self.font())
        font.setPointSizeF(points)
        self._use_font(font)
        self._update_bars()
        self.viewport().update()
        self.zoomed.emit(points)

    def zoom_by(self, steps: float) -> None:
        """Larger or smaller; 0 is the usual size."""
        self.zoom_to(self._default_points if steps == 0 else self._points + steps)

    def visible_rows(self) -> int:
        """How many whole rows fit."""
        return max(self.viewport().height() // self.row_height, 1)

    def _visible_cells(self) -> int:
        return max(int((self.viewport().width() - self.gutter_width()) / self.cell), 1)

    def _update_bars(self) -> None:
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        vertical.setPageStep(self.visible_rows())
        vertical.setRange(0, max(self.row_count() - self.visible_rows(), 0))
        horizontal.setPageStep(self._visible_cells())
        horizontal.setSingleStep(4)
        horizontal.setRange(0, max(self._widest - self._visible_cells() + 2, 0))

    # Caret and selection

    @property
    def caret(self) -> Spot:
        """Where the caret is: row and column from 0."""
        return self._caret

    def has_selection(self) -> bool:
        """Whether anything is selected."""
        return self._caret != self._anchor

    def selection(self) -> tuple[Spot, Spot]:
        """Start and end of what is selected."""
        return min(self._caret, self._anchor), max(self._caret, self._anchor)

    def selected_text(self) -> str:
        """What is selected, rows joined by line feeds; bounded."""
        start, end = self.selection()
        if start.row == end.row:
            return self.row_text(start.row)[start.column : end.column] if self.row_count() else ""
        parts = [self.row_text(start.row)[start.column :]]
        size = len(parts[0])
        for row in range(start.row + 1, end.row):
            parts.append(self.row_text(row))
            size += len(parts[-1]) + 1
            if size > MOST_COPIED:
                return "\n".join(parts)[:MOST_COPIED]
        parts.append(self.row_text(end.row)[: end.column])
        return "\n".join(parts)

    def copy(self) -> None:
        """Put the selection, or else the caret's row, on the clipboard as plain text."""
        text = self.selected_text() if self.has_selection() else self.row_text(self._caret.row)
        QGuiApplication.clipboard().setText(text)

    def select_all(self) -> None:
        """Select everything."""
        last = max(self.row_count() - 1, 0)
        self._anchor, self._caret = Spot(0, 0), Spot(last, len(self.row_text(last)) if self.row_count() else 0)
        self.viewport().update()

    def move_caret(self, spot: Spot, *, select: bool = False, centre: bool = False) -> None:
        """Go to a place, keep it in view, and tell listeners when the row is another."""
        if not self.row_count():
            return
        row = min(max(spot.row, 0), self.row_count() - 1)
        moved = row != self._caret.row
        self._caret = Spot(row, min(max(spot.column, 0), len(self.row_text(row))))
        if not select:
            self._anchor = self._caret
        self._show_caret(centre)
        self.viewport().update()
        if moved:
            self.setAccessibleDescription(self.describe_row(row))
            self.caret_moved.emit(row)

    def _show_caret(self, centre: bool) -> None:
        bar, rows = self.verticalScrollBar(), self.visible_rows()
        top = bar.value()
        if centre and not top + 2 <= self._caret.row < top + rows - 2:
            bar.setValue(self._caret.row - rows // 3)
        elif self._caret.row < top:
            bar.setValue(self._caret.row)
        elif self._caret.row >= top + rows:
            bar.setValue(self._caret.row - rows + 1)
        cell, side = cell_of(self.row_text(self._caret.row), self._caret.column), self.horizontalScrollBar()
        cells = self._visible_cells()
        if cell < side.value():
            side.setValue(max(cell - 4, 0))
        elif cell > side.value() + cells - 2:
            side.setValue(cell - cells + min(12, cells // 2))

    def set_marks(self, marks: dict[int, list[tuple[int, int]]], current: tuple[int, int, int] | None = None) -> None:
        """Places found: row -> (column, length); `current` is (row, column, length)."""
        self._marks, self._current_mark = marks, current
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_bars()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(600, 400)
