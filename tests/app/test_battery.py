"""A whole run: outcomes, masks, rules that do not compile, what unpacking left out."""

from __future__ import annotations

import json
import threading
import time

import pytest

from app.cancel import CancelToken
from app.clamd_status import ClamdStatus
from app.collector import WITHHELD
from app.content_pass import MAX_FINDINGS_PER_STEP
from app.launchers import Reduced
from app.model import CheckFinished, CheckLog, CheckStarted, FindingFound, PackageReady, StageProgress
from app.sandbox import reduced_problem
from app.trees import UnreadableArtifact
from checks import Outcome

pytestmark = pytest.mark.needs("linux")

SECRET = "hunter2hunter2"
LEAK = {"a/config.txt": f"first\n  token={SECRET} end\n".encode(), "a/other.txt": b"nothing here"}


def everything(ran) -> str:
    """All that a run says to anybody, as one text."""
    return json.dumps([repr(ran.events), repr(ran.result)])


class TestMasks:
    def test_a_secret_is_shown_nowhere(self, engine) -> None:
        ran = engine.run(LEAK, "tell_secrets", "blab", "blab_package")
        assert SECRET not in everything(ran)
        for check in ("blab", "blab_package"):
            finding = ran.of(check)[0]
            assert finding.message == "the line is   token=•••••••• end"
            assert finding.snippet == f"  token={'*' * len(SECRET)} end"
        assert ran.outcome("blab_package") is Outcome.UNAVAILABLE
        assert "token=•••••••• end" in ran.checks["blab_package"].reason

    def test_nor_when_the_check_for_secrets_was_not_asked_for(self, engine) -> None:
        ran = engine.run(LEAK, "tell_secrets", "blab", "blab_package", only=("blab", "blab_package"))
        assert SECRET not in everything(ran)
        assert set(ran.checks) == {"blab", "blab_package"}
        assert not ran.of("tell_secrets")
        told = {getattr(e, "check", "") for e in ran.events} | {
            e.result.id for e in ran.events if isinstance(e, CheckFinished)
        }
        assert "tell_secrets" not in told

    def test_nor_in_an_error(self, engine) -> None:
        ran = engine.run(LEAK, "tell_secrets", "blab", blab={"fail": True})
        assert ran.outcome("blab") is Outcome.ERROR
        assert SECRET not in everything(ran)

    def test_nor_from_the_cache(self, engine) -> None:
        artifact = engine.add(LEAK)
        first = engine.run(artifact, "tell_secrets", "blab", "blab_package")
        again = engine.run(artifact, "tell_secrets", "blab", "blab_package")
        assert again.checks["blab"].reused == 2
        assert again.result.findings == first.result.findings
        assert SECRET not in everything(again)

    @pytest.mark.parametrize("action", ["raise", "exit", "hang"])
    def test_text_is_withheld_where_the_search_failed(self, engine, action: str) -> None:
        bad = {"bad.txt": f"MISBEHAVE token={SECRET}\n".encode(), "good.txt": b"token=abcdefgh1\n"}
        ran = engine.run(bad, "tell_secrets", "blab", tell_secrets={"action": action})
        assert ran.outcome("tell_secrets") is not Outcome.FOUND
        snippets = {f.path: f.snippet for f in ran.of("blab")}
        assert snippets == {"bad.txt": WITHHELD, "good.txt": "token=*********"}

    def test_text_is_withheld_where_the_search_was_cancelled(self, engine) -> None:
        cancel = CancelToken()
        cancel.cancel_check("tell_secrets")
        ran = engine.run(LEAK, "tell_secrets", "blab", cancel=cancel)
        assert [f.snippet for f in ran.of("blab")] == [WITHHELD]

    def test_a_secret_has_no_part_in_the_fingerprint_that_tells_it(self, engine) -> None:
        one, other = (
            engine.run({"f": f"token={s}\n".encode()}, "tell_secrets").of("tell_secrets")[0] for s in ("abc1", "abc2")
        )
        assert one.fingerprint != other.fingerprint
        assert one.secret and "abc1" not in repr(one)


class TestRules:
    def test_broken_rules_are_an_error_of_one_check(self, engine) -> None:
        ran = engine.run({"a.txt": b"a needle"}, "broken_rules", "sound_rules", "honest")
        assert ran.outcome("broken_rules") is Outcome.ERROR
        assert "the rules do not compile: SyntaxError: rules/broken.yar:3" in ran.checks["broken_rules"].reason
        assert ran.outcome("sound_rules") is Outcome.FOUND
        assert ran.outcome("honest") is Outcome.FOUND

    def test_compiling_can_be_cancelled(self, engine) -> None:
        cancel = CancelToken()
        threading.Timer(0.3, cancel.cancel).start()
        began = time.monotonic()
        ran = engine.run({"a.txt": b"a needle"}, "slow_rules", "honest", cancel=cancel)
        assert time.monotonic() - began < 1.5
        assert ran.outcome("honest") is Outcome.CANCELLED


