"""The history window: what happened in order and in words, reasons in full, filter, keyboard, copy, the way there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.marketplace.history import AppHistory, HistoryEvent, VersionHistory
from widgets.app_history import HistoryWindow, mark_of, one_line
from widgets.theme import ICONS

NOW = datetime.now(UTC)
LONG = "It asks home on every start, with the reviewer's own address in it. " * 12
EVENTS = (
    HistoryEvent("sent", "conflict", NOW - timedelta(hours=1), "2.5.0", "Approved: in conflict", "Ben's", "Rita"),
    HistoryEvent("decision", "reject", NOW - timedelta(hours=5), "2.5.0", "Decided here: rejected", LONG, "Rita",
                 submission=2),
    HistoryEvent("run", "high", NOW - timedelta(days=1), "2.5.0", "Battery finished: 1 high open", submission=2),
    HistoryEvent("status", "approved", NOW - timedelta(days=40), "2.4.1", "On the marketplace: approved",
                 "<b>fine</b>\nby us", "this desk", theirs=datetime(2020, 1, 2, tzinfo=UTC)),
    HistoryEvent("submitted", "submitted", NOW - timedelta(days=41), "2.4.1", "Submitted", ours=False,
                 theirs=datetime(2020, 1, 1, tzinfo=UTC)),
)  # fmt: skip
VERSIONS = (VersionHistory(2, "2.5.0"), VersionHistory(1, "2.4.1", is_live=True))
HISTORY = AppHistory("Acme Notes", "a1", "m:1", VERSIONS, timedelta(), EVENTS)


@pytest.fixture
def shown(qtbot, window):
    made = HistoryWindow(window.session, window.theme, HISTORY, window)
    made.show()
    made.view.setFocus()
    yield made
    made.close()


def titles(shown):
    return [event.title for event in shown.model.events]


def test_everything_is_there_in_order_and_told_in_words(shown):
    assert titles(shown) == [event.title for event in EVENTS]
    first = shown.model.index(3)
    assert "<b>fine</b>" in first.data() and "this desk" in first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "2020-01-02 00:00:00 by the marketplace" in first.data(Qt.ItemDataRole.ToolTipRole)
    assert not shown.model.rowCount(first) and shown.view.accessibleName()


def test_a_reason_is_shown_in_full(qtbot, shown):
    view = shown.view
    high, low = (view.visualRect(shown.model.index(row)).height() for row in (1, 2))
    assert high > 4 * low, "as many lines as it needs"
    shown.resize(shown.minimumSizeHint().width(), shown.height())
    assert view.width() < 600
    qtbot.waitUntil(lambda: view.visualRect(shown.model.index(1)).height() > high)


def test_a_filter_keeps_the_lines_that_have_all_words(qtbot, shown):
    shown.filter.setText("rita 2.5")
    assert titles(shown) == ["Approved: in conflict", "Decided here: rejected"]
    shown.filter.setText("nowhere")
    assert shown.empty.isVisible() and not shown.view.isVisible()
    shown.clear_filter()
    assert len(titles(shown)) == 5 and shown.view.isVisible()
    shown.chips.button("decision").click()
    assert titles(shown) == ["Decided here: rejected"]
    shown.chips.button("status").click()
    assert titles(shown) == ["Decided here: rejected", "On the marketplace: approved", "Submitted"]


def test_the_keyboard_walks_copies_and_opens(qtbot, shown, window):
    opened = []
    window.session.open = opened.append
    assert shown.view.currentIndex().row() == 0
    QTest.keyClick(shown.view, Qt.Key.Key_Return)
    assert not opened, "no submission of this desk is behind that line"
    QTest.keyClick(shown.view, Qt.Key.Key_J)
    QTest.keyClick(shown.view, Qt.Key.Key_Return)
    assert opened == [2]
    QTest.keyClick(shown.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == one_line(EVENTS[1])
    QTest.keyClick(shown.view, Qt.Key.Key_Slash)
    assert shown.filter.hasFocus()
    menu = QMenu()
    shown._fill_menu(menu)
    assert [a.text() for a in menu.actions()] == ["Open the submission", "Copy"]


def test_every_line_has_a_picture_that_exists():
    words = ("clean", "incomplete", "critical", "info", "approve", "inReview", "conflict", "never heard of")
    for kind in ("submitted", "taken", "run", "decision", "status", "sent", "new"):
        for word in words:
            icon, role = mark_of(HistoryEvent(kind, word, NOW, "1", "x"))
            assert (ICONS / f"{icon}.svg").exists() and role


def test_both_themes_paint_it(shown, window):
    light = shown.view.grab().toImage().pixelColor(200, 300)
    window.theme.choose("dark")
    QGuiApplication.processEvents()
    assert shown.view.grab().toImage().pixelColor(200, 300) != light
    window.theme.choose("light")


def windows(window):
    return [w for w in window.findChildren(HistoryWindow) if w.isVisible()]


def test_it_opens_from_the_menu_and_the_decision_bar_on_the_open_submission(qtbot, window, desk, monkeypatch):
    asked = []

    def answer(number):
        asked.append(number)
        return AppHistory("Acme Notes", "", "", (VERSIONS[0],), timedelta(), EVENTS[1:3])

    monkeypatch.setattr(desk.marketplace, "history_of", answer, raising=False)
    operation = next(o for o in window.context.actions if o.id == "app-history")
    assert operation.group == "Review" and operation.menu and operation.action.isEnabled()
    window.decision.history.click()
    qtbot.waitUntil(lambda: bool(windows(window)))
    made = windows(window)[0]
    assert asked == [1] and made.windowTitle() == "History of Acme Notes 2.4.1" and len(titles(made)) == 2
    made.close()


def test_it_opens_on_a_version_that_is_not_on_this_desk(qtbot, window, desk, monkeypatch):
    monkeypatch.setattr(desk.marketplace, "history", lambda key: HISTORY if key == 7 else None, raising=False)
    monkeypatch.setattr(window.session.market, "viewing", 7)
    assert window.context.actions.trigger("app-history")
    qtbot.waitUntil(lambda: bool(windows(window)))
    assert windows(window)[0].windowTitle() == "History of Acme Notes"
    windows(window)[0].close()
