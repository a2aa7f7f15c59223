"""The registry: unique, complete, and its single letters never fire where somebody types."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMainWindow, QPlainTextEdit

from widgets.actions import GROUPS, Actions
from widgets.theme import ICONS, Theme


@pytest.fixture
def registry(qtbot):
    host = QMainWindow()
    qtbot.addWidget(host)
    made = Actions(Theme("light"), host)
    made.host = host
    return made


def test_a_twin_of_an_id_is_refused(registry):
    registry.add("one", "One", lambda: None, group="File")
    with pytest.raises(ValueError, match="there twice"):
        registry.add("one", "Other", lambda: None, group="File")


def test_window_wide_keys_are_unique(registry):
    registry.add("one", "One", lambda: None, group="File", keys="Ctrl+T")
    with pytest.raises(ValueError, match="share the keys"):
        registry.add("two", "Two", lambda: None, group="File", keys=("F9", "Ctrl+T"))


def test_two_panes_may_use_the_same_keys(registry):
    here, there = QLineEdit(registry.host), QLineEdit(registry.host)
    registry.add("one", "One", lambda: None, group="View", keys="N", where=here)
    registry.add("two", "Two", lambda: None, group="View", keys="N", where=there)
    assert "one" in registry
    assert "two" in registry


def test_what_is_not_possible_is_not_done(registry):
    done = []
    registry.add("one", "One", lambda: done.append(1), group="File", enabled_when=lambda: bool(done))
    assert registry.trigger("one") is False
    done.append(0)
    assert registry.trigger("one") is True
    assert done == [0, 1]


def test_every_operation_says_what_it_is(program):
    assert len(list(program.context.actions)) > 30
    for operation in program.context.actions:
        assert operation.title, operation.id
        assert operation.group in GROUPS
        assert not operation.icon or (ICONS / f"{operation.icon}.svg").is_file(), operation.id


def test_menus_hold_what_the_registry_holds(window):
    shown = {a.objectName() for top in window.bar.actions() for a in top.menu().actions() if a.objectName()}
    assert shown == {o.id for o in window.context.actions if o.menu}


@pytest.mark.parametrize("field", ["queue filter", "notes", "comment"])
def test_letters_belong_to_the_field_that_is_written_in(qtbot, window, open_submission, field):
    open_submission(2)
    widget = {
        "queue filter": window.queue.filter,
        "notes": window.decision.notes,
        "comment": window.checklist.answers.comment,
    }[field]
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    qtbot.keyClicks(widget, "arc b1")
    text = widget.toPlainText() if isinstance(widget, QPlainTextEdit) else widget.text()
    assert text == "arc b1"
    assert window.decision.dialog is None


def test_a_letter_decides_elsewhere(qtbot, window, open_submission):
    open_submission(2)
    window.queue.view.setFocus()
    qtbot.keyClick(window.queue.view, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.decision.dialog is not None)
    assert window.decision.dialog.windowTitle() == "Reject"
    window.decision.dialog.reject()


def test_digits_bring_the_tabs_forward(qtbot, window):
    for number in range(5):
        qtbot.keyClick(window, Qt.Key.Key_1 + number, Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == number
