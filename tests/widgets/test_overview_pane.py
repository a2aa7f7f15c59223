"""The overview over the fake desk: counts, gaps, facts, live numbers, the way into the files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.model import CheckFinished, FindingFound, PackageReady, RunStarted, StageProgress
from checks import Outcome, Severity
from widgets.overview_pane import OverviewPane


@pytest.fixture
def pane(context, put):
    return put(OverviewPane)


@pytest.fixture
def run(desk):
    return desk._finish(2)


def show(context, desk, run=None):
    context.set_submission(desk.submission(2))
    if run is not None:
        context.set_run(run, {})


def test_empty_state_invites(pane):
    assert pane._empty.isVisible()
    assert pane._open_button.isVisible()


def test_counts_leave_fixed_findings_out(pane, context, desk, run):
    show(context, desk, run)
    assert pane.headline.text() == "7 findings"
    assert pane.buttons[Severity.HIGH].text() == "3 high"
    assert pane.states.text() == "5 new · 2 unchanged · 1 fixed"


def test_what_did_not_run_is_said_and_leads_to_the_battery(qtbot, pane, context, desk, run):
    show(context, desk, run)
    assert pane.gaps.text() == "2 checks did not run"
    with qtbot.waitSignal(context.check_requested) as asked:
        pane.gaps.click()
    assert asked.args == [""]


def test_nothing_found_hides_no_gap(pane, context, desk, run):
    show(context, desk, replace(run, findings=()))
    assert pane.headline.text() == "Nothing was found"
    assert pane.gaps.isVisible()


def test_facts_name_the_bytes_and_the_run(qtbot, pane, context, desk, run):
    show(context, desk, run)
    artifact = desk.submission(2).artifact
    assert pane.facts.value("SHA-256") == artifact.sha256
    assert "1,804,113 bytes" in pane.facts.value("Size")
    assert pane.facts.value("Baseline") == "acme-notes-2.4.1.xpi"
    assert "bubblewrap" in pane.facts.value("Isolation")
    with qtbot.waitSignal(context.message_requested):
        pane.facts._copy("SHA-256")


def test_reduced_isolation_says_what_it_lacks(pane, context, desk, run):
    isolation = replace(run.isolation, launcher="reduced", full=False, lacks=("private network",))
    show(context, desk, replace(run, isolation=isolation))
    assert "lacks private network" in pane.facts.value("Isolation")


def test_left_out_entries_are_a_fact(pane, context, desk, run):
    show(context, desk, replace(run, tree=replace(run.tree, left_out=3)))
    assert pane.facts.value("Left out").startswith("3 entries refused")


def test_practice_lesson(pane, context, desk):
    show(context, desk)
    assert pane.lesson.text() == "Practice: Read the diff, not the change log."
    context.set_submission(desk.submission(3))
    assert not pane.lesson.isVisible()


def test_live_numbers_before_the_run_has_ended(pane, context, desk, run):
    show(context, desk)
    assert pane.headline.text() == "Not checked yet" and pane.run.isVisible()
    context.set_running(True)
    assert pane.headline.text() == "Starting…"
    plan = tuple((c.id, c.title) for c in run.checks)
    context.events.emit([RunStarted(2, plan, run.isolation), StageProgress("unpacking", 1, 4)])
    assert pane.headline.text() == "Unpacking… 25 %"
    context.events.emit([PackageReady(run.tree), CheckFinished(run.checks[0]), FindingFound(run.findings[0])])
    assert pane.headline.text() == "1 finding so far · 1 of 11 checks ended"
    assert pane.buttons[Severity.CRITICAL].text() == "1 critical"
    assert "19 files" in pane.facts.value("Contents")


def test_map_follows_the_package(qtbot, pane, context, desk, run):
    show(context, desk, run)
    qtbot.waitUntil(lambda: pane.map.layout_shown is not None)
    assert pane.where.text().startswith("Files by size · 18 files")


def test_severity_button_shows_the_first_of_them(qtbot, pane, context, desk, run):
    show(context, desk, run)
    with qtbot.waitSignal(context.finding_requested) as asked:
        pane.buttons[Severity.CRITICAL].click()
    assert asked.args == [run.findings[0].fingerprint]


@pytest.mark.parametrize(
    ("limitation", "told"), [("", False), ("Only test files are recognised: get a real database", True)]
)
def test_a_virus_scan_without_a_real_database_is_told(qtbot, pane, context, desk, run, limitation, told):
    one = replace(run.checks[0], id="virus_scan", title="Virus scan", outcome=Outcome.CLEAN, limitation=limitation)
    show(context, desk, replace(run, checks=(one,), findings=()))
    assert pane.caveat.isVisible() is told
    assert ("Only test files" in pane.caveat.accessibleName()) is told
    if told:
        assert pane.caveat.text() == "Virus scan is limited"
        with qtbot.waitSignal(context.check_requested) as asked:
            pane.caveat.click()
        assert asked.args == ["virus_scan"]
    context.set_running(True)
    assert not pane.caveat.isVisible()


def test_a_narrow_pane_cuts_nothing_off(qtbot, pane, context, desk, run):
    context.host.resize(430, 700)
    one = replace(run.checks[0], id="virus_scan", outcome=Outcome.CLEAN, limitation="Only test files.")
    show(context, desk, replace(run, checks=(one, *run.checks)))
    scroll = pane._stack.widget(0)
    qtbot.waitUntil(lambda: scroll.widget().width() <= scroll.viewport().width())
    assert scroll.widget().minimumSizeHint().width() <= 430
    assert pane.buttons[Severity.HIGH].text() == "3" and "3 high" in pane.buttons[Severity.HIGH].accessibleName()
    context.host.resize(1000, 700)
    qtbot.waitUntil(lambda: pane.buttons[Severity.HIGH].text() == "3 high")


def waiting(run):
    """The same run, in which one of the gaps is only the consent to ask the network that nobody gave."""
    asks = "asks the network (the marketplace), and that needs your consent: give it by Review"
    gap = next(c for c in run.checks if not c.outcome.ran)
    made = replace(gap, outcome=Outcome.UNAVAILABLE, reason=asks)
    return replace(run, checks=tuple(made if c is gap else c for c in run.checks)), made


def test_what_waits_for_consent_is_told_apart_from_what_failed(qtbot, pane, context, desk, run):
    run, check = waiting(run)
    show(context, desk, run)
    assert not check.outcome.ran, "it is never a pass"
    assert pane.gaps.text() == "1 check did not run"
    assert pane.asks.isVisible() and pane.asks.text() == "1 check asks the network…"
    with qtbot.waitSignal(context.check_requested) as asked:
        pane.asks.click()
    assert asked.args == [check.id], "where the window has no such operation, the battery tells the way"


def test_a_check_that_also_lacks_something_else_failed(run):
    _, check = waiting(run)
    assert not replace(check, reason=f"{check.reason}; needs a key, which is not set up").awaits_consent
    assert not replace(check, outcome=Outcome.ERROR).awaits_consent


def test_without_a_gap_nothing_asks(pane, context, desk, run):
    show(context, desk, replace(run, checks=tuple(c for c in run.checks if c.outcome.ran)))
    assert not pane.gaps.isVisible() and not pane.asks.isVisible()
