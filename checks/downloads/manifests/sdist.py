"""Source distributions of Python: PKG-INFO, pyproject.toml, the folder's name and the file's name."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from checks.downloads.manifests.container import Reading, check_file_name, compare_name, compare_version, words
from checks.downloads.manifests.text import first, mail_headers, single
from checks.downloads.manifests.wheel import MAX_HEADERS, describe, tell_entry_points
from checks.runtime.model import Severity
from checks.runtime.package import File

_FILE = re.compile(r"(?P<name>.+)-v?(?P<version>\d[^-]*)\.(?:tar\.(?:gz|bz2|xz|zst)|tgz|zip)")
_FOLDER = re.compile(r"(?P<name>.+)-v?(?P<version>\d[^-]*)")
_CMDCLASS = re.compile(rb"\bcmdclass\s*[=:]")
_SETUP_NAME = re.compile(rb"""^\s*(name|version)\s*=\s*['"]([^'"\n]{1,200})['"]\s*,""", re.MULTILINE)
MAX_SETUP = 1 << 18


def read(reading: Reading) -> None:
    """Facts of the source distribution; then whether its parts agree."""
    container = reading.container
    information, project = container.get("PKG-INFO"), container.get("pyproject.toml")
    setup = container.get("setup.py")
    table = _project(reading, project)
    if information is not None:
        reading.file = information
        headers = mail_headers(information.head(MAX_HEADERS))
        describe(reading, headers)
        single(reading, information, headers, "name", "version")
    else:
        reading.file = project or setup
        data = setup.head(MAX_SETUP) if setup is not None else b""
        values = {m[1].decode(): m[2].decode("utf-8", "replace") for m in _SETUP_NAME.finditer(data)}
        reading.identify(table.get("name") or values.get("name"), table.get("version") or values.get("version"))
        reading.tell("package", "description", table.get("description"))
    _tell_build(reading, project, setup)
    if not reading.verify:
        return
    match = _FILE.fullmatch(reading.stem)
    if match is not None:
        check_file_name(reading, match["name"], match["version"])
    _check_folder(reading)
    for key, mine in (("name", reading.name), ("version", reading.version)):
        theirs, same = table.get(key), compare_name if key == "name" else compare_version
        if information is not None and isinstance(theirs, str) and mine and not same(theirs, mine):
            message = f"pyproject.toml says {key} {words(theirs, 80)}, PKG-INFO says {words(mine, 80)}"
            reading.flag("manifests-disagree", message, project)
    _check_copies(reading, information)


def _project(reading: Reading, file: File | None) -> dict[str, Any]:
    """[project] of pyproject.toml, empty where there is none."""
    if file is None or file.size > MAX_HEADERS:
        return {}
    try:
        value = tomllib.loads(file.data.decode("utf-8", "replace"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reading.flag("unreadable", f"pyproject.toml cannot be read: {words(str(error), 100)}", file)
        return {}
    table = value.get("project")
    build = value.get("build-system")
    if isinstance(build, dict):
        reading.tell("hook", "build backend", build.get("build-backend") or "setuptools", file)
    table = table if isinstance(table, dict) else {}
    scripts = table.get("scripts")
    for name, target in list(scripts.items())[:200] if isinstance(scripts, dict) else ():
        reading.tell("entry", f"command {words(name, 80)}", target, file)
    return table


def _tell_build(reading: Reading, project: File | None, setup: File | None) -> None:
    if setup is not None:
        own = _CMDCLASS.search(setup.head(MAX_SETUP)) is not None
        text = "runs on installation, with commands of its own (cmdclass)" if own else "runs on installation"
        reading.tell("hook", "setup.py", text, setup)
    for file in reading.container.files:
        if file.name == "entry_points.txt" and file.path.endswith(".egg-info/entry_points.txt"):
            tell_entry_points(reading, file)
            break


def _check_folder(reading: Reading) -> None:
    container = reading.container
    match = _FOLDER.fullmatch(container.root[len(container.prefix) :].rstrip("/"))
    if match is None or not reading.name:
        return
    if not compare_name(match["name"], reading.name) or not compare_version(match["version"], reading.version):
        message = f"The folder {words(match[0], 100)} holds {reading.name} {reading.version}"
        reading.flag("manifests-disagree", message, reading.file)


def _check_copies(reading: Reading, information: File | None) -> None:
    """The *.egg-info beside the source was written by the same build."""
    if information is None:
        return
    start = len(reading.container.root)
    for file in reading.container.files:
        relative = file.path[start:]
        if not relative.endswith(".egg-info/PKG-INFO") or relative.count("/") > 2:
            continue
        headers = mail_headers(file.head(MAX_HEADERS))
        name, version = first(headers, "name"), first(headers, "version")
        if (name and not compare_name(name, reading.name)) or (
            version and not compare_version(version, reading.version)
        ):
            severity = Severity.MEDIUM if relative.count("/") == 1 else Severity.LOW  # deeper it may be a test's
            message = f"{words(relative, 100)} describes {words(name, 60)} {words(version, 40)}, not this package"
            reading.flag("manifests-disagree", message, file, severity=severity)
