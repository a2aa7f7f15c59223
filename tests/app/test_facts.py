"""Facts and the inventory: from a worker into the record, held against the baseline, and never on trust."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.battery import Plan
from app.cancel import CancelToken
from app.collector import facts_with_states
from app.grants import HandedOver
from app.model import Component, RunFact
from checks import Outcome, Severity

FILES = {"a.txt": b"hello", "b.txt": b"x"}


def test_facts_and_components_arrive_with_their_file(engine) -> None:
    ran = engine.run(FILES, "tell_facts")
    assert ran.outcome("tell_facts") is Outcome.CLEAN
    (fact,) = ran.result.facts
    assert (fact.check, fact.group, fact.name, fact.value, fact.path) == (
        "tell_facts",
        "package",
        "text",
        "hello",
        "a.txt",
    )
    assert ran.result.inventory == (Component("left-pad", "1.0", "pkg:npm/left-pad@1.0", "a.txt"),)


def test_a_check_sees_the_baseline(engine) -> None:
    before = engine.add({"a.txt": b"earlier"}, "old.zip")
    tree = engine.trees().make(before, lambda _: None, lambda: False)
    plan = Plan(engine.add(FILES), "download", baseline=tree)
    result = engine.battery("tell_facts").run(plan, lambda _: None, CancelToken())
    assert {f.name: f.value for f in result.facts}["baseline"] == "earlierold.zip"


def test_a_check_reads_what_the_host_hands_over(engine, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("known")
    battery = dataclasses.replace(engine.battery("tell_facts"), data={"list": HandedOver(tmp_path / "list")})
    result = battery.run(Plan(engine.add(FILES), "download"), lambda _: None, CancelToken())
    assert {f.name: f.value for f in result.facts}["list"] == "known"


@pytest.mark.parametrize("lie", ["group", "file", "purl"])
def test_a_worker_that_lies_is_not_believed(engine, lie: str) -> None:
    ran = engine.run(FILES, "tell_facts", "honest", tell_facts={"lie": lie})
    assert ran.outcome("tell_facts") is Outcome.ERROR
    assert ran.result.facts == () and ran.result.inventory == ()
    assert ran.outcome("honest").ran


def test_too_many_facts_are_said(engine) -> None:
    ran = engine.run(FILES, "tell_facts", tell_facts={"lie": "many"})
    assert ran.outcome("tell_facts") is Outcome.UNAVAILABLE
    assert "more than 5,000 facts" in ran.checks["tell_facts"].reason


def test_secrets_are_masked_in_facts(engine) -> None:
    ran = engine.run({"a.txt": b"token=s3cr3tvalue99"}, "tell_secrets", "tell_facts")
    assert "s3cr3tvalue99" not in ran.result.facts[0].value


def test_a_gate_decides_who_is_called(engine) -> None:
    ran = engine.run({"a": b"open", "b": b"shut", "c": b"shut"}, "gated", "honest")
    assert ran.paths("gated") == {"a"} and ran.outcome("gated") is Outcome.FOUND
    assert ran.checks["gated"].files == 3


def test_a_gate_that_breaks_is_an_error_of_its_checks_alone(engine) -> None:
    ran = engine.run({"a": b"open", "b": b"break needle"}, "gated", "honest")
    assert ran.outcome("gated") is Outcome.ERROR and "b: " in ran.checks["gated"].reason
    assert ran.paths("gated") == {"a"}
    assert ran.outcome("honest").ran


def fact(name: str, value: str = "", group: str = "permission", state: str | None = None) -> RunFact:
    return RunFact("permissions", group, name, value, grade=Severity.LOW, state=state)


def test_facts_against_those_of_the_baseline() -> None:
    earlier = [fact("tabs"), fact("version", "1", "package"), fact("cookies"), fact("u", "http://a", "address")]
    now = [fact("tabs"), fact("version", "2", "package"), fact("history")]
    marked = {f.name: f for f in facts_with_states(now, earlier, frozenset({"permissions"}))}
    assert {name: f.state for name, f in marked.items()} == {
        "tabs": "unchanged", "version": "changed", "history": "new", "cookies": "removed",
    }  # fmt: skip
    assert marked["version"].was == "1"


def test_a_fact_is_not_removed_where_its_check_did_not_run() -> None:
    assert facts_with_states([], [fact("cookies")], frozenset()) == ()
