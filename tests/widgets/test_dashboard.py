"""The dashboard: its numbers, the tables behind its plots, the period, the export; and that nothing loads it early."""

from __future__ import annotations

import csv
import gc
import io
import itertools
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget

from app.marketplace.figures import Rows, make_figures
from app.marketplace.figures_store import SubmissionRow
from app.marketplace.figures_words import Overturned
from app.marketplace.rounds import Act
from widgets.dashboard import Dashboard
from widgets.figure_words import choose_days, describe_throughput, format_duration
from widgets.parts import walk

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
WINDOW = """
import sys
from PySide6.QtCore import QSettings
from widgets.application import make_application
from widgets.program import Program
from app.desk import Desk
app = make_application(["assay"])
program = Program(Desk.open, theme="light", geometry=QSettings(sys.argv[1], QSettings.Format.IniFormat))
program.window.built.connect(app.quit)
program.window.show()
app.exec()
assert program.window.panes and "figures" in program.context.actions
assert not {"pyqtgraph", "numpy"} & set(sys.modules), "loaded for nothing"
program.window.close()
program.close()
"""


def ms(day: int, hour: float = 0) -> int:
    return round((datetime(2026, 3, day, tzinfo=UTC) + timedelta(hours=hour)).timestamp() * 1000)


def make(days: int = 90):
    """Ten submissions, of which six were decided."""
    subs = [SubmissionRow(n, f"Notes {n}", ("web", "download")[n % 2], ms(n), None, False) for n in range(1, 11)]
    acts = [
        Act((n,), n, None, ("approve", "reject", "request_changes")[n % 3], f"Reason {n % 2}. More.", "Rita",
            ms(n, 5 * n), overrides=n == 3)
        for n in range(1, 7)
    ]  # fmt: skip
    return make_figures(Rows(submissions=subs, acts=acts), "", days, NOW)


@pytest.fixture
def asked(desk, monkeypatch):
    """The periods that the desk was asked for; it answers with `make`."""
    periods: list[int] = []

    def figures(days=90):
        periods.append(days)
        return make(days)

    monkeypatch.setattr(desk.marketplace, "figures", figures, raising=False)
    return periods


@pytest.fixture
def dashboard(qtbot, window, asked):
    made = Dashboard(window.session, window.theme, window)
    with qtbot.waitSignal(made.shown, timeout=20_000):
        made.show()
    yield made
    made.close()


