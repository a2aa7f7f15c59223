"""Where the decision on the open submission is on its way to the marketplace: one line, one click to the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.marketplace.words import OutboxRow, SendState
from widgets.outbox_words import brief, explain, mark_of
from widgets.parts import Button
from widgets.theme import Theme
from widgets.words import format_time, tip

if TYPE_CHECKING:
    from app.desk import Desk
    from app.marketplace.words import QueueEntry
    from widgets.session import Session

OVER = (SendState.SUPERSEDED, SendState.WITHDRAWN)


def current_row(rows: tuple[OutboxRow, ...]) -> OutboxRow | None:
    """The latest word on a version that still counts; `rows` the newest first."""
    return next((row for row in rows if row.action != "assign" and row.state not in OVER), None)


class DecisionWay(Button):
    """Hidden where there is nothing to tell."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__("", theme, kind="quiet")
        self._session, self._context = session, session.context
        self.row: OutboxRow | None = None
        self._key: int | None = None
        self.setAccessibleName("Where the decision is on its way")
        self.hide()
        self.clicked.connect(self._look)
        session.market.outbox_changed.connect(self._read)
        session.market.queue_changed.connect(self._read)
        session.decisions_changed.connect(self._read)
        self._context.submission_changed.connect(self._read)

    def _entry(self) -> QueueEntry | None:
        about = self._context.submission
        return self._session.market.entry_of(about.id) if about is not None else None

    def _read(self, *_: object) -> None:
        """From the record, because what has arrived is no longer in the list of what is on its way."""
        entry = self._entry()
        key = entry.key if entry is not None else None
        if key != self._key:
            self._show(None)
        self._key = key
        if key is None:
            return

        def work(desk: Desk) -> tuple[OutboxRow, ...]:
            return desk.marketplace.outbox_of(key)

        def done(rows: tuple[OutboxRow, ...]) -> None:
            if key == self._key:
                self._show(current_row(rows))

        self._context.submit(work, done, key="decision-way")

    def _show(self, row: OutboxRow | None) -> None:
        self.row = row
        self.setVisible(row is not None)
        if row is None:
            return
        mark = mark_of(row)
        self.setText(brief(row))
        self.set_look(icon=mark.icon, role=mark.role)
        self.setAccessibleName(f"On its way to the marketplace: {self.text()}")
        said = [explain(row), row.told, f"last change {format_time(row.changed)}", "Click shows it in the outbox"]
        self.setToolTip(tip("\n".join(line for line in said if line)))

    def _look(self) -> None:
        if self.row is not None:
            self._session.outbox_wanted.emit(self.row.id)
