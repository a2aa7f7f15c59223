"""The only crossing between threads: jobs go out to a pool, answers and events come back in order.

Events of a battery arrive on the engine's threads, thousands a second. They are queued here and handed
over on the GUI thread twenty times a second in one list, so that the window repaints once for a batch.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

if TYPE_CHECKING:
    from app.desk import Desk
    from app.model import Event

log = logging.getLogger(__name__)

INTERVAL = 50  # ms between two batches
BATCH = 250  # events handed over at once
BUDGET = 0.012  # s of one turn: what is left then waits for the next one, and the window stays alive


class Bridge(QObject):
    """Owns the Desk, opened on a worker thread; jobs asked for earlier simply wait for it."""

    arrived = Signal(list)  # list[tuple[int, Event]]: submission and event, in the order they happened
    idle = Signal()  # every short job was answered
    _answered = Signal(object)

    def __init__(self, factory: Callable[[], Desk], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._factory = factory
        self._desk: Future[Desk] = Future()
        self._opening = threading.Lock()
        self._tokens = itertools.count()
        self._latest: dict[str, int] = {}
        self._events: deque[tuple[int, Event] | Callable[[], object]] = deque()
        self._closed = self._listening = False
        self.keep: Callable[[Exception], object] | None = None  # is told of what nobody expected
        self.pending = 0  # short jobs that were asked for and not answered yet
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(4)
        self._pool.setExpiryTimeout(-1)
        self._writer = QThreadPool(self)  # one thread: what the reviewer said goes on record in the order it was said
        self._writer.setMaxThreadCount(1)
        self._writer.setExpiryTimeout(-1)
        self._answered.connect(self._deliver)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._drain)

    def _get_desk(self) -> Desk:
        """On a worker thread only: open the Desk once; a failure is kept and told to every job."""
        with self._opening:
            if not self._desk.done():
                begun = time.monotonic()
                try:
                    self._desk.set_result(self._factory())
                except Exception as error:
                    self._desk.set_exception(error)
                log.debug("desk opened in %.3f s", time.monotonic() - begun)
        return self._desk.result()

    def warm(self) -> None:
        """Begin to open the Desk now, so that it is there when the first job asks."""

        def open_desk() -> None:
            try:
                self._get_desk()
            except Exception as error:  # kept in the future, and told to the first job that asks
                log.debug("opening the desk failed: %s", error)

        self._pool.start(open_desk)

    def tell(self, work: Callable[[], object]) -> None:
        """From any thread: call `work` on the GUI thread."""
        self._answered.emit(("", -1, lambda _: work(), None, False))

    def reopen(self) -> None:
        """Try again after the Desk could not be opened (the reviewer mended the cause)."""
        with self._opening:
            if self._desk.done() and self._desk.exception() is not None:
                self._desk = Future()

    def submit(
        self,
        work: Callable[[Desk], Any],
        on_done: Callable[[Any], object],
        on_error: Callable[[Exception], object],
        *,
        key: str = "",
        write: bool = False,
    ) -> None:
        """Run `work(desk)` in the pool; the answer is dropped when a newer job has the same key.

        Jobs that `write` are done one after the other, and even when the window has closed meanwhile.
        """
        token = next(self._tokens)
        self.pending += 1
        if key:
            self._latest[key] = token

        def job() -> None:
            if self._closed and not write:
                return
            if key and self._latest.get(key) != token:
                self._answered.emit((key, token, on_done, None, True))
                return
            try:
                value, callback = work(self._get_desk()), on_done
            except Exception as error:
                log.log(logging.ERROR if self._closed else logging.INFO, "a job failed: %s", error, exc_info=True)
                value, callback = error, on_error
            if not self._closed:
                self._answered.emit((key, token, callback, value, True))

        (self._writer if write else self._pool).start(job)

    def _deliver(self, answer: tuple[str, int, Callable[[Any], object], Any, bool]) -> None:
        key, token, callback, value, counted = answer
        if self._closed:
            return
        try:
            if not key or self._latest.get(key) == token:
                callback(value)
        finally:
            self.pending -= counted
            if counted and not self.pending:
                self.idle.emit()

    def make_progress(self, tell: Callable[[int, int], object]) -> Callable[[int, int], None]:
        """A callback for a worker thread; `tell` is called on the GUI thread, at most twenty times a second."""
        last = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= INTERVAL / 1000 or done == total:
                last = now
                self._answered.emit(("", -1, lambda pair: tell(*pair), (done, total), False))

        return progress

    def run_thread(self, work: Callable[[Desk], Any], on_done: Callable, on_error: Callable, name: str) -> None:
        """Like `submit`, for work of minutes: a thread of its own, so that short jobs never queue behind it."""

        def job() -> None:
            try:
                value, callback = work(self._get_desk()), on_done
            except Exception as error:
                log.info("a run failed: %s", error, exc_info=True)
                value, callback = error, on_error
            if not self._closed:
                self._answered.emit(("", next(self._tokens), callback, value, False))

        threading.Thread(target=job, name=name, daemon=True).start()

    # events

    def post(self, submission: int, event: Event) -> None:
        """From any thread: queue an event for the next batch."""
        self._events.append((submission, event))

    def listen(self, on: bool) -> None:
        """Hand over batches while a battery is at work; idle windows do not wake up."""
        self._listening = on
        if on or self._events:
            self._timer.start()

    def after_events(self, work: Callable[[], object]) -> None:
        """Call `work` on the GUI thread when everything queued until now has been handed over."""
        self._events.append(work)
        self._timer.start()

    def _drain(self) -> None:
        end = time.monotonic() + BUDGET
        while self._events and time.monotonic() < end:
            batch: list[tuple[int, Event]] = []
            work: Callable[[], object] | None = None
            while self._events and len(batch) < BATCH and work is None:
                first = self._events.popleft()
                if callable(first):
                    work = first
                else:
                    batch.append(first)
            if batch:
                self.arrived.emit(batch)
            if work is not None:
                work()
        if not self._events and not self._listening:
            self._timer.stop()

    # words

    def explain(self, error: Exception) -> str:
        """One line for the reviewer: our own errors speak for themselves, others are named and kept for Help."""
        from app.desk import DeskError  # the Desk loads the engine, so not before it is needed

        if isinstance(error, DeskError | ValueError) and str(error):
            return str(error)
        log.error("unexpected failure", exc_info=error)
        name = type(error).__name__
        if self.keep is not None:
            self.keep(error)
        return f"Something went wrong ({name}: {error}). Nothing was lost; Help, What failed has the details."

    def close(self, seconds: float = 5.0) -> None:
        """Stop listening, write what was asked for, wait for other jobs in flight, close the Desk."""
        self._closed = True
        self._timer.stop()
        self._pool.clear()
        deadline = time.monotonic() + seconds
        if not self._writer.waitForDone(int(seconds * 1000)):
            log.error("the window closed before all was written")
            self._writer.clear()
        self._pool.waitForDone(max(0, int((deadline - time.monotonic()) * 1000)))
        if self._desk.done() and self._desk.exception() is None:
            self._desk.result().close()
