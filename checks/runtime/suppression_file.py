"""The file in which people say that findings are false or accepted: read strictly, entry by entry.

A team's file is imported by the host; a developer's, inside a package, is read in the sandbox. Both have the schema
`assay-suppressions/1`, as TOML or JSON. A bad entry is named with its number and line, and the others count.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from checks.runtime.text import printable

SCHEMA = "assay-suppressions/1"
TABLE = {"toml": "suppression", "json": "suppressions"}
MAX_BYTES = 16 << 20
MAX_ENTRIES = 100_000
MAX_COMPLAINTS = 1_000
MAX_PATH = 4_096
MAX_REASON = 1_000
MAX_WHO = 200
VERDICTS = ("false_positive", "accepted_risk")

_KEYS = ("check", "rule", "path", "sha256", "verdict", "reason", "who", "said", "until", "fingerprint")
_CHECK = re.compile(r"[a-z0-9][a-z0-9_]{0,63}\Z")
_RULE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\Z")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}\Z")
_FINGERPRINT = re.compile(r"[0-9a-fA-F]{8,64}\Z")
# A name of so many parts: the reader of TOML needs memory with the square of their number, and we have no such names.
_LONG_NAME = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){33}""")
_HEADER = re.compile(r"[ \t]*\[\[[ \t]*suppression[ \t]*\]\]")


class BadFile(ValueError):
    """A file of which nothing can be used; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One entry. `path` is printable and without the one top folder of the package, empty for the package as a whole.

    `sha256` is that of the file's content (of the artifact, for the package as a whole). `until` is the last day on
    which it counts, None for no end. `fingerprint` ties it to one finding; without it every finding of that rule
    in that file is meant.
    """

    check: str
    rule: str
    path: str
    sha256: str
    verdict: str
    reason: str
    who: str = ""
    said: datetime | None = None
    until: date | None = None
    fingerprint: str = ""

    def expired(self, today: date) -> bool:
        """Whether its last day has gone by."""
        return self.until is not None and self.until < today


@dataclass(frozen=True, slots=True)
class Complaint:
    """An entry that cannot be used: its number (from 1), its line (0 where that is not known), and why."""

    number: int
    line: int
    text: str

    def __str__(self) -> str:
        return f"entry {self.number}: {self.text}"


@dataclass(slots=True)
class Suppressions:
    """What a file says: entries with number and line, and complaints: the first of them, and how many there are."""

    entries: list[tuple[int, int, Suppression]] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    bad: int = 0

    def blame(self, number: int, line: int, text: str) -> None:
        """Note an entry that cannot be used."""
        self.bad += 1
        if len(self.complaints) < MAX_COMPLAINTS:
            self.complaints.append(Complaint(number, line, printable(text, 300)))


