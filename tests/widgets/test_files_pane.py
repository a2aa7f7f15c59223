"""The files pane over the fake desk: tree, filter, source, secrets, search."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QMessageBox

from app.views import TextView
from widgets.file_tree_model import FINDINGS, NAME
from widgets.files_pane import FilesPane
from widgets.source_view import SourceView


@pytest.fixture
def pane(qtbot, context, desk, put):
    made = put(FilesPane)
    context.set_submission(desk.submission(2))
    context.set_run(desk._finish(2), {})
    qtbot.waitUntil(lambda: made.model.rowCount() > 0)
    return made


def paths(model, parent=None):
    parent = parent or QModelIndex()
    for row in range(model.rowCount(parent)):
        index = model.index(row, NAME, parent)
        yield model.node_of(index).path
        yield from paths(model, index)


def test_tree_nests_archives_and_rolls_findings_up(pane):
    shown = list(paths(pane.model))
    assert "vendor/archive.zip!/helper.exe" in shown
    assert len(shown) == len(set(shown))
    top = [pane.model.index(row, NAME) for row in range(pane.model.rowCount())]
    src = next(index for index in top if index.data() == "src")
    assert src.siblingAtColumn(FINDINGS).data() == "5"
    assert "the worst critical" in src.data(Qt.ItemDataRole.ToolTipRole)


def test_filter_keeps_the_way_to_what_it_finds(qtbot, pane):
    pane.field.setText("HELPER")
    qtbot.waitUntil(lambda: pane.model.is_filtered)
    assert list(paths(pane.model)) == ["vendor", "vendor/archive.zip", "vendor/archive.zip!/helper.exe"]
    assert pane.count.text().startswith("1 of")
    pane.field.clear()
    qtbot.waitUntil(lambda: not pane.model.is_filtered)


def test_only_files_with_findings(pane):
    pane.only_found.setChecked(True)
    shown = list(paths(pane.model))
    assert "src/background.js" in shown and "LICENSE" not in shown


def test_file_requested_at_an_offset_goes_to_the_line(qtbot, pane, context):
    context.show_file(1, 42 * 40)
    qtbot.waitUntil(lambda: pane.panel.view.row_count() == 200)
    assert pane.panel.path.text() == "src/background.js"
    assert pane.panel.view.caret.row == 42
    assert pane.model.node_of(pane.tree.currentIndex()).path == "src/background.js"


def test_request_before_the_tree_is_here_is_kept(qtbot, context, desk, put):
    pane = put(FilesPane)
    context.set_submission(desk.submission(2))
    context.show_file(0, None)
    context.set_run(desk._finish(2), {})
    qtbot.waitUntil(lambda: pane.panel.path.text() == "manifest.json")


def test_binary_is_a_hex_dump(qtbot, pane, context):
    context.show_file(8)
    qtbot.waitUntil(lambda: "hex dump" in pane.panel.facts.text())
    assert pane.panel.view.row_at_offset(33) == 2


def test_find_marks_and_steps(qtbot, pane, context):
    context.show_file(1)
    qtbot.waitUntil(lambda: pane.panel.view.row_count() == 200)
    find = pane.panel.find
    find.open_find("COMPUTE(7".lower())
    qtbot.waitUntil(lambda: find.count.text() == "1 of 11")
    find.step(1)
    assert find.count.text() == "2 of 11"
    assert pane.panel.view.caret.row == 69  # compute(70
    find.field.setText(":150")
    find.search()
    assert pane.panel.view.caret.row == 149


def test_next_finding_in_the_file_goes_round(qtbot, pane, context):
    context.show_file(2)
    qtbot.waitUntil(lambda: pane.panel.view.row_count() == 200)
    rows = [pane.panel.view.step_finding(1).line for _ in range(3)]
    assert rows == [3, 118, 3]


def test_secrets_are_shown_only_after_asking(qtbot, pane, context, desk, monkeypatch):
    asked = []
    real = desk.text

    def text(submission, number, *, side="submission", reveal=False, beautify=False):
        from dataclasses import replace

        asked.append(reveal)
        view = real(submission, number, side=side)
        return replace(view, tokens=(((0, 5, 8),), *view.tokens[1:])) if not reveal else view

    monkeypatch.setattr(desk, "text", text)
    context.show_file(4)
    qtbot.waitUntil(lambda: pane.panel.reveal.isVisible())
    pane.panel.ask_reveal()
    box = pane.panel.findChild(QMessageBox, "reveal")
    assert asked == [False]
    next(b for b in box.buttons() if b.text() == "Reveal").click()
    qtbot.waitUntil(lambda: asked == [False, True])
    qtbot.waitUntil(lambda: "secrets shown" in pane.panel.note.text())
    context.show_file(0)
    qtbot.waitUntil(lambda: len(asked) == 3)
    assert asked[-1] is False


def test_failed_reading_says_so_in_place(qtbot, pane, context, desk, monkeypatch):
    def fail(*_, **__):
        raise ValueError("src/background.js: the worker ran out of time; try again")

    monkeypatch.setattr(desk, "text", fail)
    monkeypatch.setattr(context.bridge, "explain", str)
    context.show_file(1)
    qtbot.waitUntil(lambda: "ran out of time" in pane.panel.note.text())
    assert pane.panel.view.row_count() == 0


def test_j_and_k_move_in_the_tree(qtbot, pane):
    pane.tree.setFocus()
    pane.tree.setCurrentIndex(pane.model.index(0, 0))
    qtbot.keyClick(pane.tree, Qt.Key.Key_J)
    assert pane.tree.currentIndex().row() == 1
    qtbot.keyClick(pane.tree, Qt.Key.Key_K)
    assert pane.tree.currentIndex().row() == 0


MINIFIED = TextView(
    "min.js", "0" * 64, 60, "utf-8", "javascript",
    lines=("f(a){", "  bé();", "  eval(x)", "}", "// next"),
    tokens=((),) * 5, offsets=(0, 5, 11, 18, 20), numbers=(1, 1, 1, 1, 2), indents=(0, 2, 2, 0, 0), minified=True,
)  # fmt: skip


def test_a_finding_stands_at_its_row_of_beautified_code(qtbot, context, desk):
    view = SourceView(context.theme)
    qtbot.addWidget(view)
    view.show_view(MINIFIED, 12)
    found = replace(desk._finish(2).findings[0], line=1, column=12, start=11, end=18)
    assert view.row_of(found) == 2 and view.column_of(found, 2) == 2
    assert view.row_of(replace(found, start=None, end=None, line=2)) == 4
    later = replace(found, start=14)
    assert view.column_of(later, 2) == 5


def test_minified_code_comes_beautified_and_as_it_is(qtbot, pane, desk, monkeypatch):
    asked = []

    def text(submission, number, *, side="submission", reveal=False, beautify=False):
        asked.append(beautify)
        return MINIFIED if beautify else replace(MINIFIED, lines=("one line",), tokens=((),), offsets=(0,), numbers=(),
                                                 indents=())  # fmt: skip

    monkeypatch.setattr(desk, "text", text)
    panel = pane.panel
    panel.show_file(1)
    qtbot.waitUntil(lambda: panel.view.row_count() == 5)
    assert panel.raw.isVisibleTo(pane) and "beautified" in panel.note.text()
    panel.raw.click()
    qtbot.waitUntil(lambda: panel.view.row_count() == 1)
    assert asked == [True, False] and "beautified" not in panel.note.text()
