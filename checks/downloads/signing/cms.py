"""Cryptographic messages (CMS, PKCS #7): whose signature lies over what, and when a third party saw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from checks.downloads.signing.bytes import new_hash
from checks.downloads.signing.certificates import MAX_CERTIFICATES, date_of, describe_signer, load_certificate, spki_of
from checks.downloads.signing.der import inner_value
from checks.downloads.signing.keys import verify
from checks.downloads.signing.model import Malformed, Problem, Signer, Unsupported, guarded

MAX_MESSAGE = 8 << 20
MAX_SIGNERS = 8
MAX_ATTRIBUTES = 64
WEAK_DIGESTS = frozenset({"md5", "sha1"})
_STAMPS = ("signature_time_stamp_token", "microsoft_time_stamp_token")


@dataclass(slots=True)
class Stamp:
    """When somebody else saw the signature, as far as that holds."""

    time: datetime | None = None
    by: str = ""
    problem: str = ""


@dataclass(slots=True)
class Signature:
    """One signature of a message. `claimed` is the time that the signer itself wrote."""

    signer: Signer | None = None
    digest: str = ""
    problems: list[Problem] = field(default_factory=list)
    doubt: str = ""
    claimed: datetime | None = None
    stamp: Stamp | None = None
    nested: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Message:
    """What was read: the OID (or name) of its content, the content, the signatures."""

    content_type: str
    content: bytes | None
    signatures: list[Signature]


@guarded
def read_message(data: bytes, detached: bytes | None = None, *, stamps: bool = True) -> Message:
    """All signatures of a message, verified over its content or over what lies beside it (`detached`)."""
    from asn1crypto import cms

    if len(data) > MAX_MESSAGE:
        raise Malformed(f"it is larger than {MAX_MESSAGE >> 20} MiB")
    info = cms.ContentInfo.load(data)
    if info["content_type"].native != "signed_data":
        raise Malformed("it is no signed message")
    signed = info["content"]
    content_type, content = _content(signed["encap_content_info"])
    certificates = _certificates(signed)
    infos = list(signed["signer_infos"])
    if len(infos) > MAX_SIGNERS:
        raise Malformed(f"it has more than {MAX_SIGNERS} signers")
    over = detached if detached is not None else content
    return Message(
        content_type, content, [_signature(s, certificates, content_type, over, stamps=stamps) for s in infos]
    )


def _content(info: Any) -> tuple[str, bytes | None]:
    from asn1crypto import core

    kind, content = str(info["content_type"].native), info["content"]
    if content is None or isinstance(content, core.Void):
        return kind, None
    if isinstance(content, core.OctetString):
        return kind, bytes(content)
    return kind, inner_value(content.dump())


def _certificates(signed: Any) -> list[Any]:
    there = list(signed["certificates"] or [])
    if len(there) > MAX_CERTIFICATES:
        raise Malformed(f"it holds more than {MAX_CERTIFICATES} certificates")
    return [load_certificate(c.chosen.dump()) for c in there if c.name == "certificate"]


def _signature(info: Any, certificates: list[Any], kind: str, content: bytes | None, *, stamps: bool) -> Signature:
    found = Signature()
    certificate = _find(info["sid"], certificates)
    if certificate is None:
        found.problems.append(Problem("signature_invalid", "the certificate of its signer is not included"))
        return found
    found.signer, found.problems = describe_signer(certificate, certificates)
    try:
        found.digest = str(info["digest_algorithm"]["algorithm"].native)
        _verify(info, certificate, kind, content, found)
        if stamps:
            _read_unsigned(info, found, certificates)
    except Unsupported as reason:
        found.doubt = str(reason)
    return found


def _find(sid: Any, certificates: list[Any]) -> Any:
    for certificate in certificates:
        if sid.name == "issuer_and_serial_number":
            wanted = sid.chosen
            if wanted["serial_number"].native == certificate.serial_number and wanted["issuer"] == certificate.issuer:
                return certificate
        elif sid.chosen.native == certificate.key_identifier:
            return certificate
    return None


def _verify(info: Any, certificate: Any, kind: str, content: bytes | None, found: Signature) -> None:
    """The signature itself, and that it is over this content."""
    sha = new_hash(found.digest)
    if content is None:
        raise Malformed("what was signed is not included")
    message = content
    if info["signed_attrs"]:
        attributes = _attributes(info["signed_attrs"])
        sha.update(content)
        if attributes.get("message_digest") != [sha.digest()]:
            found.problems.append(Problem("digest_mismatch", "the signed digest is another"))
        if kind and attributes.get("content_type") != [kind]:
            found.problems.append(Problem("signature_invalid", "it was made over content of another kind"))
        times = attributes.get("signing_time", [])
        found.claimed = times[0] if times and isinstance(times[0], datetime) else None
        message = b"\x31" + info["signed_attrs"].dump()[1:]
    algorithm = info["signature_algorithm"]
    name, pss = sha.name, None
    if algorithm["algorithm"].native == "rsassa_pss":
        pss = algorithm["parameters"]["salt_length"].native
        name = algorithm["parameters"]["hash_algorithm"]["algorithm"].native
    elif algorithm["algorithm"].native.startswith(("md5_", "sha1_", "sha224_", "sha256_", "sha384_", "sha512_")):
        name = algorithm["algorithm"].native.partition("_")[0]
    if not verify(spki_of(certificate), name, info["signature"].native, message, pss=pss):
        found.problems.append(Problem("signature_invalid", "it was not made by the key of its certificate"))
    found.digest = name if name in WEAK_DIGESTS else found.digest


def _attributes(attributes: Any) -> dict[str, list[Any]]:
    """The plain values of the attributes that matter; Malformed where one stands there twice."""
    found: dict[str, list[Any]] = {}
    for attribute in list(attributes)[:MAX_ATTRIBUTES]:
        kind = attribute["type"].native
        if kind in ("message_digest", "signing_time", "content_type"):
            if kind in found:
                raise Malformed(f"its attribute {kind} stands there twice")
            found[kind] = [value.native for value in list(attribute["values"])[:4]]
    return found


def _read_unsigned(info: Any, found: Signature, certificates: list[Any]) -> None:
    """Time stamps and signatures inside, which the signature itself does not cover."""
    signature = info["signature"].native
    for attribute in list(info["unsigned_attrs"] or [])[:MAX_ATTRIBUTES]:
        kind = attribute["type"].native
        values = list(attribute["values"])[:4]
        if kind in _STAMPS:
            found.stamp = _read_token(values[0].dump(), signature)
        elif kind == "counter_signature":
            found.stamp = _read_counter(values[0], signature, certificates)
        elif kind == "microsoft_nested_signature":
            found.nested += [value.dump() for value in values]


def _read_token(token: bytes, signature: bytes) -> Stamp:
    """A time stamp by RFC 3161: a signed message about the digest of the signature."""
    from asn1crypto import tsp

    try:
        message = read_message(token, stamps=False)
        info = tsp.TSTInfo.load(message.content or b"")
        sha = new_hash(info["message_imprint"]["hash_algorithm"]["algorithm"].native)
        sha.update(signature)
        signer = message.signatures[0].signer if message.signatures else None
        stamp = Stamp(date_of(info["gen_time"]), signer.name if signer else "nobody")
        problems = [p for s in message.signatures for p in s.problems if not p.rule.startswith("weak")]
        if info["message_imprint"]["hashed_message"].native != sha.digest():
            stamp.problem = "it is about another signature"
        elif problems or not message.signatures:
            stamp.problem = problems[0].detail if problems else "nobody signed it"
        else:
            stamp.problem = message.signatures[0].doubt
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        return Stamp(problem=f"it cannot be read ({str(error)[:60]})")
    return stamp


def _read_counter(value: Any, signature: bytes, certificates: list[Any]) -> Stamp:
    """A counter-signature as PKCS #9 has it: another signer's signature over the signature."""
    try:
        counter = _signature(value, certificates, "", signature, stamps=False)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        return Stamp(problem=f"it cannot be read ({str(error)[:60]})")
    serious = [p for p in counter.problems if not p.rule.startswith("weak")]
    problem = serious[0].detail if serious else counter.doubt
    return Stamp(counter.claimed, counter.signer.name if counter.signer else "nobody", problem)
