"""Below the checklist: what the chosen guideline asks, why it stands as it does, and the reviewer's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from widgets.parts import Button, Field, PlainLabel
from widgets.session import Session
from widgets.theme import HALF, UNIT, Theme

if TYPE_CHECKING:
    from app.checklist import Item

ANSWERS = (("met", "Met", "check", "1"), ("not_met", "Not met", "cross", "2"), ("not_applicable", "N/A", "minus", "3"))


class AnswerPanel(QWidget):
    """Three answers and a comment; pressing the given answer again withdraws it."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._item = session, None
        self._pending = ""
        # comments typed and not saved, by submission and guideline: they wait until the reviewer comes back
        self._drafts: dict[tuple[int, str], str] = {}
        self._title = PlainLabel("", theme, "text", bold=True, wrap=True)
        self._why = PlainLabel("", theme, "text", factor=0.95, wrap=True)
        self._text = PlainLabel("", theme, "muted", factor=0.95, wrap=True)
        inside = QWidget()
        inside.setBackgroundRole(QPalette.ColorRole.Base)
        inside.setAutoFillBackground(True)
        column = QVBoxLayout(inside)
        column.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, HALF)
        column.setSpacing(HALF)
        for label in (self._title, self._why, self._text):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        column.addStretch(1)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self.buttons: dict[str, Button] = {}
        row = QHBoxLayout()
        row.setContentsMargins(UNIT, HALF, UNIT, 0)
        row.setSpacing(HALF)
        for value, word, icon, key in ANSWERS:
            button = Button(word, theme, icon=icon)
            button.setCheckable(True)
            button.setAccessibleName(f"Answer {value.replace('_', ' ')}")
            button.setToolTip(f"{word} ({key}); again to withdraw")
            button.clicked.connect(lambda _, v=value: self.choose(v))
            row.addWidget(button, 1)
            self.buttons[value] = button
        self.comment = Field(theme, "", "Comment on the answer", maxLength=2000)
        self.comment.returnPressed.connect(self._commit)
        self.comment.textEdited.connect(self._keep_draft)
        field = QHBoxLayout()
        field.setContentsMargins(UNIT, HALF, UNIT, UNIT)
        field.addWidget(self.comment)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._scroll, 1)
        layout.addLayout(row)
        layout.addLayout(field)
        self.show_item(None)

    @property
    def item(self) -> Item | None:
        return self._item

    def show_item(self, item: Item | None) -> None:
        """Show another guideline, or the same one with news; a comment being typed stays."""
        same = item is not None and self._item is not None and item.guideline.id == self._item.guideline.id
        typing = same and self.comment.isModified() and self.comment.hasFocus()
        self._item = item
        if not typing:
            self._pending = ""
        self._title.setVisible(item is not None)
        self._title.setText(f"{item.guideline.id}  {item.guideline.title}" if item else "")
        why = (
            (item.contradiction or item.why)
            if item
            else "Choose a guideline to read what it asks for and to answer it."
        )
        self._why.setText(f"{why[:1].upper()}{why[1:]}")
        self._text.setText(item.guideline.text if item else "")
        answer = item.answer if item else None
        for value, button in self.buttons.items():
            button.setEnabled(item is not None)
            button.setChecked(answer is not None and answer.value == value)
        self.comment.setEnabled(item is not None)
        self.comment.setPlaceholderText("Comment (Enter saves it with the answer)")
        if not typing:
            draft = self._drafts.get(self._key())
            self.comment.setText(draft if draft is not None else answer.comment if answer else "")
            self.comment.setModified(draft is not None)
            if not same:
                self._scroll.verticalScrollBar().setValue(0)

    def _key(self) -> tuple[int, str]:
        about = self._session.context.submission
        return (about.id if about else 0, self._item.guideline.id if self._item else "")

    def _keep_draft(self, text: str) -> None:
        self._drafts[self._key()] = text

    def _send(self, value: str | None, comment: str = "") -> None:
        key, draft = self._key(), None
        if value is not None:
            draft = self._drafts.pop(key, None)

        def refused(error: Exception) -> None:
            if draft is not None:
                self._drafts.setdefault(key, draft)
            self._session.context.tell_error(error)

        self._pending = ""
        self.comment.setModified(False)
        self._session.answer(key[1], value, comment, refused)

    def choose(self, value: str) -> None:
        """Give this answer, or withdraw it where it is given already; "not applicable" asks why first."""
        if self._item is None:
            return
        given = self._item.answer.value if self._item.answer else ""
        comment = self.comment.text().strip()
        if value == given:
            self._send(None)
            return
        if value == "not_applicable" and not comment:
            self._pending = value
            for name, button in self.buttons.items():
                button.setChecked(name == value)
            self.comment.setPlaceholderText("Say why it does not apply, then Enter")
            self.comment.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        self._send(value, comment)

    def _commit(self) -> None:
        if self._item is None:
            return
        given = self._item.answer.value if self._item.answer else ""
        value = self._pending or given
        if not value:
            self._session.context.show_message("Choose an answer first: met, not met or not applicable.", "info")
            return
        self._send(value, self.comment.text().strip())
