"""What a path says about the role of a file: source, test, documentation, translation, lock file."""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Iterable

from checks.runtime.model import Finding, Severity, Unchecked
from checks.runtime.package import File, resource_path


@functools.cache
def _tables() -> dict[str, dict[str, frozenset[str]]]:
    with resource_path("rules/places.toml").open("rb") as stream:
        tables = tomllib.load(stream)
    return {role: {key: frozenset(values) for key, values in table.items()} for role, table in tables.items()}


def keep_worst(results: Iterable[Finding | Unchecked], limit: int) -> tuple[list[Finding | Unchecked], int]:
    """The `limit` gravest findings in the order in which they came, and how many others there were.

    Told in the order of the file, twenty trifles at its beginning would hide what matters behind them. What was
    not looked at is always kept.
    """
    everything = list(results)
    findings = [(number, f) for number, f in enumerate(everything) if isinstance(f, Finding)]
    findings.sort(key=lambda pair: -(pair[1].severity if pair[1].severity is not None else Severity.CRITICAL))
    dropped = {number for number, _ in findings[limit:]}
    return [result for number, result in enumerate(everything) if number not in dropped], len(dropped)


def is_readable(file: File) -> bool:
    """Whether a file is source to somebody: text, or bytes under the name of code.

    Interpreters read over a NUL or a control character that makes the content `data` to a magic number.
    """
    if file.type.is_text:
        return True
    return not file.type.is_executable and ("code" in roles(file.path) or file.head(2) == b"#!")


@functools.lru_cache(maxsize=8192)
def roles(path: str) -> frozenset[str]:
    """The roles of a path by its folders, name and suffix, as listed in rules/places.toml.

    Several may hold at once: `tests/locale/de.json` is test, translation and config.
    """
    folders = path.lower().replace("!/", "/").split("/")
    name = folders.pop()
    stem, _, suffix = name.rpartition(".")
    parts = frozenset(name.split("."))
    found = set()
    for role, table in _tables().items():
        if role == "aside":
            continue
        if (
            suffix in table.get("suffixes", ())
            or name in table.get("names", ())
            or (stem or name) in table.get("stems", ())
            or not parts.isdisjoint(table.get("parts", ()))
            or not table.get("folders", frozenset()).isdisjoint(folders)
        ):
            found.add(role)
    return frozenset(found)


@functools.lru_cache(maxsize=8192)
def is_aside(path: str) -> bool:
    """Whether a file lies where developers try or explain things, so that nobody who uses the package runs it.

    Not so what a server runs for everybody who asks, nor a first folder: that is what the package itself is called.
    """
    table = _tables()["aside"]
    *folders, name = path.lower().replace("!/", "/").split("/")
    suffix = name.rpartition(".")[2]
    if suffix in table["served"]:
        return False
    for before, folder in itertools.pairwise(folders):
        if folder in table["folders"] and (folder != "test" or suffix not in table["packaged"] or before == "src"):
            return True
    return False


def lower_aside(severity: Severity, path: str) -> Severity:
    """The severity of what code does, at most medium where nobody runs it; hooks that run it are told on their own."""
    return min(severity, Severity.MEDIUM) if severity > Severity.MEDIUM and is_aside(path) else severity
