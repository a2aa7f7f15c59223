"""The head start: one unpacking, workers that wait for its bytes, nothing left behind where nobody takes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from app import content_pass
from app.battery import FILES, Plan
from app.cancel import CancelToken
from app.clamd_status import ClamdStatus
from app.grants import Side
from app.head_start import Crew, HeadStart
from app.model import Artifact, StageProgress
from app.trees import Tree, UnreadableArtifact
from app.workers import WorkerEnded, WorkerProcess
from checks import Outcome

from .conftest import Engine, NoClamd, own_processes, wait_until

pytestmark = pytest.mark.needs("linux")


class Held:
    """Makes the tree of an artifact only when the test says so; the bytes lie ready from the beginning."""

    def __init__(self, engine: Engine) -> None:
        self._trees = engine.trees()
        self._vault = engine.vault
        self.go = threading.Event()
        self.cancelled = False

    def find(self, artifact: Artifact) -> Tree | None:
        return None

    def make(self, artifact, on_progress, cancelled, on_staged) -> Tree:
        on_progress(StageProgress("unpacking", 1, 2, "half of it"))
        on_staged(Side(self._vault.path(artifact.sha256)))
        while not self.go.wait(0.01):
            if cancelled():
                self.cancelled = True
                raise WorkerEnded("cancelled")
        return self._trees.make(artifact, on_progress, cancelled)


class Starter:
    """Starts workers for a head start and remembers them."""

    def __init__(self, engine: Engine) -> None:
        self._battery = engine.battery("honest")
        self.started: list[WorkerProcess] = []
        self.services: list[Mapping[str, Path]] = []

    def __call__(self, crew: str, side: Side, prepared: Path | None, services: Mapping[str, Path]) -> WorkerProcess:
        worker = self._battery.start_worker(crew, side, prepared, {})
        self.started.append(worker)
        self.services.append(services)
        return worker


def wait_for(head: HeadStart, number: int) -> None:
    """Workers are started on another thread."""
    assert wait_until(lambda: sum(len(waiting) for waiting in head._idle.values()) == number, 30)


def get_tree(head: HeadStart) -> Tree:
    return head.tree(lambda _: None, lambda: False)


def test_a_worker_waits_ready_with_its_checks_imported(engine) -> None:
    trees, start = Held(engine), Starter(engine)
    head = HeadStart(engine.add({"a.txt": b"one"}), trees, None)
    head.start_workers([Crew("files", 2, ["honest"])], None, start)
    wait_for(head, 2)
    first, second = head.take("files", None), head.take("files", None)
    assert {first, second} == set(start.started)
    assert first.ready
    assert head.take("files", None) is None
    first.kill()
    second.kill()
    head.close()


def test_a_worker_is_for_the_rules_and_the_work_that_it_was_started_for(engine, tmp_path) -> None:
    trees, start = Held(engine), Starter(engine)
    head = HeadStart(engine.add({"a.txt": b"one"}), trees, None)
    head.start_workers([Crew("files", 1, ["honest"])], None, start)
    wait_for(head, 1)
    assert head.take("whole", None) is None
    assert head.take("files", tmp_path) is None
    head.close()
    assert head.take("files", None) is None, "it was closed"


def test_a_worker_whose_bytes_were_not_there_is_not_given_out(engine, tmp_path) -> None:
    class Gone(Held):
        def make(self, artifact, on_progress, cancelled, on_staged) -> Tree:
            return super().make(artifact, on_progress, cancelled, lambda _: on_staged(Side(tmp_path / "moved away")))

    if engine.launcher().isolation.launcher != "bubblewrap":
        pytest.skip("only bubblewrap looks for the bytes while it starts")
    start = Starter(engine)
    head = HeadStart(engine.add({"a.txt": b"one"}), Gone(engine), None)
    head.start_workers([Crew("files", 2, ["honest"])], None, start)
    wait_for(head, 2)
    assert head.take("files", None) is None
    assert len(start.started) == 2
    head.close()


def test_none_is_started_for_a_tree_that_is_there_already(engine) -> None:
    artifact = engine.add({"a.txt": b"one"})
    made = engine.trees().make(artifact, lambda _: None, lambda: False)
    start = Starter(engine)
    head = HeadStart(artifact, engine.trees(), None)
    assert get_tree(head).entries == made.entries
    head.start_workers([Crew("files", 1, ["honest"])], None, start)
    assert start.started == []
    late = HeadStart(engine.add({"b.txt": b"two"}), engine.trees(), None)
    get_tree(late)
    late.start_workers([Crew("files", 1, ["honest"])], None, start)
    assert start.started == [], "the place that the workers would look at is no more"
    late.close()


def test_closing_ends_the_unpacking_and_the_workers(engine) -> None:
    trees, start = Held(engine), Starter(engine)
    before = own_processes()
    head = HeadStart(engine.add({"a.txt": b"one"}), trees, None)
    head.start_workers([Crew("files", 2, ["honest"])], None, start)
    wait_for(head, 2)
    assert own_processes() - before
    head.close()
    assert trees.cancelled, "it was waited for"
    assert wait_until(lambda: not own_processes() - before)
    with pytest.raises(WorkerEnded):
        get_tree(head)
    head.start_workers([Crew("files", 1, ["honest"])], None, start)
    assert head.take("files", None) is None
    head.close()


def test_progress_that_nobody_heard_is_told_again(engine) -> None:
    trees = Held(engine)
    head = HeadStart(engine.add({"a.txt": b"one"}), trees, None)
    head.start_workers([], None, Starter(engine))
    events: list[StageProgress] = []
    assert wait_until(lambda: head._last is not None)

    def listen(progress: StageProgress) -> None:
        events.append(progress)
        trees.go.set()

    head.tree(listen, lambda: False)
    assert events[0].detail == "half of it"
    assert [e.detail for e in events[1:2]] == ["package.zip"], "and the rest as it comes"


def test_what_goes_wrong_is_raised_by_the_tree(engine) -> None:
    engine.limits = engine.limits.__class__(seconds=0)
    engine.memory = 1 << 20  # no worker comes up with so little
    head = HeadStart(engine.add({"a.txt": b"one"}), engine.trees(), None)
    with pytest.raises(UnreadableArtifact, match=r"package\.zip cannot be unpacked"):
        get_tree(head)
    head.close()


def test_a_worker_that_speaks_to_clamd_waits_for_clamd(engine, tmp_path) -> None:
    asked = threading.Event()

    class Late:
        def ensure(self) -> ClamdStatus:
            asked.wait(10)
            return ClamdStatus(tmp_path / "clamd.sock")

    trees, start = Held(engine), Starter(engine)
    head = HeadStart(engine.add({"a.txt": b"one"}), trees, Late())
    head.start_workers([Crew("served", 1, ["honest"], served=True), Crew("files", 1, ["honest"])], None, start)
    assert head.take("served", None) is None
    asked.set()
    assert head.clamd.result(10).socket is not None
    wait_for(head, 2)
    assert start.services == [{}, {"clamd": tmp_path / "clamd.sock"}]
    taken = head.take("served", None)
    assert taken is start.started[1]
    taken.kill()
    head.close()


def test_none_speaks_to_a_clamd_that_is_not_there(engine) -> None:
    trees, start = Held(engine), Starter(engine)
    head = HeadStart(engine.add({"a.txt": b"one"}), trees, NoClamd())
    head.start_workers([Crew("served", 1, ["honest"], served=True)], None, start)
    assert head.clamd.result(10).socket is None
    assert head.take("served", None) is None
    assert start.started == []
    head.close()


def test_a_battery_takes_over_what_has_begun(engine) -> None:
    battery = engine.battery("honest", "honest_package")
    artifact = engine.add({"a.txt": b"a needle"})
    head = HeadStart(artifact, battery.trees, None)
    battery.start_workers(head, artifact)
    result = battery.run(Plan(artifact, "download"), lambda _: None, CancelToken(), head=head)
    assert {c.id: c.outcome for c in result.checks} == {"honest": Outcome.FOUND, "honest_package": Outcome.FOUND}
    assert engine.launched <= 3, "the tree was unpacked once, and each crew needed one worker"
    assert head.take(FILES, None) is None


def test_a_pass_does_not_wait_for_workers_that_have_ended(engine, monkeypatch) -> None:
    monkeypatch.setattr(content_pass, "TICK_SECONDS", 20.0)
    began = time.monotonic()
    assert engine.run({"a.txt": b"a needle"}, "honest").outcome("honest") is Outcome.FOUND
    assert time.monotonic() - began < 15
