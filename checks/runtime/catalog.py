"""Which checks there are: three decorators and the walk that finds what they mark.

A check is a generator function in a module of its own; the module's name is the check's id.
Importing a check must not import a parser: `load_catalog` is called by the trusted host.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any

from checks.runtime.model import Component, Fact, Finding, Severity, Unchecked

if TYPE_CHECKING:
    from checks.runtime.package import File

FOLDERS = ("content", "code", "downloads", "web", "containers", "charts", "submission")
KINDS = frozenset({"download", "web", "image", "chart"})
MAX_TITLE = 24
NEEDS = frozenset({"advisories", "clamd", "engine", "known", "marketplace", "network", "served"})

Yields = Iterable[Finding | Fact | Component | Unchecked]
Gate = Callable[["File"], Container[str]]


class CatalogError(Exception):
    """A check that breaks the rules of the house; the text names the module and the rule."""


@dataclass(frozen=True, slots=True, eq=False)
class CheckSpec:
    """One check as the engine sees it: plain data, its code is imported when it is asked for.

    `title` is a word or three for a list, `summary` says what the check finds.
    `per_file` and `live` tell the three forms apart. `batch_bytes` > 0 makes a per-file check receive lists of
    files of about that many bytes together. `seconds` is the deadline of one step (one file, one
    batch, or the whole package check). One that `compiles` has a `prepare`, run once by the host, that writes compiled
    rules into a folder that workers see read-only. Checks with the same `gate` share one look at each file: it gives
    the ids of those that have something to see in it, and the others are not called; `gated` is its name. `identity` is
    the check's digest where that is known already.
    """

    id: str
    module: str
    per_file: bool
    kinds: frozenset[str]
    guidelines: frozenset[str]
    severity: Severity
    needs: frozenset[str]
    parameters: Mapping[str, Any]
    title: str
    summary: str
    seconds: float
    content_only: bool
    containers: bool
    batch_bytes: int
    masks: bool
    rules: tuple[str, ...]
    uses: tuple[str, ...]
    compiles: bool
    gated: str
    identity: str = ""
    live: bool = False

    @property
    def function(self) -> Callable[..., Yields]:
        """What it does."""
        return _code(self.module).function

    @property
    def prepare(self) -> Callable[[Path, Path], None] | None:
        """What compiles its rules, given resources and a folder."""
        return _code(self.module).prepare

    @property
    def gate(self) -> Gate | None:
        """What it shares with others."""
        return _code(self.module).gate

    def digest(self, resources: Path) -> str:
        """SHA-256 (hex) over the module, its helpers, its rule files and its libraries' versions."""
        import hashlib

        module = Path(str(importlib.import_module(self.module).__file__))
        sha = hashlib.sha256(module.read_bytes() + _helpers_digest(module.parent.parent))
        for pattern in self.rules:
            sha.update(_rules_digest(resources / "rules", pattern))
        for library in self.uses:
            version = installed_versions().get(_normalize(library), "absent")
            sha.update(f"{library}=={version}\n".encode())
        return sha.hexdigest()


@dataclass(frozen=True, slots=True)
class _Code:
    """The parts of a check that are code."""

    function: Callable[..., Yields]
    prepare: Callable[[Path, Path], None] | None
    gate: Gate | None


_loaded: dict[str, _Code] = {}


def _code(module: str) -> _Code:
    if module not in _loaded:
        importlib.import_module(module)
    return _loaded[module]


@functools.cache
def _rules_digest(folder: Path, pattern: str) -> bytes:
    """Over the rule files of a pattern, which several checks may share."""
    import hashlib

    sha = hashlib.sha256()
    for path in sorted(folder.glob(pattern)):
        sha.update(path.name.encode() + b"\0" + path.read_bytes())
    return sha.digest()


