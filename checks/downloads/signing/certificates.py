"""X.509 certificates: who a signer claims to be, and which of the certificates beside it vouch for that.

Whether the last of them is trusted by anybody is not asked: there is no list of roots for signed code here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from checks.downloads.signing.keys import describe_key, key_hash, verify
from checks.downloads.signing.model import Malformed, Problem, Signer, Unsupported, guarded

MAX_CERTIFICATES = 64
MAX_CHAIN = 8
# certificates of one name that are tried as the issuer; each costs a verification
MAX_NAMESAKES = 8
_SHOWN = 160
_PARTS = {"common_name": "CN", "organization_name": "O", "organizational_unit_name": "OU", "country_name": "C"}


@guarded
def load_certificate(der: bytes) -> Any:
    """The certificate in these bytes, as asn1crypto reads it; Malformed."""
    from asn1crypto import x509

    certificate = x509.Certificate.load(der)
    certificate["tbs_certificate"].native  # noqa: B018 - it parses lazily: whatever is wrong with it shows now
    return certificate


def spki_of(certificate: Any) -> bytes:
    """Its public key with the algorithm, as it stands there."""
    spki: bytes = certificate["tbs_certificate"]["subject_public_key_info"].dump()
    return spki


def name_of(name: Any) -> str:
    """CN and O of a distinguished name on one line; whatever else it has where both are absent."""
    found: dict[str, str] = {}
    for rdn in list(name.chosen)[:32]:
        for pair in list(rdn)[:4]:
            key = _PARTS.get(pair["type"].native, pair["type"].native)
            found.setdefault(key, str(pair["value"].native))
    keys = [key for key in ("CN", "O") if key in found] or list(found)[:3]
    text = ", ".join(f"{key}={found[key]}" for key in keys)
    return "".join(c if c.isprintable() else "?" for c in text)[:_SHOWN]


def date_of(value: Any) -> datetime | None:
    """A time as Python has it, in UTC; None for the year 0, which a certificate may hold and Python may not."""
    time = value.native
    if not isinstance(time, datetime):
        return None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


@guarded
def describe_signer(certificate: Any, others: Sequence[Any]) -> tuple[Signer, list[Problem]]:
    """The signer that a certificate names, with what can be said of its chain through `others`."""
    tbs = certificate["tbs_certificate"]
    spki = spki_of(certificate)
    kind, bits = describe_key(spki)
    chain, problems = _climb(certificate, others)
    words, self_signed = _describe_chain(certificate, chain)
    signer = Signer(
        key=key_hash(spki),
        subject=name_of(tbs["subject"]),
        issuer=name_of(tbs["issuer"]),
        serial=f"{tbs['serial_number'].native:x}"[:64],
        certificate=hashlib.sha256(certificate.dump()).hexdigest(),
        valid_from=date_of(tbs["validity"]["not_before"]),
        valid_until=date_of(tbs["validity"]["not_after"]),
        key_type=kind,
        key_bits=bits,
        chain=words,
        self_signed=self_signed,
        ancestors=tuple(key_hash(spki_of(issuer)) for issuer in chain),
    )
    weak = "" if self_signed else certificate["signature_algorithm"]["algorithm"].native
    if weak.startswith(("md", "sha1")):
        problems.append(Problem("weak_certificate", f"{weak.partition('_')[0].upper()}, {signer.subject}"))
    return signer, problems


def _climb(certificate: Any, others: Sequence[Any]) -> tuple[list[Any], list[Problem]]:
    """The issuers above a certificate as far as they lie beside it and did sign it."""
    chain: list[Any] = []
    seen = {certificate.dump()}
    current = certificate
    while len(chain) < MAX_CHAIN:
        candidates = [c for c in others if c.subject == current.issuer and c.dump() not in seen][:MAX_NAMESAKES]
        if not candidates or _signed_by(current, current):
            break
        verdicts = [_signed_by(current, candidate) for candidate in candidates]
        if True not in verdicts:
            named = [
                c for c, verdict in zip(candidates, verdicts, strict=True) if verdict is False and _same_key(current, c)
            ]
            if named:  # it says which key made it, that key is here, and did not
                return chain, [
                    Problem("forged_certificate", f"{name_of(current.subject)} names {name_of(current.issuer)}")
                ]
            break
        current = candidates[verdicts.index(True)]
        seen.add(current.dump())
        chain.append(current)
    return chain, []


def _same_key(certificate: Any, issuer: Any) -> bool:
    """Whether the certificate says that exactly this key of the issuer signed it."""
    wanted, there = certificate.authority_key_identifier, issuer.key_identifier
    return wanted is not None and there is not None and wanted == there


def _signed_by(certificate: Any, issuer: Any) -> bool | None:
    """Whether the issuer's key made the signature on a certificate; None where that cannot be told."""
    if certificate.issuer != issuer.subject:
        return False
    algorithm = certificate["signature_algorithm"]
    try:
        pss = algorithm["parameters"]["salt_length"].native if algorithm.signature_algo == "rsassa_pss" else None
        name = "" if algorithm.signature_algo == "ed25519" else algorithm.hash_algo
        message = certificate["tbs_certificate"].dump()
        return verify(spki_of(issuer), name, certificate["signature_value"].native, message, pss=pss)
    except (Unsupported, Malformed, ValueError, KeyError):
        return None


def _describe_chain(certificate: Any, chain: Sequence[Any]) -> tuple[str, bool]:
    if not chain and certificate.subject == certificate.issuer:
        signed = _signed_by(certificate, certificate)
        return ("" if signed else "it claims to be self-signed, which could not be confirmed"), signed is True
    top = chain[-1] if chain else certificate
    end = "" if _signed_by(top, top) else f", whose issuer {name_of(top.issuer)} is not included"
    links = f"chain of {len(chain) + 1} ends in {name_of(top.subject)}{end}" if chain else "its issuer is not included"
    return f"{links}; the chain was not held against a list of trusted roots", False
