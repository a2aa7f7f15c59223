"""Documents of the developer about the parts of the package: bills of materials, and claims about vulnerabilities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checks import File, Package, Unchecked
from checks.downloads._family import BadManifest, read_json
from checks.downloads.components.node import table_of, text_of
from checks.downloads.components.purl import split_purl

MAX_DOCUMENT = 32 << 20
MAX_DOCUMENTS = 50
MAX_ENTRIES = 50_000
MAX_CLAIMS = 5_000
_NAME = re.compile(r"(?:.*[._-])?(?:s?boms?|vex|openvex|cdx|cyclonedx|spdx)(?:[._-].*)?\.json\Z")
_TAGS = re.compile(r"(?:.*[._-])?(?:s?bom|spdx)(?:[._-].*)?\.spdx\Z|.*\.spdx\Z")
_FOLDERS = ("/sboms/", "/_manifest/", "/.well-known/", "/vex/", "/.vex/", "/sbom/")
CYCLONEDX, SPDX, OPENVEX = "CycloneDX", "SPDX", "OpenVEX"


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its form, the version of that form, and its content."""

    file: File
    form: str
    version: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """One component of a bill of materials; `kind` and `name` are those of its package URL, where it has one."""

    kind: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What the developer says of a vulnerability: `names` it goes by, `products` (type, name) that it is about."""

    file: File
    names: frozenset[str]
    products: frozenset[tuple[str, str]]
    status: str
    reason: str


def find_documents(package: Package) -> Iterator[Document | Unchecked]:
    """Every such document, told by name and content; those that cannot be read are said to be not checked."""
    found = 0
    for file in package.files:
        name = file.name.lower()
        is_tags = name.endswith(".spdx") and _TAGS.match(name) is not None
        if not is_tags and not (name.endswith(".json") and _is_place(file, name)):
            continue
        head = file.head(1 << 16)
        form = SPDX if is_tags and b"SPDXVersion:" in head else "" if is_tags else _form(file, head)
        if not form:
            continue
        found += 1
        if found > MAX_DOCUMENTS:
            yield file.unchecked(f"more than {MAX_DOCUMENTS} documents about components: this one is not read")
            return
        try:
            content = _read_tags(file) if is_tags else table_of(read_json(file, MAX_DOCUMENT))
        except BadManifest as error:
            yield file.unchecked(f"the {form} document cannot be read: {error}")
            continue
        version = text_of(content.get("specVersion") or content.get("spdxVersion"), 40).removeprefix("SPDX-")
        yield Document(file, form, version, dict(content))


def _is_place(file: File, name: str) -> bool:
    return _NAME.match(name) is not None or any(folder in f"/{file.path.lower()}" for folder in _FOLDERS)


def _form(file: File, head: bytes) -> str:
    if b'"CycloneDX"' in head or (file.size < MAX_DOCUMENT and b'"bomFormat"' in file.tail(1 << 14)):
        return CYCLONEDX
    if b'"spdxVersion"' in head:
        return SPDX
    return OPENVEX if b"openvex" in head and b'"statements"' in head else ""


def _read_tags(file: File) -> dict[str, Any]:
    """SPDX as lines of `Tag: value`; only packages with version and package URL."""
    packages: list[dict[str, Any]] = []
    content: dict[str, Any] = {"packages": packages}
    if file.size > MAX_DOCUMENT:
        raise BadManifest(f"it is larger than {MAX_DOCUMENT >> 20} MiB")
    for line in file.data.decode("utf-8", "replace").split("\n"):
        tag, _, value = line.partition(":")
        value = value.strip()
        if tag == "SPDXVersion":
            content["spdxVersion"] = value
        elif tag == "PackageName":
            packages.append({"name": value, "externalRefs": []})
        elif packages and tag == "PackageVersion":
            packages[-1]["versionInfo"] = value
        elif packages and tag == "ExternalRef" and " purl " in f" {value} ":
            packages[-1]["externalRefs"].append({"referenceType": "purl", "referenceLocator": value.split()[-1]})
    return content


def listed_components(document: Document) -> Iterator[Listed]:
    """What a bill of materials lists, nested components and its own subject included."""
    if document.form == CYCLONEDX:
        pending: list[Mapping[str, Any]] = [table_of(table_of(document.content.get("metadata")).get("component"))]
        pending += _tables(document.content.get("components"))
        count = 0
        while pending and count < MAX_ENTRIES:
            entry = pending.pop()
            count += 1
            pending += _tables(entry.get("components"))
            yield _listed(text_of(entry.get("purl"), 1200), _full_name(entry), text_of(entry.get("version")))
    elif document.form == SPDX:
        for entry in _tables(document.content.get("packages"))[:MAX_ENTRIES]:
            purls = [
                text_of(reference.get("referenceLocator"), 1200)
                for reference in _tables(entry.get("externalRefs"))[:20]
                if reference.get("referenceType") == "purl"
            ]
            yield _listed(purls[0] if purls else "", text_of(entry.get("name")), text_of(entry.get("versionInfo")))


def _full_name(entry: Mapping[str, Any]) -> str:
    group, name = text_of(entry.get("group")), text_of(entry.get("name"))
    return f"{group}/{name}" if group else name


def _listed(purl: str, name: str, version: str) -> Listed:
    kind, full, known = split_purl(purl)
    return Listed(kind, full or name, known or version)


def _tables(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def read_claims(document: Document) -> Iterator[Claim]:
    """What an OpenVEX or CycloneDX document says of vulnerabilities."""
    if document.form == OPENVEX:
        for statement in _tables(document.content.get("statements"))[:MAX_CLAIMS]:
            yield _openvex_claim(document.file, statement)
    elif document.form == CYCLONEDX:
        references = _references(document)
        for entry in _tables(document.content.get("vulnerabilities"))[:MAX_CLAIMS]:
            analysis = table_of(entry.get("analysis"))
            if not analysis:
                continue
            names = {text_of(entry.get("id"), 100)}
            names |= {text_of(reference.get("id"), 100) for reference in _tables(entry.get("references"))[:50]}
            refs = [text_of(target.get("ref"), 1200) for target in _tables(entry.get("affects"))[:200]]
            products = frozenset(p for ref in refs if (p := _product(references.get(ref, ref))) is not None)
            reason = text_of(analysis.get("justification")) or text_of(analysis.get("detail"), 200)
            yield Claim(document.file, frozenset(names - {""}), products, text_of(analysis.get("state"), 60), reason)


def _references(document: Document) -> dict[str, str]:
    """bom-ref -> package URL."""
    entries = _tables(document.content.get("components"))[:MAX_ENTRIES]
    return {text_of(entry.get("bom-ref"), 1200): text_of(entry.get("purl"), 1200) for entry in entries}


def _openvex_claim(file: File, statement: dict[str, Any]) -> Claim:
    vulnerability = statement.get("vulnerability")
    names = {vulnerability} if isinstance(vulnerability, str) else set()
    table = table_of(vulnerability)
    names |= {text_of(table.get("name"), 100), text_of(table.get("@id"), 100).rpartition("/")[2]}
    aliases = table.get("aliases")
    names |= {text_of(alias, 100) for alias in (aliases[:50] if isinstance(aliases, list) else ())}
    products = set()
    listed = statement.get("products")
    for product in listed[:200] if isinstance(listed, list) else ():
        inner = table_of(product).get("subcomponents")
        for entry in (product, *(inner[:200] if isinstance(inner, list) else ())):
            table = table_of(entry)
            identifiers = table_of(table.get("identifiers"))
            purl = entry if isinstance(entry, str) else text_of(identifiers.get("purl") or table.get("@id"), 1200)
            products.add(_product(purl))
    reason = text_of(statement.get("justification")) or text_of(statement.get("impact_statement"), 200)
    named = frozenset(product for product in products if product is not None)
    return Claim(file, frozenset(names - {""}), named, text_of(statement.get("status"), 60), reason)


def _product(purl: str) -> tuple[str, str] | None:
    kind, name, _ = split_purl(purl)
    return (kind, name) if kind else None
