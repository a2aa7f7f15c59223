"""How likely a string is a living secret: checksums, structure, randomness.

A proof answers REJECT (none), DOUBTFUL (the form without the substance), PLAUSIBLE or PROVEN (a
checksum or a structure that nobody gets by typing).
"""

from __future__ import annotations

import base64
import binascii
import enum
import itertools
import json
import math
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any

from checks.content._scan import compile_bytes
from checks.content._secret_rules import Allowed

BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Proof(enum.IntEnum):
    """How far the value itself speaks for being a secret."""

    REJECT = 0
    DOUBTFUL = 1
    PLAUSIBLE = 2
    PROVEN = 3


def entropy(value: bytes) -> float:
    """Shannon entropy in bits a byte."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


def _class_of(byte: int) -> int:
    if 48 <= byte <= 57:
        return 1
    if 65 <= byte <= 90:
        return 2
    if 97 <= byte <= 122:
        return 3
    return 4


def _changes(value: bytes) -> tuple[int, int]:
    """How often the class of character changes from one to the next, and how many classes there are.

    Words and names change seldom (at `_`, at a capital), random strings all the time.
    """
    classes = [_class_of(byte) for byte in value]
    changes = sum(a != b for a, b in itertools.pairwise(classes))
    return changes, len(set(classes))


def crc32_base62(secret: bytes, _groups: Any, _allowed: Allowed) -> Proof:
    """Tokens of GitHub and npm: the last six characters are the CRC-32 of the ones behind the prefix, in base 62.

    Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    body = secret.partition(b"_")[2]
    claimed = 0
    for byte in body[-6:]:
        claimed = claimed * 62 + BASE62.index(byte)
    if claimed == zlib.crc32(body[:-6]):
        return Proof.PROVEN
    return Proof.DOUBTFUL if entropy(body) >= 3.5 else Proof.REJECT


def aws_key_id(secret: bytes, _groups: Any, _allowed: Allowed) -> Proof:
    """An identifier decodes as base 32 and names an account; repeated or ordered letters do not."""
    try:
        base64.b32decode(secret[4:])
    except binascii.Error:
        return Proof.REJECT
    return Proof.PLAUSIBLE if len(set(secret[4:])) >= 9 else Proof.DOUBTFUL


