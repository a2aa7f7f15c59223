"""A check box that is seen in both themes: Fusion draws it darker than the ground, which is black on black."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from widgets.theme import HALF, ICON, UNIT, Theme, draw_pixmap


class CheckBox(QCheckBox):
    """Its words are its accessible name."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__(text)
        self._theme = theme
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(ICON + UNIT + metrics.horizontalAdvance(self.text()) + HALF, max(metrics.height(), ICON) + HALF)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on, able = self.isChecked(), self.isEnabled()
        box = QRectF(0.5, (self.height() - ICON) / 2 + 0.5, ICON - 1, ICON - 1)
        fill = colors.base if not on else colors.accent if able else colors.muted
        line = colors.accent if self.hasFocus() or (on and able) else colors.muted
        painter.setPen(QPen(QColor(line), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(box, 3, 3)
        if on:
            ink = colors.on_accent if able else colors.window
            painter.drawPixmap(QPoint(2, (self.height() - 12) // 2), draw_pixmap("check", ink, 12,
                                                                                 self.devicePixelRatioF()))  # fmt: skip
        painter.setPen(QColor(colors.text if able else colors.muted))
        words = self.rect().adjusted(ICON + UNIT, 0, 0, 0)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self.text())
