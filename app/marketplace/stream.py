"""Bytes of a file, straight from where the marketplace keeps them: no credentials go there, and nothing is unpacked.

The pin and its certificate belong to the API alone; a file host with the API's own address is held to them too. An own
bundle of authorities holds for both.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import requests

from app.cancel import Cancelled, CancelToken
from app.errors import DeskError
from app.marketplace.account import Account
from app.marketplace.answers import read_wait
from app.marketplace.connection import Guard, explain, find_authorities, find_proxies, open_session
from app.marketplace.documents import is_usable
from app.marketplace.errors import Denied, MarketError, NotThere, Refused, Surprise, Unreachable
from app.marketplace.transport import AGENT, FAULTS
from checks.runtime.loopback import is_loopback
from checks.runtime.text import printable

MAX_REDIRECTS = 3
MAX_BYTES = 64 * 1024**3
CHUNK = 256 * 1024
# A host that gives less than this over that many seconds holds us up for ever.
SLOWEST, PATIENCE = 1_024, 60.0
_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")


class Download:
    """An answer of a file host, to be iterated once inside `with`.

    `status` is 200 (the whole file), 206 (from `offset` on) or 416 (nothing lies behind the offset that was asked for).
    `offset` is where the bytes really begin, `total` the size of the whole file where it says so, `headers` have names
    in lower case. Iterating raises Unreachable for a cut (what came until then is good) and Surprise for a part
    that nobody asked for.
    """

    def __init__(
        self,
        response: requests.Response,
        host: str,
        offset: int,
        most: int,
        cancel: CancelToken | None,
        guard: Guard | None = None,
    ) -> None:
        self._response, self._host, self._most, self._cancel, self._guard = response, host, most, cancel, guard
        self.status = response.status_code
        self.content_type = printable(response.headers.get("Content-Type", ""), 200)
        tag = response.headers.get("ETag", "")
        self.etag = tag if re.fullmatch(r'"[\x21\x23-\x7e]{0,200}"', tag) else ""  # a weak one proves no bytes
        self.headers = {name.casefold(): value[:1_000] for name, value in response.headers.items()}
        self.offset, self.total, self._due, self._problem = 0, None, None, ""
        length = response.headers.get("Content-Length", "")
        if re.fullmatch(r"\d{1,18}", length):
            self._due = int(length)
        if self.status == 200:
            self.total = self._due
        else:
            self._read_range(offset)
        if self.total is not None and self.total > most:
            raise Surprise(f"{host}: the file has {self.total:,} bytes, more than the {most:,} that are allowed")

    offset: int
    total: int | None
    _due: int | None

    @property
    def pieces(self) -> Iterator[bytes]:
        """The same as iterating."""
        return iter(self)

    def __repr__(self) -> str:
        return f"<Download {self.status} from {self._host}>"

    def __enter__(self) -> Download:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._guard is not None:
            self._guard.end()
        self._response.close()

    def _read_range(self, asked: int) -> None:
        match = _RANGE.fullmatch(self._response.headers.get("Content-Range", ""))
        if self.status == 416:
            self.offset = asked
            if match and match[3] != "*":
                self.total = int(match[3])
            return
        if not match or match[1] is None:
            self._problem = f"{self._host}: a part of the file came without saying which"
            return
        first, last = int(match[1]), int(match[2])
        whole = None if match[3] == "*" else int(match[3])
        if first != asked or last < first or (whole is not None and last >= whole):
            self._problem = f"{self._host}: bytes {first:,} to {last:,} came instead of those from {asked:,} on"
        self.offset, self.total, self._due = first, whole, last - first + 1

    def __iter__(self) -> Iterator[bytes]:
        if self._problem:
            raise Surprise(self._problem)
        if self.status == 416:
            return
        got, window, began = 0, 0, time.monotonic()
        while True:
            if self._cancel is not None and self._cancel.cancelled:
                raise Cancelled("the download was stopped")
            chunk = self._read()
            if not chunk:
                break
            got += len(chunk)
            window += len(chunk)
            if self.offset + got > self._most or (self._due is not None and got > self._due):
                raise Surprise(f"{self._host}: more bytes came than it had announced or are allowed")
            yield chunk
            now = time.monotonic()
            if now - began > PATIENCE:
                if window < SLOWEST * PATIENCE:
                    raise Unreachable(f"{self._host}: the download hardly moves: try again later")
                window, began = 0, now
        if self._due is not None and got < self._due:
            raise Unreachable(f"{self._host}: the download was cut after {self.offset + got:,} bytes")

    def _read(self) -> bytes:
        """What is there; the bytes as they are kept, whatever they are encoded as."""
        try:
            if self._guard is not None:  # what comes drop by drop between the bytes of the file never returns
                self._guard.renew(PATIENCE)
            piece = bytes(self._response.raw.read1(CHUNK, decode_content=False))
            if self._guard is None or not self._guard.cut:
                if self._guard is not None and not piece:
                    self._guard.end()  # the connection may serve another request from now on
                return piece
        except FAULTS:
            pass
        finally:
            if self._guard is not None:
                self._guard.renew(math.inf)
        if self._guard is not None and self._guard.stopped:
            raise Cancelled("the download was stopped")
        raise Unreachable(f"{self._host}: the download was cut")


class FileHosts:
    """Opens downloads. Safe to use from several threads."""

    def __init__(self, account: Account, api_session: Callable[[], tuple[requests.Session, str | bool]]) -> None:
        self._account = account
        self._local = is_loopback(urlsplit(account.address).hostname or "")
        self._api_session = api_session
        self._session = open_session()

    def close(self) -> None:
        """Let go of the connections; it may be used again."""
        self._session.close()

    def open(self, address: str, offset: int, etag: str, most: int, cancel: CancelToken | None) -> Download:
        """The answer to a GET, after at most three redirects; raises MarketError."""
        if address.startswith("//"):
            address = f"{urlsplit(self._account.address).scheme}:{address}"
        for _ in range(MAX_REDIRECTS + 1):
            if not is_usable(address, local=self._local):
                raise Surprise("the address of a file is no https address without name and password: not asked")
            if cancel is not None and cancel.cancelled:
                raise Cancelled("the download was stopped")
            host = printable(urlsplit(address).netloc, 200)
            result = self._get(address, host, offset, etag, cancel)
            if isinstance(result, DeskError):
                raise result
            response, guard = result
            to = self._redirect(response, address)
            if to is None:
                return self._accept(response, guard, host, offset, most, cancel)
            guard.end()
            response.close()
            if urlsplit(address).scheme == "https" and not to.startswith("https:"):
                raise Surprise(f"{host}: redirected from https to what is not: not followed")
            address = to
        raise Surprise(f"{host}: redirected more than {MAX_REDIRECTS} times: not followed")

    def _redirect(self, response: requests.Response, address: str) -> str | None:
        if response.status_code not in (301, 302, 303, 307, 308):
            return None
        try:
            return urljoin(address, response.headers.get("Location", ""))
        except ValueError:
            return ""

    def _get(
        self, address: str, host: str, offset: int, etag: str, cancel: CancelToken | None
    ) -> tuple[requests.Response, Guard] | DeskError:
        """Its errors are given back instead of raised: raised here, they would carry the address along."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": AGENT}
        if offset:
            headers["Range"] = f"bytes={offset}-"
            if etag:
                headers["If-Range"] = etag
        own = _origin(address) == _origin(self._account.address)
        session, verify = self._api_session() if own else (self._session, find_authorities(self._account))
        proxies = find_proxies(self._account, address)
        timeout = (min(10.0, self._account.timeout), float(self._account.timeout))
        with Guard(self._account.timeout * 2.0, cancel) as guard:
            try:
                request = requests.Request("GET", address, headers=headers).prepare()
                response = session.send(request, stream=True, timeout=timeout, verify=verify, proxies=proxies)
            except FAULTS as error:
                return explain(error, host, guard, change=False)
            guard.keep()
        return response, guard

    def _accept(
        self, response: requests.Response, guard: Guard, host: str, offset: int, most: int, cancel: CancelToken | None
    ) -> Download:
        status = response.status_code
        problem: MarketError
        if status == 200 or (status in (206, 416) and offset):
            try:
                return Download(response, host, offset, most, cancel, guard)
            except Surprise as error:
                problem = error
        elif status in (401, 403, 410):
            problem = Denied(f"{host}: the address of the file does not work, or no longer ({status})")
        elif status == 404:
            problem = NotThere(f"{host}: the file is not there (404)")
        elif status in (408, 429) or status >= 500:
            problem = Unreachable(
                f"{host}: busy or out of order ({status})", busy=True, wait=read_wait(response.headers)
            )
        elif 400 <= status < 500:
            problem = Refused(f"{host}: it does not give the file ({status})", status)
        else:
            problem = Surprise(f"{host}: answered with {status} instead of the file")
        guard.end()
        response.close()
        raise problem


def _origin(address: str) -> tuple[str, str, int]:
    parts = urlsplit(address)
    return parts.scheme, (parts.hostname or "").casefold(), parts.port or (443 if parts.scheme == "https" else 80)
