"""Ctrl+K: fuzzy but not foolish, and it gives the focus back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from widgets.fuzzy import Entry, find_best, score


def entry(text, kind="command", detail="", enabled=True):
    return Entry(kind, text, detail, "file", "muted", lambda: None, enabled)


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("settings", "Settings"),
        ("opn fld", "Open a folder"),
        ("oaf", "Open a folder"),
        ("exp json", "Export as JSON"),
        ("bg", "src/background.js"),
    ],
)
def test_the_best_is_first(query, best):
    entries = [entry(t) for t in ("Open a package", "Open a folder", "Settings", "Export as JSON", "Export as HTML")]
    entries += [entry(t, "file") for t in ("src/background.js", "lib/purify.js")]
    assert find_best(query, entries)[0].text == best


def test_scattered_letters_are_no_hit():
    assert score(["xyz"], "export the review notes") == -1
    assert score(["rvwq"], "Export the review notes") == -1


def test_without_words_the_possible_commands_are_shown():
    entries = [entry("One"), entry("Two", enabled=False), entry("a.js", "file")]
    assert [e.text for e in find_best("", entries)] == ["One"]


@given(st.text(max_size=20), st.lists(st.text(max_size=40), max_size=20))
def test_no_query_breaks_it(query, texts):
    found = find_best(query, [entry(t) for t in texts])
    assert len(found) <= len(texts)


@given(st.text(alphabet="abcdefgh/._", min_size=1, max_size=30))
def test_the_whole_text_always_finds_itself(text):
    assert score([text], text) > 0


@pytest.fixture
def palette(qtbot, window, open_submission):
    open_submission(2)
    window.queue.view.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.palette_view is not None and window.palette_view.field.hasFocus())
    qtbot.waitUntil(lambda: not window.context.bridge.pending)
    return window.palette_view


def test_it_finds_a_file_and_goes_there(qtbot, window, palette):
    qtbot.keyClicks(palette.field, "purify")
    with qtbot.waitSignal(window.context.file_requested) as asked:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert asked.args[0] == 7
    assert not palette.isVisible()
    assert window.TABS[window.tabs.currentIndex()][0] == "files"


def test_it_finds_a_finding(qtbot, window, palette):
    qtbot.keyClicks(palette.field, "aws access")
    assert palette.model.entries[0].kind == "finding"
    with qtbot.waitSignal(window.context.finding_requested):
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)


def test_it_does_a_command(qtbot, window, palette):
    qtbot.keyClicks(palette.field, "reject")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.decision.dialog is not None)
    window.decision.dialog.reject()


def test_arrows_go_around_and_escape_gives_the_focus_back(qtbot, window, palette):
    last = palette.model.rowCount() - 1
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.view.currentIndex().row() == last
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.view.currentIndex().row() == 0
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.queue.view.hasFocus()


def test_nothing_fits_says_so(qtbot, palette):
    qtbot.keyClicks(palette.field, "zzqq")
    assert palette.nothing.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
