"""The outbox in the shell: the operation that opens it, and a word about what arrived or cannot go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.marketplace.words import Cause, Fetched, OutboxRow, SendState
from widgets.context import MessageAction
from widgets.engaged import is_engaged
from widgets.outbox_dialog import OutboxDialog
from widgets.outbox_words import BRIEF, describe
from widgets.words import format_count

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.main_window import MainWindow

NAMED = 2  # deliveries that are named one by one


class OutboxActions(QObject):
    """Opens the outbox, and follows it: a conflict is announced once, wherever it comes from."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session, self._context = window, window.session, window.session.context
        self.dialog: OutboxDialog | None = None
        self._open: dict[int, OutboxRow] = {}  # what was on its way when we last looked
        self._market = ""
        self._context.actions.add(
            "outbox", "Out&box…", lambda: self.show(), group="Queue", keys="Ctrl+B", icon="export", section="outbox",
            tip="What is on its way to the marketplace, and what needs you",
        )  # fmt: skip
        self._session.market.outbox_changed.connect(self._follow)
        self._session.outbox_wanted.connect(self.show)
        self._to_open: set[int] = set()  # versions that are downloaded to be reviewed anew
        self._session.market.fetched.connect(self._open_fetched)

    def show(self, row: int | None = None) -> None:
        """Bring it to the front, at one of its rows."""
        if self.dialog is None:
            self.dialog = OutboxDialog(self._session, self._context.theme, self._window, self.review)
            self.dialog.finished.connect(self._forget)
        if row is not None:
            self.dialog.read(row)
        self.dialog.show()
        self.dialog.activateWindow()

    def _forget(self, *_: object) -> None:
        self.dialog = None

    def review(self, key: int) -> None:
        """Download the version of a decision that was given up, and open it."""
        self._to_open.add(key)
        self._session.market.fetch(key, open=True)

    def _open_fetched(self, got: Fetched) -> None:
        if got.key in self._to_open and got.submissions:
            self._to_open.discard(got.key)
            if not is_engaged():
                self._session.open(got.submissions[0])

    # news

    def _follow(self, rows: tuple[OutboxRow, ...]) -> None:
        market = self._session.market.state.market
        first, self._market = market != self._market, market
        former = {} if first else self._open
        self._open = {row.id: row for row in rows}
        conflicts = [r for r in rows if r.state is SendState.CONFLICT and not _same(former.get(r.id), r)]
        secrets = [r for r in rows if r.cause is Cause.SECRET and not _same(former.get(r.id), r)]
        if conflicts:
            # after what the sync itself has to say: what needs the reviewer stays on the screen
            QTimer.singleShot(0, self, lambda: self._tell_conflicts(conflicts))
        elif secrets:
            number = sum(r.cause is Cause.SECRET for r in rows)
            QTimer.singleShot(0, self, lambda: self._tell_secret(number))
        ended = set(former) - set(self._open)
        if ended:
            self._read_ended(ended, quiet=bool(conflicts))

    def _tell_secret(self, number: int) -> None:
        give = MessageAction("Give the new secret…", lambda: self._context.actions.trigger("market-settings"))
        wait = format_count(number, "decision waits", "decisions wait")
        self._context.show_message(f"The marketplace does not accept the secret: {wait}.", "warning", give)

    def _tell_conflicts(self, rows: Sequence[OutboxRow]) -> None:
        look = MessageAction("Look", lambda: self.show(rows[0].id))
        if len(rows) == 1:
            row = rows[0]
            what = describe(row, self._session.market.entries)
            text = f"Conflict: {what} was not sent: {BRIEF.get(row.cause, 'it needs you')}."
            if row.cause is Cause.OVERWRITTEN:
                text = f"Conflict: {what} was sent, but {BRIEF[row.cause]}."
        else:
            text = f"{format_count(len(rows), 'decision')} are in conflict, and wait for you."
        self._context.show_message(text, "warning", look)

    def _read_ended(self, ended: set[int], *, quiet: bool) -> None:
        """Rows that are no longer on their way: say so of those that arrived."""

        def work(desk: Desk) -> tuple[OutboxRow, ...]:
            rows = desk.marketplace.outbox(all=True)
            return tuple(r for r in rows if r.id in ended and r.state is SendState.DELIVERED and r.action != "assign")

        def done(rows: tuple[OutboxRow, ...]) -> None:
            if not rows or quiet:
                return
            names = [describe(row, self._session.market.entries) for row in rows[:NAMED]]
            more = f" and {format_count(len(rows) - NAMED, 'more', 'more')}" if len(rows) > NAMED else ""
            self._context.show_message(f"Delivered: {', '.join(names)}{more}.", "good")

        self._context.submit(work, done, anywhere=True)


def _same(former: OutboxRow | None, row: OutboxRow) -> bool:
    """Whether it was announced already."""
    return former is not None and (former.state, former.cause) == (row.state, row.cause)
