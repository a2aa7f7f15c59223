"""Distribution: whether the file is handed out only by signed addresses over https that stop working.

The host asks the marketplace for a signed address at the moment of the run. No address is named with its query.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

from checks import Finding, Severity, Target, Unchecked, probe, resource_path
from checks.downloads._rule_book import RuleBook, load_book
from checks.downloads.serving.signed import Signed, read_signed
from checks.runtime.asking import PIECE, Asker, Insecure, NoAnswer, Reply, place_of

# Seconds after the end of validity at which it is tried first, and between tries.
MARGIN = 0.5
PAUSE = 1.0
BUSY = frozenset({408, 425, 429, *range(500, 600)})
PAGES = ("text/html", "application/xhtml+xml", "image/svg+xml")

Result = Finding | Unchecked


@probe(
    guidelines={"DL-04"},
    severity=Severity.HIGH,
    needs={"served"},
    seconds=100.0,
    rules=("marketplace.toml",),
)
def distribution(target: Target, *, slack: float = 8.0, deadline: float = 60.0) -> Iterator[Result]:
    """Ask with and without the signature, now and after the end; `slack` and `deadline` in seconds.

    `slack` is how long after its end an address may still work: clocks are read in whole seconds, and caches lag.
    """
    told = target.handed["served"]
    book = load_book(resource_path("rules/marketplace.toml"))
    asker = Asker(told, time.monotonic() + deadline)
    files = told["files"]
    # side by side: each address ends within seconds
    with ThreadPoolExecutor(max_workers=max(1, len(files))) as threads:
        for results in threads.map(lambda file: list(_Probe(book, asker, file, slack).run()), files):
            yield from results


class _Probe:
    """One file of a version."""

    def __init__(self, book: RuleBook, asker: Asker, file: Mapping[str, Any], slack: float) -> None:
        self._book = book
        self._asker = asker
        self._file = file
        self._name = file["name"][:80]
        self._slack = slack
        self._ends = time.monotonic() + file["valid_seconds"]
        self._first = b""

    def run(self) -> Iterator[Result]:
        """All that is wrong with how this file is handed out."""
        yield from self._privacy()
        try:
            signed = read_signed(self._file["signed"], self._book.data["parameters"])
            secure = self._asker.is_allowed(self._file["signed"])
        except (ValueError, NoAnswer):
            yield self._unchecked("the marketplace gave no address that can be asked")
            return
        if not secure:
            message = f"The signed address of {self._name} has no TLS: {place_of(self._file['signed'])}"
            yield self._finding("plain-http", message)
            yield self._unchecked("it was not asked without TLS")
            return
        try:
            with self._asker.follow(self._file["signed"]) as reply:
                served = yield from self._serving(reply, signed)
        except Insecure as redirect:
            message = f"The signed address of {self._name} leads on to one without TLS: {redirect.where}"
            yield self._finding("redirects-to-http", message)
            yield self._unchecked("it was not followed without TLS")
            return
        except NoAnswer as problem:
            yield self._unchecked(str(problem))
            return
        if served:
            yield from self._expiry(signed)

    # what is asked

    def _privacy(self) -> Iterator[Finding]:
        if self._file["private"] is None:
            yield self._finding("privacy-unknown", f"The marketplace does not say whether {self._name} is private")
        elif not self._file["private"]:
            yield self._finding("public-file", f"The marketplace keeps {self._name} as a public file")

    def _serving(self, reply: Reply, signed: Signed) -> Generator[Result, None, bool]:
        """What the signed address gives, and the ones that should give nothing while it works; True where it serves."""
        if reply.status in BUSY:
            yield self._unchecked(f"{place_of(reply.url)} answered {reply.status}: try again later")
            return False
        if reply.status != 200:
            message = f"The signed address of {self._name} answered {reply.status}: {place_of(reply.url)}"
            yield self._finding("not-served", message)
            yield self._unchecked("nothing was served that could be compared")
            return False
        yield from self._headers(reply)
        yield from self._life(signed, reply)
        self._first = reply.read(min(PIECE, self._file["size"]))
        yield from self._others(signed)
        yield from self._bytes(reply)
        return True

    def _others(self, signed: Signed) -> Iterator[Result]:
        """Addresses that have to be refused, tried while the right one is in time."""
        place = place_of(signed.bare)
        known = {
            signed.bare: ("served-unsigned", f"{self._name} is served without any signature: {place}"),
            signed.unsigned: ("served-unsigned", f"{self._name} is served once its signature is left out: {place}"),
            signed.altered: ("signature-unchecked", f"{self._name} is served under an altered signature: {place}"),
            self._file["permanent"]: (
                "permanent-serves",
                f"{self._name} is served under its permanent address: {place_of(self._file['permanent'])}",
            ),
        }  # fmt: skip
        seen: set[str] = set()
        for url, (rule, message) in known.items():
            if not url or url == self._file["signed"]:
                continue
            if "served-unsigned" in seen and rule != "permanent-serves":
                continue  # where none is asked for, none is compared
            in_time = time.monotonic() < self._ends
            try:
                if self._serves(url):
                    seen.add(rule)
                    yield self._finding(rule, message)
                elif rule != "permanent-serves" and not in_time:
                    yield self._unchecked(f"{place} answered too slowly to alter its signature while it was valid")
            except NoAnswer as problem:
                yield self._unchecked(str(problem))

    def _serves(self, url: str) -> bool:
        """Whether this address gives the file; raises NoAnswer where that cannot be told."""
        try:
            with self._asker.follow(url) as reply:
                if reply.status in BUSY:
                    raise NoAnswer(f"{place_of(reply.url)} answered {reply.status}: try again later")
                return reply.status in (200, 206) and reply.read(len(self._first)) == self._first
        except Insecure:
            return False  # whatever is there, it is not this address that serves

    def _bytes(self, reply: Reply) -> Iterator[Result]:
        """Size and SHA-256 of what customers get."""
        if reply.header("Content-Encoding").strip().lower() not in ("", "identity"):
            yield self._unchecked(f"{place_of(reply.url)} answered in an encoding that was not asked for")
            return
        sha, size, most = hashlib.sha256(self._first), len(self._first), self._file["size"] + 1
        while size < most and (piece := reply.read(min(PIECE, most - size))):
            sha.update(piece)
            size += len(piece)
        if size != self._file["size"]:
            got = f"{size:,}" if size < most else f"more than {most - 1:,}"
            message = f"{got} bytes are served as {self._name}, and {self._file['size']:,} were reviewed"
            yield self._finding("other-bytes", message)
        elif sha.hexdigest() != self._file["sha256"]:
            message = f"What is served as {self._name} has the SHA-256 {sha.hexdigest()}, not the one reviewed"
            yield self._finding("other-bytes", message)

    def _headers(self, reply: Reply) -> Iterator[Finding]:
        cache = {word.strip().partition("=")[0].lower() for word in reply.header("Cache-Control").split(",")}
        if "public" in cache or "s-maxage" in cache:
            yield self._finding("cacheable", f"{self._name} is served as something that every cache may keep")
        kind = reply.header("Content-Type").partition(";")[0].strip().lower()
        attached = reply.header("Content-Disposition").strip().lower().startswith("attachment")
        if kind in PAGES and not attached:
            yield self._finding("shown-as-page", f"{self._name} is served as {kind}, for a browser to show")

    # how long

    def _life(self, signed: Signed, reply: Reply) -> Iterator[Finding]:
        """What the address says of its own end, by the clock of the server that serves it."""
        asked, bounds = self._file["valid_seconds"], self._book.data["life"]
        if signed.end is None:
            return
        life = signed.end.life(_clock_of(reply))
        if life > asked + bounds["tolerated"]:
            rule = "far-too-long" if life > bounds["far_too_long"] else "longer-than-asked"
            message = f"The signed address of {self._name} works for {_span(life)}; {asked} seconds were asked for"
            yield self._finding(rule, message)

    def _expiry(self, signed: Signed) -> Iterator[Result]:
        """Whether it stops once its time is over."""
        last = self._ends + self._slack
        serves, problem, at = False, "", self._ends + MARGIN
        while True:
            time.sleep(max(0.0, at - time.monotonic()))
            try:
                serves, problem = self._serves(self._file["signed"]), ""
            except NoAnswer as error:
                problem = str(error)
            if not serves and not problem:
                break
            at = min(time.monotonic() + PAUSE, last)
            if time.monotonic() >= last:
                break
        # where it ends all the same, both may be in its path, or known to the server
        severity = None if serves or problem else Severity.LOW
        if signed.signature is None:
            message = f"No parameter of the signed address of {self._name} is a signature: {place_of(signed.bare)}"
            yield self._finding("no-signature", message, severity)
        if signed.end is None:
            message = f"The signed address of {self._name} has no parameter that says when it ends"
            yield self._finding("no-expiry", message, severity)
        if problem:
            yield self._unchecked(f"whether it stops: {problem}")
        elif serves:
            late, asked = time.monotonic() - self._ends, self._file["valid_seconds"]
            message = f"{self._name} is still served {late:.0f} seconds after the {asked} that were asked for"
            yield self._finding("serves-after-expiry", message)

    def _finding(self, rule: str, message: str, severity: Severity | None = None) -> Finding:
        return self._book.finding(rule, message, severity=severity, matched=f"{rule} {self._file['name'][:200]}")

    def _unchecked(self, reason: str) -> Unchecked:
        return Unchecked(f"{self._name}: {reason}")


def _clock_of(reply: Reply) -> float:
    """The server's own time where it tells it: its clock and ours need not agree."""
    try:
        return parsedate_to_datetime(reply.header("Date")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return time.time()


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:,.0f} hours" if seconds < 2 * 86400 else f"{seconds / 86400:,.0f} days"
