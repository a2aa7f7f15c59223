"""Find secrets in bytes: one pass for all kinds, then the exact extent, then the proof."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.content._places import roles
from checks.content._scan import compile_bytes
from checks.content._secret_proofs import PROOFS, Proof, entropy
from checks.content._secret_rules import WRAPPED, Kind, Rules

MAX_RUN = 8192
_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_DIGIT = re.compile(rb"[0-9]")
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


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


def _around(kind: Kind, data: bytes, end: int, rules: Rules) -> Iterator[Secret]:
    """The secrets of one kind that overlap a hit ending at `end`."""
    first, last = max(0, end - kind.before), min(len(data), end + kind.after)
    if kind.near and not compile_bytes(kind.near).search(data[first:last]):
        return
    for match in compile_bytes(kind.regex).finditer(data, first, last):
        if match.start() >= end:
            return
        if match.end() < end:
            continue
        start, stop = match.span(kind.group)
        line_start = max(data.rfind(b"\n", 0, start) + 1, start - 80)
        value = data[start:stop]
        proof = _judge(kind, value, match, data[line_start:start], rules)
        if proof is not Proof.REJECT:
            yield Secret(kind, start, stop, value, proof)
        return


def _unwrap(kind: Kind, data: bytes, end: int, rules: Rules) -> Iterator[Secret]:
    """Decode the run of base64 around a hit and look for the secret inside it."""
    first = last = end - 1
    while first > 0 and end - first < MAX_RUN and data[first - 1] in _BASE64:
        first -= 1
    while last < len(data) and last - end < MAX_RUN and data[last] in _BASE64:
        last += 1
    # a cut on the left loses the alignment of the run, so each of the four is tried
    for shift in range(4 if end - first >= MAX_RUN else 1):
        run = data[first + shift : last].replace(b"-", b"+").replace(b"_", b"/")
        try:
            inner = base64.b64decode(run + b"=" * (-len(run) % 4))
        except binascii.Error:
            inner = base64.b64decode(run[: len(run) // 4 * 4])
        for match in compile_bytes(kind.regex).finditer(inner):
            start, stop = match.span(kind.group)
            value = inner[start:stop]
            proof = _judge(kind, value, match, b"", rules)
            if proof is not Proof.REJECT:
                low = first + shift + start // 3 * 4
                high = min(last, first + shift + (stop + 2) // 3 * 4)
                yield Secret(kind, low, high, value, proof, is_wrapped=True)
                return


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
        search = _unwrap if number & WRAPPED else _around
        for secret in search(kind, data, end, rules):
            done_until[number] = secret.end
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
