"""`--drive FOLDER`: a whole review without a person, through the window and its operations.

It waits for the battery, walks through every tab in light and dark, triages, answers, decides and exports,
and leaves pictures and notes in the folder. Exit code 0 only when all of it worked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from app.triage import Verdict
from checks import Severity
from widgets.script import Script, ScriptError, Wait
from widgets.words import name_of

if TYPE_CHECKING:
    from app.desk import Desk
    from widgets.program import Program

NOTES = "Reviewed by the window itself. The install hook is new in this version and fetches code at run time."
REPORTS = ("md", "html", "json", "sarif")


class Driver(Script):
    """Reviews the first submission that has a baseline, else the first of the queue."""

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
        session = self.session
        yield from self._allow_what_there_is()
        if not session.rows:
            yield Wait("the queue", (session.queue_changed,), lambda: bool(session.rows), 120)
        yield from self.settle()
        rows = sorted(session.rows.values(), key=lambda r: (r.submission.added, r.submission.id))
        chosen = next((r.submission for r in rows if r.submission.baseline is not None), rows[0].submission)
        if chosen.baseline is not None:
            yield from self.open(chosen.baseline)
        yield from self.open(chosen.id)
        yield from self._look_around()
        yield from self._triage()
        yield from self._answer()
        yield from self._decide()
        yield from self._export()

    def _allow_what_there_is(self) -> Iterator[Wait]:
        """The practice submissions are inert: without a full sandbox the drive goes on with less, and says so."""
        if self.session.isolation is None:
            yield Wait("the desk", (self.session.ready, self.session.failed), seconds=120)
        if self.session.isolation is None:
            raise ScriptError("the desk could not be opened")
        if self.session.isolation.launcher == "unavailable":
            lacks = "; ".join(self.session.isolation.lacks)
            print(f"assay: {lacks}; this drive goes on with less, the setting stays as it is", file=sys.stderr)

            def weaken(desk: Desk) -> None:
                desk.settings = replace(desk.settings, isolation="none")

            self.context.submit(weaken, anywhere=True)
            yield from self.settle()

    def _look_around(self) -> Iterator[Wait]:
        run = self.context.run
        worst = (
            max((f for f in run.findings if f.state != "fixed"), key=lambda f: f.severity, default=None)
            if run
            else None
        )
        for theme in ("light", "dark"):
            self.theme(theme)
            for tab, _, _ in self.window.TABS:
                self.do(f"tab-{tab}")
                if tab == "files" and worst is not None and worst.number is not None:
                    self.context.show_file(worst.number, worst.start)
                if tab == "findings" and worst is not None:
                    self.context.show_finding(worst.fingerprint)
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
