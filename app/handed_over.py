"""What checks of the package need of the host: the advisories, and what is known from earlier reviews."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.advisories import database_path, describe_database
from app.errors import DeskError
from app.grants import HandedOver
from app.paths import Folders
from app.similar import known_file
from app.vault import Vault

if TYPE_CHECKING:
    from app.store import Store

NOTHING_KNOWN = "nothing to compare with yet: no other package was reviewed here, and no list imported"


def hand_over(open_store: Callable[[], Store], vault: Vault, folders: Folders) -> dict[str, HandedOver]:
    """What there is, by the need that it answers, brought up to date; without advisories that need goes unanswered."""
    handed = {"known": _known(open_store, vault, folders)}
    path = database_path(folders.data)
    try:
        about = describe_database(path)
        if about is not None:
            handed["advisories"] = HandedOver(path, about.text, about.limitation, str(path.stat().st_mtime_ns))
    except (DeskError, OSError) as error:
        handed["advisories"] = HandedOver(None, problem=str(error))
    return handed


def _known(open_store: Callable[[], Store], vault: Vault, folders: Folders) -> HandedOver:
    try:
        path = known_file(open_store, vault, folders)
        if path is None:
            return HandedOver(None, NOTHING_KNOWN)
        return HandedOver(path, version=str(path.stat().st_ino))
    except (DeskError, OSError) as error:
        return HandedOver(None, problem=str(error))
