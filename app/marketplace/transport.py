"""Requests to the marketplace's API: signed in, bounded in time and size, tried again where that is safe.

What reads is tried again after a cut, a time-out, 408, 429 and any 5xx. A change is tried again only where it cannot
have been carried out: the connection never came about, or 429, with which a limiter turns a request away before it
reaches what it asks for. Not after 503: gateways also say that when the answer of the server behind them was lost.
Whatever else happens to a change ends as `Unreachable(sent=True)`, and only a read tells what became of it.
"""

from __future__ import annotations

import base64
import json
import random as chance
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from app import __version__
from app.cancel import Cancelled, CancelToken
from app.errors import DeskError
from app.marketplace.account import Account
from app.marketplace.answers import MAX_BODY, MAX_PROBLEM, parse_body, read_body, read_wait, tell_problem
from app.marketplace.connection import TICK, Guard, explain, find_authorities, find_proxies, open_session
from app.marketplace.errors import (
    Denied,
    MarketError,
    NotConnected,
    NotNow,
    NotThere,
    Refused,
    Surprise,
    Unreachable,
)
from checks.runtime.text import printable

AGENT = f"assay/{__version__}"
# What can go wrong while an answer is read; ValueError and AttributeError come out of http.client for nonsense.
FAULTS = (requests.RequestException, HTTPError, OSError, ValueError, AttributeError)
# Longest pause between two tries, in seconds, where the marketplace names none.
MAX_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API; `body` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def join_path(parts: tuple[str | int, ...]) -> str:
    """A path below the base. Parts come from answers: each stays one part, whatever it holds."""
    made = []
    for part in parts:
        word = str(part)
        if word in ("", ".", "..") or len(word) > 512 or not word.isprintable():
            raise Surprise(f"{printable(word, 40)!r} is no id of anything on a marketplace")
        made.append(quote(word, safe=""))
    return "/" + "/".join(made)


