"""What a version is to a reviewer: why it is here, what it is called, of which kind, and who has it in review.

Pure logic over what the marketplace tells and this desk keeps; the words are in resources/marketplace/marketplace.toml.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.marketplace.words import WAITING
from app.paths import RESOURCES
from app.triage import clean_text
from checks.runtime.text import printable

MAX_LABEL = 60
MAX_NAME = 80
TOKEN = r"AS-[0-9A-HJKMNP-TV-Z]{10}"  # noqa: S105 - the form of a decision's id, no secret
PUBLISHED = ("approved", "suspended")


@dataclass(frozen=True, slots=True)
class Rules:
    """The words and thresholds of the configuration."""

    kinds: Mapping[str, tuple[str, ...]]
    why: Mapping[str, str]
    grown_percent: int
    assign: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the marketplace says of one file."""

    name: str
    size: int
    mime_check: str = ""
    virus_scan: str = ""
    viruses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What is known of a version. `changed`: this desk has other bytes of it than it consists of now."""

    version: int
    label: str
    status: str
    is_live: bool = False
    files: tuple[FileFacts, ...] = ()
    changed: bool = False
    was_rejected: bool = False

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def published(self) -> bool:
        """Whether users had it."""
        return self.is_live or self.status in PUBLISHED


@functools.cache
def load_rules() -> Rules:
    """Read once; the file is ours, so that a fault in it is a fault of the program."""
    with (RESOURCES / "marketplace" / "marketplace.toml").open("rb") as stream:
        table = tomllib.load(stream)
    return Rules(
        kinds={kind: tuple(parts) for kind, parts in table["kinds"].items()},
        why=table["why"],
        grown_percent=int(table["thresholds"]["grown_percent"]),
        assign=_pattern(table["messages"]["assign"]),
    )


def _pattern(message: str) -> re.Pattern[str]:
    """What recognises a message again, whatever stands in for its placeholders."""
    parts = {"{reviewer}": r"(?P<reviewer>[^\n]{1,200}?)", "{id}": rf"(?P<id>{TOKEN})"}
    pieces = re.split(r"(\{reviewer\}|\{id\})", message)
    return re.compile(r"\s*" + "".join(parts.get(piece) or re.escape(piece) for piece in pieces) + r"\s*")


def name_holder(status: str, modified_by: str, reason: str) -> str:
    """Who has a version in review, empty where nobody does.

    Only the marketplace's own side can say so: what a developer writes in a reason names nobody.
    """
    if status != "inReview":
        return ""
    if modified_by == "developer":
        return "the developer"
    match = load_rules().assign.fullmatch(reason)
    return clean_text(match["reviewer"]) if match else "the marketplace"


def find_tokens(reason: str) -> tuple[str, ...]:
    """Ids of decisions in a reason; whether they are ours the outbox knows."""
    return tuple(re.findall(rf"(?<![0-9A-Z-]){TOKEN}(?![0-9A-Z])", reason))


def name_version(version: int, custom: Mapping[str, Any]) -> str:
    """What people call it: the developer's own number where there is one, else the marketplace's."""
    for field in ("version", "versionLabel"):
        value = custom.get(field)
        if isinstance(value, str) and value.strip():
            return printable(value.strip(), MAX_LABEL)
    return str(version)


def name_kind(type: str) -> str:
    """The kind that decides which guidelines hold, empty where the type does not tell: the package will."""
    lowered = type.casefold()
    for kind, parts in load_rules().kinds.items():
        if lowered and any(part in lowered for part in parts):
            return kind
    return ""


def explain(
    about: VersionFacts, others: Sequence[VersionFacts] = (), *, known_developer: bool = False
) -> tuple[str, ...]:
    """Why a version is here, strongest first. `others` are the app's other versions; `known_developer` = another app
    of this developer was published."""
    found = dict(_of_files(about))
    live = next((v for v in (about, *others) if v.is_live), None)
    approved = [v.version for v in (about, *others) if v.status == "approved"]
    if live is not None and approved and max(approved) > live.version:
        found["rolled_back"] = {}
    if about.status in WAITING:
        found |= _of_app(about, others, live, known_developer)
    return tuple(words.format(**found[rule]) for rule, words in load_rules().why.items() if rule in found)


def _of_files(about: VersionFacts) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    viruses = [name for file in about.files for name in file.viruses]
    if viruses or any(file.virus_scan == "DIRTY" for file in about.files):
        named = ", ".join(dict.fromkeys(printable(v, MAX_NAME) for v in viruses[:3]))
        found["infected"] = {"viruses": named or "something that it does not name"}
    if failed := [file.name for file in about.files if file.mime_check == "FAILED"]:
        found["mime_failed"] = {"file": _listed(failed)}
    if about.status in WAITING:
        if unknown := [f.name for f in about.files if f.virus_scan not in ("CLEAN", "DIRTY") and not f.viruses]:
            found["not_scanned"] = {"file": _listed(unknown)}
        if about.changed:
            found["changed"] = {}
    return found


def _of_app(
    about: VersionFacts, others: Sequence[VersionFacts], live: VersionFacts | None, known_developer: bool
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if any(v.version < about.version and (v.was_rejected or v.status == "rejected") for v in others):
        found["rejected_before"] = {}
    if live is not None and live is not about and live.size:
        percent = round(100 * (about.size - live.size) / live.size)
        if percent >= load_rules().grown_percent:
            found["grown"] = {"percent": f"{percent:,}"}
    published = [v for v in others if v.published]
    if published:
        before = live if live is not None and live is not about else max(published, key=lambda v: v.version)
        found["update"] = {"live": before.label}
    else:
        found["new_app" if known_developer else "first_app"] = {}
    return found


def _listed(names: Sequence[str]) -> str:
    first = printable(names[0], MAX_NAME)
    return first if len(names) == 1 else f"{first} and {len(names) - 1} more"
