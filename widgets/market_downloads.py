"""Versions on their way from the marketplace: a few side by side, each followed, its files run and opened."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.cancel import Cancelled, CancelToken
from app.marketplace.errors import Denied, NotConnected
from app.marketplace.words import Fetched
from widgets.context import MessageAction, PaneContext
from widgets.engaged import is_engaged

if TYPE_CHECKING:
    from app.desk import Desk
    from app.model import Submission
    from widgets.market import Market
    from widgets.session import Session

AT_ONCE = 2  # downloads side by side


def way_on(context: PaneContext, error: Exception, again: Callable[[], object]) -> MessageAction:
    """What to do about a failure: the settings where it is the secret that is wrong, otherwise try again."""
    if isinstance(error, Denied | NotConnected):
        return settings_action(context)
    return MessageAction("Try again", again)


def settings_action(context: PaneContext) -> MessageAction:
    """The way to the settings of the marketplace."""
    return MessageAction("Open settings", lambda: context.actions.trigger("market-settings"))


class Downloads(QObject):
    """The downloads of a Market, which passes the signals on; all of them on the GUI thread."""

    progressed = Signal(int, str, object, object)  # key, file, bytes done, total; done -1 = it has ended
    fetched = Signal(object)  # Fetched: its submissions are in the session's rows

    def __init__(self, market: Market, session: Session) -> None:
        super().__init__(market)
        self._market, self._session, self._context = market, session, session.context
        self._tokens: dict[int, CancelToken] = {}
        self._waiting: deque[tuple[int, bool]] = deque()
        self._closed = False

    def is_fetching(self, key: int) -> bool:
        """Whether a version is being downloaded, or waits for its turn."""
        return key in self._tokens or any(waiting == key for waiting, _ in self._waiting)

    def fetch(self, key: int, open: bool = True) -> None:
        """Download a version and run its battery; with `open` it is opened if its page is still shown then."""
        if self.is_fetching(key) or self._closed:
            return
        self._waiting.append((key, open))
        self.progressed.emit(key, "", 0, 0)
        self._next()

    def cancel(self, key: int) -> None:
        """Stop a download."""
        token = self._tokens.get(key)
        if token is not None:
            token.cancel()
            return
        if self.is_fetching(key):
            self._waiting = deque(one for one in self._waiting if one[0] != key)
            self.progressed.emit(key, "", -1, 0)

    def _next(self) -> None:
        while self._waiting and len(self._tokens) < AT_ONCE:
            self._fetch_one(*self._waiting.popleft())

    def _fetch_one(self, key: int, open: bool) -> None:
        cancel = self._tokens[key] = CancelToken()
        passing: dict[str, Callable[[int, int], None]] = {}  # one a file: each is told at its end, however quick

        def show(name: str, done: int, total: int) -> None:
            if self._tokens.get(key) is cancel:
                self.progressed.emit(key, name, done, total)

        def progress(name: str, done: int, total: int) -> None:
            if name not in passing:
                passing[name] = self._context.bridge.make_progress(lambda d, t: show(name, d, t))
            passing[name](done, total)

        def work(desk: Desk) -> tuple[Fetched, tuple[Submission, ...], frozenset[int]]:
            got = desk.marketplace.fetch(key, on_progress=progress, cancel=cancel)
            known = frozenset(s for s in got.submissions if desk.last_run(s) is not None)
            return got, desk.submissions(), known

        def done(answer: tuple[Fetched, tuple[Submission, ...], frozenset[int]]) -> None:
            self._end(key)
            self._take(*answer, open=open)

        def failed(error: Exception) -> None:
            self._end(key)
            self._tell(key, open, error)

        self._context.bridge.run_thread(work, done, failed, f"market-fetch-{key}")

    def _end(self, key: int) -> None:
        self._tokens.pop(key, None)
        self.progressed.emit(key, "", -1, 0)
        self._context.actions.refresh()
        self._next()

    def _take(self, got: Fetched, queue: tuple[Submission, ...], known: frozenset[int], *, open: bool) -> None:
        session, name = self._session, self._market.name_of(got.key)
        session.take_queue(queue)
        for number in got.submissions:
            if number not in known:
                session.runs.start(number)
        self._market.reload()
        self.fetched.emit(got)
        stays = open and self._market.viewing == got.key and not is_engaged()
        first = got.submissions[0] if got.submissions else None
        if stays and first is not None:
            session.open(first)
        show = None
        if first is not None and not stays:
            show = MessageAction("Show", lambda: session.open(first))
        if got.differences:
            more = f" (and {len(got.differences) - 1} more)" if len(got.differences) > 1 else ""
            told = f"{name}: {got.differences[0].rstrip('.')}{more}. The review has it as a finding."
            self._context.show_message(told, "error", show)
        elif show is not None:
            self._context.show_message(f"{name} is downloaded; its battery runs.", "info", show)

    def _tell(self, key: int, open: bool, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self._context.show_message(f"The download of {self._market.name_of(key)} was cancelled.", "info")
            return
        text = f"{self._market.name_of(key)}: {self._context.bridge.explain(error)}"
        self._context.show_message(text, "error", way_on(self._context, error, lambda: self.fetch(key, open)))
        self._market.reload()

    def close(self) -> None:
        """Stop all of them, and begin no other."""
        self._closed = True
        self._waiting.clear()
        for token in self._tokens.values():
            token.cancel()
