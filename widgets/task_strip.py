"""A line for work of minutes that belongs to no submission: what it is, how far it is, and the button to stop it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from widgets.list_parts import ThinBar
from widgets.parts import Button, ElidedLabel
from widgets.theme import GAP, HALF, UNIT, Theme

TICK = 100  # ms; between two moves of a bar whose end is not known
BAR = 160  # px


class TaskStrip(QWidget):
    """Hidden until there is something to do; one task at a time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._stop: Callable[[], object] | None = None
        self.setAccessibleName("Work in the background")
        self.label = ElidedLabel("", theme, "text")
        self.detail = ElidedLabel("", theme, "muted")
        self.bar = ThinBar(theme, "Progress of the work in the background")
        self.bar.setFixedWidth(BAR)
        self.button = Button("Cancel", theme, icon="stop")
        self.button.clicked.connect(self.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, HALF, UNIT, HALF)
        row.setSpacing(GAP)
        row.addWidget(self.label)
        row.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.detail, 1)
        row.addWidget(self.button)
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self.bar.tick)
        self.hide()

    def begin(self, text: str, stop: Callable[[], object]) -> None:
        """Show it, and tell a screen reader once; `stop` is called when the reviewer cancels."""
        self._stop = stop
        self.label.setText(text)
        self.detail.setText("")
        self.bar.setRange(0, 0)
        self.button.setEnabled(True)
        self.button.setText("Cancel")
        self.button.setAccessibleName(f"Cancel: {text}")
        self.button.setToolTip("Stop it; nothing is changed then")
        self._timer.start()
        self.show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def show_progress(self, done: int, total: int, detail: str) -> None:
        """How far it is; a total of 0 means that nobody knows."""
        self.bar.setRange(0, 1000 if total else 0)
        if total:
            self.bar.setValue(min(1000, 1000 * done // total))
        self.detail.setText(detail)

    def end(self) -> None:
        """It is over; the message bar tells how it went."""
        self._stop = None
        self._timer.stop()
        self.hide()

    def cancel(self) -> None:
        """Stop what is at work, if anything is."""
        if self._stop is not None and self.button.isEnabled():
            self.button.setEnabled(False)
            self.button.setText("Stopping…")
            self._stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("line"))
