"""The painted views: size does not matter, wide and combining characters keep to the grid, selection and marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication

from app.views import TextView
from widgets.source_view import SourceView
from widgets.text_cells import cell_of, cell_starts, column_at, drawn_runs, visible_columns, widest
from widgets.text_rows import LARGEST
from widgets.text_search import find_all
from widgets.text_spots import Spot

ANY = st.characters(exclude_categories=["Cc", "Cs"])
TEXTS = st.text(ANY, max_size=60) | st.text("ab\t漢e\u0301", max_size=60)


def make_view(lines, tokens=None, encoding="utf-8"):
    offsets, at = [], 0
    for line in lines:
        offsets.append(at)
        at += len(line) + 1
    return TextView("a.js", "0" * 64, at, encoding, "", tuple(lines), tokens or ((),) * len(lines), tuple(offsets))


@pytest.fixture
def view(qtbot, context, put):
    made = put(lambda c: SourceView(c.theme), (800, 500))
    lines = [f"line {i} with some words" for i in range(500)]
    made.show_view(make_view(lines), widest(lines))
    made.setFocus()
    return made


@given(TEXTS)
def test_columns_and_cells_go_there_and_back(text):
    for column in range(len(text) + 1):
        cell = cell_of(text, column)
        assert cell_of(text, column_at(text, cell)) == cell
    assert widest([text]) >= cell_of(text, len(text))


@given(TEXTS, st.integers(0, 80), st.integers(1, 40))
def test_visible_columns_cover_the_window(text, left, width):
    first, end = visible_columns(text, left, left + width)
    assert 0 <= first <= end <= len(text)
    for column in range(len(text)):
        begins, ends = cell_of(text, column), cell_of(text, column + 1)
        if begins >= left and ends <= left + width and ends > begins:
            assert first <= column < end


@given(TEXTS)
def test_drawn_runs_leave_nothing_out_but_tabs(text):
    assert "".join(run for _, run in drawn_runs(text, 0, len(text))) == text.replace("\t", "")


def test_a_very_long_line_is_not_measured():
    assert cell_starts("漢" * 1_000_000) is None


def test_find_all_is_bounded_and_minds_capitals_only_when_asked():
    assert find_all(["aA", "Aa"], "a") == [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1)]
    assert find_all(["aA", "Aa"], "A") == [(0, 1, 1), (1, 0, 1)]
    assert find_all(["(a.b)"], "a.b") == [(0, 1, 3)]
    assert len(find_all(["a" * 100], "a", most=10)) == 10


def test_half_a_million_lines_open_and_the_end_is_one_key_away(qtbot, context, put):
    made = put(lambda c: SourceView(c.theme), (800, 500))
    lines = ("const value = compute(1, 'text');",) * 500_000
    made.show_view(make_view(lines), 40)
    made.setFocus()
    qtbot.keyClick(made, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert made.caret.row == 499_999
    assert made.verticalScrollBar().value() == 500_000 - made.visible_rows()


def test_a_megabyte_in_one_line_paints_only_what_is_seen(qtbot, context, put, monkeypatch):
    import widgets.text_canvas as canvas

    longest = []
    real = canvas.drawn_runs

    def spy(text, first, end):
        longest.append(end - first)
        return real(text, first, end)

    monkeypatch.setattr(canvas, "drawn_runs", spy)
    made = put(lambda c: SourceView(c.theme), (800, 500))
    line = "x=1;" * 262_144
    tokens = (tuple((i, 1, 3) for i in range(0, 200_000, 4)),)
    made.show_view(make_view([line], tokens), len(line))
    made.go_to(0, 500_000)
    made.grab()
    assert longest and max(longest) < 300
    assert len(longest) < 400


def test_selection_copies_plain_text(qtbot, view):
    view.move_caret(Spot(1, 5))
    view.move_caret(Spot(2, 4), select=True)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1 with some words\nline"


def test_mouse_selects_a_word(qtbot, view):
    x = view.gutter_width() + 7.5 * view.cell
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPointF(x, 4).toPoint())
    assert view.selected_text() == "with"


def test_keys_move_by_rows_words_and_ends(qtbot, view):
    for key, held, spot in (
        (Qt.Key.Key_J, Qt.KeyboardModifier.NoModifier, (1, 0)),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier, (1, 5)),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, (1, 22)),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, (2, 0)),
        (Qt.Key.Key_K, Qt.KeyboardModifier.NoModifier, (1, 0)),
    ):
        qtbot.keyClick(view, key, held)
        assert view.caret == spot
    assert view.accessibleDescription().startswith("2: line 1")


def test_zoom_keeps_within_bounds_and_comes_back(view):
    usual = view.row_height
    for _ in range(60):
        view.zoom_by(2)
    assert view.row_height > usual and view._points == LARGEST
    view.zoom_by(0)
    assert view.row_height == usual


def test_margin_says_what_was_found(view, fake):
    from checks import Severity

    finding = fake.make_finding("secrets", "key", Severity.HIGH, "src/content.js", 3, "<b>a key</b>", "k", "new")
    view.show_findings([finding])
    tooltip = view.tooltip_at(2, True, 0)
    assert "▲ high" in tooltip and "&lt;b&gt;" in tooltip
    assert view.tooltip_at(3, True, 0) == ""
    assert view.describe_row(2).endswith("finding, high: <b>a key</b>")
    view.grab()


def test_right_to_left_and_zero_width_text_does_not_disturb_the_grid(view):
    lines = ["שלום abc", "a\u0301b漢字\tc", "👩‍👩‍👧 family"]
    view.show_view(make_view(lines), widest(lines))
    view.grab()
    assert view.spot_at(QPointF(view.gutter_width() + 0.1, 1)).column == 0
