"""How a probe asks a server: GET over the standard library, bounded in time and bytes, verified, nothing of ours sent.

No cookie, no credential, no redirect followed by itself. Plain http is spoken to this machine only, and only where the
host says that this is practice.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from checks.runtime.loopback import is_here, is_loopback

# Seconds that one answer may be silent, bytes that are taken at once, redirects that are followed.
PATIENCE = 10.0
PIECE = 64 << 10
HOPS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = {"User-Agent": "assay-probe", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
_SAFE = "%/:=&?~#+!$,;'@()*[]"


class NoAnswer(Exception):
    """Nothing could be learned; the text says why, and names host and path only."""


class Insecure(Exception):
    """It leads to an address without TLS: nothing was sent there. `where` is host and path."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


def place_of(url: str) -> str:
    """An address as it may be shown: without its query, which may be a key."""
    try:
        parts = urlsplit(url)
        path = parts.path if len(parts.path) <= 80 else f"{parts.path[:40]}...{parts.path[-37:]}"
        return f"{parts.scheme}://{(parts.netloc.rpartition('@')[2])[:100]}{path}"
    except ValueError:
        return "an address that is none"


class Reply:
    """An answer whose body is read as far as somebody asks; a context manager that closes it."""

    def __init__(self, url: str, connection: http.client.HTTPConnection, response: Any, ends: float) -> None:
        self.url = url
        self.status: int = response.status
        self._connection = connection
        self._response = response
        self._ends = ends

    def __enter__(self) -> Reply:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()

    def header(self, name: str) -> str:
        """All values of a header, empty without it."""
        return ", ".join(self._response.headers.get_all(name) or ())[:1000]

    def read(self, limit: int) -> bytes:
        """Up to so many bytes more, fewer only at the end; raises NoAnswer when it is cut or takes too long."""
        pieces, left = [], limit
        while left:
            if time.monotonic() > self._ends:
                raise NoAnswer(f"{place_of(self.url)}: could not be read in time")
            try:
                piece = self._response.read1(min(left, PIECE))
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise NoAnswer(f"{place_of(self.url)}: the answer was cut ({_words(error)})") from None
            if not piece:
                if self._response.length:  # the end came before what was promised
                    raise NoAnswer(f"{place_of(self.url)}: the answer was cut")
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)


class Asker:
    """Asks servers until a moment of the monotonic clock; safe from several threads.

    `connection` is what the host says of the way there: `authorities` (PEM, in place of the system's), `pin` (SHA-256
    of the certificate, hex) of the host and port `pinned`, `proxies` by host, `local` where plain http to this machine
    is allowed.
    """

    def __init__(self, connection: Mapping[str, Any], ends: float) -> None:
        self._ends = ends
        self._pin, self._pinned = connection.get("pin", ""), connection.get("pinned", "").casefold()
        self._proxies: Mapping[str, str] = connection.get("proxies", {})
        self._local = bool(connection.get("local"))
        self._authorities = connection.get("authorities", "")
        self._tls: dict[bool, ssl.SSLContext] = {}

    def is_allowed(self, url: str) -> bool:
        """Whether nothing of this address goes over the network in the clear."""
        parts = _split(url)
        return parts.scheme == "https" or (self._local and is_loopback(parts.hostname or ""))

    def get(self, url: str) -> Reply:
        """The answer of one address; raises NoAnswer, Insecure."""
        parts = _split(url)
        if not self.is_allowed(url):
            raise Insecure(place_of(url))
        if is_here(parts.hostname or "") and not self._local:
            raise NoAnswer(f"{place_of(url)}: the address names this machine, and the marketplace is on another")
        connection = self._connection(parts)
        target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
        try:
            connection.connect()
            self._compare_pin(parts, connection)
            connection.request("GET", target, headers=HEADERS)
            return Reply(url, connection, connection.getresponse(), self._ends)
        except ssl.SSLCertVerificationError as error:
            connection.close()
            why = f"the certificate is not trusted ({error.verify_message})"
            raise NoAnswer(f"{place_of(url)}: {why}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise NoAnswer(f"{place_of(url)}: no answer ({_words(error)})") from None
        except BaseException:
            connection.close()
            raise

    def follow(self, url: str) -> Reply:
        """The answer at the end of its redirects; raises NoAnswer, Insecure."""
        for _ in range(HOPS + 1):
            reply = self.get(url)
            if reply.status not in REDIRECTS or not reply.header("Location"):
                return reply
            with reply:
                try:
                    url = urljoin(url, reply.header("Location"))
                except ValueError:
                    raise NoAnswer(f"{place_of(url)}: it leads on to an address that is none") from None
        raise NoAnswer(f"{place_of(url)}: more than {HOPS} redirects")

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise NoAnswer("there was no time left")
        return min(left, PATIENCE)

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port, patience = parts.hostname or "", parts.port, self._left()
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=patience)
        context = self._context(pinned=self._is_pinned(parts))
        proxy = self._proxies.get(host, "")
        if not proxy:
            return http.client.HTTPSConnection(host, port, timeout=patience, context=context)
        way = _split(proxy if "://" in proxy else f"http://{proxy}")
        if way.scheme != "http":
            raise NoAnswer("a probe cannot use a proxy that is itself spoken to by https")
        through = http.client.HTTPSConnection(way.hostname or "", way.port or 8080, timeout=patience, context=context)
        headers = {}
        if way.username:
            login = f"{unquote(way.username)}:{unquote(way.password or '')}".encode()
            headers["Proxy-Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        through.set_tunnel(host, port or 443, headers)
        return through

    def _is_pinned(self, parts: SplitResult) -> bool:
        return bool(self._pin) and parts.netloc.casefold() == self._pinned

    def _context(self, *, pinned: bool) -> ssl.SSLContext:
        if pinned not in self._tls:
            context = ssl.create_default_context(cadata=self._authorities or None)
            if not self._authorities:
                with contextlib.suppress(ImportError, OSError):  # the same authorities as the client's
                    import certifi

                    context.load_verify_locations(certifi.where())
            context.check_hostname = not pinned  # the pinned certificate stands for the name, as with the client
            self._tls[pinned] = context
        return self._tls[pinned]

    def _compare_pin(self, parts: SplitResult, connection: http.client.HTTPConnection) -> None:
        """Raises NoAnswer where the certificate is not the one that was pinned for this host."""
        if not self._is_pinned(parts) or not isinstance(connection.sock, ssl.SSLSocket):
            return
        shown = hashlib.sha256(connection.sock.getpeercert(binary_form=True) or b"").hexdigest()
        if not hmac.compare_digest(shown, self._pin):
            raise NoAnswer(f"{parts.netloc}: shows another certificate than the one that was pinned")


def _split(url: str) -> SplitResult:
    """The parts of an address; raises NoAnswer for what is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - asked for its ValueError
    except ValueError:
        raise NoAnswer("an address that is none") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NoAnswer(f"{place_of(url)}: is no address of http or https")
    return parts


def _words(error: Exception) -> str:
    """What went wrong, without what was asked."""
    if isinstance(error, TimeoutError):
        return "it was silent for too long"
    if isinstance(error, socket.gaierror):
        return "the name is not known"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:100]
    return type(error).__name__
