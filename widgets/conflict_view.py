"""One decision on its way, in full: what was decided on which bytes, against what the marketplace has now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.marketplace.words import Cause, OutboxRow, SendState
from widgets.outbox_seen import Seen, SeenFile, read_seen
from widgets.outbox_words import DONE, STATUSES
from widgets.parts import Badge, ElidedLabel, PlainLabel, walk
from widgets.theme import GAP, HALF, RADIUS, UNIT, Mark, Theme
from widgets.words import format_size, format_time, short_hash, tip

CHANGES: dict[str, Mark] = {
    "changed": Mark("≠", "changed", "changes", "critical", "tint_critical"),
    "new": Mark("+", "new", "changes", "high", "tint_high"),
    "missing": Mark("×", "missing", "cross", "critical", "tint_critical"),
    "same": Mark("=", "same bytes", "check", "good", "tint_good"),
    "": Mark("?", "no hash given", "question", "info", "tint_info"),
}
STATUS_MARKS: dict[str, Mark] = {
    "approved": Mark("✓", "approved", "shield-check", "good", "tint_good"),
    "rejected": Mark("✗", "rejected", "shield-cross", "critical", "tint_critical"),
    "suspended": Mark("‖", "suspended", "stop", "high", "tint_high"),
    "inReview": Mark("◉", "in review", "eye", "low", "tint_low"),
    "pending": Mark("◷", "pending", "clock", "info", "tint_info"),
}
SHOWN_FILES = 40
WIDEST = 640  # px of a card that stands alone: a name and its hash stay together
ROLES = {"administrator": "an administrator", "developer": "the developer", "system": "the marketplace itself"}


def status_mark(status: str) -> Mark:
    """A status of the marketplace by shape, word and colour."""
    return STATUS_MARKS.get(status, Mark("?", STATUSES.get(status, status) or "not known", "question", "info",
                                         "tint_info"))  # fmt: skip


class Card(QFrame):
    """A quiet, raised ground with a heading; facts below each other, a badge beside what it says."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.update)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(GAP, UNIT + HALF, GAP, UNIT + HALF)
        self.column.setSpacing(HALF)
        self.heading = PlainLabel(title, theme, "text", bold=True)
        self.badge = Badge(theme)
        top = QHBoxLayout()
        top.setSpacing(UNIT)
        top.addWidget(self.heading)
        top.addStretch(1)
        top.addWidget(self.badge)
        self.column.addLayout(top)

    def say(self, text: str, role: str = "text", *, copy: bool = False) -> PlainLabel:
        """A paragraph of plain text."""
        label = PlainLabel(text, self._theme, role, wrap=True)
        if copy:
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.column.addWidget(label)
        return label

    def list_files(self, files: Sequence[SeenFile], *, marked: bool) -> None:
        """Names, sizes and short hashes in columns; with what became of each where they are compared."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(UNIT)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for row, file in enumerate(files[:SHOWN_FILES]):
            name = ElidedLabel(file.name, self._theme, "text")
            sha = PlainLabel(short_hash(file.sha256, 12) if file.sha256 else "–", self._theme, "muted")
            sha.setToolTip(tip(f"sha256 {file.sha256}" if file.sha256 else "the marketplace gives no hash"))
            grid.addWidget(name, row, 0)
            size = PlainLabel("" if file.size is None else format_size(file.size), self._theme, "muted")
            grid.addWidget(size, row, 1, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(sha, row, 2)
            if marked:
                badge = Badge(self._theme)
                badge.show_mark(CHANGES.get(file.change, CHANGES[""]))
                grid.addWidget(badge, row, 3)
        if len(files) > SHOWN_FILES:
            grid.addWidget(PlainLabel(f"and {len(files) - SHOWN_FILES:,} more", self._theme, "muted"), SHOWN_FILES, 0)
        self.column.addLayout(grid)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("line"))
        painter.setBrush(self._theme.color("base"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), RADIUS, RADIUS)


class ConflictView(QScrollArea):
    """The two sides of a row; where nothing was seen there, only ours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(widgetResizable=True)
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("The decision, and what the marketplace has now")
        self.cards: tuple[Card, ...] = ()

    def show_row(self, row: OutboxRow | None, reviewer: str = "") -> None:
        """Lay both sides out anew; `reviewer` is who looks at it."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, UNIT, 0)
        line = QHBoxLayout()
        line.setSpacing(GAP)
        self.cards = ()
        if row is not None:
            seen = read_seen(row)
            cards = [self._ours(row, reviewer)]
            if row.seen or seen.gone:
                cards.append(self._theirs(row, seen))
            else:
                cards[0].setMaximumWidth(WIDEST)
            for card in cards:
                card.column.addStretch(1)
                line.addWidget(card, 1)
            if len(cards) == 1:
                line.addStretch(0)
            self.cards = tuple(cards)
            column.addLayout(line)
            column.addStretch(1)
            self.setAccessibleDescription(self.tell())
        self.setWidget(inside)

    def tell(self) -> str:
        """Both sides in words, for a screen reader and the clipboard."""
        said = []
        for card in self.cards:
            labels = [label for label in walk(card, PlainLabel) if label.text()]
            said.append(". ".join([f"{card.heading.text()}: {card.badge.text}", *(c.text() for c in labels[1:])]))
        return "\n".join(said)

    def _ours(self, row: OutboxRow, reviewer: str) -> Card:
        title = "You decided" if row.reviewer == reviewer else f"{row.reviewer} decided"
        if not row.seen and row.state is not SendState.HELD and row.cause is not Cause.DELETED:
            title = "What was sent" if row.state is SendState.DELIVERED else "What is to be sent"
        card = Card(self._theme, title)
        mark = status_mark(row.status)
        card.badge.show_mark(mark, f"sets {mark.word}")
        card.say(f"{DONE.get(row.action, row.action)} by {row.reviewer}, {format_time(row.created)}", "muted")
        card.say(row.reason or "No reason is sent.", "text" if row.reason else "muted", copy=True)
        if row.bound:
            number = len(row.bound)
            card.say("On these bytes" if number == 1 else f"On these bytes, {number} files", "muted")
            card.list_files([SeenFile(f.name, f.sha256, f.size) for f in row.bound], marked=False)
        return card

    def _theirs(self, row: OutboxRow, seen: Seen) -> Card:
        card = Card(self._theme, "The marketplace has now")
        if seen.gone:
            card.badge.show_mark(Mark("×", "gone", "cross", "critical", "tint_critical"))
            card.say("The version is no longer there: it was deleted, or this desk may not see it any more.", "text")
            return card
        card.badge.show_mark(status_mark(seen.status))
        by = f"by {ROLES.get(seen.by, seen.by)}" if seen.by else ""
        since = f"since {format_time(seen.at)}" if seen.at is not None else ""
        told = ", ".join(filter(None, (by, since)))
        if told:
            card.say(f"{seen.word.capitalize()} {told}", "muted")
        if seen.reason:
            card.say(seen.reason, "text", copy=True)
        elif seen.status in ("approved", "rejected", "suspended"):
            card.say("Without a reason.", "muted")
        if row.cause is Cause.EDITED and seen.edited is not None:
            card.say(f"Listing edited {format_time(seen.edited)}", "muted")
        if seen.files:
            unlike = sum(file.change not in ("same", "") for file in seen.files)
            words = "Its files" + (f", {unlike} of {len(seen.files)} not as reviewed" if unlike else ", as reviewed")
            card.say(words, "critical" if unlike else "muted")
            card.list_files(seen.files, marked=True)
        return card
