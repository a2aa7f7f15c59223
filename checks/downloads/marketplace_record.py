"""Marketplace's record: what the marketplace holds of this file against the bytes that are here.

A verdict is worth something only for the bytes it was given on, and what the marketplace's own checks found counts too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from checks import Confidence, Finding, Package, Severity, Unchecked, check, resource_path
from checks.downloads._formats import content_class, load_formats
from checks.downloads._rule_book import RuleBook, load_book

# The weak ones say nothing where the strong one is there; a difference in any is a difference.
HASHES = (("sha256", "SHA-256"), ("sha1", "SHA-1"), ("md5", "MD5"))
# Types that promise nothing.
SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-download"})
TEXTS = ("json", "javascript", "xml", "script", "+yaml", "yaml", "toml", "sql", "x-sh")


@check(
    guidelines={"DL-01", "DL-02", "DL-03"},
    severity=Severity.HIGH,
    needs={"marketplace"},
    rules=("marketplace.toml", "mime_type.toml"),
    uses=("python-magic",),
)
def marketplace_record(package: Package) -> Iterator[Finding | Unchecked]:
    """Size, hashes, name and type against the record; then what the marketplace's scan and MIME check say."""
    told = package.handed["marketplace"]
    book = load_book(resource_path("rules/marketplace.toml"))
    if not told["files"]:
        name = told["here"]["name"][:80]
        yield book.finding("file-gone", f"The version has other files at the marketplace by now, and none is {name}")
    for record in told["files"]:
        yield from _compare(book, record, told["here"])
        yield from _scans(book, record)
        yield from _type(book, record, package)


def _compare(book: RuleBook, record: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Finding]:
    name = record["name"][:80]
    if record["size"] != here["size"]:
        message = f"{name} has {here['size']:,} bytes here, and {record['size']:,} at the marketplace"
        yield book.finding("size-differs", message, matched=f"{here['size']} {record['size']}")
    given = [(kind, label) for kind, label in HASHES if record[kind]]
    for kind, label in given:
        if record[kind].lower() != here[kind]:
            message = f"The {label} of {name} is {here[kind]} here, and {record[kind][:64]} at the marketplace"
            yield book.finding(f"{kind}-differs", message, matched=f"{here[kind]} {record[kind][:64]}")
    if not given:
        yield book.finding("no-hash", f"The marketplace gives no hash of {name}: only its size could be compared")
    elif not record["sha256"]:
        labels = " and ".join(label for _, label in given)
        yield book.finding("weak-hash", f"Of {name} the marketplace gives {labels} only, which can be forged")
    if record["name"] != here["name"]:
        message = f"The file is {here['name'][-80:]} here, and {record['name'][-80:]} at the marketplace"
        same = _suffix(record["name"]) == _suffix(here["name"])
        severity = Severity.INFO if same else None
        yield book.finding("other-name", message, severity=severity, matched=record["name"][:200])


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _scans(book: RuleBook, record: Mapping[str, Any]) -> Iterator[Finding]:
    name, scan = record["name"][:80], record["virus_scan"]
    if record["mime_check"] == "FAILED":
        yield book.finding("mime-failed", f"The marketplace's own MIME check failed for {name}")
    if scan == "DIRTY" or record["viruses"]:
        viruses = ", ".join(virus[:60] for virus in record["viruses"][:5]) or "a virus that it does not name"
        more = f" and {len(record['viruses']) - 5} more" if len(record["viruses"]) > 5 else ""
        message = f"The marketplace's virus scan found {viruses}{more} in {name}"
        yield book.finding("virus-found", message, matched=viruses)
    elif scan != "CLEAN":
        how = {"": "has no virus scan", "NOT_SCANNED": "did not scan it for viruses"}.get(scan)
        words = how or f"says {scan[:40]} of its virus scan"
        yield book.finding("not-scanned", f"The marketplace {words}: {name} is not clean by its word", matched=scan)


def _type(book: RuleBook, record: Mapping[str, Any], package: Package) -> Iterator[Finding]:
    """The type that the marketplace serves it as; a package that is a zip by another name is no contradiction."""
    declared = record["content_type"].partition(";")[0].strip().lower()
    file = package.artifact
    if file is None or not file.size or declared in SAYS_NOTHING:
        return
    formats = load_formats(resource_path("rules/mime_type.toml"))
    content = content_class(file, file.type, formats)
    promised = formats.of_mime(declared)
    if promised in (content, "data") or formats.are_alike(content, frozenset({promised})):
        return
    if content == "text" and declared.endswith(TEXTS):
        return
    severity = Severity.HIGH if content == "executable" else None
    message = f"The marketplace serves it as {declared[:80]}, and it is {file.type.label} ({file.type.mime})"
    yield book.finding("other-type", message, severity=severity, confidence=Confidence.MEDIUM, matched=declared[:200])
