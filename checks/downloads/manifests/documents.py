"""Documents: title, author and program, as PDF, OOXML, OpenDocument and OLE files say them."""

from __future__ import annotations

import io

from checks.downloads._family import BadManifest
from checks.downloads.manifests.container import Reading, words
from checks.downloads.manifests.text import local, parse_xml
from checks.runtime.archives.sectors import has_plain_header
from checks.runtime.model import Severity
from checks.runtime.package import File

MAX_PARSED = 64 << 20
MOST_FIELDS = 50
_OOXML = {
    "title": "title", "creator": "publisher", "lastModifiedBy": "last changed by", "description": "description",
    "subject": "subject", "created": "created", "modified": "changed", "Application": "program", "Company": "company",
    "AppVersion": "program version", "Template": "template",
}  # fmt: skip
_ODF = {"title": "title", "initial-creator": "publisher", "creator": "last changed by", "generator": "program",
        "creation-date": "created", "description": "description"}  # fmt: skip
_PDF = {"/Title": "title", "/Author": "publisher", "/Producer": "producer", "/Creator": "program",
        "/CreationDate": "created", "/ModDate": "changed", "/Subject": "subject"}  # fmt: skip
_OLE = {"title": "title", "author": "publisher", "last_saved_by": "last changed by", "creating_application": "program",
        "subject": "subject", "comments": "description", "company": "company", "template": "template"}  # fmt: skip


def read(reading: Reading) -> None:
    """Facts only: what is active in a document is the business of the checks for macros and PDF."""
    file = reading.container.files[0]
    if reading.container.family == "pdf-document":
        reading.file, reading.format = file, "PDF"
        _pdf(reading, file)
    elif reading.container.family == "windows-installer" or file.head(4) == b"\xd0\xcf\x11\xe0":
        reading.file = file
        reading.format = "Windows installer" if reading.container.family == "windows-installer" else "OLE document"
        _ole(reading, file)
    elif (mimetype := reading.container.get("mimetype")) is not None:
        reading.format = words(mimetype.head(200).decode("latin-1"), 100)
        _xml(reading, "meta.xml", _ODF)
    else:
        reading.format = "Office Open XML"
        _xml(reading, "docProps/core.xml", _OOXML)
        _xml(reading, "docProps/app.xml", _OOXML)


def _xml(reading: Reading, path: str, fields: dict[str, str]) -> None:
    file = reading.container.get(path)
    if file is None:
        return
    reading.file = file
    try:
        root = parse_xml(file)
    except BadManifest as error:
        reading.flag("unreadable", f"{path} cannot be read: {error}", file, severity=Severity.LOW)
        return
    for number, element in enumerate(root.iter()):
        if number > 1000:
            break
        name = fields.get(local(element.tag))
        if name and element.text:
            reading.tell("document", name, element.text.strip(), file)


def _pdf(reading: Reading, file: File) -> None:
    import pikepdf

    if file.size > MAX_PARSED:
        reading.skip(f"the document is larger than {MAX_PARSED >> 20} MiB", file)
        return
    try:
        with pikepdf.open(io.BytesIO(file.data)) as document:
            reading.tell("document", "PDF version", str(document.pdf_version))
            reading.tell("document", "encrypted", bool(document.is_encrypted))
            for key, value in list(document.docinfo.items())[:MOST_FIELDS]:
                if key in _PDF:
                    reading.tell("document", _PDF[key], str(value))
    except pikepdf.PasswordError:
        reading.tell("document", "encrypted", "yes, and cannot be read without its password")
    except Exception as error:  # qpdf raises kinds of its own, of Python and of C++ for damaged files
        message = f"The PDF's own description cannot be read ({type(error).__name__})"
        reading.flag("unreadable", message, file, severity=Severity.LOW)


def _ole(reading: Reading, file: File) -> None:
    import olefile

    if file.size > MAX_PARSED:
        reading.skip(f"the document is larger than {MAX_PARSED >> 20} MiB", file)
        return
    try:
        if not has_plain_header(file.data):
            raise ValueError
        with olefile.OleFileIO(io.BytesIO(file.data)) as compound:
            properties = compound.get_metadata()
            for key, name in _OLE.items():
                value = getattr(properties, key, None)
                if isinstance(value, bytes):
                    value = value.decode("utf-8", "replace")
                reading.tell("document", name, value)
            if reading.container.family == "windows-installer":
                number = properties.revision_number
                text = number.decode("latin-1") if isinstance(number, bytes) else ""
                subject = properties.subject
                name = subject.decode("utf-8", "replace") if isinstance(subject, bytes) else ""
                author = properties.author
                reading.identify(name, "", author.decode("utf-8", "replace") if isinstance(author, bytes) else "")
                reading.tell("package", "package code", text)
    except Exception as error:  # olefile raises what a damaged table makes of it
        message = f"The document's own description cannot be read ({type(error).__name__})"
        reading.flag("unreadable", message, file, severity=Severity.LOW)
