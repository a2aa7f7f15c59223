"""The marketplace's documents as our words: what comes in is untrusted, what goes out is whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from app.marketplace.reading import MAX_TEXT, Node
from app.marketplace.words import STATUSES, Developer, Hashes, MarketFile, SignedUrl, Version, VersionStatus, VirusScan
from checks.runtime.loopback import is_here, is_loopback

MAX_PAGE = 10_000
MAX_FILES = 100
MAX_POINTS = 100_000
_ADDRESS = 8_192


@dataclass(frozen=True, slots=True)
class MarketInfo:
    """What a marketplace says of itself."""

    market_id: str
    view_url: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """How much there is, as the marketplace says, and the rows of one page."""

    count: int
    pages: int
    rows: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures over a time: of the whole marketplace by field, and by app and field."""

    totals: Mapping[str, float] = field(default_factory=dict)
    apps: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    start: int | None = None
    end: int | None = None


def read_market(node: Node) -> MarketInfo:
    """GET /markets/this."""
    return MarketInfo(node.get("marketplaceId").name(), node.get("viewAppUrl").text(2_048, default=""))


def read_page(node: Node) -> Page:
    """The shape of every list: {count, pages, pageNumber, list}; without `pages` it is the only one."""
    rows = tuple(node.get("list").rows(MAX_PAGE))
    return Page(node.get("count").whole(), node.get("pages").integer(1) or 0, rows)


def read_status(node: Node) -> VersionStatus:
    """Of a version. The contract's schema of that name is another one's: see the faults that the tests list."""
    return VersionStatus(
        value=node.get("value").choice(STATUSES),
        updated=node.get("lastUpdated").whole(),
        modified_by=node.get("modifiedBy").text(100, default=""),
        reason=node.get("reason").words(4 * MAX_TEXT, default="", keep="\n\t"),
    )


def read_version(node: Node, file_fields: Sequence[str]) -> Version:
    """AppVersion. `attributes`, prices, access and names for addresses are not kept: nothing here looks at them."""
    custom = node.get("customData")
    kept = custom.plain()
    parent = node.get("parent")
    parent_status = "" if parent.absent or parent.get("status").absent else _parent_status(parent.get("status"))
    return Version(
        app_id=node.get("appId").name(),
        version=node.get("version").whole(),
        name=node.get("name").words(),
        developer_id=node.get("developerId").name(),
        status=read_status(node.get("status")),
        created=node.get("created").whole(),
        last_updated=node.get("lastUpdated").whole(),
        submitted=node.get("submittedDate").integer(),
        type=node.get("type").words(200, default=""),
        is_live=bool(node.get("isLive").flag()),
        is_latest=bool(node.get("isLatestVersion").flag()),
        parent_status=parent_status,
        custom=kept,
        files=find_files(custom, kept, file_fields),
    )


def _parent_status(node: Node) -> str:
    value = node.get("value")
    return "" if value.absent else value.choice(STATUSES)


def find_files(node: Node, custom: Mapping[str, Any], file_fields: Sequence[str]) -> tuple[str, ...]:
    """Ids and addresses of files that the fields of customData name, in their order, each once.

    A field is a name or a way (`downloads.linux`). It holds a text, an object with fileId or fileUrl, or a list of
    these; anything else is some other field of that name. What is over 100, or in a field that was left out for its
    size, is one more file that is not there: nobody can have reviewed the version whole.
    """
    found: dict[str, None] = {}
    for name in file_fields:
        there = node.value if isinstance(node.value, dict) else {}
        if any(part in there and part not in custom for part in (name, name.partition(".")[0])):
            found[f"(the files in {name}, too much to be read: {_digest(there)})"] = None
        value = custom.get(name)
        if value is None:
            value = custom
            for part in name.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
        for reference in _references(value):
            found[reference] = None
    if (more := len(found) - MAX_FILES) > 0:
        mark = _digest(list(found))
        return (*tuple(found)[:MAX_FILES], f"({more:,} more file{'s' * (more > 1)}, too many to be read: {mark})")
    return tuple(found)


def _digest(value: Any) -> str:
    """Tells one value from another, so that a change of what is not read is seen all the same."""
    try:
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
    except RecursionError:
        return "nested too deeply"


