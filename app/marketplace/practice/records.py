"""What the practice marketplace keeps, in SQLite, as the API reads it.

Every change is committed before a method returns, so a server that is killed has lost nothing that it confirmed.
Several processes may have the same folder open.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from app.marketplace.practice import documents
from app.marketplace.practice.errors import PracticeFault, Unknown
from app.marketplace.practice.query import Document, build_where, matches, order_by, sort_documents
from app.marketplace.practice.schema import COLLECTIONS, SCHEMA
from app.paths import RESOURCES

MARKETPLACE = RESOURCES / "practice" / "marketplace.toml"
DATABASE = "marketplace.db"
BLOBS = "blobs"

Row = dict[str, Any]


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


class Page(NamedTuple):
    """One page of a list: the documents as JSON, and how many there are in `all`."""

    documents: list[str]
    all: int


class Applied(NamedTuple):
    """A change of status that was carried out."""

    app_id: str
    version: int
    status: str
    reason: str
    modified_by: str
    at: int


def remove_records(folder: Path) -> None:
    """Take away what a practice marketplace keeps in its folder, and nothing else; raises PracticeFault."""
    try:
        for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "ca.pem"):
            (folder / name).unlink(missing_ok=True)
        blobs = folder / BLOBS
        for path in blobs.iterdir() if blobs.is_dir() else ():
            if re.fullmatch(r"[0-9a-f]{64}", path.name):  # a folder that was named by mistake may hold others
                path.unlink()
    except OSError as error:
        raise PracticeFault(f"{error.filename}: cannot be removed ({error.strerror}): name another folder") from error


class RecordsBase:
    """The database and what reads it. `clock` gives seconds since 1970."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        try:
            (folder / BLOBS).mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(folder / DATABASE, timeout=10, check_same_thread=False, isolation_level=None)
            self._db.row_factory = _as_dict
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise PracticeFault(f"{folder}: cannot be used ({why}): name another folder, or say --reset") from error
        settings = tomllib.loads(MARKETPLACE.read_text(encoding="utf-8"))
        self.market: dict[str, Any] = settings["market"]
        self._rules: dict[str, dict[str, list[str]]] = settings["rules"]

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that has the database to itself from its beginning; nestable."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._db
                if self._depth == 1:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1
                if self._depth == 0 and self._db.in_transaction:  # something went wrong
                    self._db.execute("ROLLBACK")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a SELECT finds."""
        with self._lock:
            found: list[Row] = self._db.execute(sql, values).fetchall()
            return found

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first that a SELECT finds."""
        return next(iter(self.rows(sql, values)), None)

    def now(self) -> int:
        """The marketplace's time in ms."""
        return int(self.clock() * 1000)

    # reading

    def find(
        self,
        collection: str,
        query: Document,
        order: Sequence[tuple[str, bool]] = (),
        number: int = 1,
        limit: int | None = None,
    ) -> Page:
        """A page of versions, apps, developers or files; every one without a limit."""
        columns = COLLECTIONS[collection]
        where = build_where(query, columns)
        ordered = order_by(order, columns)
        start = (number - 1) * (limit or 0) if limit else 0
        # the names of tables and columns are our own, all values are bound
        select = f"SELECT doc FROM {collection} WHERE {where.sql}"  # noqa: S608
        if not where.rest and ordered is not None:
            paged = f" LIMIT {int(limit)} OFFSET {start}" if limit else ""
            found = [row["doc"] for row in self.rows(f"{select} ORDER BY {ordered}{paged}", where.values)]
            if not limit:
                return Page(found, len(found))
            counted = self.row(f"SELECT COUNT(*) AS n FROM {collection} WHERE {where.sql}", where.values)  # noqa: S608
            return Page(found, counted["n"] if counted else 0)
        all_of_them = [json.loads(row["doc"]) for row in self.rows(f"{select} ORDER BY rowid", where.values)]
        left = [document for document in all_of_them if matches(document, where.rest)]
        sort_documents(left, order)
        return Page([documents.dump(one) for one in left[start : start + limit if limit else None]], len(left))

    def version(self, app_id: str, version: int) -> dict[str, Any]:
        """A version's document; raises Unknown."""
        return dict(json.loads(self._version_row(app_id, version)["doc"]))

    def app(self, app_id: str) -> str:
        """An app's document; raises Unknown."""
        return self._doc("apps", "app_id", app_id, "app")

    def developer(self, developer_id: str) -> str:
        """A developer's document; raises Unknown."""
        return self._doc("developers", "developer_id", developer_id, "developer")

    def event(self, event_id: str) -> str:
        """An event's document; raises Unknown."""
        return self._doc("events", "event_id", event_id, "event")

    def file(self, file_id: str) -> str:
        """A file's document; raises Unknown."""
        return self._doc("files", "file_id", file_id, "file")

    def file_ids(self, app_id: str, version: int) -> list[str]:
        """The files of a version."""
        found = self.rows(
            "SELECT file_id FROM version_files WHERE app_id=? AND version=? ORDER BY rowid", (app_id, version)
        )
        return [row["file_id"] for row in found]

    def blob(self, file_id: str) -> tuple[Path, Row]:
        """Where the bytes of a file are, and its row; raises Unknown."""
        row = self.row("SELECT * FROM files WHERE file_id=?", (file_id,))
        if row is None:
            raise Unknown("There is no such file")
        return self.folder / BLOBS / row["sha256"], row

    def applied(self, app_id: str | None = None, version: int | None = None) -> list[Applied]:
        """Every change of status that was carried out, in order; of one app or version if named."""
        sql = "SELECT app_id, version, status, reason, modified_by, at FROM applied"
        found = self.rows(f"{sql} WHERE app_id=coalesce(?, app_id) AND version=coalesce(?, version) ORDER BY id",
                          (app_id, version))  # fmt: skip
        return [Applied(**row) for row in found]

    def _doc(self, table: str, column: str, value: str, what: str) -> str:
        row = self.row(f"SELECT doc FROM {table} WHERE {column}=?", (value,))  # noqa: S608 - our own names
        if row is None:
            raise Unknown(f"There is no such {what}")
        return str(row["doc"])

    def _version_row(self, app_id: str, version: int) -> Row:
        """A version as it is kept; raises Unknown."""
        row = None
        if -(1 << 62) < version < 1 << 62:
            row = self.row("SELECT * FROM versions WHERE app_id=? AND version=?", (app_id, version))
        if row is None:
            raise Unknown("There is no such version of this app")
        return row
