"""How the rows of the checklist are painted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from widgets.checklist_model import NODE_ROLE, Node
from widgets.list_parts import selection_role
from widgets.theme import HALF, ICON, UNIT, Theme, scaled_font

MIDDLE = Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
DEPTH = {"area": 0, "item": 0, "check": 1, "finding": 2, "more": 2}


def is_tall(node: Node) -> bool:
    """Whether a row has a second line: an item that still asks for something says what."""
    return node.kind == "item" and node.item is not None and node.item.open


class ChecklistDelegate(QStyledItemDelegate):
    """Areas as headings, open items in two lines, what is settled and evidence in one; over the whole width."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        line = option.fontMetrics.height()
        node: Node = index.data(NODE_ROLE)
        if is_tall(node):
            return QSize(100, 2 * line + 2 * UNIT)
        return QSize(100, line + UNIT + (HALF if node.kind in ("area", "item") else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        node: Node = index.data(NODE_ROLE)
        theme, box = self._theme, QRect(option.rect)
        view = option.widget
        box.setLeft(0)
        painter.save()
        if node.kind == "area":
            painter.fillRect(box, theme.color("panel"))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color(selection_role(option)))
            painter.fillRect(box.left(), box.top(), 3, box.height(), theme.color("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver and node.kind != "area":
            painter.fillRect(box, theme.color("panel"))
        ratio = painter.device().devicePixelRatioF()
        inner = box.adjusted(UNIT, 0, -UNIT - HALF, 0)
        if node.kind == "area":
            painter.setFont(scaled_font(0.92, bold=True))
            painter.setPen(theme.color("muted"))
            painter.drawText(inner.adjusted(HALF, 0, 0, 0), MIDDLE, node.text)
            painter.setFont(scaled_font(0.92))
            painter.drawText(inner, RIGHT, node.detail)
        else:
            left = inner.left() + DEPTH[node.kind] * ICON
            self._paint_arrow(painter, node, left, box, bool(view.isExpanded(index)), ratio)
            inner.setLeft(left + ICON)
            if node.kind == "item":
                self._paint_item(painter, node, inner, ratio)
            else:
                self._paint_line(painter, node, inner, ratio)
        painter.restore()

    def _paint_arrow(self, painter: QPainter, node: Node, left: int, box: QRect, expanded: bool, ratio: float) -> None:
        if node.children:
            name = "chevron-down" if expanded else "chevron-right"
            top = box.top() + (box.height() // 4 + 2 if is_tall(node) else box.height() // 2) - 5
            painter.drawPixmap(left, top, self._theme.pixmap(name, "muted", 10, ratio))

    def _paint_item(self, painter: QPainter, node: Node, inner: QRect, ratio: float) -> None:
        theme, item, mark = self._theme, node.item, node.mark
        if item is None or mark is None:
            return
        tall = is_tall(node)
        if tall:
            inner = inner.adjusted(0, UNIT - 2, 0, -UNIT + 2)
        half = inner.height() // 2 if tall else inner.height()
        top, low = QRect(inner.left(), inner.top(), inner.width(), half), QRect(inner)
        low.setTop(inner.top() + half)
        painter.drawPixmap(top.left(), top.center().y() - 7, theme.pixmap(mark.icon, mark.role, ICON, ratio))
        text = top.adjusted(ICON + UNIT, 0, 0, 0)
        painter.setFont(scaled_font(0.92))
        width = painter.fontMetrics().horizontalAdvance("SUB-00") + UNIT
        painter.setPen(theme.color("muted"))
        painter.drawText(text, MIDDLE, node.ref)
        text = text.adjusted(width, 0, 0, 0)
        word = mark.word + (", answered" if item.answer is not None else "")
        if not tall:
            painter.setPen(theme.color(mark.role))
            painter.drawText(text, RIGHT, word)
            text = text.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(word) - UNIT, 0)
        painter.setFont(scaled_font(1.0, bold=item.required and item.open))
        painter.setPen(theme.color("text"))
        shown = painter.fontMetrics().elidedText(node.text, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, MIDDLE, shown)
        if not tall:
            return
        painter.setFont(scaled_font(0.92))
        metrics = painter.fontMetrics()
        low = low.adjusted(ICON + UNIT, 0, 0, 0)
        painter.setPen(theme.color(mark.role))
        painter.drawText(low, MIDDLE, word)
        painter.setPen(theme.color("muted"))
        rest = f"{'' if item.required else 'advisory · '}{node.detail}"
        low = low.adjusted(metrics.horizontalAdvance(word) + UNIT, 0, 0, 0)
        painter.drawText(low, MIDDLE, metrics.elidedText(rest, Qt.TextElideMode.ElideRight, low.width()))

    def _paint_line(self, painter: QPainter, node: Node, inner: QRect, ratio: float) -> None:
        theme = self._theme
        if node.mark is not None:
            top = inner.center().y() - 6
            painter.drawPixmap(inner.left(), top, theme.pixmap(node.mark.icon, node.mark.role, 12, ratio))
            inner = inner.adjusted(ICON + HALF, 0, 0, 0)
        painter.setFont(scaled_font(0.92))
        metrics = painter.fontMetrics()
        role = "muted"
        if node.detail:
            width = metrics.horizontalAdvance(node.detail)
            painter.setPen(theme.color(node.mark.role if node.mark and node.kind == "check" else "muted"))
            painter.drawText(inner, RIGHT, node.detail)
            inner = inner.adjusted(0, 0, -width - UNIT, 0)
        if node.kind != "more":
            role = "text"
        painter.setPen(theme.color(role))
        painter.drawText(inner, MIDDLE, metrics.elidedText(node.text, Qt.TextElideMode.ElideRight, inner.width()))
