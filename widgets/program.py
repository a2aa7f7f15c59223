"""Everything that exists once behind the window: theme, bridge to the desk, session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from app.paths import Folders
from widgets.bridge import Bridge
from widgets.main_window import MainWindow
from widgets.theme import Theme

if TYPE_CHECKING:
    from app.desk import Desk


class Program:
    """Window and all that it stands on; `close` takes it down in order."""

    def __init__(
        self, desk_factory: Callable[[], Desk], *, theme: str = "system", geometry: QSettings | None = None
    ) -> None:
        if geometry is None:
            geometry = QSettings(str(Folders.of_user().config / "window.ini"), QSettings.Format.IniFormat)
        self.theme = Theme(theme)
        self.bridge = Bridge(desk_factory)
        self.window = MainWindow(self.bridge, self.theme, geometry)
        self.session, self.context = self.window.session, self.window.context

    def close(self) -> None:
        """Stop everything and close the desk."""
        self.session.runs.cancel_all()
        self.session.market.close()
        self.bridge.close()