@functools.cache
def _helpers_digest(folder: Path) -> bytes:
    """Over the helper modules in and below all folders of checks, and over what says which type a file has."""
    import hashlib

    helpers = sorted([*folder.glob("*/_[!_]*.py"), *folder.glob("*/*/*.py")])
    sources = (*helpers, Path(__file__).with_name("filetypes.py"))
    return hashlib.sha256(b"".join(hashlib.sha256(source.read_bytes()).digest() for source in sources)).digest()


def _normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def installed_versions() -> Mapping[str, str]:
    """Version by normalised name, read off folder names: importlib.metadata parses a file for each."""
    versions: dict[str, str] = {}
    for place in reversed(sys.path):
        for info in Path(place).glob("*.dist-info"):
            name, _, version = info.name.removesuffix(".dist-info").partition("-")
            versions[_normalize(name)] = version
    return versions


def _spec(function: Callable[..., Yields], *, per_file: bool, **options: Any) -> CheckSpec:
    """Read id, title and parameters off the function and refuse what cannot work."""
    if not isinstance(function, FunctionType):
        raise CatalogError(f"{function!r} is no function: a check is one")
    name = function.__module__.rpartition(".")[2]
    unknown = (options["kinds"] - KINDS) | (options["needs"] - NEEDS)
    if unknown:
        raise CatalogError(f"check {name}: unknown kinds or needs {sorted(unknown)}")
    if ("network" in options["needs"]) != options["live"]:
        raise CatalogError(f"check {name}: what sees a package has no network: a check that needs it is a @probe")
    first = (sys.modules[function.__module__].__doc__ or "").strip().partition("\n")[0]
    if not first:
        raise CatalogError(f"check {name}: the module needs a docstring: 'Short title: what it finds.'")
    title, colon, summary = first.rstrip(".").partition(": ")
    if not colon or len(title) > MAX_TITLE:
        title, summary = name.replace("_", " ").capitalize(), first.rstrip(".")
    code, parameters = function.__code__, function.__kwdefaults__ or {}
    named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    if set(named) != set(parameters):
        raise CatalogError(f"check {name}: every keyword-only parameter needs a default")
    return CheckSpec(
        id=name,
        module=function.__module__,
        per_file=per_file,
        parameters=MappingProxyType(parameters),
        title=title,
        summary=summary,
        **options,
    )


def _marker(
    *,
    kinds: Iterable[str],
    guidelines: Iterable[str],
    needs: Iterable[str],
    prepare: Callable[[Path, Path], None] | None,
    gate: Gate | None,
    **options: Any,
) -> Callable[[Callable[..., Yields]], Callable[..., Yields]]:
    """The decorator behind both forms: it leaves the spec on the function, where `load_check` finds it."""

    def mark(function: Callable[..., Yields]) -> Callable[..., Yields]:
        _loaded[function.__module__] = _Code(function, prepare, gate)
        function.check_spec = _spec(  # type: ignore[attr-defined]
            function,
            kinds=frozenset(kinds),
            guidelines=frozenset(guidelines),
            needs=frozenset(needs),
            compiles=prepare is not None,
            gated=f"{gate.__module__}.{gate.__qualname__}" if gate is not None else "",
            **options,
        )
        return function

    return mark


def file_check(
    *,
    kinds: Iterable[str] = ("download", "web", "image", "chart"),
    guidelines: Iterable[str] = (),
    severity: Severity = Severity.MEDIUM,
    needs: Iterable[str] = (),
    seconds: float = 10.0,
    content_only: bool = False,
    containers: bool = False,
    batch_bytes: int = 0,
    masks: bool = False,
    rules: tuple[str, ...] = (),
    uses: tuple[str, ...] = (),
    prepare: Callable[[Path, Path], None] | None = None,
    gate: Gate | None = None,
) -> Callable[[Callable[..., Yields]], Callable[..., Yields]]:
    """Mark a generator `f(file, *, parameters...)` that sees one file at a time.

    With `batch_bytes` it is `f(files, *, ...)` and sees a list. `content_only` promises that the
    result depends on the bytes alone, so results are reused under any path. `containers` lets it see the
    artifact itself where that is an archive, beside the files inside. `masks` marks a check
    whose findings may be secret: it runs first on each file. `gate` tells cheaply, once a file for all checks that
    share it, which of them to call.
    """

    return _marker(
        per_file=True,
        live=False,
        kinds=kinds,
        guidelines=guidelines,
        severity=severity,
        needs=needs,
        seconds=seconds,
        content_only=content_only,
        containers=containers,
        batch_bytes=batch_bytes,
        masks=masks,
        rules=rules,
        uses=uses,
        prepare=prepare,
        gate=gate,
    )


