"""The battery: every check of a plan over one artifact, as events and a result.

Unpack once, then side by side: the fused content pass, the checks that speak to a service, and the
checks of the whole package. Nothing is parsed here; findings become records in `collector`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.cancel import CancelToken
from app.clamd_status import ClamdStatus, describe
from app.collector import Collector, Masks
from app.content_pass import ContentPass, Sink
from app.grants import Grants, Side
from app.model import Artifact, CheckResult, Event, PackageReady, RunFinding, TreeSummary
from app.plan import PlannedCheck, plan_check, pool_version
from app.pools import FileResult, Pool
from app.prepared import PrepareError, ensure_prepared
from app.recorder import Recorder, place_of
from app.sandbox import Launcher
from app.trees import Tree, TreeMaker
from app.workers import WorkerEnded, WorkerProcess, run_task
from checks import Outcome
from checks.runtime.catalog import CheckSpec
from checks.runtime.package import Entry
from checks.runtime.protocol import Failed, Finished, Found, Log, Message, NotChecked, ProtocolError, parse_found

log = logging.getLogger(__name__)

SMALL_ARTIFACT = 512 << 10
# As many as a worker sends before it says that the rest is not listed.
MAX_PACKAGE_FINDINGS = 20_000
# What was left out of the package for these reasons was never seen by any check.
UNSEEN = ("damaged", "encrypted", "unsupported", "limit_", "bomb")


class Cache(Protocol):
    """Where results of files are kept (app.result_cache)."""

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]: ...
    def put_many(self, items: Sequence[tuple[bytes, bytes]]) -> None: ...


class ClamdSource(Protocol):
    """Where a clamd comes from (app.clamd)."""

    def ensure(self) -> ClamdStatus: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: `only` empty means every check; `overrides` are the profile's parameters by check."""

    artifact: Artifact
    kind: str
    declared_type: str = ""
    only: tuple[str, ...] = ()
    overrides: Mapping[str, Mapping[str, Any]] = ()  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class BatteryResult:
    """Everything a run found; `findings` have no state yet. `identity` names the set of checks and their versions."""

    tree: Tree | None
    kind: str
    summary: TreeSummary | None
    checks: tuple[CheckResult, ...]
    findings: tuple[RunFinding, ...]
    identity: str
    cancelled: bool


class Battery:
    """Runs plans. One object may run several plans at once, each from its own thread."""

    def __init__(
        self,
        catalog: Mapping[str, CheckSpec],
        trees: TreeMaker,
        launcher: Callable[[], Launcher],
        clamd: ClamdSource,
        cache: Cache,
        cache_folder: Path,
        *,
        workers: int,
        memory: int,
        extra: tuple[Path, ...] = (),
    ) -> None:
        self._catalog = catalog
        self._trees = trees
        self._launcher = launcher
        self._clamd = clamd
        self._cache = cache
        self._cache_folder = cache_folder
        self._workers = workers
        self._memory = memory
        self._extra = extra

    def run(
        self,
        plan: Plan,
        on_event: Callable[[Event], None],
        cancel: CancelToken,
        on_tree: Callable[[Tree], None] | None = None,
    ) -> BatteryResult:
        """Run the plan to its end. Raises UnreadableArtifact where the artifact cannot be unpacked."""
        return _BatteryRun(self, plan, on_event, cancel).run(on_tree)


