"""Signatures of Open Packaging files (VSIX, Office): an XML document with the digest of every part it covers.

The digests are compared here. Whether the document itself was signed by the certificate in it is not computed: that
takes XML in its canonical form, so the best verdict is `unverifiable`.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import unquote

from checks import File
from checks.downloads.signing.bytes import digest_of
from checks.downloads.signing.certificates import describe_signer, load_certificate
from checks.downloads.signing.jar import Members, list_names
from checks.downloads.signing.model import Malformed, Seal, State, Unsupported, guarded

FOLDER = "package/services/digital-signature/"
MAX_DOCUMENT = 8 << 20
MAX_REFERENCES = 50_000
_NS = "{http://www.w3.org/2000/09/xmldsig#}"
_DIGESTS = {
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}


def verify_parts(file: File, members: Members) -> Seal:
    """The verdict on one signature document."""
    seal = Seal("VSIX (OPC)", State.VALID, file)
    try:
        if file.size > MAX_DOCUMENT:
            raise Malformed("it is too large")
        _compare(_parse(file.data), members, seal)
        seal.doubt("the digests of the files hold, the XML signature over them is not computed here")
    except Unsupported as reason:
        seal.doubt(str(reason))
    except Malformed as reason:
        seal.fail("malformed", str(reason))
    return seal


def _parse(data: bytes) -> Any:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        return fromstring(data)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Malformed(f"it is no XML that can be read ({str(error)[:60]})") from None


@guarded
def _compare(root: Any, members: Members, seal: Seal) -> None:
    certificates = [
        load_certificate(base64.b64decode(e.text or "")) for e in list(root.iter(f"{_NS}X509Certificate"))[:8]
    ]
    if certificates:
        seal.signers.append(describe_signer(certificates[0], certificates)[0])
    bad, covered = [], set()
    references = list(root.iter(f"{_NS}Reference"))
    if len(references) > MAX_REFERENCES:
        raise Malformed(f"it covers more than {MAX_REFERENCES:,} files")
    for reference in references:
        uri = reference.get("URI", "")
        if not uri.startswith("/"):
            continue
        name = unquote(uri[1:].partition("?")[0])
        covered.add(name)
        if reference.find(f"{_NS}Transforms") is not None:
            continue  # of relationships only those of some kinds are signed, in a form of their own
        algorithm = reference.find(f"{_NS}DigestMethod")
        value = reference.find(f"{_NS}DigestValue")
        kind = _DIGESTS.get(algorithm.get("Algorithm", "")) if algorithm is not None else None
        if kind is None or value is None:
            raise Unsupported("its digests are of an unknown kind")
        wanted = base64.b64decode(value.text or "")
        files = members.files.get(name)
        if not files or any(digest_of(f, kind) != wanted for f in files):
            bad.append(name)
    if bad:
        seal.fail("digest_mismatch", list_names(sorted(bad)))
    loose = [n for n in members.files if n not in covered and not n.startswith((FOLDER, "[Content_Types]", "_rels/"))]
    if loose:
        seal.fail("uncovered", list_names(sorted(loose)))