def parse_suppressions(data: bytes) -> Suppressions:
    """Read a file; raises BadFile where it is none at all."""
    if len(data) > MAX_BYTES:
        raise BadFile(f"larger than {MAX_BYTES >> 20} MiB: split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"byte {error.start} is not UTF-8: save the file as UTF-8") from None
    if text.lstrip().startswith("{"):
        return _read_rows(_table(_load_json(text), "json"), [])
    if _LONG_NAME.search(text):
        raise BadFile("a name in it has more than 32 parts: shorten it")
    headers = [n for n, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for a number that nobody could mean
        return _read_pieces(text.split("\n"), headers, error)
    return _read_rows(_table(table, "toml"), headers)


def _load_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"not valid JSON ({error}): mend that place") from None


def _table(value: Any, form: str) -> list[Any]:
    """The rows of a document that says what it is."""
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise BadFile(f'its schema has to be "{SCHEMA}"')
    rows = value.get(TABLE[form], [])
    if not isinstance(rows, list):
        raise BadFile(f"{TABLE[form]!r} has to be a list")
    if len(rows) > MAX_ENTRIES:
        raise BadFile(f"more than {MAX_ENTRIES:,} entries: split it")
    if unknown := sorted(str(k) for k in value if k not in ("schema", TABLE[form])):
        raise BadFile(f"the key {unknown[0]!r} is not known; beside the schema there is {TABLE[form]!r} only")
    return rows


def _read_rows(rows: list[Any], headers: list[int]) -> Suppressions:
    read = Suppressions()
    lines = headers if len(headers) == len(rows) else [0] * len(rows)
    for number, (row, line) in enumerate(zip(rows, lines, strict=True), 1):
        _read_into(read, number, line, row)
    return read


def _read_into(read: Suppressions, number: int, line: int, row: Any) -> None:
    try:
        read.entries.append((number, line, read_entry(row)))
    except ValueError as error:
        read.blame(number, line, str(error))


def _read_pieces(lines: list[str], headers: list[int], error: Exception) -> Suppressions:
    """A file that is not TOML as a whole, entry by entry; BadFile where it cannot be cut into entries."""
    if not headers or len(headers) > MAX_ENTRIES:
        raise BadFile(f"neither a JSON object nor valid TOML ({error}): mend that place") from None
    try:
        _table(tomllib.loads("\n".join(lines[: headers[0] - 1])), "toml")
    except (tomllib.TOMLDecodeError, RecursionError):
        raise BadFile(f"not valid TOML ({error}): mend that place") from None
    read = Suppressions()
    for number, (start, end) in enumerate(zip(headers, [*headers[1:], len(lines) + 1], strict=True), 1):
        try:
            piece = tomllib.loads("\n".join(lines[start - 1 : end - 1]))
            [row] = piece["suppression"]
        except (ValueError, RecursionError) as fault:
            at = re.search(r"line (\d+)", str(fault))
            line = start - 1 + int(at[1]) if at else start
            what = re.sub(r" \(at .*\)$", "", str(fault))
            read.blame(number, min(line, len(lines)), f"not valid TOML ({what}): mend that line")
            continue
        if len(piece) > 1:
            read.blame(number, start, "is followed by a table of another name: remove that")
            continue
        _read_into(read, number, start, row)
    return read


def read_entry(row: Any) -> Suppression:
    """One entry; ValueError says which key is wrong, and what it has to be."""
    if not isinstance(row, dict):
        raise ValueError("has to be a table")
    if unknown := sorted(str(k) for k in row if k not in _KEYS):
        raise ValueError(f"the key {unknown[0]!r} is not known; use {', '.join(_KEYS)}")
    path = _text(row, "path", MAX_PATH, default="")
    if path.startswith("/") or path != printable(path):
        raise ValueError("'path' has to be that of the finding, as it is shown, without the one top folder")
    reason = _text(row, "reason", MAX_REASON)
    if not any(c.isalnum() for c in reason):
        raise ValueError("'reason' has to say something: write one sentence")
    verdict = _text(row, "verdict", 40)
    if verdict not in VERDICTS:
        raise ValueError(f"'verdict' has to be {' or '.join(VERDICTS)}")
    return Suppression(
        check=_match(row, "check", _CHECK, "the id of a check"),
        rule=_match(row, "rule", _RULE, "the id of a rule"),
        path=path,
        sha256=_match(row, "sha256", _SHA256, "the SHA-256 of the file's content, 64 hexadecimal digits").lower(),
        verdict=verdict,
        reason=reason,
        who=_text(row, "who", MAX_WHO, default=""),
        said=_moment(row),
        until=_day(row),
        fingerprint=_match(row, "fingerprint", _FINGERPRINT, "that of a finding").lower()
        if "fingerprint" in row
        else "",
    )


def _text(row: Mapping[str, Any], key: str, limit: int, default: str | None = None) -> str:
    value = row.get(key, default)
    if value is None:
        raise ValueError(f"{key!r} is missing: add it")
    if not isinstance(value, str):
        raise ValueError(f"{key!r} has to be a text")
    if len(value) > limit:
        raise ValueError(f"{key!r} is longer than {limit:,} characters: shorten it")
    return value


def _match(row: Mapping[str, Any], key: str, pattern: re.Pattern[str], what: str) -> str:
    value = _text(row, key, 200)
    if not pattern.match(value):
        raise ValueError(f"{key!r} has to be {what}")
    return value


def _moment(row: Mapping[str, Any]) -> datetime | None:
    """When it was said; without a time zone it is taken as UTC."""
    value = row.get("said")
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("'said' has to be a time such as 2026-01-31T12:00:00Z") from None
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise ValueError("'said' has to be a time such as 2026-01-31T12:00:00Z")
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:  # the first or last day there is, in another time zone
        raise ValueError("'said' has to be a time such as 2026-01-31T12:00:00Z") from None


def _day(row: Mapping[str, Any]) -> date | None:
    value = row.get("until")
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("'until' has to be a day such as 2026-12-31") from None
    if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
        raise ValueError("'until' has to be a day such as 2026-12-31")
    return value
