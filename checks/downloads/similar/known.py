"""What was reviewed or listed before, as the host hands it to the check `similarity`: an SQLite file, read-only.

The host writes it (app/similar.py) with the tables that SCHEMA makes; nothing in it was parsed from a submission in
the host: hashes are the host's own, digests were made by this check in an earlier run.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checks.downloads.similar.digests import Digest, parse_digest

FORMAT = 1
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE package (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, submission INTEGER, title TEXT NOT NULL, version TEXT NOT NULL,
    family TEXT NOT NULL, verdict TEXT NOT NULL, at TEXT NOT NULL, whole TEXT NOT NULL
);
CREATE INDEX package_submission ON package (submission);
CREATE INDEX package_source ON package (source);
CREATE TABLE file (
    id INTEGER PRIMARY KEY, package INTEGER NOT NULL, sha256 BLOB NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
    dangerous INTEGER NOT NULL, digest TEXT
);
CREATE INDEX file_sha256 ON file (sha256);
CREATE INDEX file_package ON file (package);
CREATE TABLE posting (value INTEGER NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (value, file)) WITHOUT ROWID;
"""
# Of a package: `bad` stands on a list of known-bad ones, `good` on one of known-good ones.
VERDICTS = ("rejected", "approved", "undecided", "bad", "good")
_BATCH = 400
# A value that so many files share tells nothing, and would be slow.
_COMMON = 2_000


@dataclass(frozen=True, slots=True)
class KnownPackage:
    """A package that was reviewed here (`source` is `vault`), or an entry of an imported list (`source` names it)."""

    id: int
    source: str
    title: str
    version: str
    family: str
    verdict: str
    at: str
    whole: str

    @property
    def is_bad(self) -> bool:
        """Whether a variant of it must not pass."""
        return self.verdict in ("rejected", "bad")

    @property
    def name(self) -> str:
        """Title and version as one says them."""
        return f"{self.title} {self.version}".strip() or "a package without a name"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """One file of a known package; `dangerous` is 1 when a finding of high severity stands against it, 2 for
    a rejected artifact as a whole, else 0."""

    id: int
    package: int
    sha256: str
    path: str
    size: int
    dangerous: int
    digest: Digest | None


def title_key(title: str) -> str:
    """Titles that differ in case and signs only are the same title."""
    return "".join(c for c in title.casefold() if c.isalnum())


class Known:
    """The file, open for reading; `close` it."""

    def __init__(self, path: Path) -> None:
        # immutable: no lock is taken, for the folder around it is read-only and nobody writes into a file handed over
        self._base = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
        found = self._base.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
        if found is None or found[0] != str(FORMAT):
            self._base.close()
            raise sqlite3.DatabaseError(f"its format is {found[0] if found else 'not told'}, not {FORMAT}")
        self._packages: dict[int, KnownPackage] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def has_lists(self) -> bool:
        """Whether any entry comes from an imported list."""
        return bool(self._base.execute("SELECT 1 FROM package WHERE source <> 'vault' LIMIT 1").fetchone())

    def package(self, number: int) -> KnownPackage:
        """One package."""
        if number not in self._packages:
            columns = "id, source, title, version, family, verdict, at, whole"
            row = self._base.execute(f"SELECT {columns} FROM package WHERE id = ?", [number]).fetchone()  # noqa: S608
            self._packages[number] = KnownPackage(*row)
        return self._packages[number]

    def same(self, hashes: Sequence[str]) -> dict[str, list[KnownFile]]:
        """Known files of exactly these bytes, by SHA-256."""
        found: dict[str, list[KnownFile]] = defaultdict(list)
        for batch in _batches([bytes.fromhex(value) for value in hashes]):
            for file in self._files("sha256", batch):
                found[file.sha256].append(file)
        return found

    def candidates(self, digest: Digest, limit: int) -> list[KnownFile]:
        """Known files that share the most values with a digest."""
        shared: Counter[int] = Counter()
        for key in digest.keys:
            rows = self._base.execute("SELECT file FROM posting WHERE value = ? LIMIT ?", [key, _COMMON + 1]).fetchall()
            if len(rows) <= _COMMON:
                shared.update(row[0] for row in rows)
        best = [number for number, _ in shared.most_common(limit)]
        return [file for batch in _batches(best) for file in self._files("id", batch)]

    def files(self, package: int, limit: int) -> list[KnownFile]:
        """The files of a known package, those with a digest first."""
        return list(self._select("package = ? ORDER BY digest IS NULL, size DESC LIMIT ?", [package, limit]))

    def holders(self, hashes: Iterable[str]) -> dict[str, list[KnownPackage]]:
        """Which packages have these very files, by SHA-256."""
        holders: dict[str, list[KnownPackage]] = defaultdict(list)
        for batch in _batches([bytes.fromhex(value) for value in hashes]):
            places = ", ".join("?" * len(batch))
            sql = f"SELECT DISTINCT sha256, package FROM file WHERE sha256 IN ({places})"  # noqa: S608 - marks only
            for sha256, package in self._base.execute(sql, batch):
                holders[sha256.hex()].append(self.package(package))
        return holders

    def _files(self, column: str, values: Sequence[Any]) -> Iterator[KnownFile]:
        return self._select(f"{column} IN ({', '.join('?' * len(values))})", values)

    def _select(self, condition: str, values: Sequence[Any]) -> Iterator[KnownFile]:
        sql = f"SELECT id, package, sha256, path, size, dangerous, digest FROM file WHERE {condition}"  # noqa: S608
        for number, package, sha256, path, size, dangerous, digest in self._base.execute(sql, values):
            made = parse_digest(digest) if digest else None
            yield KnownFile(number, package, sha256.hex(), path, size, dangerous, made)


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), _BATCH):
        yield values[at : at + _BATCH]
