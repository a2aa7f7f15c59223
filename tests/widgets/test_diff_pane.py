"""The diff pane over the fake desk: list of changes, lines, empty states, the way to both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.model import PackageReady
from app.views import Comparison, LineDiff
from widgets.changes_model import FINDINGS, KIND, PATH, SIZE
from widgets.diff_pane import DiffPane


@pytest.fixture
def pane(qtbot, context, desk, put):
    made = put(DiffPane)
    context.set_submission(desk.submission(2))
    context.set_run(desk._finish(2), {})
    qtbot.waitUntil(lambda: made.model.rowCount() == 5 and made.view.row_count() > 0)
    return made


def row_with(pane, text):
    return next(r for r in range(pane.model.rowCount()) if text in pane.model.index(r, PATH).data())


def test_list_says_kind_size_and_new_findings(pane):
    row = row_with(pane, "background.js")
    assert "changed" in pane.model.index(row, KIND).data()
    assert pane.model.index(row, SIZE).data() == "+684 B"
    assert pane.model.index(row, FINDINGS).data() == "1 new"
    row = row_with(pane, "purify.js")
    assert pane.model.index(row, PATH).data() == "lib/sanitize.js → lib/purify.js"
    assert pane.count.text() == "5 changes · 14 unchanged"


def test_lines_carry_numbers_of_both_sides(qtbot, pane):
    pane.table.selectRow(row_with(pane, "background.js"))
    qtbot.waitUntil(lambda: pane.facts.text() != "reading…")
    assert [(x.old, x.new) for x in pane.view._lines[2:5]] == [(41, 41), (42, None), (None, 42)]
    assert pane.facts.text() == "+2  −1"
    assert pane.view.caret.row == 3  # the first change


def test_filter_and_chips(qtbot, pane):
    pane.field.setText("SRC/")
    qtbot.waitUntil(lambda: pane.model.rowCount() == 1)
    pane.field.clear()
    qtbot.waitUntil(lambda: pane.model.rowCount() == 5)
    pane.chips.button("removed").click()
    assert [pane.model.change_at(0).kind] == ["removed"]


def test_n_goes_to_the_next_file_after_the_last_change(qtbot, pane):
    pane.table.selectRow(0)
    pane.table.setFocus()
    qtbot.keyClick(pane.table, Qt.Key.Key_N)
    assert pane.table.currentIndex().row() == 1


def test_findings_stand_beside_new_lines(qtbot, pane, context):
    run = context.run
    pane.table.selectRow(row_with(pane, "background.js"))
    qtbot.waitUntil(lambda: pane.view.row_count() > 0)
    pane.view.show_findings([f for f in run.findings if f.path == "src/background.js"])
    assert "Fetches code" in pane.view.tooltip_at(4, True, 0)
    assert pane.view.tooltip_at(3, True, 0) == ""


def test_enter_on_a_line_opens_the_side_that_has_it(qtbot, pane, context):
    pane.table.selectRow(row_with(pane, "background.js"))
    qtbot.waitUntil(lambda: pane.path.text() == "src/background.js" and "−" in pane.facts.text())
    with qtbot.waitSignal(context.file_requested) as asked:
        pane.view.activated.emit(3)
    assert asked.args == [1, 41 * 40, "baseline"]
    with qtbot.waitSignal(context.file_requested) as asked:
        pane.view.activated.emit(4)
    assert asked.args == [1, 41 * 40, "submission"]


def test_without_a_baseline_one_can_be_chosen(qtbot, context, desk, put):
    pane = put(DiffPane)
    context.set_submission(desk.submission(3))
    qtbot.waitUntil(lambda: pane.chooser.count() == 4)
    assert pane.compare.isVisible() and "No baseline" in pane._empty.heading.text()
    pane.chooser.setCurrentIndex(1)
    with qtbot.waitSignal(context.baseline_requested) as asked:
        pane.compare.click()
    assert asked.args == [pane.chooser.itemData(1)]


def test_versions_of_the_same_app_come_first(qtbot, context, desk, put):
    pane = put(DiffPane)
    desk.set_baseline(2, None)
    context.set_submission(desk.submission(2))
    qtbot.waitUntil(lambda: pane.chooser.count() == 4)
    assert pane.chooser.itemText(0).startswith("Acme Notes 2.4.1")


def test_nothing_changed_is_said(qtbot, context, desk, put, monkeypatch):
    pane = put(DiffPane)
    monkeypatch.setattr(desk, "compare", lambda _: Comparison("old", (), 19))
    context.set_submission(desk.submission(2))
    context.set_run(desk._finish(2), {})
    qtbot.waitUntil(lambda: "Nothing has changed" in pane._empty.heading.text())
    assert "19 files" in pane._empty.text.text()


def test_failed_comparison_says_what_happened(qtbot, context, desk, put, monkeypatch):
    def fail(_):
        raise ValueError("acme-notes-2.4.1.xpi: not unpacked yet; run its battery first")

    monkeypatch.setattr(context.bridge, "explain", str)
    monkeypatch.setattr(desk, "compare", fail)
    pane = put(DiffPane)
    context.set_submission(desk.submission(2))
    context.set_run(desk._finish(2), {})
    qtbot.waitUntil(lambda: "run its battery first" in pane._empty.text.text())


def test_binary_files_say_why_there_are_no_lines(qtbot, pane, desk, monkeypatch):
    binary = LineDiff("", "vendor/archive.zip", (), 0, 0, "binary files differ")
    monkeypatch.setattr(desk, "line_diff", lambda *_: binary)
    pane.table.selectRow(row_with(pane, "archive.zip"))
    qtbot.waitUntil(lambda: pane._note.isVisible())
    assert pane._note.text.text() == "binary files differ"


def test_choosing_another_run_keeps_the_file(qtbot, pane, context, desk):
    pane.table.selectRow(row_with(pane, "manifest"))
    chosen = pane._change
    context.set_run(replace(desk._finish(2), id=9), {})
    qtbot.waitUntil(lambda: pane.model.rowCount() == 5)
    assert pane._change == chosen


def test_the_file_with_the_worst_new_findings_is_open_first(pane):
    assert pane._change.new_path == "src/background.js"


def test_another_file_comes_first_once_the_findings_are_known(qtbot, context, desk, put):
    pane = put(DiffPane)
    pane.hide()
    context.set_submission(desk.submission(2))
    run = desk._finish(2)
    context.events.emit([PackageReady(run.tree)])
    qtbot.waitUntil(lambda: pane._change is not None)
    assert pane._change.new_path != "src/background.js"
    context.set_run(run, {})
    qtbot.waitUntil(lambda: pane._change.new_path == "src/background.js")


def test_new_findings_are_unknown_until_a_run_with_this_baseline(qtbot, pane, context, desk):
    assert {pane.model.index(r, FINDINGS).data() for r in range(5)} >= {"1 new", ""}
    context.submission = desk.set_baseline(2, 3)
    context.baseline_changed.emit()
    qtbot.waitUntil(lambda: not pane.model.is_known)
    assert {pane.model.index(r, FINDINGS).data() for r in range(5)} == {"?"}
    assert "after the next run" in pane.model.index(0, PATH).data(Qt.ItemDataRole.AccessibleTextRole)


def test_an_unrelated_package_is_never_chosen_beforehand(qtbot, context, desk, put):
    pane = put(DiffPane)
    context.set_submission(desk.submission(3))
    qtbot.waitUntil(lambda: pane.chooser.count() == 4)
    assert pane.chooser.currentIndex() == -1
    assert not pane.compare.isEnabled()
    desk.set_baseline(2, None)
    context.set_submission(desk.submission(2))
    qtbot.waitUntil(lambda: pane.chooser.currentIndex() == 0)
    assert pane.chooser.currentText().startswith("Acme Notes 2.4.1")
    assert pane.compare.isEnabled()
