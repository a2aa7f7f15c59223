"""Similarity: variants of what was rejected before, or of what a list calls bad.

Who was turned away comes back with other names, other addresses and a new coat. Every package leaves digests of its
code (see _digests.py for the measure, its strength and its errors); each new one is compared with those of everything
that was reviewed here and of the lists that the reviewer imported. How files become a degree is told in _variants.py.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from checks import Confidence, Fact, File, Finding, Package, Severity, Unchecked, check, data_path
from checks.downloads._titles import own_titles
from checks.downloads.similar.digests import VERSION, Digest, digest_file, load_rules, main_files, whole_digest
from checks.downloads.similar.known import Known
from checks.downloads.similar.variants import Comparer, Pair, Variant

REFERENCES = ("CWE-506",)
REMEDIATION = "Show how this code differs from what was rejected, and remove what it was rejected for."


@check(
    kinds={"download", "web", "chart"},
    guidelines={"DL-21"},
    severity=Severity.HIGH,
    needs={"known"},
    rules=("similarity.toml", "places.toml"),
)
def similarity(package: Package) -> Iterator[Finding | Fact | Unchecked]:
    """Digests of the main files as facts; findings where something known is recognised."""
    digests: dict[int, Digest] = {}
    for file in main_files(package):
        digest = digest_file(file)
        if digest.tells:
            digests[file.number] = digest
            yield file.fact("digest", VERSION, str(digest))
    if package.files:
        yield package.fact("digest", "whole", whole_digest(package.files))
    path = data_path("known")
    if not path.is_file():
        return  # nothing was reviewed here before, and no list imported
    known = None
    try:
        known = Known(path)
        yield from _compare(package, digests, known)
    except (sqlite3.Error, ValueError, TypeError) as error:  # a damaged file of the host's own
        yield package.unchecked(
            f"what was reviewed before cannot be read ({error}): it was not compared with all of it"
        )
    finally:
        if known is not None:
            known.close()


def _compare(package: Package, digests: dict[int, Digest], known: Known) -> Iterator[Finding]:
    rules = load_rules()
    whole = package.artifact
    if whole is not None and not whole.sha256 and known.has_lists():
        yield from _listed_artifact(whole, known)
    variants = Comparer(package, digests, known, rules, own_titles(package)).variants()
    told = 0
    for variant in variants:
        if told >= rules["limits"]["rejected"]:
            break
        finding = _judge(variant, rules) if variant.package.is_bad else None
        if finding is not None:
            told += 1
            yield finding
    if told:
        return  # next to that, what else it looks like is no news
    others = [v for v in variants if not v.package.is_bad and not v.same_title]
    seen: set[str] = set()
    for variant in others:
        if variant.degree < rules["degrees"]["alike"] or len(seen) >= rules["limits"]["alike"]:
            break
        if variant.package.title not in seen:
            seen.add(variant.package.title)
            yield _alike(package, variant)


def _listed_artifact(whole: File, known: Known) -> Iterator[Finding]:
    sha = hashlib.sha256()
    for chunk in whole.chunks():
        sha.update(chunk)
    for match in known.same([sha.hexdigest()]).get(sha.hexdigest(), ()):
        entry = known.package(match.package)
        if entry.verdict == "bad":
            yield Finding(
                "known-bad-file",
                f"The submission as a whole is on the list {entry.source} as known bad: {entry.name[:200]}.",
                severity=Severity.CRITICAL,
                confidence=Confidence.HIGH,
                matched=match.sha256,
                remediation="It cannot be published.",
                references=REFERENCES,
            )
            return


def _judge(variant: Variant, rules: dict[str, Any]) -> Finding | None:
    """What a likeness to something bad means; None where it is too weak to speak of."""
    exact = [p for p in variant.dangerous if p.degree == 1.0]
    if variant.package.verdict == "bad" and exact:
        return _finding(
            "known-bad-file", variant, exact[0], Severity.CRITICAL,
            f"This file is on the list {variant.package.source} as known bad: {variant.package.name[:200]}.",
        )  # fmt: skip
    if variant.dangerous:
        pair = (exact or variant.dangerous)[0]
        return _finding(
            "dangerous-file-again", variant, pair,
            Severity.MEDIUM if variant.same_title and not exact else Severity.HIGH,
            f"{_closeness(pair)} of {_name(variant)}, and was found dangerous there{_again(variant)}.",
        )  # fmt: skip
    if variant.degree < rules["degrees"]["rejected"]:
        return None
    severity = Severity.MEDIUM if variant.has_dangerous else Severity.HIGH
    rule, rest = "variant-of-rejected", ""
    if variant.has_dangerous:
        rule, rest = "related-to-rejected", " What was found dangerous there is not in it."
    if variant.same_title:
        rule, severity = "earlier-rejected", Severity.INFO
    return _finding(
        rule, variant, None, severity,
        f"{_percent(variant.degree)} percent of the code is that of {_name(variant)}: {_pairs(variant)}.{rest}",
    )  # fmt: skip


def _finding(rule: str, variant: Variant, pair: Pair | None, severity: Severity, message: str) -> Finding:
    options: dict[str, Any] = {
        "severity": severity,
        "confidence": Confidence.HIGH if (pair.degree if pair else variant.degree) >= 0.8 else Confidence.MEDIUM,
        "matched": f"{variant.package.source}:{variant.package.name}"[:400],
        "remediation": REMEDIATION,
        "references": REFERENCES,
    }
    return Finding(rule, message, **options) if pair is None else pair.file.finding(rule, message, **options)


def _alike(package: Package, variant: Variant) -> Finding:
    known = variant.package
    state = {"approved": "approved", "good": "on a list of good ones"}.get(known.verdict, "not decided")
    return package.finding(
        "looks-like",
        f"This looks like {known.name[:150]} ({state}, {known.at[:10]}): {_percent(variant.degree)} percent of the "
        f"code is the same, {_pairs(variant)}.",
        severity=Severity.INFO,
        matched=f"{known.source}:{known.title}"[:400],
    )


def _name(variant: Variant) -> str:
    known = variant.package
    if known.verdict == "bad":
        return f"{known.name[:150]}, on the list {known.source}" + (f" of {known.at[:10]}" if known.at else "")
    return f"{known.name[:150]}, rejected on {known.at[:10]}"


def _again(variant: Variant) -> str:
    whole = f"; {_percent(variant.degree)} percent of all the code is the same" if variant.degree >= 0.2 else ""
    return whole + ("; an earlier version of this title" if variant.same_title else "")


def _closeness(pair: Pair) -> str:
    extent = "bit for bit" if pair.degree == 1.0 else f"to {_percent(pair.degree)} percent"
    return f"This is, {extent}, {_tail(pair.known.path) if pair.known.path else 'a file'}"


def _pairs(variant: Variant) -> str:
    pair, count = variant.pairs[0], len(variant.pairs)
    like = f" like {_tail(pair.known.path)}" if pair.known.path else ""
    others = f", and {count - 1} more" if count > 1 else ""
    return f"{_tail(pair.file.path)}{like} at {_percent(pair.degree)} percent{others}"


def _tail(path: str) -> str:
    return path if len(path) <= 60 else "..." + path[-57:]


def _percent(degree: float) -> int:
    return int(degree * 100)  # never rounded up: 100 is said of the same bytes only
