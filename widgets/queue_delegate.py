"""How the lines of the queue are painted: two rows each, headings of sections in one."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from widgets.list_parts import selection_role
from widgets.parts import badge_width, paint_badge
from widgets.queue_lines import Heading, Look
from widgets.queue_model import LOOK_ROLE, PERCENT_ROLE, ROW_ROLE
from widgets.theme import HALF, ICON, UNIT, Theme, scaled_font
from widgets.words import format_age

Index = QModelIndex | QPersistentModelIndex
SIGN = 14  # px, of the lock before the age
MIDDLE = Qt.AlignmentFlag.AlignVCenter


class QueueDelegate(QStyledItemDelegate):
    """Title, lock and age; version and badge; a thin bar while a battery or a download is at work."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bold, self._small = scaled_font(1.0, bold=True), scaled_font(0.92)
        height = QFontMetrics(parent.font()).height()
        self.line_height = height * 2 + 3 * UNIT
        self.heading_height = height + 2 * UNIT

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(ROW_ROLE)
        if isinstance(item, Heading):
            self._paint_heading(painter, option.rect, item)
            return
        look: Look = index.data(LOOK_ROLE)
        theme, box, percent = self._theme, option.rect, index.data(PERCENT_ROLE)
        ratio = painter.device().devicePixelRatioF()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(box, theme.color(selection_role(option)))
            painter.fillRect(box.left(), box.top(), 3, box.height(), theme.color("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("panel"))
        inner = box.adjusted(UNIT + HALF, UNIT, -UNIT - HALF, -UNIT)
        half = inner.height() // 2
        top = QRect(inner.left(), inner.top(), inner.width(), half)
        low = QRect(inner.left(), inner.top() + half + 1, inner.width(), half)
        painter.drawPixmap(top.left(), top.center().y() - ICON // 2 + 1, theme.pixmap(look.icon, "muted", ICON, ratio))
        right = self._paint_age(painter, top, look, ratio)
        self._text(painter, self._bold, "text", top.adjusted(ICON + UNIT, 0, right, 0), look.title,
                   Qt.TextElideMode.ElideMiddle)  # fmt: skip
        painter.setFont(self._small)
        width = badge_width(painter.fontMetrics(), look.mark, look.word) if look.word else 0
        if look.mark.icon and not look.word:
            width, at = SIGN, low.center().y() - SIGN // 2 + 1
            icon = theme.pixmap(look.mark.icon, look.mark.role, SIGN, ratio)
            painter.drawPixmap(low.right() - SIGN + 1, at, icon)
        elif width:
            badge = QRect(low.right() - width + 1, low.top(), width, low.height())
            paint_badge(painter, badge, theme, look.mark, look.word, ratio)
        low = low.adjusted(ICON + UNIT, 0, -width - UNIT, 0)
        role = "text" if selected else "muted"
        self._text(painter, self._small, role, low, look.detail, Qt.TextElideMode.ElideRight)
        if percent >= 0:
            bar = QRect(box.left(), box.bottom() - 1, box.width() * max(percent, 2) // 100, 2)
            painter.fillRect(bar, theme.color("accent"))

    def _paint_age(self, painter: QPainter, top: QRect, look: Look, ratio: float) -> int:
        """How long it waits, at the right, behind the signs; gives where the title has to end, from the right."""
        age = format_age(look.since)
        painter.setFont(self._small)
        painter.setPen(self._theme.color("muted"))
        painter.drawText(top, MIDDLE | Qt.AlignmentFlag.AlignRight, age)
        used = painter.fontMetrics().horizontalAdvance(age)
        for mark, _ in look.signs:
            used += SIGN + HALF
            at = top.right() - used + 1
            painter.drawPixmap(
                at, top.center().y() - SIGN // 2 + 1, self._theme.pixmap(mark.icon, mark.role, SIGN, ratio)
            )
        return -used - UNIT

    def _paint_heading(self, painter: QPainter, box: QRect, heading: Heading) -> None:
        painter.fillRect(box.left(), box.bottom(), box.width(), 1, self._theme.color("line"))
        painter.fillRect(box.adjusted(0, 0, 0, -1), self._theme.color("window"))
        inner = box.adjusted(UNIT + HALF, 0, -UNIT - HALF, 0)
        painter.setFont(self._small)
        painter.setPen(self._theme.color("muted"))
        count = f"{heading.count:,}"
        painter.drawText(inner, MIDDLE | Qt.AlignmentFlag.AlignRight, count)
        used = painter.fontMetrics().horizontalAdvance(count) + UNIT
        self._text(painter, self._bold, "muted", inner.adjusted(0, 0, -used, 0), heading.title,
                   Qt.TextElideMode.ElideRight)  # fmt: skip

    def _text(
        self, painter: QPainter, font: QFont, role: str, box: QRect, text: str, elide: Qt.TextElideMode
    ) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.color(role))
        painter.drawText(box, MIDDLE, painter.fontMetrics().elidedText(text, elide, box.width()))
