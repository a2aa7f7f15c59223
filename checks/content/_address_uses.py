"""What an address in a file is used for, told by the text before it; the table is rules/plain_http.toml."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from typing import Any

from checks.content._scan import compile_bytes
from checks.runtime.model import Severity
from checks.runtime.package import resource_path

_HASH_COMMENTS = frozenset(
    {".py", ".pyi", ".pyw", ".pyx", ".rb", ".sh", ".bash", ".zsh", ".ps1", ".pl", ".r", ".yaml", ".yml", ".toml"}
    | {".cfg", ".conf", ".ini", ".properties", ".tf", ".mk", ".cmake", ""}
)


# in larger files docstrings are not told from code: counting quotes for every address takes too long
_MAX_PYTHON = 1 << 20


@dataclass(frozen=True, slots=True)
class Use:
    """One way to use an address; `severity` None means that nothing is contacted."""

    id: str
    title: str
    before: Any
    roles: frozenset[str]
    severity: Severity | None


@dataclass(frozen=True, slots=True)
class Table:
    """`near` matches hosts that stay on the machine or its network; `names` those of vocabularies and `paths`
    those of schemas and licences, which are quiet unless the code says that it fetches them."""

    near: Any
    names: Any
    paths: Any
    uses: tuple[Use, ...]
    before: int


def _join(expressions: list[str]) -> Any:
    return compile_bytes("(?im)" + "|".join(f"(?:{expression})" for expression in expressions))


@functools.cache
def load_table() -> Table:
    """Read the rule file once a process."""
    with resource_path("rules/plain_http.toml").open("rb") as stream:
        table = tomllib.load(stream)
    uses = tuple(
        Use(
            id=row["id"],
            title=row.get("title", ""),
            # the text given ends where the address begins: only the very end may match
            before=_join([e.removesuffix("$") + r"\z" if e.endswith("$") else e for e in row["before"]]),
            roles=frozenset(row.get("roles", ())),
            severity=None if row["severity"] == "none" else Severity.parse(row["severity"]),
        )
        for row in table["use"]
    )
    quiet = table["quiet"]
    near, names, paths = _join(quiet["hosts"]), _join(quiet["names"]), _join(quiet["paths"])
    return Table(near, names, paths, uses, table["search"]["before"])


def find_use(table: Table, text: bytes, roles: frozenset[str]) -> Use | None:
    """The first use that the text before an address tells, or None."""
    for use in table.uses:
        if (not use.roles or roles & use.roles) and use.before.search(text):
            return use
    return None


def is_comment(data: bytes, start: int, suffix: str) -> bool:
    """Whether a place lies in a comment or a docstring, judged by its line and the signs before it."""
    line = data[max(0, start - 400) : start].rpartition(b"\n")[2]
    bare = line.lstrip()
    if bare.startswith((b"* ", b"*\t", b"//")) or compile_bytes(r"(^|[\s;{})(,])//").search(line):
        return True
    if suffix in _HASH_COMMENTS and compile_bytes(r"(^|\s)#").search(line):
        return True
    near = max(0, start - 20_000)
    if data.rfind(b"/*", near, start) > data.rfind(b"*/", near, start):
        return True
    if data.rfind(b"<!--", near, start) > data.rfind(b"-->", near, start):
        return True
    if suffix in (".py", ".pyi", ".pyx", ".pyw") and len(data) <= _MAX_PYTHON:
        return data.count(b'"""', 0, start) % 2 == 1 or data.count(b"'''", 0, start) % 2 == 1
    return False
