"""Bills of materials beside what the package holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

PARTS = {"left-pad": "1.3.0", "chalk": "5.3.0"}


def package(**bill: str) -> dict[str, bytes]:
    files = {"package/package.json": b'{"name": "shop", "version": "1.0.0", "dependencies": {"left-pad": "*"}}'}
    for name, version in PARTS.items():
        content = json.dumps({"name": name, "version": version, "license": "MIT"}).encode()
        files[f"package/node_modules/{name}/package.json"] = content
    if bill:
        files["package/bom.json"] = cyclonedx({name.replace("_", "-"): version for name, version in bill.items()})
    return files


def cyclonedx(parts: Mapping[str, str]) -> bytes:
    components = [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:npm/{name}@{version}"}
        for name, version in parts.items()
    ]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components}).encode()


def spdx(parts: Mapping[str, str]) -> bytes:
    packages = [
        {
            "name": name,
            "versionInfo": version,
            "externalRefs": [{"referenceType": "purl", "referenceLocator": f"pkg:npm/{name}@{version}"}],
        }
        for name, version in parts.items()
    ]
    return json.dumps({"spdxVersion": "SPDX-2.3", "packages": packages}).encode()


def tags(parts: Mapping[str, str]) -> bytes:
    lines = ["SPDXVersion: SPDX-2.3"]
    for name, version in parts.items():
        lines += [f"PackageName: {name}", f"PackageVersion: {version}"]
    return "\n".join(lines).encode()


def flags() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "sbom-missing--one_left_out", package(chalk="5.3.0")
    yield "sbom-version--another_version", package(chalk="5.2.0", left_pad="1.3.0")
    yield "sbom-missing--spdx", {**package(), "package/shop.spdx.json": spdx({"chalk": "5.3.0"})}
    yield "sbom-version--spdx_tags", {**package(), "package/shop.spdx": tags({"chalk": "5.3.0", "left-pad": "1.0.0"})}


def passes() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "complete", package(chalk="5.3.0", left_pad="1.3.0")
    yield "none", package()
    yield "spdx_complete", {**package(), "package/shop.spdx.json": spdx(PARTS)}
    yield "two_bills", {**package(chalk="5.3.0"), "package/more.cdx.json": cyclonedx({"left-pad": "1.3.0"})}
