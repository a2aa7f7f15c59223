"""What a piece of code that runs on installation can do: network, programs, private data, disguise."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from checks.content._scan import compile_bytes
from checks.runtime.model import Severity
from checks.runtime.package import resource_path

MAX_SCRIPT = 2 << 20


@cache
def table() -> dict[str, Any]:
    """rules/install_hook.toml, read once a process."""
    return _read(resource_path("rules/install_hook.toml"))


@cache
def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        return tomllib.load(stream)


def is_known(section: str, text: bytes) -> bool:
    """Whether the whole text is one of the harmless ones that a section lists."""
    return _whole(tuple(table()[section]["known"])).search(text) is not None


@cache
def _whole(expressions: tuple[str, ...]) -> Any:
    return compile_bytes(r"\A\s*(?:" + "|".join(f"(?:{e})" for e in expressions) + r")\s*\z")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How bad, in which words, and the bytes that show it (None where nothing was found)."""

    severity: Severity
    words: str
    span: tuple[int, int] | None = None


NOTHING = Verdict(Severity.INFO, "")


def assess(code: bytes) -> Verdict:
    """Grade code by what it joins together; a single ability is never more than medium.

    Words that are put together of parts (`'Net.Web' + 'Client'`) are read as what they say.
    """
    code = code[:MAX_SCRIPT]
    verdict = _assess(code)
    joined = compile_bytes(table()["joints"]["between"]).sub(b"", code)
    if joined == code or verdict.severity >= Severity.HIGH:
        return verdict
    hidden = _assess(joined)
    return Verdict(hidden.severity, hidden.words) if hidden.severity > verdict.severity else verdict


def _assess(code: bytes) -> Verdict:
    found = {name: compile_bytes(expression).search(code) for name, expression in table()["threats"].items()}
    found.pop("url")
    span = {name: match.span() for name, match in found.items() if match is not None}
    if "piped" in span:
        return Verdict(Severity.CRITICAL, "runs what it downloads", span["piped"])
    reaches = "network" in span
    if reaches and "private" in span:
        if "shady" in span or not _only_known_hosts(code):
            return Verdict(
                Severity.CRITICAL,
                "collects facts about the machine or its user and reaches the network",
                span["private"],
            )
        return Verdict(Severity.MEDIUM, "reads facts about the machine and reaches the network", span["private"])
    if "obfuscated" in span and (reaches or "execute" in span):
        severity = Severity.CRITICAL if reaches else Severity.HIGH
        return Verdict(severity, "runs code that is hidden from the reader", span["obfuscated"])
    if reaches and "shady" in span:
        return Verdict(Severity.HIGH, "talks to an address that no build needs", span["shady"])
    if reaches and "execute" in span:
        if not _only_known_hosts(code):
            return Verdict(
                Severity.HIGH, "downloads from a host that is no package registry, and runs programs", span["network"]
            )
        return Verdict(Severity.MEDIUM, "downloads and runs programs", span["network"])
    if reaches:
        return Verdict(Severity.MEDIUM, "reaches the network", span["network"])
    if "obfuscated" in span:
        return Verdict(Severity.MEDIUM, "holds long encoded data", span["obfuscated"])
    if "execute" in span:
        return Verdict(Severity.LOW, "starts programs", span["execute"])
    return NOTHING


def _only_known_hosts(code: bytes) -> bool:
    """Whether every address outside of comments is one from which packages usually fetch; none counts as known."""
    known = _whole(tuple(table()["hosts"]["known"]))
    spoken = compile_bytes(r"(?m)^\s*(//|\*|#|/\*).*$|\s//\s.*$").sub(b"", code)
    hosts = (match.group(1).lower() for match in compile_bytes(table()["threats"]["url"]).finditer(spoken))
    return all(known.search(host) is not None for host in hosts)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The gravest of these, the first among equals; NOTHING where there are none."""
    return max(verdicts, key=lambda verdict: verdict.severity, default=NOTHING)
