"""Lists of known packages that the reviewer imports, and the one exported for others.

A list is CSV with a header, or JSON lines; each row has a `name`, a `verdict` (bad or good, or a word that feeds use
for it), and a `sha256` (of an artifact or of a file in it) or a `digest` (as Assay exports it) or both; `version`,
`date` and `path` may be added, other columns are passed over. A row that cannot be used is told by its line, the others
are kept.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.errors import DeskError
from app.export import write_file
from app.paths import Folders
from checks.downloads.similar.digests import parse_digest
from checks.runtime.text import printable

MAX_BYTES = 256 << 20
MAX_ROWS = 1_000_000
MAX_LINE = 1 << 16
MAX_TOLD = 20
BAD = frozenset({"bad", "rejected", "reject", "malicious", "malware", "known-bad", "block", "blocked"})
GOOD = frozenset({"good", "approved", "approve", "benign", "clean", "known-good", "allow", "allowed"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[^\w.-]+")


class BadList(DeskError):
    """A list of which nothing can be used; one line that names the file."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One row of a list; `source` is the list's name, `verdict` bad or good, `at` a date as the list gives it."""

    source: str
    name: str
    version: str
    verdict: str
    at: str
    sha256: str
    digest: str
    path: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the list's name, the rows kept, and of the others (line, why), the first MAX_TOLD of them."""

    name: str
    kept: int
    refused: int
    problems: tuple[tuple[int, str], ...]


def _folder(folders: Folders) -> Path:
    return folders.data / "similar"


def list_files(folders: Folders) -> list[Path]:
    """The imported lists, by name."""
    folder = _folder(folders)
    return sorted(folder.glob("*.jsonl")) if folder.is_dir() else []


def lists_state(folders: Folders) -> str:
    """Changes whenever a list is imported, replaced or removed."""
    return json.dumps([[p.name, p.stat().st_mtime_ns, p.stat().st_size] for p in list_files(folders)])


def read_lists(folders: Folders) -> Iterator[ListEntry]:
    """All entries of all lists."""
    for path in list_files(folders):
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                yield ListEntry(**json.loads(line))


def remove_list(folders: Folders, name: str) -> None:
    """Take a list away; raises DeskError where there is none of that name."""
    path = _folder(folders) / f"{_NAME.sub('-', name)}.jsonl"
    if not path.is_file():
        known = ", ".join(p.stem for p in list_files(folders)) or "none"
        raise DeskError(f"there is no list {printable(name, 100)}: the lists are {known}")
    try:
        path.unlink()
    except OSError as error:
        raise DeskError(f"{path}: cannot be removed ({error.strerror}): check its rights") from None


def import_list(source: Path, folders: Folders, name: str = "") -> Imported:
    """Read a list and keep it under its name (the file's by default), in place of an earlier one of that name.

    Raises BadList where the file cannot be read, or has no row that can be used; what was imported before stays then.
    """
    # letters of any script: two names must not become one, and 60 of them fit into the name of a file
    name = _NAME.sub("-", name or source.stem.encode(errors="replace").decode()).strip("-.")[:60]
    if not name:
        raise BadList(f"{source}: a list cannot be called that: give it a name of letters and digits (--name)")
    rows: list[str] = []
    problems: list[tuple[int, str]] = []
    refused = 0
    try:
        if source.stat().st_size > MAX_BYTES:
            raise BadList(f"{source}: larger than {MAX_BYTES >> 20} MiB: split it into several lists")
        with source.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            for line, row in _rows(stream):
                try:
                    if isinstance(row, str):
                        raise ValueError(row)
                    rows.append(json.dumps(asdict(_entry(name, row)), separators=(",", ":")))
                except ValueError as error:
                    refused += 1
                    if len(problems) < MAX_TOLD:
                        problems.append((line, str(error)))
                if len(rows) > MAX_ROWS:
                    raise BadList(f"{source}: more than {MAX_ROWS:,} rows: split it into several lists")
    except OSError as error:
        raise BadList(f"{source}: cannot be read ({error.strerror}): check its name and its rights") from error
    if not rows:
        first = f" (line {problems[0][0]}: {problems[0][1]})" if problems else ""
        raise BadList(f"{source}: holds no row that can be used{first}: it needs name, verdict, and sha256 or digest")
    folder = _folder(folders)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadList(f"{folder}: cannot be written ({error.strerror}): check its rights and room") from None
    write_file(folder / f"{name}.jsonl", "".join(row + "\n" for row in rows).encode())
    return Imported(name, len(rows), refused, tuple(problems))


def _rows(stream: Any) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """(line, row), a text in place of a row that cannot be read saying why."""
    first = ""
    number = 0
    for first in _lines(stream):
        number += 1
        if first.strip() and not first.startswith("#"):
            break
    if first.lstrip().startswith("{"):
        yield number, _json_row(first)
        for line in _lines(stream):
            number += 1
            if line.strip():
                yield number, _json_row(line)
        return
    header = [column.strip().lower() for column in next(csv.reader([first]), [])]
    if not first.strip() or "name" not in header or "verdict" not in header:
        return
    for line in _lines(stream):
        number += 1
        if not line.strip() or line.startswith("#"):
            continue
        try:
            values = next(csv.reader([line], strict=True))
        except (csv.Error, StopIteration) as error:
            yield number, f"not CSV ({error})"
            continue
        yield number, dict(zip(header, values, strict=False))


def _lines(stream: Any) -> Iterator[str]:
    """Lines of bounded length; the rest of a longer one is passed over."""
    while line := stream.readline(MAX_LINE):
        whole = line.endswith("\n")
        yield line
        while not whole and (rest := stream.readline(MAX_LINE)):
            whole = rest.endswith("\n")


def _json_row(line: str) -> Mapping[str, Any] | str:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    return {str(k).lower(): v for k, v in row.items()} if isinstance(row, dict) else "not a JSON object"


def _entry(source: str, row: Mapping[str, Any]) -> ListEntry:
    def text(key: str, limit: int) -> str:
        value = row.get(key)
        return printable(value.strip(), limit) if isinstance(value, str) else ""

    verdict = text("verdict", 40).lower()
    if verdict not in BAD | GOOD:
        raise ValueError(f"the verdict {verdict!r} is neither bad nor good" if verdict else "there is no verdict")
    sha256, digest = text("sha256", 100).lower(), text("digest", 1000)
    if not sha256 and not digest:
        raise ValueError("there is neither sha256 nor digest")
    if sha256 and not _SHA256.fullmatch(sha256):
        raise ValueError("its sha256 is not 64 hexadecimal digits")
    if digest:
        parse_digest(digest)
    if not text("name", 200):
        raise ValueError("there is no name")
    return ListEntry(
        source, text("name", 200), text("version", 100), "bad" if verdict in BAD else "good", text("date", 40), sha256,
        digest, text("path", 300),
    )  # fmt: skip
