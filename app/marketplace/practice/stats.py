"""The marketplace's statistics: counts a day and app, summed as the API has them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.marketplace.practice.moves import Records

PERIODS = ("day", "month")
FIELDS = ("downloads", "views", "likes", "dislikes", "reviews", "ownerships", "totalSales")
FOREVER = 1 << 53


def read_series(
    records: Records, period: str, fields: str, query: Mapping[str, Any], start: int | None, end: int | None
) -> list[list[int]]:
    """[ms, sum of the fields] for each day or month that has something."""
    sums: defaultdict[int, int] = defaultdict(int)
    for _, day, _, value in _read(records, fields, query, start, end):
        sums[day if period == "day" else _month(day)] += value
    return [[at, sums[at]] for at in sorted(sums)]


def read_total(
    records: Records, fields: str, query: Mapping[str, Any], start: int | None, end: int | None
) -> dict[str, Any]:
    """The sums of each field, in all and by app."""
    names = _names(fields)
    totals = dict.fromkeys(names, 0)
    apps: dict[str, dict[str, int]] = {}
    for app_id, _, field, value in _read(records, fields, query, start, end):
        totals[field] += value
        apps.setdefault(app_id, dict.fromkeys(names, 0))[field] += value
    span = {"start": start, "end": end}
    return {"apps": apps, "totals": totals, **{name: at for name, at in span.items() if at is not None}}


def _names(fields: str) -> list[str]:
    return [name for name in dict.fromkeys(part.strip() for part in fields.split(",")) if name][:20]


def _read(
    records: Records, fields: str, query: Mapping[str, Any], start: int | None, end: int | None
) -> list[tuple[str, int, str, int]]:
    names = _names(fields)
    marks = ",".join("?" * len(names))
    found = records.rows(
        f"SELECT app_id, day, field, value FROM counts WHERE field IN ({marks}) AND day BETWEEN ? AND ?",  # noqa: S608
        (*names, start or 0, FOREVER if end is None else end),
    )
    rows = [(row["app_id"], row["day"], row["field"], row["value"]) for row in found]
    if query:
        asked = {json.loads(document)["appId"] for document in records.find("apps", query).documents}
        rows = [row for row in rows if row[0] in asked]
    return rows


def _month(day: int) -> int:
    at = datetime.fromtimestamp(day / 1000, UTC)
    return int(datetime(at.year, at.month, 1, tzinfo=UTC).timestamp() * 1000)
