"""The keys that every list of the window understands: j, k, Enter, /, copy, and the menu key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QDialog, QLineEdit, QMenu


class ListKeys(QObject):
    """Watches a view; what is not given is not done. It belongs to the view and lives as long."""

    def __init__(
        self,
        view: QAbstractItemView,
        *,
        on_enter: Callable[[QModelIndex], object] | None = None,
        copy_text: Callable[[], str] | None = None,
        fill_menu: Callable[[QMenu], object] | None = None,
        filter_field: QLineEdit | None = None,
    ) -> None:
        super().__init__(view)
        self._view, self._enter, self._copy, self._fill = view, on_enter, copy_text, fill_menu
        self._field = filter_field
        view.installEventFilter(self)
        if filter_field is not None:
            filter_field.installEventFilter(self)
        if fill_menu is not None:
            view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            view.customContextMenuRequested.connect(self.open_menu)
        if on_enter is not None:
            view.doubleClicked.connect(on_enter)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and watched is self._view:
            # letters are keys here, not the view's search by first letter
            if event.matches(QKeySequence.StandardKey.Copy) or self._is_step(event):
                event.accept()
            return False
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is self._field:
            return self._press_in_field(event)
        return self._press(event)

    @staticmethod
    def _is_step(event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        return plain and event.key() in (Qt.Key.Key_J, Qt.Key.Key_K)

    def _press_in_field(self, event: QKeyEvent) -> bool:
        if self._field is None:
            return False
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._view.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._select_first()
            return True
        if event.key() == Qt.Key.Key_Escape and self._field.text():
            self._field.clear()
            return True
        if event.key() == Qt.Key.Key_Escape and not isinstance(self._field.window(), QDialog):
            self._view.setFocus(Qt.FocusReason.ShortcutFocusReason)  # in a dialog it closes that
            return True
        return False

    def _select_first(self) -> None:
        model = self._view.model()
        if not self._view.currentIndex().isValid() and model is not None and model.rowCount():
            self._view.setCurrentIndex(model.index(0, 0))

    def _press(self, event: QKeyEvent) -> bool:
        if self._is_step(event):
            key = Qt.Key.Key_Down if event.key() == Qt.Key.Key_J else Qt.Key.Key_Up
            moved = QKeyEvent(QEvent.Type.KeyPress, key, event.modifiers())
            self._view.keyPressEvent(moved)
            return True
        if event.matches(QKeySequence.StandardKey.Copy) and self._copy is not None:
            QGuiApplication.clipboard().setText(self._copy())
            return True
        current = self._view.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._enter is not None and current.isValid():
            self._enter(current)
            return True
        if event.key() == Qt.Key.Key_Slash and self._field is not None:
            self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._field.selectAll()
            return True
        if event.key() == Qt.Key.Key_Menu and self._fill is not None:
            self.open_menu(self._view.visualRect(current).bottomLeft())
            return True
        # any other bare letter would start the view's own search; let shortcuts and parents have it
        if event.text().isprintable() and event.text() and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            return event.key() != Qt.Key.Key_Space and self._ignore(event)
        return False

    @staticmethod
    def _ignore(event: QKeyEvent) -> bool:
        event.ignore()
        return True

    def open_menu(self, point: QPoint) -> None:
        """The context menu at a point of the view."""
        if self._fill is None:
            return
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu)
        if not menu.isEmpty():
            menu.popup(self._view.viewport().mapToGlobal(point))
