"""Packages with lock files and parts, some of them with entries that come from somewhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

HOST = "https://registry.example"
SHA = "sha512-AAAA"


def entry(name: str, version: str, **more: object) -> dict[str, object]:
    bare = name.rpartition("/")[2]
    return {
        "version": version, "resolved": f"{HOST}/{name}/-/{bare}-{version}.tgz", "integrity": SHA, **more
    }  # fmt: skip


def locked(**changes: Mapping[str, object]) -> dict[str, bytes]:
    names = {"left-pad": "1.3.0", "@acme/ui": "2.0.1", "chalk": "5.3.0", "semver": "7.6.3", "ws": "8.18.0"}
    names |= {f"part-{number}": "1.0.0" for number in range(25)}
    packages: dict[str, object] = {"": {"name": "shop", "version": "1.0.0"}}
    for name, version in names.items():
        packages[f"node_modules/{name}"] = {**entry(name, version), **changes.get(name.replace("-", "_"), {})}
    manifest = {"name": "shop", "version": "1.0.0", "dependencies": {"left-pad": "^1.3.0", "chalk": "^5.0.0"}}
    lock = {"name": "shop", "lockfileVersion": 3, "packages": packages}
    return {
        "package/package.json": json.dumps(manifest).encode(),
        "package/package-lock.json": json.dumps(lock).encode(),
    }


def flags() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "lock-mismatch--another_archive", locked(chalk={"resolved": f"{HOST}/chaIk-next/-/chaIk-next-5.3.0.tgz"})
    yield "foreign-host--one_of_thirty", locked(ws={"resolved": "https://files.example/ws/-/ws-8.18.0.tgz"})
    yield "plain-source--http", locked(semver={"resolved": "http://registry.example/semver/-/semver-7.6.3.tgz"})
    yield "no-checksum--one_without", locked(semver={"integrity": ""})
    manifest = {"name": "shop", "version": "1.0.0", "dependencies": {"toolkit": "https://files.example/toolkit.tgz"}}
    yield "mutable-source--address", {"package/package.json": json.dumps(manifest).encode()}
    yield "mutable-source--branch", {"requirements.txt": b"toolkit @ git+https://git.example/acme/toolkit@main\n"}


def passes() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "npm_locked", locked()
    alias = {"name": "shop", "version": "1.0.0", "dependencies": {"old": "npm:left-pad@1.3.0", "mine": "workspace:*"}}
    yield "npm_alias", {"package/package.json": json.dumps(alias).encode()}
    yield "git_commit", {"requirements.txt": b"toolkit @ git+https://git.example/acme/toolkit@" + b"0a" * 20 + b"\n"}
    yield (
        "wheel",
        {
            "shop/__init__.py": b"",
            "shop-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: shop\nVersion: 1.0\nRequires-Dist: attrs (>=22)\n",
            "shop-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\n",
        },
    )
    yield (
        "pom",
        {
            "pom.xml": b"<project><groupId>org.acme</groupId><artifactId>shop</artifactId><version>1</version><dependencies>"
            b"<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId><version>2.0.9</version>"
            b"</dependency></dependencies></project>"
        },
    )
    yield "go", {"go.mod": b"module acme.example/shop\n\ngo 1.22\n\nrequire github.com/pkg/errors v0.9.1\n"}
    yield "test_material", {"tests/fixtures/requirements.txt": b"toolkit @ git+https://git.example/acme/toolkit@main\n"}
