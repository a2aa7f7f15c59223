"""Results of files that are used again: what they depend on, how they are kept and read back.

What is read back is held to the same rules as a worker's word: the cache lies where others may write.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from app.plan import PlannedCheck, pool_version
from app.pools import FileResult
from app.trees import Tree
from checks.runtime.package import Entry
from checks.runtime.protocol import Found, ProtocolError, parse_found


class Cache(Protocol):
    """Where results of files are kept (app.result_cache)."""

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]: ...
    def put_many(self, items: Sequence[tuple[bytes, bytes]]) -> None: ...


class Reuse:
    """What one set of checks said of the files of a tree in earlier runs, and what is to be kept of this one."""

    def __init__(self, cache: Cache, tree: Tree, checks: Sequence[PlannedCheck], kind: str, declared_type: str) -> None:
        self._cache = cache
        self._checks = len(checks)
        self._keys = _keys(tree, checks, kind, declared_type)
        self._fresh: list[tuple[bytes, bytes]] = []

    def known(self, files: Sequence[Entry]) -> Iterator[tuple[Entry, FileResult | None]]:
        """Each file with what is known of it, None where that is nothing."""
        rows = self._cache.get_many(list(self._keys.values()))
        for entry in files:
            row = rows.get(self._keys[entry.n])
            result: FileResult | None = None
            if row is not None:
                with contextlib.suppress(ValueError, TypeError, AttributeError, ProtocolError):
                    result = FileResult(_read_row(row, self._checks))  # a damaged row is as good as none
            yield entry, result

    def keep(self, entry: Entry, result: FileResult) -> None:
        """Remember what all the checks said of a file of the tree, to be written by `save`."""
        key = self._keys.get(entry.n)
        if key is not None:
            rows = {str(i): [_row(f) for f in found] for i, found in result.found.items() if found}
            self._fresh.append((key, json.dumps(rows, separators=(",", ":")).encode()))

    def save(self) -> None:
        """Write what was remembered."""
        self._cache.put_many(self._fresh)


def _keys(tree: Tree, checks: Sequence[PlannedCheck], kind: str, declared_type: str) -> dict[int, bytes]:
    """Of each file by its number: a digest of everything that a result depends on."""
    version = pool_version(checks)
    content_only = all(c.spec.content_only for c in checks)
    keys = {}
    for entry in tree.files:
        parts = [version, entry.sha256, str(entry.n in tree.unpacked)]
        if not content_only:
            parts += [kind, declared_type if entry.source == "artifact" else "", entry.path]
        text = "\0".join(parts).encode("utf-8", "surrogateescape")
        keys[entry.n] = hashlib.blake2b(text, digest_size=16).digest()
    return keys


def _row(found: Found) -> list[Any]:
    """A finding as it is kept for reuse."""
    return [
        found.rule, found.message, found.start, found.end, int(found.severity), found.confidence, found.matched,
        found.secret, found.encoding, found.remediation, list(found.references),
    ]  # fmt: skip


def _read_row(data: bytes, checks: int) -> dict[int, list[Found]]:
    """What is kept of one file: findings by check."""
    if data == b"{}":
        return {}
    rows = {int(i): [parse_found([0, None, *row]) for row in rows] for i, rows in json.loads(data).items()}
    if any(not 0 <= i < checks for i in rows):
        raise ValueError("a check that is none")
    return rows
