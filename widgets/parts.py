"""Small widgets that the panes share: labels of plain text, flat buttons, badges, tabs, hairlines."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollBar,
    QSizePolicy,
    QSplitter,
    QSplitterHandle,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from widgets.theme import HALF, ICON, RADIUS, UNIT, Mark, Theme, scaled_font
from widgets.words import tip

W = TypeVar("W", bound=QWidget)


class PlainLabel(QLabel):
    """A label that never reads its text as markup; `role` names a colour, `factor` scales the font."""

    def __init__(
        self,
        text: str = "",
        theme: Theme | None = None,
        role: str = "",
        *,
        factor: float = 1.0,
        bold: bool = False,
        wrap: bool = False,
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setWordWrap(wrap)
        # else it follows the ground it stands on, and loses the colour given below
        self.setForegroundRole(QPalette.ColorRole.WindowText)
        self._theme, self._role = theme, role
        if factor != 1.0 or bold:
            self.setFont(scaled_font(factor, bold=bold))
        if theme is not None and role:
            theme.on_change(self._tint)

    def set_role(self, role: str) -> None:
        """Another colour by its meaning."""
        self._role = role
        self._tint()

    def _tint(self) -> None:
        if self._theme is not None:
            palette = self.palette()
            palette.setColor(self.foregroundRole(), self._theme.color(self._role))
            self.setPalette(palette)


class ElidedLabel(PlainLabel):
    """One line shortened in the middle when there is no room; the tooltip has the whole of it."""

    elide = Qt.TextElideMode.ElideMiddle

    @property
    def shown(self) -> str:
        """As much of the text as there is room for."""
        return self.fontMetrics().elidedText(self.text(), self.elide, self.width())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 6, self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 3, metrics.height())

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(tip(text))
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), self.shown)


class Button(QPushButton):
    """A flat button. `kind`: plain (hairline), primary (accent), quiet (no line until hovered), or a colour's name."""

    def __init__(self, text: str, theme: Theme, *, kind: str = "plain", icon: str = "") -> None:
        super().__init__(text)
        self._theme, self.kind, self._icon, self._role = theme, kind, icon, "text"
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        theme.changed.connect(self.update)

    def set_look(self, *, kind: str | None = None, icon: str | None = None, role: str | None = None) -> None:
        """Change kind or icon; `role` is the colour of a quiet button's words."""
        self._role = self._role if role is None else role
        self.kind = self.kind if kind is None else kind
        self._icon = self._icon if icon is None else icon
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        label = self.text().replace("&&", "&")
        # advances are rounded down, and eliding is exact: two more, or the label loses its middle
        width = self.fontMetrics().horizontalAdvance(label) + 2 if label else 0
        if self._icon:
            width += ICON + (UNIT - 2 if label else 0)
        pad = UNIT if self.kind == "quiet" or not label else UNIT + HALF
        height = max(self.fontMetrics().height() + 2 * UNIT - 2, 28)
        return QSize(width + 2 * pad + (14 if self.menu() else 0), height)

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), 48), hint.height()) if self.kind == "quiet" else hint

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        hovered = self.underMouse() and self.isEnabled()
        fill, line, ink = colors.base, colors.line, colors.text
        if not self.isEnabled():
            quiet = self.kind == "quiet"
            fill, line, ink = "" if quiet else colors.window, "" if quiet else colors.line, colors.muted
        elif self.kind == "primary":
            fill, line, ink = colors.accent, colors.accent, colors.on_accent
        elif self.kind == "quiet":
            fill, line, ink = (colors.panel if hovered else ""), "", getattr(colors, self._role)
        elif self.kind != "plain":
            ink = getattr(colors, self.kind)
            line = ink
        if self.isChecked():
            fill, line = colors.selection, colors.accent
        ground = QColor(fill) if fill else QColor(Qt.GlobalColor.transparent)
        if hovered and fill:
            ground = ground.darker(105) if not self._theme.is_dark else ground.lighter(115)
        if self.isDown():
            ground = QColor(colors.selection) if self.kind != "primary" else ground.darker(110)
        painter.setPen(QPen(QColor(line), 1) if line else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            focus = colors.text if self.kind == "primary" else colors.accent
            painter.setPen(QPen(QColor(focus), 2))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), RADIUS - 1, RADIUS - 1)
        self._paint_label(painter, QColor(ink))

    def _paint_label(self, painter: QPainter, ink: QColor) -> None:
        from widgets.theme import draw_pixmap

        label = self.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
        pad = UNIT if self.kind == "quiet" or not label else UNIT + HALF
        arrow = 14 if self.menu() else 0
        room = self.width() - 2 * pad - arrow - (ICON + UNIT - 2 if self._icon and label else 0)
        label = self.fontMetrics().elidedText(label, Qt.TextElideMode.ElideMiddle, max(room, 0)) if label else ""
        width = self.fontMetrics().horizontalAdvance(label) + 1
        total = width + (ICON + (UNIT - 2 if label else 0) if self._icon else 0)
        left = pad if self.kind == "quiet" and label else (self.width() - arrow - total) // 2
        ratio = self.devicePixelRatioF()
        if not self.isEnabled():
            painter.setOpacity(0.7)
        if self._icon:
            top = (self.height() - ICON) // 2
            painter.drawPixmap(QPoint(left, top), draw_pixmap(self._icon, ink.name(), ICON, ratio))
            left += ICON + UNIT - 2
        painter.setPen(ink)
        painter.drawText(QRect(left, 0, width + 2, self.height()), int(Qt.AlignmentFlag.AlignVCenter), label)
        if self.menu():
            at = QPoint(self.width() - pad - 10, (self.height() - 12) // 2)
            painter.drawPixmap(at, draw_pixmap("chevron-down", ink.name(), 12, ratio))


class Badge(QWidget):
    """A word with its shape on a quiet ground; a click does something when `clicked` is connected."""

    clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._text, self._mark = theme, "", Mark("", "", "", "info", "tint_info")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(scaled_font(0.92))
        theme.changed.connect(self.update)

    def show_mark(self, mark: Mark, text: str = "") -> None:
        """Show a state; `text` instead of the mark's own word."""
        self._mark, self._text = mark, text or mark.word
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        icon = ICON if self._mark.icon else 0
        return QSize(metrics.horizontalAdvance(self._text) + icon + 2 * UNIT, metrics.height() + HALF + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_badge(painter, self.rect(), self._theme, self._mark, self._text, self.devicePixelRatioF())

    def mouseReleaseEvent(self, event: QEvent) -> None:
        self.clicked.emit()


def badge_width(metrics: QFontMetrics, mark: Mark, text: str) -> int:
    """How wide `paint_badge` needs it."""
    return metrics.horizontalAdvance(text) + (ICON if mark.icon else 0) + 2 * UNIT - 2


def paint_badge(painter: QPainter, box: QRect, theme: Theme, mark: Mark, text: str, ratio: float) -> None:
    """A badge as delegates need it, in the painter's font."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(mark.tint))
    painter.drawRoundedRect(box, HALF, HALF)
    left = box.left() + HALF + 2
    if mark.icon:
        top = box.top() + (box.height() - 12) // 2
        painter.drawPixmap(QPoint(left, top), theme.pixmap(mark.icon, mark.role, 12, ratio))
        left += ICON
    painter.setPen(theme.color(mark.role))
    painter.drawText(QRect(left, box.top(), box.right() - left + 2, box.height()), Qt.AlignmentFlag.AlignVCenter, text)
    painter.restore()


class Line(QFrame):
    """A hairline in the theme's colour, horizontal unless told."""

    def __init__(self, theme: Theme, *, vertical: bool = False) -> None:
        super().__init__()
        self._theme = theme
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("line"))


class ThinScrollBar(QScrollBar):
    """A quiet scroll bar: a rounded thumb on the ground of the list, no arrows."""

    ground = "base"

    def __init__(self, orientation: Qt.Orientation, theme: Theme) -> None:
        super().__init__(orientation)
        self._theme = theme
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(12, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(self.ground))
        span = self.maximum() - self.minimum()
        if span <= 0:
            return
        upright = self.orientation() == Qt.Orientation.Vertical
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style, sub = self.style(), QStyle.SubControl.SC_ScrollBarSlider
        thumb = style.subControlRect(QStyle.ComplexControl.CC_ScrollBar, option, sub, self)
        thumb = thumb.adjusted(3, 1, -3, -1) if upright else thumb.adjusted(1, 3, -1, -3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        color = self._theme.color("muted")
        color.setAlphaF(0.8 if self.isSliderDown() or self.underMouse() else 0.45)
        painter.setBrush(color)
        painter.drawRoundedRect(thumb, 3, 3)


def walk(root: QWidget, kind: type[W]) -> list[W]:
    """All widgets of a kind below a widget.

    Not `findChildren`: that makes the binding believe the root to be the parent of all it returns, and
    what lies between is then collected while it is in use.
    """
    found: list[W] = []
    for child in root.children():
        if isinstance(child, QWidget) and not child.isWindow():
            if isinstance(child, kind):
                found.append(child)
            found += walk(child, kind)
    return found


def use_thin_bars(root: QWidget, theme: Theme) -> None:
    """Give every scrolling area below a widget our scroll bars; those that have them already are left alone."""
    for area in walk(root, QAbstractScrollArea):
        if not isinstance(area.verticalScrollBar(), ThinScrollBar):
            area.setVerticalScrollBar(ThinScrollBar(Qt.Orientation.Vertical, theme))
            area.setHorizontalScrollBar(ThinScrollBar(Qt.Orientation.Horizontal, theme))


def use_ground(area: QAbstractScrollArea) -> None:
    """Let the bars of an area that stands on the window's own ground have it too."""
    for bar in (area.verticalScrollBar(), area.horizontalScrollBar()):
        if isinstance(bar, ThinScrollBar):
            bar.ground = "window"


class Field(QLineEdit):
    """A one-line field with a quiet, rounded outline; the accent tells that it has the focus."""

    def __init__(self, theme: Theme, placeholder: str, name: str = "", **options: object) -> None:
        super().__init__(**options)
        self._theme = theme
        self.setFrame(False)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name or placeholder)
        self.setTextMargins(HALF + 2, 0, HALF, 0)
        self.setMinimumHeight(28)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("accent" if self.hasFocus() else "line"), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), HALF, HALF)


