"""Addresses in bytes, text or not: found by one hyperscan pass, read by RE2 around each hit, cleaned of secrets.

Nothing that leaves here holds a user name, a password, a query, a fragment, or a part of a path that looks drawn by
chance: those are what tokens and one-time links are made of.
"""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.content._scan import Scanner, compile_bytes, compile_database
from checks.runtime.package import resource_path

# Bytes around a hit that are read, by what was hit.
BEFORE, AFTER = {"email": 300}, {"url": 700}
NEAR = 110
CACHED = 20_000
_URL = (
    r"(?i)(https?|wss?|ftps?)://(?:[^\s/@\"'<>]{1,200}@)?"
    r"((?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.){1,10}[a-z][a-z0-9-]{1,62}|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]{2,45}\])"
    r"(:\d{1,5})?(/[^\s\"'<>`\\)(?#;{}|^*$\x00-\x1f\x7f-\xff]*)?"
)
_MAIL = r"(?i)[a-z0-9_+-][a-z0-9._+-]{0,63}@((?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,6}[a-z]{2,24})"
_IPV4 = r"(?:^|[\x00-\x20\"'`/:=@()\[\]<>,;|])((?:\d{1,3}\.){3}\d{1,3})(?:[\x00-\x20\"'`/:=@()\[\]<>,;|&]|$)"
_IPV6 = r"(?i)[23][0-9a-f]{3}:[0-9a-f:]{2,35}"
_ONION = r"(?i)((?:[a-z2-7]{56}|[a-z2-7]{16})\.onion)"
_WALLETS = {
    "bitcoin": r"[13][1-9A-HJ-NP-Za-km-z]{25,33}|bc1[02-9ac-hj-np-z]{39,59}",
    "tron": r"T[1-9A-HJ-NP-Za-km-z]{33}",
    "monero": r"[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}",
    "ethereum": r"0x[0-9a-fA-F]{40}",
}
_TELEGRAM = r"([0-9]{8,10}):AA[0-9A-Za-z_-]{33}"
_DOMAIN = r"(?i)[\"'`]((?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,6}[a-z]{2,12})[\"'`:/]"
_LOCAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-"
_LETTERS = _LOCAL[:52]
_STOP = re.compile(rb"[\x00-\x20\"'<>`\\)]")
# what ends a word, as a blank
_WORDS = bytes(32 if c <= 32 or c in b"\"'<>" else c for c in range(256))
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@dataclass(frozen=True, slots=True)
class Address:
    """One thing found: `kind` for a reader, `value` cleaned, `host` where it has one, bytes [start, end)."""

    kind: str
    value: str
    host: str
    start: int
    end: int


@functools.cache
def load_table() -> dict[str, Any]:
    """rules/indicators.toml, read once a process."""
    with resource_path("rules/indicators.toml").open("rb") as stream:
        table = tomllib.load(stream)
    table["noise"]["hosts"] += [".".join(parts) for parts in table["noise"]["split"]]
    return table


def prepare(resources: Path, out: Path) -> None:
    """Compile the expressions of the one pass."""
    with (resources / "rules" / "indicators.toml").open("rb") as stream:
        table = tomllib.load(stream)
    compile_database([(n, row["expression"], row["flags"]) for n, row in enumerate(table["trigger"])], out)


