"""Firefox extensions: Mozilla signs a manifest of all members, as PKCS #7 and as COSE beside it."""

from __future__ import annotations

from checks import File
from checks.downloads.signing.bytes import digest_of
from checks.downloads.signing.cbor import read_cbor, write_bytes
from checks.downloads.signing.certificates import describe_signer, load_certificate, spki_of
from checks.downloads.signing.jar import Members, Rules, list_names, verify_jar
from checks.downloads.signing.keys import verify
from checks.downloads.signing.manifest import MAX_MANIFEST, read_sections
from checks.downloads.signing.model import Malformed, Seal, State, Unsupported, guarded

COSE = "META-INF/cose.sig"
COSE_MANIFEST = "META-INF/cose.manifest"
_OWN = frozenset({"META-INF/manifest.mf", "META-INF/mozilla.sf", "META-INF/mozilla.rsa"})
_RULES = Rules("XPI (PKCS #7)", exempt=lambda name: name in (COSE, COSE_MANIFEST), needs_all=True)
_MOST = 1 << 20
# COSE algorithm -> digest, bytes of each half of the signature
_ALGORITHMS = {-7: ("sha256", 32), -35: ("sha384", 48), -36: ("sha512", 66)}


def is_signed(members: Members) -> bool:
    """Whether Mozilla's signature is there, in either form."""
    return members.first("META-INF/mozilla.rsa") is not None or members.first(COSE) is not None


def verify_xpi(members: Members) -> list[Seal]:
    """The verdicts on both forms; empty without any."""
    seals = verify_jar(members, _RULES) if members.first("META-INF/mozilla.rsa") is not None else []
    signature = members.first(COSE)
    if signature is not None:
        seals.append(_verify_cose(members, signature))
    return seals


def _verify_cose(members: Members, file: File) -> Seal:
    seal = Seal("XPI (COSE)", State.VALID, file)
    try:
        _read_cose(members, file, seal)
    except Unsupported as reason:
        seal.doubt(str(reason))
    except Malformed as reason:
        seal.fail("malformed", str(reason))
    return seal


@guarded
def _read_cose(members: Members, file: File, seal: Seal) -> None:
    manifest = members.first(COSE_MANIFEST)
    if manifest is None:
        raise Malformed("its manifest is missing")
    if file.size > _MOST or manifest.size > MAX_MANIFEST:
        raise Malformed("it is too large")
    body, _, _, signatures = read_cbor(file.data)
    if not signatures:
        raise Malformed("nobody signed it")
    above = read_cbor(body).get(4, [])
    chain = [load_certificate(der) for der in (above if isinstance(above, list) else [above])[:8]]
    for protected, _, signature in signatures[:4]:
        header = read_cbor(protected)
        certificate = load_certificate(header[4])
        signer, problems = describe_signer(certificate, chain)
        seal.signers.append(signer)
        for problem in problems:
            if problem.rule == "forged_certificate":
                seal.fail(problem.rule, problem.detail)
        if header.get(1) not in _ALGORITHMS:
            raise Unsupported(f"its algorithm {header.get(1)} is not understood here")
        name, half = _ALGORITHMS[header[1]]
        signed = (
            b"\x85"
            + write_bytes(b"Signature", 3)
            + b"".join(write_bytes(part) for part in (body, protected, b"", manifest.data))
        )
        if not verify(spki_of(certificate), name, _to_der(signature, half), signed):
            seal.fail("signature_invalid", "it was not made by the key of its certificate")
    _compare(members, manifest, seal)


def _to_der(signature: bytes, half: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(signature) != 2 * half:
        raise Malformed("its signature has the wrong length")
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def _compare(members: Members, manifest: File, seal: Seal) -> None:
    """Every member but the signature's own files stands in the manifest, and is what it was."""
    listed = {section.name: section.digests("-digest") for section in read_sections(manifest.data)[1:]}
    bad, loose = [], []
    for name, files in members.files.items():
        if name in (COSE, COSE_MANIFEST, "!archive-comment"):
            continue
        digests = listed.get(name)
        if not digests:
            loose.append(name)
        elif not all(digest_of(f, a) == wanted for f in files for a, wanted in digests.items()):
            bad.append(name)
    gone = [n for n in listed if n not in members.files]
    loose = [name for name in loose if name.lower() not in {own.lower() for own in _OWN}]
    if bad:
        seal.fail("digest_mismatch", list_names(sorted(bad)))
    if loose:
        seal.fail("uncovered", list_names(sorted(loose)))
    if gone and not members.complete:
        seal.doubt(f"members that were not unpacked could not be compared: {list_names(sorted(gone))}")
    elif gone:
        seal.fail("missing_entries", list_names(sorted(gone)))
