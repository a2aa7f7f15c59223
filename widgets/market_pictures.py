"""Pictures of the marketplace: its queue, a version on its way here, a decision on its way there, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.desk import Desk
from app.marketplace.practice.server import PracticeServer
from app.marketplace.words import QueueEntry
from app.practice_desk import PracticeDesk
from widgets.app_history import HistoryWindow
from widgets.dashboard import Dashboard
from widgets.pictures import LARGE, SMALL, Pictures
from widgets.script import ScriptError, Wait

CHOSEN_APP, SIGNED_APP, TWO_FILES_APP = "Acme Notes", "Tab Tidy", "Palette Peek"
SWAPPED = b"PK\x05\x06" + bytes(18)  # other bytes under the same name: an empty archive


class MarketPictures(Pictures):
    """The states that have to do with the practice marketplace; it stops and changes files where they ask for it."""

    def version_of(self, name: str) -> QueueEntry:
        """What waits under that name."""
        found = next((e for e in self.session.market.entries.values() if e.name == name), None)
        if found is None:
            raise ScriptError(f"{name} is not in the queue of the practice marketplace")
        return found

    def with_server(self, work: Callable[[PracticeServer], object]) -> Iterator[Wait]:
        """Let something happen at the marketplace."""

        def reach(desk: Desk) -> None:
            if not isinstance(desk, PracticeDesk):
                raise TypeError("this desk has no practice marketplace")
            work(desk.server)

        self.context.submit(reach, anywhere=True)
        yield from self.settle()

    def sync(self) -> Iterator[Wait]:
        """Send what waits and read the queue; how it ends is told by the state."""
        market = self.session.market
        while market.syncing:
            yield Wait("the sync at work", (market.synced,))
        market.sync()
        yield Wait("the sync", (market.synced,))
        while market.syncing:
            yield Wait("the sync after it", (market.synced,))
        yield from self.settle()

    def show_queue(self) -> Iterator[Wait]:
        """The queue as a table, a version's page, and a download at work."""
        self.do("open-queue")
        yield from self.both("queue")
        self.window.resize(*LARGE)
        yield from self.both("queue-large")
        self.window.resize(*SMALL)
        self.do("open-queue")
        self.window.market.show_version(self.version_of(TWO_FILES_APP).key)
        yield from self.both("version")
        yield from self.with_server(lambda server: server.faults.set(latency=1.0, latency_ms=4000.0, only="/files/"))
        self.do("fetch")
        yield from self.both("download")
        yield from self.with_server(lambda server: server.faults.clear())
        market, key = self.session.market, self.version_of(TWO_FILES_APP).key
        yield Wait("the download", (market.fetched, market.queue_changed), lambda: market.entries[key].fetched, 120)
        about = self.session.market.entries[key].submissions[0]
        yield from self.open(about)
        yield from self.both("two-files")
        self.window.messages.clear()

    def show_decision(self) -> Iterator[Wait]:
        """Decided without a network, and what the marketplace says afterwards; then the figures."""
        market = self.session.market
        entry = self.version_of(CHOSEN_APP)
        yield from self.with_server(lambda server: server.stop())
        yield from self.sync()
        yield from self.both("offline")
        self.window.messages.clear()
        self.do("reject")
        yield from self.settle()
        dialog = self.window.decision.dialog
        if dialog is None:
            raise ScriptError("the dialog of the decision did not open")
        dialog.start_from(0)
        dialog.text.setPlainText(dialog.reason.replace("{contact}", "security@marketplace.example"))
        yield from self.both("preview", dialog)
        dialog.accept()
        yield from self.settle()
        while market.syncing:
            yield Wait("the sync", (market.synced,))
        self.window.messages.clear()
        yield from self.both("to-send")

        def swap(server: PracticeServer) -> None:
            server.records.replace_file(entry.files[0].file_id, SWAPPED)
            server.start()

        yield from self.with_server(swap)
        yield from self.sync()
        self.do("outbox")
        yield from self.settle()
        outbox = self.window.outbox.dialog
        if outbox is None:
            raise ScriptError("the outbox did not open")
        yield from self.both("conflict", outbox)
        outbox.close()
        self.window.messages.clear()
        self.do("figures")
        yield from self.settle()
        sheet = self.window.findChild(Dashboard)
        if sheet is None:
            raise ScriptError("the figures did not open")
        yield from self.both("figures", sheet)
        sheet.close()
        self.do("app-history")
        yield from self.settle()
        past = self.window.findChild(HistoryWindow)
        if past is None:
            raise ScriptError("the history did not open")
        yield from self.both("history", past)
        past.close()
