"""The bars of the window: its menus and its tabs, as words on the ground of the window."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
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
    """Tabs as words with an accent line under the current one; a count or state may follow the word."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._notes: dict[int, str] = {}
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        theme.changed.connect(self.update)

    def set_note(self, index: int, note: str) -> None:
        """A few characters beside the title."""
        if self._notes.get(index, "") != note:
            self._notes[index] = note
            self.setAccessibleTabName(index, f"{self.tabText(index)} {note}".strip())
            self.setTabText(index, self.tabText(index))  # lays the tabs out anew

    def _note_width(self, index: int) -> int:
        # room for three digits is kept, so that little moves while a count grows
        note = self._notes.get(index, "")
        metrics = self.fontMetrics()
        return max(metrics.horizontalAdvance("000"), metrics.horizontalAdvance(note)) + UNIT if note else 0

    def tabSizeHint(self, index: int) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            metrics.horizontalAdvance(self.tabText(index)) + self._note_width(index) + 24, metrics.height() + 20
        )

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), self._theme.colors
        hovered = self.tabAt(self.mapFromGlobal(self.cursor().pos())) if self.underMouse() else -1
        for index in range(self.count()):
            box, current = self.tabRect(index), index == self.currentIndex()
            label = box.adjusted(12, 0, -4, -2)
            strong = current or index == hovered
            painter.setPen(QColor(colors.text if strong else colors.muted))
            painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, self.tabText(index))
            note = self._notes.get(index, "")
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
