"""The bill of materials: valid against CycloneDX 1.6 whatever the package holds, and the same for the same bytes."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from app.model import Component
from app.reports import render
from app.reports.cyclonedx import MAX_PLACES

PARTS = (
    Component("shop", "1.0.0", "pkg:npm/shop@1.0.0", "package.json", "observed", "artifact", "MIT"),
    Component("chalk", "5.3.0", "pkg:npm/chalk@5.3.0", "package-lock.json", "declared", "dev"),
    Component("chalk", "5.3.0", "pkg:npm/chalk@5.3.0", "node_modules/chalk/package.json", "observed", "", "MIT"),
    Component("left-pad", "", "pkg:npm/left-pad", "package.json", "declared", "optional", "", "any version of ^1.0.0"),
    Component("Some Thing", "2", "", "lib/thing.jar", "observed", "", "GPL-2.0-only WITH x"),
)


def bill(data: Any, *parts: Component) -> dict[str, Any]:
    run = dataclasses.replace(data.run, inventory=parts)
    document: dict[str, Any] = json.loads(render(dataclasses.replace(data, run=run), "cyclonedx"))
    return document


def assert_valid(document: dict[str, Any]) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))
    assert problem is None, str(problem)[:500]


def test_components(report: Any) -> None:
    document = bill(report, *PARTS)
    assert_valid(document)
    subject = document["metadata"]["component"]
    assert (subject["name"], subject["version"], subject["purl"]) == ("shop", "1.0.0", "pkg:npm/shop@1.0.0")
    assert subject["hashes"] == [{"alg": "SHA-256", "content": report.run.artifact.sha256}]
    chalk, pad, thing = document["components"]
    assert chalk["scope"] == "required" and chalk["licenses"] == [{"license": {"name": "MIT"}}]
    assert [place["location"] for place in chalk["evidence"]["occurrences"]] == [
        "node_modules/chalk/package.json", "package-lock.json",
    ]  # fmt: skip
    assert {"name": "assay:origin", "value": "observed, declared"} in chalk["properties"]
    assert "version" not in pad and pad["scope"] == "optional"
    assert "purl" not in thing


def test_the_serial_number_is_of_the_bytes(report: Any) -> None:
    first, second = bill(report, *PARTS), bill(report, *PARTS[:2])
    assert first["serialNumber"] == second["serialNumber"]
    other = dataclasses.replace(report.run.artifact, sha256="0" * 64)
    changed = dataclasses.replace(report, run=dataclasses.replace(report.run, artifact=other))
    assert bill(changed)["serialNumber"] != first["serialNumber"]


def test_nothing_found_is_no_claim_to_be_complete(report: Any) -> None:
    document = bill(report)
    assert_valid(document)
    assert document["components"] == []
    assert {"name": "assay:inventory", "value": "did not take part"} in document["metadata"]["properties"]


@pytest.mark.parametrize("text", ["\u202eevil", "a\nb", "\udc80", "<script>", '"', "\0", "", " " * 3])
def test_hostile_text(report: Any, text: str) -> None:
    parts = [Component(text, text, "", text, "observed", scope, text, text) for scope in ("artifact", "", "dev")]
    document = bill(report, *parts)
    assert_valid(document)
    assert "\u202e" not in json.dumps(document, ensure_ascii=False)


def test_many_places_are_cut(report: Any) -> None:
    parts = [Component("a", "1", "pkg:npm/a@1", f"{n}/package.json", "observed") for n in range(MAX_PLACES + 5)]
    (component,) = bill(report, *parts)["components"]
    assert len(component["evidence"]["occurrences"]) == MAX_PLACES
    assert {"name": "assay:places", "value": f"{MAX_PLACES + 5}, of which {MAX_PLACES} are listed"} in component[
        "properties"
    ]
