"""20,000 findings: shown, sorted, filtered and grouped, each under 100 ms; a batch of 2,000 under 10 ms.

python -m pytest -q -s -m bench tests/benchmarks/bench_findings_table.py
"""

from __future__ import annotations

import random
import statistics
import time

import pytest

from app.model import FindingFound, RunFinding, RunStarted
from checks import Severity

COUNT, BATCH, TIMES = 20_000, 2_000, 5


class Nothing:
    """A desk that is never asked."""

    def close(self):
        pass


def make_findings(count: int) -> list[RunFinding]:
    pick = random.Random(7)
    return [
        RunFinding(
            f"check_{i % 17}", f"rule_{i % 40}", Severity(pick.randrange(5)), "medium", f"What was found, number {i}",
            f"package/module_{i % 700}/file_{i % 3000}.js", "", "0" * 64, i % 3000, i % 900 + 1, 5, i * 40, i * 40 + 20,
            f"fetch('http://host{i}.example')", f"{i:032x}", pick.choice(("new", "unchanged", "fixed")),
            (f"DL-{i % 12:02}",), "Mend it.", ("CWE-494",),
        )
        for i in range(count)
    ]  # fmt: skip


def measure(application, what, make, limit, times=TIMES):
    """Median and maximum in ms of `make()` and of all painting that follows."""
    taken = []
    for number in range(times):
        began = time.perf_counter()
        make(number)
        application.processEvents()
        taken.append(1000 * (time.perf_counter() - began))
    print(f"{what:34} median {statistics.median(taken):7.1f} ms   max {max(taken):7.1f} ms   (bar {limit} ms)")
    return statistics.median(taken)


@pytest.fixture
def pane(qtbot, tmp_path):
    import gc

    import shiboken6
    from PySide6.QtWidgets import QMainWindow

    from widgets.actions import Actions
    from widgets.bridge import Bridge
    from widgets.context import PaneContext
    from widgets.findings_pane import FindingsPane
    from widgets.theme import Theme

    gc.collect()
    gc.disable()
    host = QMainWindow()
    theme = Theme("light")
    bridge = Bridge(Nothing)
    context = PaneContext(bridge, Actions(theme, host), theme)
    made = FindingsPane(context)
    host.setCentralWidget(made)
    host.resize(1200, 800)
    host.show()
    yield made, context
    bridge.close()
    shiboken6.delete(host)
    gc.enable()


@pytest.mark.bench
def test_findings_table(qapp, pane):
    from PySide6.QtCore import Qt

    from widgets.findings_model import GROUPS, HEADINGS
    from widgets.findings_order import prepare_findings

    made, context = pane
    findings = make_findings(COUNT)
    model = made.model
    began = time.perf_counter()
    prepared = prepare_findings(findings)
    print(f"\nprepared on a worker thread in {1000 * (time.perf_counter() - began):.0f} ms")
    over = {}

    def bar(what, make, limit=100.0):
        median = measure(qapp, what, make, limit)
        if median >= limit:
            over[what] = median

    bar(f"show {COUNT:,}", lambda _: made._take_prepared(prepared))
    made.table.selectRow(5)
    orders = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
    for column, heading in enumerate(HEADINGS):
        bar(f"sort by {heading.lower()}", lambda n, c=column: made.table.sortByColumn(c, orders[n % 2]))
    made.table.sortByColumn(0, orders[1])
    for words in ("module_12", "host1 fetch", "zzz", ""):
        bar(f"filter {words!r}", lambda _, w=words: model.filter_by(w))
    bar("chip: high", lambda n: made.severities.button(Severity.HIGH).click())
    made.severities.clear()
    for group in GROUPS[1:]:
        bar(f"group by {group}", lambda _, g=group: model.group_by(g))
    model.group_by("")
    context.events.emit([RunStarted(1, (), None)])  # type: ignore[arg-type]
    batches = [[FindingFound(f) for f in findings[i : i + BATCH]] for i in range(0, COUNT, BATCH)]
    taken = []
    for batch in batches:
        began = time.perf_counter()
        context.events.emit(batch)
        taken.append(1000 * (time.perf_counter() - began))
        qapp.processEvents()
    print(f"apply a batch of {BATCH:,} findings     median {statistics.median(taken):.1f} ms   max {max(taken):.1f} ms")
    assert statistics.median(taken) < 10
    assert not over
