"""Keys, certificates and signed packages, made in code: few keys, each made once a session."""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import io
import struct
import zipfile
from typing import Any

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.x509.oid import NameOID

SINCE = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
UNTIL = datetime.datetime(2049, 1, 1, tzinfo=datetime.UTC)
CLASS = b"\xca\xfe\xba\xbe" + bytes(40)


class Identity:
    """A key and the certificates that go with it, its own first."""

    def __init__(self, key: Any, certificates: list[bytes]) -> None:
        self.key = key
        self.certificates = certificates

    @property
    def spki(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        spki: bytes = self.key.public_key().public_bytes(serialization.Encoding.DER, form)
        return spki

    def sign(self, data: bytes, name: str = "SHA256", *, digested: bool = False) -> bytes:
        """PKCS #1 or ECDSA over the data."""
        import cryptography.hazmat.primitives.asymmetric.padding as padding

        how: Any = getattr(hashes, name)()
        how = utils.Prehashed(how) if digested else how
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), how)
        signature: bytes = self.key.sign(data, ec.ECDSA(how))
        return signature


@functools.cache
def make_key(number: int, bits: int = 0) -> Any:
    """An EC key, the same for the same number; with `bits` an RSA key, made once a session."""
    if bits:
        return rsa.generate_private_key(65537, bits)
    return ec.derive_private_key(1000 + number, ec.SECP256R1())


@functools.cache
def make_identity(
    name: str, number: int, *, issuer: Identity | None = None, until: Any = UNTIL, bits: int = 0, since: Any = SINCE
) -> Identity:
    """A signer of this name, self-signed or issued by another, whose certificates come along."""
    key = make_key(number, bits)
    title = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ex")]
    )
    above = x509.load_der_x509_certificate(issuer.certificates[0]).subject if issuer else title
    signing = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder().subject_name(title).issuer_name(above).public_key(key.public_key())
        .serial_number(7000 + number).not_valid_before(since).not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False)
    )  # fmt: skip
    certificate = builder.sign(signing, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return Identity(key, [certificate, *(issuer.certificates if issuer else [])])


def sign_message(
    who: Identity, content: bytes, *, kind: str = "data", attached: bool = False,
    certificates: list[bytes] | None = None, time: datetime.datetime | None = None, digest: str = "sha256",
) -> bytes:  # fmt: skip
    """A CMS message over the content, detached or with it."""
    own = asn1.Certificate.load(who.certificates[0])
    there = who.certificates if certificates is None else certificates
    attributes = [
        cms.CMSAttribute({"type": "content_type", "values": [cms.ContentType(kind)]}),
        cms.CMSAttribute(
            {"type": "message_digest", "values": [hashlib.new(digest, content_octets(content, kind)).digest()]}
        ),
    ]
    if time is not None:
        attributes.append(cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": time})]}))
    signed_attributes = cms.CMSAttributes(attributes)
    algorithm = "rsassa_pkcs1v15" if isinstance(who.key, rsa.RSAPrivateKey) else f"{digest}_ecdsa"
    info = cms.SignerInfo({
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber(
            {"issuer": own.issuer, "serial_number": own.serial_number})}),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
        "signed_attrs": signed_attributes,
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": algorithm}),
        "signature": who.sign(signed_attributes.untag().dump(), digest.upper()),
    })  # fmt: skip
    inner: dict[str, Any] = {"content_type": kind}
    if attached:
        inner["content"] = (
            core.Any(core.Sequence.load(der(0xA0, content), explicit=0))
            if kind != "data"
            else core.OctetString(content)
        )
    signed = cms.SignedData({
        "version": "v1",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": digest})],
        "encap_content_info": cms.ContentInfo(inner),
        "certificates": [asn1.Certificate.load(c) for c in there],
        "signer_infos": [info],
    })  # fmt: skip
    message: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return message


def content_octets(content: bytes, kind: str) -> bytes:
    """What is digested: the value without its own tag and length, where it is not plain data."""
    if kind == "data":
        return content
    parsed: bytes = core.Sequence.load(content).contents
    return parsed


