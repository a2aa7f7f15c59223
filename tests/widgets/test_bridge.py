"""The crossing of threads: answers on the GUI thread, late ones dropped, events in batches and in order."""

from __future__ import annotations

import threading
import time

import pytest

from app.model import CheckLog
from widgets.bridge import BATCH, Bridge


@pytest.fixture
def bridge(desk):
    made = Bridge(lambda: desk)
    yield made
    made.close()


def test_work_is_done_elsewhere_and_answered_here(qtbot, bridge, desk):
    threads = []

    def work(given):
        threads.append(threading.current_thread())
        return given

    answers = []
    bridge.submit(work, lambda v: answers.append((v, threading.current_thread())), pytest.fail)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(desk, threading.main_thread())]
    assert threads[0] is not threading.main_thread()


def test_a_failure_is_answered_too(qtbot, bridge):
    errors = []
    bridge.submit(lambda desk: 1 / 0, pytest.fail, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], ZeroDivisionError)


def test_only_the_latest_answer_of_a_key_arrives(qtbot, bridge):
    gate, answers = threading.Event(), []
    bridge.submit(lambda desk: gate.wait(10) and "old", answers.append, pytest.fail, key="k")
    bridge.submit(lambda desk: "new", answers.append, pytest.fail, key="k")
    qtbot.waitUntil(lambda: bool(answers))
    gate.set()
    qtbot.waitUntil(lambda: bridge.pending == 0)
    assert answers == ["new"]


def test_an_answer_about_a_former_submission_is_dropped(qtbot, context, desk):
    gate, answers = threading.Event(), []
    context.set_submission(desk.submission(1))
    context.submit(lambda desk: gate.wait(10), lambda v: answers.append("late"), pytest.fail)
    context.submit(lambda desk: gate.wait(10), lambda v: answers.append("wanted"), pytest.fail, anywhere=True)
    context.set_submission(desk.submission(2))
    gate.set()
    qtbot.waitUntil(lambda: context.bridge.pending == 0)
    assert answers == ["wanted"]


def test_events_arrive_in_order_and_in_few_batches(qtbot, bridge):
    batches = []
    bridge.arrived.connect(batches.append)
    count = 2 * BATCH + 10

    def pour():
        for number in range(count):
            bridge.post(7, CheckLog("secrets", str(number)))

    bridge.listen(True)
    thread = threading.Thread(target=pour)
    thread.start()
    qtbot.waitUntil(lambda: sum(map(len, batches)) == count)
    thread.join()
    bridge.listen(False)
    assert [e.text for batch in batches for _, e in batch] == [str(n) for n in range(count)]
    assert len(batches) <= count // BATCH + 60
    assert max(map(len, batches)) <= BATCH


def test_what_is_queued_arrives_although_listening_ends(qtbot, bridge):
    batches = []
    bridge.arrived.connect(batches.append)
    bridge.listen(True)
    bridge.post(1, CheckLog("secrets", "last words"))
    bridge.listen(False)
    qtbot.waitUntil(lambda: [e.text for batch in batches for _, e in batch] == ["last words"])
    assert not bridge._timer.isActive()


def test_what_comes_after_the_events_comes_after_them(qtbot, bridge):
    order = []
    bridge.arrived.connect(lambda batch: order.extend(e.text for _, e in batch))
    for number in range(3 * BATCH):
        bridge.post(1, CheckLog("secrets", str(number)))
    bridge.after_events(lambda: order.append("end"))
    qtbot.waitUntil(lambda: "end" in order)
    assert order == [*(str(n) for n in range(3 * BATCH)), "end"]


