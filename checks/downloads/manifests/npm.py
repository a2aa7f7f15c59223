"""npm packages: package.json against the tarball that holds it."""

from __future__ import annotations

import re
from typing import Any

from checks.downloads.manifests.container import (
    Reading,
    check_file_name,
    compare_name,
    compare_version,
    digest,
    inside,
    person,
    place,
    rules,
    strings,
    words,
)  # fmt: skip
from checks.downloads.manifests.text import read_manifest
from checks.runtime.model import Severity
from checks.runtime.package import File

_TARBALL = re.compile(r"(?P<name>.+?)-v?(?P<version>\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?)\.(?:tgz|tar\.gz)")
# What Node.js tries where `main` has no extension.
ENDINGS = ("", ".js", ".json", ".node", ".cjs", ".mjs", "/index.js", "/index.json", "/index.node", "/package.json")
_LOCKS = ("npm-shrinkwrap.json", "package-lock.json")


def read(reading: Reading) -> None:
    """Facts of the package, its hooks and entry points; then what does not hold."""
    file = reading.container.get("package.json")
    if file is None:
        return
    reading.file = file
    grave = {key: Severity.HIGH if "." in key else Severity.MEDIUM for key in rules()["npm"]["grave"]}
    manifest = read_manifest(reading, file, grave)
    publisher = person(manifest.get("author")) or person(manifest.get("maintainers"))
    reading.identify(manifest.get("name"), manifest.get("version"), publisher)
    describe(reading, manifest)
    tell_scripts(reading, manifest)
    _entries(reading, manifest, file)
    if reading.verify:
        _check_name(reading)
        _check_lock(reading)
        _check_twins(reading, file)
        for pattern in strings(manifest.get("files")):
            plain = inside(pattern.rstrip("/")) if not pattern.startswith("!") else ""
            if plain and not set("*?[{") & set(plain) and not reading.any_below(plain):
                message = f"package.json promises {words(pattern, 80)} under files, and it is not there"
                reading.flag("missing-file", message, file, span=place(file, f'"{pattern}"'))


def describe(reading: Reading, manifest: dict[str, Any]) -> None:
    """What package.json says in words, of an npm package and of a VS Code extension alike."""
    reading.tell("package", "description", manifest.get("description"))
    licence = manifest.get("license") or manifest.get("licenses")
    reading.tell("package", "licence", licence.get("type") if isinstance(licence, dict) else licence)
    reading.tell("package", "homepage", manifest.get("homepage"))
    repository = manifest.get("repository")
    reading.tell("package", "repository", repository.get("url") if isinstance(repository, dict) else repository)
    engines = manifest.get("engines")
    for engine, wanted in list(engines.items())[:10] if isinstance(engines, dict) else ():
        if isinstance(wanted, str):
            reading.tell("package", "minimum platform", f"{words(engine, 40)} {wanted}")
    for key in ("os", "cpu", "libc"):
        reading.tell("package", key, strings(manifest.get(key)))


def tell_scripts(reading: Reading, manifest: dict[str, Any]) -> None:
    """The scripts that run without being asked for."""
    scripts = manifest.get("scripts")
    scripts = scripts if isinstance(scripts, dict) else {}
    for name in rules()["npm"]["hooks"]:
        reading.tell("hook", f"npm {name}", scripts.get(name))
    if reading.container.get("binding.gyp") is not None and not {"install", "preinstall"} & scripts.keys():
        reading.tell("hook", "npm install", "node-gyp rebuild (npm adds it because of binding.gyp)")


def _entries(reading: Reading, manifest: dict[str, Any], file: File) -> None:
    main = manifest.get("main")
    for key in ("main", "module", "browser", "types", "exports"):
        reading.tell("entry", key, manifest.get(key))
    if isinstance(main, str) and main.strip():
        _require(reading, file, "main", main, fallback=True)
    programs = manifest.get("bin")
    if isinstance(programs, str):
        programs = {reading.name.rpartition("/")[2] or "bin": programs}
    for name, target in list(programs.items())[:200] if isinstance(programs, dict) else ():
        if isinstance(target, str):
            reading.tell("entry", f"command {words(name, 80)}", target)
            _require(reading, file, f"bin {words(name, 60)}", target)


def _require(reading: Reading, file: File, key: str, target: str, *, fallback: bool = False) -> None:
    if not reading.verify:
        return
    span = place(file, f'"{target}"')
    if not inside(target) and target.strip("./"):
        reading.flag("outside-entry", f"{key} leads out of the package: {words(target, 80)}", file, span=span)
    elif inside(target) and reading.target(target, ENDINGS) is None and reading.complete:
        # without its main, Node.js takes index.js; a package of types or of styles has no code at all
        harmless = fallback and (reading.exists("index.js") or not _has_code(reading))
        severity = Severity.INFO if harmless else None
        message = f"{key} names {words(target, 80)}, which is not in the package"
        reading.flag("missing-entry", message, file, span=span, severity=severity)


def _has_code(reading: Reading) -> bool:
    return any(file.suffix in (".js", ".cjs", ".mjs", ".node") for file in reading.container.files)


def _check_name(reading: Reading) -> None:
    """`npm pack` writes scope-name-1.2.3.tgz, the registry serves name-1.2.3.tgz."""
    match = _TARBALL.fullmatch(reading.stem)
    if match is None or not reading.name:
        return
    names = [reading.name, reading.name.rpartition("/")[2]]
    check_file_name(reading, match["name"], match["version"], names)


def _check_lock(reading: Reading) -> None:
    """A lock file written for another package was not written by this build."""
    for lock in _LOCKS:
        file = reading.container.get(lock)
        if file is None or file.size > 1 << 20:
            continue
        # the two stand at the very beginning, and the rest may be long
        head = file.head(1000)
        name = re.search(rb'^\s*\{\s*"name"\s*:\s*"([^"\\]+)"', head)
        version = re.search(rb'^\s*\{\s*"name"\s*:\s*"[^"\\]+",\s*"version"\s*:\s*"([^"\\]+)"', head)
        if name is not None and reading.name and not compare_name(name[1].decode("utf-8", "replace"), reading.name):
            message = f"{lock} was written for {words(name[1].decode('utf-8', 'replace'), 80)}, not for {reading.name}"
            reading.flag("manifests-disagree", message, file, span=name.span(1), severity=Severity.LOW)
        elif (
            version is not None
            and reading.version
            and not compare_version(version[1].decode("utf-8", "replace"), reading.version)
        ):
            message = f"{lock} was written for version {words(version[1].decode('utf-8', 'replace'), 60)}"
            reading.flag("manifests-disagree", message, file, span=version.span(1), severity=Severity.INFO)


def _check_twins(reading: Reading, file: File) -> None:
    """npm takes the first folder off every name, so two top folders give two package.json, of which the last wins."""
    container = reading.container
    if container.root != container.prefix + "package/":
        return
    start = len(container.prefix)
    for other in container.files:
        path = other.path
        if not path.endswith("package.json") or path.count("/", start) > 1 or path == file.path:
            continue
        if other.name == "package.json" and digest(other) != digest(file):
            place_of, mine = words(path[start:], 80), file.path[start:]
            message = f"There is {place_of} beside {mine}, and it differs: which one counts depends on the reader"
            reading.flag("two-manifests", message, other)
