"""Message flow: what one part of an extension takes from a page and another part sends.

A script in a page may send nothing to strangers, so it hands what it took to the background, which sends what it is
handed. Each half is harmless to look at: the theft shows where both are in one extension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from checks import File, Finding, Package, Severity, Unchecked, check
from checks.code._databases import prepare
from checks.code._engine import RULES, USES, language_of, reasons_in
from checks.downloads._family import containers, is_extension_manifest

if TYPE_CHECKING:
    from checks.code._reading import Reason

MOST = 12
_MOST_FILES = 400
_MOST_BYTES = 2 << 20
_MOST_EXTENSIONS = 10
# By how it is handed over, the rules that say that it is taken up, the last of which sends it.
_TAKERS = {
    "hands_": ("relays_message",),
    "keeps_": ("relays_kept",),
    "tells_": ("passes_on", "relays_message"),
}


@check(
    kinds={"download"},
    guidelines={"DL-18"},
    severity=Severity.HIGH,
    rules=RULES,
    uses=USES,
    prepare=prepare,
)
def message_flow(package: Package, *, limit: int = MOST) -> Iterator[Finding | Unchecked]:
    """Keys, forms and sign-ins that leave the page by way of another part of the extension."""
    for files in _extensions(package)[:_MOST_EXTENSIONS]:
        found = [(file, reason) for file in files[:_MOST_FILES] for reason in reasons_in(file, "message_flow")]
        if len(files) > _MOST_FILES:
            yield files[_MOST_FILES].unchecked("the extension has more scripts than are joined with each other")
        told = 0
        for file, reason in found:
            taker = _taker(file, reason, found)
            if taker is None or told >= limit:
                continue
            told += 1
            where = "the same file" if taker is file else taker.path
            yield file.finding(
                reason.rule.id,
                f"{reason.message}, and {where} sends what it is handed: together they take it out of the browser.",
                span=file.narrow_span(reason.start, reason.end),
                severity=Severity.HIGH,
                remediation=reason.rule.remediation,
                references=reason.rule.references,
            )
        for file, reason in _once((f, r) for f, r in found if r.rule.id.startswith(("relays_", "passes_"))):
            span = file.narrow_span(reason.start, reason.end)
            yield file.finding(reason.rule.id, reason.message, span=span, severity=Severity.INFO)


def _once(found: Iterable[tuple[File, Reason]]) -> list[tuple[File, Reason]]:
    """One place for each rule is enough of what is no wrong by itself."""
    return list({reason.rule.id: (file, reason) for file, reason in found}.values())


def _taker(file: File, reason: Reason, found: Sequence[tuple[File, Reason]]) -> File | None:
    """The file that sends what this one hands over: another one first, for most do not speak to themselves."""
    rules = next((takers for start, takers in _TAKERS.items() if reason.rule.id.startswith(start)), ())
    taker: File | None = None
    for rule in rules:
        takers = [other for other, theirs in found if theirs.rule.id == rule]
        if not takers:
            return None
        taker = next((other for other in takers if other is not file), takers[0])
    return taker


def _extensions(package: Package) -> list[list[File]]:
    """The scripts of each browser extension of a package."""
    found = []
    for container in containers(package):
        manifests = [f for f in container.files if f.name == "manifest.json" and is_extension_manifest(f)]
        for manifest in manifests[:_MOST_EXTENSIONS]:
            root = manifest.path.removesuffix("manifest.json")
            found.append([f for f in container.files if f.path.startswith(root) and _is_script(f)])
    return [files for files in found if files]


def _is_script(file: File) -> bool:
    language = language_of(file)
    return language is not None and language.name == "javascript" and 0 < file.size <= _MOST_BYTES
