"""What a package asks for: one entry a permission, graded by what it allows, and what several allow together."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.downloads.manifests.container import place, words
from checks.runtime.model import Severity
from checks.runtime.package import File, resource_path

MOST_ASKED = 1000


@functools.cache
def _load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def table(platform: str) -> dict[str, Any]:
    """rules/permissions/<platform>.toml: browser, android or vscode."""
    return _load(resource_path(f"rules/permissions/{platform}.toml"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked for: its name as the manifest has it, what it allows, and how much harm that can do.

    `severity` is that of the finding, None where the fact alone is enough. `needle` is what to show as evidence.
    `alike` are the names under which it counts in a combination.
    """

    name: str
    value: str
    grade: Severity
    severity: Severity | None = None
    rule: str = "permission"
    needle: str = ""
    alike: frozenset[str] = frozenset()


@dataclass
class Request:
    """What one manifest asks for."""

    platform: str
    file: File
    title: str = ""
    version: str = ""
    asked: dict[str, Asked] = field(default_factory=dict)
    problem: str = ""
    rule_sets: list[str] = field(default_factory=list)  # files with rules for requests, beside the manifest

    def add(
        self,
        name: str,
        entry: list[str],
        *,
        detail: str = "",
        needle: str = "",
        alike: Iterable[str] = (),
        rule: str = "permission",
        severity: Severity | None = None,
        optional: bool = False,
    ) -> None:
        """Note one; `entry` is [grade, words] of the tables. `optional` ones are asked for later, and weigh less."""
        grade = Severity.parse(entry[0])
        grade = min(grade, Severity.HIGH)
        if optional:
            grade = Severity(max(grade - 1, Severity.INFO))
        name = words(f"optional: {name}" if optional else name, 200)
        if not name or name in self.asked or len(self.asked) >= MOST_ASKED:
            return
        value = f"{entry[-1]}: {words(detail, 300)}" if detail else entry[-1]
        self.asked[name] = Asked(
            name, value, grade, _severity(grade) if severity is None else severity, rule, needle,
            frozenset() if optional else frozenset(alike),
        )  # fmt: skip

    def names(self) -> set[str]:
        """All names that count in a combination."""
        return {name for asked in self.asked.values() for name in asked.alike}

    def span(self, asked: Asked) -> tuple[int, int] | None:
        """Where the manifest asks for it."""
        return place(self.file, *filter(None, (f'"{asked.needle}"', asked.needle))) if asked.needle else None


def _severity(grade: Severity) -> Severity | None:
    """A capability alone is no wrong: what it may do is said by its grade."""
    return {Severity.HIGH: Severity.LOW, Severity.MEDIUM: Severity.INFO}.get(grade)


def combinations(request: Request) -> Iterator[tuple[str, Severity, str, list[Asked]]]:
    """(rule, severity, words, the permissions that make it up) of every combination that is complete."""
    for entry in table(request.platform)["combination"]:
        parts = [next((a for a in request.asked.values() if a.alike & set(wanted)), None) for wanted in entry["needs"]]
        if all(part is not None for part in parts):
            severity = Severity.parse(entry["severity"])
            yield entry["rule"], severity, entry["text"], [part for part in parts if part is not None]
