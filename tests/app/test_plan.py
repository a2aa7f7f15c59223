"""What a planned check is called: everything that could change a result changes its version."""

from __future__ import annotations

import pytest

from app import plan
from app.plan import plan_check, pool_version
from checks.runtime.catalog import load_check


@pytest.fixture
def spec(hostile_checks):
    return load_check("honest")


def test_parameters_of_the_profile_override(spec) -> None:
    assert plan_check(spec, {}).parameters == {"word": "needle"}
    assert plan_check(spec, {"word": "hay"}).parameters == {"word": "hay"}
    with pytest.raises(ValueError, match="check honest has no parameter wrod"):
        plan_check(spec, {"wrod": "hay"})


def test_the_version_names_everything_that_counts(spec, monkeypatch) -> None:
    versions = [
        plan_check(spec, {}).version,
        plan_check(spec, {"word": "hay"}).version,
        plan_check(spec, {}, "signatures of today").version,
    ]
    monkeypatch.setattr(plan, "_spec_digest", lambda spec: "other rules")
    versions.append(plan_check(spec, {}).version)
    monkeypatch.setattr(plan, "runtime_digest", lambda: "other machinery")
    versions.append(plan_check(spec, {}).version)
    assert len(set(versions)) == len(versions)


def test_and_nothing_else(spec) -> None:
    assert plan_check(spec, {"word": "needle"}).version == plan_check(spec, {}, silent=True).version


def test_a_pool_is_named_by_its_checks_in_order(spec, hostile_checks) -> None:
    one, other = plan_check(spec, {}), plan_check(load_check("misbehave"), {})
    assert len({pool_version(checks) for checks in ([one], [other], [one, other], [other, one])}) == 4
