"""Bill of materials: a declared SBOM compared with the components that the package really holds.

A bill that leaves parts out, or names other versions, is relied upon all the same when the next vulnerability is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import Fact, Finding, Package, Severity, Unchecked, check
from checks.content._places import keep_worst
from checks.downloads.components.gathering import Part, gather
from checks.downloads.components.node import table_of, text_of
from checks.downloads.components.sboms import OPENVEX, Document, Listed, find_documents, listed_components, read_claims

MAKE = "Make the bill of materials from the finished package, as a step of the build, and ship that one."
REFERENCES = ("CWE-1395", "https://cyclonedx.org/specification/overview/")


@check(
    kinds={"download", "web", "image", "chart"},
    guidelines={"DL-20"},
    severity=Severity.LOW,
    rules=("inventory.toml", "places.toml"),
    uses=("defusedxml",),
)
def sbom(package: Package, *, limit: int = 200) -> Iterator[Finding | Fact | Unchecked]:
    """Facts about each bill found; findings, at most `limit`, where it and the package differ."""
    bills: list[Document] = []
    for document in find_documents(package):
        if isinstance(document, Unchecked):
            yield document
            continue
        yield _fact(document)
        if document.form != OPENVEX and any(True for _ in listed_components(document)):
            bills.append(document)
    if not bills:
        return
    listed = [entry for bill in bills for entry in listed_components(bill)]
    inventory = gather(package)
    present = [part for part in inventory.parts if _is_there(part, inventory.root)]
    worst, others = keep_worst(_compare(bills[0], listed, present, inventory.root), limit)
    yield from worst
    if others:
        yield package.unchecked(f"more than {limit} findings: {others} others are not listed")


def _fact(document: Document) -> Fact:
    if document.form == OPENVEX:
        count = sum(1 for _ in read_claims(document))
        return document.file.fact("claim", "VEX", f"{document.form}, {count:,} statements")
    count = sum(1 for _ in listed_components(document))
    made = table_of(document.content.get("metadata")).get("timestamp")
    made = made or table_of(document.content.get("creationInfo")).get("created")
    when = f", of {text_of(made, 40)}" if made else ""
    return document.file.fact("claim", "SBOM", f"{document.form} {document.version}, {count:,} components{when}")


def _is_there(part: Part, root: Part | None) -> bool:
    """What the package holds for sure, or pins in a lock file for whoever runs it."""
    if part is root or part.scope in ("test", "dev", "build") or not part.version or not part.sure:
        return False
    return part.origin == "observed" or part.locked


def _compare(bill: Document, listed: list[Listed], present: list[Part], root: Part | None) -> Iterator[Finding]:
    versions: dict[tuple[str, str], set[str]] = {}
    names: dict[str, set[str]] = {}
    for entry in listed:
        if entry.kind:
            versions.setdefault(_key(entry.kind, entry.name), set()).add(entry.version)
        names.setdefault(_bare(entry.name), set()).add(entry.version)
    seen: set[tuple[object, ...]] = set()
    for part in present:
        key = (part.key, part.version)
        if key in seen or (root is not None and part.key == root.key):
            continue
        seen.add(key)
        known = versions.get(_key(*part.key)) or names.get(_bare(part.name))
        if known is None:
            yield _finding(bill, part, "sbom-missing", Severity.LOW, "does not list it")
        elif not {_plain(version) for version in known} & {_plain(part.version), ""}:
            told = ", ".join(sorted(known)[:3])[:100]
            yield _finding(bill, part, "sbom-version", Severity.MEDIUM, f"lists {told} instead")


def _finding(bill: Document, part: Part, rule: str, severity: Severity, words: str) -> Finding:
    where = "lies in the package" if part.origin == "observed" else "is pinned by a lock file"
    return part.file.finding(
        rule,
        f"{part.label[:150]} {where}, but the bill of materials ({bill.file.path[-80:]}) {words}",
        severity=severity,
        matched=f"{part.kind}:{part.name}@{part.version}",
        remediation=MAKE,
        references=REFERENCES,
    )


def _key(kind: str, name: str) -> tuple[str, str]:
    return kind, name.lower()


def _bare(name: str) -> str:
    return name.lower().replace(":", "/").replace("_", "-")


def _plain(version: str) -> str:
    return version.strip().removeprefix("v").partition("+incompatible")[0]
