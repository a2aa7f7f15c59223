"""A painted text that looks like code in this window: token colours, shapes of severity in the margin."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.views import TOKEN_CLASSES
from checks import Severity
from widgets.text_canvas import TextCanvas
from widgets.theme import SEVERITIES, Theme, mono_font

# fields of theme.Colors: each reaches WCAG AA on the base colour in both themes
TOKEN_ROLES = {
    "keyword": "accent",
    "string": "good",
    "number": "medium",
    "comment": "muted",
    "function": "low",
    "type": "high",
    "escape": "critical",
    "masked": "medium",
}
BOXED = ("escape", "masked")


class CodeView(TextCanvas):
    """TextCanvas with the theme's colours."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        self._theme = theme
        self._pens: list[QColor | None] = [None] * len(TOKEN_CLASSES)
        super().__init__(name, parent)
        font = mono_font()
        font.setFixedPitch(True)
        self._use_font(font)
        self._points = self._default_points = font.pointSizeF()
        theme.on_change(self._recolour)

    def _recolour(self) -> None:
        self._pens = [
            self._theme.color(TOKEN_ROLES[name]) if name in TOKEN_ROLES else None for name in TOKEN_CLASSES
        ]
        self.viewport().update()

    def token_pen(self, token: int) -> QColor | None:
        return self._pens[token] if 0 <= token < len(self._pens) else None

    def token_box(self, token: int) -> QColor | None:
        if 0 <= token < len(TOKEN_CLASSES) and TOKEN_CLASSES[token] in BOXED:
            return self._pens[token]
        return None

    def paint_mark(self, painter: QPainter, severity: Severity, box: QRectF) -> None:
        """The shape of a severity, in its colour."""
        mark = SEVERITIES[severity]
        size = min(14, int(box.height()))
        pixmap = self._theme.pixmap(mark.icon, mark.role, size, self.devicePixelRatioF())
        painter.drawPixmap(int(box.x() + (box.width() - size) / 2), int(box.y() + (box.height() - size) / 2), pixmap)

    def paint_number(self, painter: QPainter, number: int | None, box: QRectF) -> None:
        """A line number, to the right, quiet."""
        if number is not None:
            painter.setPen(self._theme.color("muted"))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number))
