"""How a request leaves this desk: TLS, pin, proxy, and a guard that ends what takes too long.

TLS is always verified, against certifi's authorities or the reviewer's own bundle, which takes their place. A pin comes
on top: it narrows and never widens, so a self-signed certificate has to be in the bundle as well. The pinned
certificate itself stands for the name of the host. Nothing is taken from the environment but its proxies: a `.netrc`
would send credentials that nobody chose.
"""

from __future__ import annotations

import http.client
import logging
import math
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import SSLError
from urllib3.util.ssl_match_hostname import CertificateError

from app.cancel import Cancelled, CancelToken
from app.errors import DeskError
from app.marketplace.account import Account
from app.marketplace.errors import NotConnected, Unreachable, Untrusted
from checks.runtime.loopback import is_loopback
from checks.runtime.text import printable

# urllib3 writes every address with its query at this level, and so every signed one
logging.getLogger("urllib3").setLevel(logging.INFO)

# How finely what waits looks at its cancel token, in seconds.
TICK = 0.2
_here = threading.local()


class Guard:
    """Watches over one request of this thread: cuts it when its time is over or it is stopped; knows whether it left.

    A time-out of a socket starts anew with every byte, so a server that sends one now and then would hold us for ever.
    """

    def __init__(self, seconds: float, cancel: CancelToken | None = None) -> None:
        self.sent = False
        self.late = False
        self.stopped = False
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._kept = False
        self._cancel = cancel
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def __enter__(self) -> Guard:
        _here.guard = self
        threading.Thread(target=self._watch, daemon=True, name="request").start()
        return self

    def __exit__(self, *_: object) -> None:
        _here.guard = None
        if not self._kept:
            self.end()

    def keep(self) -> None:
        """Go on watching after the block, until `end`: the body is yet to be read."""
        self._kept = True
        self.renew(math.inf)

    def renew(self, seconds: float) -> None:
        """So many seconds from now on."""
        self._end = time.monotonic() + seconds

    def end(self) -> None:
        """Watch no more."""
        self._over.set()
        with self._lock:
            self._release()

    def _watch(self) -> None:
        while (left := self._end - time.monotonic()) > 0:
            if self._over.wait(min(left, 1.0 if self._cancel is None else TICK)):
                return
            if self._cancel is not None and self._cancel.cancelled:
                self.stopped = True
                break
        else:
            self.late = True
        with self._lock:
            self._shut()

    def hold(self, descriptor: int) -> None:
        """The connection to cut; a duplicate, because TLS takes the first one over."""
        with self._lock:
            self._release()
            self._socket = socket.socket(fileno=os.dup(descriptor))
            if self.cut:
                self._shut()

    @property
    def cut(self) -> bool:
        """Whether what looks like the end of an answer is our own doing."""
        return self.late or self.stopped

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                self._socket.shutdown(socket.SHUT_RDWR)

    def _release(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _Answer(http.client.HTTPResponse):
    """An answer whose chunks have a size: of a negative one the library reads to the end of the connection at once."""

    def _read_next_chunk_size(self) -> int:
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise ValueError("a chunk of negative size")
        return size


class _Guarded(HTTPConnection):
    """A connection that tells the guard of its thread what it does."""

    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        guard: Guard | None = getattr(_here, "guard", None)
        if guard is not None:
            guard.hold(made.fileno())
        return made

    def request(self, *args: Any, **kwargs: Any) -> None:
        guard: Guard | None = getattr(_here, "guard", None)
        if guard is not None:
            if self.sock is None:
                self.connect()
            guard.hold(self.sock.fileno())
            guard.sent = True
        super().request(*args, **kwargs)


class _GuardedTls(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


_POOLS = {"http": _Pool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    """Guarded connections, with the pin where there is one."""

    def __init__(self, pin: str = "") -> None:
        self._extra: dict[str, Any] = {"assert_fingerprint": pin} if pin else {}
        super().__init__(pool_maxsize=16)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs, **self._extra)
        self.poolmanager.pool_classes_by_scheme = dict(_POOLS)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs, **self._extra)
        manager.pool_classes_by_scheme = dict(_POOLS)
        return manager


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: requests would look for the next address even where none is followed, and read the whole body."""
        return None


def open_session(pin: str = "") -> requests.Session:
    """A session that keeps no cookies, reads no `.netrc` and follows nothing.

    What several threads share of it is the pools of connections, which are made for that.
    """
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("https://", _Adapter(pin))
    session.mount("http://", _Adapter())
    return session


def find_authorities(account: Account) -> str | bool:
    """What `verify` is to be; raises Untrusted for a bundle that cannot be used."""
    if not account.ca_bundle:
        return True
    path = Path(account.ca_bundle).expanduser()
    problem = ""
    try:
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        problem = "holds no certificate in PEM form"
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    if problem:
        raise Untrusted(f"{path}: the bundle of certificate authorities {problem}: mend it in the settings")
    return str(path)


def find_proxies(account: Account, url: str) -> dict[str, str]:
    """The proxies for an address: the setting's, else the environment's; this machine is never behind one."""
    host = urlsplit(url).hostname or ""
    if is_loopback(host):
        return {}
    proxy = account.proxy or select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return {}
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NotConnected("the proxy is not usable: it looks like http://proxy.example:3128; mend it in the settings")
    return {"http": address, "https": address}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it wraps, however requests and urllib3 wrapped it."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < 50:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


_NO_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "UNSUPPORTED_PROTOCOL", "HANDSHAKE_FAILURE")


def explain(error: BaseException, host: str, guard: Guard, *, change: bool) -> DeskError:
    """One of our errors for what went wrong on the way; nothing of the original's text, which holds the address."""
    sent = change and guard.sent
    if guard.stopped:
        told = f"{host}: stopped while the marketplace was asked"
        return Unreachable(told, sent=True) if sent else Cancelled(told)
    if guard.late:
        return Unreachable(f"{host}: no whole answer within {guard.seconds:.0f} s", sent=sent)
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = printable(cause.verify_message or "it does not fit the host", 200)
            return Untrusted(f"{host}: its certificate is not trusted ({why}): nothing was sent; see the settings")
        if isinstance(cause, CertificateError):
            return Untrusted(f"{host}: its certificate is another host's: nothing was sent")
        if isinstance(cause, SSLError) and "Fingerprints did not match" in str(cause):
            return Untrusted(f"{host}: its certificate is not the pinned one: nothing was sent; see the settings")
        if isinstance(cause, ssl.SSLError) and not guard.sent and (cause.reason or "") in _NO_TLS:
            return Untrusted(f"{host}: it does not speak TLS as it has to: nothing was sent")
    return Unreachable(f"{host}: {_tell(causes)}", sent=sent)


def _tell(causes: list[BaseException]) -> str:
    if any("Tunnel connection failed: 407" in str(cause) for cause in causes if isinstance(cause, OSError)):
        return "the proxy asks for a name and password: give them in the settings"
    if any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes):
        return "not reached through the proxy: check it in the settings"
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        (socket.gaierror, "its name is not known here: check the address and the network"),
        (ConnectionRefusedError, "it refuses the connection: it is not running, or the address is wrong"),
        ((TimeoutError, requests.exceptions.Timeout), "no answer in time"),
    )
    for kind, words in kinds:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return "the connection was cut"
