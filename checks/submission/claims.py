"""Developer's claims: what a package states of findings in itself, and whether that is about these bytes.

A claim is shown beside the finding that it speaks of. It resolves nothing, hides nothing and lowers nothing: it is
the word of the one who is being reviewed.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from checks import Fact, File, Finding, Package, Severity, check, resource_path
from checks.runtime.suppression_file import (
    BadFile,
    Suppression,
    Suppressions,
    parse_suppressions,
)
from checks.runtime.text import printable

MAX_CLAIMS = 1_000
MAX_FILE_BYTES = 1 << 20
MAX_FILES = 4
MAX_REASON = 700
MEND = (
    "Write the file as `assay suppressions export` does, with the path and the SHA-256 of each file as it is shipped."
)


@functools.cache
def _places() -> re.Pattern[str]:
    with resource_path("rules/claims.toml").open("rb") as stream:
        places = tomllib.load(stream)["places"]
    return re.compile("|".join(re.escape(place).replace(r"\*", "[^/]+") for place in places))


@check(kinds={"download"}, guidelines={"DL-16"}, severity=Severity.LOW, seconds=30.0, rules=("claims.toml",))
def claims(package: Package) -> Iterator[Finding | Fact]:
    """A reviewer should hear the developer's reasons beside what was found, and when they are about other bytes."""
    places = _places()
    root = _root(package)
    found = [e for e in package.entries if e.type == "file" and places.fullmatch(e.path.removeprefix(root))]
    if not found:
        return
    files: dict[str, list[File]] = {}
    for file in package.files:  # by either name: without the top folder, or as a finding shows it
        for path in dict.fromkeys((file.path.removeprefix(root), file.path)):
            files.setdefault(printable(path), []).append(file)
    left = MAX_CLAIMS
    for entry in found[:MAX_FILES]:
        file = package.file(entry)
        try:
            read = _read(file)
        except BadFile as bad:
            message = f"The file with the developer's claims cannot be read: {bad}"
            yield file.finding("unreadable_claims", message[:400], remediation=MEND)
            continue
        yield from _complain(file, read, left)
        for _, _, claim in read.entries[:left]:
            yield from _state(file, claim, files)
        left = max(0, left - len(read.entries))


def _root(package: Package) -> str:
    """The one folder that holds everything: it is no part of a path in a claim."""
    paths = [e.path for e in package.entries if e.type != "dir"]
    tops = {path.partition("/")[0] for path in paths}
    return tops.pop() + "/" if len(tops) == 1 and all("/" in path for path in paths) else ""


def _read(file: File) -> Suppressions:
    if file.size > MAX_FILE_BYTES:
        raise BadFile(f"larger than {MAX_FILE_BYTES >> 20} MiB: shorten it")
    return parse_suppressions(bytes(file.data))


def _complain(file: File, read: Suppressions, left: int) -> Iterator[Finding]:
    """What of the file cannot be used."""
    if read.complaints:
        first, number = read.complaints[0], read.bad
        where = f"line {first.line}, " if first.line else ""
        some = "One claim of the developer" if number == 1 else f"{number:,} claims of the developer"
        message = f"{some} cannot be used: {where}{first}"
        yield file.finding("bad_claim", message[:400], remediation=MEND)
    if len(read.entries) > left:
        message = f"There are more than {MAX_CLAIMS:,} claims: those after that are not shown"
        yield file.finding("too_many_claims", message, remediation="Mend what is found instead of explaining it.")


def _state(source: File, claim: Suppression, files: Mapping[str, list[File]]) -> Iterator[Finding | Fact]:
    """One claim as a fact about the file that it speaks of, and a finding where it does not fit."""
    name = f"{claim.check}/{claim.rule}"
    about = files.get(claim.path, []) if claim.path else []
    if not about:
        place = claim.path or "the package as a whole"
        message = f"A claim about {name} speaks of {place[:200]}, which is no file of this package"
        yield source.finding("claim_of_nothing", message, matched=f"{name} {claim.path}"[:500], remediation=MEND)
        return
    fitting = [file for file in about if file.sha256 == claim.sha256]
    for file in fitting or about[:1]:
        yield file.fact("claim", name, _words(claim, fits=bool(fitting)))
    if not fitting:
        message = f"The developer's claim about {name} is of other bytes than this file has"
        yield about[0].finding("claim_mismatch", message, matched=name, remediation=MEND)


def _words(claim: Suppression, *, fits: bool) -> str:
    """What is shown behind "The developer claims"."""
    reason = printable(" ".join(claim.reason.split()), MAX_REASON)
    words = f"{claim.verdict.replace('_', ' ')}: {reason}"
    if claim.until is not None:
        ended = ", which has gone by" if claim.expired(_today()) else ""
        words += f" (until {claim.until}{ended})"
    return words if fits else f"{words} [does not match: it is of other bytes than this file has]"


def _today() -> date:
    return datetime.now(UTC).date()