class Searcher:
    """Finds addresses in bytes; for one thread."""

    def __init__(self, scanner: Scanner, table: dict[str, Any]) -> None:
        self._scanner = scanner
        self._table = table
        self._noise = frozenset(host.encode() for host in table["noise"]["hosts"])
        self._known: dict[bytes, list[Address]] = {}
        self._ids = [row["id"] for row in table["trigger"]]
        self._webhooks = [
            (row["title"], re.compile(row["host"]), re.compile(row["path"])) for row in table["webhook"]
        ]  # fmt: skip

    def search(self, data: bytes, limit: int) -> tuple[list[Address], int, bool]:
        """What stands in the bytes, how many places were looked at, and whether they were all."""
        hits, complete = self._scanner.scan(data, limit)
        found: list[Address] = []
        done: dict[str, int] = {}
        told: set[bytes] = set()
        for number, end in hits:
            kind = self._ids[number]
            if end <= done.get(kind, -1):
                continue
            if kind == "url":
                start, word = _url_word(data, end)
                host = word.partition(b"://")[2].partition(b"/")[0]
                if host in self._noise:  # thousands of links to one manual are one address
                    word = word[: word.index(host) + len(host)]
                if word not in told:  # in one file once: most addresses come again and again
                    told.add(word)
                    found += [
                        Address(a.kind, a.value, a.host, start + a.start, start + a.end)
                        for a in self._url_cached(word, end - start)
                    ]
                continue
            for address, until in self._read(kind, data, end):
                found.append(address)
                done[kind] = max(done.get(kind, -1), until)
        return found, len(hits), complete

    def _read(self, kind: str, data: bytes, end: int) -> Iterator[tuple[Address, int]]:
        if not kind.startswith("wide-"):
            low = max(0, end - BEFORE.get(kind, NEAR))
            window, at = data[low : end + AFTER.get(kind, NEAR)], end - low
            for found in self._parse(kind, window, at):
                yield Address(found.kind, found.value, found.host, low + found.start, low + found.end), low + found.end
            return
        kind = kind.removeprefix("wide-")
        low, window, at = _narrow(data, end, BEFORE.get(kind, NEAR), AFTER.get(kind, NEAR))
        for found in self._parse(kind, window, at):
            start, stop = low + 2 * found.start, low + 2 * found.end
            yield Address(found.kind, found.value, found.host, start, stop), stop

    def _parse(self, kind: str, window: bytes, at: int) -> Iterator[Address]:
        if kind == "url":
            yield from self._url(window, at)
        elif kind == "email":
            start = len(window[: at - 2].rstrip(_LOCAL))
            match = compile_bytes(_MAIL).match(window, max(start, at - 2 - 64))
            if match is not None and match.end() >= at and not _is_credential(window[: match.start()]):
                yield _made("email", match, 0, match.group(1))
        elif kind == "ipv4":
            match = _around(_IPV4, window, at)
            if match is not None and _is_address(match.group(1), window[match.end(1) : match.end(1) + 1]):
                yield _made("ipv4", match, 1, match.group(1))
        elif kind == "ipv6":
            match = _around(_IPV6, window, at)
            if match is not None and _is_ipv6(match.group(0)):
                yield _made("ipv6", match, 0, match.group(0))
        elif kind == "onion":
            match = _around(_ONION, window, at)
            if match is not None:
                yield _made("onion", match, 1, match.group(1))
        elif kind == "telegram":
            match = _around(_TELEGRAM, window, at)
            if match is not None:
                number = match.group(1).decode("ascii")
                yield Address("webhook", f"Telegram bot {number}", "api.telegram.org", match.start(), match.end(1))
        elif kind == "domain":
            match = _around(_DOMAIN, window, at)
            if match is not None:
                yield _made("domain", match, 1, match.group(1))
        elif kind in _WALLETS:
            match = _around(_WALLETS[kind], window, at - 1)
            if match is not None and _proves(kind, match.group(0).decode("ascii")):
                text = match.group(0).decode("ascii")
                yield Address("wallet", f"{kind} {text}", "", match.start(), match.end())

    def _url_cached(self, word: bytes, at: int) -> list[Address]:
        if word not in self._known:
            if len(self._known) >= CACHED:
                self._known.clear()
            self._known[word] = list(self._url(word, at))
        return self._known[word]

    def _url(self, window: bytes, at: int) -> Iterator[Address]:
        colon = window.rfind(b"://", 0, at)
        match = compile_bytes(_URL).match(window, len(window[:colon].rstrip(_LETTERS)))
        if match is None:  # letters stand before the scheme, or there is no host
            match = _around(_URL, window[: at + 300], at)
        if match is None:
            return
        scheme, host, port, path = (part.decode("latin-1") if part else "" for part in match.groups())
        host = host.lower()
        if host[0].isdigit() and not _octets(host.encode()) and host.replace(".", "").isdigit():
            return
        for title, hosts, paths in self._webhooks:
            if hosts.search(host) and (found := paths.search(path)):
                yield Address("webhook", f"{title} {found[1]}", host, match.start(), match.end(2))
                return
        clean = "/".join(self._clean(part) for part in path.rstrip(".,:!").split("/"))
        value = f"{scheme.lower()}://{host}{port}{clean}"[: self._table["limits"]["value"]]
        yield Address("url", value, host.strip("[]"), match.start(), match.end())

    def _clean(self, part: str) -> str:
        """A part of a path, an asterisk in place of what may be a secret."""
        drawn = len(part) > self._table["limits"]["segment"] and any(c.isdigit() for c in part)
        # AWS and others allow a colon or an at-sign before a secret
        return "*" if "@" in part or "=" in part or (drawn and "." not in part[-6:-1]) else part


