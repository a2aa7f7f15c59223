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


class Book:
    """All terms and rules, and which of them one language needs; `own` is what _own_code.py wrote of the reviewer's."""

    def __init__(self, folder: Path, own: Path | None = None) -> None:
        self.terms: list[Term] = []
        self.rules: list[Rule] = []
        self.words: dict[str, Words] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                self.add(path.stem, tomllib.loads(path.read_text("utf-8")))
            except (TypeError, ValueError, KeyError) as error:  # a TOMLDecodeError is a ValueError
                raise ValueError(f"{path.name}: {error}") from error
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


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _frozen_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _frozen(value) for key, value in row.items()}


def _words(table: Mapping[str, Any]) -> Words:
    sets = ("modules", "members", "wrappers", "cleansers", "common", "globals", "makers", "quoters")
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
    return Book(resource_path("rules/code"), own_folder() / OWN_ROWS)


def own_folder() -> Path:
    """Where the reviewer's own rules are, with the databases of a book that holds them; it may not exist."""
    return prepared_path(OWN) / "code"
