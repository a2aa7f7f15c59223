"""One SQLite file, opened for a program that may be killed at any moment, and used from many threads."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import DeskError
from app.schema import MIGRATIONS

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)

BUSY_MILLISECONDS = 10_000
# what sqlite-utils takes along where it is installed, for types that are never stored here; numpy alone costs 0.1 s
HEAVY = ("numpy", "pandas")


class StoreError(DeskError):
    """The database cannot do what was asked; one line that names the file and what to do."""


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """The line for an error of SQLite."""
    text = str(error)
    if "locked" in text:
        return StoreError(f"{path}: another program holds the database: close it and try again")
    if "full" in text:
        return StoreError(f"{path}: the disk is full: free some space and try again")
    if "readonly" in text or "unable to open" in text:
        return StoreError(f"{path}: cannot be written: change the rights of the file and of its folder")
    if "not a database" in text or "malformed" in text:
        return StoreError(f"{path}: damaged, or no database ({text}): move it away, or put a backup in its place")
    return StoreError(f"{path}: {text}")


@contextlib.contextmanager
def _without(*modules: str) -> Iterator[None]:
    """Let what is imported meanwhile believe that these are not installed, unless they are loaded already."""
    held = [name for name in modules if name not in sys.modules]
    for name in held:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's way to say so
    try:
        yield
    finally:
        for name in held:
            if sys.modules.get(name) is None:
                sys.modules.pop(name, None)


def open_database(path: Path, migrations: Sequence[Callable[[Database], None]] = MIGRATIONS) -> Database:
    """Open or make the file and bring it up to date; raises StoreError, also for a file of a later version."""
    # costs 80 ms, and the command line has uses that need no store
    with _without(*HEAVY):
        from sqlite_utils import Database

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # without isolation_level=None the driver opens transactions of its own and leaves them open
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    except OSError as error:
        raise StoreError(f"{path}: the folder cannot be made ({error.strerror}): change the rights above it") from error
    except sqlite3.Error as error:
        raise explain(error, path) from error
    try:
        path.chmod(0o600)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: in WAL mode anything less may lose the last commits when the power fails
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        db = Database(connection, execute_plugins=False)
        _migrate(db, path, migrations)
    except sqlite3.Error as error:
        connection.close()
        raise explain(error, path) from error
    except (OSError, StoreError):
        connection.close()
        raise
    return db


def _version(db: Database) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _migrate(db: Database, path: Path, migrations: Sequence[Callable[[Database], None]]) -> None:
    if (found := _version(db)) > len(migrations):
        raise StoreError(
            f"{path}: made by a later version of this program (its format is {found}, this one knows "
            f"{len(migrations)}): install the later version"
        )
    for number in range(found, len(migrations)):
        with write_transaction(db):
            # another program may have done it while this one waited for the lock
            if _version(db) != number:
                continue
            migrations[number](db)
            db.execute(f"PRAGMA user_version = {number + 1}")
            log.info("%s brought to format %d", path, number + 1)


@contextlib.contextmanager
def write_transaction(db: Database) -> Iterator[None]:
    """All or nothing; inside another one it is a part of that.

    IMMEDIATE takes the lock at the start: a transaction that begins by reading and then writes would
    fail at once, whatever the busy time-out, where another program wrote in between.
    """
    if not db.conn.in_transaction:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            db.rollback()
            raise
        try:
            db.commit()
        except BaseException:
            db.rollback()
            raise
        return
    with db.atomic():
        yield


class Connection:
    """The database with one lock around it: threads take turns, and each turn is short."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._db: Database | None = open_database(path)

    def close(self) -> None:
        """Close the file; harmless when called twice."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Database]:
        """The database for this thread alone."""
        with self._lock:
            if self._db is None:
                raise StoreError(f"{self.path}: the database is closed")
            try:
                yield self._db
            except sqlite3.Error as error:
                raise explain(error, self.path) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Database]:
        """The database for this thread alone, and what is done with it is done wholly or not at all."""
        with self.reading() as db, write_transaction(db):
            yield db

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """All rows of a query."""
        with self.reading() as db:
            return list(db.query(sql, tuple(parameters)))
