"""`make screenshots`: the pictures of every pane, from the real window on the practice marketplace.

They are taken in a data folder of their own that is thrown away, and show nothing of the person who takes them.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.desk import Desk
from app.marketplace.practice.server import PracticeServer
from app.marketplace.words import Fetched, QueueEntry
from app.model import Submission
from app.practice_desk import PracticeDesk
from app.triage import Verdict
from checks import Severity
from widgets.app_history import HistoryWindow
from widgets.application import make_application
from widgets.archive_dialog import ArchiveDialog
from widgets.collector import Collector
from widgets.dashboard import Dashboard
from widgets.package_source import PackageSource
from widgets.program import Program
from widgets.script import Script, ScriptError, Wait

SMALL, LARGE = (1280, 800), (1920, 1080)
CHOSEN_APP, SIGNED_APP, TWO_FILES_APP = "Acme Notes", "Tab Tidy", "Palette Peek"
SWAPPED = b"PK\x05\x06" + bytes(18)  # other bytes under the same name: an empty archive
SIGNED = "tab-tidy-1.5.0.crx"  # by another key than its baseline, asks for more, has a minified part
MINIFIED = "vendor/insights.min.js"
CLAIMED = "sends_cookies"
INDICATOR = "tab-tidy.invalid"
REVIEWER = "Rita Reviewer"


class Pictures(Script):
    """What all pictures need: the desk, the reviewer's name, both themes."""

    def begin(self) -> Iterator[Wait]:
        """Until the desk is open."""
        session = self.session
        if session.isolation is None:
            yield Wait("the desk", (session.ready, session.failed), seconds=120)
        if session.isolation is None:
            raise ScriptError("the desk could not be opened")
        self.window.shell.save_settings(replace(session.settings, reviewer=REVIEWER))
        yield from self.settle()

    def both(self, name: str, widget: QWidget | None = None) -> Iterator[Wait]:
        """The same picture, light and dark."""
        for theme in ("light", "dark"):
            self.theme(theme)
            yield from self.settle()
            self.grab(f"{name}-{theme}", widget)


class Beginner(Pictures):
    """A desk without a marketplace, and with nothing on it."""

    def steps(self) -> Iterator[Wait]:
        yield from self.begin()
        yield from self.both("empty")
        yield from self._fail()

    def _fail(self) -> Iterator[Wait]:
        """A package that is not there: the window says so, keeps what it has, and offers the way on."""
        self.expect_error = True
        self.session.intake.take_in([Path("/home/rita/Downloads/acme-notes-2.5.0.xpi")])
        yield from self.settle()
        yield from self.both("error")
        self.window.messages.clear()
        self.expect_error = False


