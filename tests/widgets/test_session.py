"""What the window does: open, run, come back, cancel, fail, take in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.model import CheckFinished, CheckProgress, RunFinished
from checks import Outcome


def test_a_battery_says_once_that_it_is_finished(qtbot, program, open_submission):
    said = []
    program.context.message_requested.connect(lambda text, kind, action: said.append(text))
    open_submission(2)
    finished = [text for text in said if "is finished" in text]
    assert len(finished) == 1
    assert "7 findings, 4 of them high or worse" in finished[0]
    assert "2 checks did not run to the end" in finished[0]
    assert program.context.run is not None
    assert not program.context.running


def test_the_end_of_a_limited_battery_is_no_good_news(qtbot, program, desk, window):
    desk.limit("Only test files are recognised")
    said = []
    program.context.message_requested.connect(lambda text, kind, action: said.append((text, kind)))
    program.session._say_ended(1, desk.last_run(1))
    text, kind = said[-1]
    assert "0 findings; limited: Virus scan" in text and kind == "warning"


def test_a_battery_goes_on_behind_another_submission(qtbot, program, desk, open_submission):
    desk.hold()
    open_submission(2, run=False)
    program.context.run_battery()
    qtbot.waitUntil(lambda: program.session.runs.percent(2) > 0)
    open_submission(3, run=False)
    assert not program.context.running
    assert program.session.runs.is_running(2)
    replayed = []
    program.context.events.connect(replayed.extend)
    with qtbot.waitSignal(program.session.loaded):
        program.session.open(2)
    assert program.context.running
    progress = [e.check for e in replayed if isinstance(e, CheckProgress)]
    assert len(progress) == len(set(progress)) > 0
    with qtbot.waitSignal(program.session.battery_ended):
        desk.release()
    assert not program.context.running


def test_the_end_of_another_battery_offers_to_go_there(qtbot, program, desk, window, open_submission):
    desk.hold()
    open_submission(2, run=False)
    program.context.run_battery()
    open_submission(3, run=False)
    with qtbot.waitSignal(program.session.battery_ended):
        desk.release()
    assert "Acme Notes" in window.messages.label.text()
    with qtbot.waitSignal(program.session.loaded):
        window.messages.button.click()
    assert program.context.submission.id == 2


def test_cancel_ends_the_battery_and_the_record_says_so(qtbot, program, desk, window, open_submission):
    desk.hold()
    open_submission(2, run=False)
    program.context.run_battery()
    qtbot.waitUntil(lambda: program.session.runs.percent(2) > 0)
    with qtbot.waitSignal(program.session.battery_ended):
        assert program.context.actions.trigger("cancel-run")
        desk.release()
    qtbot.waitUntil(lambda: program.context.run is not None)
    assert program.context.run.cancelled
    assert "was cancelled" in window.messages.label.text()


def test_one_check_is_cancelled_alone(qtbot, program, desk, open_submission):
    ended = {}
    program.context.events.connect(
        lambda events: ended.update({e.result.id: e.result.outcome for e in events if isinstance(e, CheckFinished)})
    )
    desk.hold()
    open_submission(2, run=False)
    program.context.run_battery()
    qtbot.waitUntil(lambda: program.session.runs.percent(2) > 0)
    program.context.cancel_check("secrets")
    with qtbot.waitSignal(program.session.battery_ended):
        desk.release()
    assert ended["secrets"] is Outcome.CANCELLED
    assert ended["install_hook"] is Outcome.FOUND


def test_the_last_event_comes_before_the_end(qtbot, program, open_submission):
    order = []
    program.context.events.connect(lambda events: order.extend(type(e) for e in events))
    program.context.running_changed.connect(lambda on: order.append(on))
    open_submission(2)
    assert order.index(RunFinished) < len(order) - 1 - order[::-1].index(False)


def test_a_run_that_is_refused_says_why_and_what_to_do(qtbot, program, desk, window, fake, open_submission):
    open_submission(3, run=False)
    desk.fail_run = fake.FakeError("no sandbox: install bubblewrap, or allow less in the settings")
    with qtbot.waitSignal(program.session.runs.failed):
        program.context.run_battery()
    assert window.messages.label.text() == "no sandbox: install bubblewrap, or allow less in the settings"
    assert window.messages.kind == "error"
    assert window.messages.button.isVisible()
    assert not program.context.running


def test_a_package_that_is_taken_in_is_opened_and_run(qtbot, program, tmp_path):
    path = tmp_path / "fresh.zip"
    path.write_bytes(b"PK" + bytes(1000))
    with qtbot.waitSignal(program.session.battery_ended):
        program.session.intake.take_in([path])
    assert program.context.submission.artifact.name == "fresh.zip"


def test_a_package_that_is_not_there_is_one_clear_line(qtbot, program, window, tmp_path):
    program.session.intake.take_in([tmp_path / "gone.zip"])
    qtbot.waitUntil(lambda: window.messages.kind == "error")
    assert window.messages.label.text() == "gone.zip: there is no such file; check the path"


def test_notes_are_saved_before_the_submission_is_left(qtbot, program, window, desk, open_submission):
    open_submission(2, run=False)
    window.decision.notes.setPlainText("look at the hook")
    open_submission(3, run=False)
    qtbot.waitUntil(lambda: desk.note(2) == "look at the hook")
    assert window.decision.notes.toPlainText() == ""
    open_submission(2, run=False)
    assert window.decision.notes.toPlainText() == "look at the hook"


def test_notes_are_saved(qtbot, program, window, desk, open_submission):
    open_submission(2, run=False)
    qtbot.keyClicks(window.decision.notes, "abc")
    qtbot.waitUntil(lambda: desk.note(2) == "abc")


def test_what_a_run_learns_reaches_the_header(qtbot, program, window, desk, open_submission):
    desk._submissions[3] = replace(desk.submission(3), title="", version="")
    program.session.set_submissions(desk.submissions())
    open_submission(3, run=False)
    assert window.header._title.text() == "shop-sync-1.0.1.tgz"
    desk._submissions[3] = replace(desk.submission(3), title="shop-sync", version="1.0.1")
    with qtbot.waitSignal(program.context.details_changed):
        program.context.run_battery()
    assert window.header._title.text() == "shop-sync"
    qtbot.waitUntil(lambda: not program.context.running and not program.bridge.pending)


@pytest.mark.parametrize("kind", ["web", "image"])
def test_another_kind_brings_another_checklist(qtbot, program, window, open_submission, kind):
    open_submission(2)
    before = {i.guideline.id for i in program.session.checklist.items}
    with qtbot.waitSignals([program.context.baseline_changed, program.session.loaded]):
        program.session.edit_submission(2, lambda desk: desk.set_kind(2, kind))
    assert {i.guideline.id for i in program.session.checklist.items} != before


def test_what_was_opened_meanwhile_gets_its_battery_afterwards(qtbot, program, desk, open_submission):
    desk.hold()
    program.session.runs.start(2)
    program.session.auto_run = True
    open_submission(3, run=False)
    assert not program.session.runs.is_running(3)
    with qtbot.waitSignal(program.session.battery_ended):
        desk.release()
    qtbot.waitUntil(lambda: program.context.submission.id == 3 and program.context.run is not None)


def test_another_profile_offers_to_run_again(qtbot, program, window, open_submission):
    open_submission(2)
    window.messages.clear()
    window.shell.save_settings(replace(program.session.settings, theme="dark"))
    qtbot.waitUntil(lambda: not program.bridge.pending)
    assert window.messages.isHidden()
    window.shell.save_settings(replace(program.session.settings, profile="financial"))
    qtbot.waitUntil(lambda: not window.messages.isHidden())
    assert window.messages.label.text() == "The profile is financial now; the checklist is still that of standard."
    with qtbot.waitSignal(program.session.battery_ended):
        window.messages.button.click()
    qtbot.waitUntil(lambda: not program.bridge.pending)
    assert program.context.run.profile == "financial"


def test_without_a_run_there_is_nothing_to_run_again(qtbot, program, window, open_submission):
    open_submission(3, run=False)
    window.shell.save_settings(replace(program.session.settings, profile="financial"))
    with qtbot.waitSignals([program.context.baseline_changed, program.session.loaded]):
        program.session.edit_submission(3, lambda desk: desk.set_kind(3, "web"))
    assert window.messages.isHidden()


def test_a_run_that_is_refused_leaves_no_mark_on_the_tab(qtbot, program, desk, window, fake, open_submission):
    open_submission(3, run=False)
    place = next(i for i, tab in enumerate(window.TABS) if tab[0] == "battery")
    noted = []
    program.context.tab_noted.connect(lambda tab, text: noted.append(text) if tab == "battery" else None)
    desk.fail_run = fake.FakeError("no sandbox")
    with qtbot.waitSignal(program.session.runs.failed):
        program.context.run_battery()
    assert noted[0] == "…"
    assert window.tabs._notes.get(place, "") == ""


def test_the_batteries_of_a_version_with_two_files_are_told_apart(qtbot, desk, program):
    desk.marketplace.connect_fake()
    market = program.session.market
    market.reload()
    qtbot.waitUntil(lambda: 103 in market.entries and not program.bridge.pending)
    told = []
    program.context.message_requested.connect(lambda text, *_: told.append(text))
    got = []
    market.fetched.connect(got.append)
    market.fetch(103, open=False)
    qtbot.waitUntil(lambda: bool(got) and market.entry_of(got[0].submissions[1]) is not None)
    qtbot.waitUntil(lambda: got[0].submissions[1] in program.session.rows)
    program.session._say_ended(got[0].submissions[1], desk._finish(2))
    assert any(text.startswith("The battery of Ledger PDF, ledger-3.3.tar.gz, is finished") for text in told)
