"""The fused content pass: every file read once for all per-file checks, spread over workers.

One thread drives all workers. Results count only when their worker ends well: after a crash or a
time-out its files go to a fresh worker, and the file it was at goes to each check alone, so that
the guilty check is named and the others finish. Checks behind one gate share how they read a file: they
stay together, and where that took too long it did for all of them.
"""

from __future__ import annotations

import logging
import selectors
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NoReturn, Protocol

from app.plan import PlannedCheck
from app.pools import FileResult, Job, Pool, Slot
from app.workers import START_SECONDS, WorkerEnded, guard
from checks import Outcome
from checks.runtime.package import Entry
from checks.runtime.protocol import MAX_FINDINGS_PER_STEP, Done, Failed, Finished, Found, Log, Message, NotChecked

log = logging.getLogger(__name__)

AHEAD = 2
# Failures of a pool before it is given up; a time-out weighs as much as several.
MAX_CRASHES = 60
TIMEOUT_WEIGHT = 3
MAX_DEAD_STARTS = 3
CAUTIOUS_FILES = 200
MAX_FINDINGS = 50_000
MAX_FOUND_BYTES = 96 << 20
TICK_SECONDS = 0.05


def weigh(found: Found) -> int:
    """Roughly the bytes that a finding holds in memory."""
    texts = (found.message, found.matched, found.remediation, *found.references)
    return 400 + sum(len(text) for text in texts)


