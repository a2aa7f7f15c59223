"""Message flow: what one part of an extension takes from a page and another part sends.

A script in a page may send nothing to strangers, so it hands what it took to the background, which sends what it is
handed. Each half is harmless to look at: the theft shows where both are in one extension.
"""

from __future__ import annotations

import re
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
# A part of a message and what it is given; what is so plain was not taken from a page.
_KEY = re.compile(rb"""([\w$]+)["']?\s*:\s*([^\s,}][^,}]{0,200})""")
_PLAIN = re.compile(rb"""["'`\d]|true\b|false\b|null\b|(window\.|document\.)?location\.(origin|host|hostname)\b""")
# A listener that is a function with a plain name for the message; how a part of it is named.
_LISTENER = re.compile(
    rb"addListener\s*\(\s*(?:async\s+)?(?:function\s*[\w$]*\s*)?\(?\s*([A-Za-z_$][\w$]*)\s*(?=[,)]|=>)"
)
_PART = re.compile(rb"\s*\??\.\s*([A-Za-z_$][\w$]*)")
_AFTER_PARAMETER = re.compile(rb"\s*(?:,[^()]{0,80})?\)\s*(?:=>|\{)|\s*=>")


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
            together = f"{where} sends what it is handed: together they take it out of the browser"
            if not (meets := _meet(file.narrow[reason.start : reason.end], taker.narrow)):
                together = f"{where} sends other parts of such messages: see whether it sends this one as well"
            yield file.finding(
                reason.rule.id,
                f"{reason.message}, and {together}.",
                span=file.narrow_span(reason.start, reason.end),
                severity=Severity.HIGH if meets else Severity.MEDIUM,
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


def _meet(call: bytes, taker: bytes) -> bool:
    """Whether the taker can send what the call hands over: not where it only ever names other parts of a message.

    `call` is the code that hands it over, `taker` that of the other file. Where either cannot be told, they meet.
    """
    keys = {key for key, value in _KEY.findall(call) if not _PLAIN.match(value)}
    names = _LISTENER.findall(taker)
    if not keys or b"..." in call or not names or len(names) != taker.count(b"addListener"):
        return True
    for name in set(names):
        for use in re.finditer(rb"(?<![\w$.])" + re.escape(name) + rb"(?![\w$])", taker):
            part = _PART.match(taker, use.end())
            is_parameter = _AFTER_PARAMETER.match(taker, use.end()) is not None
            if (part is None and not is_parameter) or (part is not None and part.group(1) in keys):
                return True
    return False


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
