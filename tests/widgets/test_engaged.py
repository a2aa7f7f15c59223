"""A package that arrives while the reviewer is in the middle of something: nothing moves away beneath the hands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QDialog, QFileDialog


@pytest.fixture
def arrive(qtbot, program, tmp_path):
    """Take `late.zip` in and wait until its battery has ended."""

    def take_in():
        path = tmp_path / "late.zip"
        path.write_bytes(b"PK" + bytes(1000))
        with qtbot.waitSignal(program.session.battery_ended):
            program.session.intake.take_in([path])
        qtbot.waitUntil(lambda: not program.bridge.pending)

    return take_in


@pytest.fixture
def dialog_of(qtbot, program, window):
    """Trigger an action and wait for its dialog."""

    def ask(action, kind=QDialog):
        assert program.context.actions.trigger(action)
        qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(kind)))
        return next(d for d in window.findChildren(kind) if d.isVisible())

    return ask


def test_a_dialog_keeps_its_submission_open(program, dialog_of, open_submission, arrive):
    open_submission(2)
    dialog = dialog_of("reject")
    arrive()
    assert program.context.submission.id == 2
    dialog.reject()


def test_a_text_being_written_keeps_its_submission_open(qtbot, program, window, open_submission, arrive):
    open_submission(2)
    window.decision.notes.setFocus()
    qtbot.waitUntil(window.decision.notes.hasFocus)
    qtbot.keyClicks(window.decision.notes, "look")
    said = []
    program.context.message_requested.connect(lambda text, kind, action: said.append((text, action)))
    arrive()
    assert program.context.submission.id == 2
    text, show = next(one for one in said if "taken in" in one[0])
    assert text == "late 1.0 was taken in."
    with qtbot.waitSignal(program.session.loaded):
        show.handler()
    assert program.context.submission.artifact.name == "late.zip"


def test_a_decision_lands_where_its_dialog_was_opened(qtbot, program, window, desk, dialog_of, open_submission):
    open_submission(2)
    dialog = dialog_of("reject")
    open_submission(3, run=False)
    dialog.text.setPlainText("The install hook runs fetched code")
    dialog.accept()
    qtbot.waitUntil(lambda: bool(desk.decisions(2)))
    qtbot.waitUntil(lambda: not program.bridge.pending)
    assert desk.decisions(3) == ()
    assert program.session.rows[2].decision == "reject"
    assert window.decision._earlier.text() == "Not decided yet"


@pytest.mark.parametrize(("action", "row", "changed"), [("set-kind", 1, "kind"), ("set-baseline", 1, "baseline")])
def test_kind_and_baseline_land_there_too(qtbot, program, desk, dialog_of, open_submission, action, row, changed):
    open_submission(3)
    before = {n: getattr(desk.submission(n), changed) for n in (2, 3)}
    dialog = dialog_of(action)
    open_submission(2)
    dialog.view.setCurrentIndex(dialog.view.model().index(row, 0))
    dialog.accept()
    qtbot.waitUntil(lambda: getattr(desk.submission(3), changed) != before[3])
    qtbot.waitUntil(lambda: not program.bridge.pending)
    assert getattr(desk.submission(2), changed) == before[2]
    assert program.context.submission.id == 2
    assert getattr(program.session.rows[3].submission, changed) == getattr(desk.submission(3), changed)


def test_an_export_holds_what_its_dialog_was_opened_for(qtbot, program, dialog_of, open_submission, tmp_path):
    open_submission(2)
    dialog = dialog_of("export-notes", QFileDialog)
    open_submission(3)
    target = tmp_path / "notes.md"
    with qtbot.waitSignal(program.session.exported):
        dialog.fileSelected.emit(str(target))
    dialog.reject()
    assert "Acme Notes" in target.read_text(encoding="utf-8")


def test_run_again_runs_what_was_changed(qtbot, program, window, open_submission):
    open_submission(2)
    with qtbot.waitSignals([program.context.baseline_changed, program.session.loaded]):
        program.session.edit_submission(2, lambda desk: desk.set_baseline(2, None))
    assert window.messages.button.text() == "Run again"
    open_submission(3, run=False)
    with qtbot.waitSignal(program.session.battery_ended) as ended:
        window.messages.button.click()
    assert ended.args[0] == 2


def test_a_package_without_a_version_is_named_without_a_gap(qtbot, program, window, desk, dialog_of, open_submission):
    desk._submissions[3] = replace(desk.submission(3), title="", version="")
    program.session.set_submissions(desk.submissions())
    open_submission(3)
    dialog = dialog_of("export-notes", QFileDialog)
    assert dialog.selectedFiles()[0].endswith("/shop-sync-1.0.1.tgz-review.md")
    dialog.reject()
    program.session.decide(program.context.submission, "reject", "The install hook runs fetched code")
    qtbot.waitUntil(lambda: window.messages.label.text() == "shop-sync-1.0.1.tgz: rejected.")


def test_a_package_that_is_known_says_so(qtbot, program, window, desk, open_submission, tmp_path, monkeypatch):
    open_submission(2)
    monkeypatch.setattr(desk, "take_in", lambda path, **_: desk.submission(2))
    program.session.intake.take_in([tmp_path / "same.xpi"])
    said = "Acme Notes 2.5.0 is in the queue already, with the same bytes; its review goes on."
    qtbot.waitUntil(lambda: window.messages.label.text() == said)
    assert not window.messages.button.isVisible()
    assert program.context.submission.id == 2
