"""All terms and rules of the code checks, read from resources/rules/code/*.toml and from the reviewer's own."""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.code._terms import ANY, Rule, Term, Words
from checks.runtime.model import Confidence, Severity
from checks.runtime.own_rules import OWN
from checks.runtime.package import prepared_path, resource_path

OWN_ROWS = "rules.json"
# The shipped tables as they are kept beside the databases: to read TOML takes fifteen times as long.
ROWS = "tables.json"


class Book:
    """All terms and rules, and which of them one language needs.

    `shipped` is the folder of TOML files, or the file of their tables; `own` what _own_code.py wrote of the reviewer's.
    """

    def __init__(self, shipped: Path, own: Path | None = None) -> None:
        self.terms: list[Term] = []
        self.rules: list[Rule] = []
        self.words: dict[str, Words] = {}
        for stem, table in (json.loads(shipped.read_bytes()) if shipped.is_file() else read_tables(shipped)).items():
            try:
                self.add(stem, table)
            except (TypeError, ValueError, KeyError) as error:
                raise ValueError(f"{stem}.toml: {error}") from error
        if own is not None and own.exists():
            self.add("own", json.loads(own.read_text("utf-8")))

    def add(self, stem: str, table: Mapping[str, Any]) -> None:
        """Take in the tables of one file; raises TypeError, ValueError or KeyError."""
        language = table.get("language", "")
        if language:
            self.words[language] = _words(table.get("words", {}))
        for row in table.get("term", ()):
            self.terms.append(Term(**{"language": language or ANY, **_frozen_row(row)}))
        defaults = {key: table[key] for key in ("remediation", "references") if key in table}
        for row in table.get("rule", ()):
            self.rules.append(_rule(stem, defaults | row))

    def language_terms(self, language: str) -> list[tuple[int, Term]]:
        """The terms that hold in a language, with their numbers."""
        return [(n, t) for n, t in enumerate(self.terms) if t.language in (ANY, language)]

    @property
    def computed(self) -> int:
        """The number under which the triggers of computed names are reported."""
        return len(self.terms)


def read_tables(folder: Path) -> dict[str, Mapping[str, Any]]:
    """The TOML files of a folder, by their stem in order; ValueError names the one that is wrong."""
    tables: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            tables[path.stem] = tomllib.loads(path.read_text("utf-8"))
        except ValueError as error:  # a TOMLDecodeError is one, and so is what is no UTF-8
            raise ValueError(f"{path.name}: {error}") from error
    return tables


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _frozen_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _frozen(value) for key, value in row.items()}


def _words(table: Mapping[str, Any]) -> Words:
    sets = ("modules", "members", "wrappers", "cleansers", "common", "globals", "makers", "quoters", "prototypes")
    values: dict[str, Any] = {k: frozenset(v) if k in sets else _frozen(v) for k, v in table.items()}
    return Words(**values)


def _rule(check: str, row: Mapping[str, Any]) -> Rule:
    values = _frozen_row(row)
    values["severity"] = Severity.parse(values["severity"])
    values["confidence"] = Confidence(values.get("confidence", "medium"))
    values["beside"] = tuple(tuple(group) if isinstance(group, list) else (group,) for group in row.get("beside", ()))
    return Rule(**{"check": check, **values})


@functools.cache
def load_book() -> Book:
    """The rules of this process."""
    compiled = shipped_folder()
    return Book(compiled / ROWS if compiled else resource_path("rules/code"), own_folder() / OWN_ROWS)


def shipped_folder() -> Path | None:
    """Where the shipped rules were compiled to: every check has the same, and which checks run a reviewer chooses."""
    checks = sorted(path.stem for path in resource_path("rules/code").glob("*.toml"))
    return next((prepared_path(check) for check in checks if prepared_path(check).is_dir()), None)


def own_folder() -> Path:
    """Where the reviewer's own rules are, with the databases of a book that holds them; it may not exist."""
    return prepared_path(OWN) / "code"
