"""The battery: every check of a plan over one artifact, as events and a result.

Unpack once, then side by side: the checks that need nothing but the files, those that speak to a
service, and those of the whole package. What each kind does is in `file_checks` and `package_checks`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.cancel import CancelToken
from app.clamd_status import describe
from app.file_checks import FileChecks
from app.findings import Findings
from app.grants import FROM_ELSEWHERE, NOTHING, Grants, HandedOver, Side
from app.head_start import ClamdSource, Crew, HeadStart
from app.live_checks import LiveChecks
from app.model import ASKS, Artifact, CheckResult, Component, Event, PackageReady, RunFact, RunFinding, TreeSummary
from app.package_checks import PackageChecks
from app.plan import PlannedCheck, plan_check, pool_version
from app.prepared import PrepareError, ensure_prepared
from app.recorder import Recorder
from app.reuse import Cache
from app.rules_own import limitation_of
from app.sandbox import Launcher
from app.trees import Tree, TreeMaker
from app.workers import WorkerEnded, WorkerProcess
from checks import Outcome
from checks.runtime.catalog import CheckSpec

SMALL_ARTIFACT = 512 << 10
# Crews of workers, by what they do.
FILES, SERVED, WHOLE = "files", "served", "whole"
# What checks need that no battery has: it comes with the plan, or with the reviewer's consent.
OF_PLAN = frozenset({"marketplace", "network", "served"})
CONSENT = f"{ASKS}, and that needs your consent"
# Checks of the whole package that share a worker where the package is large.
GROUP = 4
TO_GET = {
    "advisories": "there is no advisory database: get an OSV export (a zip for each ecosystem) and import it by Tools, "
    "Import advisories, or `assay advisories import FILE.zip`",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: `only` empty means every check; `overrides` are the profile's parameters by check.

    `baseline` is what checks of the whole package may compare with. `handed` is what there is about this submission
    alone, by need. `consent` names the live checks that may ask the network; without it they do not run.
    """

    artifact: Artifact
    kind: str
    declared_type: str = ""
    only: tuple[str, ...] = ()
    overrides: Mapping[str, Mapping[str, Any]] = ()  # type: ignore[assignment]
    baseline: Tree | None = None
    handed: Mapping[str, HandedOver] = field(default_factory=lambda: FROM_ELSEWHERE)
    consent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BatteryResult:
    """Everything a run found; `findings` have no state yet. `identity` names the set of checks and their versions."""

    tree: Tree | None
    kind: str
    summary: TreeSummary | None
    checks: tuple[CheckResult, ...]
    findings: tuple[RunFinding, ...]
    facts: tuple[RunFact, ...]
    inventory: tuple[Component, ...]
    identity: str
    cancelled: bool