def _references(value: object) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            item = item.get("fileId") or item.get("fileUrl")
        if isinstance(item, str) and item.strip() and len(item) <= _ADDRESS:
            yield item.strip()


def read_file(node: Node) -> MarketFile:
    """File; hashes, scan, MIME check and privacy may all be absent."""
    scan = node.get("virusScan")
    return MarketFile(
        file_id=node.get("fileId").name(_ADDRESS),
        name=node.get("name").words(1_024),
        size=node.get("size").whole(),
        uploaded=node.get("uploadDate").whole(),
        content_type=node.get("contentType").words(200, default=""),
        private=node.get("isPrivate").flag(),
        mime_check=node.get("mimeCheck").text(100, default=""),
        virus_scan=None if scan.absent else _read_scan(scan),
        hashes=_read_hashes(node.get("hash")),
        url=node.get("fileUrl").text(_ADDRESS, default=""),
    )


def _read_scan(node: Node) -> VirusScan:
    found = node.get("foundViruses")
    viruses = () if found.absent else tuple(_read_virus(row) for row in found.first(1_000))
    status = node.get("status").text(100)
    return VirusScan(status, tuple(filter(None, viruses)), node.get("finished").integer())


def _read_virus(node: Node) -> str:
    name, file = node.get("virusName").words(300, default=""), node.get("fileName").words(1_024, default="")
    return f"{name} in {file}" if name and file else name or file


def _read_hashes(node: Node) -> Hashes:
    if node.absent:
        return Hashes()
    return Hashes(node.get("MD5").digest(32), node.get("SHA-1").digest(40), node.get("SHA-256").digest(64))


def read_developer(node: Node) -> Developer:
    """Developer; only id and date of creation have to be there."""
    return Developer(
        developer_id=node.get("developerId").name(),
        created=node.get("created").whole(),
        name=node.get("name").words(default=""),
        email=node.get("email").words(default=""),
        type=node.get("type").words(200, default=""),
        custom=node.get("customData").plain(),
    )


def is_usable(address: str, *, local: bool) -> bool:
    """Whether bytes may be fetched from there: https without credentials; with `local` this machine's http too.

    A marketplace elsewhere must not make this machine ask its own services.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.username is not None or parts.password is not None:
        return False
    if len(address) > _ADDRESS or not address.isascii() or not address.isprintable() or " " in address:
        return False
    if is_here(host) and not local:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def read_signed(node: Node, seconds: int, *, local: bool, judged: bool = False) -> SignedUrl:
    """FileDownload; the complaint about an address never shows it. One to be `judged` may be any address."""
    url = node.get("url")
    if not isinstance(url.value, str):
        raise url.surprise("a text")
    address = f"https:{url.value}" if url.value.startswith("//") else url.value
    if judged and not _is_address(address):
        raise url.surprise("an address", "is something else")
    if not judged and not is_usable(address, local=local):
        raise url.surprise("an https address without name and password", "is something else")
    return SignedUrl(address, seconds)


def _is_address(text: str) -> bool:
    """Whether it can be taken apart, wherever it leads."""
    if len(text) > _ADDRESS or not text.isprintable():
        return False
    try:
        urlsplit(text).port  # noqa: B018 - asked for its ValueError
    except ValueError:
        return False
    return True


def read_series(node: Node) -> tuple[tuple[float, ...], ...]:
    """[[ms, n], ...]: each point is a time and its figures."""
    return tuple(_read_point(point) for point in node.rows(MAX_POINTS))


def _read_point(node: Node) -> tuple[float, ...]:
    figures = tuple(node.rows(50))
    if len(figures) < 2:
        raise node.surprise("a time and a number", f"has {len(figures)} items")
    return (figures[0].whole(), *(figure.number() for figure in figures[1:]))


def read_totals(node: Node) -> Totals:
    """GET /stats/total."""
    totals, apps = node.get("totals"), node.get("apps")
    return Totals(
        totals={} if totals.absent else _read_figures(totals),
        apps={} if apps.absent else {name: _read_figures(row) for name, row in apps.fields(MAX_POINTS)},
        start=node.get("start").integer(),
        end=node.get("end").integer(),
    )


def _read_figures(node: Node) -> dict[str, float]:
    return {name: figure.number() for name, figure in node.fields(200)}
