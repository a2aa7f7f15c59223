"""One line that tells what happened, with a button for what to do about it; never in the way."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from widgets.context import MessageAction
from widgets.parts import Button, PlainLabel
from widgets.theme import HALF, ICON, MESSAGES, UNIT, Theme

STAYS = 12_000  # ms; errors, and what asks to do something, stay until they are read
MOST_BEHIND = 50


class MessageBar(QWidget):
    """Shows the latest message; an error stays until it is dismissed, and what came meanwhile follows it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self.kind = theme, ""
        self._handler: MessageAction | None = None
        # what came while an error stood
        self._behind: deque[tuple[str, str, MessageAction | None]] = deque(maxlen=MOST_BEHIND)
        self._icon = QLabel()
        self._icon.setFixedSize(ICON, ICON)
        self.label = PlainLabel("", wrap=True)
        self.button = Button("", theme, kind="plain")
        self.button.setAccessibleName("Do what the message offers")
        self.button.clicked.connect(self._act)
        self.dismiss = Button("", theme, kind="quiet", icon="cross")
        self.dismiss.setAccessibleName("Dismiss the message")
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.clicked.connect(self._show_next)
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
        if self.kind == "error" and not self.isHidden():
            if (text, kind) not in [(self.label.text(), self.kind), *(one[:2] for one in self._behind)]:
                self._keep(text, kind, action)
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
        if kind == "good" or (kind != "error" and action is None):
            self._timer.start()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{MESSAGES[kind].word}: {text}"))

    def clear(self) -> None:
        """Take the message away, and what waits behind it."""
        self._behind.clear()
        self._show_next()

    def _keep(self, text: str, kind: str, action: MessageAction | None) -> None:
        # every error is told; of what is no error only the latest, a passing hint not at all
        self._behind = deque((one for one in self._behind if one[1] == "error"), MOST_BEHIND)
        if kind != "info" or action is not None:
            self._behind.append((text, kind, action))
        errors = sum(one[1] == "error" for one in self._behind)
        self.dismiss.setText(f"{errors} more" if errors else "")
        self.dismiss.updateGeometry()

    def _show_next(self) -> None:
        self._timer.stop()
        self.kind, self._handler = "", None
        self.dismiss.setText("")
        if not self._behind:
            self.hide()
            return
        first, *rest = self._behind
        self._behind.clear()
        self.say(*first)
        for one in rest:
            self.say(*one)

    def _act(self) -> None:
        action = self._handler
        self._show_next()
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
