"""Signatures: who signed the package, whether it still holds, and whether it is the signer of before.

Valid, invalid, unverifiable and unsigned are four words: the last two are no fault by themselves, and none of them
says that the signer is to be trusted: no list of roots for signed code is kept here.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from checks import Confidence, Fact, Finding, Package, Severity, Unchecked, check, resource_path
from checks.downloads.signing.continuity import compare
from checks.downloads.signing.detached import describe_detached
from checks.downloads.signing.model import Seal, State
from checks.downloads.signing.survey import Budget, Subject, survey
from checks.runtime.model import MAX_FACT_VALUE

_MOST_DETAIL = 240
# A file inside the package may come from somebody else, who has keys of his own.
_INSIDE = dict.fromkeys(("signer_changed", "signature_removed", "signature_unproven"), Severity.MEDIUM)


@cache
def _rules(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@check(
    kinds={"download"},
    guidelines={"DL-14"},
    severity=Severity.HIGH,
    rules=("signature.toml",),
    uses=("asn1crypto", "cryptography", "olefile", "pysequoia"),
)
def signature(package: Package) -> Iterator[Finding | Fact | Unchecked]:
    """An update that somebody else signed, or that was changed after signing, is not what users agreed to install."""
    rules = _rules(resource_path("rules/signature.toml"))
    subjects = _survey(package, rules)
    yield from _tell(package, subjects, rules)
    yield from describe_detached(package)
    for subject in subjects:
        if subject.unchecked:
            yield subject.file.unchecked(subject.unchecked) if subject.file else package.unchecked(subject.unchecked)
        for seal in subject.seals:
            for problem in seal.problems:
                words = {"scheme": seal.scheme, "detail": problem.detail}
                yield _finding(package, subject, seal.file, problem.rule, rules, words)
        if subject.is_artifact and not subject.seals and not subject.unchecked:
            yield from _unsigned(package, subject, rules)
    if package.baseline is not None:
        for subject, rule, before, now, scheme in compare(subjects, _survey(package.baseline, rules)):
            severity = None if subject.is_artifact else _INSIDE.get(rule)
            words = {"scheme": scheme, "before": before, "detail": now}
            yield _finding(package, subject, subject.file, rule, rules, words, severity)


def _survey(package: Package, rules: dict[str, Any]) -> list[Subject]:
    bounds = rules["bounds"]
    stores = [(store["key"], store["name"]) for store in rules["store"]]
    return list(survey(package, stores, Budget(bounds["subjects"], bounds["bytes"])))


def _unsigned(package: Package, subject: Subject, rules: dict[str, Any]) -> Iterator[Finding]:
    family = rules["noted"].get(subject.family, subject.family)
    if family in rules["unsigned"]:
        severity = Severity.parse(rules["unsigned"][family])
        words = {"scheme": family, "detail": subject.note}
        yield _finding(package, subject, subject.file, "unsigned", rules, words, severity)


def _finding(
    package: Package,
    subject: Subject,
    file: Any,
    rule: str,
    rules: dict[str, Any],
    words: dict[str, str],
    severity: Severity | None = None,
) -> Finding:
    row = rules["rules"][rule]
    words = {key: _clean(value) for key, value in words.items()}
    options: dict[str, Any] = {
        "severity": severity if severity is not None else Severity.parse(row["severity"]),
        "confidence": Confidence.HIGH,
        "matched": f"{words['scheme']} {words.get('before', '')} {words['detail']}"[:_MOST_DETAIL],
        "remediation": row["remediation"],
        "references": tuple(row["references"]),
    }
    message = row["message"].format(**words)
    where = file or subject.file
    if where is None or (subject.is_artifact and where.number >= len(package.entries)):
        return package.finding(rule, message, **options)
    finding: Finding = where.finding(rule, message, **options)
    return finding


def _clean(text: str) -> str:
    """Names from a submission in printable characters, and not endless."""
    return _printable(text)[:_MOST_DETAIL]


def _tell(package: Package, subjects: Sequence[Subject], rules: dict[str, Any]) -> Iterator[Fact]:
    """What there is, as facts; files signed alike become one line."""
    alike: dict[tuple[str, ...], tuple[Seal, Subject]] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    unsigned: Counter[str] = Counter()
    for subject in subjects:
        for seal in subject.seals:
            key = (seal.scheme, seal.state, *(signer.certificate or signer.key for signer in seal.signers))
            alike.setdefault(key, (seal, subject))
            counts[key] += 1
        if not subject.seals and not subject.unchecked:
            if subject.is_artifact:
                family = rules["noted"].get(subject.family, subject.family)
                yield package.fact("signature", subject.family, f"{State.UNSIGNED}: {family}{_clean(subject.note)}")
            elif subject.family.startswith("Windows"):
                unsigned[subject.family] += 1
    most = rules["bounds"]["facts"]
    for key, (seal, subject) in list(alike.items())[:most]:
        rest = f"; and {counts[key] - 1} more files signed alike" if counts[key] > 1 else ""
        value = _printable(seal.value)[: MAX_FACT_VALUE - len(rest)] + rest
        file = seal.file or subject.file
        grade = Severity.HIGH if seal.state is State.INVALID else None
        outside = file is None or file.number >= len(package.entries)
        place = package if file is None or outside else file
        yield place.fact("signature", seal.scheme, value, grade=grade)
    if len(alike) > most:
        yield package.fact("signature", "more", f"{len(alike) - most} more signatures by others")
    for name, count in unsigned.items():
        yield package.fact("signature", name, f"{State.UNSIGNED}: {count} of them inside the package")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
