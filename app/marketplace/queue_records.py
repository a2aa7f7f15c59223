"""Rows of the marketplace's tables and the words for them, one into the other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import records
from app.marketplace.why import FileFacts, VersionFacts, name_kind, name_version
from app.marketplace.words import Developer, MarketFile, Version

VERSION_COLUMNS = (
    "market", "app_id", "version", "name", "label", "developer_id", "kind", "type", "status", "status_updated",
    "status_by", "status_reason", "created", "last_updated", "submitted", "is_live", "is_latest", "custom",
    "first_seen", "seen", "gone",
)  # fmt: skip
FILE_COLUMNS = (
    "version", "place", "file_id", "name", "size", "uploaded", "content_type", "private", "mime_check", "virus_scan",
    "viruses", "md5", "sha1", "sha256", "submission", "differs",
)  # fmt: skip
DEVELOPER_COLUMNS = ("market", "developer_id", "name", "email", "type", "created", "custom", "seen")
HASHES = ("sha256", "sha1", "md5")


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A status that was seen of a version, since `at` (ms, the marketplace's). `ours`: its reason has our token.

    `seen` is when this desk saw it.
    """

    key: int
    status: str
    at: int
    by: str
    reason: str
    ours: bool
    seen: datetime


@dataclass(frozen=True, slots=True)
class Saved:
    """What keeping versions changed, and their keys by app and version."""

    keys: Mapping[tuple[str, int], int]
    new: frozenset[int] = frozenset()
    changed: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()


def version_row(market: str, version: Version, seen: str) -> tuple[Any, ...]:
    """In the order of VERSION_COLUMNS."""
    status = version.status
    return (
        market, version.app_id, version.version, records.text(version.name),
        records.text(name_version(version.version, version.custom)), records.text(version.developer_id),
        name_kind(version.type), records.text(version.type), status.value, status.updated,
        records.text(status.modified_by), records.text(status.reason), version.created, version.last_updated,
        version.submitted, int(version.is_live), int(version.is_latest), records.dump(_plain(version.custom)),
        seen, seen, 0,
    )  # fmt: skip


def file_row(key: int, place: int, file: MarketFile, submission: int | None, differs: str) -> tuple[Any, ...]:
    """In the order of FILE_COLUMNS. The address is left out: it may be a signed one."""
    scan = file.virus_scan
    return (
        key, place, records.text(file.file_id), records.text(file.name), file.size, file.uploaded,
        records.text(file.content_type), None if file.private is None else int(file.private),
        records.text(file.mime_check), records.text(scan.status) if scan else "",
        records.dump(list(scan.viruses)) if scan and scan.viruses else "",
        file.hashes.md5, file.hashes.sha1, file.hashes.sha256, submission, records.text(differs),
    )  # fmt: skip


def developer_row(market: str, developer: Developer, seen: str) -> tuple[Any, ...]:
    """In the order of DEVELOPER_COLUMNS."""
    texts = map(records.text, (developer.developer_id, developer.name, developer.email, developer.type))
    return (market, *texts, developer.created, records.dump(_plain(developer.custom)), seen)


def read_developer(row: records.Row) -> Developer:
    """The inverse."""
    return Developer(
        row["developer_id"], row["created"] or 0, row["name"] or "", row["email"] or "", row["type"] or "",
        json.loads(row["custom"] or "{}"),
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """Mappings and sequences of any sort as JSON has them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def is_same_file(before: Sequence[Any], now: Sequence[Any]) -> bool:
    """Whether two rows of a file promise the same bytes: where both give a hash it decides, else size and upload."""
    was, new = dict(zip(FILE_COLUMNS, before, strict=True)), dict(zip(FILE_COLUMNS, now, strict=True))
    pairs = [(was[name], new[name]) for name in HASHES if was[name] and new[name]]
    if was["size"] != new["size"] or any(a != b for a, b in pairs):
        return False
    return bool(pairs) or was["uploaded"] == new["uploaded"]


def gather_facts(
    versions: Iterable[records.Row], files: Iterable[records.Row], changed: frozenset[int], rejected: frozenset[int]
) -> dict[int, VersionFacts]:
    """What the rules of why are asked about, by key."""
    of: dict[int, list[FileFacts]] = {}
    for f in files:
        facts = FileFacts(f["name"], f["size"], f["mime_check"], f["virus_scan"], records.words(f["viruses"]))
        of.setdefault(f["version"], []).append(facts)
    return {
        v["id"]: VersionFacts(
            v["version"],
            v["label"],
            v["status"],
            bool(v["is_live"]),
            tuple(of.get(v["id"], ())),
            v["id"] in changed,
            v["id"] in rejected,
        )
        for v in versions
    }