def test_nothing_of_the_plots_is_loaded_before_they_are_asked_for(tmp_path):
    home = {name: str(tmp_path / name) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    ran = subprocess.run(
        [sys.executable, "-c", WINDOW, tmp_path / "w.ini"], cwd=ROOT, capture_output=True, timeout=60,
        env={**os.environ, **home, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()


def test_numbers_have_definitions_and_plots_have_sentences_and_tables(dashboard):
    figures = dashboard.figures
    assert (figures.decided, figures.waiting) == (6, 4)
    tiles = dashboard.tiles
    assert tiles["waiting"].number == "4" and tiles["decision"].number == "18 h"
    assert tiles["oldest"].accessibleName() == "Waiting longest: 24 d, Notes 7"
    for tile in tiles.values():
        assert tile.toolTip() and tile.accessibleDescription() and tile.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert "clock" in tiles["first_review"].accessibleDescription()

    focusable = [w for w in walk(dashboard, QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()]
    assert len(focusable) > 10
    assert not [w for w in focusable if not w.accessibleName() and not getattr(w, "text", lambda: "")()]
    # each plot has a sentence and a table
    assert set(dashboard.plots) == {"throughput", "times", "reasons", "kinds"}
    for id, plot in dashboard.plots.items():
        assert plot.accessibleName() and plot.accessibleDescription() == dashboard.cards[id].said.text()
        assert dashboard.tables[id].model().rowCount() and dashboard.tables[id].accessibleName()
    rows = dashboard.tables["throughput"].numbers.rows
    assert rows[0] == ("25 Mar", "0", "0", "4", "–") and len(rows) == 13, "the newest first"
    assert [r[:2] for r in dashboard.tables["reasons"].numbers.rows] == [("Reason 0", "2"), ("Reason 1", "2")]
    kinds = {row[0]: row[1:5] for row in dashboard.tables["kinds"].numbers.rows}
    assert kinds == {"file": ("5", "1", "1", "1"), "integration": ("5", "1", "1", "1")}
    assert dashboard.tables["reviewers"].numbers.rows == [("Rita", "2", "2", "2", "1")]
    index = dashboard.tables["kinds"].model().index(0, 0)
    assert "Approved 1" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert not dashboard.tables["kinds"].model().rowCount(index)


def test_a_plot_shows_and_neither_pans_nor_zooms(qtbot, dashboard, window):
    for plot in dashboard.plots.values():
        before = plot.viewRange()
        middle = QPointF(plot.viewport().rect().center())
        wheel = QWheelEvent(
            middle, plot.viewport().mapToGlobal(middle), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QGuiApplication.sendEvent(plot.viewport(), wheel)
        QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=middle.toPoint())
        QTest.mouseMove(plot.viewport(), middle.toPoint() + QPoint(40, 20))
        QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=middle.toPoint() + QPoint(40, 20))
        assert plot.viewRange() == before
        assert plot.focusPolicy() == Qt.FocusPolicy.NoFocus
    # and follows the theme
    light = plot.grab().toImage().pixelColor(2, 2)
    window.theme.choose("dark")
    dark = plot.grab().toImage().pixelColor(2, 2)
    assert dark == window.theme.color("base") != light
    window.theme.choose("light")


def test_another_period_is_asked_for_and_shown(qtbot, dashboard, window, asked):
    with qtbot.waitSignal(dashboard.shown):
        dashboard._periods.button(30).click()
    assert asked[-1] == 30 and dashboard.figures.unit == "day"
    assert dashboard.tables["throughput"].model().rowCount() == 30
    assert "2 Mar 2026 to 31 Mar 2026" in dashboard.period.text()
    with qtbot.waitSignal(dashboard.shown):
        window.session.decisions_changed.emit(())
    assert asked == [90, 30, 30], "what is decided meanwhile is counted"


def test_the_export_asks_for_a_place_and_writes_what_is_shown(qtbot, dashboard, window, desk, monkeypatch, tmp_path):
    monkeypatch.setattr(desk, "store", type("Log", (), {"record": lambda *_, **__: None})(), raising=False)
    monkeypatch.setattr(type(desk), "reviewer", "Rita", raising=False)
    dashboard.export.click()
    dialog = next(d for d in window.findChildren(QFileDialog) + dashboard.findChildren(QFileDialog) if d.isVisible())
    assert dialog.selectedFiles()[0].endswith("assay-figures-2026-03-31-90-days.csv")
    dialog.reject()
    dashboard.export_to(tmp_path / "f.csv", dashboard.figures)
    qtbot.waitUntil(lambda: window.messages.label.text().startswith("Written: "))
    table = list(csv.reader(io.StringIO((tmp_path / "f.csv").read_text(encoding="utf-8-sig"))))
    assert ["total", "decided", "6", "submissions"] in table


def test_before_the_first_decision_it_says_so(qtbot, window, desk, monkeypatch):
    nothing = make_figures(Rows(), "", 90, NOW)
    monkeypatch.setattr(desk.marketplace, "figures", lambda days: nothing, raising=False)
    made = Dashboard(window.session, window.theme, window)
    with qtbot.waitSignal(made.shown):
        made.show()
    assert made.empty.isVisible() and made.empty.heading.text() == "Nothing was decided yet" and not made.plots
    made.close()


def test_what_was_overturned_is_told_by_name(qtbot, dashboard):
    from dataclasses import replace

    turned = Overturned("Notes 2", "approved", "suspended", NOW, "administrator")
    with qtbot.waitSignal(dashboard.shown):
        dashboard.show_figures(replace(make(), overturned=(turned,), conflicts={"edited": 2}, conflicts_open=1))
    rows = dashboard.tables["overturned"].numbers.rows
    assert rows[0][:2] == ("Notes 2: approved, then suspended", "1") and rows[0][2].startswith("2026-03-31")
    assert rows[1] == ("In conflict: the listing had been edited", "2", "")
    assert dashboard.tiles["conflicts"].number == "2"


def test_opening_and_closing_again_and_again_does_no_harm(qtbot, window, asked):
    for number in range(3):
        made = Dashboard(window.session, window.theme, window)
        made.show()
        if number:  # the first is closed before its answer comes
            with qtbot.waitSignal(made.shown):
                pass
        made.close()
        window.theme.choose(("dark", "light")[number % 2])
        QGuiApplication.processEvents()
        gc.collect()
    qtbot.waitUntil(lambda: not window.context.bridge.pending)
    window.theme.choose("light")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (40, "40 s"), (720, "12 min"), (5400, "1.5 h"), (36000, "10 h"), (200_000, "2.3 d"), (1e6, "12 d")],
)
def test_durations_have_at_most_three_digits(seconds, words):
    assert format_duration(seconds) == words


def test_dates_on_the_axis_are_evenly_apart_and_end_with_the_last():
    spans = make(365).spans
    chosen = choose_days(spans, 6)
    places = [place for place, _ in chosen]
    assert places[-1] == len(spans) - 1 and len(chosen) <= 6
    assert len({b - a for a, b in itertools.pairwise(places)}) == 1
    assert choose_days(spans, 0)[-1][1] == "25 Mar" and spans[-1].start == date(2026, 3, 25)


def test_the_sentence_says_how_the_queue_went():
    assert describe_throughput(make()).endswith("4 wait now, 4 more than at its beginning.")


def test_all_plots_are_seen_at_once_and_their_numbers_when_asked_for(qtbot, dashboard):
    area = dashboard.stack.currentWidget()
    assert dashboard.width() <= 1280 and dashboard.height() <= 800

    def bottom(id):
        card = dashboard.cards[id]
        return card.mapTo(area.viewport(), QPoint(0, card.height())).y()

    qtbot.waitUntil(lambda: bottom("kinds") <= area.viewport().height())
    assert bottom("reasons") <= area.viewport().height()
    assert not dashboard.tables["times"].isVisible() and dashboard.tables["reviewers"].isVisibleTo(dashboard)
    dashboard.numbers.click()
    assert all(dashboard.tables[id].isVisibleTo(dashboard) for id in dashboard.plots)
    qtbot.waitUntil(lambda: bottom("kinds") > area.viewport().height())
    assert dashboard.plots["times"].height() >= dashboard.plots["times"].minimumHeight()
