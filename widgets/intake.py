"""Taking packages in: files and folders that the reviewer opened or dropped, and the practice submissions."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.model import Submission
from widgets.context import MessageAction

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.session import Session


class Intake(QObject):
    """Hands paths to the desk; the queue and the open submission follow."""

    progress = Signal(str, int, int)  # name, bytes done, total; an empty name = nothing left

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._waiting: deque[tuple[Path, Mapping[str, Any]]] = deque()
        self._busy = False

    def take_in(self, paths: Sequence[Path], **about: Any) -> None:
        """Take packages in one after the other; each is opened and its battery run."""
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
        progress = self._session.context.bridge.make_progress(lambda d, t: self.progress.emit(path.name, d, t))

        def work(desk: Desk) -> tuple[Submission, bool, tuple[Submission, ...]]:
            taken = desk.take_in(path, progress=progress, **about)
            return taken, desk.last_run(taken.id) is not None, desk.submissions()

        def done(answer: tuple[Submission, bool, tuple[Submission, ...]]) -> None:
            taken, known, submissions = answer
            if not known:
                self._session.runs.start(taken.id)
            self._session.set_submissions(submissions)
            self._session.read_new_rows()
            self._session.open(taken.id)
            self._next()

        def failed(error: Exception) -> None:
            again = MessageAction("Choose another…", lambda: self._session.context.actions.trigger("open-file"))
            self._session.context.show_message(self._session.context.bridge.explain(error), "error", again)
            self._next()

        self._session.context.submit(work, done, failed, anywhere=True)

    def take_practice(self, folder: Path) -> None:
        """Put the practice submissions into the queue, in teaching order, each once."""

        def work(desk: Desk) -> tuple[Submission, ...]:
            from app.practice import read_practice

            by_path: dict[Path, int] = {}
            have = {(s.artifact.name, s.artifact.size, s.lesson): s.id for s in desk.submissions()}
            for one in read_practice(folder):
                known = have.get((one.path.name, one.path.stat().st_size, one.lesson))
                if known is None:
                    old = by_path.get(one.baseline) if one.baseline else None
                    known = desk.take_in(
                        one.path,
                        kind=one.kind,
                        title=one.title,
                        version=one.version,
                        developer=one.developer,
                        baseline=old,
                        lesson=one.lesson,
                    ).id
                by_path[one.path] = known
            return desk.submissions()

        def done(submissions: tuple[Submission, ...]) -> None:
            self.progress.emit("", 0, 0)
            self._session.set_submissions(submissions)
            self._session.read_new_rows()
            self._session.open_first()

        self.progress.emit("practice submissions", 0, 0)
        self._session.context.submit(work, done, self._fail_practice, anywhere=True)

    def _fail_practice(self, error: Exception) -> None:
        self.progress.emit("", 0, 0)
        self._session.context.tell_error(error)