def _around(expression: str, window: bytes, at: int) -> Any:
    """The first match that reaches over the place of the hit."""
    for match in compile_bytes(expression).finditer(window):
        if match.start() >= at:
            return None
        if match.end() >= at:
            return match
    return None


def _made(kind: str, match: Any, group: int, host: bytes) -> Address:
    value = match.group(group).decode("latin-1").lower()
    return Address(kind, value, host.decode("latin-1").lower(), match.start(group), match.end(group))


def _narrow(data: bytes, end: int, before: int, after: int) -> tuple[int, bytes, int]:
    """Offset, narrow text and place therein of the UTF-16LE characters around a hit that ends at `end`."""
    low = max(end - 2 * before, end % 2)
    high = min(end + 2 * after, len(data) - (len(data) - end) % 2)
    text, upper = data[low:high:2], data[low + 1 : high : 2]
    at = (end - low) // 2
    # what is not Latin has an upper byte, and ends the text
    first = len(upper[:at].rstrip(b"\0"))
    rest = upper[at:]
    last = at + len(rest) - len(rest.lstrip(b"\0"))
    return low + 2 * first, text[first:last], at - first


def _url_word(data: bytes, end: int) -> tuple[int, bytes]:
    """Where the URL begins whose host begins before `end`, and all that can belong to it."""
    colon = data.rfind(b"://", max(0, end - 8), end)
    head = data[max(0, colon - 6) : colon]
    start = colon - (len(head) - len(head.rstrip(_LETTERS)))
    stop = _STOP.search(data, end, end + AFTER["url"])
    return start, data[start : stop.start() if stop else min(len(data), end + AFTER["url"])]


def _is_credential(before: bytes) -> bool:
    """Whether what stands before an e-mail's name says that it is a password: the at-sign of a URL, or a colon."""
    word = before.translate(_WORDS).rpartition(b" ")[2]
    return b":" in word and not word.endswith(b"mailto:")


def _octets(text: bytes) -> list[int]:
    parts = text.split(b".")
    if len(parts) != 4 or any(not p.isdigit() or len(p) > 3 or (len(p) > 1 and p.startswith(b"0")) for p in parts):
        return []
    numbers = [int(part) for part in parts]
    return numbers if max(numbers) <= 255 else []


def _is_address(text: bytes, after: bytes) -> bool:
    """Whether four bare numbers are an address: versions and object identifiers are small or have zeros in them.

    What a port follows, or what stands in a URL, is one whatever the numbers.
    """
    numbers = _octets(text)
    if not numbers or numbers[0] == 0 or numbers[:2] == [2, 5]:
        return False
    return after == b":" or len(set(numbers)) == 1 or (numbers.count(0) < 2 and max(numbers) >= 30)


def _is_ipv6(text: bytes) -> bool:
    try:
        ipaddress.IPv6Address(text.decode("ascii"))
    except ValueError:
        return False
    return True


def _proves(kind: str, text: str) -> bool:
    """Whether a wallet's address has its checksum; Ethereum's and Monero's cannot be proven with what is at hand."""
    if kind in ("ethereum", "monero"):
        return len(set(text[2:].lower())) >= 8
    if text.startswith("bc1"):
        return _bech32(text)
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    if number >= 1 << 200:
        return False
    raw = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def _bech32(text: str) -> bool:
    """BIP 173 and 350: the remainder of the polynomial over prefix and data."""
    check = 1
    for value in [3, 3, 0, 2, 3, *(_BECH32.index(c) for c in text[3:])]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)
