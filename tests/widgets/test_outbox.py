"""The outbox: what is on its way, both sides of a conflict, the ways on, and the one word about each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.errors import DeskError
from app.marketplace.words import WAYS, BoundFile, Cause, MarketState, SendState
from widgets.ask_sheet import AskSheet
from widgets.conflict_view import CHANGES
from widgets.outbox_model import (
    GROUPS,
    LAST,
    NEXT,
    ORDER,
    STATE,
    VERSION,
    OutboxModel,
    format_next,
    list_outbox,
    sort_rows,
)
from widgets.outbox_seen import compare_files, read_seen
from widgets.outbox_words import (
    BRIEF,
    MARKS,
    WHY,
    ask_before,
    brief,
    clock,
    confirm_block,
    describe,
    explain,
    mark_of,
    way_label,
)
from widgets.parts import Button, walk

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.fixture
def market(desk):
    import sys

    fake = sys.modules["fake_market"]
    office = desk.marketplace
    office.connect_fake()
    office.module = fake
    # nothing here is sent: a sync finds what the test has put there
    office.drain = lambda **_: None
    return office


@pytest.fixture
def put(market):
    """A decision on its way, on a version of the queue by its key."""

    def put_row(key, action="reject", **about):
        return market.put(market.queued[key], action, **about)

    return put_row


@pytest.fixture
def conflict(market, put):
    """Approved by somebody else, with one of two files replaced meanwhile."""

    def make(cause=Cause.DECIDED, **about):
        entry = market.queued[103]
        changed = cause is Cause.CHANGED_BYTES
        files = [
            {"file_id": f.file_id, "name": f.name, "size": f.size, "sha256": "ab" * 32 if changed and not n else
             f.hashes.sha256, "same": not (changed and not n)}
            for n, f in enumerate(entry.files)
        ]  # fmt: skip
        seen = {"status": "approved", "status_updated": 1_772_461_800_000, "last_updated": 1_772_461_800_000,
                "by": "administrator", "reason": "Fine by <b>us</b>", "files": files}  # fmt: skip
        values = {"state": SendState.CONFLICT, "cause": cause, "told": "not sent: it is now approved", "seen": seen}
        return put(103, **(values | about))

    return make


@pytest.fixture
def sync(qtbot, program):
    """Read the record again, and wait until all is told."""

    def read():
        program.session.market.reload()
        wait()

    def wait():
        qtbot.waitUntil(lambda: not program.bridge.pending and not program.session.market.syncing)
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not program.bridge.pending and not program.session.market.syncing)

    read.wait = wait
    return read


@pytest.fixture
def outbox(qtbot, program, window, market, sync):
    """The dialog, opened and filled."""

    def open_it():
        sync()
        assert program.context.actions.trigger("outbox")
        sync.wait()
        return window.outbox.dialog

    yield open_it
    if window.outbox.dialog is not None:
        window.outbox.dialog.reject()


def buttons(dialog):
    return {button.text(): button for button in dialog.detail.buttons}


def question(dialog):
    return next(child for child in dialog.children() if isinstance(child, AskSheet) and child.isVisible())


# words


def test_every_state_and_cause_has_its_words():
    assert set(MARKS) == set(SendState) == set(ORDER)
    assert len({(m.icon, m.word) for m in MARKS.values()}) == len(SendState)
    assert set(WHY) == set(Cause) - {Cause.NONE}
    # what can be a conflict is told in a few words too
    assert set(BRIEF) == {c for c, ways in WAYS.items() if "theirs" in ways}


def test_each_row_is_behind_one_chip(put, market):
    for state in SendState:
        row = put(101, state=state)
        assert sum(fits(row) for *_, fits in GROUPS) == 1


@pytest.mark.parametrize("cause", [c for c, ways in WAYS.items() if "theirs" in ways])
def test_what_gives_something_up_is_asked_first(conflict, cause):
    row = conflict(cause)
    for way in row.ways:
        asked = ask_before(row, way, "Ledger PDF 3.3", "approved")
        gives_up = way != "retry" or cause in (Cause.DECIDED, Cause.OVERWRITTEN)
        assert (asked is not None) == gives_up, way
        if asked is not None:
            assert asked.title.endswith("?") and "Ledger PDF 3.3" in asked.text
            kept = "stay" in asked.text or "kept" in asked.text
            assert kept, "it says what is kept"
        assert way_label(row, way)


def test_what_was_never_sent_can_be_given_up(put):
    for cause in (Cause.NONE, Cause.OFFLINE, Cause.SECRET):
        row = put(103, state=SendState.QUEUED, cause=cause)
        assert [way_label(row, way) for way in row.ways] == ["Try now", "Give mine up"]
        asked = ask_before(row, "theirs", "Acme Notes 2.5.0", "")
        assert (asked.title, asked.button) == ("Give up your rejection?", "Give mine up")
        assert asked.text.startswith("The rejection of Acme Notes 2.5.0 is not sent. Your review")
    assert put(104, state=SendState.SENDING, attempts=1).ways == ("retry",)


def test_whether_it_was_sent_is_never_told_wrong(conflict):
    assert explain(conflict(Cause.CHANGED_BYTES)).endswith("Yours was not sent.")
    assert "not to be seen there" in explain(conflict(Cause.CHANGED_BYTES, attempts=1))
    arrived = conflict(Cause.CHANGED_BYTES)
    arrived.seen["arrived"] = True
    assert explain(arrived) == "Yours arrived, but: the files are no longer those that you reviewed."
    assert ask_before(arrived, "theirs", "x", "") is None
    assert way_label(arrived, "theirs") == "Let it stand"


def test_the_way_of_a_decision_in_a_few_words(put, conflict):
    at = NOW.astimezone()
    assert brief(put(101)) == "To send"
    assert brief(put(101, cause=Cause.OFFLINE)) == "Kept, to send"
    assert brief(put(101, state=SendState.SENDING)) == "On its way"
    assert brief(put(101, state=SendState.HELD)) == "Waits for a second reviewer"
    assert brief(put(101, cause=Cause.SECRET)) == "Kept, waits for the secret"
    assert brief(put(101, state=SendState.DELIVERED, changed=NOW), NOW) == f"Sent, proven {at:%H:%M}"
    assert brief(put(101, "suspend")) == "Suspended, to send"
    assert brief(conflict()) == "Conflict: decided by somebody else"
    assert mark_of(put(101, cause=Cause.SECRET)).word == "needs the secret"


def test_the_day_is_told_where_it_was_not_today():
    assert clock(NOW, NOW) == f"{NOW.astimezone():%H:%M}"
    assert clock(NOW, NOW + timedelta(days=3)).startswith("2 Mar ")
    assert clock(NOW, NOW + timedelta(days=400)).startswith("2 Mar 2026 ")


def test_the_next_try(put):
    assert format_next(put(101), NOW) == "next sync"
    assert format_next(put(101, next_try=NOW + timedelta(seconds=40)), NOW) == "in 40 s"
    assert format_next(put(101, next_try=NOW + timedelta(minutes=10)), NOW).startswith("at ")
    assert format_next(put(101, state=SendState.HELD, next_try=NOW), NOW) == ""


def test_what_was_seen_is_read_with_care(put):
    bound = (BoundFile("a", "a.zip", 3, "11"), BoundFile("b", "b.zip", 4, "22"))
    files = compare_files(
        bound,
        [
            {"file_id": "a", "name": "a.zip", "size": 3, "sha256": "33", "same": False},
            {"file_id": "c", "name": "", "size": "no number", "same": True},
            "nonsense",
        ],
    )
    assert [(f.name, f.change) for f in files] == [("a.zip", "changed"), ("c", "new"), ("b.zip", "missing")]
    assert {f.change for f in files} <= set(CHANGES)
    assert compare_files(bound, None) == ()
    odd = read_seen(put(101, seen={"status": 7, "status_updated": "soon", "last_updated": True, "reason": None}))
    assert (odd.status, odd.at, odd.edited, odd.reason) == ("", None, None, "")


def test_nobody_confirms_their_own_decision(put):
    row = put(101, "approve", state=SendState.HELD, reviewer="Rita Reviewer")
    assert "Another reviewer has to" in confirm_block(row, "rita  reviewer")
    assert confirm_block(row, "Mara Lind") == ""


def test_what_needs_somebody_comes_first(put, program):
    made = [put(101, state=state, changed=NOW + timedelta(minutes=n)) for n, state in enumerate(reversed(ORDER))]
    assert [row.state for row in sort_rows(made)] == list(ORDER)
    late, early = (put(101, state=SendState.DELIVERED, changed=NOW + timedelta(hours=h)) for h in (2, 1))
    assert sort_rows([early, late]) == [late, early]
    model = OutboxModel(program.theme)
    model.fill(list_outbox(made, {}), {})
    assert model.rowCount() == len(made) and model.rowCount(model.index(0, 0)) == 0


# the dialog


def test_the_list_tells_state_version_and_what_happened(outbox, put, conflict):
    conflict()
    put(101, cause=Cause.OFFLINE, told="no answer: the connection was refused")
    dialog = outbox()
    cells = [[dialog.model.index(r, c).data() for c in range(NEXT + 1)] for r in range(dialog.model.rowCount())]
    assert [row[STATE] for row in cells] == ["conflict", "to send"]
    assert [row[VERSION] for row in cells] == ["Ledger PDF 3.3", "Acme Notes 2.6.0"]
    assert cells[1][LAST] == "no answer: the connection was refused"
    spoken = dialog.model.index(0, STATE).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("conflict, Rejection, Ledger PDF 3.3")
    assert dialog.current().cause is Cause.DECIDED
    assert dialog.said.text() == "1 conflict · 1 to send"


def test_both_sides_of_a_conflict(outbox, conflict):
    conflict(Cause.CHANGED_BYTES)
    dialog = outbox()
    ours, theirs = dialog.detail.sides.cards
    assert ours.heading.text() == "You decided" and ours.badge.text == "sets rejected"
    assert theirs.heading.text() == "The marketplace has now" and theirs.badge.text == "approved"
    told = dialog.detail.sides.tell()
    assert "by an administrator" in told and "Fine by <b>us</b>" in told and "1 of 2 not as reviewed" in told
    assert dialog.detail.why.text() == "The files are no longer those that you reviewed. Yours was not sent."


def test_a_version_that_is_gone_says_so_on_its_side(outbox, conflict):
    conflict(Cause.DELETED, seen={})
    dialog = outbox()
    assert dialog.detail.sides.cards[1].badge.text == "gone"
    assert list(buttons(dialog)) == ["Give mine up"]


def test_taking_theirs_is_asked_and_then_done(outbox, conflict, sync, market, program):
    row = conflict()
    dialog = outbox()
    buttons(dialog)["Take theirs"].click()
    sheet = question(dialog)
    assert sheet.windowTitle() == "Give up your rejection?"
    sheet.reject()
    assert market.rows[0].state is SendState.CONFLICT
    buttons(dialog)["Take theirs"].click()
    question(dialog).accept()
    sync.wait()
    assert market.rows[0].state is SendState.WITHDRAWN
    assert dialog.current().id == row.id and dialog.current().state is SendState.WITHDRAWN
    assert program.window.messages.label.text() == "Rejection of Ledger PDF 3.3: given up; the record keeps it."


def test_sending_again_after_an_edit_asks_nothing(outbox, conflict, sync, market):
    conflict(Cause.EDITED)
    dialog = outbox()
    buttons(dialog)["Send mine again"].click()
    sync.wait()
    assert market.rows[0].state is SendState.QUEUED


def test_the_new_bytes_are_downloaded_and_opened(qtbot, outbox, conflict, program, market):
    conflict(Cause.CHANGED_BYTES)
    dialog = outbox()
    program.session.auto_run = False
    buttons(dialog)["Review the new bytes"].click()
    question(dialog).accept()
    qtbot.waitUntil(lambda: "fetch 103" in market.asked)
    qtbot.waitUntil(lambda: program.context.submission.title == "Ledger PDF", timeout=10_000)


def test_a_failed_way_leaves_all_as_it_is_and_says_why(outbox, conflict, sync, market, program, monkeypatch):
    conflict(Cause.EDITED)
    dialog = outbox()

    def refuse(row, way, reason=""):
        raise DeskError("Ledger PDF: it is delivered by now")

    monkeypatch.setattr(market, "resolve", refuse)
    buttons(dialog)["Send mine again"].click()
    sync.wait()
    assert program.window.messages.label.text() == "Ledger PDF: it is delivered by now"
    assert buttons(dialog)["Send mine again"].isEnabled()


def test_a_second_reviewer_confirms_or_refuses_with_a_reason(outbox, put, sync, market):
    put(101, "approve", state=SendState.HELD, reviewer="Mara Lind")
    dialog = outbox()
    assert list(buttons(dialog)) == ["Confirm as Rita Reviewer", "Refuse…"]
    assert dialog.detail.block.isHidden()
    buttons(dialog)["Refuse…"].click()
    sheet = question(dialog)
    assert not sheet.yes.isEnabled()
    sheet.reason.setPlainText("The scan is a week old")
    assert sheet.yes.isEnabled()
    sheet.reject()
    buttons(dialog)["Confirm as Rita Reviewer"].click()
    sync.wait()
    assert market.rows[0].state is SendState.QUEUED


def test_my_own_cannot_be_confirmed_by_me(outbox, put):
    put(101, "approve", state=SendState.HELD)
    dialog = outbox()
    assert list(buttons(dialog)) == ["Confirm as Rita Reviewer", "Take it back…"]
    confirm = buttons(dialog)["Confirm as Rita Reviewer"]
    assert not confirm.isEnabled()
    buttons(dialog)["Take it back…"].click()
    sheet = question(dialog)
    assert sheet.windowTitle() == "Take back your approval?" and sheet.reason is not None
    sheet.reject()
    assert dialog.detail.block.isVisible() and "change the name in the settings" in dialog.detail.block.text()


def test_a_refused_secret_leads_to_the_settings(qtbot, outbox, put, window):
    from widgets.settings_dialog import SettingsDialog

    put(101, cause=Cause.SECRET)
    dialog = outbox()
    buttons(dialog)["Give the new secret…"].click()
    qtbot.waitUntil(lambda: any(s.isVisible() for s in window.findChildren(SettingsDialog)))
    next(s for s in window.findChildren(SettingsDialog)).reject()


def test_filter_chips_and_keys(qtbot, outbox, put, conflict):
    conflict()
    put(101)
    put(104, "approve", state=SendState.DELIVERED)
    dialog = outbox()
    dialog.filter.setText("palette")
    assert [r.key for r in dialog.model.rows] == [104]
    dialog.filter.setText("AS-0000000002")
    assert [r.key for r in dialog.model.rows] == [101]
    dialog.filter.setText("no such thing")
    assert dialog.detail.title.text() == "Nothing fits the filter" and not buttons(dialog)
    dialog.filter.clear()
    dialog.chips.button("delivered").click()
    assert [r.key for r in dialog.model.rows] == [104]
    dialog.chips.button("delivered").click()
    dialog.table.setFocus()
    dialog.table.setCurrentIndex(dialog.model.index(0, 0))
    qtbot.keyClick(dialog.table, Qt.Key.Key_J)
    assert dialog.current().key == 101
    qtbot.keyClick(dialog.table, Qt.Key.Key_K)
    QApplication.processEvents()  # the buttons of the row are shown
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert dialog.focusWidget() is buttons(dialog)["Take theirs"]


def test_an_empty_outbox_invites(outbox, program):
    dialog = outbox()
    assert dialog.stack.currentIndex() == 0
    assert dialog.empty.heading.text() == "Nothing is on its way"
    assert dialog.filter.isHidden() and dialog._connect.isHidden()
    program.session.market.state = MarketState(False)
    dialog._say()
    assert not dialog._connect.isHidden()


def test_it_follows_what_happens_and_keeps_the_chosen_row(outbox, put, sync, market):
    first, second = put(101), put(104)
    dialog = outbox()
    dialog.table.setCurrentIndex(dialog.model.index(dialog.model.place_of(second.id), 0))
    market.rows[0] = market.module.make_row(first.id, market.queued[101], "reject", state=SendState.DELIVERED)
    before = list(buttons(dialog).values()), dialog.detail.sides.cards
    sync()
    assert dialog.current().id == second.id
    assert (list(buttons(dialog).values()), dialog.detail.sides.cards) == before
    assert {r.id: r.state for r in dialog.model.rows}[first.id] is SendState.DELIVERED


def test_everything_in_it_has_a_name_and_is_plain_text(outbox, conflict):
    conflict(Cause.CHANGED_BYTES)
    dialog = outbox()
    for button in walk(dialog, Button):
        assert button.accessibleName() or button.text()
    assert dialog.table.accessibleName() and dialog.detail.sides.accessibleName() and dialog.filter.accessibleName()
    assert dialog.height() <= dialog.parentWidget().height()


# news


@pytest.fixture
def messages(window):
    told = []
    window.context.message_requested.connect(lambda text, kind, action: told.append((text, kind, action)))
    return told


def test_a_conflict_is_announced_once_with_a_way_to_look(sync, put, conflict, messages, window):
    sync()
    messages.clear()
    conflict()
    sync()
    ((text, kind, action),) = messages
    assert text == "Conflict: rejection of Ledger PDF 3.3 was not sent: decided by somebody else."
    assert kind == "warning" and action.text == "Look"
    put(104)  # something else goes on its way
    sync()
    assert len(messages) == 1
    action.handler()
    sync.wait()
    assert window.outbox.dialog.current().cause is Cause.DECIDED
    window.outbox.dialog.reject()


def test_conflicts_that_are_there_at_the_start_are_told_together(sync, conflict, messages):
    conflict()
    conflict(Cause.EDITED)
    sync()
    assert [text for text, *_ in messages if "conflict" in text] == ["2 decisions are in conflict, and wait for you."]


def test_what_arrived_is_told_quietly_and_assignments_not_at_all(sync, put, market, messages):
    put(101), put(104, "assign")
    sync()
    messages.clear()
    for row in list(market.rows):
        at = market.rows.index(row)
        market.rows[at] = market.module.make_row(
            row.id, market.queued[row.key], row.action, state=SendState.DELIVERED
        )
    sync()
    assert [(text, kind) for text, kind, _ in messages] == [("Delivered: rejection of Acme Notes 2.6.0.", "good")]


def test_what_was_given_up_is_not_called_delivered(sync, put, market, messages):
    row = put(101)
    sync()
    messages.clear()
    market.rows[0] = market.module.make_row(row.id, market.queued[101], "reject", state=SendState.WITHDRAWN)
    sync()
    assert not [text for text, *_ in messages if "Delivered" in text]


def test_a_refused_secret_is_told_once(sync, put, messages):
    put(101, cause=Cause.SECRET)
    put(104, cause=Cause.SECRET)
    sync()
    put(105)
    sync()
    told = [text for text, *_ in messages if "secret" in text]
    assert told == ["The marketplace does not accept the secret: 2 decisions wait."]


def test_describe_without_the_queue(put):
    assert describe(put(101), {}) == "rejection of Acme Notes version 3"
    assert describe(put(101, "request_changes"), {}) == "request for changes to Acme Notes version 3"
