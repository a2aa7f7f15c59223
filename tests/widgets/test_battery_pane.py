"""The battery pane: live rows that never move, reasons, cancelling, the log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from app.model import (
    CheckFinished,
    CheckLog,
    CheckProgress,
    CheckStarted,
    FindingFound,
    PackageReady,
    RunStarted,
    StageProgress,
)
from checks import Outcome
from widgets.battery_model import FINDINGS, PROGRESS, STATE, TIME, BatteryModel
from widgets.battery_pane import BatteryPane
from widgets.measures import took


@pytest.fixture
def pane(context, desk, put):
    made = put(BatteryPane)
    context.set_submission(desk.submission(2))
    return made


@pytest.fixture
def run(desk):
    return desk._finish(2)


def begin(context, run):
    context.set_running(True)
    context.events.emit([RunStarted(1, tuple((c.id, c.title) for c in run.checks), run.isolation)])


def test_empty_states_invite(pane, context):
    assert pane._run.isVisible() and "not run yet" in pane._empty.heading.text()
    context.set_submission(None)
    assert not pane._run.isVisible() and "No submission" in pane._empty.heading.text()


def test_stages_show_before_any_check(pane, context, run):
    context.set_running(True)
    assert pane.head.title.text() == "Starting…"
    assert pane.head.bar.maximum() == 0
    begin(context, run)
    context.events.emit([StageProgress("unpacking", 900_000, 1_800_000, "src/background.js")])
    assert pane.head.title.text() == "Unpacking…"
    assert pane.head.bar.value() * 2 == pane.head.bar.maximum()
    assert "900 kB of 1.8 MB" in pane.head.detail.text()


def test_progress_counts_checks_and_files(pane, context, run):
    begin(context, run)
    context.events.emit([PackageReady(run.tree), CheckStarted("secrets", 100), CheckProgress("secrets", 50, 100, 7)])
    place = pane.model.place_of("secrets")
    assert pane.model.index(place, STATE).data() == "running"
    assert pane.model.index(place, PROGRESS).data() == "50 of 100 · 7 reused"
    assert pane.head.detail.text() == "0 of 11 checks"
    assert pane.head.title.text() == "4 %"


def test_while_it_runs_and_under_the_hands_rows_stay_in_the_order_of_the_plan(pane, context, run):
    begin(context, run)
    pane.window().activateWindow()
    pane.table.setFocus()
    before = [row.id for row in pane.model.checks]
    moved = []
    pane.model.rowsMoved.connect(lambda *_: moved.append(1))
    pane.model.modelReset.connect(lambda: moved.append(2))
    context.events.emit([CheckFinished(result) for result in reversed(run.checks)])
    context.set_running(False)
    context.set_run(run, {})
    assert [row.id for row in pane.model.checks] == before
    assert not moved


def test_at_its_end_what_needs_eyes_comes_first(pane, context, run):
    begin(context, run)
    pane.table.setCurrentIndex(pane.model.index(pane.model.place_of("mime_type"), 0))
    pane.field.setFocus()
    context.set_running(False)
    context.set_run(run, {})
    rows = list(pane.model.checks)
    assert [row.rank for row in rows] == sorted(row.rank for row in rows)
    assert rows[0].worst == max(f.severity for f in run.findings if f.state != "fixed")
    assert [row.id for row in rows if row.is_kind("gap")] == ["virus_scan", "obfuscation"]
    assert pane.table.currentIndex().row() == pane.model.place_of("mime_type") > 0
    assert all(pane.model.place_of(row.id) == place for place, row in enumerate(rows))


def test_only_rows_that_say_why_are_tall(pane, context, run):
    begin(context, run)
    context.events.emit([CheckFinished(result) for result in run.checks])
    heights = {pane.table.rowHeight(place) for place in range(len(run.checks))}
    assert len(heights) == 1, "none grows while the battery is at work"
    context.set_running(False)
    context.set_run(run, {})
    tall = {row.id for place, row in enumerate(pane.model.checks) if pane.table.rowHeight(place) > min(heights)}
    assert {"virus_scan", "obfuscation"} <= tall
    assert "mime_type" not in tall


def test_a_gap_for_want_of_advisories_offers_the_import(pane, context, run):
    context.actions.add("import-advisories", "Import advisories…", lambda: None, group="Tools")
    gap = replace(run.checks[0], id="advisories", title="Known vulnerabilities", outcome=Outcome.UNAVAILABLE)
    context.set_run(replace(run, checks=(gap, *run.checks[1:])), {})
    for check, offered in (("advisories", True), ("virus_scan", False)):
        pane.show_check(check)
        menu = QMenu()
        pane._fill_menu(menu)
        assert (context.actions["import-advisories"] in menu.actions()) == offered


def test_short_times_are_told_apart():
    assert [took(s) for s in (0.0, 0.0042, 0.0996, 0.44, 12.0)] == ["<1 ms", "4 ms", "0.1 s", "0.4 s", "12 s"]


def test_what_did_not_run_says_why(pane, context, run):
    context.set_run(run, {})
    place = pane.model.place_of("virus_scan")
    assert "apt-get install" in pane.model.index(place, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert pane.model.index(place, STATE).data() == "unavailable"
    assert "2 did not run to the end" in pane.head.detail.text()
    pane.show_check("")
    shown = [row.id for i, row in enumerate(pane.model.checks) if not pane.table.isRowHidden(i)]
    assert shown == ["virus_scan", "obfuscation"]


def test_findings_are_counted_as_they_come(pane, context, run):
    begin(context, run)
    secrets = [f for f in run.findings if f.check == "secrets"]
    context.events.emit([FindingFound(f) for f in secrets])
    assert pane.model.index(pane.model.place_of("secrets"), FINDINGS).data() == "2"


def test_clock_of_a_running_check_ticks():
    now = [100.0]
    model = BatteryModel(lambda: now[0])
    model.take([RunStarted(1, (("a", "A"),), None), CheckStarted("a", 1)])  # type: ignore[arg-type]
    now[0] = 165.0
    assert model.index(0, TIME).data() == "01:05"


def test_cancel_one_and_all(qtbot, pane, context, run):
    begin(context, run)
    context.events.emit([CheckStarted("secrets", 10)])
    pane.show_check("secrets")
    with qtbot.waitSignal(context.cancel_requested) as asked:
        qtbot.keyClick(pane.table, Qt.Key.Key_X)
    assert asked.args == ["secrets"]
    with qtbot.waitSignal(context.cancel_requested) as asked:
        pane.head.cancel.click()
    assert asked.args == [""]
    assert pane.head.cancel.text() == "Cancelling…" and not pane.head.cancel.isEnabled()


def test_log_is_a_keystroke_away_and_goes_on(qtbot, pane, context, run):
    begin(context, run)
    pane.show_check("secrets")
    context.events.emit([CheckLog("secrets", "one"), CheckLog("mime_type", "other")])
    qtbot.keyClick(pane.table, Qt.Key.Key_L)
    assert pane.log.toPlainText() == "one"
    context.events.emit([CheckLog("secrets", "two")])
    assert pane.log.toPlainText() == "one\ntwo"


def test_unplanned_check_comes_last(pane, context, run):
    begin(context, run)
    context.events.emit([CheckFinished(replace(run.checks[0], id="late", title="Late", outcome=Outcome.ERROR))])
    assert pane.model.checks[-1].id == "late"


def test_a_limited_check_is_not_simply_clean(pane, context, desk):
    desk.limit("Test signatures only")
    context.set_run(desk.last_run(1), {})
    row = pane.model.row("virus_scan")
    assert (row.mark.word, row.mark.role) == ("clean, limited", "medium")
    assert pane.model.row("mime_type").mark.word == "clean"
    assert pane.head.detail.text() == "11 checks · 0 findings · 1 limited"


def test_what_waits_for_consent_is_no_failure_and_no_pass(pane, context, run):
    gap = next(c for c in run.checks if not c.outcome.ran)
    gaps = sum(not c.outcome.ran for c in run.checks)
    assert not pane.chips.button("asks").isVisible()
    waits = replace(gap, outcome=Outcome.UNAVAILABLE, reason="asks the network, and that needs your consent")
    context.set_run(replace(run, checks=tuple(waits if c is gap else c for c in run.checks)), {})
    row = pane.model.row(gap.id)
    assert (row.mark.word, row.is_kind("asks"), row.is_kind("gap")) == ("asks first", True, False)
    assert f"{gaps - 1} did not run to the end · 1 check asks the network" in pane.head.detail.text()
    chip = pane.chips.button("asks")
    assert chip.isVisible()
    chip.setChecked(True)
    shown = [r.id for place, r in enumerate(pane.model.checks) if not pane.table.isRowHidden(place)]
    assert shown == [gap.id]
