"""Decisions: what blocks is said and reachable, a reason is asked for, the record is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt


@pytest.fixture
def bar(window, open_submission):
    open_submission(2)
    return window.decision


@pytest.fixture
def ask(qtbot, window, program):
    def ask_for(action):
        assert program.context.actions.trigger(action)
        qtbot.waitUntil(lambda: window.decision.dialog is not None)
        return window.decision.dialog

    yield ask_for
    if window.decision.dialog is not None:
        window.decision.dialog.reject()


@pytest.fixture
def count(window):
    """How many guidelines the profile lets block this approval."""
    from app.checklist import approval_blockers

    number = len(approval_blockers(window.session.checklist))
    assert number > 2
    return number


def test_approve_says_by_what_it_is_blocked(bar, count):
    assert bar.approve.text() == f"Approve ({count} open)"
    assert bar.blocked.text() == f"{count} items block approval, next: DL-02"
    assert "DL-02" in bar.blocked.toolTip()


def test_one_click_goes_there_and_the_next_one_further(bar, window, count):
    bar.blocked.click()
    assert window.checklist.answers.item.guideline.id == "DL-02"
    assert bar.blocked.text() == f"{count} items block approval, next: DL-06"
    bar.blocked.click()
    assert window.checklist.answers.item.guideline.id == "DL-06"


def test_approval_over_open_items_needs_a_reason(qtbot, program, desk, ask, bar):
    dialog = ask("approve")
    assert not dialog.confirm.isEnabled()
    dialog.text.setPlainText("short")
    assert not dialog.confirm.isEnabled()
    dialog.text.setPlainText("Scanned elsewhere with the same bytes")
    assert dialog.confirm.isEnabled()
    with qtbot.waitSignal(program.session.decisions_changed):
        dialog.accept()
    assert desk.decisions(2)[0].reason == "Scanned elsewhere with the same bytes"
    assert bar._earlier.text().startswith("Approved")
    qtbot.waitUntil(lambda: program.session.rows[2].decision == "approve")


def test_a_rejection_needs_words_for_the_developer(ask, bar):
    dialog = ask("reject")
    assert not dialog.confirm.isEnabled()
    dialog.text.setPlainText("   \u200b ")
    assert not dialog.confirm.isEnabled()
    dialog.text.setPlainText("The install hook runs fetched code")
    assert dialog.confirm.isEnabled()


def test_a_canned_reason_is_filled_and_open_places_hold_it_up(ask, bar):
    dialog = ask("reject")
    titles = [r.title for r in dialog._reasons]
    dialog.start_from(titles.index("Malicious behaviour"))
    assert "Acme Notes 2.5.0" in dialog.reason
    assert "{contact}" in dialog.reason
    assert not dialog.confirm.isEnabled()
    assert "{contact}" in dialog.hint.text()
    dialog.text.setPlainText(dialog.reason.replace("{contact}", "security@market.example"))
    assert dialog.confirm.isEnabled()


def test_the_dialog_goes_to_a_blocker(qtbot, window, ask, bar):
    from widgets.parts import Button

    dialog = ask("approve")
    go = next(b for b in dialog.findChildren(Button) if b.accessibleName() == "Go to DL-07")
    go.click()
    assert window.decision.dialog is None
    assert window.checklist.answers.item.guideline.id == "DL-07"


def test_no_decision_while_the_battery_is_at_work(qtbot, program, desk, window, open_submission):
    desk.hold()
    open_submission(3, run=False)
    program.context.run_battery()
    assert not window.decision.approve.isEnabled()
    assert not program.context.actions.trigger("approve")
    assert window.decision.blocked.text() == "The battery is still at work"
    with qtbot.waitSignal(program.session.battery_ended):
        desk.release()
    qtbot.waitUntil(lambda: not program.bridge.pending)
    assert window.decision.approve.isEnabled()


def test_earlier_decisions_are_shown(window, open_submission):
    open_submission(1)
    assert window.decision._earlier.text().startswith("Approved by Rita Reviewer")
    assert "meets every guideline" in window.decision._earlier.toolTip()


def test_tab_leaves_the_notes(qtbot, bar):
    bar.notes.setFocus()
    qtbot.keyClick(bar.notes, Qt.Key.Key_Tab)
    assert not bar.notes.hasFocus()
    assert bar.notes.toPlainText() == ""


def test_what_was_never_checked_cannot_be_approved(qtbot, program, window, open_submission):
    open_submission(3, run=False)
    assert not window.decision.approve.isEnabled()
    assert not program.context.actions.trigger("approve")
    assert window.decision.reject.isEnabled()
    assert window.decision.blocked.text() == "Never checked: run the battery first"
    with qtbot.waitSignal(program.session.battery_ended):
        window.decision.blocked.click()
    qtbot.waitUntil(window.decision.approve.isEnabled)


def test_one_item_that_blocks_is_named_alone(program, bar):
    whole = program.session.checklist
    one = replace(whole, items=tuple(i for i in whole.items if i.guideline.id == "DL-02"))
    program.session.checklist_changed.emit(one)
    assert bar.blocked.text() == "1 item blocks approval: DL-02"


def test_with_items_open_no_reason_claims_that_all_is_met(ask, bar):
    titles = [r.title for r in ask("approve")._reasons]
    assert "Every required guideline is met" not in titles
    assert "A check did not run here, its result is known" in titles


def test_with_nothing_open_no_reason_speaks_of_what_is(ask, open_submission, program):
    open_submission(1)
    whole = program.session.checklist
    met = replace(whole, items=tuple(i for i in whole.items if not i.open))
    program.session.checklist_changed.emit(met)
    titles = [r.title for r in ask("approve")._reasons]
    assert titles[0] == "Every required guideline is met"
    assert "A check did not run here, its result is known" not in titles


def test_the_number_of_what_was_overridden_is_never_cut(program, window, desk, bar, fake):
    made = fake.Decision(9, 2, "", "approve", "", ("DL-02", "DL-06"), "A Reviewer With A Long Name", fake.NOW)
    program.session.decisions_changed.emit((made,))
    window.splitter.setSizes([232, 800, 280])
    assert bar._earlier.shown != bar._earlier.text()
    assert bar._earlier.shown.startswith("Approved over 2 ")
