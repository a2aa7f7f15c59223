"""The catalog, kept between starts: to import every check only to know its name is half of a start.

It holds for as long as no source of ours, no rule and no library is another. What was damaged is made
anew: a check must never be missing because a file has changed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.bytecode import compile_sources
from app.export import write_file
from app.paths import CHECKS, RESOURCES, ROOT
from checks.runtime.catalog import CheckSpec, installed_versions, load_catalog
from checks.runtime.model import Severity

log = logging.getLogger(__name__)

NAME = "catalog.json"
SETS = ("kinds", "guidelines", "needs")
LISTS = ("rules", "uses")


def read_catalog(cache: Path) -> Mapping[str, CheckSpec]:
    """All checks by id, from the folder of what can be made again where it is kept there and still holds.

    Raises CatalogError, as `load_catalog` does.
    """
    state = _state()
    kept = _read(cache / NAME, state)
    if kept is not None:
        return kept
    compile_sources()  # something is new: the next start shall find all of it compiled
    catalog = load_catalog()
    _keep(cache / NAME, state, catalog)
    return catalog


def _state() -> str:
    """Digest over which sources, rules and libraries there are, told by size and time as Python tells its bytecode."""
    sha = hashlib.sha256(f"{sys.version} {sorted(installed_versions().items())}".encode())
    for folder in (ROOT / "app", CHECKS, RESOURCES / "rules"):
        for path, size, changed in sorted(_files(folder)):
            sha.update(f"{path} {size} {changed}\n".encode())
    return sha.hexdigest()


def _files(folder: str | Path) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                about = entry.stat()
                yield entry.path, about.st_size, about.st_mtime_ns
            elif entry.name != "__pycache__":
                yield from _files(entry.path)


def _seal(state: str, checks: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps([state, checks]).encode()).hexdigest()


def _read(place: Path, state: str) -> dict[str, CheckSpec] | None:
    """What is kept for this state, None where there is nothing that can be trusted."""
    try:
        kept = json.loads(place.read_bytes())
        if kept["state"] != state or kept["seal"] != _seal(state, kept["checks"]):
            return None
        specs = [_spec(row) for row in kept["checks"]]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.debug("%s: not used (%s)", place, error)
        return None
    return {spec.id: spec for spec in specs}


def _spec(row: dict[str, Any]) -> CheckSpec:
    row |= {name: frozenset(row[name]) for name in SETS}
    row |= {name: tuple(row[name]) for name in LISTS}
    parameters = {name: tuple(v) if isinstance(v, list) else v for name, v in row["parameters"].items()}
    return CheckSpec(**row | {"severity": Severity(row["severity"]), "parameters": MappingProxyType(parameters)})


def _row(spec: CheckSpec) -> dict[str, Any]:
    row = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
    row |= {name: sorted(row[name]) for name in SETS}
    row |= {name: list(row[name]) for name in LISTS}
    parameters = {name: list(v) if isinstance(v, tuple) else v for name, v in spec.parameters.items()}
    return row | {"severity": int(spec.severity), "parameters": parameters, "identity": spec.digest(RESOURCES)}


def _keep(place: Path, state: str, catalog: Mapping[str, CheckSpec]) -> None:
    checks = [_row(spec) for spec in catalog.values()]
    text = json.dumps({"state": state, "seal": _seal(state, checks), "checks": checks})
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_file(place, text.encode())
    except OSError as error:  # then the next start takes longer
        log.debug("%s: not kept (%s)", place, error)
