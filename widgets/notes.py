"""The reviewer's notes on their way to the record: what is typed is never replaced, and saved soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from widgets.context import PaneContext

if TYPE_CHECKING:
    from app.desk import Desk

PAUSE = 400  # ms after the last key before the notes are saved
LONGEST = 2000  # ms at most, however long the reviewer goes on writing


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
        self.timers = [QTimer(self, singleShot=True, interval=ms) for ms in (PAUSE, LONGEST)]
        for timer in self.timers:
            timer.timeout.connect(self.save)

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
        """The reviewer typed; saved after a short pause, now and then while the writing goes on, and on leaving."""
        about = self._context.submission
        if about is None:
            return
        self._unsaved = (about.id, text)
        if about.id == self._due:
            return  # first what is on record has to be known, or this would replace it
        self._typed[about.id] = text
        pause, longest = self.timers
        pause.start()
        if not longest.isActive():
            longest.start()

    def save(self) -> None:
        """Write what was typed now."""
        for timer in self.timers:
            timer.stop()
        if self._unsaved is None:
            return
        number, text = self._unsaved
        unread, self._unsaved, self._due = number == self._due, None, 0

        def work(desk: Desk) -> None:
            desk.set_note(number, join_notes(desk.note(number), text) if unread else text)

        self._context.submit(work, anywhere=True, write=True)
