"""Secrets: keys, tokens and passwords left in the package.

Whoever downloads the package owns what lies in it. The secret itself never leaves this check: the
finding carries its place, and a hash of it for recognising it again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from checks import Confidence, File, Finding, Severity, Unchecked, file_check, prepared_path
from checks.content._places import is_aside, roles
from checks.content._secret_proofs import Proof
from checks.content._secret_rules import load_rules, prepare
from checks.content._secret_search import Secret, find_secrets

_REFERENCES = ("CWE-798",)
_KEY_PROOFS = ("private_key", "pgp_private_key")
# The lines of a documenting comment, and of an example in a docstring.
_EXPLAINED = re.compile(rb"(?:\n|\\n)(?:[ \t]|\\t)*(?:\*(?!/)|///|//!|>>> )(?:(?!\\n)[^\n])*\Z")


def _views(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The bytes as they are, and the narrow form of UTF-16: (bytes, stride, offset of the first character).

    Strings of Windows programs are little-endian and stand at even and odd places.
    """
    yield data, 1, 0
    mark = data[:2]
    if mark in (b"\xff\xfe", b"MZ"):
        yield data[0::2], 2, 0
    if mark == b"\xfe\xff":
        yield data[1::2], 2, 0
    if mark == b"MZ":
        yield data[1::2], 2, 1


def _is_explained(data: bytes, start: int) -> bool:
    """Whether a place is in a line of a comment that documents the code, escaped in a source map or as it is."""
    return _EXPLAINED.search(data, max(0, start - 200), start) is not None


def _grade(secret: Secret, where: frozenset[str], *, explained: bool) -> tuple[Severity, Confidence]:
    """Fixtures and manuals hold made-up keys; a checksum says that this one is not."""
    severity, confidence = Severity.parse(secret.kind.severity), Confidence(secret.kind.confidence)
    if secret.proof is Proof.PROVEN:
        confidence = Confidence.HIGH
    elif secret.proof is Proof.DOUBTFUL:
        severity, confidence = min(severity, Severity.LOW), Confidence.LOW
        if secret.kind.proof in _KEY_PROOFS:
            severity, confidence = Severity.MEDIUM, Confidence.MEDIUM
    if explained and secret.proof is not Proof.PROVEN:
        severity, confidence = min(severity, Severity.LOW), Confidence.LOW
    if where & {"test", "doc"}:
        proven = secret.proof is Proof.PROVEN and secret.kind.proof not in _KEY_PROOFS
        severity = min(severity, Severity.MEDIUM if proven else Severity.LOW)
    return severity, confidence


@file_check(
    guidelines={"DL-08"},
    severity=Severity.HIGH,
    masks=True,
    rules=("secrets/*.toml", "places.toml"),
    uses=("hyperscan", "google-re2"),
    prepare=prepare,
)
def secrets(file: File, *, limit: int = 50) -> Iterator[Finding | Unchecked]:
    """Look for every kind of resources/rules/secrets in all bytes, text or not."""
    rules = load_rules(prepared_path("secrets"))
    told = 0
    for view, stride, offset in _views(file.data):
        found, complete = find_secrets(view, rules, file.path)
        if not complete:
            yield file.unchecked("too many strings that look like the beginning of a secret; the rest was not searched")
        where = roles(file.path) | ({"test"} if is_aside(file.path) else set())
        graded = [(s, *_grade(s, where, explained=_is_explained(view, s.start))) for s in found]
        # the gravest are told: a few real ones must not drown in many that are doubtful
        worst = sorted(graded, key=lambda item: (-item[1], item[0].start))
        listed, others = worst[: max(0, limit - told)], worst[max(0, limit - told) :]
        if others:
            # one range over all of them, so that every one is masked wherever the file is shown
            first, last = min(s.start for s, *_ in others), max(s.end for s, *_ in others)
            yield file.finding(
                "more_secrets",
                f"This file contains more than {limit} secrets; the others are not listed.",
                span=(first * stride + offset, last * stride + offset),
                severity=max(severity for _, severity, _ in others),
                matched="more",
                secret=True,
            )
        for secret, severity, confidence in sorted(listed, key=lambda item: item[0].start):
            told += 1
            coat = ", wrapped in base64," if secret.is_wrapped else ""
            checked = "; its checksum or structure is right" if secret.proof is Proof.PROVEN else ""
            yield file.finding(
                secret.kind.id,
                f"This file contains a secret{coat}: {secret.kind.title}{checked}.",
                span=(secret.start * stride + offset, secret.end * stride + offset),
                severity=severity,
                confidence=confidence,
                matched=f"sha256:{hashlib.sha256(secret.value).hexdigest()[:16]}",
                secret=True,
                remediation="Revoke it where it was issued, since it counts as published; ship the package without it "
                "and read it from the environment or a secret store at run time.",
                references=_REFERENCES,
            )
