"""Python: metadata of wheels and sdists, requirements files and the lock files of the resolvers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from checks import File
from checks.downloads._family import BadManifest, read_json
from checks.downloads.components.gathering import ARTIFACT, Part
from checks.downloads.components.node import table_of, text_of

_REQUIREMENT = re.compile(
    r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]{0,213}[A-Za-z0-9])?)\s*(?:\[[^\]]{0,500}\])?\s*(\(?[^;#]*)(;[^#]*)?"
)
_EXACT = re.compile(r"={2,3}\s*([0-9A-Za-z.!+_-]+)\s*\Z")
_MARKER_EXTRA = re.compile(r"\bextra\s*==")
_DEV_NAME = re.compile(r"(?:^|[-_./])(?:dev|tests?|testing|docs?|lint|ci|build|typing|mypy|bench\w*)(?:[-_./]|\Z)")
MAX_LINES = 50_000


def requirement(file: File, line: str, scope: str = "", *, locked: bool = False, digest: bool = False) -> Part | None:
    """One requirement as PEP 508 writes it; None for a line that is none."""
    match = _REQUIREMENT.match(line[:2000])
    if match is None:
        return None
    name, wanted, marker = match[1], match[2].strip().strip("()").strip(), match[3] or ""
    if wanted and wanted[0] not in "<>=!~@":
        return None
    if _MARKER_EXTRA.search(marker):
        scope = scope or "optional"
    if wanted.startswith("@"):
        return Part("pypi", name, "", file, scope=scope, wanted=wanted[:300], source=wanted[1:].strip()[:300])
    exact = _EXACT.match(wanted)
    version = exact[1] if exact and "*" not in wanted else ""
    return Part(
        "pypi", name, version, file, scope=scope, wanted=wanted[:300], locked=locked and bool(version), digest=digest
    )


def requirements(file: File) -> Iterator[Part]:
    """requirements*.txt; options and other files that it names are passed over."""
    text = file.data.decode("utf-8-sig", "replace").replace("\\\r\n", " ").replace("\\\n", " ")
    scope = "dev" if _DEV_NAME.search(file.path.lower().rpartition("/")[2].rpartition(".")[0]) else ""
    for line in text.split("\n")[:MAX_LINES]:
        line = line.strip()
        if not line or line[0] in "#-":
            continue
        if re.match(r"(?:git\+|https?:)", line):
            egg = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", line)
            if egg:
                yield Part("pypi", egg[1], "", file, scope=scope, wanted=line[:300], source=line[:300])
            continue
        digest = "--hash=" in line
        part = requirement(file, re.split(r"\s(?:--|#)", line, maxsplit=1)[0], scope, locked=True, digest=digest)
        if part is not None:
            yield part


def metadata(file: File) -> Iterator[Part]:
    """METADATA and PKG-INFO: the distribution that they describe, and what it requires."""
    head = file.head(1 << 20).partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
    if not head.startswith((b"Metadata-Version", b"Name:")) and b"\nName:" not in head:
        return
    fields: dict[str, str] = {}
    required: list[str] = []
    for line in head.decode("utf-8", "replace").split("\n")[:MAX_LINES]:
        key, colon, value = line.partition(":")
        if not colon or line[:1].isspace():
            continue
        if key == "Requires-Dist":
            required.append(value.strip())
        else:
            fields.setdefault(key, value.strip())
    name, version = fields.get("Name", ""), fields.get("Version", "")
    licence = fields.get("License-Expression") or fields.get("License", "")
    folder = file.path[: -len(file.name)].rpartition("!/")[2]
    if name and version:
        yield Part("pypi", name, version, file, "observed", ARTIFACT, licence if len(licence) < 80 else "")
    if folder.count("/") > 2 or "_vendor/" in file.path:  # of a distribution carried along, which is listed by itself
        return
    for line in required:
        part = requirement(file, line)
        if part is not None:
            yield part


def _toml(file: File) -> dict[str, Any]:
    try:
        return tomllib.loads(file.data.decode("utf-8-sig"))
    except RecursionError:
        raise BadManifest("it is nested too deeply") from None
    except ValueError as error:
        raise BadManifest(f"it is no TOML ({str(error)[:80]})") from None


def pipfile_lock(file: File) -> Iterator[Part]:
    """Pipfile.lock."""
    lock = table_of(read_json(file, 32 << 20))
    for section, scope in (("default", ""), ("develop", "dev")):
        for name, entry in table_of(lock.get(section)).items():
            entry = table_of(entry)
            version = text_of(entry.get("version")).removeprefix("==")
            source = text_of(entry.get("git")) or text_of(entry.get("file"))
            yield Part("pypi", name, version, file, scope=scope, source=source, digest=bool(entry.get("hashes")),
                       locked=True)  # fmt: skip


def toml_lock(file: File) -> Iterator[Part]:
    """poetry.lock, uv.lock, pdm.lock and pylock.toml, which all list `package` or `packages`."""
    lock = _toml(file)
    packages = lock.get("package", lock.get("packages"))
    for entry in packages if isinstance(packages, list) else ():
        entry = table_of(entry)
        origin = table_of(entry.get("source"))
        if {"editable", "virtual", "directory"} & origin.keys():
            continue
        vcs = table_of(entry.get("vcs"))
        source = text_of(origin.get("git")) or text_of(entry.get("git")) or text_of(vcs.get("url"))
        if not source and origin.get("type") in ("git", "url"):
            source = text_of(origin.get("url"))
        groups = entry.get("groups")
        is_dev = entry.get("category") == "dev" or (isinstance(groups, list) and groups != [] and set(
            map(str, groups)) <= {"dev", "test", "docs", "lint"})  # fmt: skip
        scope = "dev" if is_dev else "optional" if entry.get("optional") is True else ""
        digest = any(entry.get(key) for key in ("files", "wheels", "sdist", "archive")) or "metadata" in lock
        yield Part("pypi", text_of(entry.get("name")), text_of(entry.get("version")), file, scope=scope,
                   source=source, digest=digest, locked=True)  # fmt: skip


def pyproject(file: File) -> Iterator[Part]:
    """pyproject.toml: what the project and its build require."""
    document = _toml(file)
    project = table_of(document.get("project"))
    lists: list[tuple[Any, str]] = [(project.get("dependencies"), "")]
    lists += [(group, "optional") for group in table_of(project.get("optional-dependencies")).values()]
    lists += [(group, "dev") for group in table_of(document.get("dependency-groups")).values()]
    lists.append((table_of(document.get("build-system")).get("requires"), "build"))
    for lines, scope in lists:
        for line in lines if isinstance(lines, list) else ():
            part = requirement(file, line, scope) if isinstance(line, str) else None
            if part is not None:
                yield part
    poetry = table_of(table_of(document.get("tool")).get("poetry"))
    groups = [(poetry.get("dependencies"), ""), (poetry.get("dev-dependencies"), "dev")]
    groups += [(table_of(g).get("dependencies"), "dev") for g in table_of(poetry.get("group")).values()]
    for table, scope in groups:
        for name, wanted in table_of(table).items():
            if name.lower() != "python":
                yield _poetry(file, name, wanted, scope)


def _poetry(file: File, name: str, wanted: Any, scope: str) -> Part:
    table = table_of(wanted)
    text = text_of(table.get("version") if table else wanted)
    source = text_of(table.get("git")) or text_of(table.get("url"))
    exact = re.fullmatch(r"(?:==)?\s*(\d[0-9A-Za-z.+!-]*)", text)
    return Part("pypi", name, exact[1] if exact else "", file, scope=scope, wanted=text, source=source)