class TestOutcomes:
    def test_a_kind_that_a_check_is_not_for_is_skipped_by_the_host(self, engine, monkeypatch) -> None:
        battery = engine.battery("honest", "misbehave")
        for spec in battery.catalog.values():
            object.__setattr__(spec, "kinds", frozenset({"image"}) if spec.id == "honest" else spec.kinds)
        monkeypatch.setattr(engine, "battery", lambda *m, **k: battery)
        ran = engine.run({"a": b"needle"})
        for spec in battery.catalog.values():
            object.__setattr__(spec, "kinds", frozenset({"download", "web", "image", "chart"}))
        assert ran.outcome("honest") is Outcome.SKIPPED
        assert "applies to image, this is a download" in ran.checks["honest"].reason
        assert ran.outcome("misbehave") is Outcome.FOUND

    @pytest.mark.parametrize(
        ("action", "place"),
        [
            ("crash", "b.txt"),
            ("exit", "b.txt"),
            # where a liar was by then does not tell what it read: the package is named
            ("garbage", "package.zip"),
            ("million_findings", "package.zip"),
            ("unknown_file", "package.zip"),
            ("range_outside", "package.zip"),
        ],
    )
    def test_a_package_check_that_lies_or_dies_keeps_no_finding(self, engine, action: str, place: str) -> None:
        files = {"a.txt": b"needle", "b.txt": b"MISBEHAVE", "c.txt": b""}
        ran = engine.run(files, "honest", "misbehave_package", misbehave_package={"action": action})
        assert ran.outcome("misbehave_package") is Outcome.ERROR
        assert ran.checks["misbehave_package"].reason.startswith(f"not checked: {place}: the worker ")
        assert not ran.of("misbehave_package")
        assert ran.outcome("honest") is Outcome.FOUND

    @pytest.mark.parametrize(("action", "said"), [("abort", "signal 6"), ("raise", "ValueError"), ("memory", "memory")])
    def test_a_check_that_dies_on_one_file_leaves_the_others_of_its_worker_alone(
        self, engine, action: str, said: str
    ) -> None:
        files = {"a.txt": b"needle", "b.txt": b"MISBEHAVE", "c.txt": b""}
        checks = ("honest", "misbehave", "honest_package", "misbehave_package")
        ran = engine.run(files, *checks, misbehave_package={"action": action}, misbehave={"action": action})
        for check in ("misbehave_package", "misbehave"):
            assert ran.outcome(check) is Outcome.ERROR
            assert "b.txt: " in ran.checks[check].reason
            assert said in ran.checks[check].reason
        assert ran.paths("misbehave") == {"a.txt", "c.txt"}
        assert ran.outcome("honest_package") is Outcome.FOUND
        assert ran.paths("honest") == {"a.txt"}

    def test_a_file_that_is_too_large_for_a_package_check_is_named(self, engine) -> None:
        files = {"a.txt": b"", "large.bin": bytes((64 << 20) + 1), "z.txt": b""}
        ran = engine.run(files, "misbehave_package", misbehave_package={"action": "crash"})
        assert ran.outcome("misbehave_package") is Outcome.UNAVAILABLE
        assert ran.checks["misbehave_package"].reason == "not checked: large.bin: larger than 64 MiB"

    def test_lacking_something_is_said_of_the_check_not_of_a_file(self, engine) -> None:
        files = {"a.txt": b"needle", "b.txt": b"MISBEHAVE"}
        ran = engine.run(files, "misbehave_package", misbehave_package={"action": "unavailable"})
        assert ran.checks["misbehave_package"].reason == "not checked: there is no oracle: apt install oracle"

    @pytest.mark.parametrize("action", ["hang", "pretend_to_go_on", "log_flood"])
    def test_a_package_check_that_never_ends_is_a_timeout(self, engine, action: str, monkeypatch) -> None:
        monkeypatch.setattr("app.workers.START_SECONDS", 1.0)
        files = {"a.txt": b"needle", "b.txt": b"MISBEHAVE"}
        ran = engine.run(files, "honest", "misbehave_package", misbehave_package={"action": action})
        assert ran.outcome("misbehave_package") is Outcome.TIMEOUT
        assert ran.checks["misbehave_package"].reason.startswith("not checked: b.txt: ")
        assert ran.outcome("honest") is Outcome.FOUND

    def test_too_many_findings_on_one_file_are_said_not_to_be_all(self, engine) -> None:
        line = b"token=abcdefgh\n"
        ran = engine.run({"a.txt": line * (MAX_FINDINGS_PER_STEP + 10)}, "blab", "honest")
        assert ran.outcome("blab") is Outcome.UNAVAILABLE
        assert "more than 500 findings here: the rest is not listed" in ran.checks["blab"].reason
        assert len(ran.of("blab")) == MAX_FINDINGS_PER_STEP

    def test_a_run_with_very_many_findings_keeps_what_it_can(self, engine, monkeypatch) -> None:
        monkeypatch.setattr("app.content_pass.MAX_FINDINGS", 30)
        ran = engine.run({f"{n}.txt": b"x" for n in range(100)}, "misbehave", "honest")
        assert ran.outcome("misbehave") is Outcome.UNAVAILABLE
        assert len(ran.of("misbehave")) == 30
        assert "the rest is not listed (and 69 more)" in ran.checks["misbehave"].reason
        assert ran.outcome("honest") is Outcome.CLEAN

    def test_what_was_not_unpacked_is_not_clean(self, engine) -> None:
        import dataclasses

        engine.limits = dataclasses.replace(engine.limits, entries=5)
        ran = engine.run({f"{n}.txt": b"x" for n in range(9)}, "honest")
        assert ran.outcome("honest") is Outcome.UNAVAILABLE
        assert "could not be unpacked (limit_entries)" in ran.checks["honest"].reason

    def test_no_clamd_is_unavailable(self, engine) -> None:
        ran = engine.run({"a.txt": b"x"}, "checks.downloads.virus_scan", "honest")
        assert ran.outcome("virus_scan") is Outcome.UNAVAILABLE
        assert ran.checks["virus_scan"].reason == "there is no clamd in this test"
        assert ran.outcome("honest") is Outcome.CLEAN

    def test_a_clamd_that_takes_for_ever_does_not_hold_up_a_cancel(self, engine) -> None:
        over = threading.Event()

        class Slow:
            def ensure(self) -> ClamdStatus:
                over.wait(20)
                return ClamdStatus(None, reason="late")

        engine.clamd = Slow()
        cancel = CancelToken()
        threading.Timer(0.5, cancel.cancel).start()
        began = time.monotonic()
        ran = engine.run({"a.txt": b"x"}, "checks.downloads.virus_scan", "honest", cancel=cancel)
        assert time.monotonic() - began < 1.5
        over.set()
        assert ran.outcome("virus_scan") is Outcome.CANCELLED
        assert ran.outcome("honest") in (Outcome.CLEAN, Outcome.CANCELLED)

    def test_the_order_of_events(self, engine) -> None:
        ran = engine.run({"a.txt": b"needle"}, "honest", "honest_package")
        kinds = [type(e) for e in ran.events]
        assert kinds[0] is StageProgress
        assert kinds.index(PackageReady) < kinds.index(CheckStarted) < kinds.index(FindingFound)
        assert kinds.index(FindingFound) < max(i for i, k in enumerate(kinds) if k is CheckFinished)
        assert kinds.count(CheckStarted) == kinds.count(CheckFinished) == 2

    def test_a_parameter_that_a_check_does_not_have_is_refused(self, engine) -> None:
        with pytest.raises(ValueError, match="check honest has no parameter words"):
            engine.run({"a": b"x"}, "honest", honest={"words": "x"})


