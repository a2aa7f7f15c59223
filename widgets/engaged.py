"""Whether the reviewer is at something that must not move away beneath the hands."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit


def is_engaged() -> bool:
    """Whether a dialog is up or a text is being written: what is open has to stay open."""
    if QApplication.activeModalWidget() is not None:
        return True
    focus = QApplication.focusWidget()
    if isinstance(focus, QPlainTextEdit):
        return focus.document().isModified()
    return isinstance(focus, QLineEdit) and focus.isModified()
