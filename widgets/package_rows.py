"""What is known of the package, as rows: facts that checks told, and components; prepared without Qt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from app.model import UNLISTED_GROUPS, Component, Run, RunFact
from checks import Severity

INVENTORY = "component"
# In reading order: key, the word for one of them.
GROUPS = {
    "package": "manifest",
    "permission": "permission",
    "entry": "entry point",
    "hook": "install hook",
    "signature": "signature",
    "executable": "program",
    "document": "document",
    "claim": "claim",
    INVENTORY: "component",
}
_ORDER = {group: place for place, group in enumerate(GROUPS)}


@dataclass(frozen=True, slots=True)
class PackageRow:
    """One line: what it is, its name, what is said of it, where it stands. `state` is against the baseline."""

    group: str
    name: str
    value: str
    path: str
    grade: Severity | None
    state: str
    hay: str

    @property
    def word(self) -> str:
        """What it is."""
        return GROUPS[self.group]


def list_rows(run: Run) -> list[PackageRow]:
    """All rows of a run in reading order, the riskiest permissions first."""
    rows = [_fact_row(f) for f in run.facts if f.group not in UNLISTED_GROUPS]
    rows += [_component_row(c) for c in run.inventory]
    rows.sort(key=lambda row: (_ORDER[row.group], -(row.grade if row.grade is not None else -1)))
    return rows


def count_groups(rows: list[PackageRow]) -> Counter[object]:
    """How many there are of each group; what is gone since the baseline does not count."""
    return Counter(row.group for row in rows if row.state != "removed")


def _fact_row(fact: RunFact) -> PackageRow:
    value = fact.value
    if fact.state == "changed":
        value += f"  (was {fact.was})"
    return _row(fact.group, fact.name, value, fact.path, fact.grade, fact.state or "")


def _component_row(part: Component) -> PackageRow:
    name = f"{part.name} {part.version}".strip()
    said = [part.purl, part.origin, part.scope, part.licence, part.detail]
    return _row(INVENTORY, name, " · ".join(filter(None, said)), part.path, None, "")


def _row(group: str, name: str, value: str, path: str, grade: Severity | None, state: str) -> PackageRow:
    hay = f"{GROUPS[group]}\n{name}\n{value}\n{path}\n{state}".lower()
    return PackageRow(group, name, value, path, grade, state, hay)
