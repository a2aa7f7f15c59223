"""The reviewer's settings: the same file that the command line reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QComboBox, QFormLayout, QSpinBox, QWidget

from app.settings import Settings, UnpackLimits
from widgets.dialogs import Sheet
from widgets.parts import Field, PlainLabel
from widgets.theme import GAP, UNIT, Theme

ISOLATIONS = (
    ("bubblewrap", "Full isolation only (bubblewrap)"),
    ("reduced", "Reduced isolation is allowed"),
    ("none", "No isolation is allowed: the checks can be attacked"),
)
THEMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
MIB = 1 << 20


class SettingsDialog(Sheet):
    """Edits a copy; `on_save` gets the new settings."""

    def __init__(
        self,
        theme: Theme,
        settings: Settings,
        profiles: Sequence[str],
        on_save: Callable[[Settings], object],
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "Settings", parent, 560, 560)
        self._settings = settings
        form = QFormLayout()
        form.setHorizontalSpacing(GAP)
        form.setVerticalSpacing(UNIT)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
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
        self._section(form, "Review")
        self._row(form, "Reviewer", self.reviewer)
        self._row(form, "Profile", self.profile)
        self._row(form, "Appearance", self.theme_choice)
        self._section(form, "Isolation and work")
        self._row(form, "Weakest isolation", self.isolation)
        self._row(form, "Workers", self.workers)
        self._row(form, "Memory of a worker", self.memory)
        self._section(form, "Limits of unpacking")
        self._row(form, "Entries", self.entries)
        self._row(form, "Size of all", self.size)
        self._row(form, "Size of one", self.entry_size)
        self._row(form, "Compression", self.ratio)
        self._row(form, "Nested archives", self.depth)
        self._row(form, "Time", self.seconds)
        self.body.addLayout(form)
        self.body.addStretch(1)
        self.add_foot("Save", dismiss="Cancel")
        self.accepted.connect(lambda: on_save(self.read()))
        self.reviewer.setFocus()

    def _section(self, form: QFormLayout, title: str) -> None:
        label = PlainLabel(title, self.theme, "muted", bold=True)
        label.setContentsMargins(0, UNIT if form.rowCount() else 0, 0, 0)
        form.addRow(label)

    @staticmethod
    def _row(form: QFormLayout, label: str, widget: QWidget) -> None:
        widget.setAccessibleName(label)
        widget.setFixedWidth(160 if isinstance(widget, QSpinBox) else 320)
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
        )
