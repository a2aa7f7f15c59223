"""How the rows of the battery are painted: state by shape and word, progress as a bar under the number of files."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from checks import Outcome
from widgets.battery_model import CHECK, FINDINGS, PROGRESS, ROW_ROLE, STATE, CheckRow
from widgets.list_parts import selection_role
from widgets.theme import HALF, ICON, ROW, ROW_TALL, SEVERITIES, UNIT, Theme, scaled_font

TITLE, WIDE = 232, 420  # pixels of a title, and of a column that has room for the id beside it
LOW = ROW + HALF  # height of a row that has nothing to explain; the bar of a running check has room in it


def height_of(row: CheckRow) -> int:
    """Pixels that a row needs: a second line only where it says why."""
    return ROW_TALL if row.reason or row.limitation else LOW


class BatteryDelegate(QStyledItemDelegate):
    """A check in one line, or in two where it has to say why it ended as it did."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._small = scaled_font(0.9)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, height_of(index.data(ROW_ROLE)))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: CheckRow = index.data(ROW_ROLE)
        theme, box = self._theme, option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color(selection_role(option)))
        painter.setPen(theme.color("line"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        inner = box.adjusted(UNIT, HALF, -UNIT, -HALF)
        words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        if index.column() == CHECK:
            self._paint_check(painter, row, inner)
        elif index.column() == STATE:
            self._paint_state(painter, row, inner)
        elif index.column() == PROGRESS:
            self._paint_progress(painter, row, words, inner)
        else:
            if index.column() == FINDINGS and words and row.worst is not None:
                self._paint_worst(painter, row, inner, painter.fontMetrics().horizontalAdvance(words))
            painter.setPen(theme.color("text" if row.outcome is not None or row.is_running else "muted"))
            painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    def _paint_check(self, painter: QPainter, row: CheckRow, box: QRect) -> None:
        theme, metrics = self._theme, painter.fontMetrics()
        two = box.height() >= ROW_TALL - UNIT
        half = box.height() // 2
        top = QRect(box.x(), box.y(), box.width(), half) if two else box
        quiet = row.outcome is Outcome.SKIPPED or (row.outcome is None and row.begun is None)
        painter.setPen(theme.color("muted" if quiet else "text"))
        title = metrics.elidedText(row.title, Qt.TextElideMode.ElideMiddle, top.width())
        painter.drawText(top, Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(self._small)
        if two:
            low = QRect(box.x(), box.y() + half, box.width(), half)
        elif box.width() >= WIDE:  # in a column of its own, where there is room
            low = box.adjusted(TITLE, 0, 0, 0)
        else:
            return
        gap = row.outcome is not None and not row.outcome.ran
        painter.setPen(theme.color(row.mark.role if gap else "medium" if row.limitation else "muted"))
        below = (row.reason or row.limitation) if two else row.id
        below = painter.fontMetrics().elidedText(below, Qt.TextElideMode.ElideRight, low.width())
        painter.drawText(low, Qt.AlignmentFlag.AlignVCenter, below)

    def _paint_worst(self, painter: QPainter, row: CheckRow, box: QRect, width: int) -> None:
        """The shape of the gravest finding, before their number."""
        if row.worst is not None:
            mark = SEVERITIES[row.worst]
            shape = self._theme.pixmap(mark.icon, mark.role, 12, painter.device().devicePixelRatioF())
            painter.drawPixmap(box.right() - width - 12 - HALF - 2, box.center().y() - 5, shape)

    def _paint_state(self, painter: QPainter, row: CheckRow, box: QRect) -> None:
        theme, mark = self._theme, row.mark
        ratio = painter.device().devicePixelRatioF()
        pixmap = theme.pixmap(mark.icon, mark.role, ICON, ratio)
        painter.drawPixmap(box.x(), box.center().y() - 7, pixmap)
        painter.setPen(theme.color(mark.role))
        painter.drawText(box.adjusted(ICON + HALF + 2, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, mark.word)

    def _paint_progress(self, painter: QPainter, row: CheckRow, words: str, box: QRect) -> None:
        theme = self._theme
        if row.is_running:
            text = QRect(box.x(), box.y() - 2, box.width(), box.height() - 4)
            bar = QRectF(box.x(), box.bottom() - 4, box.width(), 4)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(bar, 2, 2)
            painter.setBrush(theme.color("accent"))
            if row.total:
                painter.drawRoundedRect(QRectF(bar.x(), bar.y(), bar.width() * row.share, bar.height()), 2, 2)
            else:  # a check of the whole package has no count: a still mark in the middle says that it works
                painter.drawRoundedRect(QRectF(bar.center().x() - 12, bar.y(), 24, bar.height()), 2, 2)
        else:
            text = box
        painter.setPen(theme.color("muted"))
        painter.setFont(self._small)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, shown)
