"""Native binaries: executables and libraries inside a package.

A reviewer cannot read machine code as source, so it has to be declared, and where it is not it has to be explained.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from checks import File, Finding, Package, Severity, Unchecked, check, resource_path
from checks.downloads._family import BadManifest, Container, containers, read_json
from checks.downloads._native import native_code

BUILD = "Build it from source in the marketplace's sight, or declare it with its source, version and how it was built."
REFERENCES = ("CWE-506", "CWE-829")
# Families whose very purpose is to carry machine code for one platform.
CARRIERS = frozenset({"apk", "deb", "rpm", "conda", "nupkg", "jar", "gem", "windows-executable", "windows-installer"})
# Folders with a dot that tools for wheels make: what a compiled module needs is copied there.
_PREBUILT = re.compile(r"/prebuilds/[a-z0-9]+-[a-z0-9+]+/[^/]+\.node$")
TOOL_FOLDERS = frozenset({".libs", ".dylibs", "..", "."})


@cache
def _rules(path: Path) -> dict[str, Any]:
    rules = tomllib.loads(path.read_text(encoding="utf-8"))
    return {key: frozenset(value) if isinstance(value, list) else value for key, value in rules.items()}


@check(
    kinds={"download", "web", "chart"}, guidelines={"DL-07"}, severity=Severity.MEDIUM, rules=("native_binary.toml",)
)
def native_binary(package: Package, *, allow: tuple[str, ...] = ()) -> Iterator[Finding | Unchecked]:
    """Machine code, graded by how far the package says that it is there. `allow` holds patterns of paths."""
    rules = _rules(resource_path("rules/native_binary.toml"))
    known: dict[int, Container] = {}
    for container in containers(package):
        members, parent = container.files, container.files[0].entry.parent
        if not container.family and parent >= 0:  # a static library or plain archive belongs to what it lies in
            container = known.get(package.entries[parent].parent, container)
        known[parent] = container
        declared: tuple[bool, str] | None = None
        for file in members:
            label = native_code(file)
            if not label or any(fnmatchcase(file.path, pattern) for pattern in allow):
                continue
            finding = _concealed(file, label, rules)
            if finding is None:
                declared = declared or _declaration(container)
                finding = _graded(package, container, file, label, declared, rules)
            yield finding


def _concealed(file: File, label: str, rules: dict[str, Any]) -> Finding | None:
    """Under a false extension or out of sight: nobody does that to a library by accident."""
    if file.suffix in rules["innocent_suffixes"]:
        return file.finding(
            "disguised",
            f"The file is {label} under the extension {file.suffix}",
            span=(0, min(file.size, 16)),
            severity=Severity.HIGH,
            remediation="Remove it, or give it the extension of what it is and declare it.",
            references=("CWE-646", "CWE-506"),
        )
    parts = file.path.split("/")
    if any(part.startswith(".") and part not in TOOL_FOLDERS for part in parts):
        return file.finding(
            "hidden",
            f"The file is {label} in a hidden place",
            span=(0, min(file.size, 16)),
            severity=Severity.HIGH,
            remediation="Remove it, or keep it in an ordinary folder and declare it.",
            references=REFERENCES,
        )
    return None


def _declaration(container: Container) -> tuple[bool, str]:
    """Whether this container promises machine code, and in which words."""
    if container.family == "wheel":
        return _wheel_declaration(container)
    if container.family == "npm":
        return _npm_declaration(container)
    if container.family == "vsix":
        manifest = container.get("extension.vsixmanifest")
        if manifest is not None and b"TargetPlatform=" in manifest.head(1 << 20):
            return True, "declared by the extension's target platform"
        return False, "the extension names no target platform"
    if container.family in CARRIERS:
        return True, f"usual in this kind of package ({container.family})"
    return False, "nothing in the package declares it"


def _wheel_declaration(container: Container) -> tuple[bool, str]:
    for file in container.files:
        if file.path.endswith(".dist-info/WHEEL"):
            tags = [line[4:].strip() for line in file.head(65536).decode("utf-8", "replace").splitlines()
                    if line.startswith("Tag:")]  # fmt: skip
            if tags and not any(tag.endswith("-any") for tag in tags):
                return True, "declared by the wheel's tag"
    return False, "the wheel's tag says that it is pure Python"


def _npm_declaration(container: Container) -> tuple[bool, str]:
    manifest = container.get("package.json")
    try:
        data = read_json(manifest) if manifest is not None else {}
    except BadManifest:
        return False, "its package.json cannot be read"
    if isinstance(data, dict) and data.get("os") and data.get("cpu"):
        return True, "declared by os and cpu in package.json"
    return False, "package.json names no os and cpu"


def _graded(
    package: Package, container: Container, file: File, label: str, declared: tuple[bool, str], rules: dict[str, Any]
) -> Finding:
    is_declared, words = declared
    rule, severity = "undeclared", Severity.MEDIUM
    alone = len(package.files) == 1 or file.entry.source == "artifact"  # it may have been unpacked
    if file.entry.parent == -1 and alone:
        rule, severity, words = "program", Severity.INFO, "the submission itself is a program"
    elif is_declared:
        rule, severity = "declared", Severity.INFO
    elif file.name in rules["launchers"]:
        rule, severity, words = "launcher", Severity.INFO, "a launcher of the Python packaging tools by its name"
    elif container.family == "npm" and _PREBUILT.search(file.path) and container.get("binding.gyp") is not None:
        rule, severity, words = "prebuilt", Severity.LOW, "built beforehand from the source beside it, as it says"
    elif label.endswith("WebAssembly module") and file.suffix == ".wasm":
        # runs inside the same walls as the script around it
        rule, severity = "webassembly", Severity.LOW
    elif container.family == "browser-extension" or package.kind in ("web", "chart"):
        severity, words = Severity.HIGH, "which has no business in a package of this kind"
    return file.finding(
        rule,
        f"The file is {label}: {words}",
        span=(0, min(file.size, 16)),
        severity=severity,
        remediation="" if severity is Severity.INFO else BUILD,
        references=REFERENCES,
    )
