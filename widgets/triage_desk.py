"""What the keys of the findings table do to what is selected: triage in bulk, confirm what is offered, withdraw."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QObject, Qt

from app.triage import Verdict, confirm_offer
from widgets.context import PaneContext
from widgets.findings_table import FindingsTable
from widgets.triage_panel import TriagePanel
from widgets.words import format_count

MANY = 1000  # findings whose triage takes the record long enough to say so


class TriageDesk(QObject):
    """Between the table, the triage strip and the record."""

    def __init__(self, context: PaneContext, table: FindingsTable, panel: TriagePanel) -> None:
        super().__init__(table)
        self._context, self._table, self._panel = context, table, panel
        panel.decided.connect(self._decide)
        table.selectionModel().selectionChanged.connect(lambda *_: self._follow())
        panel.left.connect(lambda: table.setFocus(Qt.FocusReason.OtherFocusReason))

    def open_triage(self, verdict: Verdict | None = None) -> None:
        """Open the strip for what is selected."""
        chosen = self._table.selected()
        if not chosen or self._still_running():
            return
        self._context.submit(lambda desk: desk.recent_reasons(), self._panel.offer_reasons, key="reasons")
        self._panel.open_for(len(chosen), verdict)

    def _follow(self) -> None:
        # what is saved is what is selected then: the strip must never name another number
        if not self._panel.isHidden():
            self._panel.show_count(len(self._table.selected()))

    def _still_running(self) -> bool:
        if self._context.running:
            text = self.tr("Findings can be triaged when the battery has ended: only then are they on record.")
            self._context.show_message(text)
        return self._context.running

    def _decide(self, verdict: Verdict, reason: str) -> None:
        chosen = [f.fingerprint for f in self._table.selected()]
        if len(chosen) >= MANY:
            words = self.tr("Recording the triage of {0}; they show it in a moment.")
            self._context.show_message(words.format(format_count(len(chosen), "finding")))
        self._context.set_triage(chosen, verdict, reason)

    def triage_now(self, verdict: Verdict) -> None:
        """Record a verdict without a reason."""
        if not self._still_running():
            self._context.set_triage([f.fingerprint for f in self._table.selected()], verdict)

    def withdraw(self) -> None:
        """Take back what was said of what is selected."""
        said = [f.fingerprint for f in self._table.selected() if self._context.triage_of(f.fingerprint).kind == "holds"]
        if said and not self._still_running():
            self._context.set_triage(said, None)

    def confirm_offered(self) -> None:
        """Earlier triage offered for what is selected holds for the new bytes too; the reason names who said it."""
        groups: dict[tuple[Verdict, str], list[str]] = {}
        for finding in self._table.selected():
            match = self._context.triage_of(finding.fingerprint)
            if match.kind == "offered":
                entry = confirm_offer(match, finding.file_sha256, "", datetime.now(UTC))
                if entry.verdict is not None:
                    groups.setdefault((entry.verdict, entry.reason), []).append(finding.fingerprint)
        for (verdict, reason), fingerprints in groups.items():
            self._context.set_triage(fingerprints, verdict, reason)
        if not groups:
            self._context.show_message(self.tr("No earlier triage is offered for what is selected."))
