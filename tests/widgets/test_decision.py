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


# what came from the marketplace


@pytest.fixture
def office(qtbot, program, desk, bar):
    """Acme Notes 2.5.0 is a version of the marketplace with a second file, which is submission 3."""
    import sys

    fake = sys.modules["fake_market"]
    office = desk.marketplace
    files = (
        fake.make_file("acme-notes-2.5.0.xpi", 1_804_113, submission=2),
        fake.make_file("acme-notes-source.zip", 412_900, submission=3),
    )
    office.connect_fake([fake.make_entry(107, "Acme Notes", "2.5.0", files=files)])
    office.drain = lambda **_: None
    office.module = fake

    def read():
        program.session.market.reload()
        qtbot.waitUntil(lambda: not program.bridge.pending and not program.session.market.syncing)
        qtbot.waitUntil(lambda: not program.bridge.pending)

    office.read = read
    read()
    return office


@pytest.fixture
def shown(qtbot):
    """Wait until the preview is that of the words as they stand."""

    def wait(dialog):
        qtbot.waitUntil(lambda: dialog.sending.fresh)
        return dialog.sending

    return wait


def test_a_local_submission_has_no_preview(ask, bar):
    assert ask("reject").sending is None


def test_the_preview_is_what_the_developer_will_read(ask, office, shown, window):
    dialog = ask("reject")
    dialog.text.setPlainText("The install hook runs fetched code")
    sending = shown(dialog)
    assert sending.text.toPlainText() == (
        "The install hook runs fetched code\n\nReviewed by Rita Reviewer. Decision AS-0000000000."
    )
    assert sending.text.isReadOnly()
    assert sending.status.text == "sets the status to rejected"
    assert sending._files_title.text() == "Bound to the bytes of 2 files"
    assert sending.when.text().startswith("It is sent now")
    assert not sending.escalate and sending.second.isEnabled()
    assert dialog.height() <= window.height() and dialog.width() <= window.width()


def test_keystrokes_are_gathered(ask, office, shown):
    dialog = ask("reject")
    shown(dialog)
    office.previewed.clear()
    for end in range(1, 8):
        dialog.text.setPlainText("reasons"[:end])
    shown(dialog)
    assert [words for _, words, _ in office.previewed] == ["reasons"]


def test_a_late_preview_is_dropped(qtbot, ask, office, shown, program, monkeypatch):
    import threading

    late, preview = threading.Event(), office.preview

    def slow(submission, decision, reason, *, escalate=False):
        if reason == "slow":
            late.wait(20)
        return preview(submission, decision, reason, escalate=escalate)

    dialog = ask("reject")
    shown(dialog)
    monkeypatch.setattr(office, "preview", slow)
    texts = []
    dialog.sending.shown.connect(lambda: texts.append(dialog.sending.text.toPlainText().split("\n")[0]))
    for words in ("slow", "fast"):
        dialog.sending.follow(words)
        dialog.sending._timer.stop()
        dialog.sending._request()
    qtbot.waitUntil(lambda: texts == ["fast"])
    late.set()
    qtbot.waitUntil(lambda: not program.bridge.pending)
    assert texts == ["fast"]


def test_offline_it_says_that_it_is_kept(ask, office, program):
    from app.marketplace.words import MarketState

    program.session.market.state = MarketState(True, "m", online=False)
    sending = ask("reject").sending
    assert sending.when.text() == "Offline: it is kept and sent when the marketplace answers."


def test_escalation_is_chosen_and_sent_along(qtbot, ask, office, shown, desk, program):
    dialog = ask("reject")
    dialog.text.setPlainText("The install hook runs fetched code")
    dialog.sending.second.setChecked(True)
    qtbot.waitUntil(lambda: "confirmed by [the second reviewer]" in dialog.sending.text.toPlainText())
    assert "once another reviewer has confirmed it" in dialog.sending.second_why.text()
    with qtbot.waitSignal(program.session.decisions_changed):
        dialog.accept()
    qtbot.waitUntil(lambda: bool(office.rows))
    assert office.rows[0].state == "held"
    qtbot.waitUntil(lambda: program.window.decision.way.text() == "Waits for a second reviewer")


def test_where_the_profile_wants_two_there_is_no_choice(ask, office, shown):
    office.second = True
    sending = shown(ask("reject"))
    assert sending.escalate and not sending.second.isEnabled()
    assert sending.second_why.text().startswith("The profile standard asks for two reviewers.")


def test_an_earlier_unsent_decision_is_told(ask, office):
    from datetime import UTC, datetime

    at = datetime.now(UTC)
    office.put(office.queued[107], "reject", created=at)
    office.read()
    sending = ask("approve").sending
    assert sending.replaces.text() == f"Replaces your unsent rejection of {at.astimezone():%H:%M}."


