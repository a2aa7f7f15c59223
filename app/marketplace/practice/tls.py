"""A certificate authority for one start of the practice marketplace, and the server's certificate from it."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import secrets
import ssl
import tempfile
from pathlib import Path
from typing import NamedTuple

VALID = datetime.timedelta(days=30)


class Tls(NamedTuple):
    """What the server needs; `pin` is the SHA-256 of its certificate in hex."""

    context: ssl.SSLContext
    pin: str


def make_tls(ca_bundle: Path) -> Tls:
    """Make both, and write the authority's certificate to `ca_bundle`; no key is ever written in clear."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def builder(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        started = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
        started = started.serial_number(x509.random_serial_number())
        return started.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + VALID)

    authority = named("Assay practice marketplace, authority")
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = (
        builder(authority, ca_key)
        .issuer_name(authority)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(ca_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    places = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(a)) for a in ("127.0.0.1", "::1"))]
    certificate = (
        builder(named("localhost"), key)
        .issuer_name(authority)
        .add_extension(x509.SubjectAlternativeName(places), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    ca_bundle.write_bytes(ca.public_bytes(pem))
    word = secrets.token_urlsafe(32).encode()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(word))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as both:  # ssl reads from files only
        both.write(certificate.public_bytes(pem) + private)
        both.flush()
        context.load_cert_chain(both.name, password=word)
    return Tls(context, hashlib.sha256(certificate.public_bytes(der)).hexdigest())
