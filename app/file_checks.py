"""Per-file checks of a run: what earlier results answer, the content pass over the rest, and its record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.cancel import CancelToken
from app.content_pass import ContentPass, Sink
from app.findings import Findings
from app.plan import PlannedCheck
from app.pools import FileResult, Pool
from app.recorder import Recorder
from app.reuse import Cache, Reuse
from app.trees import Tree
from app.workers import WorkerProcess
from checks import Outcome
from checks.runtime.package import Entry


class FileChecks(Sink):
    """Checks that run in the same kind of worker, over all files of a tree."""

    def __init__(
        self,
        tree: Tree,
        checks: Sequence[PlannedCheck],
        findings: Findings,
        recorder: Recorder,
        cancel: CancelToken,
        *,
        kind: str,
        declared_type: str,
        cache: Cache,
        start: Callable[[], WorkerProcess],
        workers: int,
    ) -> None:
        self._tree = tree
        self._checks = sorted(checks, key=lambda c: not c.spec.masks)
        self._findings = findings
        self._recorder = recorder
        self._cancel = cancel
        self._task = {"kind": kind, "declared_type": declared_type}
        self._reuse = Reuse(cache, tree, self._checks, kind, declared_type)
        self._start = start
        self._workers = workers

    def run(self, note: str = "", limitation: str = "") -> None:
        """To their end; `note` and `limitation` are added to their results. Raises WorkerEnded when cancelled."""
        tree, checks = self._tree, self._checks
        files = list(tree.files)
        for check in checks:
            if files or tree.left_out or check.spec.containers:
                self._recorder.start(check, len(files), note, limitation)
            else:  # nothing was looked at, and clean would say that something was
                self._recorder.end_without_running(check, Outcome.SKIPPED, "the package holds no files")
        self._findings.report_unseen(checks)
        pending = self._take_known(files)
        workers = max(1, min(self._workers, len(pending) // 24 + sum(e.size for e in pending) // (1 << 20)))
        pool = Pool(checks, pending, self._start, workers, tree.unpacked, self._task)
        container = tree.container
        if container is not None:
            pool.add_container(container)
        ContentPass([pool], self, lambda: self._cancel.cancelled, self._cancel.stops).run()
        self._reuse.save()
        for index, check in enumerate(checks):
            self._recorder.spend(check, pool.micros[index] / 1e6)
        if not self._findings.masks_first(checks):
            self._findings.await_masks()
        self._findings.settle(checks)

    def _take_known(self, files: Sequence[Entry]) -> list[Entry]:
        """Take what is known; returns the files that are left."""
        checks = self._checks
        pending: list[Entry] = []
        for entry, result in self._reuse.known(files):
            if result is None:
                pending.append(entry)
                continue
            self._findings.learn(checks, range(len(checks)), entry, result)
            self._findings.keep(checks, entry, result.found)
        if reused := len(files) - len(pending):
            self._recorder.advance(checks, reused, reused)
            for check in checks:
                self._recorder.log(check, f"{reused:,} of {len(files):,} files answered from earlier results")
        return pending

    # What the content pass tells us

    def live(self, pool: Pool, checks: Sequence[int], entry: Entry, result: FileResult) -> None:
        """Show findings early."""
        self._findings.learn(pool.checks, checks, entry, result)
        self._findings.show(pool.checks, entry, result.found)

    def progress(self, pool: Pool, done: int) -> None:
        """Files done, for all checks of the pool."""
        self._recorder.advance(pool.checks, done)

    def accept(self, pool: Pool, entry: Entry, checks: Sequence[int], result: FileResult) -> None:
        """A final result: record it, and remember it when it is whole."""
        self._findings.learn(pool.checks, checks, entry, result)
        for index, (outcome, reason) in result.problems.items():
            self._findings.problem(pool.checks[index], outcome, entry, reason)
        if len(checks) == len(pool.checks):
            self._findings.keep(pool.checks, entry, result.found)
            if result.whole:
                self._reuse.keep(entry, result)
        else:  # seen by checks one by one: the ranges to mask may come last
            for index, found in result.found.items():
                self._findings.defer(pool.checks[index], entry, found)

    def log(self, check: PlannedCheck | None, text: str) -> None:
        """A line that a worker logged."""
        if check is not None:
            self._findings.log(check, text)

    def tick(self) -> None:
        """Report progress."""
        self._recorder.tick()
