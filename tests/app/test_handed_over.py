"""What the host gives to checks: nothing is one thing, unreadable is another."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.advisories import database_path
from app.battery import Plan
from app.cancel import CancelToken
from app.grants import HandedOver
from app.handed_over import NOTHING_KNOWN, hand_over
from app.paths import Folders
from app.store import Store
from app.vault import Vault
from checks import Outcome


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(tmp_path / "data", tmp_path / "config", tmp_path / "cache", tmp_path / "run")
    for folder in (made.data, made.config, made.cache, made.runtime):
        folder.mkdir()
    return made


def give(folders: Folders) -> dict[str, HandedOver]:
    return hand_over(lambda: Store(folders.data / "assay.db"), Vault(folders.data / "vault"), folders)


def test_at_first_nothing_is_known_and_advisories_are_missing(folders: Folders) -> None:
    assert give(folders) == {"known": HandedOver(None, NOTHING_KNOWN)}


def test_a_damaged_database_is_a_problem_not_an_absence(folders: Folders) -> None:
    database_path(folders.data).write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert "import the exports again" in give(folders)["advisories"].problem


def test_a_need_that_nobody_answers_is_unavailable_with_a_way_to_have_it(engine) -> None:
    ran = engine.run({"a": b"x"}, "needy", "honest")
    assert ran.outcome("needy") is Outcome.UNAVAILABLE
    assert "assay advisories import" in ran.checks["needy"].reason
    assert ran.outcome("honest").ran


def run_needy(engine, data: HandedOver):
    battery = dataclasses.replace(engine.battery("needy"), data={"advisories": data})
    (check,) = battery.run(Plan(engine.add({"a": b"x"}), "download"), lambda _: None, CancelToken()).checks
    return check


def test_what_was_handed_over_is_said_with_its_limits(engine, tmp_path: Path) -> None:
    (tmp_path / "db").write_text("x")
    check = run_needy(engine, HandedOver(tmp_path / "db", "5 advisories", "it is old"))
    assert (check.outcome, check.reason, check.limitation) == (Outcome.CLEAN, "5 advisories", "it is old")


def test_a_problem_is_the_reason(engine) -> None:
    check = run_needy(engine, HandedOver(None, problem="it is damaged"))
    assert (check.outcome, check.reason) == (Outcome.UNAVAILABLE, "it is damaged")


def test_another_version_is_another_check(engine, tmp_path: Path) -> None:
    (tmp_path / "db").write_text("x")
    plan = Plan(engine.add({"a": b"x"}), "download")
    identities = set()
    for version in ("1", "2"):
        data = {"advisories": HandedOver(tmp_path / "db", version=version)}
        battery = dataclasses.replace(engine.battery("needy"), data=data)
        identities.add(battery.run(plan, lambda _: None, CancelToken()).identity)
    assert len(identities) == 2
