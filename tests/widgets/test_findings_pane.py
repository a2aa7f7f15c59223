"""The findings pane over the fake desk: filter, groups, explanation, triage in bulk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt

from app.model import FindingFound, RunStarted
from app.triage import TriageEntry, TriageMatch, Verdict
from checks import Severity
from widgets.findings_order import KEYS, MESSAGE, SEVERITY, TRIAGE, prepare_findings, usual_key
from widgets.findings_pane import FindingsPane


@pytest.fixture
def pane(qtbot, context, desk, put):
    made = put(FindingsPane)
    context.set_submission(desk.submission(2))
    desk._runs[2] = desk._finish(2)
    context.set_run(desk._runs[2], desk.triage_matches(2))
    assert made.model.rowCount() == 8
    return made


def messages(pane):
    return [pane.model.index(row, MESSAGE).data() for row in range(pane.model.rowCount())]


def test_prepared_order_is_the_usual_one(desk):
    findings = [replace(f, line=n % 5 or None) for n in range(9) for f in desk._finish(2).findings]
    prepared = prepare_findings(findings)
    assert [findings[i] for i in prepared.order] == sorted(findings, key=usual_key)
    for column, keys in prepared.keys.items():
        by_rank = sorted(range(len(findings)), key=keys.__getitem__)
        assert by_rank == sorted(range(len(findings)), key=lambda i: KEYS[column](findings[i]))


def test_worst_comes_first_and_the_tab_says_how_many_are_here(pane, context):
    assert pane.model.finding_at(0).severity is Severity.CRITICAL
    assert pane.model.finding_at(7).severity is Severity.INFO
    assert pane.severities.button(Severity.HIGH).text() == "high 3"
    assert pane.states.button("fixed").text() == "fixed 1"


def test_filter_box_wants_every_word(qtbot, pane):
    pane.field.setText("POPUP tls")
    qtbot.waitUntil(lambda: pane.model.rowCount() == 1)
    assert "1 of 8 findings" in pane.count.text()


def test_chips_filter_by_severity_and_state(pane):
    pane.severities.button(Severity.LOW).click()
    assert pane.model.rowCount() == 2
    pane.states.button("fixed").click()
    assert [pane.model.finding_at(0).path] == ["README.md"]


def test_groups_have_headings_that_stand_for_all_below(pane):
    pane.group.setCurrentIndex(pane.group.findData("check"))
    assert pane.model.finding_at(0) is None
    assert messages(pane)[0] == "Install hooks and download-and-run"
    secrets = messages(pane).index("Secrets left in the package")
    pane.table.setCurrentIndex(pane.model.index(secrets, 0))
    assert {f.check for f in pane.table.selected()} == {"secrets"}
    assert len(pane.table.selected()) == 2


def test_sorting_keeps_the_current_finding(pane):
    pane.table.selectRow(3)
    before = pane.model.finding_at(3).fingerprint
    pane.table.sortByColumn(MESSAGE, Qt.SortOrder.AscendingOrder)
    assert pane.model.finding_at(pane.table.currentIndex().row()).fingerprint == before
    assert messages(pane) == sorted(messages(pane), key=str.casefold)


def test_a_batch_goes_to_the_end_in_one_insert(qtbot, pane, context, desk):
    run = context.run
    context.events.emit([RunStarted(1, (("a", "A"),), run.isolation)])
    assert pane.model.rowCount() == 0
    inserts = []
    pane.model.rowsInserted.connect(lambda _, first, last: inserts.append((first, last)))
    context.events.emit([FindingFound(f) for f in run.findings])
    context.events.emit([FindingFound(replace(run.findings[0], fingerprint="other"))])
    assert inserts == [(0, 7), (8, 8)]


def test_detail_explains_the_finding(qtbot, pane):
    pane.table.selectRow(0)
    detail = pane.detail
    qtbot.waitUntil(lambda: detail.why.text() != "")
    assert detail.message.text().startswith("Fetches code")
    assert detail.place.text() == "src/background.js:42"
    assert "Ship the code inside" in detail.mend.text()
    assert detail.sources.text() == "CWE-494"
    qtbot.waitUntil(lambda: detail.snippet.row_count() == 7)
    assert detail.snippet.row_text(3) == "const value42 = compute(42, 'text');"


def test_markup_in_a_message_stays_text(pane, context):
    hostile = replace(context.run.findings[0], message="<img src=x>&amp;", fingerprint="hostile")
    pane.model.add_findings([hostile])
    pane.show_finding("hostile")
    assert pane.detail.message.textFormat() == Qt.TextFormat.PlainText
    tooltip = pane.model.index(pane.table.currentIndex().row(), MESSAGE).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img" in tooltip and "<img" not in tooltip


def test_enter_jumps_to_the_line(qtbot, pane, context):
    pane.table.selectRow(0)
    pane.table.setFocus()
    with qtbot.waitSignal(context.file_requested) as asked:
        qtbot.keyClick(pane.table, Qt.Key.Key_Return)
    assert asked.args == [1, 42 * 40, "submission"]


def test_space_opens_the_strip_and_three_keys_triage_in_bulk(qtbot, pane, context, desk):
    pane.table.selectRow(1)
    pane.table.setFocus()
    qtbot.keyClick(pane.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    chosen = {f.fingerprint for f in pane.table.selected()}
    assert len(chosen) == 2
    qtbot.keyClick(pane.table, Qt.Key.Key_Space)
    assert pane.panel.isVisible() and pane.panel.title.text() == "Triage 2 findings"
    qtbot.keyClick(pane.panel.buttons[0], Qt.Key.Key_2)
    assert not pane.panel.save.isEnabled()  # a false positive needs a reason
    qtbot.keyClicks(pane.panel.reason, "test data")
    with qtbot.waitSignal(context.triage_changed):
        qtbot.keyClick(pane.panel.reason, Qt.Key.Key_Return)
    assert {e.fingerprint for e in desk._triage} == chosen
    assert desk._triage[0].verdict is Verdict.FALSE_POSITIVE and desk._triage[0].reason == "test data"
    assert pane.model.index(1, TRIAGE).data() == "false positive"
    assert not pane.panel.isVisible()


def test_one_key_confirms_and_zero_withdraws(qtbot, pane, context, desk):
    pane.table.selectRow(0)
    pane.table.setFocus()
    with qtbot.waitSignal(context.triage_changed):
        qtbot.keyClick(pane.table, Qt.Key.Key_1)
    assert pane.model.index(0, TRIAGE).data() == "confirmed"
    with qtbot.waitSignal(context.triage_changed):
        qtbot.keyClick(pane.table, Qt.Key.Key_0)
    assert pane.model.index(0, TRIAGE).data() == ""


def test_offered_triage_names_who_said_it_and_one_key_confirms(qtbot, pane, context, desk, fake):
    finding = pane.model.finding_at(0)
    at = fake.NOW - timedelta(days=9)
    old = TriageEntry(finding.fingerprint, "0" * 64, Verdict.ACCEPTED_RISK, "documented", "Olga", at)
    desk._triage.append(old)
    context.triage = desk.triage_matches(2)
    context.triage_changed.emit()
    pane.table.selectRow(0)
    assert pane.model.index(0, TRIAGE).data() == "accepted risk?"
    assert pane.detail.triage.text().startswith("Olga said accepted risk")
    assert pane.detail.confirm.isVisible()
    pane.table.setFocus()
    with qtbot.waitSignal(context.triage_changed):
        qtbot.keyClick(pane.table, Qt.Key.Key_Y)
    assert "first said by Olga" in desk._triage[-1].reason
    assert pane.model.index(0, TRIAGE).data() == "accepted risk"


def test_what_the_developer_claims_is_shown_beside_the_finding(pane, context):
    finding = pane.model.finding_at(0)
    pane.table.selectRow(0)
    assert pane.detail.claim.text() == ""
    context.triage = {**context.triage, finding.fingerprint: TriageMatch("none", claim="false positive: ours")}
    context.triage_changed.emit()
    assert pane.detail.claim.text() == "The developer claims: false positive: ours"
    pane.detail.widget().layout().activate()
    assert 0 < pane.detail.claim.y() < pane.detail.snippet.y(), "before the code, where it is seen without scrolling"
    assert not pane.detail.confirm.isVisible()


def test_no_triage_while_the_battery_is_at_work(qtbot, pane, context):
    context.set_running(True)
    pane.table.selectRow(0)
    with qtbot.waitSignal(context.message_requested):
        pane.triage.open_triage()
    assert not pane.panel.isVisible()


def test_reasons_used_lately_are_offered(qtbot, pane):
    pane.table.selectRow(0)
    pane.triage.open_triage(Verdict.FALSE_POSITIVE)
    qtbot.waitUntil(lambda: len(pane.panel._recent_buttons) == 2)
    pane.panel._recent_buttons[0].click()
    assert pane.panel.reason.text() == "Test data, never used at run time"
    assert pane.panel.save.isEnabled()


def test_show_finding_takes_the_filter_away(qtbot, pane):
    wanted = pane.model.finding_at(7).fingerprint
    pane.severities.button(Severity.HIGH).click()
    pane.show_finding(wanted)
    assert pane.model.finding_at(pane.table.currentIndex().row()).fingerprint == wanted
    assert not pane.severities.chosen()


def test_nothing_found_is_no_pass_while_checks_did_not_run(pane, context, desk):
    run = desk._finish(2)
    context.set_run(replace(run, findings=()), {})
    assert pane._empty.isVisible()
    assert "never a pass" in pane._empty.text.text()
    assert pane._to_checks.isVisible()


def test_copy_is_plain_text_of_the_selection(pane):
    pane.table.selectRow(0)
    assert pane._copy().startswith("critical\tnew\tinstall_hook\tFetches code")


def test_every_row_says_its_severity_in_words(pane):
    assert [pane.model.index(r, SEVERITY).data() for r in (0, 1)] == ["critical", "high"]


def test_the_strip_names_what_is_selected_when_it_is_saved(qtbot, pane):
    pane.table.selectRow(1)
    pane.table.setFocus()
    qtbot.keyClick(pane.table, Qt.Key.Key_Space)
    assert pane.panel.title.text() == "Triage 1 finding"
    pane.table.selectAll()
    assert pane.panel.title.text() == "Triage 7 findings"
    qtbot.keyClick(pane.panel.buttons[0], Qt.Key.Key_1)
    assert pane.panel.save.isEnabled()
    pane.panel.show_count(0)
    assert not pane.panel.save.isEnabled()


def test_nothing_found_by_a_limited_check_says_so(qtbot, pane, context, desk):
    desk.limit("Test signatures only")
    context.set_submission(desk.submission(1))
    context.set_run(desk.last_run(1), {})
    assert "Test signatures only" in pane._empty.text.text()
    assert "ran to its end" not in pane._empty.text.text()
    assert pane._empty._icon == "shield-alert"
    with qtbot.waitSignal(context.check_requested) as asked:
        pane._to_limited.click()
    assert asked.args == ["virus_scan"]


def test_the_first_finding_is_explained_without_a_click(pane, context, desk):
    assert pane.detail.finding is pane.model.finding_at(0)
    pane.table.selectAll()
    assert pane.detail.finding is not None
    pane.model.filter_by("cookie")
    assert "document.cookie" in pane.detail.finding.message
    pane.model.filter_by("no such thing")
    assert pane.detail.finding is None
    assert pane.detail.verticalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff


def test_findings_that_come_in_are_explained_at_once(pane, context, desk):
    run = desk._finish(2)
    context.events.emit([RunStarted(1, (("secrets", "Secrets"),), run.isolation)])
    assert pane.detail.finding is None
    context.events.emit([FindingFound(run.findings[2])])
    assert pane.detail.finding is run.findings[2]


def test_triage_needs_no_scrolling(qtbot, pane):
    assert not pane.detail.say.visibleRegion().isEmpty()
    assert pane.detail.say.mapTo(pane.detail.viewport(), pane.detail.say.rect().bottomLeft()).y() < 120


def test_the_worst_finding_is_explained_when_the_run_ends_unseen(pane, context, desk):
    run = desk._finish(2)
    pane.hide()
    context.events.emit([RunStarted(1, (("secrets", "Secrets"),), run.isolation), FindingFound(run.findings[2])])
    context.set_run(run, {})
    assert pane.detail.finding.severity is Severity.CRITICAL
    pane.show()
    pane.table.selectRow(2)
    chosen = pane.detail.finding
    pane.hide()
    context.set_run(replace(run, id=9), {})
    assert pane.detail.finding.fingerprint == chosen.fingerprint
