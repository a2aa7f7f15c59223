"""The fused pass: whoever crashes, hangs or lies is named, and the others end as if nothing had happened."""

from __future__ import annotations

import resource
import threading
import time

import pytest

from app.battery import Plan
from app.cancel import CancelToken
from app.content_pass import MAX_CRASHES
from app.model import CheckFinished, CheckLog, CheckProgress, CheckStarted, FindingFound
from app.pools import batches
from checks import Outcome
from checks.runtime.package import Entry

pytestmark = pytest.mark.needs("linux")

BAD = b"MISBEHAVE and a needle"


def package(count: int, *bad: int) -> dict[str, bytes]:
    """Files of which every third holds a needle, and these the marker."""
    return {
        f"d/{n:04}.txt": BAD + str(n).encode() if n in bad else b"a needle %d" % n if n % 3 == 0 else b"hay %d" % n
        for n in range(count)
    }


def needles(files: dict[str, bytes]) -> set[str]:
    return {path for path, data in files.items() if b"needle" in data}


def test_all_files_all_checks(engine) -> None:
    files = package(120)
    ran = engine.run(files, "honest", "misbehave", "misbehave_batch", "honest_package")
    assert {c.outcome for c in ran.result.checks} == {Outcome.FOUND}
    assert ran.paths("honest") == needles(files)
    assert ran.paths("misbehave") == ran.paths("misbehave_batch") == set(files)
    assert ran.checks["honest"].files == ran.checks["misbehave_batch"].files == len(files)
    assert [f.message for f in ran.of("honest_package")] == ["120 files"]
    finding = ran.of("honest")[0]
    assert (finding.line, finding.column, finding.snippet) == (1, 3, "a needle 0")


@pytest.mark.parametrize("action", ["crash", "abort", "exit", "exit_7", "stack_memory", "threads"])
def test_a_crash_is_the_guilty_checks_alone(engine, action: str) -> None:
    files = package(300, 130)
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": action})
    assert ran.outcome("misbehave") is Outcome.ERROR
    whys = (
        "the worker ended ",
        "it used more than 256 MiB",
        "it started more than 64 threads",
        "RuntimeError: can't start",
    )
    assert ran.checks["misbehave"].reason.startswith(tuple(f"not checked: d/0130.txt: {why}" for why in whys))
    assert "more)" not in ran.checks["misbehave"].reason, "innocent files are blamed"
    assert ran.paths("misbehave") == set(files) - {"d/0130.txt"}
    assert ran.outcome("honest") is Outcome.FOUND
    assert ran.paths("honest") == needles(files)
    assert len(ran.of("honest")) == len(needles(files))
    assert ran.checks["honest"].files == ran.checks["misbehave"].files == len(files)


def test_memory_is_bounded_and_named(engine) -> None:
    ran = engine.run(package(3, 1), "misbehave", misbehave={"action": "memory"})
    assert ran.outcome("misbehave") is Outcome.ERROR
    assert "d/0001.txt: it needs more memory than a worker has" in ran.checks["misbehave"].reason


def test_a_worker_that_closes_its_output_is_not_waited_for(engine) -> None:
    files = package(9, 1)
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": "close_output"})
    # with bubblewrap the pipe stays open on its side, and it is silence that gives the worker away
    assert ran.outcome("misbehave") in (Outcome.ERROR, Outcome.TIMEOUT)
    assert "d/0001.txt" in ran.checks["misbehave"].reason
    assert ran.paths("honest") == needles(files)


def test_the_last_words_of_a_worker_are_made_printable(engine) -> None:
    ran = engine.run(package(3, 1), "misbehave", misbehave={"action": "exit_7"})
    assert r"the worker ended with code 7: the secret of \x1b[31mmy\x07 death" in ran.checks["misbehave"].reason


