"""Android packages, schemes 2 and 3: a block before the zip's directory signs all other bytes of the file."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks import File
from checks.downloads.signing.bytes import CHUNK, Bytes
from checks.downloads.signing.certificates import describe_signer, load_certificate, spki_of
from checks.downloads.signing.keys import verify
from checks.downloads.signing.lineage import read_lineage
from checks.downloads.signing.model import Malformed, Seal, State, Unsupported, guarded
from checks.downloads.signing.seals import add_key_strength
from checks.downloads.signing.slices import prefixed, slices
from checks.downloads.signing.zip import Layout, find_directory

_MAGIC = b"APK Sig Block 42"
MAX_BLOCK = 64 << 20
MAX_PAIRS = 64
MAX_SIGNERS = 10
SCHEMES = {0x7109871A: "APK v2", 0xF05368C0: "APK v3", 0x1B93AD61: "APK v3.1"}
_STRIPPING = 0xBEEFF00D
_LINEAGE = 0x3BA06F8C
# Signature algorithms: digest of the content, digest of the signature, length of the salt where it is RSA-PSS.
ALGORITHMS: dict[int, tuple[str, str, int | None]] = {
    0x0101: ("sha256", "sha256", 32),
    0x0102: ("sha512", "sha512", 64),
    0x0103: ("sha256", "sha256", None),
    0x0104: ("sha512", "sha512", None),
    0x0201: ("sha256", "sha256", None),
    0x0202: ("sha512", "sha512", None),
    0x0301: ("sha256", "sha256", None),
}
_VERITY = {0x0421, 0x0423, 0x0425}


@dataclass(slots=True)
class Blocks:
    """What lies between the members of a package and its directory: signatures by scheme."""

    start: int
    layout: Layout
    pairs: dict[int, bytes] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)


@guarded
def find_blocks(file: File) -> Blocks | None:
    """The signing block of a package; None where it has none."""
    data = Bytes(file)
    layout = find_directory(data)
    if layout is None or layout.directory < 32:
        return None
    size, magic = struct.unpack("<Q16s", data.read(layout.directory - 24, layout.directory))
    if magic != _MAGIC:
        return None
    start = layout.directory - size - 8
    if not 24 <= size <= MAX_BLOCK or start < 0 or struct.unpack("<Q", data.read(start, start + 8))[0] != size:
        raise Malformed("the sizes of its signing block disagree")
    blocks = Blocks(start, layout)
    raw, at = data.read(start + 8, layout.directory - 24), 0
    while at < len(raw):
        length, number = struct.unpack_from("<QI", raw, at)
        if length < 4 or at + 8 + length > len(raw) or len(blocks.pairs) >= MAX_PAIRS:
            raise Malformed("its signing block cannot be read")
        blocks.pairs.setdefault(number, raw[at + 12 : at + 8 + length])
        at += 8 + length
    return blocks


def verify_blocks(file: File, blocks: Blocks) -> list[Seal]:
    """One verdict for each scheme that the block holds."""
    seals = []
    for number, scheme in SCHEMES.items():
        if number not in blocks.pairs:
            continue
        seal = Seal(scheme, State.VALID, file)
        try:
            _verify_scheme(file, blocks, number, seal)
        except Unsupported as reason:
            seal.doubt(str(reason))
        except Malformed as reason:
            seal.fail("malformed", str(reason))
        add_key_strength(seal)
        seals.append(seal)
    return seals


@guarded
def _verify_scheme(file: File, blocks: Blocks, number: int, seal: Seal) -> None:
    signers = list(slices(prefixed(blocks.pairs[number], 0)[0], MAX_SIGNERS))
    if not signers:
        raise Malformed("nobody signed it")
    for signer in signers:
        _verify_signer(Bytes(file), blocks, signer, seal, is_third=number != 0x7109871A)


def _verify_signer(data: Bytes, blocks: Blocks, raw: bytes, seal: Seal, *, is_third: bool) -> None:
    signed, at = prefixed(raw, 0)
    window = raw[at : at + 8] if is_third else b""
    signatures, at = prefixed(raw, at + len(window))
    spki, _ = prefixed(raw, at)
    made = dict(_pairs(signatures))
    best = _choose(made)
    digest, hash_name, salt = ALGORITHMS[best]
    if not verify(spki, hash_name, made[best], signed, pss=salt):
        seal.fail("signature_invalid", "it was not made by the key that stands beside it")
    digests, at = prefixed(signed, 0)
    certificates, at = prefixed(signed, at)
    if is_third:
        if signed[at : at + 8] != window:
            seal.fail("signature_invalid", "the versions of Android that it is for are not those that were signed")
        at += 8
    attributes, _ = prefixed(signed, at)
    wanted = dict(_pairs(digests))
    if sorted(wanted) != sorted(made):
        seal.fail("signature_invalid", "its digests and signatures are not of the same kinds")
    if wanted.get(best) != _content_digest(data, blocks, digest):
        seal.fail("digest_mismatch", f"the {digest.upper()} of the package's bytes is another than the signed one")
    _read_certificates(certificates, spki, seal)
    _read_attributes(attributes, blocks, spki, seal)
    if is_third:
        seal.notes.append("Android API level {} to {}".format(*struct.unpack("<II", window)))


def _pairs(raw: bytes) -> Iterator[tuple[int, bytes]]:
    for item in slices(raw, MAX_PAIRS):
        yield struct.unpack_from("<I", item)[0], prefixed(item, 4)[0]


def _choose(made: dict[int, bytes]) -> int:
    """The strongest signature that is understood, as Android takes it."""
    known = [number for number in made if number in ALGORITHMS]
    if not known:
        if made.keys() & _VERITY:
            raise Unsupported("it is signed for fs-verity only, whose digest is not computed here")
        raise Unsupported("it is signed by no known algorithm")
    return max(known, key=lambda number: (ALGORITHMS[number][0], number))


def _read_certificates(raw: bytes, spki: bytes, seal: Seal) -> None:
    certificates = [load_certificate(der) for der in slices(raw, MAX_SIGNERS)]
    if not certificates:
        raise Malformed("it holds no certificate")
    if spki_of(certificates[0]) != spki:
        seal.fail("signature_invalid", "its certificate is of another key")
    signer, problems = describe_signer(certificates[0], certificates)
    seal.signers.append(signer)
    seal.problems += [p for p in problems if p.rule != "weak_certificate"]  # Android asks for nothing but the key


def _read_attributes(raw: bytes, blocks: Blocks, spki: bytes, seal: Seal) -> None:
    for item in slices(raw, MAX_PAIRS):
        number = struct.unpack_from("<I", item)[0]
        if number == _STRIPPING:
            scheme = {3: 0xF05368C0}.get(struct.unpack_from("<I", item, 4)[0])
            if scheme is not None and scheme not in blocks.pairs:
                seal.fail("stripped", f"it says that {SCHEMES[scheme]} signs it too, and that signature is gone")
        elif number == _LINEAGE:
            lineage = read_lineage(item[4:])
            if lineage.problem or lineage.keys[-1] != hashlib.sha256(spki).hexdigest():
                seal.fail("signature_invalid", f"its proof of rotation: {lineage.problem or 'it leads to another key'}")
                continue
            seal.earlier = tuple(lineage.keys[:-1])
            seal.notes.append(f"proof of rotation through {len(lineage.keys)} keys, from {lineage.names[0]}")


def _content_digest(data: Bytes, blocks: Blocks, name: str) -> bytes:
    """The digest over the digests of all pieces of 1 MiB: members, directory, end record."""
    if name not in blocks.digests:
        layout = blocks.layout
        end = bytearray(data.read(layout.end, data.size))
        end[16:20] = struct.pack("<I", blocks.start)  # as if there were no signing block
        pieces, count = bytearray(), 0
        for start, stop in ((0, blocks.start), (layout.directory, layout.end)):
            for at in range(start, stop, CHUNK):
                pieces += _piece(data.read(at, min(at + CHUNK, stop)), name)
                count += 1
        pieces += _piece(bytes(end), name)
        blocks.digests[name] = hashlib.new(name, b"\x5a" + struct.pack("<I", count + 1) + pieces).digest()
    return blocks.digests[name]


def _piece(chunk: bytes, name: str) -> bytes:
    sha = hashlib.new(name, b"\xa5" + struct.pack("<I", len(chunk)))
    sha.update(chunk)
    return sha.digest()


def check_stripping(names: str, blocks: Blocks | None, seal: Seal) -> None:
    """Scheme 1 says which newer schemes signed as well: one that was taken away is an attack on old phones."""
    there = {SCHEMES[number][5:6] for number in blocks.pairs if number in SCHEMES} if blocks is not None else set()
    gone = sorted({name.strip() for name in names.split(",")} & {"2", "3"} - there)
    if gone:
        seal.fail("stripped", f"it says that APK v{gone[0]} signs it too, and that signature is gone")