def random_value(secret: bytes, _groups: Any, allowed: Allowed) -> Proof:
    """Digits and letters mixed as chance mixes them, no words joined by separators."""
    changes, classes = _changes(secret)
    letters = sum(_class_of(b) in (2, 3) for b in secret)
    digits = sum(_class_of(b) == 1 for b in secret)
    others = len(secret) - letters - digits
    if not digits or not letters or others > len(secret) // 5 or len(set(secret)) < 8:
        return Proof.REJECT
    if compile_bytes(r"(?i)[a-z]{9,}|^[a-z]+[0-9]{1,4}$").search(secret) and classes < 4 and changes < len(secret) // 3:
        return Proof.REJECT
    if digits < 2 or changes < max(4, len(secret) // 5):
        return Proof.REJECT
    return Proof.PLAUSIBLE


def password_value(secret: bytes, _groups: Any, allowed: Allowed) -> Proof:
    """At least three classes of characters, and neither a word of every manual nor a name from the code."""
    text = secret.decode("latin-1").lower()
    if text in allowed.words or text.strip("!*0123456789") in allowed.words:
        return Proof.REJECT
    _, classes = _changes(secret)
    if compile_bytes(r"[(){}\[\];,|]|::|->|^[\w-]+[.=:/][\w.-]+$|%[sd]|^[a-zA-Z_-]+$|^[$@#&*<%]|[\\<>]").search(secret):
        return Proof.REJECT
    digits = sum(_class_of(b) == 1 for b in secret)
    if classes < 3 or not digits or len(set(secret)) < 6:
        return Proof.REJECT
    return Proof.PLAUSIBLE


def url_password(secret: bytes, groups: Any, allowed: Allowed) -> Proof:
    """A password inside an address; weak ones and example hosts are only doubtful."""
    host = groups(2)
    text = secret.decode("latin-1").lower()
    if text in allowed.words or text.strip("!*0123456789") in allowed.words or set(text) <= set("x*.-_"):
        return Proof.REJECT
    if compile_bytes(allowed.hosts).search(host) or compile_bytes(r"[${}<>%\[\]()\\,;]|^:").search(secret):
        return Proof.REJECT
    if b"." not in host and len(secret) < 12:
        return Proof.DOUBTFUL
    _, classes = _changes(secret)
    return Proof.PLAUSIBLE if classes >= 2 and len(secret) >= 6 and len(set(secret)) >= 5 else Proof.DOUBTFUL


def basic_auth(secret: bytes, _groups: Any, allowed: Allowed) -> Proof:
    """Base64 of `user:password`."""
    try:
        user, colon, password = base64.b64decode(secret, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return Proof.REJECT
    if not colon or not user.isprintable() or not password.isprintable() or len(password) < 4:
        return Proof.REJECT
    words = allowed.words
    return Proof.REJECT if password.lower() in words or password == user else Proof.PLAUSIBLE


def _json_part(part: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def jwt(secret: bytes, _groups: Any, _allowed: Allowed) -> Proof:
    """Header and claims are JSON; the example of the debugger (`John Doe`) and unsigned tokens are none."""
    first, second, _ = secret.split(b".", 2)
    header, claims = _json_part(first), _json_part(second)
    if header is None or claims is None or not isinstance(header.get("alg"), str):
        return Proof.REJECT
    if header["alg"].lower() == "none" or claims.get("name") == "John Doe" or claims.get("sub") == "1234567890":
        return Proof.REJECT
    return Proof.PLAUSIBLE


def discord(secret: bytes, _groups: Any, _allowed: Allowed) -> Proof:
    """The first part is the bot's numeric id in base64."""
    first = secret.split(b".", 1)[0]
    try:
        number = base64.urlsafe_b64decode(first + b"=" * (-len(first) % 4))
    except binascii.Error:
        return Proof.REJECT
    if not (number.isdigit() and 17 <= len(number) <= 20) or entropy(secret.rpartition(b".")[2]) < 3.5:
        return Proof.REJECT
    return Proof.PROVEN


def private_key(secret: bytes, _groups: Any, _allowed: Allowed) -> Proof:
    """The body between the lines decodes to the structure that the header promises; encrypted ones are doubtful."""
    text = secret.replace(b"\\r", b"").replace(b"\\n", b"\n")
    encrypted = b"ENCRYPTED" in text[:200]
    body = text.split(b"-----")[2]
    if encrypted and b"\n\n" in body:
        body = body.split(b"\n\n", 1)[1]
    kept = compile_bytes(r"[^0-9A-Za-z+/]").sub(b"", body)
    try:
        raw = base64.b64decode(kept[: len(kept) // 4 * 4])
    except binascii.Error:
        return Proof.REJECT
    if len(raw) < 40 or entropy(raw) < 4.0:
        return Proof.REJECT
    if raw.startswith(b"openssh-key-v1\0"):
        return Proof.PROVEN if raw[19:23] == b"none" else Proof.DOUBTFUL
    if encrypted:
        return Proof.DOUBTFUL
    return Proof.PROVEN if raw[:1] == b"\x30" else Proof.REJECT


def pgp_private_key(secret: bytes, _groups: Any, _allowed: Allowed) -> Proof:
    """The lines of the armour decode to a packet that begins with the tag of a secret key (RFC 9580, section 4)."""
    lines = secret.replace(b"\\r", b"").replace(b"\\n", b"\n").split()
    body = b"".join(line for line in lines if compile_bytes("^[0-9A-Za-z+/]{32,76}={0,2}$").search(line))
    try:
        raw = base64.b64decode(body[: len(body) // 4 * 4])
    except binascii.Error:
        return Proof.REJECT
    return Proof.PROVEN if len(raw) >= 60 and raw[0] in (0x94, 0x95, 0x96, 0xC5) else Proof.REJECT


PROOFS: dict[str, Callable[[bytes, Any, Allowed], Proof]] = {
    "aws_key_id": aws_key_id,
    "basic_auth": basic_auth,
    "crc32_base62": crc32_base62,
    "discord": discord,
    "jwt": jwt,
    "password_value": password_value,
    "pgp_private_key": pgp_private_key,
    "private_key": private_key,
    "random_value": random_value,
    "url_password": url_password,
}
