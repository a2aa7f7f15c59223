"""The words of a decision: what stands against it, canned reasons, and the text the developer will read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

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

from widgets.parts import Button, PlainLabel, TextBox, use_thin_bars
from widgets.theme import GAP, HALF, ICON, UNIT, Theme

if TYPE_CHECKING:
    from app.checklist import Blocker
    from app.reasons import Reason

TITLES = {"approve": "Approve", "reject": "Reject", "request_changes": "Request changes"}
KINDS = {"approve": "good", "reject": "critical", "request_changes": "medium"}
ICONS = {"approve": "shield-check", "reject": "shield-cross", "request_changes": "changes"}


class DecisionDialog(QDialog):
    """Asks for the reason; `accepted` only when the decision may be recorded as it is written."""

    def __init__(
        self,
        theme: Theme,
        decision: str,
        name: str,
        blockers: Sequence[Blocker],
        reasons: Sequence[Reason],
        values: Mapping[str, object],
        go_to: Callable[[str], Any],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._decision, self._reasons, self._values, self._go_to = decision, tuple(reasons), values, go_to
        self._against = tuple(blockers) if decision == "approve" else ()
        self.setWindowTitle(TITLES[decision])
        self.resize(640, 560 if self._against else 480)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP + UNIT, GAP + UNIT, GAP + UNIT, GAP)
        column.setSpacing(UNIT)
        column.addWidget(PlainLabel(f"{TITLES[decision]}: {name}", theme, factor=1.25, bold=True, wrap=True))
        if self._against:
            column.addWidget(self._list_blockers(theme))
        fitting = [r.title for r in self._reasons]
        if fitting:
            column.addWidget(PlainLabel("Start from", theme, "muted"))
            self.canned = QListView()
            self.canned.setAccessibleName("Canned reasons")
            self.canned.setModel(QStringListModel(fitting, self))
            self.canned.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
            self.canned.setFixedHeight(min(len(fitting), 5) * (self.fontMetrics().height() + UNIT) + UNIT)
            self.canned.setSpacing(2)
            self.canned.setFrameShape(QFrame.Shape.NoFrame)
            self.canned.clicked.connect(lambda i: self.start_from(i.row()))
            self.canned.activated.connect(lambda i: self.start_from(i.row()))
            column.addWidget(self.canned)
        label = "What the developer will read" if decision != "approve" else "Reason (kept in the record)"
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
        column.addLayout(row)
        self._check()
        use_thin_bars(self, theme)
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
            go = Button("Go there", theme, kind="quiet", icon="arrow-right")
            go.setAccessibleName(f"Go to {blocker.guideline}")
            go.clicked.connect(lambda _, g=blocker.guideline: (self.reject(), self._go_to(g)))
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
