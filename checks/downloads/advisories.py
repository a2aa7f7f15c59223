"""Known vulnerabilities: components with published advisories, matched offline against the imported database.

What the developer claims about one (VEX) stands beside the finding; it never hides it and never makes it lighter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks import Confidence, Finding, Package, Severity, Unchecked, check, data_path
from checks.content._places import keep_worst
from checks.downloads.components.gathering import Inventory, Part, gather
from checks.downloads.components.sboms import Claim, find_documents, read_claims
from checks.downloads.osv.match import Advisories, Match

_SIDE = frozenset({"dev", "test", "build", "provided"})
_INFORM = "https://osv.dev/vulnerability/"


@dataclass
class _Component:
    """The same component and version in all of its places."""

    first: Part
    parts: list[Part] = field(default_factory=list)


@check(
    kinds={"download", "web", "image", "chart"},
    guidelines={"DL-15"},
    severity=Severity.HIGH,
    needs={"advisories"},
    seconds=300.0,
    rules=("inventory.toml", "places.toml"),
    uses=("defusedxml", "univers"),
)
def advisories(package: Package, *, limit: int = 2000) -> Iterator[Finding | Unchecked]:
    """One finding for each component, version and vulnerability; at most `limit`, the gravest."""
    database = Advisories(data_path("advisories"))
    try:
        inventory = gather(package)
        yield from inventory.unchecked
        results: list[Finding | Unchecked] = []
        claims: list[Claim] | None = None
        for component in _components(inventory):
            for match in database.match(component.first):
                if claims is None:  # most packages have nothing to claim anything about
                    claims = _claims(package, results)
                results.append(_finding(component, match, claims, inventory))
    finally:
        database.close()
    worst, others = keep_worst(results, limit)
    yield from worst
    if others:
        yield package.unchecked(f"more than {limit:,} findings: {others:,} others are not listed")


def _components(inventory: Inventory) -> list[_Component]:
    """Each component and version once; a range beside a lock file or the thing itself says nothing more."""
    gathered: dict[tuple[object, ...], _Component] = {}
    for part in sorted(inventory.parts, key=_trust):
        if not part.version and part.key in inventory.locked_names:
            continue
        if part.source and not part.locked:
            continue  # from an address: its name says nothing of what is there
        key = (part.key, part.version or part.wanted)
        gathered.setdefault(key, _Component(part)).parts.append(part)
    return list(gathered.values())


def _trust(part: Part) -> tuple[bool, bool, bool]:
    """The place that says most comes first: what is there, what ships, what is sure."""
    return part.scope in _SIDE, part.origin != "observed", not part.sure


def _claims(package: Package, results: list[Finding | Unchecked]) -> list[Claim]:
    claims: list[Claim] = []
    for document in find_documents(package):
        if isinstance(document, Unchecked):
            results.append(document)
        else:
            claims += read_claims(document)
    return claims


def _finding(component: _Component, match: Match, claims: list[Claim], inventory: Inventory) -> Finding:
    part = component.first
    rule, severity = _grade(component, match)
    return part.file.finding(
        rule,
        _sentence(component, match, claims, inventory),
        span=(part.offset, part.offset + 1) if 0 <= part.offset < part.file.size else None,
        severity=severity,
        confidence=_confidence(part, match),
        matched=f"{part.kind}:{part.name}@{part.version or part.wanted} {match.name}",
        remediation=_remedy(part, match),
        references=("CWE-506" if match.malicious else "CWE-1395", _INFORM + match.name),
    )


def _grade(component: _Component, match: Match) -> tuple[str, Severity]:
    if match.malicious:
        return "malicious-component", Severity.CRITICAL
    severity = Severity.MEDIUM if match.severity is None else match.severity
    rule = "vulnerable-range" if match.ranged else "vulnerable-component"
    if match.repairable or all(part.scope in _SIDE for part in component.parts):
        severity = min(severity, Severity.LOW)
    return rule, severity


def _confidence(part: Part, match: Match) -> Confidence:
    if not part.sure or match.ranged or (part.kind == "golang" and part.file.name == "go.sum"):
        return Confidence.LOW
    return Confidence.HIGH if part.origin == "observed" or part.locked else Confidence.MEDIUM


def _sentence(component: _Component, match: Match, claims: list[Claim], inventory: Inventory) -> str:
    part = component.first
    name = f"{part.name[:100]} {(part.version or part.wanted or 'of any version')[:40]}"
    if part is inventory.root:
        name = f"The package itself, {name},"
    what = "is known to be malicious" if match.malicious else "has a known vulnerability"
    if match.ranged and not match.malicious:
        what = "allows versions with a known vulnerability"
    aliases = f" ({', '.join(match.aliases[:3])})" if match.aliases else ""
    words = f"{name} {what}, {match.name}{aliases}"
    if match.summary:
        words += f": {match.summary[:120].rstrip('.')}"
    if match.fixed:
        words += f"; fixed in {match.fixed[:40]}"
    elif not match.malicious:
        words += "; no fixed version is known"
    if match.ranged and not match.malicious:
        words += ", which it lets in too" if match.repairable else ""
        words += "; no lock file says which version is taken"
    if not part.sure:
        words += "; the version is told by a comment or a name only"
    others = len({p.file.number for p in component.parts}) - 1
    place = f" ({part.origin} in {part.file.path[-80:]}" + (f" and {others} more)" if others > 0 else ")")
    return words + place + _claimed(part, match, claims, inventory)


def _claimed(part: Part, match: Match, claims: list[Claim], inventory: Inventory) -> str:
    about: dict[str, str] = defaultdict(str)
    for claim in claims:
        if claim.names.isdisjoint(match.names):
            continue
        subjects = {part.key, *([inventory.root.key] if inventory.root else ())}
        if claim.products and claim.products.isdisjoint(subjects):
            continue
        about[claim.status[:40] or "something unclear"] = claim.reason[:60]
    told = [f"{status} ({reason})" if reason else status for status, reason in list(about.items())[:2]]
    return f"; the developer claims: {', '.join(told)}" if told else ""


def _remedy(part: Part, match: Match) -> str:
    if match.malicious:
        return f"Remove {part.name[:100]}, and look at what it did wherever it was installed."
    if match.fixed:
        return f"Update {part.name[:100]} to {match.fixed[:40]} or later, and the lock file with it."
    return f"Replace {part.name[:100]}, or show that the vulnerable part of it is never reached."
