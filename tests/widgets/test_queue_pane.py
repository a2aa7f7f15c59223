"""The queue: order, badges, filter, drop, keys, emptiness."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

from checks import Severity
from widgets.queue_model import NUMBER_ROLE, ROW_ROLE, QueueModel, row_mark
from widgets.queue_rows import QueueRow, make_row, read_row


@pytest.fixture
def model(fake):
    made = QueueModel()
    made.set_rows([QueueRow(s) for s in reversed(fake.SUBMISSIONS)])
    return made


def test_the_model_keeps_the_rules_of_models(qtmodeltester, model):
    qtmodeltester.check(model)
    assert model.rowCount(model.index(0)) == 0


def test_what_waits_longest_is_first(model):
    assert [model.index(r).data(NUMBER_ROLE) for r in range(model.rowCount())] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("changes", "percent", "word"),
    [
        ({"known": False}, -1, ""),
        ({}, -1, "not run yet"),
        ({"ran": True}, -1, "clear"),
        ({"ran": True, "blockers": 0}, -1, "clear"),
        ({"ran": True, "limited": 1, "blockers": 0}, -1, "clean, limited"),
        ({"ran": True, "limited": 1, "blockers": 2}, -1, "needs you"),
        ({"ran": True, "gaps": 1}, -1, "incomplete"),
        ({"ran": True, "worst": Severity.HIGH, "open": 3}, -1, "high 3"),
        ({"ran": True, "worst": Severity.LOW}, -1, "low"),
        ({"ran": True, "worst": Severity.MEDIUM, "open": 24000}, -1, "medium 24,000"),
        ({"ran": True, "worst": Severity.LOW, "gaps": 2}, -1, "low ⊘"),
        ({"ran": True, "worst": Severity.HIGH, "open": 3, "gaps": 2}, -1, "high 3 ⊘"),
        ({"ran": True, "worst": Severity.HIGH, "decision": "reject"}, -1, "rejected"),
        ({"ran": True, "decision": "approve"}, 40, "40 %"),
    ],
)
def test_the_badge_tells_what_matters_most(fake, changes, percent, word):
    assert row_mark(QueueRow(fake.SUBMISSIONS[0], **changes), percent)[1] == word


def test_every_word_of_the_filter_has_to_occur(model):
    for text, shown in (("acme", 2), ("ACME 2.5", 1), ("acme wheel", 0), ("", 5)):
        model.filter_by(text)
        assert model.rowCount() == model.shown == shown, text
        assert model.total == 5


def test_progress_changes_one_row_only(qtbot, model):
    told = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.set_percent(3, 10)
    model.set_percent(3, 10)
    model.set_percent(3, -1)
    assert told == [(2, 2), (2, 2)]


def test_foreign_text_in_a_tooltip_is_never_markup(fake):
    model = QueueModel()
    model.set_rows([QueueRow(replace(fake.SUBMISSIONS[0], title="<b>bold</b><img src=x>"))])
    shown = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in shown
    assert "&lt;b&gt;bold" in shown


def test_keys_walk_and_open(qtbot, program, window):
    window.queue.view.setFocus()
    qtbot.keyClick(window.queue.view, Qt.Key.Key_J)
    with qtbot.waitSignal(program.session.loaded):
        qtbot.keyClick(window.queue.view, Qt.Key.Key_Return)
    assert program.context.submission.id == 2
    with qtbot.waitSignal(program.session.loaded):
        qtbot.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert program.context.submission.id == 3


def test_walking_fast_opens_only_where_it_ends(qtbot, program, window):
    opened = []
    program.context.submission_changed.connect(lambda s: opened.append(s.id))
    window.queue.view.setFocus()
    with qtbot.waitSignal(program.session.loaded):
        for _ in range(3):
            qtbot.keyClick(window.queue.view, Qt.Key.Key_J)
    assert opened == [4]


def test_nothing_matches_says_so(window):
    window.queue.filter.setText("no such thing")
    assert window.queue._empty.isVisible()
    assert window.queue._empty.heading.text() == "Nothing matches"
    window.queue.filter.clear()
    assert window.queue.view.isVisible()


def drop(window, paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), action, data, buttons, keys)
    window.dragEnterEvent(enter)
    event = QDropEvent(QPointF(50, 50), action, data, buttons, keys, QEvent.Type.Drop)
    window.dropEvent(event)
    return enter.isAccepted()


def test_what_is_dropped_is_taken_in(qtbot, program, window, tmp_path):
    paths = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for path in paths:
        path.write_bytes(bytes(100))
    assert drop(window, paths)
    qtbot.waitUntil(lambda: len(program.session.rows) == 7)
    qtbot.waitUntil(lambda: not program.session.runs.running and not program.bridge.pending)
    assert program.session.rows[6].ran
    assert program.session.rows[7].ran
    assert program.context.submission.artifact.name == "two.zip"


def test_a_gap_beside_findings_is_told_in_words_too(fake):
    model = QueueModel()
    model.set_rows([QueueRow(fake.SUBMISSIONS[0], ran=True, worst=Severity.HIGH, gaps=2)])
    index = model.index(0)
    assert "high and incomplete" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "2 checks did not run to the end" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_a_row_counts_the_findings_of_its_worst_severity_only(desk):
    run = desk._finish(2)
    row = make_row(desk.submission(2), (), run, {})
    assert row.worst is Severity.CRITICAL
    assert row.open == sum(f.severity is Severity.CRITICAL and f.state != "fixed" for f in run.findings) == 1


def test_a_limited_check_is_never_clear(desk):
    desk.limit("Test signatures only")
    row = read_row(desk, desk.submission(1))
    assert (row.limited, row.gaps, row.worst) == (1, 0, None)
    assert row.blockers
    model = QueueModel()
    model.set_rows([replace(row, decision="")])
    assert "1 check could do only a part of the work" in model.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_what_is_known_of_the_checklist_stays_with_a_row(fake):
    model, about = QueueModel(), fake.SUBMISSIONS[0]
    model.set_rows([QueueRow(about, ran=True, blockers=3)])
    model.set_row(QueueRow(about, ran=True))
    assert model.index(0).data(ROW_ROLE).blockers == 3
    model.set_blockers(about.id, 0)
    model.set_rows([QueueRow(about, ran=True)])
    assert row_mark(model.index(0).data(ROW_ROLE), -1)[1] == "clear"


def test_answers_change_what_the_queue_says(qtbot, program, window):
    row = window.queue.model.index(0).data(ROW_ROLE)
    assert row.blockers
    open_ones = [i for i in program.session.checklist.items if i.required and i.open]
    with qtbot.waitSignal(program.session.checklist_changed):
        program.session.answer(open_ones[0].guideline.id, "met", "looked at it by hand")
    assert window.queue.model.index(0).data(ROW_ROLE).blockers == row.blockers - 1


def test_the_hint_to_drop_goes_when_the_drag_leaves(window, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "one.zip"))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dragEnterEvent(QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, buttons, keys))
    assert "Drop it" in window.messages.label.text() and window.messages.isVisible()
    window.dragLeaveEvent(QDragLeaveEvent())
    assert not window.messages.isVisible()
    window.messages.say("Something else", "warning")
    window.dragLeaveEvent(QDragLeaveEvent())
    assert window.messages.isVisible()


def test_a_check_that_nobody_requires_makes_no_row_incomplete(desk, monkeypatch):
    monkeypatch.setattr(desk, "missing_checks", lambda run: ("virus_scan", "mime_type"))
    desk._runs[1] = desk._finish(1)
    assert read_row(desk, desk.submission(1)).gaps == 2
    monkeypatch.setattr(desk, "missing_checks", lambda run: ())
    assert read_row(desk, desk.submission(1)).gaps == 0
