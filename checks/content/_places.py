"""What a path says about the role of a file: source, test, documentation, translation, lock file."""

from __future__ import annotations

import functools
import tomllib

from checks.runtime.package import resource_path


@functools.cache
def _tables() -> dict[str, dict[str, frozenset[str]]]:
    with resource_path("rules/places.toml").open("rb") as stream:
        tables = tomllib.load(stream)
    return {role: {key: frozenset(values) for key, values in table.items()} for role, table in tables.items()}


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
        if (
            suffix in table.get("suffixes", ())
            or name in table.get("names", ())
            or (stem or name) in table.get("stems", ())
            or not parts.isdisjoint(table.get("parts", ()))
            or not table.get("folders", frozenset()).isdisjoint(folders)
        ):
            found.add(role)
    return frozenset(found)
