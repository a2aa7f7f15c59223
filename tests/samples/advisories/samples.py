"""Packages with components that a small advisory database knows, and the database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
MODERATE = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"


def record(osv: str, ecosystem: str, name: str, *events: Mapping[str, str], **more: Any) -> dict[str, Any]:
    kind = "SEMVER" if ecosystem in ("npm", "Go") else "ECOSYSTEM"
    affected = {"package": {"ecosystem": ecosystem, "name": name}, "versions": more.pop("versions", [])}
    if events:
        affected["ranges"] = [{"type": kind, "events": list(events)}]
    return {
        "id": osv, "modified": "2026-01-02T03:04:05Z", "summary": f"Something about {name}", "affected": [affected], **more
    }  # fmt: skip


def vector(score: str, kind: str = "CVSS_V3") -> list[dict[str, str]]:
    return [{"type": kind, "score": score}]


RECORDS = [
    record("GHSA-35jh-r3h4-6jhm", "npm", "lodash", {"introduced": "0"}, {"fixed": "4.17.21"}, aliases=["CVE-2021-23337"],
           severity=vector(CRITICAL)),
    record("CVE-2021-23337", "npm", "lodash", {"introduced": "0"}, {"fixed": "4.17.21"}, aliases=["GHSA-35jh-r3h4-6jhm"]),
    record("MAL-2022-1", "npm", "flatmap-stream", versions=["0.1.1"]),
    record("MAL-2022-2", "npm", "steal-all", {"introduced": "0"}),
    record("GHSA-jquery-0001", "npm", "jquery", {"introduced": "1.2.0"}, {"fixed": "3.5.0"}, severity=vector(MODERATE)),
    record("PYSEC-2023-1", "PyPI", "requests", {"introduced": "2.3.0"}, {"fixed": "2.31.0"}, aliases=["CVE-2023-32681"],
           database_specific={"severity": "MODERATE"}),
    record("GHSA-log4-shel-0001", "Maven", "org.apache.logging.log4j:log4j-core", {"introduced": "2.0-beta9"},
           {"fixed": "2.15.0"}, aliases=["CVE-2021-44228"], severity=vector(CRITICAL)),
    record("GO-2022-0001", "Go", "golang.org/x/text", {"introduced": "0"}, {"last_affected": "0.3.7"}),
    record("GHSA-with-draw-0001", "npm", "chalk", {"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z"),
]  # fmt: skip


def data(folder: Path) -> dict[str, Path]:
    """What the host hands over."""
    from app.advisories_store import NewDatabase
    from checks.downloads.osv.records import read_record

    database = NewDatabase(folder / "advisories.db", None)
    database.take([read_record(json.dumps(entry).encode()) for entry in RECORDS], replacing=True)
    database.finish("2026-01-02T00:00:00")
    return {"advisories": folder / "advisories.db"}


def locked(**versions: str) -> dict[str, bytes]:
    packages = {f"node_modules/{name.replace('_', '-')}": {"version": version} for name, version in versions.items()}
    lock = {"lockfileVersion": 3, "packages": packages}
    return {"package/package-lock.json": json.dumps(lock).encode(), "package/package.json": b'{"name": "shop-window"}'}


def manifest(**dependencies: str) -> dict[str, bytes]:
    content = {"name": "shop-window", "version": "1.0.0", "dependencies": dependencies}
    return {"package/package.json": json.dumps(content).encode()}


def flags() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "vulnerable-component--locked", locked(lodash="4.17.20")
    yield "malicious-component--one_version", locked(flatmap_stream="0.1.1")
    yield "malicious-component--any_version", manifest(**{"steal-all": "^1.0.0"})
    yield "vulnerable-range--only_a_range", manifest(lodash="~4.17.10")
    yield (
        "vulnerable-component--installed",
        {"package/node_modules/lodash/package.json": b'{"name": "lodash", "version": "4.17.15"}'},
    )
    yield (
        "vulnerable-component--banner",
        {"js/jquery.min.js": b"/*! jQuery v3.4.1 | (c) JS Foundation */\n!function(){}"},
    )
    yield "vulnerable-component--requirements", {"requirements.txt": b"requests==2.25.1\n"}
    yield (
        "vulnerable-component--shaded_jar",
        {
            "META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties": b"groupId=org.apache.logging.log4j\n"
            b"artifactId=log4j-core\nversion=2.14.1\n"
        },
    )
    yield "vulnerable-component--go", {"go.mod": b"module a.example/b\n\nrequire golang.org/x/text v0.3.7\n"}


def passes() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "fixed", locked(lodash="4.17.21", flatmap_stream="0.1.2", chalk="5.0.0")
    yield "range_above", manifest(lodash="^4.17.21")
    yield "go_above", {"go.mod": b"module a.example/b\n\nrequire golang.org/x/text v0.3.8\n"}
    yield "prerelease_of_the_fix_is_not_the_fix_of_another", {"requirements.txt": b"requests==2.31.0\n"}
    yield (
        "log4j_api",
        {
            "META-INF/maven/org.apache.logging.log4j/log4j-api/pom.properties": b"groupId=org.apache.logging.log4j\n"
            b"artifactId=log4j-api\nversion=2.14.1\n"
        },
    )
    yield "range_with_lock", {**locked(lodash="4.17.21"), **manifest(lodash="^4.17.0")}
