"""The marketplace in a few words, at the top right: how fresh the queue is, what is to be sent, what needs you."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer

from app.marketplace.words import MarketState
from widgets.offline_banner import clock_of
from widgets.parts import Button
from widgets.session import Session
from widgets.theme import Theme
from widgets.words import format_age, format_count, format_time, tip


def state_words(state: MarketState, syncing: bool) -> tuple[str, str, str]:
    """Text, icon and colour's name; what needs the reviewer comes last, where the eye rests, and decides the colour."""
    if not state.connected:
        return "", "", ""
    parts, icon, role = [], "cloud", "muted"
    if state.problem and not state.online:
        icon, role = "cloud-off", "medium"
        parts.append(f"offline since {clock_of(state.synced)}" if state.synced else "offline")
    elif state.problem:
        icon, role = "alert", "medium"
        parts.append("sync failed")
    elif state.synced is None:
        parts.append("never synced")
    else:
        age = format_age(state.synced)
        parts.append("synced just now" if age == "now" else f"synced {age} ago")
    if syncing:
        parts[0], icon = "syncing…", "refresh"
    if state.to_send:
        parts.append(f"{state.to_send:,} to send")
    if state.held:
        parts.append(f"{state.held:,} to confirm")
    if state.conflicts:
        icon, role = "alert", "critical"
        parts.append(format_count(state.conflicts, "conflict"))
    return " · ".join(parts), icon, role


class MarketStateBar(Button):
    """A click opens the outbox where something is in it, else asks the marketplace now."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__("", theme, kind="quiet", icon="cloud")
        self._session, self._market = session, session.market
        self.setAccessibleName("Marketplace")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._press)
        self._minute = QTimer(self, interval=30_000)
        self._minute.timeout.connect(self.follow)
        self._market.state_changed.connect(lambda *_: self.follow())
        self._market.syncing_changed.connect(lambda *_: self.follow())
        self._market.synced.connect(lambda *_: self.follow())
        self.follow()

    def follow(self) -> None:
        """Say what holds now."""
        state = self._market.state
        text, icon, role = state_words(state, self._market.syncing)
        self.setVisible(state.connected)
        if not state.connected:
            self._minute.stop()
            return
        if not self._minute.isActive():
            self._minute.start()
        self.setText(text)
        self.setAccessibleName(f"Marketplace: {text.replace(' · ', ', ')}")
        self.set_look(icon=icon, role=role)
        synced = f"last synced {format_time(state.synced)}" if state.synced else "never synced"
        what = "Click opens the outbox" if self._opens_outbox() else "Click syncs now (F9)"
        self.setToolTip(tip("\n".join(filter(None, (state.market, state.problem, synced, what)))))

    def _opens_outbox(self) -> bool:
        state = self._market.state
        waits = state.to_send or state.conflicts or state.held
        return bool(waits) and "outbox" in self._session.context.actions

    def _press(self) -> None:
        if self._opens_outbox():
            self._session.context.actions.trigger("outbox")
        else:
            self._market.sync(asked=True)
