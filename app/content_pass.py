"""The fused content pass: every file read once for all per-file checks, spread over workers.

One thread drives all workers. Results count only when their worker ends well: after a crash or a
time-out its files go to a fresh worker, and the file it was at goes to each check alone, so that
the guilty check is named and the others finish.
"""

from __future__ import annotations

import logging
import selectors
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.plan import PlannedCheck
from app.workers import NO_FILE, WorkerEnded, WorkerProcess, guard
from checks import Outcome
from checks.runtime.package import Entry
from checks.runtime.protocol import Done, Failed, Finished, Found, Log, Message, NotChecked

log = logging.getLogger(__name__)

BATCH_FILES = 48
BATCH_BYTES = 2 << 20
BATCH_ROW_BYTES = 200 << 10
AHEAD = 2
MAX_CRASHES = 20
CAUTIOUS_FILES = 200
MAX_FINDINGS = 50_000
TICK_SECONDS = 0.05


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

    `alone` = one file, one check; `container` = the artifact itself, which is not counted as a file.
    """

    files: tuple[Entry, ...]
    checks: tuple[int, ...]
    alone: bool = False
    container: bool = False

    @property
    def counted(self) -> int:
        """Files that count as progress."""
        return 0 if self.alone or self.container else len(self.files)


@dataclass(slots=True)
class Slot:
    """One running worker: jobs sent to it, and results that wait for its good end."""

    worker: WorkerProcess
    outstanding: deque[tuple[int, Job]] = field(default_factory=deque)
    given: list[Job] = field(default_factory=list)
    partial: dict[int, FileResult] = field(default_factory=dict)
    results: list[tuple[Job, Entry, FileResult]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    handled: int = 0


class Pool:
    """Checks that run in the same kind of worker, and the files that wait for them."""

    def __init__(
        self,
        checks: Sequence[PlannedCheck],
        files: Sequence[Entry],
        start: Callable[[], WorkerProcess],
        workers: int,
        task: dict[str, Any],
    ) -> None:
        self.checks = tuple(checks)
        self.start = start
        self.workers = workers
        self.task = task
        self.slots: list[Slot] = []
        self.waiting: deque[Job] = deque()
        self.crashes = 0
        self.dead_starts = 0
        self.cautious = False
        self.micros: Counter[int] = Counter()
        everything = tuple(range(len(self.checks)))
        self.waiting.extend(
            Job(tuple(block), everything) for block in batches(files, self._batch_bytes(), self._batch_files())
        )

    def add_container(self, entry: Entry) -> None:
        """Let the checks that ask for it see the artifact itself, where that is an archive."""
        checks = tuple(i for i, c in enumerate(self.checks) if c.spec.containers)
        if checks:
            self.waiting.append(Job((entry,), checks, container=True))

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


class Sink:
    """What the pass tells its owner; all calls come from the thread that runs it."""

    def live(self, pool: Pool, check: int, entry: Entry, found: list[Found]) -> None:
        """Findings as they come; the file is done with this check."""
        raise NotImplementedError

    def progress(self, pool: Pool, done: int) -> None:
        """So many more files of this pool are done (negative after a crash)."""
        raise NotImplementedError

    def accept(self, pool: Pool, entry: Entry, checks: Sequence[int], result: FileResult) -> None:
        """The final result of these checks on a file."""
        raise NotImplementedError

    def log(self, check: PlannedCheck | None, text: str) -> None:
        """A line for the log of a check, or of all."""
        raise NotImplementedError

    def tick(self) -> None:
        """Called some twenty times a second."""
        raise NotImplementedError


class ContentPass:
    """Drives pools of workers to the end; `cancelled` asks for the whole, `check_cancelled` for one check."""

    def __init__(
        self, pools: Sequence[Pool], sink: Sink, cancelled: Callable[[], bool], check_cancelled: Callable[[str], bool]
    ) -> None:
        self._pools = pools
        self._sink = sink
        self._cancelled = cancelled
        self._check_cancelled = check_cancelled
        self._selector = selectors.DefaultSelector()
        self._found: Counter[str] = Counter()

    def run(self) -> None:
        """Until every file is done or given up; raises WorkerEnded("cancelled") when cancelled."""
        ticked = 0.0
        try:
            while any(pool.waiting or pool.slots for pool in self._pools):
                for pool in self._pools:
                    self._fill(pool)
                for key, _ in self._selector.select(timeout=TICK_SECONDS):
                    pool, slot = key.data
                    if slot in pool.slots:
                        self._receive(pool, slot)
                now = time.monotonic()
                if now - ticked > TICK_SECONDS:
                    ticked = now
                    self._watch()
                    self._sink.tick()
        finally:
            for pool in self._pools:
                for slot in pool.slots:
                    slot.worker.kill()
            self._selector.close()

    def _watch(self) -> None:
        if self._cancelled():
            raise WorkerEnded("cancelled")
        for pool in self._pools:
            for slot in list(pool.slots):
                if not slot.outstanding:
                    slot.worker.touch()
                    continue
                job = slot.outstanding[0][1]
                worker = slot.worker
                worker.read_step()
                at = pool.checks[job.checks[worker.check]] if worker.check < len(job.checks) else None
                try:
                    guard(worker, at.spec.seconds if at else 30.0)
                except WorkerEnded as ended:
                    self._lost(pool, slot, ended)
                    continue
                if at is not None and self._check_cancelled(at.id) and worker.silent_for() > 1.0:
                    worker.kill()
                    self._requeue(pool, slot)

    def _fill(self, pool: Pool) -> None:
        """Give every worker something to do, start workers while there is work, let idle ones end."""
        while pool.waiting and len(pool.slots) < pool.workers:
            slot = Slot(pool.start())
            pool.slots.append(slot)
            self._selector.register(slot.worker, selectors.EVENT_READ, (pool, slot))
            self._feed(pool, slot)
        for slot in list(pool.slots):
            self._feed(pool, slot)
            if not slot.outstanding:
                self._end(pool, slot)

    def _feed(self, pool: Pool, slot: Slot) -> None:
        while pool.waiting and len(slot.outstanding) < AHEAD:
            if pool.cautious and slot.handled >= CAUTIOUS_FILES:
                return
            job = pool.waiting[0]
            if slot.outstanding and job.alone:
                return  # a file under suspicion has a worker for itself
            pool.waiting.popleft()
            checks = tuple(i for i in job.checks if not self._check_cancelled(pool.checks[i].id))
            if not checks:
                self._sink.progress(pool, job.counted)
                continue
            job = Job(job.files, checks, job.alone, job.container)
            number = slot.worker.send(
                "files",
                checks=[{"module": pool.checks[i].module, "parameters": pool.checks[i].parameters} for i in checks],
                files=[entry.row() for entry in job.files],
                **pool.task,
            )
            if not slot.outstanding:
                slot.worker.touch()
            slot.outstanding.append((number, job))
            slot.given.append(job)
            slot.handled += len(job.files)
            if job.alone:
                return

    def _receive(self, pool: Pool, slot: Slot) -> None:
        try:
            for message in slot.worker.receive():
                self._take(pool, slot, message)
        except WorkerEnded as ended:
            self._lost(pool, slot, ended)

    def _take(self, pool: Pool, slot: Slot, message: Message) -> None:
        if not slot.outstanding:
            self._break(slot, "spoke without a task")
        job = slot.outstanding[0][1]
        entries = {e.n: e for e in job.files}
        if isinstance(message, (Found, NotChecked, Failed)):
            if message.check >= len(job.checks):
                self._break(slot, "named a check it was not given")
            check = job.checks[message.check]
            file = job.files[0].n if message.file is None and len(job.files) == 1 else message.file
            targets = [file] if file is not None else list(entries)
            if any(n not in entries or n in slot.seen for n in targets):
                self._break(slot, "named a file it was not given")
            for n in targets:
                result = slot.partial.setdefault(n, FileResult())
                if isinstance(message, Found):
                    self._bound(slot, pool.checks[check], entries[n], message)
                    result.found.setdefault(check, []).append(message)
                elif isinstance(message, NotChecked):
                    result.problems[check] = (Outcome.UNAVAILABLE, message.reason)
                else:
                    result.problems[check] = (Outcome(message.outcome), message.reason)
        elif isinstance(message, Done):
            for n in message.files:
                if n not in entries or n in slot.seen:
                    self._break(slot, "finished a file it was not given")
                slot.seen.add(n)
                result = slot.partial.pop(n, FileResult())
                slot.results.append((job, entries[n], result))
                for check, found in result.found.items():
                    self._sink.live(pool, check, entries[n], found)
            if job.counted:
                self._sink.progress(pool, len(message.files))
            for index, micros in enumerate(message.micros[: len(job.checks)]):
                pool.micros[job.checks[index]] += micros
        elif isinstance(message, Finished):
            if message.error or any(n not in slot.seen for n in entries):
                raise WorkerEnded(message.error or "the worker left files out")
            slot.outstanding.popleft()
            slot.seen.clear()
            slot.worker.touch()
        elif isinstance(message, Log):
            at = None if message.check is None or message.check >= len(job.checks) else job.checks[message.check]
            self._sink.log(None if at is None else pool.checks[at], message.text)
        else:
            self._break(slot, "sent a message out of place")

    def _bound(self, slot: Slot, check: PlannedCheck, entry: Entry, found: Found) -> None:
        if found.end is not None and found.end > entry.size:
            self._break(slot, "named a place outside the file")
        self._found[check.id] += 1
        if self._found[check.id] > MAX_FINDINGS:
            self._break(slot, f"sent more than {MAX_FINDINGS:,} findings")

    @staticmethod
    def _break(slot: Slot, what: str) -> None:
        slot.worker.kill()
        raise WorkerEnded(f"the worker broke the protocol: it {what}")

    def _end(self, pool: Pool, slot: Slot) -> None:
        """Let an idle worker end, and count its results when it ended well."""
        self._drop(pool, slot)
        if not slot.worker.finish():
            self._give_back(pool, slot, WorkerEnded("the worker did not end well"))
            return
        for job, entry, result in slot.results:
            self._sink.accept(pool, entry, job.checks, result)

    def _drop(self, pool: Pool, slot: Slot) -> None:
        pool.slots.remove(slot)
        self._selector.unregister(slot.worker)

    def _requeue(self, pool: Pool, slot: Slot) -> None:
        """All files of a worker that was ended without guilt go to another one."""
        self._drop(pool, slot)
        self._sink.progress(pool, -sum(1 for job, _, _ in slot.results if job.counted))
        pool.waiting.extendleft(reversed(slot.given))

    def _lost(self, pool: Pool, slot: Slot, ended: WorkerEnded) -> None:
        """A worker crashed, hung or lied: find out who is to blame, give the rest back."""
        slot.worker.kill()
        self._drop(pool, slot)
        self._give_back(pool, slot, ended)

    def _give_back(self, pool: Pool, slot: Slot, ended: WorkerEnded) -> None:
        pool.crashes += 1
        pool.cautious = True
        if not slot.worker.ready:
            pool.dead_starts += 1
        self._sink.progress(pool, -sum(1 for job, _, _ in slot.results if job.counted))
        job = slot.outstanding[0][1] if slot.outstanding else None
        at_check = slot.worker.check
        check = job.checks[at_check] if job and at_check < len(job.checks) else None
        outcome = Outcome.TIMEOUT if ended.timed_out else Outcome.ERROR
        who = pool.checks[check].id if check is not None else "worker"
        log.warning("%s: %s", who, ended.reason)
        if pool.crashes > MAX_CRASHES or pool.dead_starts > 2:
            reason = f"given up after {pool.crashes} failures: {ended.reason}"
            self._give_up(pool, [*slot.given, *pool.waiting], outcome, reason)
            pool.waiting.clear()
            return
        for given in reversed(slot.given):
            if given is not job:
                pool.waiting.appendleft(given)
        if job is None:
            return
        if job.alone or (len(job.files) == 1 and len(job.checks) == 1):
            self._give_up(pool, [job], outcome, ended.reason)
            return
        guilty = slot.worker.file if slot.worker.ready else NO_FILE
        if not any(e.n == guilty for e in job.files):
            # A batch check, or no step yet: each file alone tells more.
            if len(job.files) > 1:
                pool.waiting.extend(Job((e,), job.checks) for e in job.files)
                return
            guilty = job.files[0].n
        innocent = tuple(e for e in job.files if e.n != guilty)
        if innocent:
            pool.waiting.append(Job(innocent, job.checks))
        suspect = tuple(e for e in job.files if e.n == guilty)
        pool.waiting.extend(Job(suspect, (i,), alone=True) for i in job.checks)
        self._sink.progress(pool, min(1, job.counted))

    def _give_up(self, pool: Pool, jobs: Iterable[Job], outcome: Outcome, reason: str) -> None:
        per_file: dict[int, set[int]] = defaultdict(set)
        entries: dict[int, Entry] = {}
        for job in jobs:
            for entry in job.files:
                entries[entry.n] = entry
                per_file[entry.n].update(job.checks)
            self._sink.progress(pool, job.counted)
        for n, checks in per_file.items():
            result = FileResult(problems=dict.fromkeys(checks, (outcome, reason)))
            self._sink.accept(pool, entries[n], sorted(checks), result)
