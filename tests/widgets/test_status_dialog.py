"""Suspend and unsuspend: only what stands so, never without a reason, and what is sent is shown first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.marketplace.words import MarketState, SendState


@pytest.fixture
def office(qtbot, program, desk, open_submission):
    import sys

    fake = sys.modules["fake_market"]
    office = desk.marketplace
    files = (fake.make_file("acme-notes-2.5.0.xpi", 1_804_113, submission=2),)
    office.connect_fake(
        [
            fake.make_entry(107, "Acme Notes", "2.5.0", files=files, status="approved"),
            fake.make_entry(108, "Shop Sync", "1.0", status="suspended"),
            fake.make_entry(109, "Waits", "1.0"),
        ]
    )
    office.drain = lambda **_: None

    def read():
        program.session.market.reload()
        qtbot.waitUntil(lambda: not program.bridge.pending and not program.session.market.syncing)
        qtbot.waitUntil(lambda: not program.bridge.pending)

    office.read = read
    open_submission(2, run=False)
    read()
    return office


@pytest.fixture
def ask(qtbot, window, office):
    def ask_for(key, action):
        window.status.ask(key, action)
        qtbot.waitUntil(lambda: window.status.dialog is not None)
        return window.status.dialog

    yield ask_for
    if window.status.dialog is not None:
        window.status.dialog.reject()


def test_suspending_the_open_version(qtbot, program, window, office):
    assert not program.context.actions.trigger("unsuspend")
    assert program.context.actions.trigger("suspend")
    dialog = window.status.dialog
    assert dialog.windowTitle() == "Suspend: Acme Notes 2.5.0"
    assert not dialog.confirm.isEnabled()
    dialog.text.setPlainText("It sends documents elsewhere")
    assert dialog.confirm.isEnabled()
    qtbot.waitUntil(lambda: "It sends documents elsewhere\n\nReviewed by" in dialog.sending.text.toPlainText())
    assert dialog.sending.status.text == "sets the status to suspended"
    assert dialog.sending.second.isHidden()
    dialog.accept()
    qtbot.waitUntil(lambda: bool(office.rows))
    assert (office.rows[0].action, office.rows[0].state) == ("suspend", SendState.QUEUED)
    qtbot.waitUntil(lambda: window.messages.label.text().startswith("Suspended: Acme Notes 2.5.0"))


def test_the_queue_asks_by_key_also_for_what_does_not_wait(ask, office, window):
    assert 108 not in window.session.market.entries
    dialog = ask(108, "unsuspend")
    assert dialog.windowTitle() == "Unsuspend: Shop Sync 1.0"


def test_what_stands_otherwise_is_only_told(qtbot, office, window):
    window.status.ask(109, "suspend")
    qtbot.waitUntil(lambda: "only what is approved" in window.messages.label.text())
    assert window.messages.label.text() == "Waits 1.0 is pending: only what is approved can be suspended."
    assert window.status.dialog is None
    assert window.status.may(107, "suspend") and not window.status.may(109, "suspend")


def test_offline_it_is_kept(ask, office, window):
    window.session.market.state = replace(MarketState(True, "m"), online=False)
    assert "Offline" in ask(107, "suspend").sending.when.text()


def test_a_gone_version_cannot_be_suspended(office, program):
    office.change(107, gone=True)
    office.read()
    assert not program.context.actions.trigger("suspend")
