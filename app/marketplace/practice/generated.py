"""A long queue for measurements: thousands of pending versions, made by chance and always the same."""

from __future__ import annotations

import random
from typing import Any

from app.marketplace.practice import documents
from app.marketplace.practice.moves import Records
from app.practice_parts import pack_zip

HOUR = 3_600_000
SHARED = 16  # packages that all of them share
A_DEVELOPER = 25  # versions each
TYPES = ("browser-extension", "library", "plugin", "theme", "editor-extension")
WORDS = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Haven", "Inlet", "Juniper")
THINGS = ("Notes", "Mail", "Charts", "Forms", "Maps", "Timer", "Polls", "Shelf", "Ruler", "Quotes")


def add_generated(records: Records, versions: int) -> None:
    """Add pending versions until there are so many generated ones; each is an app of its own with one file."""
    counted = records.row("SELECT COUNT(*) AS n FROM apps WHERE app_id LIKE 'made-%'")
    first = counted["n"] if counted else 0
    if first >= versions:
        return
    chance = random.Random("a long queue")  # noqa: S311 - always the same
    now = records.now()
    blobs = []
    for number in range(SHARED):
        content = pack_zip({"index.js": f"export const part = {number};\n".encode() * (number + 1)})
        blobs.append((records.keep(content), len(content)))
    for place in range(first // A_DEVELOPER, -(-versions // A_DEVELOPER)):
        name = f"Studio {place + 1}"
        records.add_developer(f"made-studio-{place + 1}", name, f"apps@studio-{place + 1}.example", "company", now)
    rows: list[dict[str, Any]] = []
    files: list[tuple[Any, ...]] = []
    for number in range(first, versions):
        row, file = _make(number, now, chance, blobs[number % SHARED])
        rows.append(row)
        files.append(file)
    columns = [key for key in rows[0] if key != "file_id"]
    with records.change() as db:
        db.executemany(
            f"INSERT INTO versions({', '.join(columns)}) VALUES ({','.join('?' * len(columns))})",  # noqa: S608
            [tuple(row[key] for key in columns) for row in rows],
        )
        db.executemany("INSERT INTO files VALUES (?,?,?,?,?,?,?,?)", files)
        db.executemany("INSERT INTO version_files VALUES (?,1,?)", [(row["app_id"], row["file_id"]) for row in rows])
        for row in rows:
            records.write_app(row, documents.status_document(row))


def _make(
    number: int, now: int, chance: random.Random, blob: tuple[dict[str, str], int]
) -> tuple[dict[str, Any], tuple[Any, ...]]:
    hashes, size = blob
    app_id, file_id = f"made-{number + 1:05}", f"made{number + 1:020}"
    submitted = now - int(chance.expovariate(1 / 60) * HOUR) - 60_000
    name = f"{chance.choice(WORDS)} {chance.choice(THINGS)} {number + 1}"
    label = f"{chance.randrange(4)}.{chance.randrange(10)}.{chance.randrange(10)}"
    custom = {"version": label, "changeLog": "", "declarations": {"storesPersonalData": "no"}, "files": [file_id]}
    row: dict[str, Any] = {
        "app_id": app_id,
        "version": 1,
        "developer_id": f"made-studio-{number // A_DEVELOPER + 1}",
        "name": name,
        "type": TYPES[number % len(TYPES)],
        "status": "pending",
        "status_updated": submitted,
        "status_by": "developer",
        "reason": "",
        "created": submitted - HOUR,
        "last_updated": submitted,
        "submitted": submitted,
        "is_live": 0,
        "is_latest": 1,
        "custom": documents.dump(custom),
        "file_id": file_id,
    }
    row["doc"] = documents.dump(documents.version_document(row, documents.status_document(row)))
    file_name = f"{app_id}-{label}.zip"
    document = documents.file_document(
        file_id, file_name, size, submitted, media="application/zip", private=True, hashes=hashes
    )
    file = (file_id, file_name, size, submitted, "application/zip", 1, hashes["SHA-256"], documents.dump(document))
    return row, file
