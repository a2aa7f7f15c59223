"""A painted, virtualised view of lines: only the rows and columns on screen cost anything.

500,000 lines are a tuple of strings and nothing more; a line of a megabyte is cut to its visible
columns before it is drawn. Source and diff are made from it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from widgets.text_cells import cell_of, column_at, drawn_runs, visible_columns
from widgets.text_spots import Spot, step_spot

Tokens = Sequence[tuple[int, int, int]]
SMALLEST, LARGEST = 6.0, 40.0
MOST_COPIED = 32 << 20  # characters; more would freeze whoever pastes it


class TextCanvas(QAbstractScrollArea):
    """Rows of text with a gutter, a caret, selection, marks and zoom; subclasses say what the rows are."""

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

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        palette = self.palette()
        painter.fillRect(event.rect(), palette.base())
        painter.setFont(self.font())
        gutter, height = self.gutter_width(), self.row_height
        top, left = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        width = self.viewport().width()
        first = max(event.rect().top() // height, 0)
        last = event.rect().bottom() // height
        rows = range(top + first, min(top + last + 1, self.row_count()))
        cells = int((width - gutter) / self.cell) + 1
        painter.setClipRect(QRectF(gutter - 6, 0, width - gutter + 6, self.viewport().height()))
        for row in rows:
            y = (row - top) * height
            self._paint_back(painter, row, QRectF(gutter, y, width - gutter, height), left)
            self._paint_text(painter, row, left, cells, QPointF(gutter, y))
        painter.setClipping(False)
        gutter_back = palette.color(QPalette.ColorRole.AlternateBase)
        painter.fillRect(QRectF(0, 0, gutter - 6, self.viewport().height()), gutter_back)
        for row in rows:
            self.paint_gutter(painter, row, QRectF(0, (row - top) * height, gutter - 6, height))
        painter.end()

    def _paint_back(self, painter: QPainter, row: int, box: QRectF, left: int) -> None:
        palette = self.palette()
        colour = self.row_background(row)
        if colour is not None:
            painter.fillRect(box.adjusted(-6, 0, 0, 0), colour)
        if row == self._caret.row and self.hasFocus():
            line = QColor(palette.color(QPalette.ColorRole.Text))
            line.setAlpha(14)
            painter.fillRect(box, line)
        for column, length in self._marks.get(row, ()):
            current = self._current_mark == (row, column, length)
            self._fill_columns(painter, row, column, column + length, box, left, 120 if current else 50)
        if self.has_selection():
            start, end = self.selection()
            if start.row <= row <= end.row:
                begin = start.column if row == start.row else 0
                stop = end.column if row == end.row else len(self.row_text(row)) + 1
                self._fill_columns(painter, row, begin, stop, box, left, 70)

    def _fill_columns(
        self, painter: QPainter, row: int, begin: int, end: int, box: QRectF, left: int, alpha: int
    ) -> None:
        text = self.row_text(row)
        extra = end - len(text) if end > len(text) else 0
        x1 = box.x() + (cell_of(text, begin) - left) * self.cell
        x2 = box.x() + (cell_of(text, min(end, len(text))) + extra - left) * self.cell
        colour = QColor(self.palette().color(QPalette.ColorRole.Accent))
        colour.setAlpha(alpha)
        x1, x2 = max(x1, box.x()), min(x2, box.right())
        if x2 > x1:
            painter.fillRect(QRectF(x1, box.y(), x2 - x1, box.height()), colour)

    def _paint_text(self, painter: QPainter, row: int, left: int, cells: int, origin: QPointF) -> None:
        text = self.row_text(row)
        first, end = visible_columns(text, left, left + cells)
        plain = self.palette().color(QPalette.ColorRole.Text)
        tokens = self.row_tokens(row)
        at = first
        index = max(bisect_right(tokens, (first, 1 << 40, 0)) - 1, 0) if tokens else 0
        while at < end and index < len(tokens):
            column, length, token = tokens[index]
            index += 1
            stop = min(column + length, end)
            if stop <= at:
                continue
            if column >= end:
                break
            if column > at:
                self._draw(painter, text, at, column, left, origin, plain)
            begin = max(column, at)
            box = self.token_box(token)
            if box is not None:
                self._draw_box(painter, text, begin, stop, left, origin, box)
            self._draw(painter, text, begin, stop, left, origin, self.token_pen(token) or plain)
            at = stop
        if at < end:
            self._draw(painter, text, at, end, left, origin, plain)
        self.paint_over(painter, row, left, origin)
        if row == self._caret.row and self.hasFocus():
            x = origin.x() + (cell_of(text, self._caret.column) - left) * self.cell
            if x >= origin.x():
                painter.fillRect(QRectF(x, origin.y(), 1.5, self.row_height), plain)

    def _draw(
        self, painter: QPainter, text: str, begin: int, end: int, left: int, origin: QPointF, colour: QColor
    ) -> None:
        painter.setPen(colour)
        for column, run in drawn_runs(text, begin, end):
            x = origin.x() + (cell_of(text, column) - left) * self.cell
            painter.drawText(QPointF(x, origin.y() + self._ascent), run)

    def _draw_box(
        self, painter: QPainter, text: str, begin: int, end: int, left: int, origin: QPointF, colour: QColor
    ) -> None:
        x1 = origin.x() + (cell_of(text, begin) - left) * self.cell
        x2 = origin.x() + (cell_of(text, end) - left) * self.cell
        fill = QColor(colour)
        fill.setAlpha(40)
        painter.setPen(colour)
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(x1, origin.y() + 1.5, x2 - x1, self.row_height - 3.0), 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    # Input

    def spot_at(self, point: QPointF) -> Spot:
        """The place under a point of the viewport."""
        row = self.verticalScrollBar().value() + int(point.y() // self.row_height)
        row = min(max(row, 0), max(self.row_count() - 1, 0))
        if not self.row_count():
            return Spot(0, 0)
        cell = (point.x() - self.gutter_width()) / self.cell + self.horizontalScrollBar().value()
        return Spot(row, column_at(self.row_text(row), max(cell, 0)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            held = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.move_caret(self.spot_at(event.position()), select=held)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.move_caret(self.spot_at(event.position()), select=True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        spot = self.spot_at(event.position())
        text = self.row_text(spot.row) if self.row_count() else ""
        begin = end = spot.column
        while begin > 0 and (text[begin - 1].isalnum() or text[begin - 1] in "_$"):
            begin -= 1
        while end < len(text) and (text[end].isalnum() or text[end] in "_$"):
            end += 1
        self._anchor = Spot(spot.row, begin)
        self.move_caret(Spot(spot.row, end), select=True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_to(self._points + (1 if event.angleDelta().y() > 0 else -1))
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif event.matches(QKeySequence.StandardKey.ZoomIn):
            self.zoom_by(1)
        elif event.matches(QKeySequence.StandardKey.ZoomOut):
            self.zoom_by(-1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activated.emit(self._caret.row)
        else:
            spot = step_spot(self, event)
            if spot is None:
                super().keyPressEvent(event)
                return
            self.move_caret(spot, select=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            point = QPointF(event.pos())
            row = self.verticalScrollBar().value() + int(point.y() // self.row_height)
            in_gutter = point.x() < self.gutter_width()
            text = self.tooltip_at(row, in_gutter, self.spot_at(point).column) if row < self.row_count() else ""
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_bars()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(600, 400)

    def caret_point(self) -> QPoint:
        """Where a menu opened by the keyboard belongs, in viewport pixels."""
        y = (self._caret.row - self.verticalScrollBar().value() + 1) * self.row_height
        return QPoint(int(self.gutter_width()) + 8, min(max(y, 0), self.viewport().height()))
