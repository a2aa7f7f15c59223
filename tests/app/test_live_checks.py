"""Checks that ask the network: with consent only, without a byte of the package, silent about what they were told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.battery import Plan
from app.cancel import CancelToken
from app.errors import DeskError
from app.grants import Grants, HandedOver, Side, Told
from app.launchers import NETWORK_FILES
from app.live_checks import HIDDEN
from app.model import Artifact, CheckResult, Isolation, Run, RunFinding, Submission
from app.store import Store
from checks import Outcome, Severity
from checks.runtime.catalog import CatalogError, check, probe

URL = "https://files.example/app.zip?expires=1900000000&signature=5ec7e7f0a1b2c3d4"
SECRETS = (URL, URL.partition("?")[2], "5ec7e7f0a1b2c3d4")


def served(tell: Any = None, **options: Any) -> dict[str, HandedOver]:
    return {"served": HandedOver(None, tell=tell or (lambda: Told({"url": URL}, SECRETS)), **options)}


def run_live(
    engine: Any, way: str = "all", *, consent: bool = True, handed: Any = None, cancel: CancelToken | None = None
) -> tuple[CheckResult, Any]:
    plan = Plan(
        engine.add({"a.txt": b"x"}), "download", overrides={"tell_address": {"way": way}},
        handed=served() if handed is None else handed, consent=frozenset({"tell_address"} if consent else ()),
    )  # fmt: skip
    events: list[Any] = []
    result = engine.battery("tell_address").run(plan, events.append, cancel or CancelToken())
    return result.checks[0], (result, events)


# consent


def test_without_consent_it_does_not_run(engine: Any) -> None:
    def never() -> Told:
        raise AssertionError("asked without consent")

    ended, _ = run_live(engine, consent=False, handed=served(never))
    assert (ended.outcome, ended.findings) == (Outcome.UNAVAILABLE, 0)
    assert ended.reason == "asks the network, and that needs your consent"
    ended, _ = run_live(engine, consent=False, handed=served(never, consent="asks a place, by that menu"))
    assert ended.reason == "asks a place, by that menu"


def test_what_does_not_apply_needs_no_consent(engine: Any) -> None:
    for consent in (False, True):
        ended, _ = run_live(engine, consent=consent, handed=served(skip="came from elsewhere"))
        assert (ended.outcome, ended.reason) == (Outcome.SKIPPED, "came from elsewhere")


def test_a_plan_of_nothing_but_a_file_came_from_no_marketplace(engine: Any) -> None:
    plan = Plan(engine.add({"a.txt": b"x"}), "download", consent=frozenset({"tell_address"}))
    (ended,) = engine.battery("tell_address").run(plan, lambda _: None, CancelToken()).checks
    assert (ended.outcome, ended.reason) == (Outcome.SKIPPED, "did not come from a marketplace")


def test_what_the_host_cannot_have_is_unavailable(engine: Any) -> None:
    def offline() -> Told:
        raise DeskError("market.example: no answer")

    ended, _ = run_live(engine, handed=served(offline))
    assert (ended.outcome, ended.reason) == (Outcome.UNAVAILABLE, "not checked: market.example: no answer")


def test_only_a_probe_may_need_the_network() -> None:
    with pytest.raises(CatalogError, match="is a @probe"):
        check(needs={"network"})(test_only_a_probe_may_need_the_network)
    with pytest.raises(CatalogError, match="unknown kinds or needs"):
        probe(needs={"everything"})(test_only_a_probe_may_need_the_network)


# what it was told


@pytest.mark.parametrize("way", ["all", "fail", "die"])
def test_what_is_secret_does_not_come_back(engine: Any, way: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ended, (result, events) = run_live(engine, way)
    said = f"{result} {events} {caplog.text}"
    assert not [secret for secret in SECRETS if secret in said]
    if way == "die":
        assert ended.outcome is Outcome.ERROR
    else:
        assert HIDDEN in said
    if way == "all":
        (finding,) = result.findings
        assert finding.message == f"it is {HIDDEN}"
        assert ended.outcome is Outcome.UNAVAILABLE  # it said that a part was not looked at
    assert not [p for p in engine.folder.rglob("*") if p.is_file() and SECRETS[2].encode() in p.read_bytes()]


def test_what_it_was_told_has_no_repr() -> None:
    assert SECRETS[2] not in f"{served()} {served()['served'].tell()}"


def test_it_cannot_speak_of_files(engine: Any) -> None:
    ended, (result, _) = run_live(engine, "name")
    assert ended.outcome is Outcome.ERROR
    assert "named a file, and was given none" in ended.reason
    assert not result.findings


def test_it_can_be_cancelled_while_it_waits(engine: Any) -> None:
    cancel = CancelToken()

    def tell() -> Told:
        cancel.cancel_check("tell_address")
        return Told({"url": URL}, SECRETS)

    ended, _ = run_live(engine, "hang", handed=served(tell), cancel=cancel)
    assert ended.outcome is Outcome.CANCELLED


# the walls


def test_the_network_and_a_package_never_meet(tmp_path: Path) -> None:
    for more in ({"sides": {"submission": Side(tmp_path)}}, {"data": {"known": tmp_path}}, {"pack_fd": 3}):
        with pytest.raises(ValueError, match="gets nothing to read"):
            Grants(network=True, **more)


def test_only_what_names_and_certificates_need_comes_along() -> None:
    assert "/etc/resolv.conf" in NETWORK_FILES
    assert all(file.startswith("/etc/") for file in NETWORK_FILES)


# what a review stands on


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "assay.db")
    yield opened
    opened.close()


def record(store: Store, about: Submission, outcomes: dict[str, Outcome], *, live: bool = False) -> Run:
    """A run that was finished: of all checks, or (live) of those that asked the network."""
    parameters = {"only": [*outcomes], "live": [*outcomes]} if live else None
    isolation = Isolation("bubblewrap", True, ("no network",))
    number = store.start_run(about.id, profile="standard", isolation=isolation, parameters=parameters)
    checks = tuple(CheckResult(c, c, o, 1.0, f"run {number}", {}, (), 0) for c, o in outcomes.items())
    found = tuple(
        RunFinding(
            c, "rule", Severity.HIGH, "high", f"{c} in run {number}", "", "", "", 0, None, None, None, None, "",
            f"{c}{number}", None, (), "", (), False,
        )
        for c, o in outcomes.items() if o is Outcome.FOUND
    )  # fmt: skip
    run = Run(
        id=number, submission=about.id, artifact=about.artifact, kind="download", profile="standard",
        started=datetime.now(UTC), finished=datetime.now(UTC), isolation=isolation, tree=None, baseline=None,
        checks=checks, findings=found, inventory=(), facts=(), cancelled=False, tool="assay",
    )  # fmt: skip
    store.finish_run(run)
    return run


def speaks(store: Store, about: Submission) -> dict[str, tuple[Outcome, str, list[str]]]:
    """Which run the review hears for each check, with its findings."""
    last = store.last_run(about.id)
    assert last is not None
    return {c.id: (c.outcome, c.reason, [f.message for f in last.findings if f.check == c.id]) for c in last.checks}


def test_a_live_run_speaks_for_the_same_bytes(store: Store) -> None:
    clean, found, away = Outcome.CLEAN, Outcome.FOUND, Outcome.UNAVAILABLE
    artifact = Artifact("a" * 64, "b" * 32, "c" * 40, 5, "x.zip")
    about = store.add_submission(artifact, kind="download", source="x", who="Ada")
    record(store, about, {"distribution": found}, live=True)
    assert store.last_run(about.id) is None  # a run of chosen checks is no review's evidence
    record(store, about, {"secrets": found, "distribution": away})
    assert speaks(store, about) == {
        "secrets": (found, "run 2", ["secrets in run 2"]), "distribution": (found, "run 1", ["distribution in run 1"])
    }  # fmt: skip
    record(store, about, {"distribution": clean}, live=True)
    assert speaks(store, about)["distribution"] == (clean, "run 3", [])
    record(store, about, {"distribution": away}, live=True)  # it could not be asked: what is known stands
    record(store, about, {"distribution": Outcome.CANCELLED}, live=True)
    record(store, about, {"secrets": clean}, live=False)
    assert speaks(store, about)["distribution"] == (clean, "run 3", [])
    record(store, about, {"secrets": clean, "distribution": found})  # a full run with consent is later
    assert speaks(store, about)["distribution"][:2] == (found, "run 7")
