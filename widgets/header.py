"""The strip above the tabs: what is open, against what, and what holds its bytes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.model import Isolation, Run, Submission
from widgets.parts import Badge, Button, ElidedLabel
from widgets.run_strip import RunStrip
from widgets.session import Session
from widgets.theme import HALF, UNIT, WIDE, Mark, Theme
from widgets.version_strip import VersionStrip
from widgets.words import KINDS, button_text, format_age, format_size, format_time, name_of, short_hash, tip

COMPACT = 540  # pixels of width below which the header says less


def isolation_mark(isolation: Isolation) -> tuple[Mark, str]:
    """The badge of an isolation: quiet when it is full, loud when anything is missing."""
    if isolation.full:
        return Mark("✓", "isolated", "lock", "good", "tint_good"), f"isolated ({isolation.launcher})"
    words = {"none": "no isolation", "unavailable": "no sandbox"}
    word = words.get(isolation.launcher, "reduced isolation")
    return Mark("!", word, "shield-alert", "critical", "tint_critical"), word.upper()


class Header(QWidget):
    """Two lines: title and versions; kind, size, hash, developer. The isolation badge is on the right."""

    settings_wanted = Signal()

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._context = session, session.context
        self._title = ElidedLabel("", theme, "text", factor=1.3, bold=True)
        self._title.setAccessibleName("Open submission")
        self._version = ElidedLabel("", theme, "text", factor=1.3)
        self._facts = ElidedLabel("", theme, "muted")
        self.baseline = Button("", theme, kind="quiet", icon="diff")
        self.baseline.setToolTip("Choose what it is compared with")
        self.baseline.clicked.connect(lambda: self._context.actions.trigger("set-baseline"))
        self.sha = Button("", theme, kind="quiet", icon="copy")
        self.sha.clicked.connect(self.copy_hash)
        self.badge = Badge(theme)
        self.badge.hide()
        self.badge.clicked.connect(self.settings_wanted)
        self._isolation: Isolation | None = None
        self.strip = RunStrip(session, theme)
        self.version_strip = VersionStrip(session, theme)

        top = QHBoxLayout()
        top.setSpacing(UNIT)
        top.addWidget(self._title)
        top.addWidget(self._version)
        top.addStretch(1)
        top.addWidget(self.badge)
        top.addSpacing(UNIT)
        top.addWidget(self.strip)
        low = QHBoxLayout()
        low.setSpacing(HALF)
        low.addWidget(self._facts)
        low.addWidget(self.sha)
        low.addWidget(self.baseline)
        low.addWidget(self.version_strip)
        low.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(UNIT + HALF, UNIT, UNIT + HALF, HALF)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(low)
        self.setMinimumHeight(WIDE * 2 + UNIT)
        self._context.submission_changed.connect(self._show)
        self._context.baseline_changed.connect(lambda: self._show(self._context.submission))
        self._context.details_changed.connect(lambda: self._show(self._context.submission))
        self._context.run_changed.connect(self._show_run)
        session.ready.connect(lambda _, isolation: self._show_isolation(isolation))
        self._show(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.strip.set_compact(self.width() < COMPACT)
        self._show_badge()

    def _show(self, submission: Submission | None) -> None:
        here = submission is not None
        self.sha.setVisible(here)
        self.baseline.setVisible(here)
        if submission is None:
            self._title.setText("No submission is open")
            self._version.setText("")
            self._facts.setText("")
            return
        old = self._session.rows.get(submission.baseline) if submission.baseline else None
        self._title.setText(name_of(submission))
        self._version.setText(submission.version)
        kind = f"{KINDS.get(submission.kind, submission.kind)}"
        facts = [submission.developer, f"{submission.family or kind}", format_size(submission.artifact.size)]
        self._facts.setText("  ·  ".join(filter(None, facts)))
        age = f"taken in {format_age(submission.added)} ago, {format_time(submission.added)}"
        self._facts.setToolTip(tip(f"{submission.artifact.name}\n{submission.developer}\n{kind}, {age}"))
        self.sha.setText(f"sha256 {short_hash(submission.artifact.sha256)}")
        self.sha.setAccessibleName("Copy the SHA-256 of the artifact")
        self.sha.setToolTip(tip(f"{submission.artifact.sha256}\nClick to copy"))
        version = old.submission.version or name_of(old.submission) if old else ""
        self.baseline.setText(f"against {button_text(version)}" if old else "no baseline")
        self.baseline.setAccessibleName("Choose the baseline")
        self.sha.updateGeometry()
        self.baseline.updateGeometry()

    def _show_run(self, run: Run | None) -> None:
        if run is not None:
            self._show_isolation(run.isolation)
        elif self._session.isolation is not None:
            self._show_isolation(self._session.isolation)

    def _show_isolation(self, isolation: Isolation) -> None:
        self._isolation = isolation
        self._show_badge()
        lacks = f"\nlacks: {', '.join(isolation.lacks)}" if isolation.lacks else ""
        self.badge.setToolTip(tip(f"What holds the bytes of a submission: {isolation.launcher}\n"
                                  f"gives: {', '.join(isolation.gives) or 'nothing'}{lacks}"))  # fmt: skip
        self.badge.show()

    def _show_badge(self) -> None:
        """The title needs the room more than the launcher's name; what is loud keeps all of its words."""
        if self._isolation is not None:
            mark, word = isolation_mark(self._isolation)
            short = self._isolation.full and self.width() < COMPACT
            self.badge.show_mark(mark, mark.word if short else word)

    def copy_hash(self) -> None:
        """The whole SHA-256 into the clipboard."""
        about = self._context.submission
        if about is not None:
            QGuiApplication.clipboard().setText(about.artifact.sha256)
            self._context.show_message("The SHA-256 is in the clipboard.", "good")
