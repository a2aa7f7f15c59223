"""What all pictures of the documentation need: the window led through its states, in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from widgets.script import Script, Wait

SMALL, LARGE = (1280, 800), (1920, 1080)
REVIEWER = "Rita Reviewer"


class Pictures(Script):
    """What all pictures need: the desk, the reviewer's name, both themes."""

    def begin(self) -> Iterator[Wait]:
        """Until the desk is open, and has the name of a reviewer."""
        yield from self.wait_for_desk()
        self.window.shell.save_settings(replace(self.session.settings, reviewer=REVIEWER))
        yield from self.settle()

    def both(self, name: str, widget: QWidget | None = None) -> Iterator[Wait]:
        """The same picture, light and dark."""
        for theme in ("light", "dark"):
            self.theme(theme)
            yield from self.settle()
            self.grab(f"{name}-{theme}", widget)
