"""The checklist: shape and word, evidence with links, answers by key, what blocks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from widgets.checklist_model import NODE_ROLE, STATUSES, ChecklistModel, build_tree, digest_evidence


@pytest.fixture
def pane(window, open_submission):
    open_submission(2)
    return window.checklist


def node_of(pane, kind, ref):
    return next(n for n in pane.model.walk() if n.kind == kind and n.ref == ref)


def test_the_model_keeps_the_rules_of_models(qtmodeltester, pane):
    qtmodeltester.check(pane.model)
    finding = next(n for n in pane.model.walk() if n.kind == "finding")
    assert pane.model.rowCount(pane.model.index_of(finding)) == 0


def test_every_status_has_a_mark():
    from app.checklist import Status

    assert set(STATUSES) == {s.value for s in Status}
    assert all(STATUSES[s.value].word == s.label for s in Status)


def test_a_screen_reader_hears_status_and_requirement(pane):
    node = node_of(pane, "item", "DL-02")
    heard = pane.model.index_of(node).data(Qt.ItemDataRole.AccessibleTextRole)
    assert heard.startswith("DL-02 No viruses, did not run, required")


def test_evidence_leads_to_the_finding(qtbot, window, pane):
    node = node_of(pane, "item", "DL-08")
    finding = node.children[0].children[0]
    assert finding.kind == "finding"
    with qtbot.waitSignal(window.context.finding_requested) as asked:
        pane._enter(pane.model.index_of(finding))
    assert asked.args == [finding.ref]
    assert window.TABS[window.tabs.currentIndex()][0] == "findings"


def test_a_check_that_did_not_run_leads_to_the_battery(qtbot, window, pane):
    node = node_of(pane, "item", "DL-02")
    with qtbot.waitSignal(window.context.check_requested) as asked:
        pane._enter(pane.model.index_of(node.children[0]))
    assert asked.args == ["virus_scan"]
    assert window.TABS[window.tabs.currentIndex()][0] == "battery"


def test_the_long_list_of_findings_is_cut_and_says_so(fake, qtbot):
    desk = fake.FakeDesk(findings=200)
    desk._runs[2] = desk._finish(2)
    checklist = desk.checklist(2)
    root = build_tree(checklist, digest_evidence(checklist), [], False)
    model = ChecklistModel()
    model.set_root(root)
    check = next(n for n in model.walk() if n.kind == "check" and n.ref == "plain_http")
    assert len(check.children) == 51
    assert check.children[-1].text == "151 more in the list of findings"


def test_a_digit_answers_and_takes_back(qtbot, program, pane):
    pane.show_guideline("DL-04")
    with qtbot.waitSignal(program.session.checklist_changed):
        qtbot.keyClick(pane.view, Qt.Key.Key_1)
    assert program.session.checklist.item("DL-04").answer.value == "met"
    assert pane.answers.buttons["met"].isChecked()
    assert pane.answers.item.guideline.id == "DL-04"
    with qtbot.waitSignal(program.session.checklist_changed):
        qtbot.keyClick(pane.view, Qt.Key.Key_1)
    assert program.session.checklist.item("DL-04").answer is None


def test_not_applicable_asks_why_first(qtbot, program, pane):
    pane.show_guideline("DL-13")
    qtbot.keyClick(pane.view, Qt.Key.Key_3)
    qtbot.waitUntil(pane.answers.comment.hasFocus)
    assert "why" in pane.answers.comment.placeholderText()
    qtbot.keyClicks(pane.answers.comment, "Nothing is stored")
    with qtbot.waitSignal(program.session.checklist_changed):
        qtbot.keyClick(pane.answers.comment, Qt.Key.Key_Return)
    answer = program.session.checklist.item("DL-13").answer
    assert (answer.value, answer.comment) == ("not_applicable", "Nothing is stored")


def test_a_comment_without_an_answer_is_not_lost_silently(qtbot, window, pane):
    pane.show_guideline("DL-13")
    pane.answers.comment.setText("hm")
    qtbot.keyClick(pane.answers.comment, Qt.Key.Key_Return)
    assert "Choose an answer first" in window.messages.label.text() or window.messages.kind == "error"
    assert pane.answers.comment.text() == "hm"


def test_what_is_unfolded_and_chosen_stays_so(qtbot, program, pane):
    pane.show_guideline("DL-08")
    program.session.reload_checklist()
    qtbot.waitUntil(lambda: not program.bridge.pending)
    index = pane.view.currentIndex()
    assert index.data(NODE_ROLE).ref == "DL-08"
    assert pane.view.isExpanded(index)


def test_the_filters_hide_what_was_not_asked_for(pane):
    pane.filter.setText("no secrets")
    assert [n.ref for n in pane.model.walk() if n.kind == "item"] == ["DL-08"]
    pane.filter.clear()
    pane.open_only.setChecked(True)
    assert all(n.item.open for n in pane.model.walk() if n.kind == "item")
    pane.show_guideline("DL-01")  # it is met, so the filter has to give way
    assert pane.view.currentIndex().data(NODE_ROLE).ref == "DL-01"


def test_next_open_goes_around(pane):
    opens = [n.ref for n in pane.model.walk() if n.kind == "item" and n.item.open]
    pane.show_guideline(opens[-1])
    pane.next_open()
    assert pane.answers.item.guideline.id == opens[0]
    pane.next_open()
    assert pane.answers.item.guideline.id == opens[1]


def test_evidence_of_a_limited_check_is_not_simply_clean(desk):
    desk.limit("Test signatures only")
    checklist = desk.checklist(1)
    model = ChecklistModel()
    model.set_root(build_tree(checklist, digest_evidence(checklist), [], False))
    check = next(n for n in model.walk() if n.kind == "check" and n.ref == "virus_scan")
    assert (check.detail, check.mark.role) == ("clean, limited", "medium")


def test_a_comment_waits_for_the_reviewer_to_come_back(qtbot, program, open_submission, pane):
    comment = pane.answers.comment
    pane.show_guideline("DL-13")
    qtbot.keyClicks(comment, "half a thou")
    pane.show_guideline("DL-08")
    assert comment.text() == ""
    pane.show_guideline("DL-13")
    assert comment.text() == "half a thou"
    open_submission(1)
    pane.show_guideline("DL-13")
    assert comment.text() == ""
    open_submission(2)
    pane.show_guideline("DL-13")
    assert comment.text() == "half a thou"
    qtbot.keyClicks(comment, "ght")
    with qtbot.waitSignal(program.session.checklist_changed):
        pane.answers.choose("met")
    assert program.session.checklist.item("DL-13").answer.comment == "half a thought"


def test_a_comment_that_was_saved_is_no_draft_any_more(qtbot, program, desk, pane):
    pane.show_guideline("DL-13")
    qtbot.keyClicks(pane.answers.comment, "first")
    with qtbot.waitSignal(program.session.checklist_changed):
        pane.answers.choose("met")
    desk.answer(2, "DL-13", "met", "second")
    with qtbot.waitSignal(program.session.checklist_changed):
        program.session.reload_checklist()
    assert pane.answers.comment.text() == "second"


def test_a_comment_that_was_refused_is_still_there(qtbot, program, desk, pane, monkeypatch):
    def refuse(*_):
        raise ValueError("the disk is full")

    monkeypatch.setattr(desk, "answer", refuse)
    pane.show_guideline("DL-13")
    qtbot.keyClicks(pane.answers.comment, "long thought")
    pane.answers.choose("met")
    qtbot.waitUntil(lambda: not program.bridge.pending)
    pane.show_guideline("DL-08")
    pane.show_guideline("DL-13")
    assert pane.answers.comment.text() == "long thought"


def test_before_the_first_run_has_ended_no_check_is_blamed(desk):
    checklist = desk.checklist(2)
    for running, word, why in (
        (False, "not run yet", "the battery has not run yet"),
        (True, "running", "the battery is at work"),
    ):
        model = ChecklistModel()
        model.set_root(build_tree(checklist, digest_evidence(checklist), [], False, running=running))
        item = next(n for n in model.walk() if n.kind == "item" and n.ref == "DL-02")
        assert (item.mark.word, item.detail, item.item.why) == (word, why, why)
        assert item.children[0].detail == word
    desk._runs[2] = desk._finish(2)
    checklist = desk.checklist(2)
    model.set_root(build_tree(checklist, digest_evidence(checklist), [], False, running=True))
    assert next(n for n in model.walk() if n.ref == "DL-02").mark.word == "did not run"


def test_the_checklist_follows_the_first_battery(qtbot, program, window, desk, open_submission):
    open_submission(3, run=False)
    shown = window.checklist
    assert node_of(shown, "item", "DL-02").mark.word == "not run yet"
    desk.hold()
    with qtbot.waitSignal(program.context.running_changed):
        program.context.run_battery()
    assert node_of(shown, "item", "DL-02").mark.word == "running"
    assert "at work" in shown.answers._why.text() or shown.answers.item.status != "did_not_run"
    with qtbot.waitSignal(program.session.battery_ended):
        desk.release()
    qtbot.waitUntil(lambda: node_of(shown, "item", "DL-02").mark.word == "did not run")
