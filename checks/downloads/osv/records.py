"""One OSV record as the small, bounded row that is kept of it."""

from __future__ import annotations

import json
import re
from typing import Any

from checks.downloads.osv.names import name_key, split_ecosystem
from checks.downloads.osv.severity import grade

# Of the tables that the host writes and the check reads.
FORMAT = "2"
MAX_ID = 100
MAX_NAME = 300
MAX_VERSION = 200
MAX_SUMMARY = 300
MAX_ALIASES = 50
MAX_AFFECTED = 2_000
MAX_RANGES = 200
MAX_EVENTS = 2_000
MAX_VERSIONS = 20_000
UNKNOWN = -1
EVENTS = ("introduced", "fixed", "last_affected", "limit")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{2,99}\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

# [id, modified, severity or -1, summary, aliases, affected]; affected: [[ecosystem, release, key, ranges, versions]];
# ranges: [[[event, version], ...], ...]. A withdrawn advisory affects nothing.
Row = list[Any]


class BadRecord(ValueError):
    """Bytes that are no OSV record; the text says why."""


def read_record(data: bytes) -> Row:
    """The row of one record; raises BadRecord."""
    try:
        record = json.loads(data)
    except RecursionError:
        raise BadRecord("nested too deeply") from None
    except (ValueError, UnicodeDecodeError):
        raise BadRecord("no JSON") from None
    if not isinstance(record, dict):
        raise BadRecord("no object")
    name, modified = record.get("id"), record.get("modified")
    if not isinstance(name, str) or not _ID.match(name):
        raise BadRecord("no id")
    if not isinstance(modified, str) or not _TIME.match(modified):
        raise BadRecord("no date of modification")
    affected = record.get("affected")
    entries = affected if isinstance(affected, list) else []
    if len(entries) > MAX_AFFECTED:
        raise BadRecord(f"more than {MAX_AFFECTED:,} packages affected")
    rows = [] if record.get("withdrawn") else [row for entry in entries if (row := _affected(entry)) is not None]
    first = next((entry for entry in entries if isinstance(entry, dict)), None)
    severity = grade(record, first)
    summary = record.get("summary") or record.get("details") or ""
    return [
        name,
        modified[:19],
        UNKNOWN if severity is None else int(severity),
        " ".join(_clean(summary)[: 2 * MAX_SUMMARY].split())[:MAX_SUMMARY] if isinstance(summary, str) else "",
        _aliases(record),
        rows,
    ]


def _clean(text: str) -> str:
    """Without lone surrogates, which no database takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _aliases(record: dict[str, Any]) -> list[str]:
    listed = [alias for key in ("aliases", "upstream") for alias in _list(record.get(key))[:MAX_ALIASES]]
    return [alias for alias in listed if isinstance(alias, str) and _ID.match(alias)][:MAX_ALIASES]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _affected(entry: Any) -> Row | None:
    """One package with its versions; None where no package is named (a repository only)."""
    package = entry.get("package") if isinstance(entry, dict) else None
    if not isinstance(package, dict):
        return None
    ecosystem, name = package.get("ecosystem"), package.get("name")
    if not isinstance(ecosystem, str) or not isinstance(name, str) or not ecosystem or not name:
        return None
    if len(name) > MAX_NAME or len(ecosystem) > 60:
        raise BadRecord("the name of a package is too long")
    base, release = split_ecosystem(_clean(ecosystem))
    ranges = [events for item in _list(entry.get("ranges"))[:MAX_RANGES] if (events := _events(item))]
    versions = [v for v in _list(entry.get("versions")) if isinstance(v, str) and 0 < len(v) <= MAX_VERSION]
    if len(versions) > MAX_VERSIONS:
        versions = [] if ranges else versions[-MAX_VERSIONS:]
    return [base, release, _clean(name_key(base, name)), ranges, [_clean(version) for version in versions]]


def _events(item: Any) -> list[list[str]]:
    """The events of a range by version; commits are none."""
    if not isinstance(item, dict) or item.get("type") not in ("SEMVER", "ECOSYSTEM"):
        return []
    events: list[list[str]] = []
    for event in _list(item.get("events"))[:MAX_EVENTS]:
        for kind, version in event.items() if isinstance(event, dict) else ():
            if kind in EVENTS and isinstance(version, str) and 0 < len(version) <= MAX_VERSION:
                events.append([kind, _clean(version)])
    return events[:MAX_EVENTS]