def test_a_file_that_was_never_checked_is_one_line(ask, office):
    others = [a for a in ask("approve")._against if a.place == "another file"]
    assert [a.why for a in others] == ["acme-notes-source.zip was never checked: run its battery first"]


def test_blockers_of_the_other_files_are_named(ask, office, desk):
    desk._runs[3] = desk._finish(3)
    dialog = ask("approve")
    assert any(a.why.startswith("acme-notes-2.5.0.xpi: DL-02") for a in dialog._against)
    others = [a for a in dialog._against if a.why.startswith("acme-notes-source.zip: ")]
    assert others and all(a.place.endswith("of another file") for a in others)


def test_the_way_to_a_blocker_of_another_file_opens_that_file(qtbot, ask, office, program):
    dialog = ask("approve")
    other = next(a for a in dialog._against if a.place.endswith("another file"))
    dialog.reject()
    other.go()
    qtbot.waitUntil(lambda: program.context.submission.id == 3)


def test_a_file_that_is_not_here_stands_against_approval(ask, office, program):
    entry = office.queued[107]
    office.change(107, files=(entry.files[0], replace(entry.files[1], submission=None)))
    office.read()
    dialog = ask("approve")
    missing = next(a for a in dialog._against if a.button == "Download")
    assert missing.why == "acme-notes-source.zip was not downloaded: nobody has looked at it"


def test_the_contact_of_the_settings_fills_canned_reasons(ask, bar, program):
    from app.settings import MarketSettings

    contact = MarketSettings(contact="security@market.example")
    program.session.settings = replace(program.session.settings, marketplace=contact)
    dialog = ask("reject")
    dialog.start_from([r.title for r in dialog._reasons].index("Malicious behaviour"))
    assert "security@market.example" in dialog.reason and dialog.confirm.isEnabled()


def test_what_is_gone_or_decided_there_is_shut(office, bar, program, ask):
    office.change(107, gone=True)
    office.read()
    assert bar.blocked.text() == "The marketplace no longer has this version"
    assert not any(b.isEnabled() for b in (bar.approve, bar.reject, bar.changes, bar.blocked))
    assert not program.context.actions.trigger("reject")
    entry = office.queued[107]
    office.change(107, gone=False, status=replace(entry.status, value="approved"))
    office.read()
    assert bar.blocked.text() == "Approved at the marketplace already"
    office.change(107, status=entry.status)
    office.read()
    assert bar.reject.isEnabled() and "block approval" in bar.blocked.text()


def test_the_way_of_the_decision_leads_to_the_outbox(qtbot, office, bar, program, window):
    office.put(office.queued[107], "assign")
    office.read()
    assert bar.way.isHidden()  # who has it in review is no decision
    row = office.put(office.queued[107], "reject")
    office.read()
    qtbot.waitUntil(lambda: bar.way.text() == "To send")
    assert bar.way.accessibleName() == "On its way to the marketplace: To send"
    bar.way.click()
    qtbot.waitUntil(lambda: window.outbox.dialog is not None and window.outbox.dialog.current() is not None)
    assert window.outbox.dialog.current().id == row.id
    window.outbox.dialog.reject()


def test_another_submission_has_no_way(office, bar, open_submission):
    office.put(office.queued[107], "reject")
    office.read()
    open_submission(4, run=False)
    assert bar.way.isHidden()


def test_what_was_written_is_kept_where_the_record_refuses(qtbot, ask, office, program, desk, window, monkeypatch):
    from app.checklist import DecisionRefused

    def refuse(*_, **__):
        raise DecisionRefused("Acme Notes 2.5.0: the file reviewed is no longer part of this version")

    monkeypatch.setattr(desk, "decide", refuse)
    dialog = ask("reject")
    dialog.text.setPlainText("The install hook runs fetched code")
    dialog.accept()
    qtbot.waitUntil(lambda: window.messages.button.text() == "Decide again")
    assert "no longer part" in window.messages.label.text()
    window.messages.button.click()
    qtbot.waitUntil(lambda: window.decision.dialog is not None)
    assert window.decision.dialog.reason == "The install hook runs fetched code"


def test_what_may_have_arrived_is_not_called_replaced(fake):
    import sys

    from app.marketplace.words import SendState
    from widgets.send_preview import tell_earlier

    market = sys.modules["fake_market"]
    row = market.make_row(1, market.make_entry(1, "A", "1"), "reject", state=SendState.SENDING)
    assert tell_earlier(row).endswith("may have arrived already: this one is sent after it.")
    assert tell_earlier(replace(row, state=SendState.CONFLICT)).startswith("Replaces your conflicting rejection of ")