class _BatteryRun(Sink):
    """One run of one plan."""

    def __init__(self, battery: Battery, plan: Plan, on_event: Callable[[Event], None], cancel: CancelToken) -> None:
        self._battery = battery
        self._plan = plan
        self._on_event = on_event
        self._cancel = cancel
        self._checks = self._choose()
        self._recorder = Recorder(self._checks, on_event, cancel)
        self._lock = threading.Lock()
        # What was found where the ranges to mask may not all be known yet, and problems: text of the package.
        self._deferred: list[tuple[PlannedCheck, Entry | None, list[Found]]] = []
        self._masks_known = threading.Event()
        self._fresh: dict[int, list[tuple[bytes, bytes]]] = {}
        self._keys: dict[int, dict[int, bytes]] = {}

    def _choose(self) -> list[PlannedCheck]:
        """All checks that take part; masking checks always do, silently where they were not asked for."""
        plan, chosen = self._plan, []
        overrides = dict(plan.overrides or {})
        for spec in self._battery._catalog.values():
            asked = not plan.only or spec.id in plan.only
            if asked or spec.masks:
                chosen.append(plan_check(spec, overrides.get(spec.id, {}), silent=not asked))
        return chosen

    def run(self, on_tree: Callable[[Tree], None] | None) -> BatteryResult:
        """The whole run."""
        battery, plan = self._battery, self._plan
        with ThreadPoolExecutor(max_workers=3 + len(self._checks), thread_name_prefix="battery") as threads:
            clamd = self._find_clamd()
            prestarted = _Prestarted()
            try:
                prepared = self._prepare()
                tree = self._tree(prestarted, prepared)
                if on_tree is not None:
                    on_tree(tree)
                self._on_event(PackageReady(tree.summary))
                kind = plan.kind or tree.facts.kind
                self._collector = Collector(tree, Masks(frozenset(c.id for c in self._checks if c.spec.masks)))
                self._tree_now = tree
                applicable = self._skip_others(kind)
                jobs = []
                local = [c for c in applicable if c.spec.per_file and not c.spec.needs]
                if not any(c.spec.masks for c in local):
                    self._masks_known.set()
                if local:
                    jobs.append(threads.submit(self._local, tree, local, kind, prestarted, prepared))
                served = [c for c in applicable if "clamd" in c.spec.needs]
                if served:
                    jobs.append(threads.submit(self._served, tree, served, kind, prepared, clamd))
                whole = [c for c in applicable if not c.spec.per_file and not c.spec.needs]
                slots = threading.Semaphore(battery._workers)
                groups = [whole] if plan.artifact.size < SMALL_ARTIFACT and whole else [[c] for c in whole]
                jobs += [threads.submit(self._packages, tree, group, kind, prepared, slots) for group in groups]
                for job in jobs:
                    job.result()
                for check in self._recorder.unfinished():
                    self._recorder.finish(check)
            except WorkerEnded:
                if not self._cancel.cancelled:
                    raise
                for check in self._recorder.unfinished():
                    self._recorder.end_without_running(check, Outcome.CANCELLED, "cancelled by the reviewer")
                tree_or_none = getattr(self, "_tree_now", None)
                return self._result(tree_or_none, cancelled=True)
            finally:
                prestarted.kill()
        return self._result(tree, cancelled=self._cancel.cancelled)

    def _result(self, tree: Tree | None, *, cancelled: bool) -> BatteryResult:
        return BatteryResult(
            tree=tree,
            kind=self._plan.kind or (tree.facts.kind if tree else "download"),
            summary=tree.summary if tree else None,
            checks=self._recorder.results(),
            findings=tuple(self._recorder.findings()),
            identity=pool_version([c for c in self._checks if not c.silent]),
            cancelled=cancelled,
        )

    def _find_clamd(self) -> Future[ClamdStatus]:
        """Look for a clamd, or start one, meanwhile: nobody waits for it when the run is cancelled."""
        answer: Future[ClamdStatus] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._battery._clamd.ensure())
            except Exception as error:
                answer.set_exception(error)

        if any("clamd" in c.spec.needs for c in self._checks):
            threading.Thread(target=ask, name="clamd", daemon=True).start()
        return answer

    def _prepare(self) -> Path | None:
        """Compile rules; a check whose rules do not compile ends as an error, the others run."""
        try:
            return self._compile(self._checks)
        except PrepareError:
            working: list[PlannedCheck] = []
            for check in self._checks:
                try:
                    self._compile([check])
                    working.append(check)
                except PrepareError as error:
                    self._recorder.end_without_running(check, Outcome.ERROR, str(error))
            return self._compile(working)

    def _compile(self, checks: Sequence[PlannedCheck]) -> Path | None:
        battery = self._battery
        return ensure_prepared(battery._cache_folder, checks, battery._extra, lambda: self._cancel.cancelled)

    def _tree(self, prestarted: _Prestarted, prepared: Path | None) -> Tree:
        battery, plan = self._battery, self._plan
        kept = battery._trees.find(plan.artifact)
        if kept is not None:
            return kept
        local = [c for c in self._checks if c.spec.per_file and not c.spec.needs]

        def staged(side: Side) -> None:
            number = 1 if plan.artifact.size < SMALL_ARTIFACT else battery._workers
            for _ in range(number if local else 0):
                worker = WorkerProcess(battery._launcher(), self._grants(side, prepared, {}))
                worker.preload([c.module for c in local])
                prestarted.add(worker)

        return battery._trees.make(plan.artifact, self._on_event, lambda: self._cancel.cancelled, staged)

    def _grants(self, side: Side, prepared: Path | None, services: Mapping[str, Path]) -> Grants:
        return Grants(
            sides={"submission": side},
            services=services,
            prepared=prepared,
            memory=self._battery._memory,
            extra=self._battery._extra,
        )

    def _skip_others(self, kind: str) -> list[PlannedCheck]:
        """End the checks that cannot or need not run; the host alone decides that."""
        applicable = []
        for check in self._recorder.unfinished():
            if kind not in check.spec.kinds:
                for_what = ", ".join(sorted(check.spec.kinds))
                self._recorder.end_without_running(check, Outcome.SKIPPED, f"applies to {for_what}, this is a {kind}")
            elif check.spec.needs - {"clamd"}:
                lacking = ", ".join(sorted(check.spec.needs - {"clamd"}))
                self._recorder.end_without_running(check, Outcome.UNAVAILABLE, f"needs {lacking}, which is not set up")
            else:
                applicable.append(check)
        return applicable

    # The content pass

    def _served(
        self,
        tree: Tree,
        checks: list[PlannedCheck],
        kind: str,
        prepared: Path | None,
        answer: Future[ClamdStatus],
    ) -> None:
        """The checks that speak to clamd, once it answers."""
        while not wait([answer], timeout=0.1).done:
            if all(self._cancel.stops(c.id) for c in checks):
                raise WorkerEnded("cancelled")
        clamd = answer.result()
        if clamd.socket is None:
            for check in checks:
                self._recorder.end_without_running(check, Outcome.UNAVAILABLE, clamd.reason)
            return
        planned = [plan_check(c.spec, {**c.parameters, **clamd.parameters}, clamd.signature_version) for c in checks]
        self._content(tree, planned, kind, _Prestarted(), prepared, {"clamd": clamd.socket}, describe(clamd))

    def _local(
        self, tree: Tree, checks: list[PlannedCheck], kind: str, prestarted: _Prestarted, prepared: Path | None
    ) -> None:
        """The checks that need nothing but the files; secrets are known when they end, however they end."""
        try:
            self._content(tree, checks, kind, prestarted, prepared, {})
        finally:
            self._masks_known.set()

    def _content(
        self,
        tree: Tree,
        checks: list[PlannedCheck],
        kind: str,
        prestarted: _Prestarted,
        prepared: Path | None,
        services: Mapping[str, Path],
        note: str = "",
    ) -> None:
        """Per-file checks over all files, answered from earlier results where these are known."""
        battery = self._battery
        checks.sort(key=lambda c: not c.spec.masks)
        files = list(tree.files)
        for check in checks:
            self._recorder.start(check, len(files), note)
        self._unseen(tree, checks)
        keys = self._cache_keys(tree, files, checks)
        pending = self._reuse(tree, files, checks, keys)
        task = {"kind": kind, "declared_type": self._plan.declared_type}
        workers = max(1, min(battery._workers, len(pending) // 24 + sum(e.size for e in pending) // (1 << 20)))

        def start() -> WorkerProcess:
            worker = prestarted.take()
            return worker or WorkerProcess(battery._launcher(), self._grants(tree.side, prepared, services))

        pool = Pool(checks, pending, start, workers, tree.unpacked, task)
        container = tree.container
        if container is not None:
            pool.add_container(container)
        with self._lock:
            self._keys[id(pool)] = keys
            self._fresh[id(pool)] = []
        ContentPass([pool], self, lambda: self._cancel.cancelled, self._cancel.stops).run()
        battery._cache.put_many(self._fresh.pop(id(pool)))
        for index, check in enumerate(checks):
            self._recorder.spend(check, pool.micros[index] / 1e6)
        if not self._masks_first(checks):
            self._await_masks()
        self._settle(checks)

    def _unseen(self, tree: Tree, checks: Sequence[PlannedCheck]) -> None:
        """What unpacking could not read was seen by no check: none of them may say clean."""
        for item in tree.left_out:
            if item.rule.startswith(UNSEEN):
                for check in checks:
                    place = self._collector.masks.scrub(item.path)
                    self._recorder.problem(check, Outcome.UNAVAILABLE, place, f"could not be unpacked ({item.rule})")

    def _cache_keys(self, tree: Tree, files: Sequence[Entry], checks: Sequence[PlannedCheck]) -> dict[int, bytes]:
        version = pool_version(checks)
        content_only = all(c.spec.content_only for c in checks)
        keys = {}
        for entry in files:
            parts = [version, entry.sha256, str(entry.n in tree.unpacked)]
            if not content_only:
                declared = self._plan.declared_type if entry.source == "artifact" else ""
                parts += [self._plan.kind or tree.facts.kind, declared, entry.path]
            text = "\0".join(parts).encode("utf-8", "surrogateescape")
            keys[entry.n] = hashlib.blake2b(text, digest_size=16).digest()
        return keys

    def _reuse(
        self, tree: Tree, files: Sequence[Entry], checks: Sequence[PlannedCheck], keys: Mapping[int, bytes]
    ) -> list[Entry]:
        """Take what is known; returns the files that are left."""
        known = self._battery._cache.get_many(list(keys.values()))
        pending: list[Entry] = []
        for entry in files:
            row = known.get(keys[entry.n])
            if row is None:
                pending.append(entry)
                continue
            try:
                found = _read_row(row, len(checks))
            except (ValueError, TypeError, AttributeError, ProtocolError):
                pending.append(entry)  # a damaged row is as good as none
                continue
            for check in checks:
                if check.spec.masks:
                    self._collector.masks.searched(entry.sha256, check.id)
            if found:
                self._keep(checks, entry, found)
        if reused := len(files) - len(pending):
            self._recorder.advance(checks, reused, reused)
            for check in checks:
                self._recorder.log(check, f"{reused:,} of {len(files):,} files answered from earlier results")
        return pending

    def _keep(self, checks: Sequence[PlannedCheck], entry: Entry, found: Mapping[int, list[Found]]) -> None:
        for index, items in found.items():
            if checks[index].spec.masks:
                self._collector.masks.add(self._tree_now, entry, items)
        masking = self._masks_first(checks)
        for index, items in found.items():
            if masking:
                self._recorder.keep(checks[index], self._collector.materialize(checks[index].spec, entry, items))
            else:
                self._defer(checks[index], entry, items)

    def _defer(self, check: PlannedCheck, entry: Entry | None, found: list[Found]) -> None:
        with self._lock:
            self._deferred.append((check, entry, found))

    def _masks_first(self, checks: Sequence[PlannedCheck]) -> bool:
        """Whether the secrets of a file are known before what these checks found in it is recorded."""
        return self._masks_known.is_set() or any(c.spec.masks for c in checks)

    def _await_masks(self) -> None:
        """Until the search for secrets has ended."""
        while not self._masks_known.wait(0.1):
            if self._cancel.cancelled:
                raise WorkerEnded("cancelled")

    # What the content pass tells us

    def live(self, pool: Pool, checks: Sequence[int], entry: Entry, result: FileResult) -> None:
        """Show findings early, with text of the file only where it was searched for secrets."""
        self._learn(pool, checks, entry, result)
        masking = self._masks_first(pool.checks)
        for index, found in result.found.items():
            shown = [f for f in found if masking or f.start is None]
            self._recorder.show(pool.checks[index], self._collector.materialize(pool.checks[index].spec, entry, shown))

    def _learn(self, pool: Pool, checks: Sequence[int], entry: Entry, result: FileResult) -> None:
        """What the masking checks say of a file; they come first on each."""
        masks = self._collector.masks
        for index in checks:
            if pool.checks[index].spec.masks:
                masks.add(self._tree_now, entry, result.found.get(index, ()))
                if index not in result.problems:
                    masks.searched(entry.sha256, pool.checks[index].id)

    def progress(self, pool: Pool, done: int) -> None:
        """Files done, for all checks of the pool."""
        self._recorder.advance(pool.checks, done)

    def accept(self, pool: Pool, entry: Entry, checks: Sequence[int], result: FileResult) -> None:
        """A final result: record it, and remember it when it is whole."""
        self._learn(pool, checks, entry, result)
        collector = self._collector
        for index, (outcome, reason) in result.problems.items():
            place = place_of(collector, entry)
            self._recorder.problem(pool.checks[index], outcome, place, collector.masks.scrub(reason))
        if len(checks) == len(pool.checks):
            self._keep(pool.checks, entry, result.found)
        else:  # seen by checks one by one: the ranges to mask may come last
            for index, found in result.found.items():
                self._defer(pool.checks[index], entry, found)
        if result.whole and len(checks) == len(pool.checks):
            rows = {str(i): [_row(f) for f in found] for i, found in result.found.items() if found}
            key = self._keys[id(pool)].get(entry.n)
            if key is not None:
                self._fresh[id(pool)].append((key, json.dumps(rows, separators=(",", ":")).encode()))

    def log(self, check: PlannedCheck | None, text: str) -> None:
        """A line that a worker logged."""
        if check is not None:
            self._recorder.log(check, self._collector.masks.scrub(text))

    def tick(self) -> None:
        """Report progress."""
        self._recorder.tick()

    # Whole-package checks

    def _packages(
        self,
        tree: Tree,
        checks: Sequence[PlannedCheck],
        kind: str,
        prepared: Path | None,
        slots: threading.Semaphore,
    ) -> None:
        """Checks of the whole package, in one worker: starting one costs more than a check of a small package.

        When that worker does not end well, nothing of it counts, and each check gets one of its own.
        """
        with slots:
            for check in checks:
                self._recorder.start(check, 0)
            answers = self._ask(tree, checks, kind, prepared)
            if answers is None:
                answers = [self._ask_alone(tree, check, kind, prepared) for check in checks]
        self._await_masks()
        for check, answer in zip(checks, answers, strict=True):
            by_file: dict[int | None, list[Found]] = {}
            for item in answer.found:
                by_file.setdefault(item.file, []).append(item)
            for file, items in by_file.items():
                self._defer(check, None if file is None else tree.entry(file), items)
            for outcome, file, reason in answer.problems:
                place = place_of(self._collector, None if file is None else tree.entry(file))
                self._recorder.problem(check, outcome, place, self._collector.masks.scrub(reason))
            self._recorder.spend(check, answer.seconds)
        self._settle(checks)

    def _ask(
        self, tree: Tree, checks: Sequence[PlannedCheck], kind: str, prepared: Path | None
    ) -> list[_Answer] | None:
        """What these checks say one after the other in one worker; None where several were too many for it."""
        checks_left = [c for c in checks if not self._cancel.stops(c.id)]
        answers = {c.id: _Answer() for c in checks}
        if not checks_left:
            return [*answers.values()]
        check = checks_left[0]
        worker = WorkerProcess(self._battery._launcher(), self._grants(tree.side, prepared, {}))
        try:
            for check in checks_left:
                began = time.monotonic()
                number = worker.send(
                    "package",
                    check={"module": check.module, "parameters": dict(check.parameters)},
                    kind=kind,
                    file_name=tree.artifact.name,
                    declared_type=self._plan.declared_type,
                )
                stopped = functools.partial(self._cancel.stops, check.id)
                for message in run_task(worker, number, check.spec.seconds, stopped):
                    self._take_package(tree, check, message, answers[check.id].found, answers[check.id].problems)
                answers[check.id].seconds = time.monotonic() - began
            if not worker.finish():
                raise WorkerEnded("the worker did not end well")
        except WorkerEnded as ended:
            if len(checks) > 1:
                log.info("%s: %s: each check of the package gets a worker of its own", check.id, ended.reason)
                return None
            outcome = Outcome.TIMEOUT if ended.timed_out else Outcome.ERROR
            stopped_by_us = self._cancel.stops(check.id)
            return [_Answer(problems=[] if stopped_by_us else [(outcome, None, ended.reason)])]
        finally:
            worker.kill()
        return [*answers.values()]

    def _ask_alone(self, tree: Tree, check: PlannedCheck, kind: str, prepared: Path | None) -> _Answer:
        answers = self._ask(tree, [check], kind, prepared)
        return answers[0] if answers else _Answer()

    @staticmethod
    def _take_package(
        tree: Tree,
        check: PlannedCheck,
        message: Message,
        found: list[Found],
        problems: list[tuple[Outcome, int | None, str]],
    ) -> None:
        if isinstance(message, (Found, NotChecked, Failed)):
            entry = None if message.file is None else tree.entry(message.file)
            if message.file is not None and entry is None:
                raise WorkerEnded("the worker broke the protocol: it named a file that does not exist")
        if isinstance(message, Found):
            size = entry.size if entry is not None else -1
            if message.end is not None and message.end > size:
                raise WorkerEnded("the worker broke the protocol: it named a place outside the file")
            found.append(message)
            if len(found) > MAX_PACKAGE_FINDINGS:
                raise WorkerEnded(f"the worker broke the protocol: it sent more than {MAX_PACKAGE_FINDINGS:,} findings")
        elif isinstance(message, NotChecked):
            problems.append((Outcome.UNAVAILABLE, message.file, message.reason))
        elif isinstance(message, Failed):
            problems.append((Outcome(message.outcome), message.file, message.reason))
        elif isinstance(message, Finished) and message.error:
            problems.append((Outcome.ERROR, None, message.error))
        elif isinstance(message, Log):
            log.debug("%s: %s", check.id, message.text)

    def _settle(self, checks: Sequence[PlannedCheck]) -> None:
        """Record what had to wait until every range to mask was known, and end these checks."""
        with self._lock:
            ready = [item for item in self._deferred if item[0] in checks]
            self._deferred = [item for item in self._deferred if item[0] not in checks]
        for check, entry, found in ready:
            self._recorder.keep(check, self._collector.materialize(check.spec, entry, found))
        for check in checks:
            self._recorder.finish(check)


@dataclass(slots=True)
class _Answer:
    """What one check of the whole package said."""

    found: list[Found] = field(default_factory=list)
    problems: list[tuple[Outcome, int | None, str]] = field(default_factory=list)
    seconds: float = 0.0


class _Prestarted:
    """Workers started while the package is still being unpacked."""

    def __init__(self) -> None:
        self._workers: list[WorkerProcess] = []

    def add(self, worker: WorkerProcess) -> None:
        """Keep one for later."""
        self._workers.append(worker)

    def take(self) -> WorkerProcess | None:
        """One of them, or None."""
        return self._workers.pop() if self._workers else None

    def kill(self) -> None:
        """End those that were not needed."""
        while self._workers:
            self._workers.pop().kill()


def _row(found: Found) -> list[Any]:
    """A finding as it is kept for reuse."""
    return [
        found.rule, found.message, found.start, found.end, int(found.severity), found.confidence, found.matched,
        found.secret, found.encoding, found.remediation, list(found.references),
    ]  # fmt: skip


def _read_row(data: bytes, checks: int) -> dict[int, list[Found]]:
    """What is kept of one file: findings by check, held to the same rules as a worker's word."""
    if data == b"{}":
        return {}
    rows = {int(i): [parse_found([0, None, *row]) for row in rows] for i, rows in json.loads(data).items()}
    if any(not 0 <= i < checks for i in rows):
        raise ValueError("a check that is none")
    return rows
