"""The package pane: facts and components of a run, filtered, sorted, compared, and a way to the file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.model import Component, RunFact
from checks import Severity
from widgets.chips import Chip
from widgets.package_model import NAME, RISK, STATE, VALUE, WHAT
from widgets.package_pane import PackagePane

FACTS = (
    RunFact("manifest", "package", "name", "Acme Notes", "manifest.json"),
    RunFact("manifest", "package", "version", "2.5.0", "manifest.json", state="changed", was="2.4.1"),
    RunFact("permissions", "permission", "storage", "keeps settings", "manifest.json", grade=Severity.INFO),
    RunFact("permissions", "permission", "<all_urls>", "reads every page", grade=Severity.HIGH, state="new"),
    RunFact("permissions", "permission", "tabs", "sees the tabs", grade=Severity.LOW, state="removed"),
    RunFact("signature", "signature", "XPI", "valid: CN=Acme"),
    RunFact("indicators", "address", "url", "https://example.invalid/"),
)
PARTS = (Component("left-pad", "1.3.0", "pkg:npm/left-pad@1.3.0", "package.json", scope="runtime"),)


@pytest.fixture
def run(desk):
    return replace(desk._finish(2), facts=FACTS, inventory=PARTS)


@pytest.fixture
def pane(qtbot, context, desk, put, run):
    made = put(PackagePane)
    context.set_submission(desk.submission(2))
    context.set_run(run)
    return made


def column(pane, number):
    return [pane.model.index(row, number).data() for row in range(pane.model.rowCount())]


def test_reading_order_is_manifest_permissions_signature_inventory(pane):
    assert column(pane, NAME) == ["name", "version", "<all_urls>", "tabs", "storage", "XPI", "left-pad 1.3.0"]
    assert column(pane, WHAT)[-1] == "component"
    assert column(pane, RISK)[2] == "high"
    assert column(pane, VALUE)[1] == "2.5.0  (was 2.4.1)"


def test_addresses_are_left_to_the_search(pane):
    assert not any("example.invalid" in value for value in column(pane, VALUE))


def test_new_permissions_stand_on_the_tab(qtbot, context, put, desk, run):
    made = put(PackagePane)
    context.set_submission(desk.submission(2))
    with qtbot.waitSignal(context.tab_noted, check_params_cb=lambda tab, text: (tab, text) == ("package", "1 new")):
        context.set_run(run)
    assert made.states.button("new").text() == "new 1"


def test_chips_and_words_filter(qtbot, pane):
    pane.groups.button("permission").click()
    assert column(pane, NAME) == ["<all_urls>", "tabs", "storage"]
    pane.states.button("removed").click()
    assert column(pane, NAME) == ["tabs"]
    pane.states.clear()
    pane.field.setText("every PAGE")
    qtbot.waitUntil(lambda: column(pane, NAME) == ["<all_urls>"])
    assert pane.count.text() == "1 of 7 lines"


def test_columns_sort(pane):
    pane.table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    assert column(pane, NAME)[0] == "<all_urls>"
    pane.table.sortByColumn(STATE, Qt.SortOrder.DescendingOrder)
    assert column(pane, STATE)[0] == "removed"


def test_the_words_of_risk_and_change_are_in_the_accessible_text(pane):
    spoken = pane.model.index(2, WHAT).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "permission, <all_urls>, high, new, reads every page"


def test_enter_opens_the_file(qtbot, pane, context):
    qtbot.waitUntil(lambda: pane._source.tree is not None)
    number = pane._source.tree.number_of("manifest.json")
    assert number is not None
    pane.table.setCurrentIndex(pane.model.index(0, 0))
    with qtbot.waitSignal(context.file_requested, check_params_cb=lambda n, *_: n == number):
        qtbot.keyClick(pane.table, Qt.Key.Key_Return)


def test_a_row_without_a_file_stays(qtbot, pane, context):
    qtbot.waitUntil(lambda: pane._source.tree is not None)
    pane.table.setCurrentIndex(pane.model.index(5, 0))
    with qtbot.assertNotEmitted(context.file_requested):
        qtbot.keyClick(pane.table, Qt.Key.Key_Return)


def test_a_narrow_pane_leaves_words_to_the_line_below(qtbot, pane, context):
    width = pane.table.columnWidth(NAME)
    for size, hidden in ((430, True), (1000, False)):
        context.host.resize(size, 700)
        qtbot.waitUntil(lambda hidden=hidden: pane.table.isColumnHidden(VALUE) == hidden)
        for chip in pane.groups.findChildren(Chip):
            assert chip.isHidden() or chip.geometry().right() <= pane.groups.width()
            assert chip.isHidden() or chip.width() >= chip.sizeHint().width()
    assert pane.table.columnWidth(NAME) == width


def test_the_chosen_line_is_there_in_full(pane):
    height = pane.detail.height()
    pane.table.setCurrentIndex(pane.model.index(1, NAME))
    assert pane.detail.text() == "manifest.json\nversion: 2.5.0  (was 2.4.1)"
    pane.table.setCurrentIndex(pane.model.index(5, NAME))
    assert pane.detail.text() == "XPI: valid: CN=Acme"
    assert pane.detail.height() == height, "the list does not move"
    pane.model.filter_by("no such word")
    assert pane.detail.text().startswith("Choose a line")


def test_what_is_as_it_was_needs_no_word(pane):
    assert set(column(pane, STATE)) <= {"new", "changed", "removed", ""}


def test_copy_takes_whole_rows(pane):
    pane.table.selectRow(5)
    assert pane._copy() == "signature\tXPI\t\tvalid: CN=Acme\t"


def test_nothing_known_is_said(context, put, desk):
    made = put(PackagePane)
    assert made._empty.heading.text() == "No submission is open"
    context.set_submission(desk.submission(2))
    assert made._empty.heading.text() == "The battery has not run yet"
    context.set_run(replace(desk._finish(2), facts=(), inventory=()))
    assert made._empty.heading.text() == "The package says nothing of itself"


def test_many_components_are_prepared_elsewhere(qtbot, context, put, desk, run):
    made = put(PackagePane)
    context.set_submission(desk.submission(2))
    many = tuple(replace(PARTS[0], name=f"part-{n:05}") for n in range(20_000))
    context.set_run(replace(run, inventory=many))
    qtbot.waitUntil(lambda: made.model.rowCount() == 20_006)
    assert made.groups.button("component").text() == "components 20,000"
