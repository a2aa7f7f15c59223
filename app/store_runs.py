"""The part of the store that keeps runs: how each check ended, every finding, and the search over them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app import records
from app.database import StoreError
from app.model import UNLISTED_GROUPS, Artifact, CheckResult, Isolation, Run, RunFact, RunFinding
from app.schema import FULL_TEXT
from app.store_base import StoreBase
from checks import Outcome

if TYPE_CHECKING:
    from sqlite_utils import Database

_FINDINGS = ", ".join(f"f.{column}" for column in records.FINDING_COLUMNS)

_CHECK, _SEVERITY = (records.FINDING_COLUMNS.index(name) for name in ("check_id", "severity"))

_TEXTS = ", ".join(FULL_TEXT)
_INDEX = f"INSERT INTO findings_fts(rowid, {_TEXTS}) SELECT id, {_TEXTS} FROM findings WHERE run = ?"  # noqa: S608
_UNINDEX = (
    f"INSERT INTO findings_fts(findings_fts, rowid, {_TEXTS}) "  # noqa: S608 - our own columns
    f"SELECT 'delete', id, {_TEXTS} FROM findings WHERE run = ?"
)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A finding that a search found, in the latest finished run of its submission."""

    submission: int
    finding: RunFinding


class RunStore(StoreBase):
    """Runs of a battery. One that was cut off has no end, and keeps what it had found until then."""

    def start_run(
        self,
        submission: int,
        *,
        profile: str,
        isolation: Isolation,
        kind: str = "",
        tool: str = "",
        baseline: Artifact | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> int:
        """Enter a run before its first check, so that one that is cut off leaves a trace; gives its number."""
        with self.transaction() as db:
            about = self.submission(submission)
            row = {
                "submission": submission,
                "artifact": about.artifact.sha256,
                "kind": kind or about.kind,
                "profile": profile,
                "started": records.moment(self._clock()),
                "isolation": records.dump(dataclasses.asdict(isolation)),
                "baseline": records.dump(records.artifact_dict(baseline)) if baseline else None,
                "parameters": records.dump(dict(parameters or {})),
                "cancelled": 0,
                "tool": records.text(tool),
            }
            return self._insert(db, "runs", row)

    def add_results(self, run: int, checks: Iterable[CheckResult], findings: Iterable[RunFinding]) -> None:
        """Keep what a running battery has so far; a check that is there already is replaced, findings included."""
        checks = tuple(checks)
        with self.transaction() as db:
            if self._base.rows("SELECT id FROM runs WHERE id = ? AND finished IS NOT NULL", [run]):
                raise StoreError(f"run {run} has ended: its record does not change any more")
            for table in ("check_results", "findings"):
                for check in checks:
                    db.table(table).delete_where("run = ? AND check_id = ?", [run, check.id])
            _insert_results(db, run, checks, findings)

    def finish_run(self, run: Run) -> None:
        """Keep the whole run and end it, at `run.finished` or now; replaces what `add_results` kept of it."""
        with self.transaction() as db:
            row = {
                "finished": records.moment(run.finished or self._clock()),
                "kind": run.kind,
                "profile": run.profile,
                "isolation": records.dump(dataclasses.asdict(run.isolation)),
                "tree": records.dump(dataclasses.asdict(run.tree)) if run.tree else None,
                "baseline": records.dump(records.artifact_dict(run.baseline)) if run.baseline else None,
                "cancelled": int(run.cancelled),
                "tool": records.text(run.tool),
            }
            found = self._base.rows("SELECT submission, artifact, finished FROM runs WHERE id = ?", [run.id])
            if not found or (found[0]["submission"], found[0]["artifact"]) != (run.submission, run.artifact.sha256):
                raise StoreError(f"there is no run {run.id} of submission {run.submission} over these bytes")
            if found[0]["finished"]:
                db.execute(_UNINDEX, [run.id])
            db.table("runs").update(run.id, row)
            for table in ("check_results", "findings", "facts", "components"):
                db.table(table).delete_where("run = ?", [run.id])
            _insert_results(db, run.id, run.checks, run.findings)
            _insert(db, "facts", records.FACT_COLUMNS, (records.fact_row(run.id, f) for f in run.facts))
            parts = (records.component_row(run.id, c) for c in run.inventory)
            _insert(db, "components", records.COMPONENT_COLUMNS, parts)
            db.execute(_INDEX, [run.id])
            self._log(db, "assay", "run", run.submission, _told(run))

    def last_run(self, submission: int, *, finished_only: bool = True) -> Run | None:
        """The latest run with results and findings; without `finished_only` it may be one that was cut off.

        A run of chosen checks only (parameter `only`) is kept as history and is no review's evidence. But checks that
        asked the network in one, with the reviewer's consent, speak for these bytes where the full run could not.
        """
        with self._base.reading() as db:
            rows = self._base.rows(
                "SELECT * FROM runs WHERE submission = ? AND (finished IS NOT NULL OR NOT ?) "
                "AND json_extract(parameters, '$.only') IS NULL ORDER BY id DESC LIMIT 1",
                [submission, finished_only],
            )
            if not rows:
                return None
            number = rows[0]["id"]
            results = self._base.rows("SELECT * FROM check_results WHERE run = ? ORDER BY id", [number])
            sql = f"SELECT {_FINDINGS} FROM findings f WHERE run = ? ORDER BY id"  # noqa: S608 - our own columns
            findings = db.execute(sql, [number]).fetchall()
            for check, run in self._asked(submission, rows[0]["artifact"], number, results).items():
                told = self._base.rows("SELECT * FROM check_results WHERE run = ? AND check_id = ?", [run, check])
                at = next((n for n, r in enumerate(results) if r["check_id"] == check), len(results))
                results[at : at + 1] = told
                findings = [f for f in findings if f[_CHECK] != check]
                of_check = f"SELECT {_FINDINGS} FROM findings f WHERE run = ? AND check_id = ? ORDER BY id"  # noqa: S608
                findings += db.execute(of_check, [run, check]).fetchall()
                findings.sort(key=lambda f: -f[_SEVERITY])
            facts = self._facts(db, number, listed=True)
            sql = f"SELECT {', '.join(records.COMPONENT_COLUMNS)} FROM components WHERE run = ? ORDER BY id"  # noqa: S608
            inventory = db.execute(sql, [number]).fetchall()
            artifact = self.submission(submission).artifact
        return records.read_run(
            rows[0],
            artifact,
            tuple(records.read_result(r) for r in results),
            tuple(records.read_finding(f) for f in findings),
            facts,
            tuple(records.read_component(c) for c in inventory),
        )

    def _asked(self, submission: int, artifact: str, number: int, results: Sequence[Any]) -> dict[str, int]:
        """The run that speaks for each check that asked the network: a later one that ran, or any where none did."""
        ran = {r["check_id"]: Outcome(r["outcome"]).ran for r in results}
        rows = self._base.rows(
            "SELECT r.id, c.check_id, c.outcome FROM runs r, json_each(r.parameters, '$.live') l "
            "JOIN check_results c ON c.run = r.id AND c.check_id = l.value "
            "WHERE r.submission = ? AND r.artifact = ? AND r.finished IS NOT NULL AND c.outcome <> 'cancelled' "
            "AND json_extract(r.parameters, '$.only') IS NOT NULL ORDER BY r.id",
            [submission, artifact],
        )
        asked: dict[str, int] = {}
        for row in rows:
            check, answered = row["check_id"], Outcome(row["outcome"]).ran
            if not ran.get(check) or (answered and (check in asked or row["id"] > number)):
                asked[check], ran[check] = row["id"], answered
        return asked

    def facts(self, run: int) -> tuple[RunFact, ...]:
        """All facts of a run, those as well that `last_run` leaves out because nobody reads them one by one."""
        with self._base.reading() as db:
            return self._facts(db, run, listed=False)

    @staticmethod
    def _facts(db: Database, run: int, *, listed: bool) -> tuple[RunFact, ...]:
        sql = f"SELECT {', '.join(records.FACT_COLUMNS)} FROM facts WHERE run = ?"  # noqa: S608 - our own columns
        if listed:
            sql += f" AND grp NOT IN ({', '.join(repr(g) for g in sorted(UNLISTED_GROUPS))})"
        return tuple(records.read_fact(row) for row in db.execute(sql + " ORDER BY id", [run]).fetchall())

    def runs(self, submission: int) -> tuple[Run, ...]:
        """All runs, the newest first, without their checks and findings; `finished` None = cut off, or still going."""
        artifact = self.submission(submission).artifact
        rows = self._base.rows("SELECT * FROM runs WHERE submission = ? ORDER BY id DESC", [submission])
        return tuple(records.read_run(row, artifact) for row in rows)

    def search(self, text: str, limit: int = 200) -> tuple[SearchHit, ...]:
        """Findings whose message, path or snippet has words that begin like these, the best first."""
        wanted = " ".join('"' + word.replace('"', '""') + '"*' for word in records.text(text).split())
        if not wanted:
            return ()
        sql = f"""
            SELECT r.submission, {_FINDINGS} FROM findings_fts x
            JOIN findings f ON f.id = x.rowid JOIN runs r ON r.id = f.run
            WHERE findings_fts MATCH ? AND r.id IN
                (SELECT max(id) FROM runs WHERE finished IS NOT NULL GROUP BY submission)
            ORDER BY x.rank LIMIT ?
        """  # noqa: S608 - our own columns
        with self._base.reading() as db:
            rows = db.execute(sql, [wanted, limit]).fetchall()
        return tuple(SearchHit(row[0], records.read_finding(row[1:])) for row in rows)


def _insert_results(db: Database, run: int, checks: Iterable[CheckResult], findings: Iterable[RunFinding]) -> None:
    _insert(db, "check_results", records.RESULT_COLUMNS, (records.result_row(run, c) for c in checks))
    _insert(db, "findings", records.FINDING_COLUMNS, (records.finding_row(run, f) for f in findings))


def _insert(db: Database, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """In bulk: row by row through sqlite-utils 20,000 findings would take a minute."""
    places = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our own columns
    db.conn.executemany(sql, rows)


def _told(run: Run) -> dict[str, Any]:
    """What the log says of a run: enough to see which evidence a decision stood on."""
    return {
        "run": run.id,
        "kind": run.kind,
        "profile": run.profile,
        "cancelled": run.cancelled,
        "findings": sum(f.state != "fixed" for f in run.findings),
        "did_not_run": sorted(c.id for c in run.checks if not c.outcome.ran),
        "limited": sorted(c.id for c in run.checks if c.limitation),
        "isolation": run.isolation.launcher,
    }