def make_zip(files: dict[str, bytes]) -> bytes:
    """An honest zip, its members stored in this order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


def _b64(digest: str, data: bytes) -> str:
    return base64.b64encode(hashlib.new(digest, data).digest()).decode()


def sign_jar(
    files: dict[str, bytes], who: Identity, *, digest: str = "sha256", extra: str = "", whole_only: bool = False,
    name: str = "CODE", manifest_name: str = "META-INF/MANIFEST.MF",
) -> dict[str, bytes]:  # fmt: skip
    """The files with manifest, signature file and block before them, as jarsigner writes them."""
    label = {"sha256": "SHA-256", "sha1": "SHA1", "md5": "MD5"}[digest]
    main = "Manifest-Version: 1.0\r\nCreated-By: 17\r\n\r\n"
    rows = {n: f"Name: {n}\r\n{label}-Digest: {_b64(digest, d)}\r\n\r\n" for n, d in files.items()}
    manifest = (main + "".join(rows.values())).encode()
    signed = f"Signature-Version: 1.0\r\n{extra}{label}-Digest-Manifest: {_b64(digest, manifest)}\r\n"
    signed += f"{label}-Digest-Manifest-Main-Attributes: {_b64(digest, main.encode())}\r\n\r\n"
    if not whole_only:
        signed += "".join(
            f"Name: {n}\r\n{label}-Digest: {_b64(digest, row.encode())}\r\n\r\n" for n, row in rows.items()
        )
    kind = "RSA" if isinstance(who.key, rsa.RSAPrivateKey) else "EC"
    kind = "rsa" if name.islower() else kind
    half = "sf" if name.islower() else "SF"
    block = sign_message(who, signed.encode(), digest=digest)
    return {
        manifest_name: manifest,
        f"META-INF/{name}.{half}": signed.encode(),
        f"META-INF/{name}.{kind}": block,
    } | files


# -- Windows programs

INDIRECT = "1.3.6.1.4.1.311.2.1.4"


def make_program(body: bytes = b"code " * 40) -> bytes:
    """The least that is a Windows program: headers and one section, unsigned."""
    header = b"MZ" + bytes(58) + struct.pack("<I", 64)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, 224, 0x102)
    optional = struct.pack("<HBB", 0x10B, 14, 0) + bytes(92 - 4) + struct.pack("<I", 16) + bytes(128)
    body += bytes(-len(body) % 512)
    start = 512
    section = b".text\0\0\0" + struct.pack("<IIIIIIHHI", len(body), 4096, len(body), start, 0, 0, 0, 0, 0x60000020)
    head = header + coff + optional + section
    return head + bytes(start - len(head)) + body


def program_digest(data: bytes, start: int, digest: str = "sha256") -> bytes:
    """Authenticode's digest of a program whose signature begins at `start`."""
    return hashlib.new(digest, data[:152] + data[156:216] + data[224:start]).digest()


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    length = bytes([len(body)]) if len(body) < 128 else bytes([0x82]) + struct.pack(">H", len(body))
    return bytes([tag]) + length + body


def indirect(digest: bytes) -> bytes:
    """What Authenticode signs: the digest with its algorithm (SHA-256)."""
    data = der(0x30, der(6, bytes.fromhex("2b0601040182370201 0f".replace(" ", ""))), der(0x30))
    algorithm = der(0x30, der(6, bytes.fromhex("608648016503040201")), der(5))
    return der(0x30, data, der(0x30, algorithm, der(4, digest)))


def sign_program(program: bytes, who: Identity, **options: Any) -> bytes:
    """The program with an Authenticode signature at its end."""
    start = len(program)
    message = sign_message(who, indirect(program_digest(program, start)), kind=INDIRECT, attached=True, **options)
    table = struct.pack("<IHH", 8 + len(message), 0x200, 2) + message
    table += bytes(-len(table) % 8)
    return program[:216] + struct.pack("<II", start, len(table)) + program[224:] + table