def test_the_reduced_launcher_runs_a_whole_battery(engine) -> None:
    if reduced_problem():
        pytest.skip(reduced_problem())
    engine.launcher = Reduced
    files = {f"d/{n}.txt": b"a needle " + bytes(6000) for n in range(120)}
    ran = engine.run(files, "honest", "honest_package", "sound_rules")
    assert {c.outcome for c in ran.result.checks} == {Outcome.FOUND}, [c.reason for c in ran.result.checks]
    assert ran.paths("honest") == set(files)


def test_an_artifact_that_cannot_be_unpacked_is_one_clear_line(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.launchers.WORKER", "checks/runtime/no_worker.py")
    with pytest.raises(
        UnreadableArtifact, match=r"^package\.zip cannot be unpacked: the worker ended with code 2"
    ) as raised:
        engine.run({"a": b"x"}, "honest")
    assert "\n" not in str(raised.value)


def test_cancel_while_unpacking(engine) -> None:
    cancel = CancelToken()
    ran = engine.run(
        {f"{n}": b"x" for n in range(2000)}, "honest", cancel=cancel,
        on_event=lambda e: cancel.cancel() if isinstance(e, StageProgress) else None,
    )  # fmt: skip
    assert ran.result.cancelled
    assert ran.outcome("honest") is Outcome.CANCELLED
    assert not list((engine.folder / "vault" / "partial").glob("*/*/*"))


def test_logs_are_printable_and_masked(engine) -> None:
    artifact = engine.add(LEAK)
    engine.run(artifact, "tell_secrets", "honest")
    ran = engine.run(artifact, "tell_secrets", "honest")
    texts = [e.text for e in ran.events if isinstance(e, CheckLog)]
    assert "2 of 2 files answered from earlier results" in texts
