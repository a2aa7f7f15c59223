"""Search of the archive in the window: hits as they come, what was not searched, the way to the place, stopping."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt

from app.archive_hits import ArchiveHit, ArchiveResult, NotSearched
from app.archive_search import BadSearch
from widgets.archive_dialog import ArchiveDialog

HITS = (
    ArchiveHit("address", 2, "acme-notes", "2.5.0", "rejected", "a" * 64, "src/ui/popup.js", text="http://192.0.2.7/u"),
    ArchiveHit("text", 2, "acme-notes", "2.5.0", "undecided", "a" * 64, "src/ui/popup.js", 3, 20, "utf-8", text="evil"),
)


def result(**changed):
    values = {"text": "x", "hits": 2, "limited": False, "searched": 5, "bytes": 10, "seconds": 0.1, "not_searched": ()}
    return ArchiveResult(**(values | changed))


@pytest.fixture
def dialog(qtbot, program):
    made = ArchiveDialog(program.session, program.context.theme, program.window)
    made.show()
    yield made
    made.close()


def search(dialog, desk, monkeypatch, answer):
    monkeypatch.setattr(desk, "search_archive", answer, raising=False)
    dialog.field.setText("192.0.2.7")
    dialog.go.click()


def test_places_are_listed_with_what_could_not_be_searched(qtbot, dialog, desk, monkeypatch):
    def answer(text, on_hit, cancel, *, ignore_case=False, on_progress=None):
        assert text == "192.0.2.7" and ignore_case is False
        on_progress(5, 10, "acme")
        for hit in HITS:
            on_hit(hit)
        return result(not_searched=(NotSearched(9, "old", "1", "its tree was removed"),))

    search(dialog, desk, monkeypatch, answer)
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 2 and "Not searched" in dialog.said.text())
    assert "2 places found" in dialog.said.text() and "old 1 (its tree was removed)" in dialog.said.text()
    assert dialog.model.index(1, 3).data() == "src/ui/popup.js:3"
    assert dialog.go.text() == "Search"


def test_nothing_found_is_said(qtbot, dialog, desk, monkeypatch):
    search(dialog, desk, monkeypatch, lambda *_, **__: result(hits=0))
    qtbot.waitUntil(lambda: "Nothing was found" in dialog.said.text())


def test_wrong_use_is_one_clear_line(qtbot, dialog, desk, monkeypatch):
    def refuse(*_, **__):
        raise BadSearch("'x': what is sought has 3 to 4,096 characters")

    search(dialog, desk, monkeypatch, refuse)
    qtbot.waitUntil(lambda: dialog.said.text().startswith("'x': what is sought"))


def test_it_can_be_stopped(qtbot, dialog, desk, monkeypatch):
    begun = threading.Event()

    def answer(text, on_hit, cancel, **_):
        begun.set()
        while not cancel.cancelled:
            begun.wait(0.01)
        return result(hits=0, cancelled=True)

    search(dialog, desk, monkeypatch, answer)
    qtbot.waitUntil(begun.is_set)
    assert dialog.go.text() == "Stop"
    dialog.go.click()
    qtbot.waitUntil(lambda: "stopped" in dialog.said.text())


def test_enter_shows_the_place_in_the_window(qtbot, dialog, desk, monkeypatch, program):
    desk._runs[2] = desk._finish(2)

    def answer(text, on_hit, cancel, **_):
        for hit in HITS:
            on_hit(hit)
        return result()

    search(dialog, desk, monkeypatch, answer)
    qtbot.waitUntil(lambda: "2 places found" in dialog.said.text())
    dialog.table.setCurrentIndex(dialog.model.index(1, 0))
    with qtbot.waitSignal(program.context.file_requested, check_params_cb=lambda n, at, _: at == 20):
        qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert program.context.submission.id == 2


def test_the_menu_opens_it(qtbot, program):
    program.context.actions.trigger("search-archive")
    found = program.window.findChild(ArchiveDialog)
    assert found is not None and found.isVisible() and not found.isModal()
    found.close()
