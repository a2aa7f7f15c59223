"""A file, and what a marketplace holds of it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

Sample = tuple[str, dict[str, bytes]]


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("readme.txt"), b"How to install: do not.")
    return stream.getvalue()


DATA = _zip()
HERE = {
    "name": "app.zip", "size": len(DATA), "sha256": hashlib.sha256(DATA).hexdigest(),
    "sha1": hashlib.sha1(DATA).hexdigest(), "md5": hashlib.md5(DATA).hexdigest(),
}  # fmt: skip
OTHER = hashlib.sha256(b"something else").hexdigest()


def _sample(title: str, /, **changes: Any) -> Sample:
    record = {**HERE, "content_type": "application/zip", "mime_check": "PASSED", "virus_scan": "CLEAN", "viruses": []}
    record |= changes
    told = {"here": HERE, "files": [record]}
    return title, {"artifact:app.zip": DATA, "handed:marketplace": json.dumps(told).encode()}


def flags() -> Iterator[Sample]:
    """Records that contradict the bytes, or say too little."""
    yield _sample("size-differs--one byte", size=len(DATA) + 1)
    yield _sample("sha256-differs--replaced", sha256=OTHER)
    yield _sample("sha1-differs--though the md5 agrees", sha256="", sha1=OTHER[:40])
    yield _sample("md5-differs--though the sha256 agrees", md5=OTHER[:32])
    gone = json.dumps({"here": HERE, "files": []}).encode()
    yield "file-gone--the version has others", {"artifact:app.zip": DATA, "handed:marketplace": gone}
    yield _sample("no-hash--size only", sha256="", sha1="", md5="")
    yield _sample("mime-failed--said so", mime_check="FAILED")
    yield _sample("virus-found--named", virus_scan="DIRTY", viruses=["Eicar-Test-Signature", "Worm.Other"])
    yield _sample("virus-found--without a name", virus_scan="DIRTY")
    yield _sample("virus-found--named though clean", virus_scan="CLEAN", viruses=["Eicar-Test-Signature"])
    yield _sample("not-scanned--said so", virus_scan="NOT_SCANNED")
    yield _sample("not-scanned--no scan", virus_scan="")
    yield _sample("not-scanned--another word", virus_scan="PROBABLY_FINE")
    yield _sample("other-name--a program", name="app.exe")
    yield _sample("other-type--an image", content_type="image/png")
    yield _sample("other-type--a page", content_type="text/html; charset=utf-8")
    yield _sample("other-type--a document", content_type="application/pdf")


def passes() -> Iterator[Sample]:
    """Records that agree, as far as they go."""
    yield _sample("everything agrees")
    yield _sample("hashes in capitals", sha256=HERE["sha256"].upper(), md5=HERE["md5"].upper())
    yield _sample("weak hashes only", sha256="")
    yield _sample("another name of the same type", name="app-1.2.0.ZIP")
    yield _sample("no type said", content_type="")
    yield _sample("a type that says nothing", content_type="application/octet-stream")
    yield _sample("a type of a package that is a zip", content_type="application/java-archive")
    yield _sample("no mime check", mime_check="")