@dataclass(frozen=True, eq=False)
class Battery:
    """Runs plans. One object may run several plans at once, each from its own thread.

    `workers` at once for each kind of check, of `memory` bytes each. `extra` are folders with further checks.
    `data` are files of the host's own, by the need that they answer; `own_rules` is the folder of the reviewer's own.
    """

    catalog: Mapping[str, CheckSpec]
    trees: TreeMaker
    launcher: Callable[[], Launcher]
    clamd: ClamdSource
    cache: Cache
    cache_folder: Path
    _: KW_ONLY
    workers: int
    memory: int
    extra: tuple[Path, ...] = ()
    data: Mapping[str, HandedOver] = field(default_factory=dict)
    own_rules: Path | None = None

    def start_workers(self, head: HeadStart, artifact: Artifact, cancel: CancelToken | None = None) -> None:
        """Let workers wait for an artifact over which all checks are sure to run."""
        checks = [plan_check(spec, {}, own_rules=self.own_rules) for spec in self.catalog.values()]
        # the run finds out which rules do not compile, or that it was cancelled, and says so
        with contextlib.suppress(PrepareError, WorkerEnded):
            cancelled = (lambda: cancel.cancelled) if cancel is not None else (lambda: False)
            prepared = ensure_prepared(self.cache_folder, checks, self.extra, cancelled, self.own_rules)
            head.data = self.data
            head.start_workers(self.crews(checks, artifact), prepared, self.start_worker)

    def run(
        self,
        plan: Plan,
        on_event: Callable[[Event], None],
        cancel: CancelToken,
        on_tree: Callable[[Tree], None] | None = None,
        head: HeadStart | None = None,
    ) -> BatteryResult:
        """Run the plan to its end, from the head start where there is one.

        Raises UnreadableArtifact where the artifact cannot be unpacked.
        """
        return _BatteryRun(self, plan, on_event, cancel).run(on_tree, head)

    def crews(self, checks: Sequence[PlannedCheck], artifact: Artifact) -> list[Crew]:
        """The workers that these checks want at once, by the work they do."""
        files = [c for c in checks if c.spec.per_file and not c.spec.needs]
        had = self.data.keys() | OF_PLAN
        whole = [c for c in checks if not c.spec.per_file and not c.spec.live and c.spec.needs <= had]
        served = [c for c in checks if "clamd" in c.spec.needs]
        number = 1 if artifact.size < SMALL_ARTIFACT else self.workers
        crews = [
            Crew(FILES, number, [c.module for c in files]),
            Crew(SERVED, 1, [c.module for c in served], served=True),
            Crew(WHOLE, 1, [c.module for c in whole]),
        ]
        return [crew for crew in crews if crew.modules]

    def start_worker(
        self,
        crew: str,
        side: Side,
        prepared: Path | None,
        services: Mapping[str, Path],
        baseline: Side | None = None,
    ) -> WorkerProcess:
        """A worker that may read one tree and the compiled rules, and speak to these sockets.

        One for checks of the whole package also reads what the host hands over, and the baseline.
        """
        grants = Grants(
            sides={"submission": side} | ({"baseline": baseline} if baseline is not None else {}),
            services=services,
            data={name: d.path for name, d in self.data.items() if d.path} if crew == WHOLE else {},
            prepared=prepared,
            memory=self.memory,
            extra=self.extra,
        )
        return WorkerProcess(self.launcher(), grants)

    def start_live_worker(self) -> WorkerProcess:
        """A worker that has the network, and nothing else."""
        return WorkerProcess(self.launcher(), Grants(memory=self.memory, extra=self.extra, network=True))


