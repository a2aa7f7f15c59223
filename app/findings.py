"""What the checks of one run found, on its way into the record: not before its secrets are known.

Secrets are found while other checks already speak of the same files. Whatever quotes the package waits
here until every range to mask is known.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from app.cancel import CancelToken
from app.collector import Collector, Masks
from app.plan import PlannedCheck
from app.pools import FileResult
from app.recorder import Recorder, place_of
from app.trees import Tree
from app.workers import WorkerEnded
from checks import Outcome
from checks.runtime.model import Component as Part
from checks.runtime.model import Fact
from checks.runtime.package import Entry
from checks.runtime.protocol import Found

# What was left out of the package for these reasons was never seen by any check.
UNSEEN = ("damaged", "encrypted", "unsupported", "limit_", "bomb")


class Findings:
    """Findings and problems of one run over one tree; safe from any thread.

    `masking` are the checks that look for secrets.
    """

    def __init__(self, tree: Tree, masking: frozenset[str], recorder: Recorder, cancel: CancelToken) -> None:
        self._tree = tree
        self._collector = Collector(tree, Masks(masking))
        self._recorder = recorder
        self._cancel = cancel
        self._lock = threading.Lock()
        self._deferred: list[tuple[PlannedCheck, Entry | None, list[Found]]] = []
        self._masks_known = threading.Event()

    def end_search(self) -> None:
        """The search for secrets has ended: nothing needs to wait any more."""
        self._masks_known.set()

    def masks_first(self, checks: Sequence[PlannedCheck]) -> bool:
        """Whether the secrets of a file are known before what these checks found in it is recorded."""
        return self._masks_known.is_set() or any(c.spec.masks for c in checks)

    def await_masks(self) -> None:
        """Until the search for secrets has ended; raises WorkerEnded when cancelled."""
        while not self._masks_known.wait(0.1):
            if self._cancel.cancelled:
                raise WorkerEnded("cancelled")

    def learn(self, checks: Sequence[PlannedCheck], at: Iterable[int], entry: Entry, result: FileResult) -> None:
        """What the masking ones among `checks`, of which those `at` looked, say of a file; they come first on each."""
        masks = self._collector.masks
        for index in at:
            if checks[index].spec.masks:
                masks.add(self._tree, entry, result.found.get(index, ()))
                if index not in result.problems:
                    masks.searched(entry.sha256, checks[index].id)

    def show(self, checks: Sequence[PlannedCheck], entry: Entry, found: Mapping[int, list[Found]]) -> None:
        """Show findings early, with text of the file only where it was searched for secrets."""
        masking = self.masks_first(checks)
        for index, items in found.items():
            shown = [f for f in items if masking or f.start is None]
            self._recorder.show(checks[index], self._collector.materialize(checks[index].spec, entry, shown))

    def keep(self, checks: Sequence[PlannedCheck], entry: Entry, found: Mapping[int, list[Found]]) -> None:
        """Record what all these checks found in a file, now or as soon as its secrets are known."""
        masking = self.masks_first(checks)
        for index, items in found.items():
            if masking:
                self._recorder.keep(checks[index], self._collector.materialize(checks[index].spec, entry, items))
            else:
                self.defer(checks[index], entry, items)

    def defer(self, check: PlannedCheck, entry: Entry | None, found: list[Found]) -> None:
        """Record these when the check is settled."""
        with self._lock:
            self._deferred.append((check, entry, found))

    def tell(self, check: PlannedCheck, entry: Entry | None, told: Fact | Part) -> None:
        """Record a fact or a component; secrets are known by now."""
        if isinstance(told, Fact):
            self._recorder.keep_fact(check, self._collector.record_fact(check.spec, entry, told))
        else:
            self._recorder.keep_component(check, self._collector.record_component(entry, told))

    def settle(self, checks: Sequence[PlannedCheck]) -> None:
        """Record what had to wait until every range to mask was known, and end these checks."""
        with self._lock:
            ready = [item for item in self._deferred if item[0] in checks]
            self._deferred = [item for item in self._deferred if item[0] not in checks]
        for check, entry, found in ready:
            self._recorder.keep(check, self._collector.materialize(check.spec, entry, found))
        for check in checks:
            self._recorder.finish(check)

    def problem(self, check: PlannedCheck, outcome: Outcome, entry: Entry | None, reason: str) -> None:
        """A file (None = the package) that the check did not look at."""
        place = place_of(self._collector, entry)
        self._recorder.problem(check, outcome, place, self._collector.masks.scrub(reason))

    def report_unseen(self, checks: Sequence[PlannedCheck]) -> None:
        """What unpacking could not read was seen by no check: none of them may say clean."""
        for item in self._tree.left_out:
            if item.rule.startswith(UNSEEN):
                for check in checks:
                    place = self._collector.masks.scrub(item.path)
                    self._recorder.problem(check, Outcome.UNAVAILABLE, place, f"could not be unpacked ({item.rule})")

    def log(self, check: PlannedCheck, text: str) -> None:
        """A line that a worker logged."""
        self._recorder.log(check, self._collector.masks.scrub(text))
