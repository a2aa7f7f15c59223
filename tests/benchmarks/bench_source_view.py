"""500,000 lines, a line of a megabyte, a map of 10,000 files: each painted within a frame.

python -m pytest -q -s -m bench tests/benchmarks/bench_source_view.py
"""

from __future__ import annotations

import random
import resource
import statistics
import time

import pytest

from app.views import FileRow, TextView
from checks import Severity

LINES, MEGABYTE, FILES, TIMES = 500_000, 1 << 20, 10_000, 30
FRAME = 16.0  # ms


class Nothing:
    """A desk that is never asked."""

    def close(self):
        pass


def milliseconds(make, times=TIMES):
    taken = []
    for number in range(times):
        began = time.perf_counter()
        make(number)
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def tell(what, taken, limit=None):
    bar = f"   (bar {limit:g} ms)" if limit else ""
    print(f"{what:44} median {statistics.median(taken):7.1f} ms   max {max(taken):7.1f} ms{bar}")
    return statistics.median(taken)


def make_view(lines, tokens):
    return TextView("a.js", "0" * 64, 0, "utf-8", "javascript", lines, tokens, tuple(range(len(lines))))


@pytest.fixture
def view(qtbot):
    import shiboken6

    from widgets.source_view import SourceView
    from widgets.theme import Theme

    made = SourceView(Theme("light"))
    made.resize(1200, 900)
    made.show()
    yield made
    shiboken6.delete(made)


@pytest.mark.bench
def test_half_a_million_lines(view):
    from widgets.text_cells import widest
    from widgets.text_search import find_all

    row = ((0, 5, 1), (6, 8, 0), (17, 7, 5), (25, 6, 3), (33, 6, 2))
    lines = tuple(f"const value{i % 1000:03} = compute({i:06}, 'text');  // remark {i}" for i in range(LINES))
    prepared = make_view(lines, (row,) * LINES)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    cells = widest(lines)
    print(f"\nmeasured on a worker thread in {1000 * (time.perf_counter() - began):.0f} ms")

    def open_all(_):
        view.show_view(prepared, cells)
        view.grab()

    opened = tell(f"open {LINES:,} lines, first picture", milliseconds(open_all, 5))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"memory of the view beside its lines          {grown:.0f} MiB")
    pick = random.Random(3)
    bar = view.verticalScrollBar()

    def jump(_):
        bar.setValue(pick.randrange(LINES))
        view.grab()

    painted = tell("scroll anywhere and paint", milliseconds(jump), FRAME)
    began = time.perf_counter()
    hits = find_all(lines, "remark 499999")
    print(f"find in {LINES:,} lines (worker thread)     {1000 * (time.perf_counter() - began):.0f} ms")
    assert len(hits) == 1
    assert opened < 100
    assert painted < 2 * FRAME


@pytest.mark.bench
def test_a_megabyte_in_one_line(view):
    tokens = tuple((i, 3, 1 + i % 6) for i in range(0, MEGABYTE - 4, 8))
    view.show_view(make_view(("x=1;abcd" * (MEGABYTE // 8),), (tokens,)), MEGABYTE)
    pick = random.Random(3)
    side = view.horizontalScrollBar()

    def jump(_):
        side.setValue(pick.randrange(MEGABYTE))
        view.grab()

    painted = tell("\n1 MB in a line: scroll sideways and paint", milliseconds(jump), FRAME)
    wide = ("漢é\t" * (MEGABYTE // 3),)
    view.show_view(make_view(wide, ((),)), MEGABYTE)
    tell("the same, wide characters and tabs", milliseconds(jump), FRAME)
    assert painted < FRAME


@pytest.mark.bench
def test_map_of_ten_thousand_files(qapp, qtbot):
    import gc

    import shiboken6
    from PySide6.QtWidgets import QMainWindow

    from widgets.actions import Actions
    from widgets.bridge import Bridge
    from widgets.context import PaneContext
    from widgets.package_tree import PackageTree
    from widgets.theme import Theme
    from widgets.treemap import Treemap
    from widgets.treemap_layout import lay_out

    gc.collect()
    gc.disable()
    pick = random.Random(5)
    rows = [
        FileRow(i, path := f"pkg/{pick.choice('abcdefgh')}/{pick.randrange(40)}/file{i}.js", path, "file",
                int(pick.paretovariate(1.1) * 900), "", -1, "")
        for i in range(FILES)
    ]  # fmt: skip
    host = QMainWindow()
    theme = Theme("light")
    bridge = Bridge(Nothing)
    treemap = Treemap(PaneContext(bridge, Actions(theme, host), theme))
    host.setCentralWidget(treemap)
    host.resize(1300, 600)
    host.show()
    print()
    tell(f"tree of {FILES:,} rows (worker thread)", milliseconds(lambda _: PackageTree(rows), 5))
    tree = PackageTree(rows)
    for i in range(0, FILES, 61):
        tree.node(i).add_finding(int(pick.choice(list(Severity))))
    tell("layout 1300x600 (worker thread)", milliseconds(lambda _: lay_out(tree.root, 1300, 600), 5))
    treemap.show_tree(tree)
    qtbot.waitUntil(lambda: treemap.layout_shown is not None)
    print(f"cells: {len(treemap.layout_shown.cells):,}")
    drawn = tell("draw the picture from a kept layout", milliseconds(lambda _: treemap.draw()), FRAME)
    painted = tell("paint the kept picture", milliseconds(lambda _: treemap.repaint()), FRAME)
    bridge.close()
    shiboken6.delete(host)
    gc.enable()
    assert painted < FRAME
    assert drawn < 3 * FRAME
