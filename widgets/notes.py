"""The reviewer's notes on their way to the record: what is typed is never replaced, and saved at once.

While one text is being written the next keystrokes wait for it, so that a slow disk sees the latest text only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from widgets.context import PaneContext

if TYPE_CHECKING:
    from app.desk import Desk


def join_notes(known: str, typed: str) -> str:
    """Notes on record, and below them what was typed before they were read."""
    return "\n".join(filter(None, (known, typed)))


class Notes(QObject):
    """Fills the field once for each submission that is opened; from then on the field is newer than the record."""

    loaded = Signal(str)  # what the field has to show

    def __init__(self, context: PaneContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._unsaved: tuple[int, str] | None = None  # submission and text
        self._typed: dict[int, str] = {}  # the latest text written here, by submission: newer than any record
        self._due = 0  # the submission whose notes are still being read; 0 = none
        self._writing = False

    def open(self, submission: int) -> None:
        """Another submission: its notes come with its record, unless they were written here."""
        self.save()
        self._due = 0 if submission in self._typed else submission
        self.loaded.emit(self._typed.get(submission, ""))

    def take(self, submission: int, text: str) -> None:
        """The notes on record; below them goes what was typed while they were read."""
        if submission != self._due:
            return
        self._due = 0
        if self._unsaved is None:
            self.loaded.emit(text)
        else:
            joined = join_notes(text, self._unsaved[1])
            self.loaded.emit(joined)
            self.edit(joined)

    def edit(self, text: str) -> None:
        """The reviewer typed."""
        about = self._context.submission
        if about is None:
            return
        self._unsaved = (about.id, text)
        if about.id == self._due:
            return  # first what is on record has to be known, or this would replace it
        self._typed[about.id] = text
        if not self._writing:
            self.save()

    def save(self) -> None:
        """Write what was typed and is not on its way yet."""
        if self._unsaved is None:
            return
        number, text = self._unsaved
        unread, self._unsaved, self._due = number == self._due, None, 0

        def work(desk: Desk) -> None:
            desk.set_note(number, join_notes(desk.note(number), text) if unread else text)

        def failed(error: Exception) -> None:
            self._context.tell_error(error)
            self._written()

        self._writing = True
        self._context.submit(work, lambda _: self._written(), failed, anywhere=True, write=True)

    def _written(self) -> None:
        self._writing = False
        if self._unsaved is not None and self._unsaved[0] != self._due:
            self.save()
