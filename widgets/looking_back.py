"""Looking back: the figures of a period, and the history of an app; each is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from widgets.session import Session
from widgets.words import label_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from app.desk import Desk
    from app.marketplace.history import AppHistory
    from widgets.main_window import MainWindow


class LookingBack:
    """Registers the operations, and opens what they show."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        self._window, self._session, self._context = window, session, session.context
        add = self._context.actions.add
        add("figures", "&Figures…", self.show_figures, group="Tools", icon="table", section="figures",
            tip="Throughput, waiting times, reasons of rejections")  # fmt: skip
        add("app-history", "&History of this app…", self.show_history, group="Review", icon="clock", section="about",
            enabled_when=self._has_app, tip="Every version, with its reviews, decisions and reasons")  # fmt: skip

    def show_figures(self) -> QDialog:
        """The dashboard, beside the window."""
        from widgets.dashboard import Dashboard

        made = Dashboard(self._session, self._context.theme, self._window)
        made.show()
        return made

    def _has_app(self) -> bool:
        return self._session.market.viewing is not None or self._context.submission is not None

    def show_history(self, key: int | None = None) -> None:
        """Of a version's app; without one, of the version whose page is shown, or else of the open submission."""
        about = self._context.submission
        key = self._session.market.viewing if key is None else key
        if key is not None:
            wanted = key
            self._read(lambda desk: desk.marketplace.history(wanted))
        elif about is not None:
            self._read(lambda desk: desk.marketplace.history_of(about.id), label_of(about))

    def _read(self, work: Callable[[Desk], AppHistory], name: str = "") -> None:
        def show(history: AppHistory) -> Any:
            from widgets.app_history import HistoryWindow

            HistoryWindow(self._session, self._context.theme, history, self._window, name).show()

        self._context.submit(work, show, key="app-history")
