"""A desk at the practice marketplace: what `make run` opens, and newcomers train with.

It has a data folder of its own, so that training never mixes with real reviews and their figures; the marketplace runs
in this process, on loopback, and ends with the desk.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from app.desk import Desk
from app.marketplace.practice.server import PracticeServer
from app.paths import Folders
from app.settings import load_settings

CONTACT = "security@marketplace.example"


def practice_folders(folders: Folders) -> Folders:
    """The user's folders for training; what can be made again is shared."""
    return dataclasses.replace(folders, data=folders.data / "practice", config=folders.config / "practice")


class PracticeDesk(Desk):
    """A desk that brings its marketplace along."""

    server: PracticeServer

    @classmethod
    def begin(cls, packages: Path, folders: Folders | None = None) -> PracticeDesk:
        """Start the marketplace over the built `packages`, and a desk at it; raises DeskError, PracticeError."""
        mine = folders or Folders.of_user()
        own = practice_folders(mine)
        place = own.config / "settings.toml"
        settings = load_settings(place if place.exists() else mine.config / "settings.toml")
        server = PracticeServer(own.data / "marketplace", packages=packages)
        server.start()
        marketplace = dataclasses.replace(
            settings.marketplace,
            address=server.address,
            id=server.marketplace_id,
            ca_bundle="",
            pin="",
            proxy="",
            contact=settings.marketplace.contact or CONTACT,
        )
        try:
            desk = cls(own, dataclasses.replace(settings, marketplace=marketplace), server.secret)
        except BaseException:
            server.close()
            raise
        desk.server = server
        return desk

    def close(self) -> None:
        """Let go of the files, and end the marketplace."""
        super().close()
        self.server.close()
