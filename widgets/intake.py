"""Taking packages in: files and folders that the reviewer opened or dropped."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.model import Submission
from widgets.context import MessageAction, PaneContext

if TYPE_CHECKING:
    from app.desk import Desk


class Intake(QObject):
    """Hands paths to the desk, one after the other, and tells what became of them."""

    progress = Signal(str, int, int)  # name, bytes done, total; an empty name = nothing left
    taken = Signal(object, bool, tuple)  # Submission, whether it has a run already, the whole queue

    def __init__(self, context: PaneContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._waiting: deque[tuple[Path, Mapping[str, Any]]] = deque()
        self._busy = False

    def take_in(self, paths: Sequence[Path], **about: Any) -> None:
        """Take packages in one after the other."""
        self._waiting += [(path, about) for path in paths]
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._waiting)
        if self._waiting:
            self._take_one(*self._waiting.popleft())
        else:
            self.progress.emit("", 0, 0)

    def _take_one(self, path: Path, about: Mapping[str, Any]) -> None:
        self.progress.emit(path.name, 0, 0)
        progress = self._context.bridge.make_progress(lambda d, t: self.progress.emit(path.name, d, t))

        def work(desk: Desk) -> tuple[Submission, bool, tuple[Submission, ...]]:
            taken = desk.take_in(path, progress=progress, **about)
            return taken, desk.last_run(taken.id) is not None, desk.submissions()

        def done(answer: tuple[Submission, bool, tuple[Submission, ...]]) -> None:
            self.taken.emit(*answer)
            self._next()

        def failed(error: Exception) -> None:
            again = MessageAction("Choose another…", lambda: self._context.actions.trigger("open-file"))
            self._context.show_message(self._context.bridge.explain(error), "error", again)
            self._next()

        self._context.submit(work, done, failed, anywhere=True)
