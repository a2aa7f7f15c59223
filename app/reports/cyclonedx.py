"""The inventory of a run as a CycloneDX 1.6 bill of materials in JSON.

The same artifact always has the same serial number, so that two bills of it are known to be about the same bytes. A
component that several files name is listed once, with all the places; what was observed counts more than what was
declared.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from app.model import Component
from app.reports.document import TOOL, ReportData, plain
from app.reports.json_report import to_bytes, utc

SPEC = "1.6"
NAMESPACE = uuid.UUID("6f0c9bd1-7d5c-5f0e-9c57-1b1f3a3c6a55")
MAX_PLACES = 50
ARTIFACT = "artifact"
# Scope of a component here -> scope of CycloneDX; what is not named is needed to run.
_SCOPES = {
    "dev": "excluded",
    "test": "excluded",
    "build": "excluded",
    "provided": "excluded",
    "optional": "optional",
    "peer": "optional",
}


def render(data: ReportData) -> bytes:
    """The bill as UTF-8 JSON, valid against the schema of CycloneDX 1.6; one line for each component."""
    run = data.run
    groups = _group(part for part in run.inventory if part.scope != ARTIFACT)
    components = [_component(number, parts) for number, parts in enumerate(groups)]
    root = next((part for part in run.inventory if part.scope == ARTIFACT), None)
    subject = _subject(data, root)
    document: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": uuid.uuid5(NAMESPACE, run.artifact.sha256).urn,
        "version": 1,
        "metadata": {
            "timestamp": utc(run.finished or run.started),
            "tools": {"components": [{"type": "application", "name": TOOL, "version": data.version}]},
            "component": subject,
            "properties": _notes(data),
        },
        "components": components,
    }
    direct = [part["bom-ref"] for part in components]
    document["dependencies"] = [{"ref": subject["bom-ref"], "dependsOn": direct}]
    return to_bytes(document)


def _notes(data: ReportData) -> list[dict[str, str]]:
    """What a reader has to know of how complete the list is."""
    result = next((check for check in data.run.checks if check.id == "inventory"), None)
    outcome = "did not take part" if result is None else result.outcome.value
    notes = [{"name": "assay:inventory", "value": outcome}]
    if result is not None and result.words:
        notes.append({"name": "assay:inventory-note", "value": plain(result.words)})
    return notes


def _subject(data: ReportData, root: Component | None) -> dict[str, Any]:
    artifact, tree = data.run.artifact, data.run.tree
    name = root.name if root else (tree.name if tree and tree.name else artifact.name)
    version = root.version if root else (tree.version if tree else "")
    subject: dict[str, Any] = {
        "type": "application",
        "bom-ref": f"artifact:{artifact.sha256}",
        "name": plain(name) or "unnamed",
    }
    if version:
        subject["version"] = plain(version)
    subject["hashes"] = [{"alg": "SHA-256", "content": artifact.sha256}]
    if root is not None and root.licence:
        subject["licenses"] = _licences(root.licence)
    if root is not None and root.purl:
        subject["purl"] = root.purl
    subject["properties"] = [{"name": "assay:file", "value": plain(artifact.name)}]
    return subject


def _group(parts: Any) -> list[list[Component]]:
    """The parts that are one component, in the order in which they were listed; the surest first in each."""
    groups: dict[tuple[str, ...], list[Component]] = {}
    for part in parts:
        groups.setdefault((part.purl,) if part.purl else ("", part.name, part.version), []).append(part)
    return [sorted(group, key=lambda part: part.origin != "observed") for group in groups.values()]


def _component(number: int, parts: Sequence[Component]) -> dict[str, Any]:
    first = parts[0]
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"{number}:{first.purl or plain(first.name)}",
        "name": plain(first.name) or "unnamed",
    }
    if first.version:
        component["version"] = plain(first.version)
    component["scope"] = min((_SCOPES.get(part.scope, "required") for part in parts), key=_need)
    licence = next((part.licence for part in parts if part.licence), "")
    if licence:
        component["licenses"] = _licences(licence)
    if first.purl:
        component["purl"] = first.purl
    places = list(dict.fromkeys(plain(part.path) for part in parts if part.path))
    if places:
        component["evidence"] = {"occurrences": [{"location": place} for place in places[:MAX_PLACES]]}
    component["properties"] = [
        {"name": name, "value": plain(value)} for name, value in _properties(parts, len(places)) if value
    ]
    return component


def _properties(parts: Sequence[Component], places: int) -> list[tuple[str, str]]:
    rows = [("assay:origin", ", ".join(dict.fromkeys(part.origin for part in parts)))]
    rows.append(("assay:scope", ", ".join(dict.fromkeys(part.scope for part in parts if part.scope))))
    rows.append(("assay:detail", "; ".join(list(dict.fromkeys(part.detail for part in parts if part.detail))[:5])))
    if places > MAX_PLACES:
        rows.append(("assay:places", f"{places}, of which {MAX_PLACES} are listed"))
    return rows


def _need(scope: str) -> int:
    return ("required", "optional", "excluded").index(scope)


def _licences(text: str) -> list[Mapping[str, Any]]:
    """As the package words it: whether it is a known identifier is not looked up."""
    return [{"license": {"name": plain(text)}}]
