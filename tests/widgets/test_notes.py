"""The reviewer's notes: what is typed is never replaced, and is on record soon."""

from __future__ import annotations

import threading

import pytest


@pytest.fixture
def notes(window):
    return window.decision.notes


def test_the_end_of_a_battery_leaves_the_notes_alone(qtbot, program, desk, notes, open_submission):
    desk.hold()
    open_submission(2, run=False)
    program.context.run_battery()
    qtbot.keyClicks(notes, "look at")
    qtbot.waitUntil(lambda: desk.note(2) == "look at")
    cursor = notes.textCursor()
    cursor.setPosition(4)
    notes.setTextCursor(cursor)
    with qtbot.waitSignal(program.session.loaded):
        desk.release()
    assert notes.textCursor().position() == 4
    qtbot.keyClicks(notes, " once")
    program.session.reload()
    qtbot.waitUntil(lambda: not program.bridge.pending)
    assert notes.toPlainText() == "look once at"
    qtbot.waitUntil(lambda: desk.note(2) == "look once at")


def test_each_keystroke_is_on_its_way_at_once(qtbot, program, desk, notes, open_submission, monkeypatch):
    open_submission(2, run=False)
    gate, written, write = threading.Event(), [], desk.set_note
    monkeypatch.setattr(desk, "set_note", lambda n, text: (written.append(text), gate.wait(10), write(n, text)))
    qtbot.keyClicks(notes, "a")
    qtbot.waitUntil(lambda: written == ["a"])
    qtbot.keyClicks(notes, "bcd")  # while a slow disk has not finished with the first
    gate.set()
    qtbot.waitUntil(lambda: desk.note(2) == "abcd")
    assert written == ["a", "abcd"], "only the latest text is worth writing"


def test_a_note_that_could_not_be_written_is_told_and_the_next_one_tried(
    qtbot, program, desk, notes, open_submission, monkeypatch
):
    open_submission(2, run=False)
    write, full = desk.set_note, [True]

    def refuse_once(number: int, text: str) -> None:
        if full.pop() if full else False:
            raise OSError("no space left")
        write(number, text)

    monkeypatch.setattr(desk, "set_note", refuse_once)
    with qtbot.waitSignal(program.context.message_requested) as told:
        qtbot.keyClicks(notes, "a")
    assert told.args[1] == "error"
    qtbot.keyClicks(notes, "b")
    qtbot.waitUntil(lambda: desk.note(2) == "ab")


@pytest.fixture
def slow(desk, monkeypatch):
    """A desk whose notes are read only when the gate opens."""
    gate, read = threading.Event(), desk.note
    monkeypatch.setattr(desk, "note", lambda number: (gate.wait(10), read(number))[1])
    yield gate
    gate.set()


def test_what_is_typed_while_the_record_is_read_stays_in_view(qtbot, program, desk, slow, notes):
    desk.set_note(2, "known")
    program.session.open(2)
    qtbot.keyClicks(notes, "typed")
    with qtbot.waitSignal(program.session.loaded):
        slow.set()
    assert notes.toPlainText() == "known\ntyped"
    qtbot.waitUntil(lambda: desk.note(2) == "known\ntyped")


def test_it_is_kept_when_the_submission_is_left_before(qtbot, program, desk, slow, notes):
    desk.set_note(2, "known")
    program.session.open(2)
    qtbot.keyClicks(notes, "typed")
    program.session.open(3)
    assert notes.toPlainText() == ""
    slow.set()
    qtbot.waitUntil(lambda: desk._notes.get(2) == "known\ntyped")
    assert desk._notes.get(3) is None


def test_what_was_typed_is_shown_again_before_it_is_read(program, notes, open_submission, qtbot):
    open_submission(2, run=False)
    qtbot.keyClicks(notes, "look")
    program.session.open(3)
    assert notes.toPlainText() == ""
    program.session.open(2)
    assert notes.toPlainText() == "look"


def test_what_was_said_just_before_the_end_is_on_record(program, window, desk, open_submission, qtbot):
    open_submission(2)
    gate = threading.Event()
    program.context.submit(lambda _: gate.wait(10), write=True)  # something slow is being written already
    program.session.answer("DL-04", "met", "Read")
    program.session.decide(program.context.submission, "reject", "The install hook runs fetched code")
    qtbot.keyClicks(window.decision.notes, "look")
    threading.Timer(0.05, gate.set).start()
    window.close()
    program.close()
    assert desk._answers[2]["DL-04"].comment == "Read"
    assert desk.decisions(2)[0].decision == "reject"
    assert desk.note(2) == "look"
