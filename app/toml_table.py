"""TOML data read strictly: every complaint is one line that names file, place, key and remedy.

Reviewers and marketplaces write such files themselves; a misspelt key must not pass as one left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.errors import DeskError


class DataError(DeskError, ValueError):
    """A data file that cannot be used; one line: file, key, what to do."""


class Table:
    """A TOML table that knows its file and place, so that every complaint can name both."""

    def __init__(self, path: Path, place: str, data: object, fault: type[DataError] = DataError) -> None:
        self.path, self.place, self.fault = path, place, fault
        if not isinstance(data, dict):
            raise self.error("", "has to be a table")
        self.data: dict[str, Any] = data

    def error(self, key: str, remedy: str) -> DataError:
        """The complaint about one key (or the whole place), ready to be raised."""
        place = " ".join(filter(None, (self.place, f"key {key!r}" if key else "")))
        return self.fault(f"{self.path}: {place or 'the file'}: {remedy}")

    def only(self, known: Iterable[str]) -> None:
        """A misspelt key would otherwise be a requirement silently lost."""
        known = sorted(known)
        for key in self.data:
            if key not in known:
                raise self.error(key, f"is not known; use one of {', '.join(known)}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text, stripped; without a default it has to be there and say something."""
        value = self.data.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(key, "has to be a text" if key in self.data else "is missing; add a text")
        return value.strip()

    def words(self, key: str, known: Iterable[str] = (), default: Iterable[str] = ()) -> tuple[str, ...]:
        """A list of distinct words, or one word alone; each one of `known` where that is given."""
        value, known = self.data.get(key, list(default)), tuple(known)
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.error(key, "has to be a list of words")
        wrong = next((v for v in value if known and v not in known), None)
        if wrong is not None:
            raise self.error(key, f"{wrong!r} is not known; use one of {', '.join(known)}")
        if len(set(value)) != len(value):
            raise self.error(key, "names something twice; remove one")
        return tuple(value)

    def table(self, key: str) -> Table:
        """A table inside this one; an absent one is empty."""
        return self.inside(f"[{key}]", self.data.get(key, {}))

    def inside(self, place: str, data: object) -> Table:
        """Any value inside this table, to be read with the same complaints."""
        return Table(self.path, " ".join(filter(None, (self.place, place))), data, self.fault)


def read_table(path: Path, schema: str, fault: type[DataError] = DataError) -> Table:
    """The TOML file as a table, if its `schema` key says `schema`; raises `fault` otherwise."""
    try:
        table = Table(path, "", tomllib.loads(path.read_text(encoding="utf-8")), fault)
    except OSError as error:
        raise fault(f"{path}: cannot be read ({error.strerror}); check the path and its rights") from error
    except UnicodeDecodeError as error:
        raise fault(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise fault(f"{path}: not valid TOML: {error}; mend that line") from error
    if table.data.get("schema") != schema:
        raise table.error("schema", f'has to be "{schema}"')
    return table
