"""In the header of a review: whose lock it is, and the other files of the same version."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.marketplace.words import QueueEntry
from widgets.parts import Badge, Button
from widgets.queue_lines import LOCKED, MINE, one_line
from widgets.session import Session
from widgets.theme import HALF, Theme
from widgets.words import button_text, format_size, middle, tip


class VersionStrip(QWidget):
    """Hidden for what is not from the marketplace."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._market = session, session.market
        self.lock = Badge(theme)
        self.files = Button("", theme, kind="quiet", icon="file")
        self.files.setAccessibleName("Files of this version")
        self.files.clicked.connect(self._ask)
        self.about = Button("", theme, kind="quiet", icon="info")
        self.about.setAccessibleName("What the marketplace says of this version")
        self.about.setToolTip("What the marketplace says of this version (V)")
        self.about.clicked.connect(lambda: session.context.actions.trigger("show-version"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(HALF)
        row.addWidget(self.files)
        row.addWidget(self.lock)
        row.addWidget(self.about)
        session.context.submission_changed.connect(lambda *_: self.follow())
        self._market.queue_changed.connect(lambda *_: self.follow())
        self.follow()

    @property
    def entry(self) -> QueueEntry | None:
        """The version of the open submission."""
        about = self._session.context.submission
        return self._market.entry_of(about.id) if about is not None else None

    def follow(self) -> None:
        """Show what holds of the open submission."""
        entry, about = self.entry, self._session.context.submission
        self.setVisible(entry is not None)
        if entry is None or about is None:
            return
        numbers = [f.submission for f in entry.files]
        at = numbers.index(about.id) + 1 if about.id in numbers else 0
        self.files.setVisible(len(numbers) > 1)
        text = f"file {at} of {len(numbers)}" if at else f"former file, {len(numbers)} now"
        self.files.setText(text)
        self.files.setAccessibleName(f"Files of this version: {text}")
        self.files.setToolTip(tip("\n".join(one_line(f.name, 120) for f in entry.files[:20])))
        self.files.updateGeometry()
        holder = one_line(entry.holder, 40)
        self.lock.setVisible(entry.mine or bool(holder))
        if entry.mine:
            self.lock.show_mark(MINE, "yours")
            self.lock.setToolTip("You have it in review")
        elif holder:
            self.lock.show_mark(LOCKED, middle(holder, 24))
            self.lock.setToolTip(tip(f"In review by {holder}: taking it over tells nobody"))

    def fill(self, menu: QMenu) -> None:
        """The files of the version, the open one checked."""
        entry, about = self.entry, self._session.context.submission
        for file in entry.files if entry is not None else ():
            away = "" if file.submission is not None else ", not downloaded"
            name = button_text(middle(one_line(file.name, 120), 60))
            action = menu.addAction(f"{name}   {format_size(file.size)}{away}")
            action.setCheckable(True)
            action.setChecked(about is not None and file.submission == about.id)
            action.setEnabled(file.submission is not None)
            action.triggered.connect(lambda *_, n=file.submission: self._session.open(n))

    def _ask(self) -> None:
        menu = QMenu(self)
        self.fill(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.files.mapToGlobal(QPoint(0, self.files.height())))
