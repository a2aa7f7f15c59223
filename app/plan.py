"""What a battery is going to do: which checks, with which parameters, under which identity."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.paths import CHECKS, RESOURCES
from app.rules_own import digest_own, engines_of
from checks.runtime.catalog import CheckSpec


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """One check of a run. `version` names check, rules, libraries and parameters: results are reused under it.

    A `silent` check was not asked for; it runs because what it finds must be masked. `own` names the reviewer's own
    rules that it takes as well, empty where there are none.
    """

    spec: CheckSpec
    parameters: Mapping[str, Any]
    version: str
    silent: bool = False
    own: str = ""

    @property
    def id(self) -> str:
        """The check's id."""
        return self.spec.id

    @property
    def module(self) -> str:
        """Module that the worker imports."""
        return self.spec.module


@functools.cache
def runtime_digest() -> str:
    """SHA-256 over the machinery that checks run on."""
    sha = hashlib.sha256()
    for path in sorted((CHECKS / "runtime").rglob("*.py")):
        sha.update(path.read_bytes())
    for path in sorted([*CHECKS.glob("*/_*.py"), *CHECKS.glob("*/*/*.py")]):
        sha.update(path.read_bytes())
    return sha.hexdigest()


@functools.cache
def _spec_digest(spec: CheckSpec) -> str:
    return spec.identity or spec.digest(RESOURCES)


def plan_check(
    spec: CheckSpec,
    overrides: Mapping[str, Any],
    salt: str = "",
    *,
    silent: bool = False,
    own_rules: Path | None = None,
) -> PlannedCheck:
    """The check with the profile's parameters; `salt` adds outer versions such as a signature database's.

    `own_rules` is the folder of the reviewer's own. Raises ValueError for a parameter that the check does not have.
    """
    unknown = set(overrides) - set(spec.parameters)
    if unknown:
        raise ValueError(f"check {spec.id} has no parameter {', '.join(sorted(unknown))}")
    parameters = {**spec.parameters, **overrides}
    engines = engines_of(spec)
    own = digest_own(own_rules, engines) if engines else ""
    parts = [spec.id, _spec_digest(spec), runtime_digest(), parameters, salt, *([own] if own else ())]
    text = json.dumps(parts, sort_keys=True, default=list)
    return PlannedCheck(spec, parameters, hashlib.sha256(text.encode()).hexdigest()[:24], silent, own)


def pool_version(checks: Sequence[PlannedCheck]) -> str:
    """Identity of a set of checks that share their results' cache rows."""
    return hashlib.sha256(" ".join(f"{c.id}={c.version}" for c in checks).encode()).hexdigest()[:24]


def has_rules(check: PlannedCheck) -> bool:
    """Whether the check has anything to be compiled, shipped or the reviewer's own."""
    return check.spec.compiles or bool(check.own)


def prepared_folder(cache: Path, checks: Sequence[PlannedCheck]) -> Path:
    """Where the compiled rules of these checks are kept."""
    texts = [f"{c.id}={_spec_digest(c.spec)}" + (f"+{c.own}" if c.own else "") for c in checks if has_rules(c)]
    return cache / "prepared" / hashlib.sha256(" ".join([runtime_digest(), *texts]).encode()).hexdigest()[:24]
