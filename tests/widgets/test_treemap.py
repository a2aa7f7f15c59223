"""The treemap: areas as the bytes, nothing lost, findings seen, keyboard and mouse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt

from app.views import FileRow
from checks import Severity
from widgets.package_tree import PackageTree
from widgets.treemap import Treemap
from widgets.treemap_layout import lay_out, squarify
from widgets.treemap_picture import more_words


def row(number, path, size, kind="file", parent=-1):
    return FileRow(number, path, path, kind, size, "", parent, "")


@given(
    st.lists(st.floats(0.01, 1e9), min_size=1, max_size=60).map(lambda w: sorted(w, reverse=True)),
    st.floats(1, 4000),
    st.floats(1, 4000),
)
def test_squares_fill_the_box_as_the_weights_say(weights, width, height):
    boxes = squarify(weights, 0, 0, width, height)
    total = sum(weights)
    for weight, (x, y, w, h) in zip(weights, boxes, strict=True):
        assert x >= -1e-6 and y >= -1e-6
        assert x + w <= width * 1.0001 + 1e-6 and y + h <= height * 1.0001 + 1e-6
        assert w * h == pytest.approx(weight / total * width * height, rel=1e-3, abs=1e-3)


def test_no_rectangle_covers_another():
    tree = PackageTree([row(i, f"d{i % 3}/f{i}", 100 + 37 * i) for i in range(60)])
    cells = [c for c in lay_out(tree.root, 600, 400).cells if c.kind != "folder"]
    for i, a in enumerate(cells):
        for b in cells[:i]:
            apart = a.x + a.width <= b.x + 0.01 or b.x + b.width <= a.x + 0.01
            apart = apart or a.y + a.height <= b.y + 0.01 or b.y + b.height <= a.y + 0.01
            assert apart, (a, b)


def test_many_files_are_put_together_and_none_is_lost():
    tree = PackageTree([row(i, f"src/{i % 50}/f{i}", 10 + i % 7) for i in range(10_000)])
    layout = lay_out(tree.root, 800, 400)
    assert len(layout.cells) < 3000
    assert sum(c.count for c in layout.cells if c.kind != "folder") == 10_000


def test_a_tiny_file_with_a_finding_has_room_to_be_seen():
    tree = PackageTree([row(0, "big", 500_000_000), row(1, "tiny.js", 40), row(2, "other", 40)])
    tree.node(1).add_finding(int(Severity.HIGH))
    cell = next(c for c in lay_out(tree.root, 800, 400).cells if c.node.name == "tiny.js")
    assert cell.width * cell.height > 200 and cell.worst == Severity.HIGH


def test_nested_archives_are_folders_of_the_map():
    tree = PackageTree([row(0, "a.jar", 900), row(1, "a.jar!/b/c.js", 500, parent=0), row(2, "z", 5)])
    archive = tree.node(0)
    assert archive.is_archive and archive.files == 1 and archive.size == 500
    assert tree.node(1).path == "a.jar!/b/c.js"


def test_two_entries_of_one_name_are_both_there():
    tree = PackageTree([row(0, "a", 1), row(1, "a", 2)])
    assert [n.row.number for n in tree.root.children] == [0, 1]


@pytest.fixture
def treemap(qtbot, context, desk, put):
    made = put(Treemap, (600, 400))
    context.set_submission(desk.submission(2))
    tree = PackageTree([row(0, "src/a.js", 6000), row(1, "src/b.js", 3000), row(2, "README", 1000)])
    tree.node(1).add_finding(int(Severity.CRITICAL))
    made.show_tree(tree)
    qtbot.waitUntil(lambda: made.layout_shown is not None)
    return made


def middle_of(treemap, name):
    cell = next(c for c in treemap.layout_shown.cells if c.node.name == name)
    return QPointF(cell.x + cell.width / 2, cell.y + cell.height / 2)


def test_click_opens_the_file(qtbot, treemap):
    with qtbot.waitSignal(treemap.opened) as opened:
        qtbot.mouseClick(treemap, Qt.MouseButton.LeftButton, pos=middle_of(treemap, "b.js").toPoint())
    assert opened.args == [1]


def test_keys_walk_and_enter_opens(qtbot, treemap):
    treemap.setFocus()
    qtbot.keyClick(treemap, Qt.Key.Key_Right)  # the first key goes to the worst
    assert treemap._current.node.name == "b.js"
    assert "the worst critical" in treemap.accessibleDescription()
    names = {treemap._current.node.name}
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(treemap, key)
        names.add(treemap._current.node.name)
    assert len(names) >= 2
    with qtbot.waitSignal(treemap.opened):
        qtbot.keyClick(treemap, Qt.Key.Key_Return)


def test_a_folder_fills_the_picture_and_backspace_goes_up(qtbot, treemap):
    folder = next(c for c in treemap.layout_shown.cells if c.kind == "folder")
    treemap.activate(folder)
    assert treemap.where() == "src"
    qtbot.keyClick(treemap, Qt.Key.Key_Backspace)
    assert treemap.where() == ""


def test_severity_is_hatched_as_well_as_coloured(treemap):
    image = treemap.draw().toImage()
    ratio = treemap.devicePixelRatioF()

    def colours(name):
        cell = next(c for c in treemap.layout_shown.cells if c.node.name == name)
        xs = range(int(cell.x + cell.width / 2), int(cell.x + cell.width - 4))
        return {image.pixel(int(x * ratio), int((cell.y + cell.height - 6) * ratio)) for x in xs}

    assert len(colours("README")) == 1
    assert len(colours("b.js")) > 1


@pytest.mark.parametrize(("room", "words"), [(20, "1,250 smaller"), (13, "1,250 smaller"), (12, "+1,250"), (5, "")])
def test_the_number_of_smaller_files_is_never_shortened(room, words):
    assert more_words(1250, lambda text: len(text) <= room) == words
