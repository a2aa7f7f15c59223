"""The reviewer's settings: the same file that the command line reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from app.settings import MarketSettings, Settings, UnpackLimits
from widgets.context import PaneContext
from widgets.dialogs import Sheet
from widgets.market_settings import WIDTH, MarketForm
from widgets.parts import Field, PlainLabel, use_ground
from widgets.theme import GAP, UNIT, WIDE

ISOLATIONS = (
    ("bubblewrap", "Full isolation only (bubblewrap)"),
    ("reduced", "Reduced isolation is allowed"),
    ("none", "No isolation is allowed: the checks can be attacked"),
)
THEMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
MIB = 1 << 20


class SettingsDialog(Sheet):
    """Edits a copy; `on_save` gets the new settings.

    `on_connect` gets those of the marketplace that Connect has written already, and whether it worked.
    """

    def __init__(
        self,
        context: PaneContext,
        settings: Settings,
        profiles: Sequence[str],
        on_save: Callable[[Settings], object],
        parent: QWidget,
        *,
        on_connect: Callable[[MarketSettings, bool], object] = lambda *_: None,
        section: str = "",
    ) -> None:
        theme = context.theme
        super().__init__(theme, "Settings", parent, 640, min(760, max(480, parent.height() - 2 * WIDE)))
        self._settings, self._on_connect = settings, on_connect
        review, work = self._form(), self._form()
        self.reviewer = Field(theme, "Your name, for the record", maxLength=200)
        self.reviewer.setText(settings.reviewer)
        self.profile = self._combo(
            [(p, p) for p in profiles] or [(settings.profile, settings.profile)], settings.profile
        )
        self.theme_choice = self._combo(THEMES, settings.theme)
        self.isolation = self._combo(ISOLATIONS, settings.isolation)
        self.workers = self._spin(settings.workers, 0, 64, "one a core")
        self.memory = self._spin(settings.worker_memory, 128, 65_536, suffix=" MiB")
        limits = settings.limits
        self.entries = self._spin(limits.entries, 1, 10_000_000)
        self.size = self._spin(limits.bytes // MIB, 1, 1 << 24, suffix=" MiB")
        self.entry_size = self._spin(limits.entry_bytes // MIB, 1, 1 << 24, suffix=" MiB")
        self.ratio = self._spin(limits.ratio, 1, 100_000, suffix=" to 1")
        self.depth = self._spin(limits.depth, 0, 32)
        self.seconds = self._spin(limits.seconds, 1, 86_400, suffix=" s")
        self._section(review, "Review")
        self._row(review, "Reviewer", self.reviewer)
        self._row(review, "Profile", self.profile)
        self._row(review, "Appearance", self.theme_choice)
        self.market = MarketForm(context, theme, settings.marketplace)
        self.market.saved.connect(self._take_market)
        self._section(work, "Isolation and work", apart=True)
        self._row(work, "Weakest isolation", self.isolation)
        self._row(work, "Workers", self.workers)
        self._row(work, "Memory of a worker", self.memory)
        self._section(work, "Limits of unpacking")
        self._row(work, "Entries", self.entries)
        self._row(work, "Size of all", self.size)
        self._row(work, "Size of one", self.entry_size)
        self._row(work, "Compression", self.ratio)
        self._row(work, "Nested archives", self.depth)
        self._row(work, "Time", self.seconds)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, GAP, 0)
        column.setSpacing(UNIT)
        column.addLayout(review)
        self._heading = PlainLabel("Marketplace", theme, "muted", bold=True)
        self._heading.setContentsMargins(0, UNIT, 0, 0)
        column.addWidget(self._heading)
        column.addWidget(self.market)
        column.addLayout(work)
        column.addStretch(1)
        self.scroll = QScrollArea(widgetResizable=True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setAccessibleName("Settings")
        self.scroll.setWidget(inside)
        self.body.addWidget(self.scroll, 1)
        self._align((review, self.market.form, work))
        self.add_foot("Save", dismiss="Cancel")
        use_ground(self.scroll)
        self.accepted.connect(lambda: on_save(self.read()))
        self.finished.connect(self.market.end)
        if section == "marketplace":
            QTimer.singleShot(0, self, self.show_market)
        else:
            self.reviewer.setFocus()

    @staticmethod
    def _form() -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(GAP)
        form.setVerticalSpacing(UNIT)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        return form

    @staticmethod
    def _align(forms: Sequence[QFormLayout]) -> None:
        """The fields of all sections begin in one line."""
        labels = []
        for form in forms:
            for row in range(form.rowCount()):
                item = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
                widget = item.widget() if item is not None else None
                if widget is not None:
                    labels.append(widget)
        widest = max((label.sizeHint().width() for label in labels), default=0)
        for label in labels:
            label.setMinimumWidth(widest)

    def show_market(self) -> None:
        """Go to the marketplace: to its secret, or to what comes before it."""
        place = self._heading.mapTo(self.scroll.widget(), self._heading.rect().topLeft())
        self.scroll.verticalScrollBar().setValue(place.y())
        (self.market.secret if self.market.address.text() and self.market.id.text() else self.market.address).setFocus()

    def _take_market(self, settings: MarketSettings, connected: bool) -> None:
        self._settings = replace(self._settings, marketplace=settings)
        self._on_connect(settings, connected)

    def accept(self) -> None:
        """Save, unless something could not be used then: that is shown instead."""
        if self.market.problem_of():
            self.scroll.ensureWidgetVisible(self.market.problem)
            self.market.address.setFocus()
            return
        if self.market.secret.text():
            self.market.ask_to_connect()
            self.scroll.ensureWidgetVisible(self.market.said)
            return
        super().accept()

    def _section(self, form: QFormLayout, title: str, *, apart: bool = False) -> None:
        label = PlainLabel(title, self.theme, "muted", bold=True)
        label.setContentsMargins(0, UNIT if apart or form.rowCount() else 0, 0, 0)
        form.addRow(label)

    @staticmethod
    def _row(form: QFormLayout, label: str, widget: QWidget) -> None:
        widget.setAccessibleName(label)
        widget.setFixedWidth(160 if isinstance(widget, QSpinBox) else WIDTH)
        form.addRow(label, widget)

    @staticmethod
    def _combo(choices: Sequence[tuple[str, str]], current: str) -> QComboBox:
        combo = QComboBox()
        for value, word in choices:
            combo.addItem(word, value)
        combo.setCurrentIndex(max(0, combo.findData(current)))
        return combo

    @staticmethod
    def _spin(value: int, least: int, most: int, special: str = "", suffix: str = "") -> QSpinBox:
        spin = QSpinBox(minimum=least, maximum=most, suffix=suffix, specialValueText=special)
        spin.setGroupSeparatorShown(True)
        spin.setValue(value)
        return spin

    def read(self) -> Settings:
        """The settings as they stand in the dialog; what was not touched keeps its exact value."""
        old = self._settings.limits

        def size(spin: QSpinBox, before: int) -> int:
            return before if spin.value() == before // MIB else spin.value() * MIB

        return replace(
            self._settings,
            reviewer=self.reviewer.text().strip(),
            profile=self.profile.currentData(),
            theme=self.theme_choice.currentData(),
            isolation=self.isolation.currentData(),
            workers=self.workers.value(),
            worker_memory=self.memory.value(),
            limits=UnpackLimits(
                self.entries.value(),
                size(self.size, old.bytes),
                size(self.entry_size, old.entry_bytes),
                self.ratio.value(),
                self.depth.value(),
                self.seconds.value(),
            ),
            marketplace=self.market.read(),
        )
