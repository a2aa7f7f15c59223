"""Lock files of npm, yarn, pnpm and bun: every version that an installation would bring."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from checks import File
from checks.downloads._family import BadManifest, read_json
from checks.downloads.components.gathering import Part
from checks.downloads.components.node import table_of, text_of

MAX_DEPTH = 60
_PNPM_KEY = re.compile(r"^ {2}'?/?((?:@[^/@'\s]+/)?[^/@'\s()]+)[@/]([^'():\s]+)(?:\([^\s]*\)|_[^\s':]+)?'?:\s*$")
_YARN_VERSION = re.compile(r'^ {2}version:?\s+"?([^"\s]+)"?')
_YARN_RESOLVED = re.compile(r'^ {2}(?:resolved|resolution):?\s+"?([^"\s]+)"?')
_YARN_DIGEST = re.compile(r"^ {2}(?:integrity|checksum):?\s")
_SPEC = re.compile(r"\"?((?:@[^/@\s\"]+/)?[^@/\s\",]+)@([^\",]*)")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def _read_lock(file: File) -> dict[str, Any]:
    lock = read_json(file, 32 << 20)
    if not isinstance(lock, dict):
        raise BadManifest("it holds no object")
    return lock


def package_lock(file: File) -> Iterator[Part]:
    """package-lock.json and npm-shrinkwrap.json, versions 1 to 3."""
    lock = _read_lock(file)
    packages = lock.get("packages")
    if isinstance(packages, dict):
        for path, entry in packages.items():
            if "node_modules/" in path and isinstance(entry, dict) and entry.get("link") is not True:
                name = text_of(entry.get("name")) or path.rpartition("node_modules/")[2]
                yield _locked(file, name, entry)
        return
    yield from _tree(file, lock.get("dependencies"), 0)


def _tree(file: File, dependencies: Any, depth: int) -> Iterator[Part]:
    if depth > MAX_DEPTH:
        raise BadManifest("it is nested too deeply")
    for name, entry in table_of(dependencies).items():
        if isinstance(entry, dict):
            yield _locked(file, name, entry)
            yield from _tree(file, entry.get("dependencies"), depth + 1)


def _locked(file: File, name: str, entry: dict[str, Any]) -> Part:
    version, source = text_of(entry.get("version")), text_of(entry.get("resolved"))
    scope = next((word for word in ("dev", "optional", "peer") if entry.get(word) is True), "")
    if version.startswith("npm:"):
        name, _, version = version[4:].rpartition("@")
    elif "/" in version or version.startswith(("git", "http", "file:")):
        source, version = source or version, ""
    digest = bool(entry.get("integrity")) or entry.get("inBundle") is True or entry.get("bundled") is True
    return Part("npm", name, version, file, scope=scope, source=source, digest=digest, locked=True,
                licence=text_of(entry.get("license")))  # fmt: skip


def yarn_lock(file: File) -> Iterator[Part]:
    """yarn.lock of version 1 and of the later ones, both read line by line."""
    names: list[tuple[str, str]] = []
    version = source = ""
    digest = False
    lines = file.data.decode("utf-8-sig", "replace").split("\n")
    for line in [*lines, "end:"]:
        if line and line[0] not in " #\r\t":
            if names and version and version != "0.0.0-use.local":
                yield _yarn_part(file, names[0], version, source, digest)
            names = [] if line.startswith("__metadata") else _SPEC.findall(line[:20_000].rstrip().rstrip(":"))[:1]
            version, source, digest = "", "", False
        elif match := _YARN_VERSION.match(line[:500]):
            version = match[1]
        elif match := _YARN_RESOLVED.match(line[:2000]):
            source = match[1]
        elif _YARN_DIGEST.match(line[:40]):
            digest = True


def _yarn_part(file: File, spec: tuple[str, str], version: str, source: str, digest: bool) -> Part:
    name, wanted = spec
    if wanted.startswith("npm:") and "@" in wanted[5:]:  # under another name than its own
        name = wanted[4:].rpartition("@")[0]
    if "@npm:" in source or not re.search(r"\bhttps?:", source):  # a name and version, not an address
        resolved = re.match(r"((?:@[^/]+/)?[^@]+)@npm:", source)
        name = resolved[1] if resolved else name
        source = "" if resolved else source
    return Part("npm", name, version, file, source=source, digest=digest, locked=True)


def pnpm_lock(file: File) -> Iterator[Part]:
    """pnpm-lock.yaml: the keys of its `packages`, with what stands below each, read line by line."""
    inside = False
    current: Part | None = None
    for line in file.data.decode("utf-8-sig", "replace").split("\n"):
        if line[:1] not in ("", " ", "#", "\r"):
            inside = line.startswith("packages:")
        if not inside:
            continue
        match = _PNPM_KEY.match(line[:1000].rstrip()) if line.startswith("  ") and line[2:3] != " " else None
        if match:
            if current is not None:
                yield current
            name, version = match[1], match[2]
            is_address = "/" in version or version.startswith(("http", "git", "file"))
            current = Part("npm", name, "" if is_address else version, file,
                           source=version if is_address else "", digest=not is_address, locked=True)  # fmt: skip
        elif current is not None and line.strip() == "dev: true":
            current = Part("npm", current.name, current.version, file, scope="dev", source=current.source,
                           digest=current.digest, locked=True)  # fmt: skip
    if current is not None:
        yield current


def bun_lock(file: File) -> Iterator[Part]:
    """bun.lock, JSON with commas before closing brackets."""
    try:
        text = _TRAILING_COMMA.sub(r"\1", file.data.decode("utf-8-sig"))
        lock = json.loads(text)
    except RecursionError:
        raise BadManifest("it is nested too deeply") from None
    except ValueError as error:
        raise BadManifest(f"it is no lock file of bun ({str(error)[:80]})") from None
    for entry in table_of(table_of(lock).get("packages")).values():
        if isinstance(entry, list) and entry and isinstance(entry[0], str):
            name, _, version = entry[0].rpartition("@")
            if not name:
                continue
            is_address = "/" in version or ":" in version
            if version.startswith("workspace:"):
                continue
            digest = isinstance(entry[-1], str) and entry[-1].startswith("sha")
            yield Part("npm", name, "" if is_address else version, file, source=version if is_address else "",
                       digest=digest, locked=True)  # fmt: skip
