"""What a pane shows when it has nothing to show: one sentence, what to do, and a button for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from widgets.parts import Button, PlainLabel
from widgets.theme import UNIT, WIDE, Theme

WIDEST = 460


class EmptyState(QWidget):
    """An icon, a heading, a sentence, and buttons or other widgets below."""

    def __init__(self, theme: Theme, icon: str, heading: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._icon = theme, icon
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.heading = PlainLabel(heading, factor=1.25, bold=True)
        self.heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = PlainLabel(text, theme, "muted", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(WIDE, WIDE, WIDE, WIDE)
        self._column.setSpacing(UNIT)
        self._column.addStretch(2)
        self._column.addWidget(self._picture)
        self._column.addSpacing(UNIT)
        self._column.addWidget(self.heading)
        # not by alignment: a wrapped label gets the height that it needs only from a row of its own
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.text, 100)
        row.addStretch(1)
        self._column.addLayout(row)
        self._column.addStretch(3)
        self.say(heading, text)
        theme.on_change(self._tint)

    def _tint(self) -> None:
        self._picture.setPixmap(self._theme.pixmap(self._icon, "muted", 40, self.devicePixelRatioF()))

    def say(self, heading: str, text: str, icon: str = "") -> None:
        """Other words for the same place."""
        self.heading.setText(heading)
        self.text.setText(text)
        # what its words need, up to a line worth reading; a narrow pane may still make it narrower
        self.text.setMaximumWidth(min(self.text.fontMetrics().horizontalAdvance(text) + UNIT, WIDEST))
        if icon:
            self._icon = icon
            self._tint()

    def add(self, widget: QWidget) -> None:
        """Put a widget below the text."""
        self._column.insertSpacing(self._column.count() - 1, UNIT)
        self._column.insertWidget(self._column.count() - 1, widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def add_button(self, text: str, handler: Callable[[], object], kind: str = "plain") -> Button:
        """Put a button below the text."""
        button = Button(text, self._theme, kind=kind)
        button.setAccessibleName(text)
        button.clicked.connect(lambda *_: handler())
        self.add(button)
        return button
