"""Failures are kept in a private file, told, and offered at the next start."""

from __future__ import annotations

import stat
import sys
import threading

import pytest

from widgets.crash import CrashRecorder


@pytest.fixture
def recorder(tmp_path):
    made = CrashRecorder(tmp_path / "crashes")
    made.install()
    yield made
    made.remove()


def fail(hook):
    try:
        raise RuntimeError("the pane is on fire")
    except RuntimeError as error:
        hook(type(error), error, error.__traceback__)


def test_an_exception_is_kept_for_the_reviewer_alone(recorder):
    told = []
    recorder.on_error = told.append
    fail(sys.excepthook)
    (path,) = recorder.find_earlier()
    assert "the pane is on fire" in path.read_text()
    assert "test_crash.py" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert told == ["RuntimeError: the pane is on fire"]


def test_an_exception_in_a_thread_is_kept_too(recorder):
    thread = threading.Thread(target=lambda: 1 / 0, name="run-7")
    thread.start()
    thread.join()
    (path,) = recorder.find_earlier()
    assert "in thread run-7" in path.read_text()


def test_a_failure_told_already_is_kept_and_not_told_again(recorder):
    told = []
    recorder.on_error = told.append
    recorder.record(ValueError("broken pipe"))
    assert told == []
    assert "broken pipe" in recorder.read(recorder.folder)


def test_what_was_seen_is_not_offered_again(recorder):
    fail(sys.excepthook)
    recorder.mark_seen(recorder.find_earlier())
    assert recorder.find_earlier() == []
    assert len(list(recorder.folder.glob("*.seen.txt"))) == 1


def test_a_good_session_leaves_nothing(tmp_path):
    recorder = CrashRecorder(tmp_path / "crashes")
    recorder.install()
    recorder.remove()
    assert list((tmp_path / "crashes").iterdir()) == []


def test_the_empty_fault_file_of_a_dead_session_is_cleared(recorder):
    (recorder.folder / "fault-99999999.txt").write_text("")
    full = recorder.folder / "fault-99999998.txt"
    full.write_text("Fatal Python error: Segmentation fault")
    assert recorder.find_earlier() == [full]
    assert not (recorder.folder / "fault-99999999.txt").exists()


def test_the_window_offers_it_once(qtbot, window, recorder):
    from widgets.application import offer_crash_files

    fail(sys.excepthook)
    offer_crash_files(window, recorder)
    assert "ended unexpectedly" in window.messages.label.text()
    window.messages.button.click()
    assert recorder.find_earlier() == []
