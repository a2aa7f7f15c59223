"""The kinds of secrets as data: read from TOML, compiled once, loaded in a worker without parsing.

Each kind names the literals (`keywords`) or the expression (`trigger`) that one hyperscan pass looks
for, and the RE2 expression (`regex`) that finds the exact secret near such a hit.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.content._scan import Scanner, compile_bytes, compile_database

WRAPPED = 1 << 16


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of secret. `before` and `after` are the bytes around the end of a hit that RE2 sees; `near`
    must stand within them; `entropy` is the least Shannon entropy in bits a byte; `wrapped` also looks
    for the secret inside base64; `weak` kinds give way to others at the same place, `generic` ones too, and these
    ignore lock files and translations."""

    id: str
    title: str
    regex: str
    severity: str
    confidence: str
    keywords: tuple[str, ...] = ()
    trigger: str = ""
    caseless: bool = False
    group: int = 1
    near: str = ""
    before: int = 160
    after: int = 420
    entropy: float = 0.0
    proof: str = ""
    wrapped: bool = False
    generic: bool = False
    weak: bool = False
    keeps_uuid: bool = False
    only_roles: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, row: Mapping[str, Any]) -> Kind:
        """From a TOML table or its JSON form; the examples are left out. Raises TypeError on an unknown field."""
        fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}
        return cls(**{key: v for key, v in fields.items() if key not in ("positive", "negative")})


@dataclass(frozen=True, slots=True)
class Allowed:
    """What looks like a secret and is none, see allow.toml."""

    placeholders: str
    references: str
    contexts: str
    hosts: str
    words: frozenset[str]
    known_sha256: frozenset[str]

    @classmethod
    def from_mapping(cls, row: Mapping[str, list[str]]) -> Allowed:
        """Join each list of expressions into one."""

        def join(name: str, tail: str = "") -> str:
            return "(?i)(?:" + "|".join(f"(?:{expression})" for expression in row[name]) + ")" + tail

        return cls(
            placeholders=join("placeholders"),
            references=join("references"),
            contexts=join("contexts", r"""[\w"' :=\[-]{0,24}$"""),
            hosts=join("hosts"),
            words=frozenset(row["words"]),
            known_sha256=frozenset(row["known_sha256"]),
        )


def read_tables(folder: Path) -> Iterator[dict[str, Any]]:
    """Every `[[secret]]` table of a folder of TOML files, in the order of file names."""
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as stream:
            yield from tomllib.load(stream).get("secret", ())


def wrapped_needles(keyword: str) -> list[str]:
    """What stands in base64 wherever the keyword stands in the wrapped text, one for each alignment.

    Only characters that the keyword alone decides are kept; needles shorter than four are not worth a look.
    """
    needles = []
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + keyword.encode()).decode().rstrip("=")
        first = (shift * 8 + 5) // 6
        last = (shift + len(keyword)) * 8 // 6
        if last - first >= 4:
            needles.append(encoded[first:last])
    return needles


def prepare(resources: Path, out: Path) -> None:
    """Compile all kinds into `out`; raises ValueError naming the kind that cannot be compiled."""
    folder = resources / "rules" / "secrets"
    kinds = [Kind.from_mapping(table) for table in read_tables(folder)]
    patterns: list[tuple[int, str, str]] = []
    for number, kind in enumerate(kinds):
        try:
            compile_bytes(kind.regex)
        except Exception as error:
            raise ValueError(f"secret kind {kind.id}: {error}") from error
        expressions = [kind.trigger] if kind.trigger else [re.escape(word) for word in kind.keywords]
        patterns += [(number, expression, "i" if kind.caseless else "") for expression in expressions]
        if kind.wrapped:
            for word in kind.keywords:
                patterns += [(number | WRAPPED, re.escape(needle), "") for needle in wrapped_needles(word)]
    compile_database(patterns, out)
    (out / "kinds.json").write_text(json.dumps([dataclasses.asdict(kind) for kind in kinds]), encoding="utf-8")
    with (folder / "allow.toml").open("rb") as stream:
        (out / "allow.json").write_text(json.dumps(tomllib.load(stream)), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a worker needs, loaded once a process."""

    scanner: Scanner
    kinds: tuple[Kind, ...]
    allowed: Allowed


@functools.cache
def load_rules(folder: Path) -> Rules:
    """The rules that `prepare` wrote into this folder."""
    kinds = json.loads((folder / "kinds.json").read_text(encoding="utf-8"))
    allowed = json.loads((folder / "allow.json").read_text(encoding="utf-8"))
    return Rules(Scanner(folder), tuple(Kind.from_mapping(row) for row in kinds), Allowed.from_mapping(allowed))
