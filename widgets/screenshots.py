"""`make screenshots`: the pictures of every pane, from the real window on the practice submissions.

They are taken in a data folder of their own that is thrown away, and show nothing of the person who takes them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.desk import Desk
from app.model import Submission
from app.triage import Verdict
from checks import Severity
from widgets.application import make_application
from widgets.archive_dialog import ArchiveDialog
from widgets.collector import Collector
from widgets.package_source import PackageSource
from widgets.program import Program
from widgets.script import Script, ScriptError, Wait

SMALL, LARGE = (1280, 800), (1920, 1080)
SIGNED = "tab-tidy-1.5.0.crx"  # by another key than its baseline, asks for more, has a minified part
MINIFIED = "vendor/insights.min.js"
CLAIMED = "sends_cookies"
INDICATOR = "tab-tidy.invalid"
REVIEWER = "Rita Reviewer"


class Photographer(Script):
    """Walks through the states that the documentation shows, in both themes."""

    def __init__(self, program: Program, folder: Path, practice: Path) -> None:
        super().__init__(program, folder)
        self._practice = practice

    def steps(self) -> Iterator[Wait]:
        session = self.session
        if session.isolation is None:
            yield Wait("the desk", (session.ready, session.failed), seconds=120)
        if session.isolation is None:
            raise ScriptError("the desk could not be opened")
        self.window.shell.save_settings(replace(session.settings, reviewer=REVIEWER))
        yield from self.settle()
        yield from self._both("empty")
        yield from self._fail()
        session.intake.take_practice(self._practice)
        yield Wait("the practice submissions", (session.queue_changed,), lambda: bool(session.rows), 120)
        yield from self.settle()
        rows = sorted(session.rows.values(), key=lambda r: (r.submission.added, r.submission.id))
        for row in rows:
            yield from self.open(row.submission.id)
            self.window.messages.clear()
        yield from self._signed([r.submission for r in rows])
        chosen = next((r.submission for r in rows if r.submission.baseline is not None), rows[0].submission)
        yield from self.open(chosen.id)
        self.window.messages.clear()
        yield from self._panes()
        yield from self._review()

    def _both(self, name: str) -> Iterator[Wait]:
        for theme in ("light", "dark"):
            self.theme(theme)
            yield from self.settle()
            self.grab(f"{name}-{theme}")

    def _fail(self) -> Iterator[Wait]:
        """A package that is not there: the window says so, keeps what it has, and offers the way on."""
        self.expect_error = True
        self.session.intake.take_in([Path("/home/rita/Downloads/acme-notes-2.5.0.xpi")])
        yield from self.settle()
        yield from self._both("error")
        self.window.messages.clear()
        self.expect_error = False

    def _signed(self, queue: Sequence[Submission]) -> Iterator[Wait]:
        """What is in a package against its baseline, minified code in rows, and the search of everything reviewed."""
        about = next((s for s in queue if s.artifact.name == SIGNED), None)
        if about is None:
            raise ScriptError(f"{SIGNED} is not among the practice submissions")
        yield from self.open(about.id)
        self.window.messages.clear()
        self.do("tab-package")
        yield from self._both("package-signed")
        tree = PackageSource.of(self.context).tree
        number = tree.number_of(MINIFIED) if tree is not None else None
        if number is None:
            raise ScriptError(f"there is no {MINIFIED} in {SIGNED}")
        run = self.context.run
        claimed = next((f for f in run.findings if f.rule == CLAIMED), None) if run else None
        if claimed is None:
            raise ScriptError(f"{SIGNED} has no finding {CLAIMED}, of which the developer claims something")
        self.context.show_file(number, claimed.start)
        yield from self._both("minified")
        self.do("tab-findings")
        self.context.show_finding(claimed.fingerprint)
        yield from self._both("claim")
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
            yield from self._both(tab)
        self.window.resize(*LARGE)
        for tab, _, _ in self.window.TABS:
            self.do(f"tab-{tab}")
            yield from self._both(f"{tab}-large")
        self.window.resize(*SMALL)
        self.do("tab-overview")
        yield from self.settle()
        self.do("palette")
        if self.window.palette_view is not None:
            self.window.palette_view.field.setText("set")
        yield from self._both("palette")
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
        yield from self._both("checklist")
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
    """Show the window, let it act, and leave."""
    app = make_application(["assay"])
    collector = Collector(app)
    program = Program(Desk.open)
    program.session.auto_run = False
    program.window.resize(*SMALL)
    script = Photographer(program, target, practice)
    errors: list[str] = []

    def end(error: str) -> None:
        errors.extend([error] if error else [])
        program.window.close()
        QApplication.exit(1 if error else 0)

    script.finished.connect(end)
    program.window.built.connect(program.session.start)
    program.window.built.connect(lambda: QTimer.singleShot(0, script.start))
    program.window.show()
    try:
        code = app.exec()
    finally:
        program.close()
        collector.close()
    for error in errors:
        print(f"assay: the pictures could not be taken: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
