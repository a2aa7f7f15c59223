"""What tests of the outbox stand on: an empty practice marketplace over real HTTP, and a desk that reviews for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.desk import Desk
from app.marketplace.account import Account
from app.marketplace.client import Client
from app.marketplace.pace import Pace
from app.marketplace.practice.moves import Records
from app.marketplace.practice.server import PracticeServer
from app.marketplace.queue_writing import name_source
from app.marketplace.sync import drain_outbox
from app.marketplace.words import Drained, OutboxRow, QueueEntry
from app.model import Artifact
from app.paths import Folders
from app.settings import MarketSettings, Settings

REASON = "The add-on sends what the user types to a server of its own."


def empty_practice(folder: Path, **options: Any) -> PracticeServer:
    """A practice marketplace without apps."""
    records = Records(folder)
    records.note("seeded", "by a test")
    records.close()
    return PracticeServer(folder, packages=folder, **options)


def make_artifact(content: bytes, name: str) -> Artifact:
    md5, sha1 = (hashlib.new(word, content, usedforsecurity=False).hexdigest() for word in ("md5", "sha1"))
    return Artifact(hashlib.sha256(content).hexdigest(), md5, sha1, len(content), name)


def open_desk(folder: Path, address: str, market_id: str, reviewer: str = "Ada", **market: Any) -> Desk:
    folders = Folders(folder / "data", folder / "config", folder / "cache", folder / "run")
    timeout = market.pop("timeout", 5)
    about = MarketSettings(address=address, id=market_id, timeout=timeout, **market)
    return Desk(folders, Settings(reviewer=reviewer, marketplace=about))


@dataclass
class World:
    """One marketplace and one desk. `pauses` are the seconds that the client would have waited."""

    folder: Path
    server: PracticeServer
    desk: Desk
    pauses: list[float] = field(default_factory=list)
    address: str = ""
    attempts: int = 2

    @property
    def market(self) -> str:
        return self.desk.marketplace.market

    def client(self, secret: str = "") -> Client:
        account = Account.of(self.desk.settings.marketplace)
        return Client(
            account, secret or self.server.secret, sleep=self.pauses.append, random=lambda: 0.0, attempts=self.attempts
        )

    def submit(self, app: str, files: Mapping[str, bytes], download: bool = True, **more: Any) -> int:
        """A developer sends a version, the queue is read, and its files are downloaded; gives its key."""
        number = self.server.records.submit_version(app, files, developer_id="dev", name=app.title(), **more)
        key = self.read(app, number)
        if download:
            for file, content in zip(self.entry(key).files, files.values(), strict=True):
                self.link(key, file.file_id, content)
        return key

    def read(self, app: str, number: int = 1) -> int:
        """As a sync of the queue does it."""
        with self.client() as client:
            version = client.version(app, number)
            files = list(client.files(version.files).values())
        place = (app, number)
        return self.desk.store.save_versions(self.market, [version], files={place: files}).keys[place]

    def link(self, key: int, file_id: str, content: bytes) -> int:
        entry = self.entry(key)
        name = next(file.name for file in entry.files if file.file_id == file_id)
        artifact = make_artifact(content, name)
        source = name_source(self.market, entry.app_id, entry.version, file_id)
        submission = self.desk.store.add_submission(artifact, kind="download", source=source).id
        self.desk.store.link_file(key, file_id, submission)
        return submission

    def entry(self, key: int) -> QueueEntry:
        return self.desk.marketplace.entry(key)

    def decide(self, key: int, decision: str = "reject", reason: str = REASON, **more: Any) -> OutboxRow:
        """By the first file; gives the row that is on its way."""
        self.desk.decide(self.entry(key).submissions[0], decision, reason, **more)
        return self.desk.marketplace.outbox_of(key)[0]

    def drain(self, **more: Any) -> Drained:
        more.setdefault("pace", Pace(first=0.0, longest=0.0))
        return drain_outbox(self.desk, self.client, self.market, **more)

    def row(self, number: int) -> OutboxRow:
        return self.desk.store.outbox_row(number)

    def applied(self, app: str) -> list[tuple[str, str]]:
        """(status, reason) of every change that the marketplace carried out."""
        return [(one.status, one.reason) for one in self.server.records.applied(app)]

    def log(self, row: OutboxRow) -> list[str]:
        """The states that the audit log tells of a row, in order."""
        lines = [line.detail for line in reversed(self.desk.store.audit()) if line.action == "outbox"]
        return [line["state"] for line in lines if line["row"] == row.id]

    def close(self) -> None:
        self.desk.close()
        self.server.close()


def make_world(folder: Path, **market: Any) -> World:
    server = empty_practice(folder / "practice").start()
    server.records.add_developer("dev", "A developer")
    desk = open_desk(folder, server.address, server.marketplace_id, **market)
    return World(folder, server, desk)
