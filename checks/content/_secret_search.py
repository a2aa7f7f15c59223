"""Find secrets in bytes: one pass for all kinds, then the exact extent, then the proof."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from checks.content._places import roles
from checks.content._scan import compile_bytes
from checks.content._secret_proofs import PROOFS, Proof, entropy
from checks.content._secret_rules import WRAPPED, Kind, Rules

MAX_RUN = 8192
_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_DIGIT = re.compile(rb"[0-9]")
_RUN = re.compile(rb"[0-9A-Za-z+/_-]*")


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret found at [start, end) of the bytes given; `value` is the secret itself, decoded when wrapped."""

    kind: Kind
    start: int
    end: int
    value: bytes
    proof: Proof
    is_wrapped: bool = False


def _judge(kind: Kind, value: bytes, match: object, line: bytes, rules: Rules) -> Proof:
    """What speaks for this value; the allow-list comes first."""
    allowed = rules.allowed
    if kind.generic and not _DIGIT.search(value):
        return Proof.REJECT
    if hashlib.sha256(value).hexdigest() in allowed.known_sha256:
        return Proof.REJECT
    is_key = kind.proof in ("private_key", "pgp_private_key")
    if not is_key and compile_bytes(allowed.placeholders).search(value):
        return Proof.REJECT
    if kind.generic and compile_bytes(allowed.references).search(value):
        return Proof.REJECT
    if kind.generic and compile_bytes(allowed.contexts).search(line):
        return Proof.REJECT
    if not kind.keeps_uuid and compile_bytes(_UUID).search(value):
        return Proof.REJECT
    if kind.entropy and entropy(value) < kind.entropy:
        return Proof.REJECT
    if kind.proof:
        return PROOFS[kind.proof](value, match.group, allowed)  # type: ignore[attr-defined]
    return Proof.PLAUSIBLE


def _around(kind: Kind, data: bytes, end: int, rules: Rules) -> tuple[list[Secret], int]:
    """The secret of one kind that overlaps a hit ending at `end`, and how far no further look is needed."""
    first, last = max(0, end - kind.before), min(len(data), end + kind.after)
    if kind.near and not compile_bytes(kind.near).search(data[first:last]):
        return [], -1
    for match in compile_bytes(kind.regex).finditer(data, first, last):
        if match.start() >= end:
            break
        if match.end() < end:
            continue
        start, stop = match.span(kind.group)
        line = data[max(0, start - 80) : start].rpartition(b"\n")[2]
        value = data[start:stop]
        proof = _judge(kind, value, match, line, rules)
        return ([Secret(kind, start, stop, value, proof)], stop) if proof is not Proof.REJECT else ([], -1)
    return [], -1


def _unwrap(kind: Kind, data: bytes, end: int, rules: Rules) -> tuple[list[Secret], int]:
    """Decode the run of base64 around a hit and look for secrets inside it; the whole run is then done with."""
    head = data[max(0, end - MAX_RUN) : end][::-1]
    first = end - len(_RUN.match(head).group())  # type: ignore[union-attr]
    last = _RUN.match(data, end, end + MAX_RUN).end()  # type: ignore[union-attr]
    found = []
    # a cut on the left loses the alignment of the run, so each of the four is tried
    for shift in range(4 if end - first >= MAX_RUN else 1):
        run = data[first + shift : last].replace(b"-", b"+").replace(b"_", b"/")
        inner = base64.b64decode(run[: len(run) // 4 * 4] if len(run) % 4 == 1 else run + b"=" * (-len(run) % 4))
        for match in compile_bytes(kind.regex).finditer(inner):
            start, stop = match.span(kind.group)
            value = inner[start:stop]
            proof = _judge(kind, value, match, b"", rules)
            if proof is not Proof.REJECT:
                low = first + shift + start // 3 * 4
                high = min(last, first + shift + (stop + 2) // 3 * 4)
                found.append(Secret(kind, low, high, value, proof, is_wrapped=True))
    return found, last


def find_secrets(data: bytes, rules: Rules, path: str) -> tuple[list[Secret], bool]:
    """All secrets, none overlapping, in order, and whether the whole of the bytes was looked at."""
    hits, complete = rules.scanner.scan(data)
    if not hits:
        return [], complete
    where = roles(path)
    found: dict[tuple[int, int], Secret] = {}
    seen: set[tuple[int, int]] = set()
    done_until: dict[int, int] = {}
    for number, end in hits:
        kind = rules.kinds[number & ~WRAPPED]
        if (number, end) in seen or done_until.get(number, -1) >= end:
            continue
        seen.add((number, end))
        if kind.only_roles and not where.intersection(kind.only_roles):
            continue
        if kind.generic and where & {"lock", "map", "translation"}:
            continue
        secrets, until = (_unwrap if number & WRAPPED else _around)(kind, data, end, rules)
        done_until[number] = max(until, done_until.get(number, -1))
        for secret in secrets:
            key = (secret.start, secret.end)
            if key not in found or _rank(secret) > _rank(found[key]):
                found[key] = secret
    return _without_overlaps(found.values()), complete


def _rank(secret: Secret) -> tuple[bool, bool, int, int]:
    return (not secret.kind.generic, not secret.kind.weak, int(secret.proof), secret.end - secret.start)


def _without_overlaps(secrets: object) -> list[Secret]:
    """Of those that overlap the better proven stays."""
    kept: list[Secret] = []
    for secret in sorted(secrets, key=lambda s: (s.start, s.end)):  # type: ignore[call-overload]
        if kept and secret.start < kept[-1].end:
            if _rank(secret) > _rank(kept[-1]):
                kept[-1] = secret
            continue
        kept.append(secret)
    return kept
