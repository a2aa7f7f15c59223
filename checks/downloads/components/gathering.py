"""The components of a package, declared and observed: one gathering that several checks share."""

from __future__ import annotations

import importlib
import re
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from checks import Component, File, Package, Unchecked
from checks.content._places import roles
from checks.downloads._family import BadManifest, containers
from checks.downloads.components.purl import make_purl, python_name

MAX_FILE = 32 << 20
MAX_PARTS = 60_000
MAX_OF_FILE = 20_000
MAX_COMPONENTS = 20_000
MAX_NAME = 214
ARTIFACT = "artifact"


@dataclass(frozen=True, slots=True)
class Part:
    """One component as one file tells it.

    `kind` is the type of a package URL, `name` has its namespace before a slash (Maven: a colon). `version` is
    empty where only a range is known, which is then in `wanted`. `source` is the address it comes from where that is
    named; `digest` says that the file holds a checksum for it. `locked`: a lock file says so. `sure` is False where
    the only sign is a comment or a file name.
    """

    kind: str
    name: str
    version: str
    file: File
    origin: str = "declared"
    scope: str = ""
    licence: str = ""
    wanted: str = ""
    source: str = ""
    digest: bool = False
    locked: bool = False
    sure: bool = True
    offset: int = -1

    @property
    def purl(self) -> str:
        """Its package URL, empty where its name allows none."""
        return make_purl(self.kind, self.name, self.version)

    @property
    def key(self) -> tuple[str, str]:
        """What makes two parts the same component, whatever its version."""
        if self.kind == "pypi":
            return self.kind, python_name(self.name)
        return self.kind, self.name if self.kind in ("npm", "maven", "cargo", "gem") else self.name.lower()

    @property
    def label(self) -> str:
        """Name and version for a sentence."""
        return f"{self.name} {self.version}".strip()


@dataclass
class Inventory:
    """Everything found. `root` is the artifact itself, where a manifest names it."""

    root: Part | None = None
    parts: list[Part] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    @cached_property
    def locked_names(self) -> frozenset[tuple[str, str]]:
        """What lock files pin or the package carries: a range declared beside it says nothing more."""
        return frozenset(part.key for part in self.parts if part.version and (part.locked or part.origin == "observed"))


Parser = Callable[[File], Iterator[Part]]

