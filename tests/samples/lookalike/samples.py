"""Names that imitate a popular one, and honest names that only look as if they did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping


def npm(name: str, **dependencies: str) -> dict[str, bytes]:
    manifest = {"name": name, "version": "1.0.0", "dependencies": dependencies}
    return {"package/package.json": json.dumps(manifest, ensure_ascii=False).encode()}


def names(*listed: str) -> dict[str, bytes]:
    manifest = {"name": "shop-window", "version": "1.0.0", "dependencies": dict.fromkeys(listed, "^1.0.0")}
    return {"package/package.json": json.dumps(manifest, ensure_ascii=False).encode()}


def wheel(name: str, *requires: str) -> dict[str, bytes]:
    folder = f"{name.replace('-', '_')}-1.0.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {r}" for r in requires)]
    return {f"{folder}/METADATA": "\n".join(lines).encode() + b"\n", f"{folder}/WHEEL": b"Wheel-Version: 1.0\n"}


def flags() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "own-typo--letter_left_out", npm("expres")
    yield "own-typo--letters_swapped", wheel("reqeusts")
    yield "own-typo--letter_doubled", npm("chalkk")
    yield "own-typo--scope_swapped", npm("@bable/core")
    yield "own-separators--moved", npm("crossenv")
    yield "own-characters--capital_i", wheel("jeIlyfish")
    yield "own-characters--cyrillic", npm("l\N{CYRILLIC SMALL LETTER O}dash")
    yield "own-affix--prefix", wheel("python3-dateutil")
    yield (
        "own-typo--other_domain",
        {
            "pom.xml": b"<project><groupId>org.fasterxml.jackson.core</groupId><artifactId>jackson-databind</artifactId>"
            b"<version>2.17</version></project>"
        },
    )
    yield (
        "own-separators--extension_title",
        {"manifest.json": b'{"manifest_version": 3, "name": "Meta Mask", "version": "11.0"}'},
    )
    yield (
        "own-scope--editor_extension",
        {
            "extension/package.json": b'{"name": "prettier-vscode", "publisher": "some-one", "version": "1.0.0", '
            b'"engines": {"vscode": "^1.80.0"}}',
            "extension.vsixmanifest": b"<PackageManifest/>",
        },
    )
    yield "dependency-typo--electron", names("electorn")
    yield "dependency-typo--requests", wheel("shop-window", "reqeusts>=2")


def passes() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "popular_itself", npm("express")
    yield "popular_dependencies", names("react", "react-dom", "preact", "chalk", "got", "ws", "@types/node", "vue")
    yield "plugins", names("eslint-plugin-shop", "babel-plugin-shop", "express-shop-window", "webpack-shop-loader")
    yield "short_names", names("qa", "ab", "koi", "vex", "rxt")
    yield "python_family", wheel("shop-window", "requests", "types-requests", "django-shop-window", "flask-shop")
    yield (
        "own_scope",
        {
            "package/package.json": b'{"name": "@acme/shop", "version": "1.0.0", "dependencies": {"@acme/express": "1.0.0"}}'
        },
    )
