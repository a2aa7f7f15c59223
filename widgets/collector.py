"""Garbage collection on the GUI thread only.

Python collects cycles on whatever thread happens to allocate; a closed menu or dialog is such a cycle, and
Qt objects taken apart on a worker thread crash the program. So automatic collection is off while
the window lives, and a timer on the GUI thread does it in small steps.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL = 500  # ms between two looks at how much has been allocated


class Collector(QObject):
    """Made once, on the GUI thread; `close` gives the collection back to Python."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        gc.freeze()  # modules and classes are here to stay: no collection need walk them
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """The youngest generations that are full; the oldest only when it has earned it, as Python does."""
        young, middle, old = gc.get_count()
        if old > self._thresholds[2] and middle > self._thresholds[1]:
            gc.collect(2)
        elif middle > self._thresholds[1]:
            gc.collect(1)
        elif young > self._thresholds[0]:
            gc.collect(0)

    def close(self) -> None:
        """Stop, and let Python collect by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
