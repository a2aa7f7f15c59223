"""The whole battery over broken packages, and what has to hold of every run."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from app.battery import Battery, BatteryResult, Plan
from app.cancel import CancelToken
from app.grants import HandedOver
from app.model import CheckResult, RunFinding
from checks import Outcome
from checks.runtime.catalog import CheckSpec, load_catalog
from checks.runtime.text import printable
from tests.app.conftest import HOSTILE, Engine
from tests.hostile.fuzzing import make_data

ENDS = frozenset(Outcome) - {Outcome.CANCELLED}
FAILED = (Outcome.ERROR, Outcome.TIMEOUT)


class WholeBattery:
    """Every check of the catalog, and further ones of the tests, over one submission after the other."""

    def __init__(self, engine: Engine, *modules: str) -> None:
        self._engine = engine
        self.catalog: Mapping[str, CheckSpec] = {**load_catalog(), **engine.load(*modules)}
        self._data = {name: HandedOver(path) for name, path in make_data(engine.folder).items()}

    def run(self, name: str, data: bytes, **overrides: Mapping[str, object]) -> BatteryResult:
        """One run, as `assay check` makes it."""
        engine = self._engine
        battery = Battery(
            self.catalog,
            engine.trees(),
            engine.launcher,
            engine.clamd,
            engine.cache,
            Path(os.environ["ASSAY_CACHE_DIR"]),
            workers=2,
            memory=1 << 30,
            extra=(HOSTILE,),
            data=self._data,
        )
        plan = Plan(engine.add(data, name), "download", overrides=overrides)
        return battery.run(plan, lambda _: None, CancelToken())


def places(result: BatteryResult) -> set[str]:
    """The names by which a file of this run may be called."""
    assert result.tree is not None
    whole = result.tree.artifact.name
    return {printable(path, 160) for path in (whole, *(e.path for e in result.tree.entries))}


def failures(result: BatteryResult) -> list[CheckResult]:
    """The checks that ended as they should not."""
    return [c for c in result.checks if c.outcome in FAILED]


def assert_complete(result: BatteryResult, catalog: Mapping[str, CheckSpec]) -> None:
    """Every check ended, and what failed names the file that it failed on."""
    assert {c.id for c in result.checks} == set(catalog)
    names = places(result)
    for check in result.checks:
        assert check.outcome in ENDS, check
        if check.outcome in FAILED:
            said = re.match(r"not checked: (.*)", check.reason, re.S)
            assert said is not None, check
            assert any(said[1].startswith(f"{name}: ") for name in names), check


def found_in(result: BatteryResult, folder: str, catalog: Mapping[str, CheckSpec]) -> Counter[tuple[str, str, str]]:
    """What checks of single files found below a folder: (check, rule, path in it)."""
    found: list[RunFinding] = [f for f in result.findings if f.path.startswith(folder) and catalog[f.check].per_file]
    return Counter((f.check, f.rule, f.path.removeprefix(folder)) for f in found)
