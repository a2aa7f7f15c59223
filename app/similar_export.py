"""What was rejected here as a list that others can import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import DeskError
from app.export import write_file
from app.similar import digests_of, find_dangerous, verdict_of

if TYPE_CHECKING:
    from app.store import Store


def export_rejected(store: Store, target: Path) -> int:
    """Write JSON lines: of each rejected submission its artifact, and the digests of what was found dangerous in it.

    Its other files may well be libraries that honest packages ship too. Gives the number of rows;
    raises DeskError where the file cannot be written.
    """
    rows: list[dict[str, str]] = []
    for submission in store.submissions():
        verdict, at = verdict_of(store, submission)
        if verdict != "rejected":
            continue
        about = {
            "name": submission.title or submission.artifact.name,
            "version": submission.version,
            "verdict": "bad",
            "date": at[:10],
        }
        rows.append({**about, "sha256": submission.artifact.sha256, "path": submission.artifact.name})
        facts = [fact for fact in digests_of(store, submission.id) if fact.name != "whole"]
        dangerous = find_dangerous(store, store.last_run(submission.id))
        telling = [fact for fact in facts if fact.file_sha256 in dangerous]
        rows += [{**about, "sha256": f.file_sha256, "digest": f.value, "path": f.path} for f in telling]
    try:
        write_file(target, "".join(json.dumps(row) + "\n" for row in rows).encode())
    except OSError as error:
        raise DeskError(f"{target}: cannot be written ({error.strerror}): choose another place") from error
    return len(rows)
