"""One worker seen from the host."""

from __future__ import annotations

import os
import time

import pytest

from app import workers
from app.grants import Grants
from app.sandbox import choose_launcher
from app.workers import NO_FILE, WorkerEnded, WorkerProcess, guard, run_task
from checks.runtime.protocol import Finished

pytestmark = pytest.mark.needs("linux")

TASK = {"kind": "download", "declared_type": "", "unpacked": [], "files": []}


@pytest.fixture
def worker(engine, hostile_checks):
    worker = WorkerProcess(choose_launcher("reduced"), Grants(extra=(hostile_checks,)))
    yield worker
    worker.kill()


def test_a_task_and_a_good_end(worker) -> None:
    number = worker.send("preload", modules=["honest"])
    assert [type(m) for m in run_task(worker, number, 10)] == [Finished]
    assert worker.ready
    assert worker.missing == ()
    assert worker.finish()
    assert not worker.finish(), "it has ended before"


def test_an_unknown_task_is_an_error_of_the_task(worker) -> None:
    number = worker.send("no_such_task")
    (finished,) = run_task(worker, number, 10)
    assert "AttributeError" in finished.error
    number = worker.send("preload", modules=["no_such_module"])
    (finished,) = run_task(worker, number, 10)
    assert finished.error == "", "it is said of the check when files come"
    assert worker.finish()


def test_a_dead_worker_says_how_it_ended(worker) -> None:
    list(run_task(worker, worker.send("preload", modules=[]), 30))  # its walls stand, and will fall with it
    os.kill(worker.pid, 9)
    worker.send("preload", modules=[])  # which it may still answer: its walls fall a moment after their owner
    with pytest.raises(WorkerEnded, match=r"the worker ended by signal 9") as ended:
        list(run_task(worker, 99, 10))
    assert not ended.value.timed_out
    assert not worker.finish()


def test_silence_is_ended(worker) -> None:
    began = time.monotonic()
    with pytest.raises(WorkerEnded, match=r"no sign of life for 0\.3 s") as ended:
        list(run_task(worker, 7, 0.3))
    assert ended.value.timed_out
    assert time.monotonic() - began < 3


def test_cancel_ends_it_at_once(worker) -> None:
    began = time.monotonic()
    with pytest.raises(WorkerEnded, match="cancelled"):
        list(run_task(worker, 7, 60, lambda: True))
    assert time.monotonic() - began < 1


def test_a_task_has_an_end_even_for_who_goes_on_announcing(worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "silent_for", lambda: 0.0)
    with pytest.raises(WorkerEnded, match="it took too long") as ended:
        list(run_task(worker, 7, 60, total=0.3))
    assert ended.value.timed_out


def test_memory_and_threads_are_watched(worker, monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker.over_limits() == ""
    monkeypatch.setattr(workers, "_status", lambda pid: {"RssAnon": 1 << 30, "RssShmem": 0})
    with pytest.raises(WorkerEnded, match="more than 1024 MiB of memory"):
        guard(worker, 60)


def test_threads_are_counted(worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_status", lambda pid: {"Threads": 65})
    with pytest.raises(WorkerEnded, match="more than 64 threads"):
        guard(worker, 60)


def test_a_step_is_read_whatever_was_written(worker) -> None:
    os.pwrite(worker._launched.step_fd, b"\xff" * 16, 0)
    worker.read_step()
    assert worker.file == NO_FILE
    with pytest.raises(OSError, match="not permitted"):
        os.ftruncate(worker._launched.step_fd, 0)
    with pytest.raises(OSError, match="not permitted"):
        os.pwrite(worker._launched.step_fd, b"x", 4096)


def test_kill_can_be_said_twice(worker) -> None:
    worker.kill()
    worker.kill()
