"""The signs of obfuscation as data: read from TOML, compiled for one hyperscan pass."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.content._scan import compile_bytes, compile_database
from checks.runtime.package import resource_path


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign; the fields are explained in rules/obfuscation.toml."""

    id: str
    title: str
    trigger: str
    severity: str
    confidence: str
    regex: str = ""
    least: int = 1
    near: str = ""
    around: int = 400
    with_: str = ""
    follow: str = ""
    sink: str = ""
    not_regex: str = ""
    suffixes: frozenset[str] = frozenset()
    wordy: bool = False
    once: bool = False
    quoted: str = ""

    @property
    def extent(self) -> Any:
        """The RE2 pattern for the exact place; the trigger serves where there is no other."""
        return compile_bytes(self.regex or self.follow or f"(?i){self.trigger}")


def _read(path: Path) -> tuple[Sign, ...]:
    with path.open("rb") as stream:
        rows: list[dict[str, Any]] = tomllib.load(stream)["sign"]
    signs = []
    for row in rows:
        fields: dict[str, Any] = {"with_" if key == "with" else key: value for key, value in row.items()}
        fields["suffixes"] = frozenset(row.get("suffixes", ()))
        signs.append(Sign(**fields))
    return tuple(signs)


@dataclass(frozen=True, slots=True)
class Padding:
    """What counts as a long run of blanks, and what makes the text behind it a statement."""

    id: str
    title: str
    needles: tuple[bytes, ...]
    statement: Any


def prepare(resources: Path, out: Path) -> None:
    """Compile all triggers into `out`; raises ValueError naming the sign that cannot be compiled."""
    signs = _read(resources / "rules" / "obfuscation.toml")
    for sign in signs:
        own = (sign.regex or sign.trigger, sign.near, sign.with_, sign.follow, sign.not_regex)
        for expression in own:
            try:
                compile_bytes(expression)
            except Exception as error:
                raise ValueError(f"sign {sign.id}: {error}") from error
    compile_database(((number, sign.trigger, "i") for number, sign in enumerate(signs)), out)


@functools.cache
def load_signs() -> tuple[Sign, ...]:
    """All signs, in the order of their numbers in the database."""
    return _read(resource_path("rules/obfuscation.toml"))


@functools.cache
def load_padding() -> Padding:
    """The table `[padding]`."""
    with resource_path("rules/obfuscation.toml").open("rb") as stream:
        row = tomllib.load(stream)["padding"]
    needles = tuple((run * row["least"]).encode() for run in row["runs"])
    return Padding(row["id"], row["title"], needles, compile_bytes(row["statement"]))
