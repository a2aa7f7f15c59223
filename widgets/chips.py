"""Small switches in a row: which severities, states or kinds a list shows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from widgets.theme import HALF, Theme


class Chips(QWidget):
    """Checkable buttons with a count each; none checked means all are shown."""

    changed = Signal()

    def __init__(
        self, theme: Theme, choices: Sequence[tuple[object, str, str, str]], parent: QWidget | None = None
    ) -> None:
        """`choices` are (key, word, icon, role of the colour)."""
        super().__init__(parent)
        self._theme = theme
        self._choices = tuple(choices)
        self._buttons: dict[object, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(HALF)
        for key, word, icon, _ in self._choices:
            button = QToolButton()
            button.setCheckable(True)
            button.setText(word)
            button.setAccessibleName(word)
            style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if icon else Qt.ToolButtonStyle.ToolButtonTextOnly
            button.setToolButtonStyle(style)
            button.toggled.connect(lambda *_: self.changed.emit())
            row.addWidget(button)
            self._buttons[key] = button
        theme.on_change(self._tint)

    def _tint(self) -> None:
        for key, _, icon, role in self._choices:
            if icon:
                self._buttons[key].setIcon(self._theme.icon(icon, role))

    def chosen(self) -> frozenset[object]:
        """Keys of the checked chips; empty for all."""
        return frozenset(key for key, button in self._buttons.items() if button.isChecked())

    def button(self, key: object) -> QToolButton:
        """The chip of a key."""
        return self._buttons[key]

    def clear(self) -> None:
        """Uncheck all, saying so once."""
        if not self.chosen():
            return
        self.blockSignals(True)
        for button in self._buttons.values():
            button.setChecked(False)
        self.blockSignals(False)
        self.changed.emit()

    def show_counts(self, counts: dict[object, int]) -> None:
        """Write how many there are of each; a chip of none is quiet but stays where it is."""
        for key, word, _, _ in self._choices:
            count = counts.get(key, 0)
            button = self._buttons[key]
            text = f"{word} {count:,}" if count else word
            if button.text() != text:
                button.setText(text)
                button.setAccessibleName(f"{word}, {count:,}")
