"""The open package as the panes share it: its tree, and findings by file; loaded once, on a worker thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.model import Event, FindingFound, PackageReady, Run, RunFinding, RunStarted, Submission
from widgets.context import PaneContext
from widgets.package_tree import PackageTree, TreeNode

if TYPE_CHECKING:
    from app.desk import Desk


class PackageSource(QObject):
    """One for each context; `tree` is None until the package has been unpacked."""

    loading = Signal()
    loaded = Signal()  # there is another tree, or none
    failed = Signal(str)
    findings_changed = Signal(list)  # list[TreeNode]: entries that got findings; empty = anything may have changed

    def __init__(self, context: PaneContext) -> None:
        super().__init__(context)
        self._context = context
        self.tree: PackageTree | None = None
        self.by_number: dict[int, list[RunFinding]] = {}
        self._waiting: list[RunFinding] = []
        self._loading = False
        context.submission_changed.connect(self._open)
        context.run_changed.connect(self._take_run)
        context.events.connect(self._take_events)
        if context.submission is not None:
            self._open(context.submission)
            if context.run is not None:
                self._take_run(context.run)

    @classmethod
    def of(cls, context: PaneContext) -> PackageSource:
        """The source of this context, made by the first pane that asks."""
        found = context.findChild(cls)
        return found if isinstance(found, cls) else cls(context)

    def findings_in(self, number: int | None) -> list[RunFinding]:
        """Findings in one entry as far as they are known, by place."""
        found = self.by_number.get(number, []) if number is not None else []
        return sorted(found, key=lambda f: (f.line or 0, f.column or 0, -f.severity))

    def _open(self, submission: Submission | None) -> None:
        self.tree, self.by_number, self._waiting, self._loading = None, {}, [], False
        self.loaded.emit()

    def load(self) -> None:
        """Fetch the rows and build the tree."""
        submission = self._context.submission
        if submission is None:
            return
        number, findings = submission.id, self._known()

        def work(desk: Desk) -> PackageTree:
            return PackageTree(desk.files(number), findings)

        self._waiting, self._loading = [], True
        self.loading.emit()
        self._context.submit(work, self._take_tree, self._fail, key="package-tree")

    def _known(self) -> list[RunFinding]:
        return [finding for found in self.by_number.values() for finding in found]

    def _fail(self, error: Exception) -> None:
        self._loading = False
        self.failed.emit(self._context.bridge.explain(error))

    def _take_tree(self, tree: PackageTree) -> None:
        self.tree, self._loading = tree, False
        for finding in self._waiting:
            tree.add_finding(finding)
        self._waiting = []
        self.loaded.emit()

    def _take_run(self, run: Run | None) -> None:
        if run is None:
            return
        tree = self.tree
        if tree is not None and (run.tree is None or run.tree.entries != tree.entries):
            tree = None

        def work(_: Desk) -> dict[int, list[RunFinding]]:
            if tree is not None:
                # the same tree: rows stay where they are, whoever reads in them is not disturbed
                tree.clear_findings()
                for finding in run.findings:
                    tree.add_finding(finding)
            return _by_number(run.findings)

        def start() -> None:
            if self._context.run is run:
                self._context.submit(
                    work, lambda filed: self._take_filed(filed, anew=tree is None), key="package-findings"
                )

        # a moment later: a worker that is busy makes everybody else who hears of the run wait for the interpreter
        QTimer.singleShot(0, start)

    def _take_filed(self, filed: dict[int, list[RunFinding]], *, anew: bool) -> None:
        self.by_number, self._waiting = filed, []
        if anew:
            self.load()
        else:
            self.findings_changed.emit([])

    def _file(self, finding: RunFinding) -> None:
        if finding.number is not None and finding.state != "fixed":
            self.by_number.setdefault(finding.number, []).append(finding)

    def _take_events(self, events: Sequence[Event]) -> None:
        touched: dict[int, TreeNode] = {}
        ready = False
        for event in events:
            if isinstance(event, FindingFound):
                self._file(event.finding)
                if self.tree is None or self._loading:
                    self._waiting.append(event.finding)
                node = self.tree.add_finding(event.finding) if self.tree is not None else None
                if node is not None:
                    touched[id(node)] = node
            elif isinstance(event, RunStarted):
                self.by_number, self._waiting = {}, []
                if self.tree is not None:
                    self.tree.clear_findings()
                    self.findings_changed.emit([])
                touched = {}
            elif isinstance(event, PackageReady):
                ready = True
        if ready and self.tree is None:
            self.load()
        elif touched:
            self.findings_changed.emit(list(touched.values()))


def _by_number(findings: Iterable[RunFinding]) -> dict[int, list[RunFinding]]:
    """Findings of each entry; those of the package as a whole and fixed ones belong to none."""
    filed: dict[int, list[RunFinding]] = {}
    for finding in findings:
        if finding.number is not None and finding.state != "fixed":
            filed.setdefault(finding.number, []).append(finding)
    return filed
