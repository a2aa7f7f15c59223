"""The bars of the window: its menus and its tabs, as words on the ground of the window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QMenuBar, QSizePolicy, QTabBar

from widgets.theme import HALF, UNIT, Theme


class MenuBar(QMenuBar):
    """The menus as words on the window's ground."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Menus")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.color("window"))
        for action in self.actions():
            box = self.actionGeometry(action)
            if action is self.activeAction():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color("selection"))
                painter.drawRoundedRect(box, HALF, HALF)
            painter.setPen(self._theme.color("text"))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextHideMnemonic)
            painter.drawText(box, flags, action.text())


class FlatTabBar(QTabBar):
    """Tabs as words with an accent line under the current one; a count or state may follow the word.

    Where there is no room for all, they move together, and then only the current one keeps what follows its word.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._notes: dict[int, str] = {}
        self._level = 0  # 0 wide, 1 close together, 2 without notes
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.currentChanged.connect(lambda *_: self._fit())
        theme.changed.connect(self.update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """As wide as there is room for."""
        before, room = self._level, self.width()
        for level in range(3):
            self._level = level
            if sum(self.tabSizeHint(index).width() for index in range(self.count())) <= room:
                break
        if (before or self._level) and self.count():
            self.setTabText(0, self.tabText(0))  # lays the tabs out anew

    def set_note(self, index: int, note: str) -> None:
        """A few characters beside the title."""
        if self._notes.get(index, "") != note:
            self._notes[index] = note
            self.setAccessibleTabName(index, f"{self.tabText(index)} {note}".strip())
            self._fit()
            self.setTabText(index, self.tabText(index))  # lays the tabs out anew

    def _shown_note(self, index: int) -> str:
        return self._notes.get(index, "") if self._level < 2 or index == self.currentIndex() else ""

    def _note_width(self, index: int) -> int:
        # room for three digits is kept, so that little moves while a count grows
        note, metrics = self._shown_note(index), self.fontMetrics()
        least = 0 if self._level else metrics.horizontalAdvance("000")
        return max(least, metrics.horizontalAdvance(note)) + UNIT if note else 0

    def tabSizeHint(self, index: int) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            metrics.horizontalAdvance(self.tabText(index)) + self._note_width(index) + (12 if self._level else 24),
            metrics.height() + 20,
        )

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), self._theme.colors
        hovered = self.tabAt(self.mapFromGlobal(self.cursor().pos())) if self.underMouse() else -1
        for index in range(self.count()):
            box, current = self.tabRect(index), index == self.currentIndex()
            label = box.adjusted(6 if self._level else 12, 0, 0, -2)
            strong = current or index == hovered
            painter.setPen(QColor(colors.text if strong else colors.muted))
            painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, self.tabText(index))
            note = self._shown_note(index)
            if note:
                painter.setPen(QColor(colors.accent if current else colors.muted))
                left = label.left() + self.fontMetrics().horizontalAdvance(self.tabText(index)) + UNIT - 2
                painter.drawText(label.adjusted(left - label.left(), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, note)
            if current:
                words = self.fontMetrics().horizontalAdvance(self.tabText(index))
                if note:
                    words += UNIT - 2 + self.fontMetrics().horizontalAdvance(note)
                painter.fillRect(label.left(), box.bottom() - 2, words, 2, QColor(colors.accent))
                if self.hasFocus():
                    painter.setPen(QPen(QColor(colors.accent), 1))
                    painter.drawRoundedRect(box.adjusted(4, 4, -4, -6), HALF, HALF)
