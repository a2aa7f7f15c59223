"""The part of the store that keeps suppressions which others shared, and what of the triage may be shared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from app import records
from app.store_base import StoreBase
from app.suppressions import SharedSuppression
from checks.runtime.suppression_file import Suppression
from checks.runtime.text import printable

_KEY = ("check_id", "rule", "path", "file_sha256", "fingerprint", "who")
_MEANING = ("verdict", "reason", "said", "until")
# The last word on each finding and content.
_SAID = """
    SELECT * FROM triage WHERE id IN (SELECT max(id) FROM triage GROUP BY fingerprint, file_sha256)
    AND verdict IN ('false_positive', 'accepted_risk') AND (?1 IS NULL OR submission = ?1) ORDER BY id
"""
# What those findings are, and the folder that everything of their package lies in; the latest run comes last.
_FOUND = """
    SELECT f.fingerprint, f.file_sha256, f.check_id, f.rule, f.raw_path, r.artifact, r.tree
    FROM runs r JOIN findings f ON f.run = r.id
    WHERE r.submission = ? AND f.fingerprint IN (SELECT value FROM json_each(?)) ORDER BY f.id
"""


class SuppressionStore(StoreBase):
    """Suppressions by check, rule, path and content; importing the same again changes nothing."""

    def import_suppressions(
        self, entries: Sequence[Suppression], source: str, who: str, **told: Any
    ) -> tuple[int, int]:
        """Keep these, all in one change; one of the same person on the same finding is replaced.

        Gives the number of new and of changed ones. The log says who imported which file, and `told` beside.
        """
        added = changed = 0
        with self.transaction() as db:
            for entry in entries:
                row = _to_row(entry)
                where = " AND ".join(f"{key} = ?" for key in _KEY)
                sql = f"SELECT * FROM suppressions WHERE {where}"  # noqa: S608 - our own columns
                found = next(iter(db.query(sql, [row[key] for key in _KEY])), None)
                if found is not None and all(found[key] == row[key] for key in _MEANING):
                    continue
                row |= {"source": records.text(source), "imported_by": records.text(who)}
                row["imported"] = records.moment(self._clock())
                if found is None:
                    db.table("suppressions").insert(row, pk="id")
                    added += 1
                else:
                    db.table("suppressions").update(found["id"], row)
                    changed += 1
            detail = {"did": "import", "file": source, "new": added, "changed": changed, **told}
            self._log(db, who, "suppressions", None, detail)
        return added, changed

    def remove_suppressions(self, numbers: Iterable[int], who: str) -> int:
        """Remove these; gives how many there were. The log keeps what they said."""
        removed = 0
        with self.transaction() as db:
            for shared in self._read("id IN (SELECT value FROM json_each(?))", [records.dump(sorted(set(numbers)))]):
                db.table("suppressions").delete(shared.id)
                detail = {**_to_row(shared.said), "did": "remove", "file": shared.source}
                self._log(db, who, "suppressions", None, detail)
                removed += 1
        return removed

    def suppressions(self) -> tuple[SharedSuppression, ...]:
        """All of them, in the order of check, rule, path."""
        return self._read("1", [])

    def suppressions_at(self, paths: Iterable[str]) -> tuple[SharedSuppression, ...]:
        """Those of these paths (without the one top folder)."""
        if not self._base.rows("SELECT 1 FROM suppressions LIMIT 1"):
            return ()
        wanted = records.dump(sorted(set(paths)))
        return self._read("path IN (SELECT value FROM json_each(?))", [wanted])

    def _read(self, where: str, parameters: Sequence[Any]) -> tuple[SharedSuppression, ...]:
        sql = f"SELECT * FROM suppressions WHERE {where} ORDER BY check_id, rule, path, id"  # noqa: S608 - our own
        return tuple(_from_row(row) for row in self._base.rows(sql, parameters))

    def said_suppressions(self, submission: int | None = None) -> tuple[Suppression, ...]:
        """What the triage record says of findings that no longer stand, as it can be shared: of one submission, or
        of all."""
        by_submission: dict[int, list[dict[str, Any]]] = {}
        for row in self._base.rows(_SAID, [submission]):
            by_submission.setdefault(row["submission"], []).append(row)
        said: list[Suppression] = []
        for number, rows in by_submission.items():
            wanted = records.dump([row["fingerprint"] for row in rows])
            found = {
                (f["fingerprint"], f["file_sha256"] or f["artifact"]): f
                for f in self._base.rows(_FOUND, [number, wanted])
            }
            for row in rows:
                finding = found.get((row["fingerprint"], row["file_sha256"]))
                if finding is not None:
                    said.append(_shareable(row, finding))
        return tuple(said)


def stable_path(raw_path: str, root: str) -> str:
    """The printable path of a finding without the one top folder, as suppressions know it."""
    return printable(raw_path.removeprefix(root) if root else raw_path)


def _shareable(said: dict[str, Any], finding: dict[str, Any]) -> Suppression:
    root = json.loads(finding["tree"]).get("root", "") if finding["tree"] else ""
    return Suppression(
        check=finding["check_id"],
        rule=finding["rule"],
        path=stable_path(records.name(finding["raw_path"]), root),
        sha256=said["file_sha256"],
        verdict=said["verdict"],
        reason=said["reason"],
        who=said["reviewer"],
        said=datetime.fromisoformat(said["at"]).replace(microsecond=0),
        fingerprint=said["fingerprint"],
    )


def _to_row(entry: Suppression) -> dict[str, Any]:
    return {
        "check_id": entry.check,
        "rule": entry.rule,
        "path": records.text(entry.path),
        "file_sha256": entry.sha256,
        "fingerprint": entry.fingerprint,
        "verdict": entry.verdict,
        "reason": records.text(entry.reason),
        "who": records.text(entry.who),
        "said": records.moment(entry.said) if entry.said else "",
        "until": entry.until.isoformat() if entry.until else "",
    }


def _from_row(row: dict[str, Any]) -> SharedSuppression:
    said = Suppression(
        check=row["check_id"],
        rule=row["rule"],
        path=row["path"],
        sha256=row["file_sha256"],
        verdict=row["verdict"],
        reason=row["reason"],
        who=row["who"],
        said=datetime.fromisoformat(row["said"]) if row["said"] else None,
        until=date.fromisoformat(row["until"]) if row["until"] else None,
        fingerprint=row["fingerprint"],
    )
    return SharedSuppression(
        row["id"], said, row["source"], row["imported_by"], datetime.fromisoformat(row["imported"])
    )
