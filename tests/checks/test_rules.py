"""Every rule that we ship as data has a malicious sample that it flags and a benign one that it lets pass.

A rule's samples lie in tests/samples/rules/<engine>/<rule>/flags and passes, or among those of its check: there a
malicious one is called `<rule>--<words>`, and a benign one that begins with the rule's name is its own. Without one of
its own, a rule has to be found in some malicious sample of its check; and a code rule is held against a benign one of
its check. A rule without both fails, and so does one that is found where it should not.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from checks.runtime.catalog import CheckSpec, load_catalog
from checks.runtime.model import Finding, Severity

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "resources" / "rules"
OWN_SAMPLES = ROOT / "tests" / "samples" / "rules"
YARA_CHECK = "malware_rules"
_YARA_RULE = re.compile(r"^rule\s+(\w+)", re.MULTILINE)


class Rule(NamedTuple):
    engine: str
    check: str
    id: str


def shipped_rules() -> Iterator[Rule]:
    for path in sorted((RULES / "yara").glob("*.yar")):
        for name in _YARA_RULE.findall(path.read_text(encoding="utf-8")):
            yield Rule("yara", YARA_CHECK, name)
    for path in sorted((RULES / "code").glob("*.toml")):
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("rule", ())
        yield from dict.fromkeys(Rule("code", row.get("check", path.stem), row["id"]) for row in rows)


@functools.cache
def neighbour() -> ModuleType:
    """The module that knows how samples are read; tests are no package to import from."""
    spec = importlib.util.spec_from_file_location("sample_reader", Path(__file__).with_name("test_samples.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def check_samples(check: str, side: str) -> tuple[tuple[str, Mapping[str, bytes]], ...]:
    return tuple(neighbour().samples(check, side))


def samples_of(rule: Rule, side: str) -> list[tuple[str, Mapping[str, bytes]]]:
    """The samples of one rule, its own and those of its check."""
    folder = OWN_SAMPLES / rule.engine / rule.id / side
    own = [(p.name, neighbour().read_sample(p)) for p in sorted(folder.iterdir())] if folder.is_dir() else []
    start = f"{rule.id}--" if side == "flags" else f"{rule.id}-"
    return own + [(name, files) for name, files in check_samples(rule.check, side) if name.startswith(start)]


@functools.cache
def catalog() -> Mapping[str, CheckSpec]:
    return load_catalog()


ALL = [pytest.param(rule, id=f"{rule.engine}-{rule.id}") for rule in shipped_rules()]


def test_there_are_rules() -> None:
    assert len([rule for rule in shipped_rules() if rule.engine == "yara"]) >= 40


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_has_both_and_tells_them_apart(rule: Rule, request: pytest.FixtureRequest) -> None:
    spec = catalog()[rule.check]
    malicious, benign = samples_of(rule, "flags"), samples_of(rule, "passes")
    for name, files in malicious:
        found = find(spec, "flags", name, files, request)
        assert rule.id in found, f"{rule.id} does not find its sample {name}, but {sorted(found)}"
    if not malicious:  # or one that was written for a neighbour
        samples = check_samples(rule.check, "flags")
        malicious = [(n, files) for n, files in samples if rule.id in find(spec, "flags", n, files, request)]
    assert malicious, f"{rule.id} has no malicious sample: add tests/samples/rules/{rule.engine}/{rule.id}/flags/"
    if not benign and rule.engine == "code":  # any honest file that its check has to let pass
        benign = list(check_samples(rule.check, "passes")[:1])
    assert benign, f"{rule.id} has no benign sample: add tests/samples/rules/{rule.engine}/{rule.id}/passes/"
    for name, files in benign:
        found = find(spec, "passes", name, files, request)
        assert found.get(rule.id, Severity.INFO) <= Severity.INFO, f"{rule.id} flags the benign sample {name}"


_found: dict[tuple[str, str, str], dict[str, Severity]] = {}


def find(
    spec: CheckSpec, side: str, name: str, files: Mapping[str, bytes], request: pytest.FixtureRequest
) -> dict[str, Severity]:
    """The rules found in a sample with the weight of the worst finding; each sample is looked at once."""
    key = spec.id, side, name
    if key not in _found:
        worst: dict[str, Severity] = {}
        for result in neighbour().run_sample(spec, files, request):
            if isinstance(result, Finding):
                severity = spec.severity if result.severity is None else result.severity
                worst[result.rule] = max(severity, worst.get(result.rule, Severity.INFO))
        _found[key] = worst
    return _found[key]


def test_samples_belong_to_a_rule() -> None:
    """Those of a rule that was renamed would never run again."""
    known = {(rule.engine, rule.id) for rule in shipped_rules()}
    kept = {(p.parent.name, p.name) for p in OWN_SAMPLES.glob("*/*") if p.is_dir()}
    assert kept <= known