class Photographer(Pictures):
    """Walks through the states that the documentation shows, in both themes."""

    def steps(self) -> Iterator[Wait]:
        market = self.session.market
        yield from self.begin()
        if market.state.synced is None:
            yield Wait("the queue of the marketplace", (market.synced,), seconds=120)
        if market.state.synced is None:
            raise ScriptError(f"the queue was not read: {market.state.problem}")
        yield from self.settle()
        yield from self._queue()
        yield from self.download(SIGNED_APP)
        yield from self._signed([r.submission for r in self.session.rows.values()])
        yield from self.download(CHOSEN_APP)
        self.window.messages.clear()
        yield from self._panes()
        yield from self._review()
        yield from self._ways()

    # the marketplace

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

    def download(self, name: str) -> Iterator[Wait]:
        """Bring a version here, and wait for its battery."""
        market, key = self.session.market, self.version_of(name).key
        self.window.market.show_version(key)
        yield from self.settle()
        got: list[Fetched] = []
        market.fetched.connect(got.append)
        market.fetch(key)
        yield Wait("the download", (market.fetched,), lambda: bool(got), 120)
        yield from self.open(got[0].submissions[0])

    def _queue(self) -> Iterator[Wait]:
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

    def _ways(self) -> Iterator[Wait]:
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

    # a review

    def _signed(self, queue: Sequence[Submission]) -> Iterator[Wait]:
        """What is in a package against its baseline, minified code in rows, and the search of everything reviewed."""
        about = next((s for s in queue if s.artifact.name == SIGNED), None)
        if about is None:
            raise ScriptError(f"{SIGNED} is not among the practice submissions")
        yield from self.open(about.id)
        self.window.messages.clear()
        self.do("tab-package")
        yield from self.both("package-signed")
        tree = PackageSource.of(self.context).tree
        number = tree.number_of(MINIFIED) if tree is not None else None
        if number is None:
            raise ScriptError(f"there is no {MINIFIED} in {SIGNED}")
        run = self.context.run
        claimed = next((f for f in run.findings if f.rule == CLAIMED), None) if run else None
        if claimed is None:
            raise ScriptError(f"{SIGNED} has no finding {CLAIMED}, of which the developer claims something")
        self.context.show_file(number, claimed.start)
        yield from self.both("minified")
        self.do("tab-findings")
        self.context.show_finding(claimed.fingerprint)
        yield from self.both("claim")
        self.do("search-archive")
        dialog = self.window.findChild(ArchiveDialog)
        if dialog is None:
            raise ScriptError("the search of everything reviewed did not open")
        dialog.field.setText(INDICATOR)
        dialog.search()
        yield Wait("the search of everything reviewed", (dialog.ended,))
        for theme in ("light", "dark"):
            self.theme(theme)
            yield from self.settle()
            self.grab(f"archive-{theme}", dialog)
        dialog.close()

    def _panes(self) -> Iterator[Wait]:
        run = self.context.run
        found = [f for f in run.findings if f.state != "fixed"] if run else []
        worst = max(found, key=lambda f: f.severity, default=None)
        for tab, _, _ in self.window.TABS:
            self.do(f"tab-{tab}")
            if worst is not None and worst.number is not None and tab == "files":
                self.context.show_file(worst.number, worst.start)
            if worst is not None and tab == "findings":
                self.context.show_finding(worst.fingerprint)
            yield from self.both(tab)
        self.window.resize(*LARGE)
        for tab, _, _ in self.window.TABS:
            self.do(f"tab-{tab}")
            yield from self.both(f"{tab}-large")
        self.window.resize(*SMALL)
        self.do("tab-overview")
        yield from self.settle()
        self.do("palette")
        if self.window.palette_view is not None:
            self.window.palette_view.field.setText("set")
        yield from self.both("palette")
        if self.window.palette_view is not None:
            self.window.palette_view.close_palette()

    def _review(self) -> Iterator[Wait]:
        run = self.context.run
        serious = [f.fingerprint for f in (run.findings if run else ()) if f.severity >= Severity.HIGH]
        if serious:
            self.context.set_triage(serious, Verdict.CONFIRMED, "Read beside the source: it does what the rule says")
            yield Wait("the triage", (self.context.triage_changed,))
        self.window.decision.notes.setPlainText("New in this version: code is fetched when the extension is installed.")
        self.do("go-to-blocker")
        self.do("tab-findings")
        yield from self.both("checklist")
        self.do("approve")
        yield from self.settle()
        dialog = self.window.decision.dialog
        if dialog is None:
            raise ScriptError("the dialog of the decision did not open")
        dialog.reject()
        for theme in ("light", "dark"):
            self.theme(theme)
            self.do("approve")
            yield from self.settle()
            if self.window.decision.dialog is None:
                raise ScriptError("the dialog of the decision did not open")
            self.grab(f"decision-{theme}", self.window.decision.dialog)
            self.window.decision.dialog.reject()
            yield from self.settle()


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; the exit code is 0 when all of them are there."""
    parser = argparse.ArgumentParser(prog="widgets.screenshots", description=__doc__)
    parser.add_argument("--practice", type=Path, required=True, help="the folder that `make practice` builds")
    parser.add_argument("target", type=Path, help="where the pictures go")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="assay-pictures-") as home:
        for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            os.environ[variable] = str(Path(home) / variable.lower())
        return take_pictures(options.practice, options.target)


def take_pictures(practice: Path, target: Path) -> int:
    """Show the window twice, let it act, and leave."""
    app = make_application(["assay"])
    collector = Collector(app)
    try:
        for make, script in ((Desk.open, Beginner), (functools.partial(PracticeDesk.begin, practice), Photographer)):
            error = _let_act(app, make, script, target)
            if error:
                print(f"assay: the pictures could not be taken: {error}", file=sys.stderr)
                return 1
    finally:
        collector.close()
    return 0


def _let_act(app: QApplication, make: Callable[[], Desk], script: type[Pictures], target: Path) -> str:
    """One window and what it does; what went wrong, or an empty text."""
    program = Program(make)
    program.session.auto_run = False
    program.window.resize(*SMALL)
    acting = script(program, target)
    ended: list[str] = []

    def end(error: str) -> None:
        ended.append(error)
        program.window.close()
        app.exit()

    acting.finished.connect(end)
    program.window.built.connect(program.session.start)
    program.window.built.connect(lambda: QTimer.singleShot(0, acting.start))
    program.window.show()
    try:
        app.exec()
    finally:
        program.close()
    return ended[0] if ended else "the window was closed"


if __name__ == "__main__":
    sys.exit(main())