# File name in lower case -> module and function. The modules are imported when such a file is there.
_NAMES = {
    "package.json": ("node", "package_json"),
    "package-lock.json": ("node_locks", "package_lock"),
    ".package-lock.json": ("node_locks", "package_lock"),
    "npm-shrinkwrap.json": ("node_locks", "package_lock"),
    "yarn.lock": ("node_locks", "yarn_lock"),
    "pnpm-lock.yaml": ("node_locks", "pnpm_lock"),
    "bun.lock": ("node_locks", "bun_lock"),
    "pipfile.lock": ("python", "pipfile_lock"),
    "poetry.lock": ("python", "toml_lock"),
    "uv.lock": ("python", "toml_lock"),
    "pdm.lock": ("python", "toml_lock"),
    "pylock.toml": ("python", "toml_lock"),
    "pyproject.toml": ("python", "pyproject"),
    "metadata": ("python", "metadata"),
    "pkg-info": ("python", "metadata"),
    "pom.xml": ("java", "pom"),
    "pom.properties": ("java", "pom_properties"),
    "gradle.lockfile": ("java", "gradle_lockfile"),
    "manifest.mf": ("java", "jar_manifest"),
    "go.mod": ("others", "go_mod"),
    "go.sum": ("others", "go_sum"),
    "cargo.lock": ("others", "cargo_lock"),
    "composer.json": ("others", "composer_json"),
    "composer.lock": ("others", "composer_lock"),
    "gemfile.lock": ("others", "gemfile_lock"),
    "gems.locked": ("others", "gemfile_lock"),
    "control": ("others", "debian_control"),
    "packages.lock.json": ("dotnet", "packages_lock"),
    "packages.config": ("dotnet", "packages_config"),
    "manifest.json": ("others", "browser_manifest"),
}
_ENDINGS = (
    (".deps.json", ("dotnet", "deps_json")),
    (".nuspec", ("dotnet", "nuspec")),
    (".js", ("banners", "banner")),
    (".css", ("banners", "banner")),
)
_REQUIREMENTS = re.compile(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.(?:txt|in)\Z")
_NATIVE = (b"\x7fEL", b"MZ", b"\xcf\xfa\xed", b"\xce\xfa\xed", b"\xca\xfe\xba")
_inventories: weakref.WeakKeyDictionary[Package, Inventory] = weakref.WeakKeyDictionary()


def find_parser(file: File) -> Parser | None:
    """What reads components out of this file, None for nearly every file."""
    name = file.name.lower()
    place = _NAMES.get(name)
    if place is None:
        place = next((target for ending, target in _ENDINGS if name.endswith(ending)), None)
    if place is None and name.endswith((".txt", ".in")) and _is_requirements(file, name):
        place = ("python", "requirements")
    if place is None and file.head(3).startswith(_NATIVE) and file.size > 4096:
        place = ("binary", "binary")
    return None if place is None else _load(*place)


def _is_requirements(file: File, name: str) -> bool:
    return _REQUIREMENTS.match(name) is not None or file.path.lower().endswith(f"requirements/{name}")


def _load(module: str, function: str) -> Parser:
    parser: Parser = getattr(importlib.import_module(f"checks.downloads.components.{module}"), function)
    return parser


def gather(package: Package) -> Inventory:
    """The inventory of a package, made once however many checks ask."""
    if package not in _inventories:
        _inventories[package] = _gather(package)
    return _inventories[package]


def _gather(package: Package) -> Inventory:
    inventory = Inventory()
    seen: set[tuple[object, ...]] = set()
    for file in package.files:
        parser = find_parser(file)
        if parser is None:
            continue
        try:
            for count, part in enumerate(_parts_of(parser, file)):
                if count >= MAX_OF_FILE or len(seen) >= MAX_PARTS:
                    inventory.unchecked.append(file.unchecked("it names too many components: the rest is not listed"))
                    break
                place = (part.key, part.version, part.wanted, part.origin, part.scope, file.number)
                if place not in seen:
                    seen.add(place)
                    inventory.parts.append(part)
        except BadManifest as error:
            inventory.unchecked.append(file.unchecked(f"its components cannot be listed: {error}"))
        except Exception as error:  # one hostile file must not hide what the others say
            reason = f"its components cannot be listed ({type(error).__name__})"
            inventory.unchecked.append(file.unchecked(reason))
    _find_root(package, inventory)
    return inventory


def _parts_of(parser: Parser, file: File) -> Iterator[Part]:
    if file.size > MAX_FILE and not file.head(3).startswith(_NATIVE):
        raise BadManifest(f"it is larger than {MAX_FILE >> 20} MiB")
    is_test = "test" in roles(file.path)
    for part in parser(file):
        if part.name and len(part.name) <= MAX_NAME and len(part.version) <= MAX_NAME:
            yield replace(part, scope="test") if is_test and part.scope != ARTIFACT else part


def _find_root(package: Package, inventory: Inventory) -> None:
    """Keep one claim to be the artifact: that of the outermost container; others are parts that it carries."""
    if not package.files:
        return
    outer = containers(package)[0]
    places = {outer.root, *(f"{outer.root}{folder}/" for folder in ("extension", "META-INF"))}
    claims = [part for part in inventory.parts if part.scope == ARTIFACT]
    best = sorted(claims, key=lambda part: (_depth(part.file, places), part.file.number))
    stem = re.sub(r"[^a-z0-9]+", "", package.name.lower())
    named = [part for part in best if _name_in(part, stem) and _depth(part.file, places) < 9]
    candidates = [part for part in best if _depth(part.file, places) < 9]
    root = next(iter(named or candidates), None)
    inventory.root = root
    inventory.parts = [part for part in inventory.parts if part.scope != ARTIFACT or part is root]
    same = [part for part in claims if part is not root]
    known = {(part.key, part.version) for part in ([root] if root else [])}
    for part in same:
        if (part.key, part.version) not in known and part.kind != "generic":
            inventory.parts.append(replace(part, scope=""))
    inventory.parts = list(_drop_echoes(inventory.parts))


def _drop_echoes(parts: list[Part]) -> Iterator[Part]:
    """Without banners of what is known for sure or by another banner, and manifests of jars that Maven describes."""
    known = {(part.key, part.version) for part in parts if part.sure and part.origin == "observed"}
    jars = [part for part in parts if part.kind == "maven" and part.sure and part.origin == "observed"]
    described = {part.file.entry.parent for part in jars}
    for part in parts:
        if not part.sure and part.kind == "maven" and part.file.entry.parent in described:
            continue
        if part.sure or (part.key, part.version) not in known:
            yield part
        if not part.sure:
            known.add((part.key, part.version))


def _depth(file: File, places: set[str]) -> int:
    """How near to the top a manifest lies: nested archives never speak for the artifact, those of a .deb do."""
    path = re.sub(r"^(?:.*!/)?control\.tar[^/]*!/(?:[^/!]+!/)?(?:\./)?", "", file.path)
    if "!/" in path:
        return 9
    folder = path[: len(path) - len(file.name)]
    return min(8, folder.count("/")) if folder not in places else 0


def _name_in(part: Part, stem: str) -> bool:
    name = re.sub(r"[^a-z0-9]+", "", part.name.lower().rpartition(":")[2])
    return bool(name) and name in stem


def describe_part(part: Part) -> Component:
    """The line of the inventory."""
    notes = []
    if part.wanted and not part.version:
        notes.append(f"any version of {part.wanted}")
    if not part.sure:
        notes.append("told by a name or a comment only")
    return Component(
        name=part.name,
        version=part.version,
        purl=part.purl,
        file=part.file.number,
        origin=part.origin,
        scope=part.scope,
        licence=part.licence[:200],
        detail="; ".join(notes),
    )
