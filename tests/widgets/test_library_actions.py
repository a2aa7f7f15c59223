"""Tools, Import and Add: one line of result, what to do next, and the long one with its progress and a way to stop."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit

from app import libraries
from app.cancel import Cancelled
from app.errors import DeskError
from app.libraries import Told
from app.rules import RulesError, SetExists
from app.rules_trial import RuleProblem

IDS = ("import-suppressions", "export-suppressions", "import-advisories", "import-list", "add-rules")


def answer(monkeypatch, name, result):
    """Let a call of the host end so; gives the arguments of the calls."""
    calls = []

    def act(desk, *args, **more):
        calls.append((args, more))
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(libraries, name, act)
    return calls


def sheet_text(window):
    sheet = next(d for d in window.findChildren(QDialog) if d.isVisible())
    text = sheet.findChild(QPlainTextEdit).toPlainText()
    sheet.reject()
    return text


@pytest.mark.parametrize("id", IDS)
def test_each_is_in_the_menu_and_asks_for_a_file(qtbot, window, id):
    operation = next(o for o in window.context.actions if o.id == id)
    assert operation.group == "Tools" and operation.menu and operation.tip
    assert window.context.actions.trigger(id)
    dialog = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
    assert dialog.windowTitle()
    dialog.reject()


def test_suppressions_are_imported_and_the_review_read_anew(qtbot, program, window, monkeypatch, tmp_path):
    calls = answer(monkeypatch, "import_suppressions", Told("team.toml: 2 suppressions: 2 new"))
    with qtbot.waitSignal(program.session.loaded):
        window.library.import_suppressions([tmp_path / "team.toml"])
    assert calls == [((tmp_path / "team.toml",), {})]
    assert window.messages.label.text() == "team.toml: 2 suppressions: 2 new."
    assert window.messages.kind == "good"


def test_what_was_left_out_is_a_key_away(qtbot, window, monkeypatch, tmp_path):
    told = Told("3 entries of the list feed were kept", ("feed.csv: line 2: no name",), bad=True)
    answer(monkeypatch, "import_list", told)
    window.library.import_list([tmp_path / "feed.csv"])
    qtbot.waitUntil(lambda: window.messages.kind == "warning")
    assert window.messages.button.text() == "Show them"
    window.messages.button.click()
    assert sheet_text(window) == "feed.csv: line 2: no name"


def test_after_new_rules_the_battery_is_offered_again(qtbot, window, open_submission, monkeypatch, tmp_path):
    open_submission(1)
    answer(monkeypatch, "add_rules", Told("mine: 1 yara rule added; ids begin with own."))
    window.library.add_rules([tmp_path])
    qtbot.waitUntil(lambda: window.messages.kind == "good" and "yara" in window.messages.label.text())
    assert window.messages.label.text() == "mine: 1 yara rule added; ids begin with own."
    assert window.messages.button.text() == "Run again"


def test_rules_of_that_name_are_replaced_only_when_asked(qtbot, window, monkeypatch, tmp_path):
    calls = answer(monkeypatch, "add_rules", SetExists("mine"))
    window.library.add_rules([tmp_path])
    qtbot.waitUntil(lambda: window.messages.kind == "warning")
    assert "--" not in window.messages.label.text(), "no option of the command line"
    assert calls[0][1] == {"replace": False}
    window.messages.button.click()
    qtbot.waitUntil(lambda: len(calls) == 2)
    assert calls[1][1] == {"replace": True}


def test_bad_rules_are_shown_by_file_and_line(qtbot, window, monkeypatch, tmp_path):
    problems = (RuleProblem("a.yar", 4, "undefined pattern"), RuleProblem("b.yar", 1, "syntax error"))
    answer(monkeypatch, "add_rules", RulesError("mine: none of its rules works, so nothing was added", problems))
    window.library.add_rules([tmp_path])
    qtbot.waitUntil(lambda: window.messages.kind == "error")
    window.messages.button.click()
    assert sheet_text(window).splitlines() == ["a.yar:4: undefined pattern", "b.yar:1: syntax error"]


@pytest.mark.parametrize(
    ("name", "call", "more"),
    [
        ("import_suppressions", "import_suppressions", True),
        ("export_suppressions", "export_suppressions", False),
        ("import_list", "import_list", True),
        ("add_rules", "add_rules", True),
        ("import_advisories", "import_advisories", True),
    ],
)
def test_an_error_is_one_line(qtbot, window, monkeypatch, tmp_path, name, call, more):
    answer(monkeypatch, name, DeskError("team.toml: cannot be read: check its rights"))
    getattr(window.library, call)([tmp_path] if more else tmp_path)
    qtbot.waitUntil(lambda: window.messages.kind == "error")
    assert window.messages.label.text() == "team.toml: cannot be read: check its rights"
    assert not window.tasks.isVisible()
    assert window.context.actions["import-advisories"].isEnabled()


def test_an_export_offers_its_folder(qtbot, window, monkeypatch, tmp_path):
    answer(monkeypatch, "export_suppressions", Told("out.toml: 4 suppressions"))
    window.library.export_suppressions(tmp_path / "out.toml")
    qtbot.waitUntil(lambda: window.messages.label.text() == "Written: out.toml: 4 suppressions")
    assert window.messages.button.text() == "Open the folder"


def test_advisories_show_how_far_they_are_and_stop(qtbot, window, monkeypatch, tmp_path):
    begun = threading.Event()

    def act(desk, files, *, on_progress, cancel):
        on_progress("all.zip", 500, 1000)
        begun.set()
        while not cancel.cancelled:
            begun.wait(0.01)
        raise Cancelled("the import was cancelled")

    monkeypatch.setattr(libraries, "import_advisories", act)
    window.library.import_advisories([tmp_path / "all.zip"])
    assert window.tasks.isVisible()
    assert not window.context.actions["import-advisories"].isEnabled(), "one at a time"
    qtbot.waitUntil(lambda: window.tasks.bar.value() == 500)
    assert "50 %" in window.tasks.detail.text() and "all.zip" in window.tasks.detail.text()
    assert window.tasks.button.accessibleName() == "Cancel: Importing advisories"
    window.tasks.button.click()
    assert not window.tasks.button.isEnabled()
    qtbot.waitUntil(lambda: not window.tasks.isVisible())
    assert "cancelled" in window.messages.label.text() and window.messages.kind == "info"
    assert window.context.actions["import-advisories"].isEnabled()


def test_closing_stops_the_import(qtbot, window, monkeypatch, tmp_path):
    begun, ended = threading.Event(), threading.Event()

    def act(desk, files, *, on_progress, cancel):
        begun.set()
        while not cancel.cancelled:
            begun.wait(0.01)
        ended.set()
        raise Cancelled("the import was cancelled")

    monkeypatch.setattr(libraries, "import_advisories", act)
    window.library.import_advisories([tmp_path / "all.zip"])
    assert begun.wait(5)
    window.close()
    assert ended.wait(5)
