"""What a decision sends, before it is sent: the words that the developer will read, the status, the files bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from widgets.check_box import CheckBox
from widgets.conflict_view import status_mark
from widgets.outbox_words import STATUSES, clock, noun_of
from widgets.parts import Badge, ElidedLabel, PlainLabel, TextBox
from widgets.theme import HALF, UNIT, Theme
from widgets.words import format_count, short_hash, tip

if TYPE_CHECKING:
    from app.desk import Desk
    from app.marketplace.words import BoundFile, MarketState, OutboxRow, Preview
    from widgets.context import PaneContext

PAUSE = 250  # ms without a keystroke before the preview is made anew
SHOWN_FILES = 12
SECOND = "A second reviewer has to confirm it (escalate)"


class SendPreview(QWidget):
    """Beside the reason; `ask(desk, words, escalate)` gives it on a worker thread; late answers are dropped."""

    shown = Signal()  # the preview is that of the words as they stand

    def __init__(
        self,
        context: PaneContext,
        theme: Theme,
        ask: Callable[[Desk, str, bool], Preview | None],
        *,
        state: MarketState,
        earlier: Sequence[OutboxRow] = (),
        profile: str = "",
        escalates: bool = True,
    ) -> None:
        super().__init__()
        self._context, self._theme, self._ask, self._profile = context, theme, ask, profile
        self._words: str | None = None
        self._over = False
        self.preview: Preview | None = None
        self.fresh = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(HALF)
        column.addWidget(PlainLabel("What the developer will read", theme, "muted"))
        self.text = TextBox(theme, "", "What the developer will read")
        self.text.setReadOnly(True)
        theme.on_change(self._tint)
        column.addWidget(self.text, 1)
        column.addSpacing(HALF)
        self.status = Badge(theme)
        self.status.hide()
        column.addWidget(self.status)
        self._files_title = PlainLabel("", theme, "muted", wrap=True)
        column.addWidget(self._files_title)
        self._files = QScrollArea(widgetResizable=True)
        self._files.setFrameShape(QScrollArea.Shape.NoFrame)
        self._files.setAccessibleName("Files that the decision is bound to")
        self._files.hide()
        column.addWidget(self._files)
        column.addSpacing(HALF)
        self.when = PlainLabel(tell_when(state), theme, "muted" if state.online else "medium", wrap=True)
        column.addWidget(self.when)
        self.replaces = PlainLabel("\n".join(tell_earlier(row) for row in earlier), theme, "medium", wrap=True)
        self.replaces.setVisible(bool(earlier))
        column.addWidget(self.replaces)
        self.second = CheckBox(SECOND, theme)
        self.second.setVisible(escalates)
        self.second.toggled.connect(self._escalated)
        column.addWidget(self.second)
        self.second_why = PlainLabel("", theme, "muted", wrap=True)
        self.second_why.hide()
        column.addWidget(self.second_why)
        self._state = state
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self._request)

    def _tint(self) -> None:
        """What cannot be written in stands on the window's ground."""
        palette = self.text.palette()
        palette.setColor(QPalette.ColorRole.Base, self._theme.color("window"))
        palette.setColor(QPalette.ColorRole.Text, self._theme.color("text"))
        self.text.setPalette(palette)

    @property
    def escalate(self) -> bool:
        """Whether a second reviewer was asked for."""
        return self.second.isChecked()

    def follow(self, words: str) -> None:
        """The reason was edited: make the preview anew once the hands rest."""
        if words == self._words:
            return
        first, self._words = self._words is None, words
        self.fresh = False
        if first:
            self._request()
        else:
            self._timer.start()

    def end(self) -> None:
        """The dialog closes: answers that are still to come are nobody's."""
        self._over = True
        self._timer.stop()

    def _request(self) -> None:
        words, ask, escalate = self._words or "", self._ask, self.escalate

        def done(preview: Preview | None) -> None:
            if not self._over:
                self._show(preview)

        def failed(error: Exception) -> None:
            if not self._over:
                self.text.setPlainText("")
                self._files_title.setText(f"No preview: {self._context.bridge.explain(error)}")
                self._files_title.set_role("critical")

        # of several that were asked for, only the answer to the latest arrives
        self._context.submit(lambda desk: ask(desk, words, escalate), done, failed, key="preview", anywhere=True)

    def _show(self, preview: Preview | None) -> None:
        self.preview, self.fresh = preview, not self._timer.isActive()
        if preview is None:
            return
        bar = self.text.verticalScrollBar().value()
        self.text.setPlainText(preview.text)
        self.text.verticalScrollBar().setValue(bar)
        mark = status_mark(preview.status)
        self.status.show_mark(mark, f"sets the status to {STATUSES.get(preview.status, preview.status)}")
        self.status.show()
        self._show_files(preview.files)
        if preview.second:
            self.second.setEnabled(False)
            self.second.setChecked(True)
        self._tell_second()
        self.shown.emit()

    def _show_files(self, files: Sequence[BoundFile]) -> None:
        number = len(files)
        self._files_title.set_role("muted")
        self._files_title.setText(f"Bound to the bytes of {format_count(number, 'file')}" if number else "")
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, UNIT, 0)
        grid.setHorizontalSpacing(UNIT)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for row, file in enumerate(files[:SHOWN_FILES]):
            sha = PlainLabel(short_hash(file.sha256, 12), self._theme, "muted")
            sha.setToolTip(tip(f"sha256 {file.sha256}"))
            grid.addWidget(ElidedLabel(file.name, self._theme, "text"), row, 0)
            grid.addWidget(sha, row, 1)
        if number > SHOWN_FILES:
            grid.addWidget(PlainLabel(f"and {number - SHOWN_FILES:,} more", self._theme, "muted"), SHOWN_FILES, 0)
        self._files.setWidget(inside)
        line = self.fontMetrics().height() + 4
        self._files.setFixedHeight(line * min(max(number, 1), 4))
        self._files.setVisible(bool(number))

    def _escalated(self, *_: object) -> None:
        self._tell_second()
        if self.preview is None or not self.preview.second:  # both names stand in the text then
            self._request()

    def _tell_second(self) -> None:
        forced = self.preview is not None and self.preview.second
        profile = f"The profile {self._profile}" if self._profile else "The profile"
        words = f"{profile} asks for two reviewers. " if forced else ""
        if self.escalate:
            self.second_why.setText(
                f"{words}It is kept here, and sent once another reviewer has confirmed it, with their name."
            )
        self.second_why.setVisible(self.escalate)
        self.when.setVisible(not self.escalate)


def tell_when(state: MarketState) -> str:
    """Whether it leaves at once."""
    if state.online:
        return "It is sent now; what arrived is read back and proven."
    return "Offline: it is kept and sent when the marketplace answers."


def tell_earlier(row: OutboxRow) -> str:
    """What becomes of an earlier decision of the same version that has not arrived."""
    from app.marketplace.words import SendState

    whose = f"{noun_of(row)} of {clock(row.created)}"
    if row.state is SendState.SENDING:
        return f"Your {whose} may have arrived already: this one is sent after it."
    unsent = "unsent " if row.state is not SendState.CONFLICT else "conflicting "
    return f"Replaces your {unsent}{whose}."
