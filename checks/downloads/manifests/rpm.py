"""RPM packages: the header, which the package manager believes, against the file's name."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from checks.downloads.manifests.container import Reading, words

_FILE = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<release>[^-]+)\.(?P<arch>[a-z0-9_]+)\.rpm")
_HEADER = b"\x8e\xad\xe8\x01"
LEAD = 96
MAX_HEADER = 32 << 20
MOST_TAGS = 8192
MAX_TEXT = 4000
# numbers of the format; the types that are text
_TEXT = (6, 8, 9)
TAGS = {
    1000: "name", 1001: "version", 1002: "release", 1004: "description", 1011: "vendor", 1014: "licence",
    1015: "packager", 1020: "homepage", 1022: "architecture", 1044: "source",
}  # fmt: skip
SCRIPTS = {
    1023: "preinstall", 1024: "postinstall", 1025: "preuninstall", 1026: "postuninstall", 1065: "trigger",
    1151: "pretransaction", 1152: "posttransaction", 5066: "file trigger", 5076: "transaction file trigger",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """The texts of one header by tag number, and where it ends in the file."""

    texts: dict[int, str]
    end: int


def read(reading: Reading) -> None:
    """Facts of the package out of its header; the artifact's own bytes hold it, no member does."""
    artifact = reading.package.artifact
    outermost = reading.container.files[0].entry.parent < 0
    if not outermost or artifact is None or artifact.head(4) != b"\xed\xab\xee\xdb":
        return  # an rpm inside another archive: its header is that archive's member
    reading.file = artifact
    try:
        data = artifact.head(MAX_HEADER)
        signature = parse_header(data, LEAD)
        header = parse_header(data, signature.end + -signature.end % 8)
    except (ValueError, struct.error) as error:
        reading.flag("unreadable", f"The header of the rpm cannot be read: {words(str(error), 100)}", artifact)
        return
    fields = {name: header.texts.get(tag, "") for tag, name in TAGS.items()}
    release = f"{fields['version']}-{fields['release']}" if fields["release"] else fields["version"]
    reading.identify(fields["name"], release, fields["vendor"] or fields["packager"])
    for name in ("description", "licence", "homepage", "architecture", "source"):
        reading.tell("package", name, fields[name])
    for tag, name in SCRIPTS.items():
        if tag in header.texts:
            reading.tell("hook", name, "runs as root: " + header.texts[tag])
    _check_name(reading, fields)


def _check_name(reading: Reading, fields: dict[str, str]) -> None:
    match = _FILE.fullmatch(reading.stem)
    if match is None or not fields["name"]:
        return
    if match["name"] != fields["name"]:
        message = f"The file is named for {words(match['name'], 80)}, its header says {words(fields['name'], 80)}"
        reading.flag("name-mismatch", message, reading.file)
    if (match["version"], match["release"]) != (fields["version"], fields["release"]):
        named = words(f"{match['version']}-{match['release']}", 60)
        message = f"The file is named for version {named}, its header says {words(reading.version, 60)}"
        reading.flag("version-mismatch", message, reading.file)
    architecture = fields["architecture"]
    if architecture and match["arch"] not in (architecture, "src", "nosrc"):
        message = f"The file is named for {words(match['arch'], 40)}, its header says {words(architecture, 40)}"
        reading.flag("tag-mismatch", message, reading.file)


def parse_header(data: bytes, at: int) -> Header:
    """One header: magic, counts of entries and of bytes, 16 bytes an entry (tag, type, offset, count), the store.

    ValueError or struct.error where it is damaged or points outside of itself.
    """
    if data[at : at + 4] != _HEADER:
        raise ValueError("no header where one must be")
    count, size = struct.unpack_from(">II", data, at + 8)
    base = at + 16 + 16 * count
    if count > MOST_TAGS or base + size > len(data):
        raise ValueError("it is larger than what is there")
    texts: dict[int, str] = {}
    for number in range(count):
        tag, kind, offset, _ = struct.unpack_from(">IIII", data, at + 16 + 16 * number)
        if kind not in _TEXT or (tag not in TAGS and tag not in SCRIPTS) or tag in texts:
            continue
        if offset >= size:
            raise ValueError("a text lies outside of it")
        stop = data.find(b"\0", base + offset, min(base + size, base + offset + MAX_TEXT))
        texts[tag] = data[base + offset : stop if stop >= 0 else base + offset + MAX_TEXT].decode("utf-8", "replace")
    return Header(texts, base + size)
