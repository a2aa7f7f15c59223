"""The words of a decision: what stands against it, canned reasons, and the text the developer will read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from widgets.parts import Button, PlainLabel, TextBox, use_ground, use_thin_bars, walk
from widgets.send_preview import SendPreview
from widgets.theme import GAP, HALF, ICON, UNIT, WIDE, Theme

if TYPE_CHECKING:
    from app.reasons import Reason

TITLES = {"approve": "Approve", "reject": "Reject", "request_changes": "Request changes"}
KINDS = {"approve": "good", "reject": "critical", "request_changes": "medium"}
ICONS = {"approve": "shield-check", "reject": "shield-cross", "request_changes": "changes"}


MOST_SHOWN = 5  # canned reasons without scrolling


@dataclass(frozen=True, slots=True)
class Against:
    """One thing that stands against approval: a sentence, and the way to it (`place` names it)."""

    why: str
    place: str
    go: Callable[[], object]
    button: str = "Go there"


class DecisionDialog(QDialog):
    """Asks for the reason; `accepted` only when the decision may be recorded as it is written.

    What came from the marketplace has `sending` beside the reason: exactly what the developer will read.
    """

    def __init__(
        self,
        theme: Theme,
        decision: str,
        name: str,
        against: Sequence[Against],
        reasons: Sequence[Reason],
        values: Mapping[str, object],
        parent: QWidget,
        sending: SendPreview | None = None,
    ) -> None:
        super().__init__(parent)
        self._decision, self._reasons, self._values = decision, tuple(reasons), values
        self._against = tuple(against) if decision == "approve" else ()
        self.sending = sending
        self.setWindowTitle(TITLES[decision])
        height = 560 if self._against else 480
        size = (640, height) if sending is None else (1040, height + 80)
        self.resize(min(size[0], parent.width() - 2 * WIDE), min(size[1], parent.height() - 2 * WIDE))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GAP + UNIT, GAP + UNIT, GAP + UNIT, GAP)
        outer.setSpacing(UNIT)
        outer.addWidget(PlainLabel(f"{TITLES[decision]}: {name}", theme, factor=1.25, bold=True, wrap=True))
        sides = QHBoxLayout()
        sides.setSpacing(WIDE)
        column = QVBoxLayout()
        column.setSpacing(UNIT)
        sides.addLayout(column, 1)
        if sending is not None:
            sides.addWidget(sending, 1)
            self.finished.connect(sending.end)
        outer.addLayout(sides, 1)
        if self._against:
            column.addWidget(self._list_blockers(theme))
        fitting = [r.title for r in self._reasons]
        if fitting:
            column.addWidget(PlainLabel("Start from", theme, "muted"))
            self.canned = QListView()
            self.canned.setAccessibleName("Canned reasons")
            self.canned.setModel(QStringListModel(fitting, self))
            self.canned.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
            self.canned.setFixedHeight(min(len(fitting), MOST_SHOWN) * (self.fontMetrics().height() + UNIT) + UNIT)
            self.canned.setSpacing(2)
            self.canned.setFrameShape(QFrame.Shape.NoFrame)
            self.canned.clicked.connect(lambda i: self.start_from(i.row()))
            self.canned.activated.connect(lambda i: self.start_from(i.row()))
            column.addWidget(self.canned)
        label = "What the developer will read" if decision != "approve" else "Reason (kept in the record)"
        if sending is not None:
            label = "Your words" if decision != "approve" or self._against else "Your words (may stay empty)"
        column.addWidget(PlainLabel(label, theme, "muted"))
        self.text = TextBox(theme, "", "Reason")
        self.text.textChanged.connect(self._check)
        column.addWidget(self.text, 1)
        self.hint = PlainLabel("", theme, "muted", wrap=True)
        column.addWidget(self.hint)
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = Button("Cancel", theme)
        cancel.clicked.connect(self.reject)
        self.confirm = Button(TITLES[decision], theme, kind="primary", icon=ICONS[decision])
        self.confirm.setShortcut(QKeySequence("Ctrl+Return"))
        self.confirm.setToolTip(f"{TITLES[decision]} (Ctrl+Enter)")
        self.confirm.clicked.connect(self.accept)
        row.addWidget(cancel)
        row.addSpacing(UNIT)
        row.addWidget(self.confirm)
        outer.addLayout(row)
        self._check()
        use_thin_bars(self, theme)
        for area in walk(self, QScrollArea):
            use_ground(area)
        self.text.setFocus()

    def _list_blockers(self, theme: Theme) -> QWidget:
        number = len(self._against)
        inside = QWidget()
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, UNIT, 0)
        lines.setSpacing(HALF)
        for blocker in self._against:
            line = QHBoxLayout()
            line.setSpacing(UNIT)
            icon = QLabel()
            icon.setFixedWidth(ICON)
            icon.setPixmap(theme.pixmap("alert", "medium", ICON, self.devicePixelRatioF()))
            go = Button(blocker.button, theme, kind="quiet", icon="arrow-right")
            go.setAccessibleName(f"Go to {blocker.place}")
            go.clicked.connect(lambda _, way=blocker.go: (self.reject(), way()))
            line.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(PlainLabel(blocker.why, theme, "text", wrap=True), 1)
            line.addWidget(go, 0, Qt.AlignmentFlag.AlignTop)
            lines.addLayout(line)
        lines.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        scroll.setMaximumHeight(168)
        scroll.setAccessibleName("What stands against approval")
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, UNIT)
        column.setSpacing(UNIT)
        words = "1 required item stands" if number == 1 else f"{number} required items stand"
        column.addWidget(PlainLabel(f"{words} against approval. The record will show that you approved over it:", theme,
                                    "medium", wrap=True))  # fmt: skip
        column.addWidget(scroll)
        return box

    def start_from(self, row: int) -> None:
        """Fill in a canned reason."""
        from app.reasons import fill_reason

        text, _ = fill_reason(self._reasons[row], self._values)
        self.text.setPlainText(text)
        self.text.setFocus()

    @property
    def reason(self) -> str:
        return self.text.toPlainText().strip()

    def _check(self) -> None:
        from app.checklist import LEAST_REASON
        from app.reasons import PLACEHOLDERS
        from app.triage import says_something

        least = LEAST_REASON if self._against else 0 if self._decision == "approve" else 1
        enough = least == 0 or says_something(self.reason, least)
        left = [name for name in sorted(PLACEHOLDERS) if f"{{{name}}}" in self.reason]
        if not enough:
            self.hint.setText(
                f"Write why it is approved all the same: at least {LEAST_REASON} characters."
                if self._against
                else "Write a reason: the developer has to know what to change."
            )
        elif left:
            self.hint.setText(f"Still to fill in: {', '.join('{' + name + '}' for name in left)}")
        else:
            self.hint.setText("")
        self.confirm.setEnabled(enough and not left)
        if self.sending is not None:
            self.sending.follow(self.reason)

    @property
    def escalate(self) -> bool:
        """Whether a second reviewer has to confirm it."""
        return self.sending is not None and self.sending.escalate
