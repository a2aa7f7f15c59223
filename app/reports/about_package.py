"""What the package says of itself and what was learned about it, in few words: facts by group, and the inventory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.model import UNLISTED_GROUPS, Run, RunFact
from app.quantities import format_count
from app.reports.document import plain
from app.reports.outline import Fact
from checks import Severity

LISTED = 60  # facts of one group
TITLES = {
    "package": "Manifest",
    "permission": "Permission",
    "entry": "Entry point",
    "hook": "Install hook",
    "signature": "Signature",
    "executable": "Program",
    "document": "Document",
    "claim": "Claim",
}


def words_of(fact: RunFact) -> str:
    """A fact as a person reads it, with what changed since the baseline."""
    marks = [fact.grade.label] if fact.grade is not None else []
    if fact.state in ("new", "removed"):
        marks.append(fact.state)
    elif fact.state == "changed":
        marks.append(f"was {plain(fact.was)}")
    tail = f" ({', '.join(marks)})" if marks else ""
    return plain(fact.value) + tail if fact.value else tail.strip()


def grouped(facts: Sequence[RunFact]) -> dict[str, list[RunFact]]:
    """Facts by group in the order of TITLES, the riskiest permissions first."""
    groups: dict[str, list[RunFact]] = {group: [] for group in TITLES}
    for fact in facts:
        if fact.group not in UNLISTED_GROUPS:
            groups[fact.group].append(fact)
    groups["permission"].sort(key=lambda f: (-(f.grade if f.grade is not None else -1), f.name))
    return {group: members for group, members in groups.items() if members}


def describe_inventory(run: Run) -> str:
    """How many components there are, and of which types; empty without any."""
    if not run.inventory:
        return ""
    origins = Counter(part.origin for part in run.inventory)
    types = Counter(part.type or "other" for part in run.inventory)
    kinds = ", ".join(f"{number:,} {plain(kind)}" for kind, number in types.most_common(6))
    shares = ", ".join(f"{number:,} {origin}" for origin, number in sorted(origins.items()))
    return f"{format_count(len(run.inventory), 'component')} ({shares}): {kinds}"


def list_facts(run: Run) -> tuple[Fact, ...]:
    """For the notes: a row for each fact, at most so many of a group."""
    rows = []
    for group, members in grouped(run.facts).items():
        for fact in members[:LISTED]:
            rows.append(Fact(f"{TITLES[group]}: {plain(fact.name)}", words_of(fact)))
        if len(members) > LISTED:
            rows.append(Fact(TITLES[group], f"{len(members) - LISTED:,} more are in the JSON report"))
    inventory = describe_inventory(run)
    return (*rows, Fact("Inventory", inventory)) if inventory else tuple(rows)


def summarize(run: Run) -> list[str]:
    """For a terminal: a line for what a reviewer wants to know first."""
    groups = grouped(run.facts)
    package = {fact.name: plain(fact.value) for fact in groups.get("package", [])}
    name = " ".join(filter(None, (package.get("name"), package.get("version"))))
    lines = []
    if name:
        by = package.get("publisher") or package.get("author")
        lines.append(f"Package: {name}" + (f" by {by}" if by else ""))
    permissions = groups.get("permission", [])
    if permissions:
        grave = [p for p in permissions if (p.grade or Severity.INFO) >= Severity.MEDIUM or p.state == "new"]
        shown = ", ".join(f"{plain(p.name)} ({_mark(p)})" for p in grave[:8])
        more = f" and {len(grave) - 8} more" if len(grave) > 8 else ""
        lines.append(f"Permissions: {len(permissions)}" + (f", among them {shown}{more}" if grave else ""))
    for group in ("hook", "signature"):
        for fact in groups.get(group, [])[:4]:
            lines.append(f"{TITLES[group]}: {plain(fact.name)}: {words_of(fact)}"[:300])
    inventory = describe_inventory(run)
    return [*lines, f"Inventory: {inventory}"] if inventory else lines


def _mark(permission: RunFact) -> str:
    grade = permission.grade.label if permission.grade is not None else ""
    return ", ".join(filter(None, (grade, permission.state if permission.state == "new" else "")))
