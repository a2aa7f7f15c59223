"""The chosen decision of the outbox: why it is where it is, both sides of it, and a button for each way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.marketplace.words import Cause, OutboxRow, SendState
from widgets.conflict_view import ConflictView
from widgets.outbox_words import confirm_block, explain, way_label
from widgets.parts import Button, PlainLabel
from widgets.theme import HALF, UNIT, Theme

ICONS = {"retry": "refresh", "theirs": "check", "review": "package", "confirm": "check", "refuse": "cross"}
TELLING = (SendState.QUEUED, SendState.SENDING, SendState.WITHDRAWN)


class OutboxDetail(QWidget):
    """Below the list."""

    way_chosen = Signal(object, str)  # OutboxRow, way
    review_wanted = Signal(object)  # OutboxRow
    secret_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._about: object = None  # what is shown
        self.title = PlainLabel("", theme, "text", factor=1.1, bold=True, wrap=True)
        self.why = PlainLabel("", theme, "muted", wrap=True)
        self.told = PlainLabel("", theme, "muted", wrap=True)
        self.sides = ConflictView(theme)
        self.block = PlainLabel("", theme, "medium", wrap=True)
        self._line = QHBoxLayout()
        self._line.setSpacing(UNIT)
        self.buttons: list[Button] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, UNIT, 0, 0)
        column.setSpacing(HALF)
        column.addWidget(self.title)
        column.addWidget(self.why)
        column.addWidget(self.told)
        column.addSpacing(HALF)
        column.addWidget(self.sides, 1)
        column.addWidget(self.block)
        column.addSpacing(HALF)
        column.addLayout(self._line)

    def show_row(self, row: OutboxRow | None, reviewer: str, name: str, nothing: str) -> None:
        """Show a row, called `name`, to a reviewer; `nothing` is said where there is none."""
        about = (row, reviewer, name, nothing)
        if about == self._about:
            return  # nothing moves under the pointer, and the keyboard stays where it is
        self._about = about
        while self._line.count():
            item = self._line.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        self.sides.show_row(row, reviewer)
        self.sides.setVisible(row is not None)
        block = told = ""
        if row is None:
            self.title.setText(nothing)
            self.why.setText("")
        else:
            self.title.setText(name[:1].upper() + name[1:])
            self.why.setText(explain(row))
            self.why.set_role("text" if row.state is SendState.CONFLICT else "muted")
            # where both sides stand below, the sentence of the sync says nothing more
            if row.state in TELLING or row.cause in (Cause.REFUSED, Cause.NOT_VALID):
                told = row.told
            block = confirm_block(row, reviewer)
            self._add_ways(row, reviewer, blocked=bool(block))
        self.told.setText(f"Last: {told}")
        self.told.setVisible(bool(told))
        self.block.setText(block)
        self.block.setVisible(bool(block))

    def _add_ways(self, row: OutboxRow, reviewer: str, *, blocked: bool) -> None:
        needs_secret = row.cause is Cause.SECRET and row.state.open
        if needs_secret:
            give = Button("Give the new secret…", self._theme, kind="primary", icon="lock")
            give.clicked.connect(lambda *_: self.secret_wanted.emit())
            self.buttons.append(give)
        for place, way in enumerate(row.ways):
            first = not place and not needs_secret
            button = Button(way_label(row, way, reviewer), self._theme, kind="primary" if first else "plain",
                            icon=ICONS.get(way, ""))  # fmt: skip
            button.setEnabled(way != "confirm" or not blocked)
            button.clicked.connect(lambda _, w=way: self.way_chosen.emit(row, w))
            self.buttons.append(button)
        if row.submission is not None:
            look = Button("Open the review", self._theme, kind="quiet", icon="arrow-right")
            look.clicked.connect(lambda *_: self.review_wanted.emit(row))
            self.buttons.append(look)
        for button in self.buttons:
            button.setAccessibleName(button.text())
            self._line.addWidget(button)
        self._line.addStretch(1)

    def focus_way(self) -> None:
        """The keyboard goes to the first way on that is possible."""
        target = next((button for button in self.buttons if button.isEnabled()), None)
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
