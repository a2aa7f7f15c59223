"""One registry of everything the reviewer can do.

Menus, toolbar, shortcuts, the command palette and the sheet of keys are generated from it, so an
operation is described once and can be found everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from widgets.theme import Theme

# the menus, in their order; an action names one of them
GROUPS = ("File", "Queue", "Review", "View", "Tools", "Help")


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing the reviewer can do, with the QAction that Qt shows for it."""

    id: str
    text: str
    group: str
    keys: tuple[str, ...]
    icon: str
    tip: str
    enabled_when: Callable[[], bool] | None
    action: QAction
    where: QWidget | None
    menu: bool
    section: str

    @property
    def title(self) -> str:
        """The text without the mnemonic mark."""
        return self.text.replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


class Actions(QObject):
    """The registry; ids and window-wide keys are unique, a twin is a programming error."""

    def __init__(self, theme: Theme, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme, self._window = theme, window
        self._operations: dict[str, Operation] = {}
        theme.changed.connect(self._tint)

    def add(
        self,
        id: str,
        text: str,
        handler: Callable[[], object],
        *,
        group: str,
        keys: str | Sequence[str] = (),
        icon: str = "",
        tip: str = "",
        enabled_when: Callable[[], bool] | None = None,
        where: QWidget | None = None,
        checkable: bool = False,
        menu: bool = True,
        section: str = "",
    ) -> QAction:
        """Register an operation and return its action.

        `keys` in Qt's portable notation. `where`: the keys hold only while that widget or a child has the
        focus; else in the whole window. A single letter never fires in a text field, because the
        field takes it first. `enabled_when` is asked by `refresh`. `menu=False` keeps it out of the menus.
        Neighbours of another `section` are parted by a line there.
        """
        keys = (keys,) if isinstance(keys, str) else tuple(keys)
        keys = tuple(k for k in keys if k)
        if id in self._operations:
            raise ValueError(f"action {id!r} is there twice")
        if group not in GROUPS:
            raise ValueError(f"action {id!r}: group {group!r} is none of {', '.join(GROUPS)}")
        for other in self._operations.values():
            twins = set(keys) & set(other.keys)
            if twins and (where is None or other.where is None or where is other.where):
                raise ValueError(f"actions {id!r} and {other.id!r} share the keys {', '.join(sorted(twins))}")
        owner = where or self._window
        action = QAction(text, owner)
        action.setObjectName(id)
        action.setShortcuts([QKeySequence(k) for k in keys])
        action.setShortcutContext(
            Qt.ShortcutContext.WidgetWithChildrenShortcut if where else Qt.ShortcutContext.WindowShortcut
        )
        action.setCheckable(checkable)
        shown = f"{text.replace('&', '').rstrip('…')}" + (f" ({self.label_keys(keys[:1])})" if keys else "")
        action.setToolTip(tip or shown)
        action.setStatusTip(tip)
        if icon:
            action.setIcon(self._theme.icon(icon))
        action.triggered.connect(lambda *_: handler())
        owner.addAction(action)
        self._operations[id] = Operation(id, text, group, keys, icon, tip, enabled_when, action, where, menu, section)
        return action

    @staticmethod
    def label_keys(keys: Sequence[str]) -> str:
        """Keys as the platform writes them."""
        return " / ".join(QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in keys)

    def __getitem__(self, id: str) -> QAction:
        return self._operations[id].action

    def __contains__(self, id: str) -> bool:
        return id in self._operations

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations.values())

    def in_group(self, group: str) -> list[Operation]:
        """Operations of one menu, in the order they were added."""
        return [o for o in self._operations.values() if o.group == group]

    def trigger(self, id: str) -> bool:
        """Do it as if chosen from the menu; False where it is not possible now."""
        self.refresh()
        action = self[id]
        if not action.isEnabled():
            return False
        action.trigger()
        return True

    def refresh(self) -> None:
        """Ask every operation whether it is possible now."""
        for operation in self._operations.values():
            if operation.enabled_when is not None:
                operation.action.setEnabled(bool(operation.enabled_when()))

    def _tint(self) -> None:
        for operation in self._operations.values():
            if operation.icon:
                operation.action.setIcon(self._theme.icon(operation.icon))