@pytest.mark.parametrize("action", ["hang", "busy", "stop_reading"])
def test_a_hang_is_a_timeout_of_the_guilty_check(engine, action: str) -> None:
    files = package(60, 20)
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": action})
    assert ran.outcome("misbehave") is Outcome.TIMEOUT
    assert "d/0020.txt: no sign of life for 1.5 s" in ran.checks["misbehave"].reason
    assert ran.paths("misbehave") == set(files) - {"d/0020.txt"}
    assert ran.outcome("honest") is Outcome.FOUND
    assert ran.paths("honest") == needles(files)


def test_checks_behind_one_gate_wait_for_it_together(engine, caplog: pytest.LogCaptureFixture) -> None:
    files = {"a": b"open needle", "b": b"open for ever needle", "c": b"open needle"}
    ran = engine.run(files, "honest", "gated", "gated_too")
    for check in ("gated", "gated_too"):
        assert ran.outcome(check) is Outcome.TIMEOUT
        assert "b: no sign of life for 1.5 s" in ran.checks[check].reason
        assert ran.paths(check) == {"a", "c"}
    assert ran.paths("honest") == {"a", "b", "c"}
    waited = [record for record in caplog.records if "no sign of life" in record.message]
    assert len(waited) == 2, "once among all, and once for both: not for each of them"


def test_a_check_that_breaks_takes_no_other_behind_its_gate_with_it(engine) -> None:
    files = {"a": b"open needle", "b": b"open exit needle", "c": b"open needle"}
    ran = engine.run(files, "honest", "gated", "gated_too")
    assert ran.outcome("gated_too") is Outcome.ERROR and ran.paths("gated_too") == {"a", "c"}
    assert ran.outcome("gated") is Outcome.FOUND and ran.paths("gated") == {"a", "b", "c"}
    assert ran.paths("honest") == {"a", "b", "c"}


