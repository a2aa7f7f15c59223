"""The marketplace behind the window: polled in the background, told once, worked with offline."""

from __future__ import annotations

import pytest

from app.marketplace.errors import Denied, Unreachable
from app.marketplace.words import SendState


@pytest.fixture
def market(qtbot, office, program):
    """The market of a window that has synced once."""
    market = program.session.market
    market.reload()  # where the window was made before the office was connected
    qtbot.waitUntil(lambda: market.state.connected and not market.syncing and "refresh" in office.asked)
    qtbot.waitUntil(lambda: not program.bridge.pending)
    program.window.messages.clear()
    return market


def said(program):
    return program.window.messages.label.text() if program.window.messages.isVisible() else ""


def sync(qtbot, market, **how):
    with qtbot.waitSignal(market.synced):
        market.sync(**how)


def test_nothing_is_asked_where_no_marketplace_is_connected(qtbot, program, desk):
    market = program.session.market
    assert not market.state.connected and not market.entries
    market.sync(asked=True)
    assert not desk.marketplace.asked and not market.syncing and not market._poll.isActive()
    assert said(program) == "No marketplace is connected."


def test_it_syncs_at_once_when_connected_and_plans_the_next_poll(market, office):
    assert office.asked[:2] == ["drain", "refresh"]
    assert list(market.entries) == [101, 102, 103, 104, 105, 106]
    assert market._poll.isActive() and market._poll.remainingTime() > 4 * 60_000


def test_it_is_connected_later_by_the_settings(qtbot, program, desk):
    market = program.session.market
    desk.marketplace.connect_fake()
    with qtbot.waitSignal(market.synced):
        program.window.shell.save_settings(program.session.settings)
    assert market.state.connected and len(market.entries) == 6


def test_one_sync_at_a_time_and_what_was_asked_meanwhile_follows(qtbot, market, office):
    office.asked.clear()
    office.hold()
    market.sync()
    qtbot.waitUntil(lambda: office.asked == ["drain"])
    market.sync()
    market.sync()
    assert market.syncing and office.asked == ["drain"]
    office.release()
    qtbot.waitUntil(lambda: not market.syncing)
    assert office.asked == ["drain", "refresh"] * 2


def test_an_unchanged_queue_is_not_told_and_a_changed_one_is(qtbot, market, office):
    rows, told = dict(market.rows), []
    market.queue_changed.connect(told.append)
    sync(qtbot, market)
    assert not told
    office.change(104, holder="Mara Lind")
    sync(qtbot, market)
    assert len(told) == 1 and market.entries[104].holder == "Mara Lind"
    assert all((market.rows[key] is rows[key]) == (key != 104) for key in rows)


def test_an_outage_is_told_once_and_so_is_its_end(qtbot, program, market, office):
    office.fail = Unreachable("market.example does not answer.")
    sync(qtbot, market)
    assert said(program).startswith("market.example does not answer. You can go on")
    program.window.messages.clear()
    sync(qtbot, market)
    assert not said(program)
    assert not market.state.online and len(market.entries) == 6
    office.fail = Denied("market.example refuses the secret")
    sync(qtbot, market)
    assert "refuses the secret" in said(program)
    assert program.window.messages.button.text() == "Open settings"
    office.fail = None
    sync(qtbot, market)
    assert said(program) == "The marketplace answers again."
    program.window.messages.clear()
    sync(qtbot, market)
    assert not said(program)


def test_what_was_asked_for_is_always_answered(qtbot, program, market, office):
    sync(qtbot, market, asked=True)
    assert said(program) == "The queue is up to date: 6 versions waiting."


def test_a_poll_comes_by_itself(qtbot, market, office):
    office.asked.clear()
    market._poll.setInterval(1)
    with qtbot.waitSignal(market.synced):
        market._poll.start(1)
    assert office.asked == ["drain", "refresh"]


def test_it_is_never_polled_where_the_settings_say_so(qtbot, program, market):
    from dataclasses import replace

    settings = program.session.settings
    program.session.settings = replace(settings, marketplace=replace(settings.marketplace, poll_minutes=0))
    sync(qtbot, market)
    assert not market._poll.isActive()


def test_assigning_is_written_down_and_sent(qtbot, program, market, office):
    office.hold()
    with qtbot.waitSignal(market.outbox_changed):
        market.assign(101)
    assert market.state.to_send == 1 and market.entries[101].mine
    assert said(program).startswith("Acme Notes 2.6.0 is yours")
    office.release()
    qtbot.waitUntil(lambda: market.state.to_send == 0)
    assert office.rows[0].state is SendState.DELIVERED


