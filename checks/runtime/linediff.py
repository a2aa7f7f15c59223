"""The line diff of one file against its baseline, by libgit2. Runs in a worker."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from checks.runtime.filetypes import text_encoding
from checks.runtime.package import Blobs, Entry
from checks.runtime.text import escape_spans

MAX_BYTES = 16 << 20
MAX_LINES = 200_000
MAX_LINE = 4000
CHUNK_CHARS = 60_000


def _load(blobs: Blobs, row: list[Any] | None, masks: list[list[int]]) -> bytes:
    if row is None:
        return b""
    entry = Entry.from_row(row)
    data = bytes(blobs.view(entry.source)[entry.offset : entry.offset + min(entry.size, MAX_BYTES + 1)])
    for low, high in masks:
        high = min(high, len(data))
        if low < high:
            data = data[:low] + b"*" * (high - low) + data[high:]
    return data


def diff_files(
    baseline: Blobs, submission: Blobs, task: dict[str, Any], emit: Callable[[list[list[Any]]], None]
) -> dict[str, Any]:
    """Send items [kind, old line, new line, text]; returns counts and a note where there are no lines."""
    # libgit2 wants certificates at import, though no network is in reach: an existing folder satisfies it.
    os.environ["SSL_CERT_DIR"] = "/tmp"  # noqa: S108 - nothing is written there
    import pygit2

    old = _load(baseline, task["old"], task["old_masks"])
    new = _load(submission, task["new"], task["new_masks"])
    nothing = {"added": 0, "removed": 0}
    if max(len(old), len(new)) > MAX_BYTES:
        return {**nothing, "note": f"larger than {MAX_BYTES >> 20} MiB: compared by hash only"}
    if old == new:
        return {**nothing, "note": "the content is identical"}
    encodings = [text_encoding(d[: 1 << 20]) if d else "utf-8" for d in (old, new)]
    if not all(encodings):
        return {**nothing, "note": "binary content: compared by hash only"}
    if any(e.startswith("utf-16") for e in encodings):
        old, new = (d.decode(e, "replace").encode() for d, e in zip((old, new), encodings, strict=True))
    patch = pygit2.Patch.create_from(old, new, context_lines=int(task["context"]))
    batch: list[list[Any]] = []
    held = sent = added = removed = 0
    for hunk in patch.hunks:
        rows: list[list[Any]] = [
            ["@", None, None, f"@@ -{hunk.old_start},{hunk.old_lines} +{hunk.new_start},{hunk.new_lines} @@"]
        ]
        for line in hunk.lines:
            if line.origin in " +-":
                text = line.raw_content[: MAX_LINE * 4].decode("utf-8", "surrogateescape").rstrip("\r\n")
                old_number = line.old_lineno if line.old_lineno > 0 else None
                new_number = line.new_lineno if line.new_lineno > 0 else None
                rows.append([line.origin, old_number, new_number, escape_spans(text[:MAX_LINE])[0]])
                added += line.origin == "+"
                removed += line.origin == "-"
        for row in rows:
            sent += 1
            if sent > MAX_LINES:
                continue
            if batch and held + len(row[3]) + 20 > CHUNK_CHARS:
                emit(batch)
                batch, held = [], 0
            batch.append(row)
            held += len(row[3]) + 20
    if batch:
        emit(batch)
    note = f"only the first {MAX_LINES:,} lines are shown" if sent > MAX_LINES else ""
    return {"added": added, "removed": removed, "note": note}
