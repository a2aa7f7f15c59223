"""How tables look in this window: quiet headings, rows without a box around a cell, a thin bar of progress."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QProgressBar,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from widgets.theme import HALF, ROW, Theme, draw_pixmap, scaled_font

ARROW = 12


def selection_role(option: QStyleOptionViewItem) -> str:
    """The ground of a chosen row: the accent's in the list that has the keyboard, a quiet one in the others."""
    return "selection" if option.widget is None or option.widget.hasFocus() else "tint_info"


class FlatHeader(QHeaderView):
    """Small muted words over a hairline; a chevron beside the column that sorts."""

    def __init__(self, theme: Theme, padding: int = HALF, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme, self._padding = theme, padding  # that of the cells below
        self.setFont(scaled_font(0.9))
        self.setHighlightSections(False)
        self.setSectionsClickable(True)
        self.setMinimumSectionSize(40)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.fontMetrics().height() + 2 * HALF + 2)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        model = self.model()
        if not rect.isValid() or model is None:
            return
        theme, role = self._theme, Qt.ItemDataRole
        painter.save()
        painter.fillRect(rect, theme.color("window"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.color("line"))
        words = str(model.headerData(section, Qt.Orientation.Horizontal, role.DisplayRole) or "")
        aligned = model.headerData(section, Qt.Orientation.Horizontal, role.TextAlignmentRole)
        right = bool(aligned) and bool(int(aligned) & int(Qt.AlignmentFlag.AlignRight))
        box = rect.adjusted(self._padding, 0, -self._padding, 0)
        painter.setFont(self.font())
        painter.setPen(theme.color("muted"))
        sorts = self.isSortIndicatorShown() and self.sortIndicatorSection() == section
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
        used = painter.fontMetrics().horizontalAdvance(shown)
        if sorts and used + ARROW + HALF <= box.width():
            x = box.right() - used - ARROW - 2 if right else box.left() + used + HALF
            y = rect.center().y() - ARROW // 2 + 1
            pixmap = draw_pixmap("chevron-down", theme.colors.muted, ARROW, self.devicePixelRatioF())
            if self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder:
                painter.translate(x + ARROW / 2, y + ARROW / 2)
                painter.rotate(180)
                painter.translate(-(x + ARROW / 2), -(y + ARROW / 2))
            painter.drawPixmap(x, y, pixmap)
        painter.restore()


def dress_table(table: QTableView, theme: Theme) -> FlatHeader:
    """Make a table look and behave like the others: whole rows, no grid, one line each; gives its heading."""
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    rows = table.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(ROW)
    header = FlatHeader(theme)
    table.setHorizontalHeader(header)
    return header


class RowDelegate(QStyledItemDelegate):
    """Cells with room at both sides; the current row is seen by its ground, not by a box around one cell."""

    def __init__(self, parent: QWidget, *, height: int = 0, sentences: frozenset[int] = frozenset()) -> None:
        super().__init__(parent)
        self._height = height
        self._sentences = sentences  # columns that are cut at their end; names are cut in the middle

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if selection_role(option) != "selection":
            option.state &= ~QStyle.StateFlag.State_Active
        if index.column() in self._sentences:
            option.textElideMode = Qt.TextElideMode.ElideRight

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        option.state &= ~QStyle.StateFlag.State_HasFocus
        super().paint(painter, option, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width(), max(hint.height(), self._height))


class ThinBar(QProgressBar):
    """A progress bar of a few pixels; unknown progress is a mark that moves on with every repaint."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme, self._step = theme, 0
        self.setTextVisible(False)
        self.setFixedHeight(4)
        self.setAccessibleName(name)
        theme.changed.connect(self.update)

    def tick(self) -> None:
        """Time has passed."""
        if self.maximum() == 0:
            self._step += 1
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("line"))
        box = QRectF(self.rect())
        painter.drawRoundedRect(box, 2, 2)
        painter.setBrush(self._theme.color("accent"))
        if self.maximum() > 0:
            share = self.value() / self.maximum()
            if share > 0:
                painter.drawRoundedRect(QRectF(0, 0, box.width() * share, box.height()), 2, 2)
        else:
            width = box.width() / 5
            at = (self._step % 10) / 10 * (box.width() - width)
            painter.drawRoundedRect(QRectF(at, 0, width, box.height()), 2, 2)
