"""`--drive FOLDER`: a whole review without a person, through the window and its operations.

It takes a version from the queue of the marketplace, downloads it, waits for the battery, walks through every tab in
light and dark, triages, answers, decides, waits until the marketplace has the decision, and exports. Pictures and notes
are left in the folder. Exit code 0 only when all of it worked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from app.marketplace.words import OutboxRow, SendState
from app.triage import Verdict
from checks import Severity
from widgets.dashboard import Dashboard
from widgets.script import Script, ScriptError, Wait
from widgets.words import name_of

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.program import Program

NOTES = "Reviewed by the window itself. The install hook is new in this version and fetches code at run time."
REPORTS = ("md", "html", "json", "sarif")


class Driver(Script):
    """Reviews what has waited longest and has a live version to compare with; without a marketplace, what is here."""

    def __init__(self, program: Program, folder: Path) -> None:
        super().__init__(program, folder)
        self.finished.connect(self._exit)

    def _exit(self, error: str) -> None:
        if error:
            print(f"assay: the review could not be driven: {error}", file=sys.stderr)
        else:
            print(f"assay: reviewed, {len(self.pictures)} pictures and the notes are in {self.folder}", file=sys.stderr)
        self.window.close()
        QApplication.exit(1 if error else 0)

    def steps(self) -> Iterator[Wait]:
        yield from self._allow_what_there_is()
        yield from self.settle()
        if self.session.market.state.connected:
            yield from self._take_from_queue()
        else:
            yield from self._take_from_desk()
        yield from self._look_around()
        yield from self._triage()
        yield from self._answer()
        yield from self._decide()
        yield from self._deliver()
        yield from self._export()

    def _take_from_desk(self) -> Iterator[Wait]:
        session = self.session
        if not session.rows:
            yield Wait("the queue", (session.queue_changed,), lambda: bool(session.rows), 120)
        yield from self.settle()
        rows = sorted(session.rows.values(), key=lambda r: (r.submission.added, r.submission.id))
        chosen = next((r.submission for r in rows if r.submission.baseline is not None), rows[0].submission)
        if chosen.baseline is not None:
            yield from self.open(chosen.baseline)
        yield from self.open(chosen.id)

    def _take_from_queue(self) -> Iterator[Wait]:
        yield from self.wait_for_queue()
        market = self.session.market
        free = sorted((e for e in market.entries.values() if not e.holder or e.mine), key=lambda e: e.since)
        chosen = next((e for e in free if e.live_version is not None and e.kind == "download"), None)
        if chosen is None:
            raise ScriptError("no version in the queue has a live one to compare with: start with an empty data folder")
        self.do("open-queue")
        yield from self.settle()
        self.grab("queue-light")
        self.do("open-queue")
        self.window.market.show_version(chosen.key)
        yield from self.settle()
        self.grab("version-light")
        if not chosen.mine:
            self.do("assign")
            yield Wait("the marketplace to know who reviews it", (market.queue_changed,), self._has(chosen.key))
        if chosen.fetched:
            yield from self.open(chosen.submissions[0])
        else:
            yield from self.download(chosen.key)

    def _has(self, key: int) -> Callable[[], bool]:
        return lambda: (entry := self.session.market.entries.get(key)) is not None and entry.mine

    def _allow_what_there_is(self) -> Iterator[Wait]:
        """The practice submissions are inert: without a full sandbox the drive goes on with less, and says so."""
        yield from self.wait_for_desk()
        isolation = self.session.isolation
        if isolation is not None and isolation.launcher == "unavailable":
            lacks = "; ".join(isolation.lacks)
            print(f"assay: {lacks}; this drive goes on with less, the setting stays as it is", file=sys.stderr)

            def weaken(desk: Desk) -> None:
                desk.settings = replace(desk.settings, isolation="none")

            self.context.submit(weaken, anywhere=True)
            yield from self.settle()

    def _look_around(self) -> Iterator[Wait]:
        for theme in ("light", "dark"):
            self.theme(theme)
            for tab, _, _ in self.window.TABS:
                self.show_tab(tab)
                yield from self.settle()
                self.grab(f"{tab}-{theme}")
            self.do("palette")
            yield from self.settle()
            self.grab(f"palette-{theme}")
            if self.window.palette_view is not None:
                self.window.palette_view.close_palette()
        self.theme("light")

    def _triage(self) -> Iterator[Wait]:
        run = self.context.run
        here = [f for f in run.findings if f.state != "fixed"] if run else []
        for severity in sorted({f.severity for f in here}, reverse=True):
            prints = [f.fingerprint for f in here if f.severity == severity]
            if severity >= Severity.HIGH:
                self.context.set_triage(prints, Verdict.CONFIRMED, "Looked at beside the source")
            else:
                self.context.set_triage(prints, Verdict.ACCEPTED_RISK, "Minor, told to the developer")
            yield Wait("the triage", (self.context.triage_changed,))
        if any(self.context.triage_of(f.fingerprint).verdict is None for f in here):
            raise ScriptError("a finding is not triaged although a verdict was given")
        yield from self.settle()
        self.do("tab-findings")
        yield from self.settle()
        self.grab("triaged-light")

    def _answer(self) -> Iterator[Wait]:
        checklist, panel = self.window.checklist, self.window.checklist.answers
        items = self.session.checklist.items if self.session.checklist else ()
        for item in [i for i in items if i.required and i.status.value == "needs_you"]:
            self.context.show_guideline(item.guideline.id)
            if panel.item is None or panel.item.guideline.id != item.guideline.id:
                raise ScriptError(f"the checklist does not show {item.guideline.id}")
            panel.comment.setText("Read, and found to be so")
            panel.choose("met")
            yield Wait(
                f"the answer to {item.guideline.id}",
                (self.session.checklist_changed,),
                self._is_answered(item.guideline.id),
            )
        yield from self.settle()
        checklist.next_open()
        yield from self.settle()
        self.grab("checklist-light")

    def _is_answered(self, guideline: str):
        def answered() -> bool:
            item = self.session.checklist.item(guideline) if self.session.checklist else None
            return item is not None and item.answer is not None

        return answered

    def _decide(self) -> Iterator[Wait]:
        about, bar = self.context.submission, self.window.decision
        if about is None:
            raise ScriptError("no submission is open")
        bar.notes.setPlainText(NOTES)
        run = self.context.run
        bad = any(f.severity >= Severity.HIGH and f.state != "fixed" for f in (run.findings if run else ()))
        decision = "reject" if bad else "request-changes"
        self.do(decision)
        yield from self.settle()
        if bar.dialog is None:
            raise ScriptError("the dialog of the decision did not open")
        bar.dialog.start_from(0)
        bar.dialog.text.setPlainText(bar.dialog.reason.replace("{contact}", "security@marketplace.example"))
        if not bar.dialog.confirm.isEnabled():
            raise ScriptError(f"the decision cannot be confirmed: {bar.dialog.hint.text()}")
        yield from self.settle()
        self.grab("decision-light", bar.dialog)
        before = len(self.session.decisions)
        bar.dialog.accept()
        yield Wait("the decision", (self.session.decisions_changed,), lambda: len(self.session.decisions) > before)
        yield from self.settle()
        self.grab("decided-light")

    def _deliver(self) -> Iterator[Wait]:
        """Until the marketplace has shown the decision: what is only queued is not delivered."""
        market, about = self.session.market, self.context.submission
        entry = market.entry_of(about.id) if about is not None else None
        if entry is None:
            return
        ended: list[OutboxRow] = []

        def look(desk: Desk) -> tuple[OutboxRow, ...]:
            return desk.marketplace.outbox_of(entry.key)

        for _ in range(20):
            self.context.submit(look, lambda rows: ended.extend(rows[:1]), anywhere=True)
            yield from self.settle()
            if ended and ended[-1].state is SendState.DELIVERED:
                break
            if not market.syncing:
                market.sync()
            yield Wait("the decision to be delivered", (market.synced,))
        else:
            raise ScriptError(f"the decision was not delivered: {ended[-1].told if ended else 'it was never queued'}")
        yield from self.settle()
        self.grab("delivered-light")
        self.do("figures")
        yield from self.settle()
        sheet = QApplication.activeModalWidget() or self.window.findChild(Dashboard)
        if sheet is None:
            raise ScriptError("the figures did not open")
        self.grab("figures-light", sheet)
        sheet.close()

    def _export(self) -> Iterator[Wait]:
        about = self.context.submission
        if about is None:
            raise ScriptError("no submission is open")
        for format in REPORTS:
            target = (self.folder / f"review.{'sarif.json' if format == 'sarif' else format}").absolute()
            self.window.shell.export_to(format, target, about.id)
            yield Wait(f"the {format} report", (self.session.exported,))
            if not target.is_file() or target.stat().st_size == 0:
                raise ScriptError(f"{target}: was not written")
        notes = (self.folder / "review.md").read_text(encoding="utf-8")
        if name_of(about) not in notes or NOTES.split(".")[0] not in notes:
            raise ScriptError("the exported notes lack the name of the submission or the reviewer's notes")
