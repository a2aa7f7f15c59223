"""Garbage collection on the GUI thread only.

Python collects cycles on whatever thread happens to allocate; a closed menu or dialog is such a cycle, and
Qt objects taken apart on a worker thread crash the program. So automatic collection is off while the
window lives. A timer on the GUI thread looks at what is new, and sets aside what of it is in use: a large
package is many objects, and to walk all of them would hold up the window. All of them are walked when the
reviewer has turned to another window, or after a long time without that.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

INTERVAL = 250  # ms between two looks at how much has been allocated
# Between two walks over everything, in seconds: where nobody looks, and where it may be felt.
AWAY_SECONDS, LONG_SECONDS = 30.0, 900.0


class Collector(QObject):
    """Made once, on the GUI thread; `close` gives the collection back to Python."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threshold = gc.get_threshold()[0]
        self._walked = time.monotonic()
        gc.disable()
        gc.freeze()  # modules and classes are here to stay: no collection need walk them
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self.collect)
        self._timer.start()
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._on_state)

    def collect(self) -> None:
        """What is new, once it is enough to be worth it."""
        if time.monotonic() - self._walked > LONG_SECONDS:
            self.collect_all()
        elif gc.get_count()[0] > self._threshold:
            gc.collect(0)
            gc.freeze()

    def collect_all(self) -> None:
        """Everything, also what was set aside."""
        self._walked = time.monotonic()
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def _on_state(self, state: Qt.ApplicationState) -> None:
        away = state is not Qt.ApplicationState.ApplicationActive
        if away and time.monotonic() - self._walked > AWAY_SECONDS:
            self.collect_all()

    def close(self) -> None:
        """Stop, and let Python collect by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
