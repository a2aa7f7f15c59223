"""One finding, explained: what, where, why it matters, how the developer mends it, which guideline, which source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.guidelines import Guideline, load_guidelines
from app.model import RunFinding
from app.views import TextView
from widgets.context import PaneContext
from widgets.findings_model import place_of
from widgets.parts import Badge, Button, ElidedLabel, PlainLabel
from widgets.snippet_view import SnippetView
from widgets.theme import GAP, HALF, SEVERITIES, UNIT
from widgets.words import button_text

if TYPE_CHECKING:
    from app.desk import Desk

PAUSE = 120  # ms: walking through the list with a held key reads no file on the way
LABEL_WIDTH = 96


class FindingDetail(QScrollArea):
    """Shows what the table's current row is about."""

    confirm_offered = Signal()
    wants_triage = Signal()

    def __init__(self, context: PaneContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.finding: RunFinding | None = None
        self._titles: Mapping[str, str] = {}
        self._guidelines: Mapping[str, Guideline] = {}
        self._read: tuple[int, int, TextView] | None = None  # submission, number, view
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("The finding, explained"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._fetch)
        context.submit(lambda _: load_guidelines(), self._take_guidelines, anywhere=True)
        context.submission_changed.connect(lambda *_: self._forget())
        self.show_finding(None)

    def _build(self) -> None:
        theme = self._context.theme
        inner = QWidget()
        inner.setAutoFillBackground(False)
        column = QVBoxLayout(inner)
        column.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, GAP)
        column.setSpacing(UNIT)
        self.badge = Badge(theme)
        self.message = PlainLabel("", factor=1.08, bold=True, wrap=True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head = QHBoxLayout()
        head.setSpacing(UNIT)
        head.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.message, 1)
        column.addLayout(head)
        self.facts = PlainLabel("", theme, "muted", factor=0.92, wrap=True)
        column.addWidget(self.facts)
        self.place = ElidedLabel("", theme, "text")
        self.open = Button(self.tr("Open in Files"), theme, icon="file")
        self.open.setAccessibleName(self.tr("Open the place in Files"))
        self.open.clicked.connect(self.go)
        where = QHBoxLayout()
        where.setSpacing(UNIT)
        where.addWidget(self.place, 1)
        where.addWidget(self.open)
        self.say = Button(self.tr("Triage…  (Space)"), theme)
        self.say.setAccessibleName(self.tr("Triage the finding"))
        self.say.clicked.connect(lambda *_: self.wants_triage.emit())
        where.addWidget(self.say)
        self.confirm = Button(self.tr("It still holds  (Y)"), theme, kind="primary")
        self.confirm.setAccessibleName(self.tr("Confirm the earlier triage"))
        self.confirm.clicked.connect(lambda *_: self.confirm_offered.emit())
        where.addWidget(self.confirm)
        column.addLayout(where)
        # what was said of it already is read before the code
        self.triage = self._add_text(column, self.tr("Triage"))
        self.claim = self._add_text(column, self.tr("Claim"))
        self.snippet = SnippetView(theme)
        column.addWidget(self.snippet)
        self.why = self._add_text(column, self.tr("Why"))
        self.mend = self._add_text(column, self.tr("To mend it"))
        self._guideline_row = QHBoxLayout()
        self._guideline_row.setSpacing(HALF)
        self._guideline_label = self._label(self.tr("Guideline"))
        self._guideline_row.addWidget(self._guideline_label, 0, Qt.AlignmentFlag.AlignTop)
        self._guideline_column = QVBoxLayout()
        self._guideline_column.setSpacing(0)
        self._guideline_row.addLayout(self._guideline_column, 1)
        column.addLayout(self._guideline_row)
        self._guideline_buttons: list[Button] = []
        self.sources = self._add_text(column, self.tr("Source"))
        column.addStretch()
        self._inner = inner
        self.setWidget(inner)

    def _label(self, text: str) -> PlainLabel:
        label = PlainLabel(text, self._context.theme, "muted")
        label.setFixedWidth(LABEL_WIDTH)
        return label

    def _add_text(self, column: QVBoxLayout, title: str) -> PlainLabel:
        row = QHBoxLayout()
        row.setSpacing(HALF)
        label, text = self._label(title), PlainLabel("", wrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1)
        text.setProperty("label", label)
        column.addLayout(row)
        return text

    @staticmethod
    def _say(text: PlainLabel, words: str) -> None:
        text.setText(words)
        text.setVisible(bool(words))
        label = text.property("label")
        if isinstance(label, PlainLabel):
            label.setVisible(bool(words))
            text.setAccessibleName(f"{label.text()}: {words}")

    # contents

    def name_checks(self, titles: Mapping[str, str]) -> None:
        """Titles of checks."""
        self._titles = titles

    def _take_guidelines(self, guidelines: Mapping[str, Guideline]) -> None:
        self._guidelines = guidelines
        self.show_finding(self.finding)

    @property
    def guideline_titles(self) -> Mapping[str, str]:
        """Guideline id -> title, empty until they have been read."""
        return {id: g.title for id, g in self._guidelines.items()}

    def _forget(self) -> None:
        self._read = None
        self.show_finding(None)

    def show_finding(self, finding: RunFinding | None) -> None:
        """Explain a finding; None for none."""
        other = finding is not self.finding
        self.finding = finding
        self._inner.setVisible(finding is not None)
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if finding is not None else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(bar)
        if finding is None:
            self._timer.stop()
            return
        mark = SEVERITIES[finding.severity]
        self.badge.show_mark(mark)
        self.message.setText(finding.message)
        self.message.setAccessibleName(finding.message)
        facts = [self._titles.get(finding.check, finding.check), f"{finding.check}/{finding.rule}"]
        facts.append(self.tr("confidence {0}").format(finding.confidence))
        if finding.state:
            facts.append(finding.state)
        self.facts.setText(" · ".join(facts))
        self.place.setText(place_of(finding))
        self.open.setVisible(finding.number is not None)
        why = [self._guidelines[g].why for g in finding.guidelines if g in self._guidelines]
        self._say(self.why, "\n".join(dict.fromkeys(why)))
        self._say(self.mend, finding.remediation)
        self._show_guidelines(finding)
        self._say(self.sources, "\n".join(finding.references))
        self.show_triage()
        if other:
            self.snippet.show_snippet(finding)
            self.verticalScrollBar().setValue(0)
            self._timer.start()

    def show_triage(self) -> None:
        """What was said of the finding, and by whom."""
        if self.finding is None:
            return
        match = self._context.triage_of(self.finding.fingerprint)
        self._say(self.triage, match.note)
        self._say(self.claim, self.tr("The developer claims: {0}").format(match.claim) if match.claim else "")
        self.confirm.setVisible(match.kind == "offered")
        self.say.setVisible(self.finding.state != "fixed")

    def _show_guidelines(self, finding: RunFinding) -> None:
        for button in self._guideline_buttons:
            self._guideline_column.removeWidget(button)
            button.deleteLater()
        self._guideline_buttons = []
        for id in finding.guidelines:
            title = self._guidelines[id].title if id in self._guidelines else ""
            button = Button(button_text(f"{id}  {title}".rstrip()), self._context.theme, kind="quiet", icon="list")
            button.setAccessibleName(self.tr("Guideline {0}").format(id))
            button.setToolTip(self.tr("Show it in the checklist"))
            button.clicked.connect(lambda *_, g=id: self._context.show_guideline(g))
            self._guideline_column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self._guideline_buttons.append(button)
        self._guideline_label.setVisible(bool(finding.guidelines))

    # where

    def go(self) -> None:
        """Jump to the place in Files."""
        finding = self.finding
        if finding is None:
            return
        if finding.number is None:
            gone = self.tr("It was in the baseline; the submission no longer has it.")
            whole = self.tr("This finding is about the package as a whole; there is no line to show.")
            self._context.show_message(gone if finding.state == "fixed" else whole)
            return
        self._context.show_file(finding.number, finding.start)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def _fetch(self) -> None:
        if not self.isVisible():  # nobody reads it: the file can wait until somebody does
            return
        finding, submission = self.finding, self._context.submission
        if finding is None or submission is None or finding.number is None or finding.start is None:
            return
        if self._read is not None and self._read[:2] == (submission.id, finding.number):
            self._show_around(finding, self._read[2])
            return
        asked, number = submission.id, finding.number

        def work(desk: Desk) -> TextView:
            return desk.text(asked, number, beautify=True)

        def take(view: TextView) -> None:
            self._read = (asked, number, view)
            if self.finding is finding:
                self._show_around(finding, view)

        # without the file the finding's own snippet stays: no message for what nobody asked for
        self._context.submit(work, take, lambda _: None, key="finding-text")

    def _show_around(self, finding: RunFinding, view: TextView) -> None:
        row = max((finding.line or 1) - 1, 0)
        if (view.is_binary or view.is_beautified) and finding.start is not None:
            row = max(bisect_right(view.offsets, finding.start) - 1, 0)
        if row < len(view.lines):
            self.snippet.show_around(finding, view, row)

    def copy_text(self) -> str:
        """The finding as plain text, for a message to the developer."""
        f = self.finding
        if f is None:
            return ""
        parts = [f"{f.severity.label}: {f.message}", place_of(f), f.snippet, f.remediation, "\n".join(f.references)]
        return "\n".join(part for part in parts if part)

    def copy(self) -> None:
        """Put it on the clipboard."""
        QGuiApplication.clipboard().setText(self.copy_text())
