"""What the reviewer does with the queue of the marketplace, and the places in the centre where it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from app.marketplace.words import QueueEntry
from widgets.dialogs import Sheet
from widgets.market_table import MarketTable
from widgets.parts import PlainLabel, use_thin_bars
from widgets.queue_lines import one_line
from widgets.theme import Theme
from widgets.version_page import VersionPage
from widgets.words import format_count

if TYPE_CHECKING:
    from widgets.main_window import MainWindow

TABLE_MENU = ("show-version", "fetch", "cancel-fetch", "assign", "copy-ids", "app-history")
CHECK = "distribution"
SPARE = 1000  # ms after the first sync


class ConsentDialog(Sheet):
    """Says what would be asked over the network, and by whom, before anything is."""

    def __init__(self, theme: Theme, lines: list[str], parent: QWidget) -> None:
        super().__init__(theme, "Check the distribution", parent, 520, 320)
        self.setAccessibleName("Check the distribution")
        self.lines = lines
        for line in lines:
            self.body.addWidget(PlainLabel(line, theme, "text", wrap=True))
        self.body.addStretch(1)
        self.add_foot("Ask the network", dismiss="Cancel")


class MarketActions:
    """Registers the operations, and holds their handlers; the version is the one that is looked at."""

    def __init__(self, window: MainWindow) -> None:
        self._window, self._session, self._context = window, window.session, window.session.context
        self._market = window.session.market
        self._page: VersionPage | None = None
        self._table: MarketTable | None = None
        self._came_from: Callable[[], object] | None = None
        self.dialog: ConsentDialog | None = None
        self._begun = False
        self._register()
        window.queue.version_opened.connect(self.show_version)
        self._context.submission_changed.connect(lambda *_: self._note_place())
        self._market.synced.connect(lambda *_: self._begin())

    def _register(self) -> None:
        add, market = self._context.actions.add, self._market
        connected = lambda: market.state.connected  # noqa: E731 - a condition, given to many
        here = lambda: connected() and self.target is not None  # noqa: E731
        add("sync", "&Sync now", lambda: market.sync(asked=True), group="Queue", keys="F9", icon="refresh",
            section="sync", enabled_when=lambda: connected() and not market.syncing,
            tip="Send what waits, and read the queue of the marketplace")  # fmt: skip
        add("open-queue", "The whole &queue", self.toggle_table, group="Queue", keys="Ctrl+Shift+U", icon="table",
            section="sync", enabled_when=connected, tip="Every version as a table, and back again")  # fmt: skip
        add("show-version", "&About this version", self.show_target, group="Queue", keys="V", icon="info",
            section="version", enabled_when=here, tip="What the marketplace says of it")  # fmt: skip
        add("fetch", "&Download and review", self.fetch, group="Queue", keys="Ctrl+D", icon="download",
            section="version", enabled_when=self._may_fetch)  # fmt: skip
        add("cancel-fetch", "Cancel the download", self.cancel_fetch, group="Queue", icon="stop", section="version",
            enabled_when=self._may_cancel)  # fmt: skip
        add("assign", "Ass&ign to me", self.assign, group="Queue", keys="I", icon="user", section="version",
            enabled_when=self._may_assign, tip="Take it into review; other reviewers see your name")  # fmt: skip
        add("copy-ids", "Copy the i&ds", self.copy_ids, group="Queue", icon="copy", section="version",
            enabled_when=here, tip="Of app, version and files, as the marketplace knows them")  # fmt: skip
        add("check-distribution", "Check the &distribution (asks the network)…", self.ask_distribution, group="Review",
            icon="web", section="run", enabled_when=self._may_check)  # fmt: skip

    # places in the centre, made when they are first shown

    @property
    def page(self) -> VersionPage:
        """The page of a version."""
        if self._page is None:
            self._page = VersionPage(self._session, self._context.theme)
            self._window.add_place(self._page)
            use_thin_bars(self._page, self._context.theme)
            use_thin_bars(self._window, self._context.theme)
        return self._page

    @property
    def table(self) -> MarketTable:
        """The whole queue."""
        if self._table is None:
            self._table = MarketTable(self._session, self._context.theme, self._fill_menu)
            self._table.opened.connect(self.open_entry)
            self._table.closed.connect(self.toggle_table)
            self._window.add_place(self._table)
            self._window.restore_table(self._table)
            use_thin_bars(self._table, self._context.theme)
        return self._table

    @property
    def on_page(self) -> bool:
        """Whether the page of a version is shown."""
        return self._page is not None and self._window.center.currentWidget() is self._page

    @property
    def on_table(self) -> bool:
        """Whether the table is shown."""
        return self._table is not None and self._window.center.currentWidget() is self._table

    def save(self, keep: Callable[[str, object], object]) -> None:
        """Keep how the table looked."""
        if self._table is not None:
            keep("queue-table/columns", self._table.save_columns())

    def _begin(self) -> None:
        """After the first sync the centre shows the first version rather than nothing."""
        if self._begun or not self._market.rows:
            return
        self._begun = True
        QTimer.singleShot(SPARE, self._window, lambda: self.table)  # made in a spare moment, so that it opens at once
        if self._window.center.currentIndex() == 0:
            # in a turn of its own: the queue is on the screen first
            QTimer.singleShot(0, self._window.queue, self._window.queue.open_first)

    def _note_place(self) -> None:
        shown = self.on_page and self._context.submission is None
        self._market.viewing = self.page.key if shown else None

    def show_version(self, key: int) -> None:
        """Bring the page of a version forward; no submission is open then, so that no key decides on what is unseen."""
        entry = self._market.entries.get(key)
        if entry is not None:
            self.show_entry(entry)

    def show_entry(self, entry: QueueEntry) -> None:
        """The same for one that may not be in the queue."""
        entry = self._market.entries.get(entry.key, entry)
        self._session.leave()
        self.page.show_version(entry)
        focus = self._window.focusWidget()
        self._window.show_place(self.page)
        if focus is not None and not focus.isVisible():  # it was in what has gone, the table or the review
            self.page.fetch_button.setFocus()
        self._note_place()
        self._window.queue.follow_version(entry.key)
        self._window.setWindowTitle(f"{one_line(entry.name, 80)} {one_line(entry.label, 40)} – Assay")
        self._context.actions.refresh()

    def open_entry(self, entry: QueueEntry) -> None:
        """Its review where it is on this desk, else its page."""
        if entry.fetched and entry.submissions[0] in self._session.rows:
            self._session.open(entry.submissions[0])
        else:
            self.show_entry(entry)

    def toggle_table(self) -> None:
        """The whole queue, or back to what was shown before."""
        if self.on_table:
            back, self._came_from = self._came_from, None
            self._window.show_place(None)
            if back is not None:
                back()
            self._note_place()
            self._window.queue.view.setFocus()
            return
        about, entry, key = self._context.submission, self.page.entry if self.on_page else None, self._target_key()
        if about is not None:
            self._came_from = lambda: self._session.open(about.id)
        elif entry is not None:
            self._came_from = lambda: self.show_entry(entry)
        self._session.leave()
        self.table.refresh()
        self._window.show_place(self.table)
        self._note_place()
        self.table.show_key(key)
        self.table.table.setFocus()
        self._window.setWindowTitle("The whole queue – Assay")
        self._context.actions.refresh()

    # the version that is looked at

    @property
    def target(self) -> QueueEntry | None:
        """The version that an operation is about: of the table, the page, the open review, else the current line."""
        if self.on_table:
            return self.table.current
        if self.on_page:
            return self.page.entry
        about = self._context.submission
        if about is not None:
            return self._market.entry_of(about.id)
        key = self._window.queue.key
        return self._market.entries.get(key) if key is not None else None

    def _target_key(self) -> int | None:
        entry = self.target
        return entry.key if entry is not None else None

    def _targets(self) -> list[QueueEntry]:
        if self.on_table:
            return self.table.selected
        return [self.target] if self.target is not None else []

    def show_target(self) -> None:
        """Its page, also where it is on this desk already."""
        entry = self.target
        if entry is not None:
            self.show_entry(entry)

    def _may_fetch(self) -> bool:
        entry = self.target
        if entry is None or self._market.is_fetching(entry.key):
            return False
        return self.on_page or self.on_table or not entry.fetched

    def fetch(self) -> None:
        """Download it, or open its review where that was done; several of the table are only downloaded."""
        entries = self._targets()
        if len(entries) > 1:
            for entry in entries:
                if not entry.fetched and not entry.gone:
                    self._market.fetch(entry.key, open=False)
            return
        for entry in entries:
            if entry.fetched:
                self.open_entry(entry)
                continue
            if not self.on_page:
                self.show_entry(entry)
            self._market.fetch(entry.key)
        self._context.actions.refresh()

    def _may_cancel(self) -> bool:
        entry = self.target
        return entry is not None and self._market.is_fetching(entry.key)

    def cancel_fetch(self) -> None:
        """Stop its download."""
        key = self._target_key()
        if key is not None:
            self._market.cancel_fetch(key)

    def _may_assign(self) -> bool:
        return any(not e.mine and not e.gone and e.status.value in ("pending", "inReview") for e in self._targets())

    def assign(self) -> None:
        """Take it into review; among several, what another reviewer has is left to them."""
        entries = [e for e in self._targets() if not e.mine and not e.gone]
        left = [e for e in entries if e.holder] if len(entries) > 1 else []
        for entry in entries:
            if entry not in left:
                self._market.assign(entry.key)
        if left:
            are = "is" if len(left) == 1 else "are"
            what = format_count(len(left), "version")
            self._context.show_message(f"{what} {are} in review by others, and left to them.", "info")

    def copy_ids(self) -> None:
        """App, version and files into the clipboard."""
        lines = []
        for e in self._targets():
            lines.append(f"{e.app_id} {e.version} {' '.join(f.file_id for f in e.files)}".rstrip())
        if lines:
            QGuiApplication.clipboard().setText("\n".join(one_line(line, 2000) for line in lines))
            what = format_count(len(lines), "version")
            self._context.show_message(f"The ids of {what} are in the clipboard.", "good")

    def _fill_menu(self, menu: QMenu) -> None:
        """The table's: what can be done with what is chosen."""
        actions = self._context.actions
        actions.refresh()
        entry = self.table.current
        if entry is None:
            return
        opens = menu.addAction("Open")
        opens.triggered.connect(lambda *_: self.open_entry(entry))
        for id in TABLE_MENU:
            if id in actions and actions[id].isEnabled():
                menu.addAction(actions[id])
        turn = {"approved": ("suspend", "Suspend…"), "suspended": ("unsuspend", "Unsuspend…")}.get(entry.status.value)
        if turn is not None and not entry.gone:
            menu.addSeparator()
            ask = menu.addAction(self._context.theme.icon("stop"), turn[1])
            ask.triggered.connect(lambda *_: self._window.status.ask(entry.key, turn[0]))

    # the distribution check

    def _may_check(self) -> bool:
        about = self._context.submission
        return (
            about is not None
            and not self._context.running
            and self._market.state.connected
            and self._market.entry_of(about.id) is not None
        )

    def ask_distribution(self) -> None:
        """Say what would be contacted, and do it only then."""
        about = self._context.submission
        entry = self._market.entry_of(about.id) if about is not None else None
        if about is None or entry is None:
            return
        host = urlsplit(self._session.settings.marketplace.address).hostname or "the marketplace"
        files = format_count(len(entry.files), "file")
        lines = [
            f"This asks the network from this computer: {host}, and the hosts that its signed addresses name.",
            f"For {files} of {one_line(entry.name, 80)} {one_line(entry.label, 40)} it looks whether an address "
            "without a signature serves nothing, whether a signed one serves the same bytes over https, and whether "
            "that ends when it should.",
            "It waits until a signed address has expired, which may take a minute. Nothing is sent but these "
            "requests; no signed address is kept.",
        ]  # fmt: skip
        dialog = self.dialog = ConsentDialog(self._context.theme, lines, self._window)
        dialog.accepted.connect(lambda: self._session.runs.start(about.id, (CHECK,), live=True))
        dialog.finished.connect(lambda *_: setattr(self, "dialog", None))
        dialog.open()
