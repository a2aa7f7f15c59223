"""One question before something is given up, saying what is kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from widgets.dialogs import Sheet
from widgets.outbox_words import Asked
from widgets.parts import PlainLabel, TextBox
from widgets.theme import Theme


class AskSheet(Sheet):
    """One question before something is given up; with a sentence to write where the record needs it."""

    def __init__(self, theme: Theme, asked: Asked, on_yes: Callable[[str], object], parent: QWidget) -> None:
        super().__init__(theme, asked.title, parent, 460, 240 if asked.reason else 180)
        self.body.addWidget(PlainLabel(asked.text, theme, "text", wrap=True))
        self.reason: TextBox | None = None
        if asked.reason:
            self.reason = TextBox(theme, "Why, for the record", "Reason")
            self.reason.textChanged.connect(self._check)
            self.body.addWidget(self.reason, 1)
        else:
            self.body.addStretch(1)
        self.yes = self.add_foot(asked.button, dismiss="Cancel")
        self.accepted.connect(lambda: on_yes(self.reason.toPlainText().strip() if self.reason is not None else ""))
        self._check()
        if self.reason is not None:
            self.reason.setFocus()

    def _check(self) -> None:
        from app.triage import says_something

        self.yes.setEnabled(self.reason is None or says_something(self.reason.toPlainText(), 1))
