"""A painted, virtualised view of lines: only the rows and columns on screen cost anything.

500,000 lines are a tuple of strings and nothing more; a line of a megabyte is cut to its visible
columns before it is drawn. Source and diff are made from it.
"""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip

from widgets.text_cells import cell_of, column_at, drawn_runs, visible_columns
from widgets.text_rows import TextRows
from widgets.text_spots import Spot, step_spot


class TextCanvas(TextRows):
    """Draws the rows, and takes mouse and keyboard."""

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
