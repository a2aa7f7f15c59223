"""Garbage is collected on the GUI thread and nowhere else."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

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


def test_close_gives_it_back(qapp):
    gc.enable()
    Collector().close()
    assert gc.isenabled()
    gc.disable()