class Transport:
    """One marketplace's API. Safe to use from several threads.

    `patience` is how long it waits in all between the tries of one call, in seconds; `attempts` how often it tries;
    `deadline` how long one try may take (three times the account's time-out where 0). `sleep` and `random` are there
    for tests.
    """

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
    ) -> None:
        if not secret:
            raise NotConnected(f"{account.address}: its secret is not known here: give it in the settings")
        self.account = account
        self.host = urlsplit(account.address).netloc
        self._secret = secret
        self._sleep, self._random = sleep, random
        self._patience, self._attempts = patience, max(1, attempts)
        self._deadline = deadline or account.timeout * 3.0
        self._lock = threading.Lock()
        self._session: requests.Session | None = None
        self._verify: str | bool = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.account.address}>"

    def __getstate__(self) -> object:
        raise TypeError("what holds a secret is not written anywhere")

    def close(self) -> None:
        """Let go of the connections; it may be used again."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def session(self) -> tuple[requests.Session, str | bool]:
        """The session of the API and what it trusts; raises Untrusted for a bundle that cannot be used."""
        with self._lock:
            if self._session is None:
                self._verify = find_authorities(self.account)
                self._session = open_session(self.account.pin)
            return self._session, self._verify

    def get(
        self, parts: tuple[str | int, ...], query: Mapping[str, object] | None = None, cancel: CancelToken | None = None
    ) -> tuple[str, Any]:
        """Where it was asked, for messages, and the JSON that came. None values are left out of the query."""
        path = join_path(parts)
        asked = {name: str(value) for name, value in (query or {}).items() if value is not None}
        request = requests.Request("GET", self.account.address + path, headers=self._headers(), params=asked)
        where = f"GET {printable(path, 120)}"
        reply = self._ask(request, where, cancel)
        return where, parse_body(reply.body, where)

    def post(self, parts: tuple[str | int, ...], body: Mapping[str, str], cancel: CancelToken | None = None) -> None:
        """Ask for a change. Raises Unreachable with `sent` where it may have been carried out."""
        path = join_path(parts)
        headers = {**self._headers(), "Content-Type": "application/json"}
        data = json.dumps(dict(body)).encode("ascii")
        request = requests.Request("POST", self.account.address + path, headers=headers, data=data)
        self._ask(request, f"POST {printable(path, 120)}", cancel)

    def _headers(self) -> dict[str, str]:
        word = base64.b64encode(f"{self.account.id}:{self._secret}".encode()).decode("ascii")
        return {
            "Accept": "*/*",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": AGENT,
            "Authorization": f"Basic {word}",
        }

    def _ask(self, request: requests.Request, where: str, cancel: CancelToken | None) -> Reply:
        """Try until there is an answer, or no more patience."""
        change = request.method != "GET"
        waited = 0.0
        for attempt in range(1, self._attempts + 1):
            if cancel is not None and cancel.cancelled:
                raise Cancelled("stopped before the marketplace was asked")
            result = self._try(request.prepare(), where, change, cancel)
            if isinstance(result, Reply):
                return result
            again = isinstance(result, Unreachable) and not result.sent
            pause = self._pause(attempt, result.wait if isinstance(result, Unreachable) else None)
            if not again or attempt == self._attempts or waited + pause > self._patience:
                raise result
            waited += pause
            self._rest(pause, cancel)
        raise AssertionError("unreachable")

    def _pause(self, attempt: int, asked: float | None) -> float:
        """Seconds until the next try: what was asked for and a little more, else doubled each time with full jitter."""
        if asked is not None:
            return asked + self._random()
        return self._random() * min(MAX_PAUSE, 2.0 ** (attempt - 1))

    def _rest(self, seconds: float, cancel: CancelToken | None) -> None:
        while seconds > 0:
            tick = seconds if cancel is None else min(TICK, seconds)
            self._sleep(tick)
            seconds -= tick
            if cancel is not None and cancel.cancelled:
                raise Cancelled("stopped while waiting for the marketplace")

    def _try(
        self, request: requests.PreparedRequest, where: str, change: bool, cancel: CancelToken | None
    ) -> Reply | DeskError:
        """One try. Its errors are given back instead of raised: raised here, they would carry requests' own along."""
        session, verify = self.session()
        proxies = find_proxies(self.account, request.url or "")
        timeout = (min(10.0, self.account.timeout), float(self.account.timeout))
        with Guard(self._deadline, cancel) as guard:
            try:
                response = session.send(request, stream=True, timeout=timeout, verify=verify, proxies=proxies)
                try:
                    reply = self._read(response, where, change)
                finally:
                    response.close()
            except Surprise as error:
                return error if not change else Unreachable(str(error), sent=True)
            except FAULTS as error:
                return explain(error, self.host, guard, change=change)
            if guard.cut and not (change and reply.status < 300):  # what looks like its end was our cut
                return explain(TimeoutError(), self.host, guard, change=change)
        return reply if 200 <= reply.status < 300 else self.judge(reply, where, change)

    def _read(self, response: requests.Response, where: str, change: bool) -> Reply:
        status = response.status_code
        if change and 200 <= status < 300:  # done; whatever else it says must not make that doubtful
            with suppress(Surprise, *FAULTS):
                read_body(response, MAX_PROBLEM, where)
            return Reply(status, response.headers, b"")
        if status >= 300:
            body = b""
            with suppress(Surprise, *FAULTS):  # its status says enough
                body = read_body(response, MAX_PROBLEM, where)
            return Reply(status, response.headers, body)
        return Reply(status, response.headers, read_body(response, MAX_BODY, where))

    def judge(self, reply: Reply, where: str, change: bool) -> MarketError:
        """The error that an answer stands for; its words are the marketplace's, made clean."""
        status = reply.status
        words = tell_problem(reply.body, self._scrub)
        said = f": {words}" if words else ""
        if status in (401, 403):
            return Denied(
                f"{self.host}: the secret is wrong or has expired ({status}): give it again in the settings{said}"
            )
        if status == 404:
            return NotThere(f"{where}: the marketplace does not have it (404){said}")
        if status == 412:
            return NotNow(f"{where}: not possible from its present status (412){said}")
        if status in (408, 429) or status >= 500:
            text = f"{self.host}: it is busy or out of order ({status}): try again later{said}"
            return Unreachable(text, sent=change and status != 429, busy=True, wait=read_wait(reply.headers))
        if 300 <= status < 400:
            with suppress(ValueError):
                host = urlsplit(reply.headers.get("Location", "")).hostname or "itself"
                said = f" to {printable(self._scrub(host), 100)}"
            return Surprise(f"{where}: redirected{said} ({status}), which is not followed: mend the address")
        if status >= 400:
            return Refused(f"{where}: the marketplace does not accept it ({status}){said}", status)
        return Surprise(f"{where}: answered with {status}, which means nothing here")

    def _scrub(self, text: str) -> str:
        """Without the secret, should they send it back: as it is, as it was sent, or quoted for an address."""
        word = self._headers()["Authorization"][6:]
        forms = {self._secret, quote(self._secret, safe=""), word, word.rstrip("="), quote(word, safe="")}
        longest_first = sorted(forms, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, longest_first)), "***", text, flags=re.IGNORECASE)
