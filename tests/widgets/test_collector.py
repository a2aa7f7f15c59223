"""Garbage is collected on the GUI thread and nowhere else."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import Qt

from widgets import collector as collecting
from widgets.collector import Collector


class Node:
    """Part of a cycle."""

    def __init__(self):
        self.me = self
        self.died_on = None


@pytest.fixture
def collector(qapp):
    made = Collector()
    yield made
    made.close()


def test_a_worker_never_collects(collector):
    died = []
    node = Node()
    weakref.finalize(node, lambda: died.append(threading.current_thread().name))
    del node
    worker = threading.Thread(target=lambda: [[] for _ in range(200_000)], name="worker")
    worker.start()
    worker.join()
    assert died == []
    for _ in range(300):  # until the youngest generations have had their turn
        kept = [[] for _ in range(2000)]
        collector.collect()
        del kept
        if died:
            break
    assert died == ["MainThread"]


@pytest.fixture
def old_cycle(collector):
    """A cycle that was in use when a collection passed by, and is garbage now: a weak reference to it."""
    node = Node()
    fill(collector)
    alive = weakref.ref(node)
    del node
    fill(collector)
    assert alive() is not None, "it was set aside"
    return alive


def fill(collector) -> None:
    """Allocate enough for one look at what is new."""
    kept = [[] for _ in range(2000)]
    collector.collect()
    del kept


def test_what_was_set_aside_dies_when_the_reviewer_looks_elsewhere(qapp, collector, old_cycle, monkeypatch):
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert old_cycle() is not None, "not so soon again"
    monkeypatch.setattr(collecting, "AWAY_SECONDS", 0.0)
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert old_cycle() is not None
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert old_cycle() is None


def test_or_after_a_long_time(collector, old_cycle, monkeypatch):
    monkeypatch.setattr(collecting, "LONG_SECONDS", 0.0)
    collector.collect()
    assert old_cycle() is None


def test_close_gives_it_back(qapp):
    gc.enable()
    Collector().close()
    assert gc.isenabled()
    gc.disable()
