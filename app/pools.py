"""Pools of workers for the content pass: which files wait for which checks, and what each worker was given."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.plan import PlannedCheck
from app.workers import WorkerProcess
from checks import Outcome
from checks.runtime.package import Entry
from checks.runtime.protocol import Found

BATCH_FILES = 48
BATCH_BYTES = 2 << 20
BATCH_ROW_BYTES = 200 << 10
# Failures of one check of a pool before it is given up.
MAX_FAILURES = 10


@dataclass(slots=True)
class FileResult:
    """What the checks of one pool said about one file."""

    found: dict[int, list[Found]] = field(default_factory=dict)
    problems: dict[int, tuple[Outcome, str]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether every check looked at all of the file: only then may the result be reused."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Job:
    """Some files for some checks (indices into the pool's).

    `alone` = one file, one check or those behind one gate, in a worker that has seen nothing else. `counted` = its
    files are progress: not those of the artifact itself, nor those that other checks see in another job.
    """

    files: tuple[Entry, ...]
    checks: tuple[int, ...]
    alone: bool = False
    counted: bool = True

    @property
    def count(self) -> int:
        """Files that count as progress."""
        return len(self.files) if self.counted else 0


@dataclass(slots=True)
class Slot:
    """One running worker: jobs sent to it, and results that wait for its good end."""

    worker: WorkerProcess
    outstanding: deque[tuple[int, Job]] = field(default_factory=deque)
    given: list[Job] = field(default_factory=list)
    partial: dict[int, FileResult] = field(default_factory=dict)
    results: list[tuple[Job, Entry, FileResult]] = field(default_factory=list)
    entries: dict[int, Entry] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    handled: int = 0
    moved: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """The job in front is the one at work now."""
        self.seen.clear()
        self.entries = {e.n: e for e in self.outstanding[0][1].files} if self.outstanding else {}
        self.moved = time.monotonic()
        self.worker.touch()


class Pool:
    """Checks that run in the same kind of worker, and the files that wait for them."""

    def __init__(
        self,
        checks: Sequence[PlannedCheck],
        files: Sequence[Entry],
        start: Callable[[], WorkerProcess],
        workers: int,
        unpacked: frozenset[int],
        task: dict[str, Any],
    ) -> None:
        self.checks = tuple(checks)
        self.start = start
        self.workers = workers
        self.unpacked = unpacked
        self.task = task
        self.slots: list[Slot] = []
        self.waiting: deque[Job] = deque()
        self.crashes = 0
        self.dead_starts = 0
        self.failures: Counter[int] = Counter()
        self.retired: dict[int, tuple[Outcome, str]] = {}
        self.micros: Counter[int] = Counter()
        everything = tuple(range(len(self.checks)))
        self.waiting.extend(
            Job(tuple(block), everything) for block in batches(files, self._batch_bytes(), self._batch_files())
        )

    def add_container(self, entry: Entry) -> None:
        """Let the checks that ask for it see the artifact itself, where that is an archive."""
        checks = tuple(i for i, c in enumerate(self.checks) if c.spec.containers)
        if checks:
            self.waiting.append(Job((entry,), checks, counted=False))

    def blame(self, check: int, weight: int, outcome: Outcome, reason: str) -> None:
        """After some failures a check is not tried on further files: the others must come to an end."""
        self.failures[check] += weight
        if self.failures[check] >= MAX_FAILURES:
            self.retired.setdefault(check, (outcome, f"given up after failing on other files: {reason}"))

    def _batch_bytes(self) -> int:
        return max([BATCH_BYTES, *(c.spec.batch_bytes for c in self.checks)])

    def _batch_files(self) -> int:
        return BATCH_FILES if not any(c.spec.batch_bytes for c in self.checks) else BATCH_FILES * 16


def batches(files: Iterable[Entry], max_bytes: int, max_files: int) -> Iterable[list[Entry]]:
    """Files in blocks that are bounded in bytes, number and length of their names."""
    block: list[Entry] = []
    size = names = 0
    for entry in files:
        row = 6 * len(entry.path) + 200
        if block and (size + entry.size > max_bytes or len(block) >= max_files or names + row > BATCH_ROW_BYTES):
            yield block
            block, size, names = [], 0, 0
        block.append(entry)
        size += entry.size
        names += row
    if block:
        yield block
