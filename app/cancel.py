"""Asking a running battery to stop, all of it or one check."""

from __future__ import annotations

import threading

from app.errors import DeskError


class Cancelled(DeskError):
    """The caller's cancel token was set; nothing was kept."""


class CancelToken:
    """Shared between the one who asks and the ones who work; safe from any thread."""

    def __init__(self) -> None:
        self._all = threading.Event()
        self._checks: set[str] = set()

    def cancel(self) -> None:
        """Stop everything."""
        self._all.set()

    def cancel_check(self, check: str) -> None:
        """Stop one check; the others go on."""
        self._checks.add(check)

    @property
    def cancelled(self) -> bool:
        """Whether everything is to stop."""
        return self._all.is_set()

    def stops(self, check: str) -> bool:
        """Whether this check is to stop."""
        return self._all.is_set() or check in self._checks
