"""Suspend and unsuspend a published version: the reason, and exactly what the developer will read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.marketplace.words import MarketState, OutboxRow, Preview, QueueEntry
from widgets.context import MessageAction, PaneContext
from widgets.dialogs import Sheet
from widgets.outbox_words import DONE, STATUSES
from widgets.parts import PlainLabel, TextBox
from widgets.send_preview import SendPreview
from widgets.theme import GAP, HALF, WIDE, Theme

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.main_window import MainWindow

# action -> its word, the status it starts from, what it means
ACTIONS = {
    "suspend": (
        "Suspend",
        "approved",
        "It is no longer offered until it is unsuspended; its files stay with the marketplace.",
    ),
    "unsuspend": ("Unsuspend", "suspended", "It is offered again as it was approved."),
}


class StatusDialog(Sheet):
    """Asks for the reason; beside it what is sent."""

    def __init__(
        self, context: PaneContext, theme: Theme, entry: QueueEntry, action: str, state: MarketState, parent: QWidget,
        earlier: tuple[OutboxRow, ...] = (),
    ) -> None:  # fmt: skip
        self._verb, _, meaning = ACTIONS[action]
        super().__init__(theme, f"{self._verb}: {entry.name} {entry.label}".rstrip(), parent,
                         min(900, parent.width() - 2 * WIDE), min(460, parent.height() - 2 * WIDE))  # fmt: skip
        key = entry.key
        self.body.addWidget(PlainLabel(meaning, theme, "muted", wrap=True))
        self.text = TextBox(theme, "Why, in words for the developer", "Reason")
        self.text.textChanged.connect(self._check)

        def ask(desk: Desk, words: str, _: bool) -> Preview:
            return desk.marketplace.preview_status(key, action, words)

        self.sending = SendPreview(context, theme, ask, state=state, earlier=earlier, escalates=False)
        column = QVBoxLayout()
        column.setSpacing(HALF)
        column.addWidget(PlainLabel("Your words", theme, "muted"))
        column.addWidget(self.text, 1)
        self.hint = PlainLabel("", theme, "muted", wrap=True)
        column.addWidget(self.hint)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addLayout(column, 1)
        row.addWidget(self.sending, 1)
        self.body.addLayout(row, 1)
        self.confirm = self.add_foot(self._verb, dismiss="Cancel")
        self.confirm.setShortcut(QKeySequence("Ctrl+Return"))
        self.confirm.setToolTip(f"{self._verb} (Ctrl+Enter)")
        self.finished.connect(self.sending.end)
        self._check()
        self.text.setFocus()

    @property
    def reason(self) -> str:
        """What was written."""
        return self.text.toPlainText().strip()

    def _check(self) -> None:
        from app.triage import says_something

        enough = says_something(self.reason, 1)
        self.hint.setText("" if enough else "Write a reason: the developer reads it, and the record keeps it.")
        self.confirm.setEnabled(enough)
        self.sending.follow(self.reason)


class StatusActions:
    """Registers both; `ask` serves the queue's table too, for the version that is chosen there."""

    def __init__(self, window: MainWindow) -> None:
        self._window, self._session, self._context = window, window.session, window.session.context
        self.dialog: StatusDialog | None = None
        add = self._context.actions.add
        for action, (verb, status, meaning) in ACTIONS.items():
            may = lambda s=status: self._open_entry(s) is not None  # noqa: E731 - a condition
            add(action, f"{verb} this version…", lambda a=action: self._ask_open(a), group="Queue", icon="stop",
                section="published", tip=meaning, enabled_when=may)  # fmt: skip

    def _open_entry(self, status: str) -> QueueEntry | None:
        """The version of the open submission, where it stands so."""
        about = self._context.submission
        entry = self._session.market.entry_of(about.id) if about is not None else None
        return entry if entry is not None and entry.status.value == status and not entry.gone else None

    def _ask_open(self, action: str) -> None:
        entry = self._open_entry(ACTIONS[action][1])
        if entry is not None:
            self.ask(entry.key, action)

    def may(self, key: int, action: str) -> bool:
        """Whether a version of the queue stands where this action begins."""
        entry = self._session.market.entries.get(key)
        return entry is not None and not entry.gone and entry.status.value == ACTIONS[action][1]

    def ask(self, key: int, action: str) -> None:
        """Suspend or unsuspend a version, whichever is open by now."""
        entry = self._session.market.entries.get(key)
        if entry is not None:
            self._show(entry, action)
            return
        # published versions are not in the queue that waits
        self._context.submit(lambda desk: desk.marketplace.entry(key), lambda e: self._show(e, action),
                             key="status-entry", anywhere=True)  # fmt: skip

    def _show(self, entry: QueueEntry, action: str) -> None:
        verb, status, _ = ACTIONS[action]
        name = f"{entry.name} {entry.label}".rstrip()
        if entry.gone or entry.status.value != status:
            now = "gone" if entry.gone else STATUSES.get(entry.status.value, entry.status.value)
            self._context.show_message(f"{name} is {now}: only what is {status} can be {verb.lower()}ed.", "info")
            return
        if self.dialog is not None:
            return
        market = self._session.market
        earlier = tuple(row for row in market.outbox if row.key == entry.key and row.action != "assign")
        dialog = StatusDialog(self._context, self._context.theme, entry, action, market.state, self._window, earlier)

        def done(result: int) -> None:
            self.dialog = None
            if result:
                self._send(entry.key, action, dialog.reason, name)

        dialog.finished.connect(done)
        self.dialog = dialog
        dialog.open()

    def _send(self, key: int, action: str, reason: str, name: str) -> None:
        market = self._session.market

        def done(row: OutboxRow) -> None:
            look = MessageAction("Look", lambda: self._window.outbox.show(row.id))
            how = "on its way" if market.state.online else "kept until the marketplace answers"
            self._context.show_message(f"{DONE[action]}: {name}, {how}.", "good", look)
            market.follow_decision()

        self._context.submit(
            lambda desk: desk.marketplace.change_status(key, action, reason), done, anywhere=True, write=True
        )
