"""PDF: scripts, actions that start by themselves, and hidden files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks import File, Finding, Severity, Unchecked, file_check, resource_path
from checks.content._places import keep_worst
from checks.downloads._active import has_active_content
from checks.downloads.documents import pdf
from checks.downloads.documents.pdf import BadPdf, Locked, Walk
from checks.downloads.documents.pdf_signs import REMOVE, Judge, load_rules

_NAME = re.compile(rb"/([A-Za-z]{0,20}#[0-9A-Fa-f]{2}[A-Za-z#0-9]{0,60})")
_CODE = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|OpenAction|AA)\b")
_MOST_NAMES = 100_000


@file_check(
    kinds={"download"},
    guidelines={"DL-22"},
    severity=Severity.MEDIUM,
    seconds=30.0,
    rules=("pdf_content.toml",),
    uses=("pikepdf", "google-re2"),
    gate=has_active_content,
)
def pdf_content(file: File) -> Iterator[Finding | Unchecked]:
    """A document that acts is a program, and object streams hide it from whoever looks at the bytes alone."""
    rules = load_rules(resource_path("rules/pdf_content.toml"))
    if b"%PDF-" not in file.head(1024):
        return
    if file.size > rules["limits"]["most_bytes"]:
        yield file.unchecked(f"PDF documents above {rules['limits']['most_bytes'] >> 20} MiB are not taken apart")
        return
    yield from _spelling(file, rules)
    if pdf.is_bomb(file.data, rules["limits"]["object_stream_bytes"]):
        yield file.finding(
            "bomb",
            f"It unpacks to more than {rules['limits']['object_stream_bytes'] >> 20} MiB: it exhausts its readers",
            severity=Severity.HIGH,
            remediation="Save the document anew.",
            references=("CWE-409",),
        )
        yield file.unchecked("its packed objects are too large to be looked at")
        return
    walk = Walk(rules["limits"])
    lost = 0
    try:
        with pdf.open_pdf(file.data) as document:
            worst, others = keep_worst(Judge(file, rules, document).findings(walk), rules["limits"]["told"])
            lost = pdf.undecoded(document)
    except Locked:
        yield file.finding(
            "encrypted",
            "The document needs a password: neither a reviewer nor a scanner can see what it holds",
            severity=Severity.MEDIUM,
            remediation="Submit the document without a password.",
            references=("https://attack.mitre.org/techniques/T1027/013/",),
        )
        yield file.unchecked("the document needs a password: submit it without one")
        return
    except BadPdf as problem:
        yield from _damaged(file)
        yield file.finding(
            "malformed",
            f"The file begins like a PDF document, but {problem}",
            severity=Severity.LOW,
            remediation="Save the document anew.",
            references=("CWE-1286",),
        )
        return
    yield from worst
    if others:
        yield file.unchecked(f"more than {rules['limits']['told']} findings here: {others} lesser ones are not listed")
    if lost:
        yield file.unchecked(f"{lost} of its object streams cannot be unpacked")
    if walk.stopped:
        yield file.unchecked(walk.stopped)


def _spelling(file: File, rules: dict[str, Any]) -> Iterator[Finding]:
    """Names whose letters are written as numbers, so that a search does not find them."""
    for number, match in enumerate(_NAME.finditer(file.data)):
        if number > _MOST_NAMES:
            return
        plain = _CODE.sub(lambda m: bytes([int(m[1], 16)]), match[1]).decode("latin-1")
        if plain in rules["hidden"]:
            yield file.finding(
                "hidden_name",
                f"The word {plain} is written as {match[1].decode('latin-1')[:60]}, so that scanners do not find it",
                span=match.span(),
                severity=Severity.HIGH,
                remediation=REMOVE,
                references=("https://attack.mitre.org/techniques/T1027/",),
            )
            return


def _damaged(file: File) -> Iterator[Finding]:
    """A document that only forgiving readers open: the words in its bytes have to do."""
    match = _ACTIVE.search(file.data)
    if match:
        yield file.finding(
            "damaged_action",
            f"The document is damaged so that it cannot be checked, and names {match[0].decode()} in the open",
            span=match.span(),
            severity=Severity.MEDIUM,
            remediation="Save the document anew.",
            references=("CWE-1286",),
        )
