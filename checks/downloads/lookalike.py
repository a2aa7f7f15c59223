"""Look-alike names: a package or dependency whose name can be taken for a popular one.

Attackers publish under the name that a slip of the keys gives. The package's own name weighs most; a dependency
under such a name is what a developer mistyped, or was made to install.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks import Confidence, Finding, Package, Severity, Unchecked, check
from checks.content._places import keep_worst
from checks.downloads._lookalikes import (
    AFFIX,
    CHARACTERS,
    SCOPE,
    SEPARATORS,
    TYPO,
    Likeness,
    popular_names,
    resemble,
    rules,
)
from checks.downloads.components.gathering import Part, gather

OWN = "Choose a name that nobody takes for another one, or show that you publish the popular package too."
DEPENDENCY = "Compare the name with the one you meant, and correct it; if it is meant so, say why."
REFERENCES = ("CWE-1357", "https://attack.mitre.org/techniques/T1195/001/")
_HOW = {
    TYPO: "one slip of the keys away from",
    CHARACTERS: "drawn like",
    SEPARATORS: "only other separators than",
    AFFIX: "a common addition away from",
    SCOPE: "in another owner's scope, the name of",
}


@check(
    kinds={"download"},
    guidelines={"DL-20"},
    severity=Severity.LOW,
    rules=("lookalike.toml", "popular/*.txt", "inventory.toml", "places.toml"),
    uses=("defusedxml",),
)
def lookalike(package: Package, *, limit: int = 100) -> Iterator[Finding | Unchecked]:
    """The package's own name, and those that it declares or locks; at most `limit` findings."""
    found = gather(package)
    results: list[Finding | Unchecked] = []
    if found.root is not None:
        results += _judge_own(found.root)
    results += _judge_dependencies(package, found.parts, found.root)
    worst, others = keep_worst(results, limit)
    yield from worst
    if others:
        yield package.unchecked(f"more than {limit} findings: {others} others are not listed")


def _kind(part: Part) -> str:
    return "browser-extension" if part.kind == "generic" and part.file.name == "manifest.json" else part.kind


def _judge_own(root: Part) -> Iterator[Finding]:
    likeness = resemble(_kind(root), root.name)
    if likeness is None:
        return
    is_top = likeness.rank <= rules()["limits"]["top"]
    severity = {
        CHARACTERS: Severity.HIGH,
        TYPO: Severity.HIGH if is_top else Severity.MEDIUM,
        SEPARATORS: Severity.HIGH if _kind(root) == "browser-extension" else Severity.MEDIUM,
        AFFIX: Severity.LOW,
        SCOPE: Severity.LOW if root.kind == "vscode-extension" else Severity.INFO,
    }[likeness.how]
    yield _finding(root, likeness, "own", severity, f"The package calls itself {root.name[:100]}", OWN)


def _judge_dependencies(package: Package, parts: list[Part], root: Part | None) -> Iterator[Finding | Unchecked]:
    limits = rules()["limits"]
    own_scope = root.name.partition("/")[0] if root is not None and "/" in root.name else ""
    seen: set[tuple[str, str]] = set()
    declared = {part.key for part in parts}
    for part in parts:
        if part.origin != "declared" or part.scope == "test" or part.key in seen or popular_names(part.kind) is None:
            continue
        if own_scope and part.name.startswith(own_scope + "/"):
            continue
        seen.add(part.key)
        if len(seen) > limits["names"]:
            yield package.unchecked(f"more than {limits['names']:,} names of dependencies: the rest is not compared")
            return
        likeness = resemble(part.kind, part.name)
        if likeness is None or likeness.how in (AFFIX, SCOPE):  # half of all honest names are made so
            continue
        severity = Severity.LOW
        if likeness.how != SEPARATORS and likeness.rank <= limits["top_dependency"]:
            severity = Severity.MEDIUM
        if likeness.how == CHARACTERS and not part.name.isascii():
            severity = Severity.HIGH
        if severity is Severity.MEDIUM and (part.kind, likeness.popular) in declared:
            severity = Severity.LOW  # whoever asks for both knows the one from the other
        yield _finding(part, likeness, "dependency", severity, f"It depends on {part.name[:100]}", DEPENDENCY)


def _finding(part: Part, likeness: Likeness, what: str, severity: Severity, start: str, remediation: str) -> Finding:
    span = None
    name = part.name.encode("utf-8", "surrogateescape") if part.file.size < 1 << 20 else b""
    if name and (at := part.file.data.find(name)) >= 0:
        span = (at, at + len(name))
    return part.file.finding(
        f"{what}-{likeness.how}",
        f"{start}, {_HOW[likeness.how]} the popular {likeness.popular[:100]}",
        span=span,
        severity=severity,
        confidence=Confidence.LOW if likeness.how in (AFFIX, SCOPE) else Confidence.MEDIUM,
        matched=f"{part.name} {likeness.popular}",
        remediation=remediation,
        references=REFERENCES,
    )
