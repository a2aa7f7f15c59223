"""The one kind of error that is meant for the user: one clear line that says what to do."""

from __future__ import annotations


class DeskError(Exception):
    """Something the user has to know and can do something about; shown as it is, never with a traceback.

    `incomplete`: nothing was wrong with what was asked, but this machine could not do it.
    """

    incomplete = False