# -- Chrome extensions


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def proto(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def sign_crx(
    archive: bytes, who: Identity, others: tuple[Identity, ...] = (), *, id_of: Identity | None = None
) -> bytes:
    """CRX 3: proofs by all of them, the id that of the first (or of `id_of`)."""
    signed = proto(1, hashlib.sha256((id_of or who).spki).digest()[:16])
    over = b"CRX3 SignedData\0" + struct.pack("<I", len(signed)) + signed + archive
    proofs = b""
    for one in (who, *others):
        number = 2 if isinstance(one.key, rsa.RSAPrivateKey) else 3
        proofs += proto(number, proto(1, one.spki) + proto(2, one.sign(over)))
    header = proofs + proto(10000, signed)
    return b"Cr24" + struct.pack("<II", 3, len(header)) + header + archive


def sign_crx2(archive: bytes, who: Identity) -> bytes:
    signature = who.sign(archive, "SHA1")
    return b"Cr24" + struct.pack("<III", 2, len(who.spki), len(signature)) + who.spki + signature + archive


# -- Android packages


def cut(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def apk_digest(parts: list[bytes]) -> bytes:
    pieces = [part[at : at + (1 << 20)] for part in parts for at in range(0, len(part), 1 << 20)]
    digests = b"".join(hashlib.sha256(b"\xa5" + struct.pack("<I", len(p)) + p).digest() for p in pieces)
    return hashlib.sha256(b"\x5a" + struct.pack("<I", len(pieces)) + digests).digest()


def apk_signer(digest: bytes, who: Identity, attributes: bytes = b"", *, third: bool = False) -> bytes:
    window = struct.pack("<II", 28, 0x7FFFFFFF) if third else b""
    signed = (
        cut(cut(struct.pack("<I", 0x0201) + cut(digest))) + cut(cut(who.certificates[0])) + window + cut(attributes)
    )
    signature = struct.pack("<I", 0x0201) + cut(who.sign(signed))
    return cut(signed) + window + cut(cut(signature)) + cut(who.spki)


def lineage(*owners: Identity) -> bytes:
    """A proof of rotation through these keys, as an attribute of scheme 3."""
    nodes = b""
    for before, owner in zip((None, *owners), owners, strict=False):
        signed = cut(owner.certificates[0]) + struct.pack("<I", 0x0201 if before else 0)
        signature = before.sign(signed) if before else b""
        nodes += cut(cut(signed) + struct.pack("<II", 23, 0x0201) + cut(signature))
    return cut(struct.pack("<II", 0x3BA06F8C, 1) + nodes)


def sign_apk(archive: bytes, schemes: dict[int, tuple[Identity, bytes]]) -> bytes:
    """The archive with a signing block; `schemes` are block numbers with signer and attributes."""
    end = archive.rindex(b"PK\5\6")
    directory = struct.unpack_from("<I", archive, end + 16)[0]
    digest = apk_digest([archive[:directory], archive[directory:end], archive[end:]])
    pairs = b""
    for number, (who, attributes) in schemes.items():
        value = cut(cut(apk_signer(digest, who, attributes, third=number != 0x7109871A)))
        pairs += struct.pack("<QI", len(value) + 4, number) + value
    size = struct.pack("<Q", len(pairs) + 24)
    block = size + pairs + size + b"APK Sig Block 42"
    moved = archive[end : end + 16] + struct.pack("<I", directory + len(block)) + archive[end + 20 :]
    return archive[:directory] + block + archive[directory:end] + moved


# -- NuGet, Firefox


def sign_nuget(files: dict[str, bytes], who: Identity) -> bytes:
    """A NuGet package: the archive's digest, signed, becomes its last member."""
    digest = hashlib.sha256(make_zip(files)).digest()
    text = f"Version:1\n\n2.16.840.1.101.3.4.2.1-Hash:{base64.b64encode(digest).decode()}\n\n".encode()
    return make_zip(files | {".signature.p7s": sign_message(who, text, attached=True)})


def cbor(value: Any) -> bytes:
    """As much CBOR as COSE needs."""

    def head(major: int, number: int) -> bytes:
        if number < 24:
            return bytes([major << 5 | number])
        return (
            bytes([major << 5 | 24, number]) if number < 256 else bytes([major << 5 | 25]) + struct.pack(">H", number)
        )

    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value)) + value.encode()
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())
    return head(4, len(value)) + b"".join(cbor(item) for item in value)


def sign_xpi(files: dict[str, bytes], who: Identity, *, cose: bool = True) -> dict[str, bytes]:
    """A Firefox extension as Mozilla signs it: PKCS #7, and COSE beside it."""
    signed = dict(files)
    if cose:
        rows = "".join(f"Name: {n}\nSHA256-Digest: {_b64('sha256', d)}\n\n" for n, d in files.items())
        manifest = f"Manifest-Version: 1.0\n\n{rows}".encode()
        protected, body = cbor({1: -7, 4: who.certificates[0]}), cbor({4: who.certificates[1:]})
        raw = who.sign(cbor(["Signature", body, protected, b"", manifest]))
        r, s = utils.decode_dss_signature(raw)
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        signed |= {
            "META-INF/cose.manifest": manifest,
            "META-INF/cose.sig": b"\xd8\x62" + cbor([body, {}, None, [[protected, {}, signature]]]),
        }
    return sign_jar(signed, who, whole_only=True, name="mozilla", manifest_name="META-INF/manifest.mf")
