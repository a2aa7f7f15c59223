"""Indicators: addresses, wallets and webhooks that the package carries.

No judgement: facts for the reviewer to see whom a package may speak to, and for the archive to be searched on the day
an address becomes known as bad. What programs use to send data to without a server of their own is told as well.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from checks import Fact, File, Finding, Package, Severity, Unchecked, check, prepared_path
from checks.content._places import roles
from checks.content._scan import load_scanner
from checks.downloads._addresses import Address, Searcher, load_table, prepare
from checks.runtime.package import MAX_CONTENT

REFERENCES = ("CWE-506",)
WINDOW, OVERLAP = 16 << 20, 4096
MAX_SHOWN = 5
_RULES = {
    "webhook": ("webhook", "Data can be sent from here to a chat without a server of one's own"),
    "onion": ("onion", "Hidden services stand in the package"),
    "wallet": ("wallet", "Addresses of wallets stand in the package"),
    "service": ("public-service", "Tunnels, pastes, file drops or request catchers stand in the package"),
    "ip": ("raw-address", "Servers stand in the package by number, not by name"),
}
_REPOSITORY = re.compile(
    rb"(?i)[/@]((?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)[/:][\w.-]{1,80}/[\w-]{1,80})"
)
_MANIFESTS = frozenset(
    {"package.json", "metadata", "pkg-info", "pyproject.toml", "composer.json", "cargo.toml", "pom.xml"}
)


@dataclass(slots=True)
class _Seen:
    """One address: where first, and in how many files."""

    address: Address
    file: File
    files: int = 1
    last: int = field(default=-1)


@check(
    kinds={"download", "web", "chart"},
    guidelines={"DL-18"},
    severity=Severity.INFO,
    rules=("indicators.toml", "places.toml"),
    uses=("hyperscan", "google-re2"),
    prepare=prepare,
)
def indicators(package: Package) -> Iterator[Finding | Fact | Unchecked]:
    """Every address once, the rare and telling ones first."""
    table = load_table()
    searcher = Searcher(load_scanner(prepared_path("indicators")), table)
    seen: dict[tuple[str, str], _Seen] = {}
    left = int(table["limits"]["package"])
    contents: set[str] = set()
    for file in package.files:
        if not file.size or file.unpacked or (file.sha256 and file.sha256 in contents) or "map" in roles(file.path):
            continue
        contents.add(file.sha256)
        complete = True
        for base, data in _windows(file):
            found, looks, all_of_it = searcher.search(data, max(1, min(left, table["limits"]["file"])))
            complete, left = complete and all_of_it, left - looks
            _note(seen, found, file, base)
        if not complete:
            yield file.unchecked("too many addresses: those behind the first thousands were not gathered")
        if left <= 0:
            yield package.unchecked("too many addresses: the remaining files were not searched for them")
            break
    judge = _Judge(table, _own_repositories(package))
    graded = sorted(((judge.grade(s), s) for s in seen.values()), key=_order)
    yield from _facts(graded, table["limits"])
    yield from _findings(graded)


def _windows(file: File) -> Iterator[tuple[int, bytes]]:
    """The bytes in pieces that overlap, with their offsets; a large file is never wholly in memory."""
    if file.size <= min(WINDOW, MAX_CONTENT):
        yield 0, file.head(file.size)
        return
    kept, at = b"", 0
    for piece in file.chunks(WINDOW):
        yield at - len(kept), kept + piece
        kept, at = piece[-OVERLAP:], at + len(piece)


def _note(seen: dict[tuple[str, str], _Seen], found: Iterable[Address], file: File, base: int) -> None:
    for address in found:
        address = Address(address.kind, address.value, address.host, base + address.start, base + address.end)
        for one in (address, _host_of(address)):
            if one is None:
                continue
            known = seen.get((one.kind, one.value))
            if known is None:
                seen[one.kind, one.value] = _Seen(one, file, last=file.number)
            elif known.last != file.number:
                known.files, known.last = known.files + 1, file.number


def _host_of(address: Address) -> Address | None:
    """The host of a URL as an address of its own."""
    if address.kind != "url":
        return None
    kind = "ipv6" if ":" in address.host else "ipv4" if address.host.replace(".", "").isdigit() else "domain"
    if kind == "domain" and address.host.endswith(".onion"):
        kind = "onion"
    return Address(kind, address.host, address.host, address.start, address.end)


def _own_repositories(package: Package) -> frozenset[str]:
    """`github.com/owner/name` as the manifests name it."""
    found: set[str] = set()
    for file in package.files[:200_000]:
        if file.path.count("/") <= 2 and file.name.lower() in _MANIFESTS:
            for match in _REPOSITORY.finditer(file.head(64 << 10)):
                found.add(match[1].decode("latin-1").lower().replace(":", "/").removesuffix(".git"))
    return frozenset(found)


class _Judge:
    """Says how telling an address is: LOW for what programs with bad intent use, INFO, or None for noise."""

    def __init__(self, table: dict[str, Any], own: frozenset[str]) -> None:
        self._noise, self._services = frozenset(table["noise"]["hosts"]), frozenset(table["services"]["hosts"])
        self._networks = [ipaddress.ip_network(text) for text in table["noise"]["networks"]]
        self._mails, self._forges = frozenset(table["noise"]["mails"]), frozenset(table["noise"]["forges"])
        self._own = own

    def grade(self, seen: _Seen) -> tuple[Severity | None, str]:
        """The grade, and the rule of its finding where it has one."""
        kind, host = seen.address.kind, seen.address.host
        if kind in ("webhook", "onion", "wallet"):
            return Severity.LOW, kind
        if kind == "email":
            return (None if _within(host, self._mails) else Severity.INFO), ""
        if kind in ("ipv4", "ipv6") or host.replace(".", "").isdigit() or ":" in host:
            if self._is_quiet(host):
                return None, ""
            return (Severity.LOW, "ip") if kind == "url" else (Severity.INFO, "")
        if _within(host, self._services):
            return Severity.LOW, "service"
        if _within(host, self._noise) or (kind == "domain" and host in self._forges):
            return None, ""
        if host in self._forges and any(f"/{own}" in seen.address.value.lower() for own in self._own):
            return None, ""
        return Severity.INFO, ""

    def _is_quiet(self, host: str) -> bool:
        try:
            number = ipaddress.ip_address(host)
        except ValueError:
            return True  # four numbers that are none
        return any(number in network for network in self._networks)


def _within(host: str, names: frozenset[str]) -> bool:
    """Whether a host is one of the names, or below one."""
    parts = host.split(".")
    return any(".".join(parts[at:]) in names for at in range(len(parts)))


_Graded = tuple[tuple[Severity | None, str], _Seen]
_KINDS = ("webhook", "onion", "wallet", "ipv4", "ipv6", "domain", "url", "email")


def _order(item: _Graded) -> tuple[int, bool, int, int, str]:
    """The graver, in code before documents, in few files before many."""
    (grade, _), seen = item
    rank = -1 if grade is None else int(grade)
    is_told = not roles(seen.file.path).isdisjoint({"doc", "test"})
    return -rank, is_told, seen.files, _KINDS.index(seen.address.kind), seen.address.value


def _facts(graded: Iterable[_Graded], limits: dict[str, int]) -> Iterator[Fact]:
    """Within the bounds of each sort, so that a thousand links do not push out the one server."""
    told: dict[str, int] = defaultdict(int)
    bounds = {"noise": limits["noise"], "email": limits["mails"], "url": limits["urls"], "all": limits["facts"]}
    for (grade, _), seen in graded:
        kind = seen.address.kind
        sort = "noise" if grade is None else kind
        if told[sort] >= bounds.get(sort, limits["facts"]) or told["all"] >= bounds["all"]:
            continue
        told[sort] += 1
        told["all"] += 1
        yield seen.file.fact("address", kind, seen.address.value, grade=grade)


def _findings(graded: Iterable[_Graded]) -> Iterator[Finding]:
    groups: dict[str, list[_Seen]] = defaultdict(list)
    for (_, rule), seen in graded:
        if rule and not (rule == "service" and seen.address.kind == "domain"):
            groups[rule].append(seen)
    for rule, members in groups.items():
        shown = [seen for seen in members if not roles(seen.file.path) & {"doc", "test"}]
        if not shown:
            continue
        name, words = _RULES[rule]
        first = shown[0]
        values = ", ".join(seen.address.value[:80] for seen in shown[:MAX_SHOWN])
        more = f" and {len(shown) - MAX_SHOWN:,} more" if len(shown) > MAX_SHOWN else ""
        yield first.file.finding(
            name,
            f"{words}: {values}{more}.",
            span=(first.address.start, first.address.end),
            severity=Severity.INFO,
            matched=",".join(sorted(seen.address.value for seen in shown))[:500],
            references=REFERENCES,
        )
