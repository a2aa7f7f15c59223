"""The battery as a whole: what it does now, how far it is, how long it takes, and the button to stop it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.model import Event, PackageReady, RunStarted, StageProgress
from widgets.battery_model import BatteryModel
from widgets.context import PaneContext
from widgets.list_parts import ThinBar
from widgets.measures import clock
from widgets.parts import Button, ElidedLabel, PlainLabel
from widgets.theme import UNIT
from widgets.words import ask_words, format_count, format_size


class BatteryHead(QWidget):
    """Says `Unpacking…` before the first check, then percent and count, then the summary."""

    def __init__(self, context: PaneContext, model: BatteryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._model = context, model
        theme = context.theme
        self._begun: float | None = None
        self._stage: StageProgress | None = None
        self._ready = False
        self._cancelling = False
        self.title = PlainLabel("", bold=True)
        self.detail = ElidedLabel("", theme, "muted")
        self.elapsed = PlainLabel("", theme, "muted")
        self.bar = ThinBar(theme, self.tr("Progress of the battery"))
        self.cancel = Button(self.tr("Cancel"), theme, icon="stop")
        self.cancel.setAccessibleName(self.tr("Cancel the battery"))
        self.cancel.clicked.connect(self._cancel_all)
        row = QHBoxLayout()
        row.setSpacing(UNIT)
        row.addWidget(self.title)
        row.addWidget(self.detail, 1)
        row.addWidget(self.elapsed)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addLayout(row)
        column.addWidget(self.bar)
        context.running_changed.connect(self._on_running)

    def reset(self) -> None:
        """Another submission."""
        self._stage, self._ready, self._begun, self._cancelling = None, False, None, False

    def begin(self) -> None:
        """A battery begins now."""
        self.reset()
        self._begun = time.monotonic()

    def take(self, events: Sequence[Event]) -> None:
        """Note what stage the battery is in."""
        for event in events:
            if isinstance(event, StageProgress):
                self._stage = event
            elif isinstance(event, PackageReady):
                self._ready = True
            elif isinstance(event, RunStarted):
                self._stage, self._ready = None, False

    def tick(self) -> None:
        """Time has passed."""
        self.bar.tick()
        self._show_elapsed()

    def show_state(self) -> None:
        """Say how things stand."""
        running = self._context.running
        self._cancelling = self._cancelling and running
        self.cancel.setVisible(running)
        self.cancel.setEnabled(not self._cancelling)
        self.cancel.setText(self.tr("Cancelling…") if self._cancelling else self.tr("Cancel"))
        if running:
            self._show_progress()
        else:
            self._show_summary()
        self._show_elapsed()

    def _on_running(self, running: bool) -> None:
        if not running:  # one that was refused leaves no rows to sum up, and the pane is empty again
            self._context.note_tab("battery", "")

    def _cancel_all(self) -> None:
        self._cancelling = True
        self._context.cancel_run()
        self.show_state()

    def _show_progress(self) -> None:
        done, total = self._model.finished, len(self._model.checks)
        working = any(row.begun is not None for row in self._model.checks)
        stage = self._stage
        if working or self._ready:
            self._set_bar(self._model.percent, 100)
            self.title.setText(self.tr("{0} %").format(self._model.percent))
            self.detail.setText(self.tr("{0} of {1}").format(done, format_count(total, "check")))
            self._context.note_tab("battery", f"{done}/{total}")
            return
        self._context.note_tab("battery", "…")
        if stage is None:
            self._set_bar(0, 0)
            self.title.setText(self.tr("Starting…"))
            self.detail.setText("")
            return
        known = stage.total > 0
        self._set_bar(int(1000 * min(stage.done / stage.total, 1)) if known else 0, 1000 if known else 0)
        self.title.setText(f"{stage.stage.capitalize()}…")
        size = f"{format_size(stage.done)}" + (f" of {format_size(stage.total)}" if known else "")
        self.detail.setText(f"{size} · {stage.detail}" if stage.detail else size)

    def _show_summary(self) -> None:
        rows, run = self._model.checks, self._context.run
        gaps = sum(row.is_kind("gap") for row in rows)
        found = sum(row.findings for row in rows)
        word = self.tr("Cancelled") if run is not None and run.cancelled else self.tr("Finished")
        if run is not None and run.finished is None:
            word = self.tr("Cut off")
        parts = [format_count(len(rows), "check"), format_count(found, "finding")]
        if gaps:
            parts.append(self.tr("{0} did not run to the end").format(gaps))
        if asking := sum(row.asks for row in rows):
            parts.append(ask_words(asking))
        if limited := sum(bool(row.limitation) for row in rows):
            parts.append(self.tr("{0} limited").format(limited))
        self.title.setText(word)
        self.detail.setText(" · ".join(parts))
        self._set_bar(self._model.percent, 100)
        self._context.note_tab("battery", f"⊘ {gaps}" if gaps else "")

    def _set_bar(self, value: int, maximum: int) -> None:
        if self.bar.maximum() != maximum:
            self.bar.setRange(0, maximum)
        self.bar.setValue(value)

    def _show_elapsed(self) -> None:
        run = self._context.run
        if self._context.running and self._begun is not None:
            self.elapsed.setText(clock(time.monotonic() - self._begun))
        elif run is not None and run.finished is not None:
            self.elapsed.setText(clock((run.finished - run.started).total_seconds()))
        else:
            self.elapsed.setText("")
