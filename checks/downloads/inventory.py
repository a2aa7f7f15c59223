"""Component inventory: every component that is declared or lies in the package, and where each comes from.

What is not listed cannot be watched. A lock file that takes a component from somewhere else than its name says is
how one is swapped without anybody noticing.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from checks import Component, Finding, Package, Severity, Unchecked, check, resource_path
from checks.content._places import keep_worst
from checks.downloads.components.gathering import MAX_COMPONENTS, Part, describe_part, gather

SOURCE = "Take it from the registry by name and exact version, with a checksum in the lock file."
REFERENCES = ("CWE-829", "CWE-494", "CWE-1104")
_TARBALL = re.compile(r"/((?:@[^/]+/)?[^/]+)/-/[^/]+\.t(?:ar\.)?gz\Z")
_COMMIT = re.compile(r"[#@=]([0-9a-f]{40}|[0-9a-f]{64})\b")


@cache
def _plain_schemes(path: Path) -> tuple[str, ...]:
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["plain_schemes"])


@check(
    kinds={"download", "web", "chart"},
    guidelines={"DL-20"},
    severity=Severity.LOW,
    rules=("inventory.toml", "places.toml"),
    uses=("defusedxml",),
)
def inventory(package: Package, *, limit: int = 200) -> Iterator[Finding | Component | Unchecked]:
    """List the components; findings, at most `limit`, are about where they come from."""
    found = gather(package)
    ordered = sorted(found.parts, key=lambda part: part is not found.root)
    for part in ordered[:MAX_COMPONENTS]:
        yield describe_part(part)
    if len(ordered) > MAX_COMPONENTS:
        yield package.unchecked(f"more than {MAX_COMPONENTS:,} components: the rest is not listed")
    yield from found.unchecked
    worst, others = keep_worst(_judge_sources(found.parts), limit)
    yield from worst
    if others:
        yield package.unchecked(f"more than {limit} findings: {others} others are not listed")


def _judge_sources(parts: list[Part]) -> Iterator[Finding]:
    hosts = Counter((part.file.number, _host(part.source)) for part in parts if part.locked and part.source)
    locks = Counter(part.file.number for part in parts if part.locked and part.source)
    digests = Counter(part.file.number for part in parts if part.digest)
    schemes = _plain_schemes(resource_path("rules/inventory.toml"))
    for part in parts:
        if part.origin != "declared" or part.scope == "test":
            continue
        finding = _judge(part, schemes)
        if finding is None and part.locked and part.source:
            share = hosts[part.file.number, _host(part.source)] / locks[part.file.number]
            finding = _judge_host(part, share)
        if finding is None and _lacks_digest(part, digests[part.file.number]):
            finding = part.file.finding(
                "no-checksum",
                f"The lock file has a checksum for other components, but none for {_label(part)}: "
                "a swapped one would go unnoticed",
                severity=Severity.LOW,
                matched=f"{part.name}@{part.version}",
                remediation=SOURCE,
                references=REFERENCES,
            )
        if finding is not None:
            yield finding


def _judge(part: Part, schemes: tuple[str, ...]) -> Finding | None:
    """What the address of one component says by itself."""
    if not part.source:
        return None
    tarball = _TARBALL.search(unquote(urlsplit_path(part.source))) if part.kind == "npm" and part.locked else None
    if tarball and tarball[1].lower() != part.name.lower():
        return _finding(
            part, "lock-mismatch", Severity.HIGH, f"is installed from the archive of another one, {tarball[1][:120]}"
        )
    if part.source.startswith(schemes):
        return _finding(part, "plain-source", Severity.MEDIUM, "is fetched without encryption, so anybody can swap it")
    is_remote = part.source.startswith(("http", "git", "ssh", "github:", "gitlab:", "bitbucket:", "gist:"))
    if part.locked and not part.source.startswith("git"):
        return None
    if (is_remote or "/" in part.source) and not _COMMIT.search(part.source) and part.source != "git":
        severity = Severity.INFO if part.scope in ("dev", "build") else Severity.LOW
        return _finding(part, "mutable-source", severity, "comes from an address whose content can change at any time")
    return None


def _judge_host(part: Part, share: float) -> Finding | None:
    """An entry from another host than nearly all others in the same lock file."""
    if share > 0.05 or not part.source.startswith("http"):
        return None
    words = f"comes from {_host(part.source)[:100]}, unlike the others in the lock file"
    return _finding(part, "foreign-host", Severity.MEDIUM, words)


def _lacks_digest(part: Part, others: int) -> bool:
    kinds = ("npm", "pypi", "cargo")
    return part.locked and not part.digest and bool(part.version) and others > 3 and part.kind in kinds


def _finding(part: Part, rule: str, severity: Severity, words: str) -> Finding:
    return part.file.finding(
        rule,
        f"{_label(part)} {words}",
        severity=severity,
        matched=f"{part.name} {part.source}"[:500],
        remediation=SOURCE,
        references=REFERENCES,
    )


def _label(part: Part) -> str:
    return f"The component {part.label[:150]}"


def urlsplit_path(address: str) -> str:
    """The path of an address; empty where it is no URL at all."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # brackets that hold no address
        return ""
