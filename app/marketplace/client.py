"""The marketplace's Market API v2, as far as a reviewer needs it: every answer checked, every list with an end.

Raises MarketError and nothing else, but for Cancelled. Safe to use from several threads. The secret is in memory only.
"""

from __future__ import annotations

import random as chance
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from app.cancel import CancelToken
from app.marketplace.account import Account
from app.marketplace.documents import (
    MarketInfo,
    Totals,
    read_developer,
    read_file,
    read_market,
    read_series,
    read_signed,
    read_totals,
    read_version,
)
from app.marketplace.errors import NotThere, Refused, Surprise
from app.marketplace.pages import MAX_ROWS, Lists, batches, document
from app.marketplace.reading import Node
from app.marketplace.stream import MAX_BYTES, Download, FileHosts
from app.marketplace.transport import Transport
from app.marketplace.words import SETTABLE, Developer, MarketFile, SignedUrl, Version
from checks.runtime.loopback import is_loopback
from checks.runtime.text import printable

# Rows of a page; a marketplace that gives fewer says so in `pages`.
PAGE = 200


class Client:
    """One marketplace. `sleep`, `random`, `patience`, `attempts` and `deadline` are those of Transport."""

    def __init__(
        self,
        account: Account,
        secret: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = chance.random,
        patience: float = 45.0,
        attempts: int = 5,
        deadline: float = 0.0,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self.account = account
        self._api = Transport(
            account, secret, sleep=sleep, random=random, patience=patience, attempts=attempts, deadline=deadline
        )
        self._hosts = FileHosts(account, self._api.session)
        self._local = is_loopback(urlsplit(account.address).hostname or "")
        self._lists = Lists(self._api, max_rows)

    def __repr__(self) -> str:
        return f"<Client {self.account.address}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections; it may be used again."""
        self._api.close()
        self._hosts.close()

    # what there is

    def market(self, *, cancel: CancelToken | None = None) -> MarketInfo:
        """The marketplace itself; the cheapest way to try a secret."""
        where, data = self._api.get(("markets", "this"), cancel=cancel)
        return read_market(Node(data, where))

    def versions(
        self,
        query: Mapping[str, Any] | None = None,
        sort: Mapping[str, int] | None = None,
        *,
        limit: int = PAGE,
        cancel: CancelToken | None = None,
    ) -> Iterator[Version]:
        """Versions that match, each once. `limit` is the size of a page, not of the list.

        Raises Surprise for more than 50,000; see `pages` for how it ends.
        """
        return self._lists.read(
            ("apps", "versions"),
            query,
            lambda node: read_version(node, self.account.file_fields),
            lambda one: (one.app_id, one.version),
            sort=sort,
            limit=limit,
            cancel=cancel,
        )

    def version(self, app_id: str, number: int, *, cancel: CancelToken | None = None) -> Version:
        """One version; raises NotThere where it is gone."""
        where, data = self._api.get(("apps", app_id, "versions", int(number)), cancel=cancel)
        node = Node(data, where)
        version = read_version(node, self.account.file_fields)
        if (version.app_id, version.version) != (app_id, number):
            raise Surprise(f"{where}: appId and version are another version's than the one that was asked for")
        return version

    def set_status(
        self, app_id: str, number: int, status: str, reason: str, *, cancel: CancelToken | None = None
    ) -> None:
        """Change the status of a version; the answer to a success is empty.

        Raises NotNow where its present status does not allow it, and Unreachable, whose `sent` says that it may have
        been carried out: it is tried again here only where that cannot be (see `transport`).
        """
        if status not in SETTABLE:
            raise Refused(f"{printable(status, 40)!r} is no status that can be set: use one of {', '.join(SETTABLE)}")
        body = {"status": status, "reason": reason, "modifiedBy": "administrator"}
        self._api.post(("apps", app_id, "versions", int(number), "status"), body, cancel)

    # developers

    def developers(self, ids: Iterable[str], *, cancel: CancelToken | None = None) -> tuple[Developer, ...]:
        """Those of the developers that the marketplace has, in the order asked for."""
        wanted = tuple(dict.fromkeys(ids))
        found: dict[str, Developer] = {}
        for batch in batches(wanted):
            query = {"developerId": {"$in": batch}}
            rows = self._lists.read(("developers",), query, read_developer, _developer_id, cancel=cancel)
            found.update({one.developer_id: one for one in rows})
        return tuple(found[name] for name in wanted if name in found)

    def developer(self, developer_id: str, *, cancel: CancelToken | None = None) -> Developer:
        """One developer; raises NotThere."""
        where, data = self._api.get(("developers", developer_id), cancel=cancel)
        developer = read_developer(Node(data, where))
        if developer.developer_id != developer_id:
            raise Surprise(f"{where}: developerId is another one's than the one that was asked for")
        return developer

    # files

    def files(self, references: Iterable[str], *, cancel: CancelToken | None = None) -> dict[str, MarketFile]:
        """The files that ids or addresses name, by these and in their order; what is not there is left out.

        Ids are asked for many at a time; addresses, and ids that did not come, one by one.
        """
        wanted = tuple(dict.fromkeys(references))
        found: dict[str, MarketFile] = {}
        for batch in batches([name for name in wanted if not _is_address(name)]):
            rows = self._lists.read(("files",), {"fileId": {"$in": batch}}, read_file, _file_id, cancel=cancel)
            found.update({one.file_id: one for one in rows})
        made: dict[str, MarketFile] = {}
        for name in wanted:
            with suppress(NotThere):
                made[name] = found.get(name) or self.file(name, cancel=cancel)
        return made

    def file(self, reference: str, *, cancel: CancelToken | None = None) -> MarketFile:
        """The file of an id or address; raises NotThere naming it, also for a 400: the contract knows no 404 here."""
        got = self._find(("files", "byIdOrUrl"), {"fileIdOrUrl": reference}, cancel)
        if isinstance(got, int):
            raise NotThere(f"{_name(reference)}: the marketplace does not have this file ({got})")
        file = read_file(got)
        if not _is_address(reference) and file.file_id != reference:
            raise Surprise(f"{got.where}: fileId is another file's than the one that was asked for")
        return file

    def _find(self, parts: tuple[str, ...], query: Mapping[str, object], cancel: CancelToken | None) -> Node | int:
        """The answer, or 400 or 404: what these say of a file names no file, so the caller does."""
        try:
            where, data = self._api.get(parts, query, cancel)
        except NotThere:
            return 404
        except Refused as error:
            if error.code != 400:
                raise
            return 400
        return Node(data, where)

    def signed_url(
        self, file_id: str, valid_seconds: int = 60, *, judged: bool = False, cancel: CancelToken | None = None
    ) -> SignedUrl:
        """An address that serves a file for so many seconds; raises NotThere naming the file.

        `judged`: it goes to a probe that tells whether it is one to be used; otherwise one that is not is a Surprise.
        """
        asked = {"fileId": file_id, "validSeconds": int(valid_seconds)}
        got = self._find(("files", "download"), asked, cancel)
        if isinstance(got, int):
            raise NotThere(f"{_name(file_id)}: the marketplace does not give this file ({got})")
        return read_signed(got, valid_seconds, local=self._local, judged=judged)

    def open_download(
        self,
        url: SignedUrl | str,
        *,
        offset: int = 0,
        etag: str = "",
        max_bytes: int = MAX_BYTES,
        cancel: CancelToken | None = None,
    ) -> Download:
        """Begin to download, from `offset` on where the host can (and the file still has that `etag`).

        No credentials go to the host. Not tried again: an address may have ended meanwhile, so ask for a new one.
        Raises Denied for one that does not work, NotThere, Unreachable, Untrusted, Surprise.
        """
        return self._hosts.open(url if isinstance(url, str) else url.url, offset, etag, max_bytes, cancel)

    # figures

    def series(
        self,
        period: str,
        fields: Sequence[str],
        start: int | None = None,
        end: int | None = None,
        query: Mapping[str, Any] | None = None,
        *,
        cancel: CancelToken | None = None,
    ) -> tuple[tuple[float, ...], ...]:
        """Figures by day or month: (ms, n, ...). `start` and `end` are ms; `fields` like downloads, views, reviews."""
        asked = {"start": start, "end": end, "query": document(query)}
        where, data = self._api.get(("stats", "series", period, ",".join(fields)), asked, cancel)
        return read_series(Node(data, where))

    def total(
        self,
        fields: Sequence[str],
        query: Mapping[str, Any] | None = None,
        start: int | None = None,
        end: int | None = None,
        *,
        cancel: CancelToken | None = None,
    ) -> Totals:
        """Figures over a time, of the marketplace and by app."""
        asked = {"fields": ",".join(fields), "query": document(query), "start": start, "end": end}
        where, data = self._api.get(("stats", "total"), asked, cancel)
        return read_totals(Node(data, where))


def _is_address(reference: str) -> bool:
    return "://" in reference or reference.startswith("//")


def _name(reference: str) -> str:
    """A file as messages name it: of an address only what says nothing about access."""
    if not _is_address(reference):
        return printable(reference, 100)
    try:
        parts = urlsplit(reference)
    except ValueError:
        return "the file of an address"
    return printable(f"{parts.hostname or ''}{parts.path}", 200)


def _developer_id(developer: Developer) -> str:
    return developer.developer_id


def _file_id(file: MarketFile) -> str:
    return file.file_id