class _BatteryRun:
    """One run of one plan."""

    def __init__(self, battery: Battery, plan: Plan, on_event: Callable[[Event], None], cancel: CancelToken) -> None:
        self._battery = battery
        self._plan = plan
        self._on_event = on_event
        self._cancel = cancel
        self._checks = self._choose()
        self._recorder = Recorder(self._checks, on_event, cancel)
        self._prepared: Path | None = None

    def _choose(self) -> list[PlannedCheck]:
        """All checks that take part; masking checks always do, silently where they were not asked for."""
        plan, chosen = self._plan, []
        overrides = dict(plan.overrides or {})
        for spec in self._battery.catalog.values():
            asked = not plan.only or spec.id in plan.only
            if asked or spec.masks:
                salt = " ".join(self._battery.data.get(need, NOTHING).version for need in sorted(spec.needs))
                own = self._battery.own_rules
                chosen.append(plan_check(spec, overrides.get(spec.id, {}), salt, silent=not asked, own_rules=own))
        return chosen

    def run(self, on_tree: Callable[[Tree], None] | None, head: HeadStart | None) -> BatteryResult:
        """The whole run."""
        tree: Tree | None = None
        battery, artifact = self._battery, self._plan.artifact
        ahead = head is not None
        if head is None:
            served = any("clamd" in c.spec.needs for c in self._checks)
            head = HeadStart(artifact, battery.trees, battery.clamd if served else None, self._cancel)
        try:
            self._prepared = self._prepare()
            for check in self._checks:
                self._recorder.limit(check, limitation_of(self._prepared, check.spec))
            if not ahead:
                head.data = battery.data
                head.start_workers(battery.crews(self._checks, artifact), self._prepared, battery.start_worker)
            tree = head.tree(self._on_event, lambda: self._cancel.cancelled)
            if on_tree is not None:
                on_tree(tree)
            self._on_event(PackageReady(tree.summary))
            with ThreadPoolExecutor(max_workers=3 + len(self._checks), thread_name_prefix="battery") as threads:
                for job in [threads.submit(work) for work in self._split(tree, head)]:
                    job.result()
            for check in self._recorder.unfinished():
                self._recorder.finish(check)
        except WorkerEnded:
            if not self._cancel.cancelled:
                raise
            for check in self._recorder.unfinished():
                self._recorder.end_without_running(check, Outcome.CANCELLED, "cancelled by the reviewer")
            return self._result(tree, cancelled=True)
        finally:
            head.close()
        return self._result(tree, cancelled=self._cancel.cancelled)

    def _result(self, tree: Tree | None, *, cancelled: bool) -> BatteryResult:
        return BatteryResult(
            tree=tree,
            kind=self._plan.kind or (tree.facts.kind if tree else "download"),
            summary=tree.summary if tree else None,
            checks=self._recorder.results(),
            findings=tuple(self._recorder.findings()),
            facts=tuple(self._recorder.facts()),
            inventory=tuple(self._recorder.components()),
            identity=pool_version([c for c in self._checks if not c.silent]),
            cancelled=cancelled,
        )

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
        return ensure_prepared(
            battery.cache_folder, checks, battery.extra, lambda: self._cancel.cancelled, battery.own_rules
        )

    # The checks, by what they need

    def _split(self, tree: Tree, head: HeadStart) -> list[Callable[[], None]]:
        """The work of the run, to be done side by side."""
        plan, workers = self._plan, self._battery.workers
        kind = plan.kind or tree.facts.kind
        masking = frozenset(c.id for c in self._checks if c.spec.masks)
        findings = Findings(tree, masking, self._recorder, self._cancel)
        applicable = self._skip_others(kind)
        work: list[Callable[[], None]] = []
        local = [c for c in applicable if c.spec.per_file and not c.spec.needs]
        if not any(c.spec.masks for c in local):
            findings.end_search()
        if local:
            work.append(lambda: self._check_files(tree, local, kind, findings, head))
        served = [c for c in applicable if "clamd" in c.spec.needs]
        if served:
            work.append(lambda: self._check_with_clamd(tree, served, kind, findings, head))
        whole = [c for c in applicable if not c.spec.per_file and not c.spec.live]
        live = [c for c in applicable if c.spec.live]
        handed = {**self._battery.data, **plan.handed}
        package = PackageChecks(
            tree,
            findings,
            self._recorder,
            self._cancel,
            kind=kind,
            declared_type=plan.declared_type,
            start=self._starter(tree, head, WHOLE),
            workers=workers,
            baseline_name=plan.baseline.artifact.name if plan.baseline is not None else "",
        )
        size = len(whole) if plan.artifact.size < SMALL_ARTIFACT else GROUP
        groups = [whole[at : at + size] for at in range(0, len(whole), size or 1)]
        probes = LiveChecks(
            tree,
            findings,
            self._recorder,
            self._cancel,
            kind=kind,
            declared_type=plan.declared_type,
            start=self._battery.start_live_worker,
            workers=workers,
        )
        work += [functools.partial(probes.run, [check], handed) for check in live]
        return work + [functools.partial(package.run, group, handed) for group in groups]

    def _skip_others(self, kind: str) -> list[PlannedCheck]:
        """End the checks that cannot or need not run; the host alone decides that."""
        applicable = []
        for check in self._recorder.unfinished():
            if kind not in check.spec.kinds:
                for_what = ", ".join(sorted(check.spec.kinds))
                self._recorder.end_without_running(check, Outcome.SKIPPED, f"applies to {for_what}, this is a {kind}")
            elif why := next((d.skip for d in self._handed_for(check) if d.skip), ""):
                self._recorder.end_without_running(check, Outcome.SKIPPED, why)
            elif lacking := self._lacking(check):
                self._recorder.end_without_running(check, Outcome.UNAVAILABLE, lacking)
            else:
                applicable.append(check)
        return applicable

    def _lacking(self, check: PlannedCheck) -> str:
        """What the check needs of the host and does not get, and how to have it; empty where there is all."""
        data = {**self._battery.data, **self._plan.handed}
        ways = []
        if check.spec.live and check.id not in self._plan.consent:
            ways.append(next((d.consent for d in self._handed_for(check) if d.consent), CONSENT))
        for need in sorted(check.spec.needs - {"clamd", "network"}):
            if need not in data:
                ways.append(TO_GET.get(need, f"needs {need}, which is not set up"))
            elif data[need].problem:
                ways.append(data[need].problem)
        return "; ".join(ways)

    def _handed_for(self, check: PlannedCheck) -> list[HandedOver]:
        handed = self._plan.handed
        return [handed[need] for need in sorted(check.spec.needs) if need in handed]

    def _starter(
        self, tree: Tree, head: HeadStart, crew: str, services: Mapping[str, Path] = MappingProxyType({})
    ) -> Callable[[], WorkerProcess]:
        """Gives a worker of a crew: one that waits already, else a new one."""

        def start() -> WorkerProcess:
            if crew == WHOLE and self._plan.baseline is not None:  # one that waits was not told of it
                return self._battery.start_worker(crew, tree.side, self._prepared, services, self._plan.baseline.side)
            if crew == WHOLE and self._battery.data != head.data:  # what it was told of is no longer true
                return self._battery.start_worker(crew, tree.side, self._prepared, services)
            waiting = head.take(crew, self._prepared)
            return waiting or self._battery.start_worker(crew, tree.side, self._prepared, services)

        return start

    def _check_files(
        self, tree: Tree, checks: Sequence[PlannedCheck], kind: str, findings: Findings, head: HeadStart
    ) -> None:
        """The checks that need nothing but the files; secrets are known when they end, however they end."""
        try:
            self._file_checks(tree, checks, kind, findings, self._starter(tree, head, FILES)).run()
        finally:
            findings.end_search()

    def _check_with_clamd(
        self,
        tree: Tree,
        checks: Sequence[PlannedCheck],
        kind: str,
        findings: Findings,
        head: HeadStart,
    ) -> None:
        """The checks that speak to clamd, once it answers."""
        while not wait([head.clamd], timeout=0.1).done:
            if all(self._cancel.stops(c.id) for c in checks):
                raise WorkerEnded("cancelled")
        clamd = head.clamd.result()
        if clamd.socket is None:
            for check in checks:
                self._recorder.end_without_running(check, Outcome.UNAVAILABLE, clamd.reason)
            return
        services = {"clamd": clamd.socket}
        planned = [plan_check(c.spec, {**c.parameters, **clamd.parameters}, clamd.signature_version) for c in checks]
        start = self._starter(tree, head, SERVED, services)
        self._file_checks(tree, planned, kind, findings, start).run(describe(clamd), clamd.limitation)

    def _file_checks(
        self,
        tree: Tree,
        checks: Sequence[PlannedCheck],
        kind: str,
        findings: Findings,
        start: Callable[[], WorkerProcess],
    ) -> FileChecks:
        return FileChecks(
            tree,
            checks,
            findings,
            self._recorder,
            self._cancel,
            kind=kind,
            declared_type=self._plan.declared_type,
            cache=self._battery.cache,
            start=start,
            workers=self._battery.workers,
        )