class TextBox(QPlainTextEdit):
    """Several lines to write in, with the outline of a Field; Tab leaves it."""

    def __init__(self, theme: Theme, placeholder: str, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(UNIT - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("accent" if self.hasFocus() else "line"), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(0.5, 0.5, -0.5, -0.5), HALF, HALF)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()


class _Handle(QSplitterHandle):
    def __init__(self, orientation: Qt.Orientation, splitter: Splitter) -> None:
        super().__init__(orientation, splitter)
        # not by `self.splitter()`: the binding then takes the splitter for a child of its own handle, and collects both
        self._theme = splitter.theme

    def paintEvent(self, event: QPaintEvent) -> None:
        box = self.rect()
        color = self._theme.color("accent" if self.underMouse() else "line")
        if self.orientation() == Qt.Orientation.Horizontal:
            QPainter(self).fillRect(box.center().x(), 0, 1, box.height(), color)
        else:
            QPainter(self).fillRect(0, box.center().y(), box.width(), 1, color)


class Splitter(QSplitter):
    """A splitter whose handle is a hairline with room to grab it."""

    def __init__(self, orientation: Qt.Orientation, theme: Theme, name: str) -> None:
        super().__init__(orientation)
        self.theme = theme
        self.setObjectName(name)
        self.setHandleWidth(5)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        return _Handle(self.orientation(), self)
