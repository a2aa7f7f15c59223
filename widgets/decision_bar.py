"""Notes and the three decisions; the approve button says what blocks it, and one click goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from widgets.context import MessageAction
from widgets.decision_dialog import DecisionDialog
from widgets.decision_ground import find_worst, gather_against, gather_values, make_preview
from widgets.decision_way import DecisionWay
from widgets.outbox_words import STATUSES
from widgets.parts import Button, ElidedLabel, TextBox
from widgets.queue_model import DECIDED
from widgets.session import Session
from widgets.sibling_blockers import SiblingBlocker, read_siblings
from widgets.theme import HALF, UNIT, Theme
from widgets.words import DECISIONS, format_age, format_count, format_time, label_of, tip

if TYPE_CHECKING:
    from app.checklist import Blocker, Checklist
    from app.desk import Desk
    from app.marketplace.words import QueueEntry
    from app.reasons import Reason

CLEAN = "approve-clean"  # the canned reason that claims that nothing required is open


class DecisionBar(QWidget):
    """At the foot of the right column."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._context, self._theme = session, session.context, theme
        self._blockers: tuple[Blocker, ...] = ()
        self._next = 0
        self._reasons: tuple[Reason, ...] = ()
        self._decisions: tuple[Any, ...] = ()
        self.dialog: DecisionDialog | None = None
        self.notes = TextBox(theme, "Notes for yourself and the report", "Reviewer's notes")
        self.notes.setMinimumHeight(48)
        self.notes.setMaximumHeight(64)
        self.notes.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.notes.textChanged.connect(self._on_notes)
        self._loading = False
        self.blocked = Button("", theme, kind="quiet", icon="alert")
        self.blocked.clicked.connect(self.go_to_blocker)
        self.approve = Button("Approve", theme, kind="good", icon="shield-check")
        self.reject = Button("Reject", theme, kind="critical", icon="shield-cross")
        self.changes = Button("Request changes", theme, icon="changes")
        for button, id, key in (
            (self.approve, "approve", "A"),
            (self.reject, "reject", "R"),
            (self.changes, "request-changes", "C"),
        ):
            button.setAccessibleName(button.text())
            button.setToolTip(f"{button.text()} ({key})")
            button.clicked.connect(lambda _, i=id: self._context.actions.trigger(i))
        self._earlier = ElidedLabel("", theme, "muted", factor=0.95)
        self._earlier.elide = Qt.TextElideMode.ElideRight  # what was decided, over how many: that comes first
        self.history = Button("History", theme, kind="quiet", icon="clock")
        self.history.setAccessibleName("History of this app")
        self.history.clicked.connect(lambda: self._context.actions.trigger("app-history"))
        last = QHBoxLayout()
        last.setSpacing(UNIT)
        last.addWidget(self._earlier, 1)
        last.addWidget(self.history)
        row = QHBoxLayout()
        row.setSpacing(HALF)
        row.addWidget(self.reject, 2)
        row.addWidget(self.changes, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(UNIT, UNIT, UNIT, UNIT)
        column.setSpacing(HALF)
        column.addWidget(self.notes)
        column.addWidget(self.blocked)
        column.addLayout(row)
        column.addWidget(self.approve)
        column.addLayout(last)
        self.way = DecisionWay(session, theme)
        column.addWidget(self.way)
        session.checklist_changed.connect(self._show_checklist)
        session.decisions_changed.connect(self._show_decisions)
        session.notes.loaded.connect(self._show_note)
        self._context.submission_changed.connect(lambda *_: self._show_decisions(()))
        self._context.submission_changed.connect(lambda about: self.history.setEnabled(about is not None))
        self.history.setEnabled(False)
        self._context.running_changed.connect(lambda *_: self._refresh())
        self._context.run_changed.connect(lambda *_: self._refresh())
        session.market.queue_changed.connect(lambda *_: self._refresh())
        self._add_actions()
        self._show_checklist(None)

    def _add_actions(self) -> None:
        add = self._context.actions.add
        for decision, text, key, icon in (
            ("approve", "&Approve…", "A", "shield-check"),
            ("reject", "&Reject…", "R", "shield-cross"),
            ("request_changes", "Request &changes…", "C", "changes"),
        ):
            id = decision.replace("_", "-")
            add(id, text, lambda d=decision: self.decide(d), group="Review", keys=key, icon=icon, section="decide",
                enabled_when=self._may_approve if decision == "approve" else self._may)  # fmt: skip
        add("go-to-blocker", "Go to what blocks approval", self.go_to_blocker, group="Review", keys="B", icon="alert",
            enabled_when=self._has_next, section="decide")  # fmt: skip
        add(
            "focus-notes",
            "Write notes",
            self.notes.setFocus,
            group="Review",
            keys="Ctrl+Shift+N",
            icon="note",
            section="decide",
        )

    def _entry(self) -> QueueEntry | None:
        """The version of the marketplace that the open submission is a file of."""
        about = self._context.submission
        return self._session.market.entry_of(about.id) if about is not None else None

    def _shut(self) -> str:
        """Why there is nothing to decide at the marketplace, empty where there is."""
        from app.marketplace.words import WAITING

        entry = self._entry()
        if entry is None:
            return ""
        if entry.gone:
            return "The marketplace no longer has this version"
        if entry.status.value not in WAITING:
            word = STATUSES.get(entry.status.value, entry.status.value)
            return f"{word.capitalize()} at the marketplace already"
        return ""

    def _may(self) -> bool:
        return self._session.checklist is not None and not self._context.running and not self._shut()

    def _may_approve(self) -> bool:
        # where nothing was ever checked there is nothing to approve, however short the checklist of an unknown kind is
        return self._may() and self._context.run is not None

    def _has_next(self) -> bool:
        if self._shut():
            return False
        return bool(self._blockers) or (self._may() and self._context.run is None)

    # what is shown

    def _show_checklist(self, checklist: Checklist | None) -> None:
        if checklist is None:
            self._blockers = ()
        else:
            from app.checklist import approval_blockers

            self._blockers = approval_blockers(checklist)
        self._next = 0
        self._refresh()

    def _refresh(self) -> None:
        number, known = len(self._blockers), self._session.checklist is not None
        shut = self._shut()
        self.blocked.setVisible(True)
        self.blocked.setEnabled(bool(number) and not shut)
        if shut:
            self.blocked.setText(shut)
            self.blocked.set_look(icon="lock", role="muted")
        elif self._context.running:
            self.blocked.setText("The battery is still at work")
            self.blocked.set_look(icon="clock", role="muted")
        elif known and self._context.run is None:
            self.blocked.setEnabled(True)
            self.blocked.setText("Never checked: run the battery first")
            self.blocked.set_look(icon="alert", role="medium")
        elif number:
            first = self._blockers[self._next % number]
            place = f": {first.guideline}" if number == 1 else f", next: {first.guideline}"
            blocks = "blocks" if number == 1 else "block"
            self.blocked.setText(f"{format_count(number, 'item')} {blocks} approval{place}")
            self.blocked.set_look(icon="alert", role="medium")
        else:
            self.blocked.setText("Nothing blocks approval" if known else "No checklist yet")
            self.blocked.set_look(icon="check" if known else "minus", role="good")
        self.blocked.setAccessibleName(self.blocked.text())
        self.blocked.setToolTip(
            tip("\n".join(b.why for b in self._blockers[:12]) + ("\nClick goes to the next one (B)" if number else ""))
            if not shut
            else tip(f"{shut}.")
        )
        may = self._may()
        for button in (self.reject, self.changes):
            button.setEnabled(may)
        self.approve.setEnabled(self._may_approve())
        self.approve.setText(f"Approve ({number} open)" if number and may else "Approve")
        self.approve.set_look(kind="plain" if number or self._context.run is None else "good")
        self.approve.setAccessibleName(f"Approve, blocked by {format_count(number, 'item')}" if number else "Approve")
        self._context.actions.refresh()

    def _show_decisions(self, decisions: tuple[Any, ...]) -> None:
        self._decisions = decisions
        if decisions:
            last = decisions[0]
            over = f" over {format_count(len(last.overrides), 'open item')}" if last.overrides else ""
            word = DECISIONS.get(last.decision, last.decision)
            self._earlier.setText(
                f"{word.capitalize()}{over} by {last.reviewer or 'you'}, {format_age(last.at)} ago".replace(
                    ", now ago", " just now"
                )
            )
            lines = [
                f"{format_time(d.at)}  {DECISIONS.get(d.decision, d.decision)}  {d.reviewer}\n{d.reason}"
                for d in decisions[:5]
            ]
            self._earlier.setToolTip(tip("\n\n".join(lines)))
            self._earlier.set_role(DECIDED[last.decision].role if last.decision in DECIDED else "muted")
        else:
            self._earlier.setText("Not decided yet" if self._context.submission else "")
            self._earlier.set_role("muted")

    def _show_note(self, text: str) -> None:
        self._loading = True
        self.notes.setPlainText(text)
        if self.notes.hasFocus():
            self.notes.moveCursor(QTextCursor.MoveOperation.End)
        self._loading = False

    def _on_notes(self) -> None:
        if not self._loading:
            self._session.notes.edit(self.notes.toPlainText())

    # what the reviewer does

    def go_to_blocker(self) -> None:
        """To the first thing against approval, then the next one, and so on around."""
        if self._context.run is None and self._may():
            self._context.run_battery()
        elif self._blockers:
            self._context.show_guideline(self._blockers[self._next % len(self._blockers)].guideline)
            self._next += 1
            self._refresh()

    def decide(self, decision: str, words: str = "") -> None:
        """Ask for the reason, then record it; the canned ones are read on a worker thread.

        `words` is a reason that was written already, for a decision that was refused.
        """
        about, checklist = self._context.submission, self._session.checklist
        if about is None or checklist is None:
            return

        mine, entry, worst = bool(self._blockers), self._entry(), find_worst(self._session)
        about_worst = frozenset(worst.guidelines if worst is not None else ())
        approving = decision == "approve"

        def read(desk: Desk) -> tuple[tuple[Reason, ...], tuple[SiblingBlocker, ...]]:
            from app.reasons import choose_reasons, load_reasons

            others = read_siblings(desk, entry, about.id) if approving and entry is not None else ()
            blocked = mine or bool(others)
            # what is not met speaks by its findings; to approve over an item its evidence has to be explained
            said = [i for i in checklist.items if i.open and any(e.findings or approving for e in i.evidence)]
            opens = frozenset(i.guideline.id for i in said)
            reasons = choose_reasons(load_reasons(), decision, opens, about_worst)
            fitting = (r for r in reasons if not (r.id == CLEAN if blocked else "blockers" in r.placeholders))
            return tuple(fitting), others

        self._context.submit(read, lambda answer: self._ask(decision, *answer, words), key="reasons")

    def _ask(
        self, decision: str, reasons: tuple[Reason, ...], others: tuple[SiblingBlocker, ...], words: str = ""
    ) -> None:
        about = self._context.submission
        if about is None or self.dialog is not None:
            return
        from app.reasons import fill_reason

        entry, values = self._entry(), gather_values(self._session, (*self._blockers, *others))
        # what the findings cannot fill comes last; who is to be asked is not told by findings
        reasons = tuple(sorted(reasons, key=lambda r: bool({*fill_reason(r, values)[1]} - {"contact"})))
        dialog = DecisionDialog(
            self._theme, decision, label_of(about), gather_against(self._session, entry, self._blockers, others),
            reasons, values, self.window(),
            make_preview(self._session, decision, entry),
        )  # fmt: skip
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if words:
            dialog.text.setPlainText(words)

        def done(result: int) -> None:
            self.dialog = None
            if result:
                reason = dialog.reason
                self._session.decide(
                    about,
                    decision,
                    reason,
                    escalate=dialog.escalate,
                    on_error=lambda error: self._tell_refused(about.id, decision, reason, error),
                )

        dialog.finished.connect(done)
        self.dialog = dialog
        dialog.open()

    def _tell_refused(self, submission: int, decision: str, reason: str, error: Exception) -> None:
        """The record did not take it: say why, and keep what was written."""

        def again() -> None:
            now = self._context.submission
            if now is not None and now.id == submission:
                self.decide(decision, reason)

        about = self._context.submission
        here = about is not None and about.id == submission
        action = MessageAction("Decide again", again) if here else None
        self._context.show_message(self._context.bridge.explain(error), "error", action)
