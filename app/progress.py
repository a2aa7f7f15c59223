"""Progress of a run on a terminal: one live line by rich, and nothing where the output is piped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TextIO

from app.model import CheckFinished, CheckProgress, CheckStarted, Event, FindingFound, RunStarted, StageProgress


class Printer:
    """Shows events of a run on a stream, as a context manager; safe to call from the battery's threads."""

    def __init__(self, stream: TextIO) -> None:
        self._progress: Any = None
        self._lock = threading.Lock()
        self._task: Any = None
        self._checks = 0
        self._ended = 0
        self._findings = 0
        self._counts: dict[str, tuple[int, int]] = {}
        if stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[detail]}", markup=False),
                TimeElapsedColumn(),
                console=Console(file=stream),
                transient=True,
            )

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
            self._task = self._progress.add_task("taking in", total=None, detail="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the line away."""
        if self._progress is not None:
            self._progress.stop()

    def take_in(self, done: int, total: int) -> None:
        """Bytes taken into the vault."""
        self._show("taking in", done, total, f"{done >> 20:,} MiB")

    def _show(self, what: str, done: float, total: float, detail: str) -> None:
        if self._progress is not None:
            self._progress.update(self._task, description=what, completed=done, total=total or None, detail=detail)

    def event(self, event: Event) -> None:
        """One event of the battery."""
        if self._progress is None:
            return
        with self._lock:
            handlers: dict[type, Callable[[Any], None]] = {
                RunStarted: self._started,
                StageProgress: self._stage,
                CheckStarted: self._check_started,
                CheckProgress: self._check_progress,
                CheckFinished: self._check_finished,
                FindingFound: self._found,
            }
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)

    def _started(self, event: RunStarted) -> None:
        self._checks = len(event.checks)

    def _stage(self, event: StageProgress) -> None:
        self._show(event.stage, event.done, event.total, event.detail)

    def _check_started(self, event: CheckStarted) -> None:
        self._counts[event.check] = (0, event.total)

    def _check_progress(self, event: CheckProgress) -> None:
        self._counts[event.check] = (event.done, event.total)
        self._refresh()

    def _check_finished(self, event: CheckFinished) -> None:
        self._ended += 1
        self._refresh()

    def _found(self, event: FindingFound) -> None:
        self._findings += 1

    def _refresh(self) -> None:
        done = sum(d for d, _ in self._counts.values())
        total = sum(t for _, t in self._counts.values())
        detail = f"{self._ended} of {self._checks} checks, {self._findings:,} findings"
        self._show("checking", done, total, detail)