def check(
    *,
    kinds: Iterable[str] = ("download", "web", "image", "chart"),
    guidelines: Iterable[str] = (),
    severity: Severity = Severity.MEDIUM,
    needs: Iterable[str] = (),
    seconds: float = 120.0,
    rules: tuple[str, ...] = (),
    uses: tuple[str, ...] = (),
    prepare: Callable[[Path, Path], None] | None = None,
) -> Callable[[Callable[..., Yields]], Callable[..., Yields]]:
    """Mark a generator `f(package, *, parameters...)` that sees the whole package."""

    return _marker(
        per_file=False,
        live=False,
        kinds=kinds,
        guidelines=guidelines,
        severity=severity,
        needs=needs,
        seconds=seconds,
        content_only=False,
        containers=False,
        batch_bytes=0,
        masks=False,
        rules=rules,
        uses=uses,
        prepare=prepare,
        gate=None,
    )


def probe(
    *,
    kinds: Iterable[str] = ("download", "web", "image", "chart"),
    guidelines: Iterable[str] = (),
    severity: Severity = Severity.MEDIUM,
    needs: Iterable[str] = (),
    seconds: float = 120.0,
    rules: tuple[str, ...] = (),
    uses: tuple[str, ...] = (),
) -> Callable[[Callable[..., Yields]], Callable[..., Yields]]:
    """Mark a generator `f(target, *, parameters...)` that asks the network, with the reviewer's consent.

    It runs in a worker of its own that has the network and no byte of the package: all that it knows is what the host
    hands over for its other needs (`target.handed`).
    """

    return _marker(
        per_file=False,
        live=True,
        kinds=kinds,
        guidelines=guidelines,
        severity=severity,
        needs={"network", *needs},
        seconds=seconds,
        content_only=False,
        containers=False,
        batch_bytes=0,
        masks=False,
        rules=rules,
        uses=uses,
        prepare=None,
        gate=None,
    )


def _modules() -> Iterator[str]:
    import pkgutil  # a worker, which starts many times, asks neither for this nor for a digest

    root = Path(__file__).resolve().parent.parent
    for folder in FOLDERS:
        if (root / folder).is_dir():
            for info in pkgutil.iter_modules([str(root / folder)]):
                if not info.name.startswith("_") and not info.ispkg:
                    yield f"checks.{folder}.{info.name}"


def load_check(module_name: str) -> CheckSpec | None:
    """The check a module defines, or None for a helper module; CatalogError where it defines two."""
    module = importlib.import_module(module_name)
    marked = [f for f in vars(module).values() if hasattr(f, "check_spec") and f.__module__ == module_name]
    if len(marked) > 1:
        raise CatalogError(f"{module_name} defines {len(marked)} checks: one small file a check")
    return marked[0].check_spec if marked else None


def load_catalog() -> dict[str, CheckSpec]:
    """All checks by id, in a stable order; raises CatalogError on twins or a broken module."""
    catalog: dict[str, CheckSpec] = {}
    for name in _modules():
        spec = load_check(name)
        if spec is None:
            raise CatalogError(f"{name} defines no check: name helper modules with a leading underscore")
        if spec.id in catalog:
            raise CatalogError(f"two checks are called {spec.id}: an id is unique over all folders")
        catalog[spec.id] = spec
    return catalog
