"""Window, desk and practice marketplace over real HTTP: what is previewed arrives, and conflicts are shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from app.marketplace.words import Cause, SendState
from tests.app.marketplace.outbox_world import make_world
from widgets.ask_sheet import AskSheet
from widgets.program import Program
from widgets.settings_dialog import SettingsDialog

REASON = "The add-on sends what the user types to a server of its own."


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_KEYRING", "off")
    made = make_world(tmp_path / "world")
    made.desk.marketplace._secret = made.server.secret
    yield made
    made.server.close()


@pytest.fixture
def program(qtbot, world, tmp_path):
    """The window, with one version of two files open; nothing is sent before a test says so."""
    world.key = world.submit("notes", {"notes.zip": b"one", "manual.pdf": b"two"})
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    made = Program(lambda: world.desk, theme="light", geometry=settings)
    made.session.auto_run = False
    qtbot.addWidget(made.window)
    made.window.resize(1280, 800)
    with qtbot.waitSignal(made.window.built):
        made.window.show()
    with qtbot.waitSignal(made.session.loaded, timeout=20_000):
        made.session.start()
        qtbot.waitUntil(lambda: bool(made.session.rows), timeout=20_000)
        made.session.open(world.entry(world.key).submissions[0])
    made.rest = lambda: rest(qtbot, made)
    made.rest()
    yield made
    made.close()


def rest(qtbot, program):
    """Until every job is answered, and what the answers started, too."""
    market = program.session.market
    for _ in range(3):
        qtbot.waitUntil(lambda: not program.bridge.pending and not market.syncing, timeout=20_000)
        QApplication.processEvents()


def reject(qtbot, program, reason=REASON):
    """As a reviewer does it; gives what the preview showed."""
    assert program.context.actions.trigger("reject")
    qtbot.waitUntil(lambda: program.window.decision.dialog is not None)
    dialog = program.window.decision.dialog
    dialog.text.setPlainText(reason)
    qtbot.waitUntil(lambda: dialog.sending.fresh and reason in dialog.sending.text.toPlainText())
    text = dialog.sending.text.toPlainText()
    program.rest()
    dialog.accept()
    program.rest()
    return text


def look(program):
    program.context.actions.trigger("outbox")
    program.rest()
    return program.window.outbox.dialog


def answer(program, dialog, way, yes=True):
    dialog.go(dialog.current(), way)
    for sheet in [c for c in dialog.children() if isinstance(c, AskSheet) and c.isVisible()]:
        sheet.accept() if yes else sheet.reject()
    program.rest()


def test_what_the_preview_shows_is_what_arrives(qtbot, program, world):
    text = reject(qtbot, program)
    assert "Reviewed by Ada." in text
    assert world.applied("notes") == [("rejected", text)]
    (row,) = world.desk.marketplace.outbox(all=True)
    assert row.state is SendState.DELIVERED and len(row.bound) == 2
    assert program.window.messages.label.text() == "Delivered: rejection of Notes 1.1.0."
    bar = program.window.decision
    assert bar.way.text().startswith("Sent, proven ")
    assert bar.blocked.text() == "Rejected at the marketplace already"
    assert not bar.reject.isEnabled()


@pytest.mark.parametrize("what", ["decided", "changed_bytes", "deleted", "edited"])
def test_a_conflict_is_shown_from_both_sides(qtbot, program, world, what):
    records = world.server.records
    change = {
        "decided": lambda: records.decide_as("Bo", "notes", 1, "approved", "Fine."),
        "changed_bytes": lambda: records.replace_file(records.file_ids("notes", 1)[0], b"eno"),
        "deleted": lambda: records.delete_version("notes", 1),
        "edited": lambda: records.edit_listing("notes", 1, changeLog="Better."),
    }
    change[what]()
    reject(qtbot, program)
    assert not [reason for _, reason in world.applied("notes") if REASON in reason]
    bar = program.window.messages
    assert bar.label.text().startswith("Conflict: rejection of Notes 1.1.0 was not sent") and bar.kind == "warning"
    dialog = look(program)
    row = dialog.current()
    assert (row.state, row.cause) == (SendState.CONFLICT, Cause(what))
    _, theirs = dialog.detail.sides.cards
    told = dialog.detail.sides.tell()
    assert REASON in told and "notes.zip" in told
    expected = {"decided": "approved", "changed_bytes": "pending", "deleted": "gone", "edited": "pending"}
    assert theirs.badge.text == expected[what]
    if what == "changed_bytes":
        assert "1 of 2 not as reviewed" in told
    if what == "decided":
        assert "Fine." in told
    answer(program, dialog, "theirs")
    assert world.row(row.id).state is SendState.WITHDRAWN
    assert not [reason for _, reason in world.applied("notes") if REASON in reason]


def test_mine_again_after_an_edit_arrives(qtbot, program, world):
    world.server.records.edit_listing("notes", 1, changeLog="Better.")
    text = reject(qtbot, program)
    dialog = look(program)
    answer(program, dialog, "retry")
    assert world.applied("notes") == [("rejected", text)]


def test_new_bytes_are_downloaded_and_opened(qtbot, program, world):
    records = world.server.records
    records.replace_file(records.file_ids("notes", 1)[0], b"eno")
    reject(qtbot, program)
    former = program.context.submission.id
    dialog = look(program)
    program.session.runs.start = lambda *_: None  # the battery is not what this is about
    answer(program, dialog, "review")
    qtbot.waitUntil(lambda: program.context.submission.id != former, timeout=20_000)
    program.rest()
    from hashlib import sha256

    assert program.context.submission.artifact.sha256 == sha256(b"eno").hexdigest()


def test_a_wrong_secret_keeps_it_until_a_new_one_is_given(qtbot, program, world):
    new = world.server.expire_secret()
    text = reject(qtbot, program)
    (row,) = world.desk.marketplace.outbox()
    assert row.cause is Cause.SECRET and world.applied("notes") == []
    assert program.window.decision.way.text() == "Kept, waits for the secret"
    program.context.actions.trigger("market-settings")
    program.rest()
    sheet = next(c for c in program.window.children() if isinstance(c, SettingsDialog) and c.isVisible())
    form = sheet.market
    form.secret.setText("not this one")
    form.connect_button.click()
    qtbot.waitUntil(lambda: form.connect_button.text() == "Connect", timeout=20_000)
    assert "this secret was not kept" in form.said.text()
    form.secret.setText(new)
    form.connect_button.click()
    assert form.secret.text() == ""
    qtbot.waitUntil(lambda: form.said.text().startswith("Connected."), timeout=20_000)
    assert "(mode 0600)" in form.said.text()
    program.rest()
    sheet.reject()
    qtbot.waitUntil(lambda: world.row(row.id).state is SendState.DELIVERED, timeout=20_000)
    assert world.applied("notes") == [("rejected", text)]
    keep = world.desk.folders.config / "marketplace-secret"
    files = [p for p in Path(world.desk.folders.data).parent.rglob("*") if p.is_file()]
    holds = [p for p in files if new.encode() in p.read_bytes()]
    assert holds == [keep] and keep.stat().st_mode & 0o777 == 0o600


def test_two_names_stand_under_what_was_escalated(qtbot, program, world):
    assert program.context.actions.trigger("reject")
    qtbot.waitUntil(lambda: program.window.decision.dialog is not None)
    dialog = program.window.decision.dialog
    dialog.text.setPlainText(REASON)
    dialog.sending.second.setChecked(True)
    named = "confirmed by [the second reviewer]"
    qtbot.waitUntil(lambda: dialog.sending.fresh and named in dialog.sending.text.toPlainText())
    dialog.accept()
    program.rest()
    assert program.window.decision.way.text() == "Waits for a second reviewer"
    box = look(program)
    assert "Another reviewer has to" in box.detail.block.text()
    from dataclasses import replace

    world.desk.settings = replace(world.desk.settings, reviewer="Bo")
    box.read()
    program.rest()
    assert box.detail.block.isHidden()
    answer(program, box, "confirm")
    ((status, reason),) = world.applied("notes")
    assert status == "rejected" and "Ada, confirmed by Bo" in reason
