"""The marketplace's queue in the window: the list, the table, the state of the connection."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.marketplace.errors import Unreachable
from app.marketplace.words import MarketState, SendState
from checks import Severity
from widgets.market_queue_model import (
    ENTRY_ROLE,
    HEADINGS,
    NAME,
    RISK,
    SCAN,
    SENDS,
    SIZE,
    STATUS,
    TYPE,
    WAITING,
    MarketQueueModel,
    worst_of,
)
from widgets.market_rows import make_rows
from widgets.market_state_bar import state_words
from widgets.offline_banner import offline_words
from widgets.parts import walk
from widgets.program import Program
from widgets.queue_lines import Heading, look_of_version, version_mark
from widgets.queue_model import KEY_ROLE, NUMBER_ROLE, ROW_ROLE, QueueModel
from widgets.queue_rows import QueueRow

ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole


@pytest.fixture
def entries(fake):
    return fake.load_market().entries()


def rows_of(entries, known=None):
    return make_rows(entries, known or {}, {e.key for e in entries})


@pytest.fixture
def model(fake, entries):
    made = QueueModel()
    made.set_rows([QueueRow(s) for s in fake.SUBMISSIONS])
    made.set_versions(rows_of(entries))
    return made


def titles(model):
    items = [model.index(r).data(ROW_ROLE) for r in range(model.rowCount())]
    key = lambda item: item.entry.key if hasattr(item, "entry") else item.submission.id  # noqa: E731
    return [item.title if isinstance(item, Heading) else key(item) for item in items]


# the list


def test_the_list_keeps_the_rules_of_models(qtmodeltester, model):
    qtmodeltester.check(model)
    assert model.rowCount(model.index(0)) == 0


def test_mine_is_first_then_what_waits_longest_then_this_desk(model):
    assert titles(model) == [
        "In review by you", 105, "Waiting", 101, 102, 103, 104, 106, "On this desk", 1, 2, 3, 4, 5,
    ]  # fmt: skip
    assert (model.total, model.shown) == (11, 11)
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsEnabled


@pytest.mark.parametrize(
    ("order", "waiting"),
    [
        ("risk", [101, 102, 103, 104, 106]),
        ("size", [106, 102, 101, 103, 104]),
        ("developer", [101, 106, 103, 104, 102]),
        ("name", [101, 103, 104, 106, 102]),
    ],
)
def test_every_order_holds_within_its_section(model, order, waiting):
    model.sort_by(order)
    assert titles(model)[3:8] == waiting


def test_the_worst_risk_is_first(model, entries):
    clear = replace(entries[2], ran=True, risk=None)
    model.set_versions(rows_of([replace(entries[3], ran=True, risk=Severity.CRITICAL), clear, entries[0]]))
    model.sort_by("risk")
    assert titles(model)[1:4] == [104, 101, 103]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("mara", [102]), ("IN REVIEW", [105, 102]), ("chart", [103, 106]), ("first version", [103]),
        ("shopware ops 1.1", [102]), ("not downloaded palette", [104]), ("conflict", [106]), ("nothing such", []),
    ],
)  # fmt: skip
def test_the_filter_finds_by_everything_that_is_shown(model, text, keys):
    model.filter_by(text)
    assert [t for t in titles(model) if isinstance(t, int) and t > 100] == keys


def test_a_submission_of_a_listed_version_is_no_line_of_its_own(model, entries):
    owned = replace(entries[0], files=(replace(entries[0].files[0], submission=3),))
    model.set_versions(rows_of([owned, *entries[1:]]))
    assert 3 not in titles(model)
    assert model.find(3) == model.find_version(101)
    assert model.index(model.find(3)).data(NUMBER_ROLE) == 3
    model.set_row(QueueRow(model.index(model.find(4)).data(ROW_ROLE).submission, ran=True))
    assert model.total == 10


def test_an_unchanged_order_tells_only_what_changed(model, entries):
    resets, told = [], []
    known = rows_of(entries)
    model.set_versions(known)
    model.modelReset.connect(lambda: resets.append(1))
    model.dataChanged.connect(lambda a, b: told.append((a.row(), b.row())))
    model.set_versions(rows_of([replace(e, holder="Ada") if e.key == 103 else e for e in entries], known))
    assert not resets
    assert (model.find_version(103),) * 2 in told
    assert (model.find_version(104),) * 2 not in told
    model.set_versions(rows_of(entries[1:], known))
    assert resets


@pytest.mark.parametrize(
    ("about", "word"),
    [
        ({}, ""),
        ({"sending": "conflict"}, "conflict"),
        ({"sending": "queued"}, "to send"),
        ({"sending": "held"}, "to confirm"),
        ({"here": True}, "not run yet"),
        ({"here": True, "ran": True}, "clear"),
        ({"here": True, "ran": True, "risk": Severity.HIGH, "open": 3}, "high 3"),
        ({"here": True, "ran": True, "decided": "approve"}, "approved"),
    ],
)
def test_the_badge_of_a_version(entries, about, word):
    about = dict(about)
    entry = entries[0]
    if about.pop("here", False):
        entry = replace(entry, files=(replace(entry.files[0], submission=9),))
    row = rows_of([replace(entry, **about)])[101]
    assert version_mark(row, None, -1, -1)[1] == word
    assert version_mark(row, None, -1, 30)[1] == ("conflict" if about.get("sending") == "conflict" else "30 %")


def test_a_lock_is_said_in_words(model):
    said = model.index(model.find_version(102)).data(ACCESSIBLE)
    assert "in review by Mara Lind" in said and "not downloaded" in said
    assert "in review by you" in model.index(model.find_version(105)).data(ACCESSIBLE)


def test_what_comes_from_outside_is_cleaned(entries):
    entry = replace(entries[0], name="bad\u202ename\n<b>", holder="x\u200by", developer="d" * 5000)
    look = look_of_version(rows_of([entry])[101], None, -1, -1)
    assert look.title == "bad\\u202ename\\n<b>"
    assert "\\u200b" in look.detail and len(look.detail) < 200
    model = QueueModel()
    model.set_versions(rows_of([entry]))
    assert "<b>" not in model.index(1).data(Qt.ItemDataRole.ToolTipRole).replace("&lt;b&gt;", "")


# the pane


def test_the_queue_shows_versions_and_hides_nothing_of_the_desk(shown):
    assert shown.queue._count.text() == "11"
    assert shown.queue.view.isVisible() and shown.queue.table_button.isVisible()
    assert not shown.queue.connect_button.isVisible()


def test_without_a_marketplace_it_looks_as_before(window):
    assert titles(window.queue.model) == [1, 2, 3, 4, 5]
    assert window.queue.connect_button.isVisible() and not window.queue.table_button.isVisible()
    assert not window.state_bar.isVisible() and not window.queue.banner.isVisible()


def test_what_is_current_and_where_the_view_stands_survive_a_poll(qtbot, shown, office, program, fake):
    module, view = fake.load_market(), shown.queue.view
    for key in range(200, 300):
        office.queued[key] = module.make_entry(key, f"App {key}", "1.0", days=30 + key / 100)
    with qtbot.waitSignal(program.session.market.queue_changed):
        program.session.market.sync()
    program.session.leave()
    view.setCurrentIndex(shown.queue.model.index(shown.queue.model.find_version(250)))
    shown.queue._pause.stop()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 3)

    def top():
        index = view.indexAt(QPoint(4, 1))
        return index.data(KEY_ROLE), view.visualRect(index).top()

    before = top()
    office.queued[299] = replace(office.queued[299], since=0)
    del office.queued[298]
    opened = []
    shown.queue.version_opened.connect(opened.append)
    with qtbot.waitSignal(shown.queue.model.modelReset):
        program.session.market.sync()
    assert view.currentIndex().data(KEY_ROLE) == 250
    assert top() == before
    assert not shown.queue._pause.isActive() and not opened


def test_a_line_where_a_heading_was_is_as_high_as_the_others(qtbot, shown, office, program):
    pane, market = shown.queue, program.session.market

    def heights(heading):
        rows = (r for r in range(pane.model.rowCount()) if pane.model.is_heading(r) == heading)
        return {pane.view.rowHeight(row) for row in rows}

    before = heights(True), heights(False)
    assert len(before[0]) == len(before[1]) == 1
    office.change(105, mine=False)  # what stood above all others
    market.reload()
    qtbot.waitUntil(lambda: not program.bridge.pending and not market.entries[105].mine)
    assert (heights(True), heights(False)) == before
    pane.filter.setText("no such words")
    pane.filter.clear()
    assert (heights(True), heights(False)) == before


def test_a_line_without_bytes_opens_the_page_and_one_with_them_the_review(qtbot, shown, program):
    shown.queue.view.setFocus()
    shown.queue.view.setCurrentIndex(shown.queue.model.index(shown.queue.model.find_version(101)))
    qtbot.keyClick(shown.queue.view, Qt.Key.Key_Return)
    assert shown.market.on_page and shown.market.page.key == 101
    assert program.context.submission is None and not shown.right.isVisible() and not shown.header.isVisible()
    with qtbot.waitSignal(program.session.loaded):
        shown.queue.view.setCurrentIndex(shown.queue.model.index(shown.queue.model.find(2)))
        qtbot.keyClick(shown.queue.view, Qt.Key.Key_Return)
    assert program.context.submission.id == 2 and not shown.market.on_page and shown.header.isVisible()
    assert program.session.market.viewing is None


def test_an_empty_desk_begins_with_what_has_waited_longest(qtbot, fake, tmp_path):
    desk = fake.FakeDesk(empty=True)
    desk.marketplace.connect_fake(fake.load_market().entries()[:4])
    settings = QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat)
    program = Program(lambda: desk, theme="dark", geometry=settings)
    qtbot.addWidget(program.window)
    with qtbot.waitSignal(program.window.built):
        program.window.show()
    with qtbot.waitSignal(program.session.market.synced):
        program.session.start()
    qtbot.waitUntil(lambda: program.window.market.page.key == 101)
    assert program.window.queue.view.selectionModel().hasSelection()
    program.close()


def test_steps_pass_over_headings(qtbot, shown, program):
    shown.queue.view.setCurrentIndex(shown.queue.model.index(shown.queue.model.find_version(105)))
    shown.queue.step(1)
    assert shown.market.page.key == 101
    with qtbot.waitSignal(program.session.loaded):
        shown.queue.view.setCurrentIndex(shown.queue.model.index(shown.queue.model.find_version(106)))
        shown.queue.step(1)
    assert program.context.submission.id == 1
    shown.queue.step(-1)
    assert shown.market.page.key == 106


def test_the_order_is_kept_for_the_next_start(qtbot, shown, program):
    shown.queue.set_order("name")
    assert "name" in shown.queue.sort_button.toolTip()
    shown.close()
    assert QSettings(shown._geometry.fileName(), QSettings.Format.IniFormat).value("queue/order") == "name"


# the state of the connection


def state(**about):
    values = {"connected": True, "market": "m", "synced": datetime.now(UTC) - timedelta(minutes=4), "online": True}
    return MarketState(**(values | about))


@pytest.mark.parametrize(
    ("about", "syncing", "words"),
    [
        ({"connected": False}, False, ""),
        ({}, False, "synced 4 min ago"),
        ({}, True, "syncing…"),
        ({"synced": None}, False, "never synced"),
        ({"to_send": 3, "conflicts": 1}, False, "synced 4 min ago · 3 to send · 1 conflict"),
        ({"problem": "refused", "held": 2}, False, "sync failed · 2 to confirm"),
    ],
)
def test_the_state_in_words(about, syncing, words):
    assert state_words(state(**about), syncing)[0] == words


def test_offline_is_said_with_the_age_of_the_queue(qtbot, shown, office, program):
    office.fail = Unreachable("market.example does not answer.")
    with qtbot.waitSignal(program.session.market.synced):
        program.session.market.sync()
    assert shown.state_bar.text().startswith("offline since")
    assert "offline" in shown.state_bar.accessibleName()
    assert shown.queue.banner.isVisible()
    assert shown.queue.banner.label.text().startswith("Offline: the queue is from ")
    office.fail = None
    with qtbot.waitSignal(program.session.market.synced):
        shown.queue.banner.button.click()
    assert not shown.queue.banner.isVisible()
    assert offline_words(state()) == ""
    assert offline_words(state(problem="x", online=False, synced=None)) == "Offline: the queue was never read."
    refused = "market.example:8443: the secret is wrong or has expired (401): give it again in the settings: No"
    words = offline_words(state(problem=refused, online=True, synced=None))
    assert words == "The secret is wrong or has expired (401): the queue was never read."
    plain = offline_words(state(problem="the answer names no list: versions", online=True, synced=None))
    assert plain == "The answer names no list: the queue was never read."


def test_the_state_opens_the_outbox_where_something_is_in_it(qtbot, shown, office, program, fake, monkeypatch):
    office.asked.clear()
    with qtbot.waitSignal(program.session.market.synced):
        shown.state_bar.click()
    assert office.asked == ["drain", "refresh"]
    office.rows.append(fake.load_market().make_row(1, office.queued[106], "approve", state=SendState.CONFLICT))
    program.session.market.reload()
    qtbot.waitUntil(lambda: shown.state_bar.text().endswith("1 conflict"))
    done = []
    monkeypatch.setattr(program.context.actions, "trigger", done.append)
    shown.state_bar.click()
    assert done == ["outbox"]


# the table


@pytest.fixture
def table(shown):
    shown.market.toggle_table()
    return shown.market.table


def test_the_table_keeps_the_rules_of_models(qtmodeltester, entries, context):
    made = MarketQueueModel(context.theme)
    made.set_rows(rows_of(entries))
    qtmodeltester.check(made)
    assert made.rowCount(made.index(0, 0)) == made.columnCount(made.index(0, 0)) == 0
    side = made.headerData(SIZE, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
    assert side & int(Qt.AlignmentFlag.AlignRight)


def test_every_column_sorts_both_ways(entries, context):
    made = MarketQueueModel(context.theme)
    made.set_rows(rows_of(entries))
    first = {}
    for column in range(len(HEADINGS)):
        for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
            made.sort(column, order)
            first[column, order] = made.entry_at(0).key
            assert made.rowCount() == 6
    down = Qt.SortOrder.DescendingOrder
    assert first[WAITING, down] == 101 and first[SIZE, down] == 106 and first[RISK, down] == 105
    assert first[TYPE, down] == first[SCAN, down] == 104 and first[SENDS, down] == 106


def test_the_words_of_the_table(entries, context):
    made = MarketQueueModel(context.theme)
    made.set_rows(rows_of(entries))
    at = {made.index(r, 0).data(ENTRY_ROLE).key: r for r in range(made.rowCount())}
    text = lambda key, column: made.index(at[key], column).data()  # noqa: E731
    assert text(102, STATUS) == "Mara Lind" and text(105, STATUS) == "yours" and text(101, STATUS) == "pending"
    assert text(104, TYPE) == "failed" and text(104, SCAN) == "virus" and text(101, SCAN) == "clean"
    assert text(105, RISK) == "high 3" and text(101, RISK) == "" and text(106, SENDS) == "conflict"
    assert "Eicar" in made.index(at[104], SCAN).data(Qt.ItemDataRole.ToolTipRole)
    assert made.index(at[104], SCAN).data(ACCESSIBLE) == "Virus scan: virus"


def test_the_worst_of_several_files_tells():
    assert worst_of(["CLEAN", "DIRTY"], ("DIRTY", "", "CLEAN")) == "DIRTY"
    assert worst_of(["CLEAN", ""], ("DIRTY", "", "CLEAN")) == ""
    assert worst_of(["CLEAN", "ODD"], ("DIRTY", "", "CLEAN")) == "ODD"
    assert worst_of([], ("DIRTY",)) == ""


def test_the_table_takes_the_window_and_gives_it_back(qtbot, shown, program):
    shown.market.toggle_table()
    assert shown.market.on_table and not shown.queue.isVisible() and not shown.right.isVisible()
    assert program.context.submission is None
    assert not program.context.actions["approve"].isEnabled()
    with qtbot.waitSignal(program.session.loaded):
        shown.market.table.back.click()
    assert program.context.submission.id == 1 and shown.queue.isVisible() and shown.right.isVisible()


def test_everything_that_the_keyboard_reaches_has_a_name(table, shown):
    reached = [w for w in walk(shown, QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()]
    assert table.table in reached and table.scope in reached
    assert [type(w).__name__ for w in reached if not w.accessibleName() and not getattr(w, "text", str)()] == []


def test_keys_walk_the_table_and_enter_opens(qtbot, table, shown):
    table.table.setFocus()
    qtbot.keyClick(table.table, Qt.Key.Key_J)
    qtbot.keyClick(table.table, Qt.Key.Key_J)
    key = table.current.key
    qtbot.keyClick(table.table, Qt.Key.Key_Return)
    assert shown.market.on_page and shown.market.page.key == key and shown.queue.isVisible()


def test_the_table_filters_and_says_when_nothing_matches(qtbot, table):
    table.filter.setText("mara")
    qtbot.waitUntil(lambda: table.model.rowCount() == 1)
    assert table._count.text() == "1 of 6"
    table.filter.setText("no such thing")
    qtbot.waitUntil(lambda: table._empty.isVisible())
    assert table._empty.heading.text() == "Nothing matches"
    table.filter.setFocus()
    qtbot.keyClick(table.filter, Qt.Key.Key_Escape)
    assert not table.filter.text() and table.window().focusWidget() is table.filter
    qtbot.waitUntil(lambda: table.table.isVisible())
    qtbot.keyClick(table.filter, Qt.Key.Key_Escape)
    assert table.window().focusWidget() is table.table, "and again: back to the list"


def test_published_versions_are_read_when_they_are_asked_for(qtbot, table, office, shown):
    first = office.queued[101]
    office.queued[400] = replace(first, key=400, status=replace(first.status, value="approved"))
    table.scope.setCurrentIndex(table.scope.findData("published"))
    qtbot.waitUntil(lambda: table.model.rowCount() == 1)
    table.show_key(400)
    menu = QMenu()
    asked = []
    shown.status.ask = lambda *what: asked.append(what)
    shown.market._fill_menu(menu)
    next(a for a in menu.actions() if a.text() == "Suspend…").trigger()
    assert asked == [(400, "suspend")]
    table.scope.setCurrentIndex(table.scope.findData("all"))
    qtbot.waitUntil(lambda: table.model.rowCount() == 7)


def test_what_is_current_in_the_table_stays_when_it_is_sorted(table):
    table.show_key(103)
    table.table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    assert table.current.key == 103
    table.table.sortByColumn(SIZE, Qt.SortOrder.DescendingOrder)
    assert table.current.key == 103


def test_several_are_assigned_downloaded_and_copied_at_once(qtbot, table, shown, office, program):
    table.table.selectAll()
    actions = program.context.actions
    assert actions.trigger("copy-ids")
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == 6 and lines[0].startswith("app-101 3 f-")
    assert actions.trigger("assign")
    qtbot.waitUntil(lambda: all(e.mine for e in office.queued.values() if e.key != 102))
    assert office.queued[102].holder == "Mara Lind" and not office.queued[102].mine
    with qtbot.waitSignal(program.session.market.fetched):
        assert actions.trigger("fetch")
    qtbot.waitUntil(lambda: all(e.fetched for e in program.session.market.entries.values()))
    qtbot.waitUntil(lambda: not program.session.runs.running and not program.bridge.pending)
    assert program.context.submission is None and shown.market.on_table


def test_the_widths_come_back(qtbot, table, shown):
    table.table.horizontalHeader().resizeSection(NAME, 271)
    shown.close()
    state = QSettings(shown._geometry.fileName(), QSettings.Format.IniFormat).value("queue-table/columns")
    table.table.horizontalHeader().resizeSection(NAME, 90)
    table.restore_columns(state)
    assert table.table.columnWidth(NAME) == 271