def test_a_worker_that_only_says_that_it_goes_on_is_a_timeout(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.content_pass.START_SECONDS", 0.5)
    files = package(10, 4)
    ran = engine.run(files, "misbehave", misbehave={"action": "pretend_to_go_on"})
    assert ran.outcome("misbehave") is Outcome.TIMEOUT
    assert "d/0004.txt: no file was finished" in ran.checks["misbehave"].reason
    assert ran.paths("misbehave") == set(files) - {"d/0004.txt"}


LIES = [
    "garbage", "line_of_a_gigabyte", "million_findings", "progress_flood", "early_finish", "skip", "clean",
    "unknown_check", "unknown_file", "file_of_another_job", "range_outside", "bad_rule", "entry", "ready_again",
]  # fmt: skip


@pytest.mark.parametrize("action", LIES)
def test_a_lie_is_an_error_of_the_guilty_check(engine, action: str) -> None:
    files = package(40, 17)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": action})
    assert ran.outcome("misbehave") is Outcome.ERROR
    assert ran.checks["misbehave"].reason.startswith("not checked: d/0017.txt: the worker broke the protocol: it ")
    assert ran.checks["misbehave"].reason.isprintable()
    assert "d/0017.txt" not in ran.paths("misbehave")
    assert ran.paths("misbehave") == set(files) - {"d/0017.txt"}
    assert ran.outcome("honest") is Outcome.FOUND
    assert ran.paths("honest") == needles(files)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_a_flood_of_log_lines_ends_with_the_step(engine) -> None:
    files = package(20, 7)
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": "log_flood"})
    assert ran.outcome("misbehave") is Outcome.TIMEOUT
    assert "d/0007.txt" in ran.checks["misbehave"].reason
    assert ran.paths("honest") == needles(files)
    logged = [e.text for e in ran.events if isinstance(e, CheckLog)]
    assert len(logged) < 500
    assert all(text.isprintable() for text in logged)


def test_standard_error_is_bounded_and_harmless(engine) -> None:
    files = package(20, 7)
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": "stderr_flood"})
    assert ran.outcome("misbehave") is Outcome.FOUND
    assert ran.paths("misbehave") == set(files)


def test_an_exception_is_an_error_of_one_file(engine) -> None:
    files = package(40, 3, 5)
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": "raise"})
    assert ran.outcome("misbehave") is Outcome.ERROR
    reason = ran.checks["misbehave"].reason
    assert r"d/0003.txt: ValueError: what was read here: \x1b[31m\nMISBEHAVE" in reason
    assert "(and 1 more)" in reason
    assert ran.paths("misbehave") == set(files) - {"d/0003.txt", "d/0005.txt"}
    assert ran.outcome("honest") is Outcome.FOUND


def test_unavailable_is_said_as_the_check_says_it(engine) -> None:
    ran = engine.run(package(4, 2), "misbehave", misbehave={"action": "unavailable"})
    assert ran.outcome("misbehave") is Outcome.UNAVAILABLE
    assert "there is no oracle: apt install oracle" in ran.checks["misbehave"].reason


@pytest.mark.parametrize("action", ["crash", "hang", "garbage"])
def test_a_batch_check_that_fails_is_split_until_the_file_is_named(engine, action: str) -> None:
    files = package(60, 41)
    ran = engine.run(files, "honest", "misbehave_batch", misbehave_batch={"action": action})
    assert ran.outcome("misbehave_batch") is (Outcome.TIMEOUT if action == "hang" else Outcome.ERROR)
    assert "d/0041.txt" in ran.checks["misbehave_batch"].reason
    assert "more)" not in ran.checks["misbehave_batch"].reason
    assert ran.paths("misbehave_batch") == set(files) - {"d/0041.txt"}
    assert ran.outcome("honest") is Outcome.FOUND
    assert ran.paths("honest") == needles(files)
    assert ran.checks["honest"].files == len(files)


def test_thirty_crashing_files_cost_one_check_and_not_the_others(engine) -> None:
    files = package(300, *range(5, 300, 10))
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": "exit"})
    assert ran.outcome("misbehave") is Outcome.ERROR
    assert "more)" in ran.checks["misbehave"].reason
    assert ran.paths("misbehave").isdisjoint(path for path, data in files.items() if BAD in data)
    assert ran.outcome("honest") is Outcome.FOUND, ran.checks["honest"].reason
    assert ran.paths("honest") == needles(files)
    assert engine.launched < 2 * MAX_CRASHES


def test_when_the_pool_is_given_up_nothing_unseen_is_clean(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.content_pass.MAX_CRASHES", 3)
    files = package(200, *range(0, 200, 4))
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": "exit"})
    assert ran.outcome("misbehave") is Outcome.ERROR
    assert ran.outcome("honest") is Outcome.ERROR
    assert "given up after too many failures, the last: the worker ended with code 0" in ran.checks["honest"].reason
    unseen = needles(files) - ran.paths("honest")
    count = int(ran.checks["honest"].reason.partition("(and ")[2].partition(" ")[0]) + 1
    assert count >= len(unseen) > 0


def test_a_check_that_cannot_be_loaded_is_an_error_of_that_check(engine) -> None:
    files = package(30)
    ran = engine.run(files, "honest", "cannot_load")
    assert ran.outcome("cannot_load") is Outcome.ERROR
    assert "the check cannot be loaded: ImportError: libmissing.so.1" in ran.checks["cannot_load"].reason
    assert ran.outcome("honest") is Outcome.FOUND
    assert ran.paths("honest") == needles(files)
    assert engine.launched < 6


def test_workers_that_never_start_are_an_error_with_a_reason(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    files = package(30)
    artifact = engine.add(files)
    engine.run(artifact, "honest")  # unpacked
    monkeypatch.setattr("app.launchers.WORKER", "checks/runtime/no_worker.py")
    ran = engine.run(artifact, "misbehave", "honest_package")
    assert ran.outcome("misbehave") is Outcome.ERROR
    assert ran.outcome("honest_package") is Outcome.ERROR
    assert "the worker ended with code 2" in ran.checks["misbehave"].reason
    assert "(and 29 more)" in ran.checks["misbehave"].reason


class TestCancel:
    def test_all_of_it(self, engine) -> None:
        cancel = CancelToken()
        asked = []

        def on_event(event: object) -> None:
            if isinstance(event, CheckStarted) and not asked:
                asked.append(time.monotonic())
                threading.Timer(0.3, cancel.cancel).start()

        files = package(200, *range(0, 200, 50))
        ran = engine.run(
            files, "honest", "misbehave", "misbehave_package", cancel=cancel, on_event=on_event,
            misbehave={"action": "hang"}, misbehave_package={"action": "hang"},
        )  # fmt: skip
        assert time.monotonic() - asked[0] < 0.3 + 1.0
        assert ran.result.cancelled
        assert {c.outcome for c in ran.result.checks} == {Outcome.CANCELLED}
        assert engine.cache.kept == []

    def test_one_check(self, engine) -> None:
        cancel = CancelToken()

        def on_event(event: object) -> None:
            if isinstance(event, CheckStarted) and event.check == "misbehave":
                cancel.cancel_check("misbehave")

        files = package(100, 10, 60)
        ran = engine.run(files, "honest", "misbehave", cancel=cancel, on_event=on_event, misbehave={"action": "hang"})
        assert not ran.result.cancelled
        assert ran.outcome("misbehave") is Outcome.CANCELLED
        assert ran.outcome("honest") is Outcome.FOUND
        assert ran.paths("honest") == needles(files)

    def test_one_check_of_the_whole_package(self, engine) -> None:
        cancel = CancelToken()
        cancel.cancel_check("misbehave_package")
        ran = engine.run(
            package(5, 1), "honest", "misbehave_package", cancel=cancel, misbehave_package={"action": "hang"}
        )
        assert ran.outcome("misbehave_package") is Outcome.CANCELLED
        assert ran.outcome("honest") is Outcome.FOUND

    def test_before_it_begins(self, engine) -> None:
        cancel = CancelToken()
        cancel.cancel()
        ran = engine.run(package(5), "honest", cancel=cancel)
        assert ran.outcome("honest") is Outcome.CANCELLED
        assert ran.result.tree is None


class TestReuse:
    def test_the_second_run_reads_nothing_anew(self, engine) -> None:
        artifact = engine.add(package(50))
        first = engine.run(artifact, "honest", "misbehave")
        launched = engine.launched
        second = engine.run(artifact, "honest", "misbehave")
        assert second.result.findings == first.result.findings
        assert second.checks["honest"].reused == 50
        assert engine.cache.answered == 50
        assert engine.launched == launched, "a worker was started for nothing"

    def test_other_parameters_run_anew(self, engine) -> None:
        artifact = engine.add(package(20))
        engine.run(artifact, "honest")
        assert engine.run(artifact, "honest", honest={"word": "hay"}).checks["honest"].reused == 0
        assert engine.run(artifact, "honest").checks["honest"].reused == 20

    def test_another_version_of_a_check_runs_anew(self, engine, monkeypatch: pytest.MonkeyPatch) -> None:
        artifact = engine.add(package(20))
        engine.run(artifact, "honest")
        monkeypatch.setattr("app.plan._spec_digest", lambda spec: "another")
        assert engine.run(artifact, "honest").checks["honest"].reused == 0

    def test_another_path_runs_anew_unless_only_the_content_counts(self, engine) -> None:
        files = package(20)
        moved = {f"elsewhere/{path}": data for path, data in files.items()}
        engine.run(files, "honest")
        engine.run(files, "misbehave")
        assert engine.run(moved, "honest").checks["honest"].reused == 20
        ran = engine.run(moved, "misbehave")
        assert ran.checks["misbehave"].reused == 0
        assert ran.paths("misbehave") == set(moved)

    def test_only_changed_files_are_read(self, engine) -> None:
        files = package(200)
        engine.run(files, "honest")
        ran = engine.run(files | {"d/0007.txt": b"a new needle"}, "honest")
        assert ran.checks["honest"].reused == 199
        assert "d/0007.txt" in ran.paths("honest")

    def test_what_a_check_did_not_see_is_not_remembered(self, engine) -> None:
        artifact = engine.add(package(100, 30))
        engine.run(artifact, "honest", "misbehave", misbehave={"action": "exit"})
        assert len(engine.cache.kept) == 99
        again = engine.run(artifact, "honest", "misbehave", misbehave={"action": "exit"})
        assert again.outcome("misbehave") is Outcome.ERROR
        assert "d/0030.txt" in again.checks["misbehave"].reason

    def test_a_worker_that_ends_badly_leaves_nothing_behind(self, engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.workers.WorkerProcess.finish", lambda self: self.kill() or False)
        monkeypatch.setattr("app.content_pass.MAX_CRASHES", 2)
        artifact = engine.add(b"a single needle", "file.txt")
        with pytest.raises(Exception, match=r"file\.txt cannot be unpacked: the worker did not end well"):
            engine.run(artifact, "honest")
        monkeypatch.undo()
        monkeypatch.setattr("app.content_pass.MAX_CRASHES", 2)
        engine.trees().make(artifact, lambda e: None, lambda: False)
        monkeypatch.setattr("app.workers.WorkerProcess.finish", lambda self: self.kill() or False)
        monkeypatch.syspath_prepend(str(engine.battery().extra[0]))
        ran = engine.run(artifact, "honest")
        assert ran.outcome("honest") is Outcome.ERROR
        assert "the worker did not end well" in ran.checks["honest"].reason
        assert ran.result.findings == ()
        assert engine.cache.kept == []

    def test_a_damaged_row_is_as_good_as_none(self, engine, monkeypatch: pytest.MonkeyPatch) -> None:
        artifact = engine.add(package(6))
        engine.run(artifact, "honest")
        for row in (b"[]", b'{"0":[[]]}', b'{"9":[]}', b'{"0":7}', b"\xff", b'{"0":[["r","m",5,null,9,[],1,2,3,4,5]]}'):
            monkeypatch.setattr(engine.cache, "get_many", lambda keys, row=row: dict.fromkeys(keys, row))
            ran = engine.run(artifact, "honest")
            assert ran.outcome("honest") is Outcome.FOUND, row
            assert len(ran.of("honest")) == 2, row


def test_progress_is_told_once_and_ends_at_the_total(engine) -> None:
    files = package(300, 111)
    ran = engine.run(files, "honest", "misbehave", misbehave={"action": "exit"})
    for check in ("honest", "misbehave"):
        events = [e for e in ran.events if isinstance(e, CheckProgress) and e.check == check]
        assert all(0 <= e.done <= e.total == 300 for e in events)
        assert events[-1].done == 300
        kinds = [e for e in ran.events if isinstance(e, CheckFinished) and e.result.id == check]
        assert len(kinds) == 1
    shown = [e.finding.fingerprint for e in ran.events if isinstance(e, FindingFound)]
    assert len(shown) == len(set(shown)) == len(ran.result.findings)


def test_runs_side_by_side_do_not_disturb_each_other(engine) -> None:
    battery = engine.battery("honest", "misbehave")
    artifacts = [engine.add(package(40 + n), f"{n}.zip") for n in range(3)]
    results: list[object] = []

    def run(artifact: object) -> None:
        results.append(battery.run(Plan(artifact, "download", overrides={}), lambda e: None, CancelToken()))

    threads = [threading.Thread(target=run, args=(artifact,)) for artifact in artifacts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len([f for f in r.findings if f.check == "misbehave"]) for r in results) == [40, 41, 42]


def test_batches_are_bounded_in_every_way() -> None:
    def entry(n: int, size: int, path: str = "p") -> Entry:
        return Entry(n, path, "file", size, 0, "pack", "")

    many = list(batches([entry(n, 1) for n in range(100)], 1 << 20, 48))
    assert [len(b) for b in many] == [48, 48, 4]
    big = list(batches([entry(n, 600) for n in range(4)], 1000, 48))
    assert [len(b) for b in big] == [1, 1, 1, 1]
    named = list(batches([entry(n, 1, "x" * 16000) for n in range(6)], 1 << 20, 48))
    assert all(sum(6 * len(e.path) for e in block) < 210_000 for block in named)
    assert sum(len(b) for b in named) == 6
