"""A queue of 5,000 versions: shown, sorted, filtered and polled, each under 100 ms; stalls under 50 ms (p99.9).

python -m pytest -q -s -m bench tests/benchmarks/bench_market_queue.py

Each figure is the work and all the painting that follows. The stalls are those of the whole window, as in
`bench_window.py`: the time between two turns of a 1 ms timer, less 1 ms, while syncs bring changes, over a desk whose
queue is in memory.
"""

from __future__ import annotations

import importlib.util
import random
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from checks import Severity

COUNT, TIMES, LIMIT, STALL = 5_000, 5, 100.0, 50.0
WIDGETS = Path(__file__).parents[1] / "widgets"


def load(name: str) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, WIDGETS / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def make_entries(count: int) -> list:
    fake, pick = load("fake_market"), random.Random(7)
    made = []
    for i in range(count):
        ran = pick.random() < 0.3
        about = {
            "days": pick.random() * 90,
            "developer": f"Developer {pick.randrange(700)}",
            "kind": pick.choice(("download", "web", "image", "chart")),
            "ran": ran,
            "risk": pick.choice((None, *Severity)) if ran else None,
            "open": 2,
            "holder": pick.choice(("", "", "", "Mara Lind")),
            "why": (pick.choice(("a new app", "an update of version 2", "an earlier version was rejected")),),
        }
        made.append(fake.make_entry(i + 1000, f"App {pick.randrange(10**6)}", f"{i % 9}.{i % 7}.0", **about))
    return made


class Bars:
    """Measures, prints, and remembers what took too long."""

    def __init__(self, application) -> None:
        self._application, self.over = application, {}

    def __call__(self, what, make, limit=LIMIT):
        taken, worked = [], []
        for number in range(TIMES):
            began, spent = time.perf_counter(), time.thread_time()
            make(number)
            self._application.processEvents()
            taken.append(1000 * (time.perf_counter() - began))
            worked.append(1000 * (time.thread_time() - spent))
        median, cpu = statistics.median(taken), statistics.median(worked)
        print(f"{what:28} median {median:6.1f} ms   max {max(taken):6.1f} ms   cpu {cpu:5.1f} ms   (bar {limit:.0f})")
        if median >= limit:
            self.over[what] = median


@pytest.fixture
def program(qapp, tmp_path):
    import gc

    from PySide6.QtCore import QSettings

    from widgets.program import Program

    gc.collect()
    gc.disable()
    desk = load("fake_desk").FakeDesk()
    desk.marketplace.connect_fake(make_entries(COUNT))
    made = Program(lambda: desk, theme="light", geometry=QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat))
    made.session.auto_run = False
    made.office = desk.marketplace
    made.window.resize(1280, 800)
    made.window.show()
    yield made
    made.window.close()
    made.close()
    gc.enable()


@pytest.mark.bench
def test_a_queue_of_5000(qtbot, qapp, program):
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    from widgets.market_queue_model import HEADINGS
    from widgets.market_rows import make_rows
    from widgets.queue_lines import SORTS

    window, market, office = program.window, program.session.market, program.office
    qtbot.waitUntil(lambda: bool(window.panes))
    program.session.start()
    settled = lambda: len(market.rows) == COUNT and not market.syncing and not program.bridge.pending  # noqa: E731
    qtbot.waitUntil(settled, timeout=60_000)
    print()
    bar, pane = Bars(qapp), window.queue
    fresh = [make_rows(market.entries.values(), {}, market.rows) for _ in range(TIMES)]
    empty = {}
    pane.model.set_versions(empty)
    bar("list: show 5,000", lambda n: (pane.model.set_versions(empty), pane.model.set_versions(fresh[n])))
    for order in SORTS:
        bar(f"list: sort by {order}", lambda _, o=order: (pane.model.sort_by("waiting"), pane.model.sort_by(o)))
    pane.set_order("waiting")
    for words in ("app 12", "mara", "zzz", ""):
        bar(f"list: filter {words!r}", lambda _, w=words: pane.filter.setText(w))
    pane.model.set_versions(market.rows)
    bar("list: a poll without news", lambda _: pane.model.set_versions(market.rows))
    window.market.toggle_table()
    table = window.market.table
    bar("table: show 5,000", lambda n: (table.model.set_rows(empty), table.model.set_rows(fresh[n])))
    turns = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
    for column, heading in enumerate(HEADINGS):
        bar(f"table: sort by {heading.lower()}", lambda n, c=column: table.table.sortByColumn(c, turns[n % 2]))
    for words in ("app 12", "mara", "zzz", ""):
        bar(f"table: filter {words!r}", lambda _, w=words: table.model.filter_by(w))

    gaps: list[tuple[float, float]] = []  # ms, and how many of them this thread worked: the rest is a busy machine's
    last = spent = 0.0

    def beat() -> None:
        nonlocal last, spent
        now, worked = time.perf_counter(), time.thread_time()
        if last:
            gaps.append(((now - last) * 1000 - 1, (worked - spent) * 1000))
        last, spent = now, worked

    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # as `run_window` does
    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=1)
    timer.timeout.connect(beat)
    pick = random.Random(3)
    for place in ("table", "list"):
        if place == "list":
            window.market.toggle_table()
            qtbot.waitUntil(lambda: not program.bridge.pending)
        gaps.clear()
        last = 0.0
        timer.start()
        for _ in range(8):
            for key in pick.sample(list(office.queued), 50):
                office.queued[key] = replace(office.queued[key], holder=f"Reviewer {pick.randrange(9)}")
            del office.queued[next(iter(office.queued))]
            loop = QEventLoop()
            market.synced.connect(lambda *_, loop=loop: QTimer.singleShot(400, loop.quit))
            market.sync()
            loop.exec()
        timer.stop()
        gaps.sort()
        p99, p999 = (gaps[int(len(gaps) * share)][0] for share in (0.99, 0.999))
        most, cpu = gaps[-1]
        print(f"{place}: stalls  p99 {p99:5.1f} ms   p99.9 {p999:5.1f} ms   max {most:5.1f} ms (cpu {cpu:5.1f} ms)")
        if p999 >= STALL:
            bar.over[f"stall, {place}"] = p999
    sys.setswitchinterval(interval)
    assert not bar.over
