"""The queue as text: chosen, put in order, in columns for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from app.marketplace.words import MarketState, QueueEntry
from app.quantities import format_duration, format_size
from checks.runtime.text import printable

SORTS: dict[str, Callable[[QueueEntry], Any]] = {
    "waiting": lambda e: (e.since, e.key),
    "risk": lambda e: (-(e.risk if e.risk is not None else -1), not e.ran, -e.open, e.since, e.key),
    "size": lambda e: (-e.size, e.since, e.key),
    "developer": lambda e: ((e.developer or e.developer_id).casefold(), e.since, e.key),
    "name": lambda e: (e.name.casefold(), e.app_id, e.version),
}


def choose_entries(entries: Sequence[QueueEntry], words: str, sort: str) -> list[QueueEntry]:
    """Those in which every one of the words is found, in order."""
    wanted = words.casefold().split()
    chosen = [e for e in entries if all(word in _searched(e) for word in wanted)] if wanted else entries
    return sorted(chosen, key=SORTS[sort])


def _searched(entry: QueueEntry) -> str:
    e = entry
    words = (e.name, e.app_id, e.label, e.developer, e.developer_id, e.kind, e.status.value, e.holder, e.sending)
    more = (tell_risk(e), e.decided, *e.why, *(file.name for file in e.files))
    return "\n".join((*words, *more)).casefold()


def tell_risk(entry: QueueEntry) -> str:
    """What its last battery left open, in one word and a number."""
    if not entry.ran:
        return "not run"
    return f"{entry.open:,} {entry.risk.label}" if entry.risk is not None else "nothing open"


def tell_status(entry: QueueEntry) -> str:
    """Where it stands: at the marketplace, with whom, and what is on its way there."""
    parts = ["gone" if entry.gone else entry.status.value]
    if entry.is_live:
        parts.append("live")
    if entry.holder:
        parts.append("you" if entry.mine else printable(entry.holder, 30))
    if entry.sending:
        parts.append({"queued": "to be sent", "sending": "being sent"}.get(entry.sending, entry.sending))
    return ", ".join(parts)


def tell_synced(state: MarketState, now: datetime | None = None) -> str:
    """How old what is shown is."""
    if state.synced is None:
        return "the queue was never read"
    return f"as of {format_duration(((now or datetime.now(UTC)) - state.synced).total_seconds())} ago"


def list_entries(entries: Sequence[QueueEntry], width: int = 0, now: datetime | None = None) -> list[str]:
    """In columns, with a head; each line at most `width` cells wide, 0 = as long as it is."""
    from rich.cells import cell_len, set_cell_size

    at = (now or datetime.now(UTC)).timestamp()
    rows = [("AGE", "RISK", "STATUS", "APP/VERSION", "NAME", "KIND", "SIZE", "DEVELOPER", "WHY")]
    for e in entries:
        place = f"{e.app_id}/{e.version}"
        name = f"{e.name} {e.label}"
        files = format_size(e.size) + (f" in {len(e.files)}" if len(e.files) > 1 else "")
        why = "; ".join(e.why) + ("" if not any(f.differs for f in e.files) else "; OTHER BYTES THAN PROMISED")
        cells = (format_duration(at - e.since / 1000), tell_risk(e), tell_status(e), place, name, e.kind, files)
        rows.append((*cells, e.developer or e.developer_id, why.removeprefix("; ")))
    clean = [tuple(printable(cell, 200) for cell in row) for row in rows]
    most = [min(40, max(cell_len(row[column]) for row in clean)) for column in range(len(rows[0]) - 1)]
    lines = []
    for row in clean:
        # a place is there to be copied, and is never cut
        sized = [
            cell if column == 3 and cell_len(cell) > size else set_cell_size(cell, size)
            for column, (cell, size) in enumerate(zip(row, most, strict=False))
        ]
        line = "  ".join((*sized, row[-1])).rstrip()
        lines.append(set_cell_size(line, width).rstrip() if width and cell_len(line) > width else line)
    return lines


def dump_entries(entries: Sequence[QueueEntry], state: MarketState) -> str:
    """As JSON: `{"schema": "assay-queue/1", "market", "synced", "entries": [...]}`; times of the marketplace in ms."""
    rows = [
        {
            **asdict(e),
            "risk": e.risk.label if e.risk is not None else None,
            "size": e.size,
            "fetched": e.fetched,
        }
        for e in entries
    ]
    about = {
        "schema": "assay-queue/1",
        "market": state.market,
        "synced": state.synced.isoformat() if state.synced else None,
        "problem": state.problem,
        "entries": rows,
    }
    return json.dumps(about, indent=2, ensure_ascii=False)
