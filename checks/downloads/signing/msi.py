"""Windows installers (MSI): Authenticode over the streams of a compound file, in the order of their names."""

from __future__ import annotations

import hashlib
from typing import Any

from checks import File
from checks.downloads.signing.authenticode import read_indirect
from checks.downloads.signing.cms import read_message
from checks.downloads.signing.model import Malformed, Seal, State, Unsupported, guarded
from checks.downloads.signing.seals import seal_signature
from checks.runtime.archives.sectors import has_plain_header

SCHEME = "Authenticode"
SIGNATURE, EXTENDED = "\x05DigitalSignature", "\x05MsiDigitalSignatureEx"
MAX_ENTRIES = 20_000
MAX_DEPTH = 16
_STORAGE, _STREAM, _ROOT = 1, 2, 5


def verify_installer(file: File) -> list[Seal]:
    """The verdicts on an installer's signatures; empty without any."""
    seals = [Seal(SCHEME, State.VALID, file)]
    try:
        if file.size > 64 << 20:
            raise Unsupported("the installer is larger than 64 MiB")
        seals = _verify(file.data)
    except Unsupported as reason:
        seals[0].doubt(str(reason))
    except (Malformed, OSError) as reason:
        seals[0].fail("malformed", str(reason)[:120])
    for seal in seals:
        seal.file = file
    return seals


@guarded
def _verify(data: bytes) -> list[Seal]:
    import io

    import olefile

    if not has_plain_header(data):
        raise Malformed("its tables are larger than the file")
    ole = olefile.OleFileIO(io.BytesIO(data))
    entries = [e for e in ole.direntries if e is not None]
    if len(entries) > MAX_ENTRIES:
        raise Unsupported("the installer has too many streams")
    top = {kid.name: kid for kid in ole.root.kids}
    if SIGNATURE not in top:
        return []
    message = read_message(_content(ole, top[SIGNATURE]))
    name, wanted = read_indirect(message)
    sha = hashlib.new(name, usedforsecurity=False)
    details = ""
    if EXTENDED in top:
        before = hashlib.new(name, usedforsecurity=False)
        _feed_names(before, ole.root, 0)
        sha.update(before.digest())
        if _content(ole, top[EXTENDED]) != before.digest():
            details = "the names and dates of its streams"
    _feed(sha, ole, ole.root, 0)
    if not message.signatures:
        raise Malformed("nobody signed it")
    seals = [seal_signature(SCHEME, signature) for signature in message.signatures]
    if sha.digest() != wanted:
        details = details or f"the {name.upper()} of the installer is another than the signed one"
    if details:
        seals[0].fail("digest_mismatch", details)
    return seals


def _content(ole: Any, entry: Any) -> bytes:
    content: bytes = ole._open(entry.isectStart, entry.size).read()  # by entry: names may hold a slash
    return content


def _sorted(folder: Any) -> list[Any]:
    kids = [k for k in folder.kids if folder.entry_type != _ROOT or k.name not in (SIGNATURE, EXTENDED)]
    return sorted(kids, key=lambda k: bytes(k.name_raw[: k.namelength]))


def _feed(sha: Any, ole: Any, folder: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Malformed("its folders are nested too deeply")
    for kid in _sorted(folder):
        if kid.entry_type == _STREAM:
            sha.update(_content(ole, kid))
        elif kid.entry_type == _STORAGE:
            _feed(sha, ole, kid, depth + 1)
    sha.update(_class(folder))


def _feed_names(sha: Any, entry: Any, depth: int) -> None:
    """Names, sizes and dates, as the extended signature covers them."""
    if depth > MAX_DEPTH:
        raise Malformed("its folders are nested too deeply")
    if entry.entry_type != _ROOT:
        sha.update(bytes(entry.name_raw[: max(0, entry.namelength - 2)]))
    if entry.entry_type == _STREAM:
        sha.update((entry.size & 0xFFFFFFFF).to_bytes(4, "little"))
    else:
        sha.update(_class(entry))
    sha.update(int(entry.dwUserFlags).to_bytes(4, "little"))
    if entry.entry_type != _ROOT:
        sha.update(int(entry.createTime).to_bytes(8, "little") + int(entry.modifyTime).to_bytes(8, "little"))
    for kid in _sorted(entry) if entry.entry_type != _STREAM else ():
        _feed_names(sha, kid, depth + 1)


def _class(entry: Any) -> bytes:
    """The class of a storage as 16 bytes, which the library gives as text."""
    text = entry.clsid.replace("-", "")
    if not text:
        return bytes(16)
    raw = bytes.fromhex(text)
    return raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]
