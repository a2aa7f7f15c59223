"""What a battery begins with: the package is unpacked, clamd is looked for, workers wait for the bytes.

None of it depends on the record, so it may begin before the database is open; the battery then takes it over.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from app.cancel import CancelToken
from app.clamd_status import ClamdStatus
from app.grants import HandedOver, Side
from app.model import Artifact, StageProgress
from app.sandbox import NoSandbox
from app.trees import Tree, TreeMaker
from app.workers import START_SECONDS, WorkerEnded, WorkerProcess, run_task

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0

# By crew: the side, the compiled rules, the sockets.
StartWorker = Callable[[str, Side, Path | None, Mapping[str, Path]], WorkerProcess]


class ClamdSource(Protocol):
    """Where a clamd comes from (app.clamd)."""

    def ensure(self) -> ClamdStatus: ...


@dataclass(frozen=True, slots=True)
class Crew:
    """Workers for one kind of work: how many, what they import while they wait, whether they speak to clamd."""

    name: str
    number: int
    modules: Sequence[str]
    served: bool = False


class HeadStart:
    """One artifact on its way to its checks; `close` ends whatever of it was not taken.

    `clamd` is where to look for one, None where no check needs it. `data` is what the workers that wait were given
    to read. Safe from any thread.
    """

    def __init__(
        self, artifact: Artifact, trees: TreeMaker, clamd: ClamdSource | None, cancel: CancelToken | None = None
    ) -> None:
        self.clamd: Future[ClamdStatus] = Future()
        self.data: Mapping[str, HandedOver] = {}
        self._artifact = artifact
        self._staged: Future[Side | None] = Future()
        self._tree: Future[Tree] = Future()
        self._idle: dict[tuple[str, Path | None], list[tuple[WorkerProcess, int]]] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._last: StageProgress | None = None
        self._on_progress: Callable[[StageProgress], None] | None = None
        self._cancelled: Callable[[], bool] = (lambda: cancel.cancelled) if cancel is not None else (lambda: False)
        self._thread = threading.Thread(target=self._unpack, args=(trees,), name="unpack", daemon=True)
        self._thread.start()
        if clamd is not None:  # a daemon: nobody waits for one that takes for ever when the run is cancelled
            threading.Thread(target=self._find_clamd, args=(clamd,), name="clamd", daemon=True).start()

    def start_workers(self, crews: Sequence[Crew], prepared: Path | None, start: StartWorker) -> None:
        """Start workers once it is known where the bytes will lie; none where the tree was kept.

        `prepared` is the folder of the compiled rules that they read. One that speaks to clamd waits for that.
        """

        def staged(answer: Future[Side | None]) -> None:
            side = answer.result()
            if side is None:
                return
            for crew in crews:
                if crew.served:
                    self.clamd.add_done_callback(partial(serve, crew, side))
                else:
                    self._start(crew, prepared, partial(start, crew.name, side, prepared, {}))

        def serve(crew: Crew, side: Side, answer: Future[ClamdStatus]) -> None:
            socket = None if answer.exception() else answer.result().socket
            if socket is not None:
                self._start(crew, prepared, partial(start, crew.name, side, prepared, {"clamd": socket}))

        self._staged.add_done_callback(staged)

    def tree(self, on_progress: Callable[[StageProgress], None], cancelled: Callable[[], bool]) -> Tree:
        """The unpacked artifact; from here on the caller hears of the progress, and may cancel.

        Raises UnreadableArtifact, or WorkerEnded when cancelled.
        """
        with self._lock:
            self._cancelled, self._on_progress, last = cancelled, on_progress, self._last
        if last is not None:
            on_progress(last)
        return self._tree.result()

    def take(self, crew: str, prepared: Path | None) -> WorkerProcess | None:
        """A worker of this crew that reads these rules and is ready for work, or None where there is none."""
        while True:
            with self._lock:
                idle = self._idle.get((crew, prepared))
                if not idle:
                    return None
                worker, preload = idle.pop()
            try:
                for _ in run_task(worker, preload, START_SECONDS, self._stops):
                    pass
                return worker
            except WorkerEnded as ended:
                # the tree was published, and its bytes so moved away, before the worker's sandbox was built
                log.debug("a worker that was started ahead of time: %s", ended.reason)

    def close(self) -> None:
        """End the unpacking where it is still at work, and the workers that wait."""
        with self._lock:
            self._closed = True
            idle = [waiting for crew in self._idle.values() for waiting in crew]
            self._idle.clear()
        for worker, _ in idle:
            worker.kill()
        self._thread.join(CLOSE_SECONDS)  # what it unpacked so far is removed by then

    def _find_clamd(self, clamd: ClamdSource) -> None:
        try:
            self.clamd.set_result(clamd.ensure())
        except Exception as error:
            self.clamd.set_exception(error)

    def _unpack(self, trees: TreeMaker) -> None:
        try:
            if self._stops():
                raise WorkerEnded("cancelled")
            tree = trees.find(self._artifact)
            if tree is None:
                tree = trees.make(self._artifact, self._tell, self._stops, self._staged.set_result)
        except BaseException as error:
            self._tree.set_exception(error)
        else:
            self._tree.set_result(tree)
        finally:
            if not self._staged.done():
                self._staged.set_result(None)

    def _tell(self, progress: StageProgress) -> None:
        with self._lock:
            self._last, listener = progress, self._on_progress
        if listener is not None:
            listener(progress)

    def _stops(self) -> bool:
        return self._closed or self._cancelled()

    def _start(self, crew: Crew, prepared: Path | None, start: Callable[[], WorkerProcess]) -> None:
        try:
            for _ in range(crew.number if not self._tree.done() else 0):
                worker = start()
                preload = worker.send("preload", modules=[*crew.modules])
                with self._lock:
                    if not self._closed:
                        self._idle.setdefault((crew.name, prepared), []).append((worker, preload))
                        continue
                worker.kill()
        except (OSError, NoSandbox) as error:  # whoever needs the worker starts one, and says what is wrong
            log.debug("no worker ahead of time: %s", error)
