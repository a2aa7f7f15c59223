"""Suppressions that a team shares: what a file says of findings, and when it counts. Pure logic, no store.

They bind as triage does: on the same bytes one holds until its last day; on other bytes, or after that day, it is
only offered. What the reviewer said here goes before what somebody else said elsewhere.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import tomli_w

from app.triage import NO_TRIAGE, TriageEntry, TriageMatch, Verdict, clean_text
from checks.runtime.suppression_file import SCHEMA, TABLE, Suppression

HEADING = """\
# Findings that were called false or accepted, to be shared: `assay suppressions import` takes this file.
# Each entry holds for the bytes with that SHA-256 only, and no longer than the day in `until`.

"""


@dataclass(frozen=True, slots=True)
class SharedSuppression:
    """A suppression that was imported: from which file, by whom, when. `id` is the store's number."""

    id: int
    said: Suppression
    source: str
    imported_by: str
    imported: datetime

    def entry(self, fingerprint: str) -> TriageEntry:
        """The same as a line of triage on a finding."""
        said = self.said
        return TriageEntry(
            fingerprint,
            said.sha256,
            Verdict(said.verdict),
            said.reason,
            said.who,
            said.said or self.imported,
            said.path,
            until=said.until,
            shared_by=self.source,
        )


def _order(said: Suppression) -> tuple[str, ...]:
    moment, until = (at.isoformat() if at else "" for at in (said.said, said.until))
    place = said.check, said.rule, said.path, said.sha256, said.fingerprint
    return *place, said.verdict, said.who, moment, until, said.reason


def _row(said: Suppression, *, plain: bool) -> dict[str, Any]:
    """One entry as it stands in a file; `plain` for JSON, which knows no days."""
    row: dict[str, Any] = {
        "check": said.check,
        "rule": said.rule,
        "path": said.path,
        "sha256": said.sha256,
        "fingerprint": said.fingerprint,
        "verdict": said.verdict,
        "reason": said.reason,
        "who": said.who,
        "said": said.said.astimezone(UTC).replace(microsecond=0) if said.said else None,
        "until": said.until,
    }
    kept = {key: value for key, value in row.items() if value not in (None, "") or key == "path"}
    if plain:
        kept |= {key: kept[key].isoformat().replace("+00:00", "Z") for key in ("said", "until") if key in kept}
    return kept


def write_suppressions(entries: Iterable[Suppression], form: str = "toml") -> bytes:
    """The file for these entries, as toml or json: sorted, each once, one key a line, the same for the same entries."""
    ordered = sorted(set(entries), key=_order)
    rows = [_row(said, plain=form == "json") for said in ordered]
    if form == "json":
        return (json.dumps({"schema": SCHEMA, TABLE["json"]: rows}, indent=1, ensure_ascii=False) + "\n").encode()
    parts = [f"{HEADING}schema = {json.dumps(SCHEMA)}\n"]
    parts += [f"[[{TABLE['toml']}]]\n{tomli_w.dumps(row)}" for row in rows]
    return "\n".join(parts).encode()


def clean_suppression(said: Suppression, until: date | None = None) -> Suppression:
    """With text that may be shown and exported; `until` is the last day of one that has none."""
    return dataclasses.replace(
        said,
        reason=clean_text(said.reason, 1000),
        who=clean_text(said.who, 200),
        until=said.until or until,
    )


def match_suppressions(
    fingerprint: str, file_sha256: str, shared: Sequence[SharedSuppression], today: date
) -> TriageMatch:
    """What `shared`, all of this finding's check, rule and path, mean for it; the latest said wins."""
    fitting = [s for s in shared if s.said.fingerprint in ("", fingerprint)]
    here = [s for s in fitting if file_sha256 and s.said.sha256 == file_sha256]
    for kind, among, expired in (
        ("holds", [s for s in here if not s.said.expired(today)], False),
        ("offered", here, True),
        ("offered", [s for s in fitting if not s.said.expired(today)], False),
    ):
        if among:
            entries = [s.entry(fingerprint) for s in among]
            latest = max(entries, key=lambda entry: (entry.at, entry.reviewer))
            return TriageMatch("holds" if kind == "holds" else "offered", latest, expired=expired)
    return NO_TRIAGE


def join_matches(
    own: TriageMatch, last_said: datetime | None, shared: TriageMatch, imported: datetime | None
) -> TriageMatch:
    """What counts of the reviewer's own triage and of what was shared.

    A verdict of the reviewer's own on these bytes wins. `last_said` is when they last spoke of these bytes: after the
    import (`imported`) they knew of it, and one that they withdrew then leaves the finding open.
    """
    if own.kind == "holds" or shared.kind == "none":
        return own
    if last_said is not None and (imported is None or last_said >= imported):
        return own
    if shared.kind == "offered" and own.kind == "offered":
        return own
    return shared