class Sink(Protocol):
    """What the pass tells its owner; all calls come from the thread that runs it."""

    def live(self, pool: Pool, checks: Sequence[int], entry: Entry, result: FileResult) -> None:
        """Findings as they come; the file is done with these checks."""

    def progress(self, pool: Pool, done: int) -> None:
        """So many more files of this pool are done (negative after a crash)."""

    def accept(self, pool: Pool, entry: Entry, checks: Sequence[int], result: FileResult) -> None:
        """The final result of these checks on a file."""

    def log(self, check: PlannedCheck | None, text: str) -> None:
        """A line for the log of a check, or of all."""

    def tick(self) -> None:
        """Called some twenty times a second."""


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
        self._found_bytes: Counter[str] = Counter()

    def run(self) -> None:
        """Until every file is done or given up; raises WorkerEnded("cancelled") when cancelled."""
        ticked = 0.0
        try:
            while any(pool.waiting or pool.slots for pool in self._pools):
                for pool in self._pools:
                    self._fill(pool)
                if not self._selector.get_map():
                    continue  # the last worker has ended: there is nothing to wait for
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
                    guard(worker, at.spec.seconds if at else START_SECONDS)
                    # steps can be announced for ever, files done cannot
                    if time.monotonic() - slot.moved > START_SECONDS + sum(
                        pool.checks[i].spec.seconds for i in job.checks
                    ):
                        raise WorkerEnded("no file was finished in the time of all checks", timed_out=True, lied=True)
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
            if pool.crashes and slot.handled >= CAUTIOUS_FILES:
                return
            if slot.given and (pool.waiting[0].alone or slot.given[-1].alone):
                return  # a file under suspicion has a worker for itself
            job = self._without_ended(pool, pool.waiting.popleft())
            if not job.checks:
                self._sink.progress(pool, job.count)
                continue
            checks = job.checks
            number = slot.worker.send(
                "files",
                checks=[{"module": pool.checks[i].module, "parameters": pool.checks[i].parameters} for i in checks],
                files=[entry.row() for entry in job.files],
                unpacked=[entry.n for entry in job.files if entry.n in pool.unpacked],
                **pool.task,
            )
            slot.outstanding.append((number, job))
            if len(slot.outstanding) == 1:
                slot.begin()
            slot.given.append(job)
            slot.handled += len(job.files)

    def _without_ended(self, pool: Pool, job: Job) -> Job:
        """The job without checks that were cancelled or given up; of the latter it is said for each file."""
        for i in job.checks:
            if i in pool.retired:
                self._give_up(pool, [Job(job.files, (i,), counted=False)], *pool.retired[i])
        checks = (i for i in job.checks if i not in pool.retired and not self._check_cancelled(pool.checks[i].id))
        return replace(job, checks=tuple(checks))

    def _receive(self, pool: Pool, slot: Slot) -> None:
        try:
            for message in slot.worker.receive():
                self._take(pool, slot, message)
        except WorkerEnded as ended:
            self._lost(pool, slot, ended)

    def _take(self, pool: Pool, slot: Slot, message: Message) -> None:
        if not slot.outstanding:
            self._break("spoke without a task")
        number, job = slot.outstanding[0]
        entries = slot.entries
        if isinstance(message, (Found, NotChecked, Failed)):
            if message.check >= len(job.checks):
                self._break("named a check it was not given")
            check = job.checks[message.check]
            file = job.files[0].n if message.file is None and len(job.files) == 1 else message.file
            targets = [file] if file is not None else list(entries)
            if any(n not in entries or n in slot.seen for n in targets):
                self._break("named a file it was not given")
            for n in targets:
                result = slot.partial.setdefault(n, FileResult())
                if isinstance(message, Found):
                    self._add(pool.checks[check], check, entries[n], result, message)
                elif isinstance(message, NotChecked):
                    result.problems[check] = (Outcome.UNAVAILABLE, message.reason)
                else:
                    result.problems[check] = (Outcome(message.outcome), message.reason)
        elif isinstance(message, Done):
            for n in message.files:
                if n not in entries or n in slot.seen:
                    self._break("finished a file it was not given")
                slot.seen.add(n)
                result = slot.partial.pop(n, FileResult())
                slot.results.append((job, entries[n], result))
                if result.found:
                    self._sink.live(pool, job.checks, entries[n], result)
            slot.moved = time.monotonic()
            if job.counted:
                self._sink.progress(pool, len(message.files))
            for index, micros in enumerate(message.micros[: len(job.checks)]):
                pool.micros[job.checks[index]] += micros
        elif isinstance(message, Finished):
            if message.task != number or len(slot.seen) < len(entries):
                self._break(message.error or "left files out")
            slot.outstanding.popleft()
            slot.begin()
        elif isinstance(message, Log):
            at = None if message.check is None or message.check >= len(job.checks) else job.checks[message.check]
            self._sink.log(None if at is None else pool.checks[at], message.text)
        else:
            self._break("sent a message out of place")

    def _add(self, planned: PlannedCheck, check: int, entry: Entry, result: FileResult, found: Found) -> None:
        """Keep a finding, within bounds: what a worker may say of one file, and what one run may hold."""
        if found.end is not None and found.end > entry.size:
            self._break("named a place outside the file")
        so_far = result.found.setdefault(check, [])
        if len(so_far) >= MAX_FINDINGS_PER_STEP:
            self._break("sent more findings about one file than it may")
        if self._found[planned.id] >= MAX_FINDINGS or self._found_bytes[planned.id] >= MAX_FOUND_BYTES:
            reason = f"more than {self._found[planned.id]:,} findings: the rest is not listed"
            result.problems[check] = (Outcome.UNAVAILABLE, reason)
            return
        so_far.append(found)
        self._found[planned.id] += 1
        self._found_bytes[planned.id] += weigh(found)

    @staticmethod
    def _break(what: str) -> NoReturn:
        raise WorkerEnded(f"the worker broke the protocol: it {what}", lied=True)

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
        self._forget(pool, slot)
        pool.waiting.extendleft(reversed(slot.given))

    def _forget(self, pool: Pool, slot: Slot) -> None:
        """Take back what was counted of a worker whose results do not count."""
        self._sink.progress(pool, -sum(1 for job, _, _ in slot.results if job.counted))
        for result in (*(r for _, _, r in slot.results), *slot.partial.values()):
            for check, found in result.found.items():
                self._found[pool.checks[check].id] -= len(found)
                self._found_bytes[pool.checks[check].id] -= sum(weigh(f) for f in found)

    def _lost(self, pool: Pool, slot: Slot, ended: WorkerEnded) -> None:
        """A worker crashed, hung or lied: find out who is to blame, give the rest back."""
        slot.worker.kill()
        self._drop(pool, slot)
        self._give_back(pool, slot, ended)

    def _give_back(self, pool: Pool, slot: Slot, ended: WorkerEnded) -> None:
        self._forget(pool, slot)
        job = slot.outstanding[0][1] if slot.outstanding else None
        at = slot.worker.check
        check = job.checks[at] if job and slot.worker.ready and at < len(job.checks) else None
        outcome = Outcome.TIMEOUT if ended.timed_out else Outcome.ERROR
        log.warning("%s: %s", pool.checks[check].id if check is not None else "worker", ended.reason)
        weight = TIMEOUT_WEIGHT if ended.timed_out else 1
        pool.crashes += weight
        pool.dead_starts += not slot.worker.ready
        if pool.crashes > MAX_CRASHES or pool.dead_starts >= MAX_DEAD_STARTS:
            reason = f"given up after too many failures, the last: {ended.reason}"
            self._give_up(pool, [*slot.given, *pool.waiting], outcome, reason)
            pool.waiting.clear()
            return
        pool.waiting.extendleft(reversed([given for given in slot.given if given is not job]))
        if job is None:
            return
        if len(job.files) == 1 and (len(job.checks) == 1 or (job.alone and ended.timed_out)):
            self._give_up(pool, [job], outcome, ended.reason)
            for guilty in job.checks:
                pool.blame(guilty, weight, outcome, ended.reason)
        elif not slot.worker.ready:
            pool.waiting.appendleft(job)  # it never came to look at it
        else:
            pool.waiting.extend(self._narrow(pool, job, check, slot.worker.file, ended))

    def _narrow(self, pool: Pool, job: Job, check: int | None, file: int, ended: WorkerEnded) -> Iterable[Job]:
        """Smaller jobs in the place of one that failed, so that the guilty file and check are found."""
        singles = [replace(job, files=(e,)) for e in job.files]
        if len(job.files) > 1 and ended.lied:
            return singles  # it said so some time after the deed
        guilty = [e for e in job.files if e.n == file]
        if len(job.files) == 1:
            guilty = list(job.files)
        if not guilty:  # several files at once
            if check is None or len(job.checks) == 1:
                return singles
            rest = tuple(i for i in job.checks if i != check)
            return [replace(job, checks=rest), replace(job, checks=(check,), counted=False)]
        together: dict[object, list[int]] = defaultdict(list)
        for i in job.checks:
            together[i if job.alone else pool.checks[i].spec.gated or i].append(i)
        jobs = [Job(tuple(guilty), tuple(group), alone=True, counted=False) for group in together.values()]
        self._sink.progress(pool, min(1, job.count))
        innocent = tuple(e for e in job.files if e not in guilty)
        return [replace(job, files=innocent), *jobs] if innocent else jobs

    def _give_up(self, pool: Pool, jobs: Iterable[Job], outcome: Outcome, reason: str) -> None:
        per_file: dict[int, set[int]] = defaultdict(set)
        entries: dict[int, Entry] = {}
        for job in jobs:
            for entry in job.files:
                entries[entry.n] = entry
                per_file[entry.n].update(job.checks)
            self._sink.progress(pool, job.count)
        for n, checks in per_file.items():
            result = FileResult(problems=dict.fromkeys(checks, (outcome, reason)))
            self._sink.accept(pool, entries[n], sorted(checks), result)
