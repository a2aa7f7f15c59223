"""Pictures of a review: the panes, a package against its baseline, triage, and the decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.model import Submission
from app.triage import Verdict
from checks import Severity
from widgets.archive_dialog import ArchiveDialog
from widgets.package_source import PackageSource
from widgets.pictures import LARGE, SMALL, Pictures
from widgets.script import ScriptError, Wait

SIGNED = "tab-tidy-1.5.0.crx"  # by another key than its baseline, asks for more, has a minified part
MINIFIED = "vendor/insights.min.js"
CLAIMED = "sends_cookies"
INDICATOR = "tab-tidy.invalid"


class ReviewPictures(Pictures):
    """The states of one submission."""

    def show_signed(self, queue: Sequence[Submission]) -> Iterator[Wait]:
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
        yield from self.both("archive", dialog)
        dialog.close()

    def show_panes(self) -> Iterator[Wait]:
        """Every pane at the worst finding, in both sizes of the window, and the palette."""
        for tab, _, _ in self.window.TABS:
            self.show_tab(tab)
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

    def show_review(self) -> Iterator[Wait]:
        """Findings that were triaged, the checklist, and the dialog of an approval."""
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
