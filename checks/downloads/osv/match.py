"""Components against the advisory database: a look-up by name, then versions, then one answer for all aliases."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checks import Severity, Unavailable
from checks.downloads.components.gathering import Part
from checks.downloads.osv.names import ECOSYSTEMS, debian_release, name_key
from checks.downloads.osv.records import FORMAT
from checks.downloads.osv.versions import Ranges, allows, covers_all, lowest_allowed, touches

MAX_HITS = 5_000
MAX_UNPACKED = 16 << 20


@dataclass(frozen=True, slots=True)
class Match:
    """One advisory that touches a component, its aliases folded in.

    `fixed` is empty where no repaired version is known. `ranged`: only a declared range says which version;
    `repairable` then tells whether it lets the repaired version in.
    """

    name: str
    aliases: tuple[str, ...]
    severity: Severity | None
    malicious: bool
    summary: str
    fixed: str
    ranged: bool = False
    repairable: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Every name it goes by."""
        return frozenset((self.name, *self.aliases))


@dataclass(frozen=True, slots=True)
class _Hit:
    osv: str
    severity: int
    summary: str
    aliases: tuple[str, ...]
    release: str
    ranges: Ranges
    versions: Sequence[str]


class Advisories:
    """The database as a worker sees it: read-only, and nobody writes to it. Raises Unavailable where it is none."""

    def __init__(self, path: Path) -> None:
        again = "the advisory database cannot be read: import the exports again with `assay advisories import`"
        if not path.exists():
            raise Unavailable("there is no advisory database: `assay advisories import FILE.zip` makes one")
        try:
            self._connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
            row = self._connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        except sqlite3.Error:
            raise Unavailable(again) from None
        if row is None or row[0] != FORMAT:
            raise Unavailable(again)
        self._known = {name for (name,) in self._connection.execute("SELECT name FROM ecosystem")}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def knows(self, kind: str) -> bool:
        """Whether there are advisories for this type of package URL."""
        return ECOSYSTEMS.get(kind) in self._known

    def _look_up(self, ecosystem: str, name: str) -> list[_Hit]:
        rows = self._connection.execute(
            "SELECT a.osv, a.severity, a.summary, a.aliases, f.release, f.ranges, f.versions "
            "FROM affected f JOIN advisory a ON a.id = f.advisory WHERE f.ecosystem = ? AND f.name = ? LIMIT ?",
            (ecosystem, name_key(ecosystem, name).encode("utf-8", "replace").decode(), MAX_HITS),
        )
        return [
            _Hit(osv, severity, summary, tuple(aliases.split()), release, _unpack(ranges), _unpack(versions))
            for osv, severity, summary, aliases, release, ranges, versions in rows
        ]

    def match(self, part: Part) -> list[Match]:
        """The advisories that touch this component, one for each set of aliases, the gravest first."""
        ecosystem = ECOSYSTEMS.get(part.kind)
        if ecosystem is None or ecosystem not in self._known:
            return []
        name = part.name.partition("/")[2] if part.kind == "deb" else part.name
        release = debian_release(part.version) if part.kind == "deb" else ""
        if part.kind == "deb" and not release:
            return []  # which release it was made for decides, and nothing tells
        found = []
        for hit in self._look_up(ecosystem, name):
            if release and hit.release and hit.release != release:
                continue
            match = _judge(part, ecosystem, hit)
            if match is not None:
                found.append(match)
        return fold(found)


def _unpack(value: bytes | str) -> Any:
    if isinstance(value, bytes):
        value = zlib.decompressobj().decompress(value, MAX_UNPACKED).decode()
    return json.loads(value) if value else []


def _judge(part: Part, ecosystem: str, hit: _Hit) -> Match | None:
    malicious = hit.osv.startswith("MAL-")
    severity = None if hit.severity < 0 else Severity(hit.severity)
    ranged = repairable = False
    if part.version:
        touched, fixed = touches(ecosystem, part.version, hit.ranges, hit.versions)
    elif covers_all(hit.ranges):
        touched, fixed = True, ""  # whichever version is taken
    else:
        lowest = lowest_allowed(ecosystem, part.wanted)
        ranged = True
        touched, fixed = touches(ecosystem, lowest, hit.ranges, hit.versions) if lowest else (False, "")
        repairable = bool(fixed) and allows(part.kind, part.wanted, fixed) is True
    if not touched:
        return None
    return Match(hit.osv, hit.aliases, severity, malicious, hit.summary, fixed, ranged, repairable)


def _order(name: str) -> tuple[int, str]:
    """Malicious first, then the names that people know."""
    starts = ("MAL-", "CVE-", "GHSA-")
    return next((number for number, start in enumerate(starts) if name.startswith(start)), len(starts)), name


def fold(matches: Iterable[Match]) -> list[Match]:
    """One match for those that are aliases of each other."""
    groups: list[list[Match]] = []
    for match in matches:
        near = [group for group in groups if any(not match.names.isdisjoint(other.names) for other in group)]
        for group in near:
            groups.remove(group)
        groups.append([match, *(other for group in near for other in group)])
    return sorted((_joined(group) for group in groups), key=_gravity)


def _gravity(match: Match) -> tuple[bool, int, str]:
    severity = Severity.MEDIUM if match.severity is None else match.severity
    return (not match.malicious, -int(severity), match.name)


def _joined(group: list[Match]) -> Match:
    names = sorted({name for match in group for name in match.names}, key=_order)
    best = min(group, key=lambda match: (not match.fixed, _order(match.name)))
    worst = max((match.severity for match in group if match.severity is not None), default=None)
    return Match(
        names[0],
        tuple(names[1:]),
        worst,
        any(match.malicious for match in group),
        next((match.summary for match in (best, *group) if match.summary), ""),
        best.fixed,
        all(match.ranged for match in group),
        all(match.repairable for match in group),
    )
