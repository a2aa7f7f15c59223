"""One line that tells what happened, with a button for what to do about it; never in the way."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from widgets.context import MessageAction
from widgets.parts import Button, PlainLabel
from widgets.theme import HALF, ICON, MESSAGES, UNIT, Theme

STAYS = 12_000  # ms; errors, and what asks to do something, stay until they are read


class MessageBar(QWidget):
    """Shows the latest message; an error is not pushed aside by a mere note."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self.kind = theme, ""
        self._handler: MessageAction | None = None
        self._icon = QLabel()
        self._icon.setFixedSize(ICON, ICON)
        self.label = PlainLabel("", wrap=True)
        self.button = Button("", theme, kind="plain")
        self.button.setAccessibleName("Do what the message offers")
        self.button.clicked.connect(self._act)
        self.dismiss = Button("", theme, kind="quiet", icon="cross")
        self.dismiss.setAccessibleName("Dismiss the message")
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(UNIT + HALF, HALF, UNIT, HALF)
        row.setSpacing(UNIT)
        row.addWidget(self._icon)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        row.addWidget(self.dismiss)
        self._timer = QTimer(self, singleShot=True, interval=STAYS)
        self._timer.timeout.connect(self.clear)
        theme.changed.connect(self._tint)
        self.hide()

    def say(self, text: str, kind: str = "info", action: MessageAction | None = None) -> None:
        """Show a message, and tell it to a screen reader once."""
        if self.kind == "error" and kind == "info" and self.isVisible():
            return
        self.kind, self._handler = kind, action
        self.label.setText(text)
        self.button.setVisible(action is not None)
        if action is not None:
            self.button.setText(action.text)
            self.button.setAccessibleName(action.text)
            self.button.updateGeometry()
        self._tint()
        self.show()
        self._timer.stop()
        if kind in ("info", "good") or (kind == "warning" and action is None):
            self._timer.start()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{MESSAGES[kind].word}: {text}"))

    def clear(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self.kind, self._handler = "", None
        self.hide()

    def _act(self) -> None:
        action = self._handler
        self.clear()
        if action is not None:
            action.handler()

    def _tint(self) -> None:
        if self.kind:
            mark = MESSAGES[self.kind]
            self._icon.setPixmap(self._theme.pixmap(mark.icon, mark.role, ICON, self.devicePixelRatioF()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.kind:
            painter, mark = QPainter(self), MESSAGES[self.kind]
            painter.fillRect(self.rect(), self._theme.color(mark.tint))
            painter.fillRect(0, 0, 3, self.height(), self._theme.color(mark.role))