def test_a_flood_of_events_leaves_the_window_alive(qtbot, bridge):
    """Listeners that take long cost one turn no more than the budget and one batch."""
    turns = []

    def listen(batch):
        begun = time.perf_counter()
        while time.perf_counter() - begun < 0.004:
            pass
        turns.append(len(batch))

    bridge.arrived.connect(listen)
    for number in range(100 * BATCH):
        bridge.post(1, CheckLog("secrets", str(number)))
    begun = time.perf_counter()
    bridge._drain()
    assert time.perf_counter() - begun < 0.05
    assert 1 <= len(turns) < 12


def test_a_desk_that_does_not_open_is_told_to_every_job_and_tried_again(qtbot, desk):
    tries = []

    def factory():
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("assay.db: locked by another program; close it")
        return desk

    bridge, errors, answers = Bridge(factory), [], []
    bridge.submit(lambda d: d, pytest.fail, errors.append)
    bridge.submit(lambda d: d, pytest.fail, errors.append)
    qtbot.waitUntil(lambda: len(errors) == 2)
    assert bridge.explain(errors[0]) == "assay.db: locked by another program; close it"
    bridge.reopen()
    bridge.submit(lambda d: d, answers.append, pytest.fail)
    qtbot.waitUntil(lambda: answers == [desk])
    bridge.close()
    assert desk.closed


def test_the_unexpected_is_named_kept_and_never_bare(bridge, caplog):
    kept = []
    bridge.keep = kept.append
    said = bridge.explain(KeyError("x"))
    assert isinstance(kept[0], KeyError)
    assert "KeyError" in said
    assert "Nothing was lost" in said
    caplog.clear()


def test_asking_costs_the_gui_thread_nothing(qtbot, bridge):
    gate = threading.Event()
    begun = time.perf_counter()
    for _ in range(50):
        bridge.submit(lambda desk: gate.wait(10), lambda v: None, pytest.fail)
    assert time.perf_counter() - begun < 0.05
    gate.set()
    qtbot.waitUntil(lambda: bridge.pending == 0)


def test_what_was_to_be_written_is_written_before_the_end(desk):
    bridge, gate, done = Bridge(lambda: desk), threading.Event(), []
    bridge.submit(lambda desk: done.append((gate.wait(10), False)), pytest.fail, pytest.fail, write=True)
    for number in range(20):
        bridge.submit(lambda desk, n=number: done.append((n, desk.closed)), pytest.fail, pytest.fail, write=True)
    threading.Timer(0.05, gate.set).start()
    bridge.close()
    assert done == [(True, False), *((n, False) for n in range(20))]
    assert desk.closed


def test_what_was_only_to_be_read_is_not_waited_for(desk):
    bridge, gate, read = Bridge(lambda: desk), threading.Event(), []
    for _ in range(4):
        bridge.submit(lambda desk: gate.wait(10), lambda v: None, pytest.fail)
    for number in range(20):
        bridge.submit(lambda desk, n=number: read.append(n), pytest.fail, pytest.fail)
    threading.Timer(0.05, gate.set).start()
    bridge.close()
    assert read == []


def test_a_writing_that_hangs_does_not_hold_the_window_up_for_ever(desk, caplog):
    bridge, gate, done = Bridge(lambda: desk), threading.Event(), []
    bridge.submit(lambda desk: gate.wait(10), pytest.fail, pytest.fail, write=True)
    bridge.submit(lambda desk: done.append(1), pytest.fail, pytest.fail, write=True)
    begun = time.perf_counter()
    bridge.close(0.1)
    assert time.perf_counter() - begun < 2
    assert "before all was written" in caplog.text
    gate.set()
    assert bridge._writer.waitForDone(5000)
    assert done == []


def test_a_failure_to_write_is_told_wherever_the_reviewer_is(qtbot, context, desk):
    errors, gate = [], threading.Event()

    def work(desk):
        gate.wait(10)
        raise ValueError("assay.db: the disk is full")

    context.set_submission(desk.submission(1))
    context.submit(work, pytest.fail, errors.append, write=True)
    context.set_submission(desk.submission(2))
    gate.set()
    qtbot.waitUntil(lambda: bool(errors))
