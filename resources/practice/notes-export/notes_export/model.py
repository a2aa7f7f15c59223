"""A note as the extension keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Note:
    text: str
    source: str
    made: datetime


def read_notes(path: Path) -> list[Note]:
    """Read an export of the extension: a JSON list; times are milliseconds since 1970."""
    return [
        Note(entry["text"], entry.get("source", ""), datetime.fromtimestamp(entry["made"] / 1000, UTC))
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]