def test_a_download_shows_its_progress_and_runs_the_battery(qtbot, program, market, office):
    steps = []
    market.fetch_progressed.connect(lambda *step: steps.append(step))
    office.hold()
    market.fetch(103)
    market.fetch(103)
    assert market.is_fetching(103)
    with qtbot.waitSignal(market.fetched) as got:
        office.release()
    assert office.asked.count("fetch 103") == 1
    assert steps[0] == (103, "", 0, 0) and steps[-1][2] == -1
    assert any(name == "ledger-3.3.whl" and done for _, name, done, _ in steps)
    first, second = got.args[0].submissions
    assert {first, second} <= set(program.session.rows)
    qtbot.waitUntil(lambda: market.entry_of(second) is not None)
    assert market.entry_of(first).key == 103
    qtbot.waitUntil(lambda: not program.session.runs.running)
    qtbot.waitUntil(lambda: program.session.rows[second].ran)
    assert program.context.submission.id == 1  # its page was not shown: what is open stays open


def test_what_was_downloaded_opens_while_its_page_is_shown(qtbot, program, market):
    market.viewing = 101
    with qtbot.waitSignal(market.fetched) as got:
        market.fetch(101)
    assert program.context.submission.id == got.args[0].submissions[0]
    qtbot.waitUntil(lambda: not program.session.runs.running and not program.bridge.pending)


def test_a_reviewer_who_has_gone_on_is_told_and_can_go_there(qtbot, program, market):
    with qtbot.waitSignal(market.fetched) as got:
        market.fetch(101)
    assert said(program) == "Acme Notes 2.6.0 is downloaded; its battery runs."
    program.window.messages.button.click()
    assert program.context.submission.id == got.args[0].submissions[0]
    qtbot.waitUntil(lambda: not program.session.runs.running and not program.bridge.pending)


def test_other_bytes_than_promised_are_an_error(qtbot, program, market, office):
    from dataclasses import replace

    office.change(101, files=(replace(office.queued[101].files[0], differs="its SHA-256 is another"),))
    with qtbot.waitSignal(market.fetched):
        market.fetch(101)
    assert "its SHA-256 is another" in said(program) and program.window.messages.kind == "error"
    qtbot.waitUntil(lambda: not program.session.runs.running and not program.bridge.pending)


def test_a_download_can_be_cancelled_and_fail(qtbot, program, market, office):
    ended = lambda *step: step[2] == -1  # noqa: E731
    office.hold()
    for key in (101, 103, 104):
        market.fetch(key)
    market.cancel_fetch(104)  # the third one waits for its turn
    assert not market.is_fetching(104)
    with qtbot.waitSignal(market.fetch_progressed, check_params_cb=ended):
        market.cancel_fetch(101)
    qtbot.waitUntil(lambda: said(program) == "The download of Acme Notes 2.6.0 was cancelled.")
    with qtbot.waitSignal(market.fetch_progressed, check_params_cb=ended):
        market.cancel_fetch(103)
    office.release()
    office.fail_fetch = Unreachable("market.example does not answer.")
    with qtbot.waitSignal(market.fetch_progressed, check_params_cb=ended):
        market.fetch(104)
    qtbot.waitUntil(lambda: said(program).startswith("Palette Picker 0.9: market.example"))
    assert program.window.messages.button.text() == "Try again"


def test_a_conflict_is_resolved_and_sent_again(qtbot, program, market, office, fake):
    module = fake.load_market()
    office.rows.append(module.make_row(1, office.queued[106], "approve", state=SendState.CONFLICT))
    market.reload()
    qtbot.waitUntil(lambda: market.state.conflicts == 1)
    answers = []
    market.resolve(1, "retry", on_done=answers.append)
    qtbot.waitUntil(lambda: office.rows[0].state is SendState.DELIVERED)
    assert answers[0].state is SendState.QUEUED


def test_a_decision_on_a_version_is_sent_at_once(qtbot, program, market, office):
    with qtbot.waitSignal(market.fetched) as got:
        market.fetch(101)
    qtbot.waitUntil(lambda: not program.session.runs.running and not program.bridge.pending)
    office.asked.clear()
    about = program.session.rows[got.args[0].submissions[0]].submission
    with qtbot.waitSignal(market.synced):
        program.session.decide(about, "reject", "It reads cookies.")
    assert office.asked[0] == "drain"


def test_nothing_goes_on_behind_a_closed_window(qtbot, market, office):
    office.hold()
    market.fetch(101)
    market.close()
    office.release()
    market.sync()
    assert not market.syncing and not market._poll.isActive()
