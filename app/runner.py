"""Runs: the battery over a submission, its findings held against those of the baseline, kept in the record."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app import __version__
from app.battery import Battery, BatteryResult, Plan
from app.browsing import Browser
from app.cancel import CancelToken
from app.collector import facts_with_states, with_states
from app.errors import DeskError
from app.grants import FROM_ELSEWHERE, HandedOver
from app.guidelines import Profile
from app.head_start import HeadStart
from app.model import Event, Isolation, Run, RunFact, RunFinding, RunFinished, RunStarted, Submission
from app.sandbox import NoSandbox
from app.trees import Tree
from app.workers import WorkerEnded
from checks import Outcome
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.store import Store


class RunRefused(DeskError):
    """A battery that may not or cannot start; the text says what to do."""


def _with_live(isolation: Isolation) -> Isolation:
    """What the walls give in a run in which some checks ask the network."""
    words = {"no network": "no network, but for checks that see nothing of the package"}
    return dataclasses.replace(isolation, gives=tuple(words.get(given, given) for given in isolation.gives))


class Runner:
    """Makes runs with one battery; the trees that it unpacks are kept at hand for reading."""

    def __init__(
        self,
        store: Store,
        battery: Battery,
        browser: Browser,
        hand_over: Callable[[Submission], Mapping[str, HandedOver]] = lambda _: FROM_ELSEWHERE,
    ) -> None:
        """`hand_over` gives what there is about a submission alone, by the need of checks."""
        self._store = store
        self._battery = battery
        self._browser = browser
        self._hand_over = hand_over

    def run(
        self,
        about: Submission,
        rules: Profile,
        only: Sequence[str],
        on_event: Callable[[Event], None],
        cancel: CancelToken,
        head: HeadStart | None = None,
        *,
        consent: frozenset[str] = frozenset(),
    ) -> Run:
        """Run the checks (`only` empty = all) and keep the record; raises RunRefused, DeskError.

        `consent` names the live checks that may ask the network.
        """
        battery = self._battery
        try:
            isolation = battery.launcher().isolation
        except NoSandbox as problem:
            refused = RunRefused(str(problem))
            refused.incomplete = problem.incomplete
            raise refused from problem
        if consent:
            isolation = _with_live(isolation)
        baseline = self._store.submission(about.baseline) if about.baseline is not None else None
        number = self._store.start_run(
            about.id,
            profile=rules.id,
            isolation=isolation,
            kind=about.kind or "download",
            tool=f"assay {__version__}",
            baseline=baseline.artifact if baseline else None,
            parameters=({"only": list(only)} if only else {}) | ({"live": sorted(consent)} if consent else {}),
        )
        started = datetime.now(UTC)
        titles = tuple((spec.id, spec.title) for spec in battery.catalog.values() if not only or spec.id in only)
        on_event(RunStarted(number, titles, isolation))
        try:
            earlier_tree = self._browser.tree(baseline.artifact) if baseline is not None else None
            result = battery.run(
                Plan(
                    about.artifact,
                    about.kind,
                    "",
                    tuple(only),
                    rules.parameters,
                    earlier_tree,
                    self._hand_over(about),
                    consent,
                ),
                on_event,
                cancel,
                lambda tree: self._learn(about, tree),
                head,
            )
            findings, facts = result.findings, result.facts
            if baseline is not None and not result.cancelled:
                earlier, earlier_facts = self._ask_baseline(baseline, rules, result, only, cancel)
                ran = frozenset(c.id for c in result.checks if c.outcome in (Outcome.CLEAN, Outcome.FOUND))
                findings = with_states(findings, earlier, ran)
                facts = facts_with_states(facts, earlier_facts, ran)
        except WorkerEnded as ended:
            raise DeskError(f"{printable(about.artifact.name, 200)}: {ended.reason}") from ended
        run = Run(
            id=number,
            submission=about.id,
            artifact=about.artifact,
            kind=result.kind,
            profile=rules.id,
            started=started,
            finished=datetime.now(UTC),
            isolation=isolation,
            tree=result.summary,
            baseline=baseline.artifact if baseline else None,
            checks=result.checks,
            findings=findings,
            inventory=result.inventory,
            facts=facts,
            cancelled=result.cancelled,
            tool=f"assay {__version__} ({result.identity})",
        )
        self._store.finish_run(run)
        on_event(RunFinished(run))
        return run

    def _learn(self, about: Submission, tree: Tree) -> None:
        """Remember the tree, and fill in what the submission did not say."""
        self._browser.keep(tree)
        now = self._store.submission(about.id)
        learned = {
            "kind": now.kind or tree.facts.kind,
            "family": now.family or tree.facts.family,
            "title": now.title or tree.facts.name or printable(about.artifact.name, 200),
            "version": now.version or tree.facts.version,
        }
        changes = {k: v for k, v in learned.items() if getattr(now, k) != v}
        if changes:
            self._store.update_submission(about.id, who="assay", **changes)

    def _ask_baseline(
        self,
        baseline: Submission,
        rules: Profile,
        result: BatteryResult,
        only: Sequence[str],
        cancel: CancelToken,
    ) -> tuple[tuple[RunFinding, ...], tuple[RunFact, ...]]:
        """What the same checks say of the baseline: from its last run, or from one made now."""
        last = self._store.last_run(baseline.id)
        if last is not None and f"({result.identity})" in last.tool and last.artifact == baseline.artifact:
            return last.findings, self._store.facts(last.id)
        handed = self._hand_over(baseline)
        plan = Plan(baseline.artifact, result.kind, only=tuple(only), overrides=rules.parameters, handed=handed)
        said = self._battery.run(plan, lambda _: None, cancel, self._browser.keep)
        return said.findings, said.facts
