"""`assay sync` in a process of its own, against the practice marketplace: what it says, and with which exit code."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk import Desk
from app.paths import Folders
from app.settings import MarketSettings, Settings, save_settings

from ..app.marketplace.outbox_world import World, empty_practice

Sync = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    server = empty_practice(tmp_path / "practice").start()
    server.records.add_developer("dev", "A developer")
    folders = Folders.of_user()
    settings = Settings(reviewer="Ada", marketplace=MarketSettings(server.address, server.marketplace_id, timeout=5))
    save_settings(settings, folders.config / "settings.toml")
    world = World(tmp_path, server, Desk.open())
    world.desk.marketplace.connect(server.secret)
    yield world
    world.close()


@pytest.fixture
def sync(assay, environment: dict[str, str]) -> Sync:
    environment |= {"ASSAY_BACKOFF": "0", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    return lambda *arguments: assay("sync", *arguments)


def test_delivered_held_and_in_conflict(world: World, sync: Sync) -> None:
    delivered = world.decide(world.submit("good", {"a.zip": b"one"}))
    done = sync()
    assert done.returncode == 0, done.stderr
    assert delivered.token.encode() in done.stdout and b"1 delivered\n0 in the queue" in done.stdout
    assert world.applied("good") == [("rejected", delivered.reason)]

    edited = world.decide(world.submit("edited", {"a.zip": b"one"}))
    held = world.decide(world.submit("held", {"a.zip": b"one"}), escalate=True)
    world.server.records.edit_listing("edited", 1, changeLog="Better.")
    told = json.loads(sync("--dry-run", "--format", "json").stdout)
    assert [(row["id"], "edited" in row["foreseen"]) for row in told["rows"]] == [(edited.id, True)]
    done = sync("--format", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["conflicts"], told["held"], told["queue"]["count"]) == (1, 1, 1, 2)
    assert told["rows"][0]["ways"] == ["retry", "review", "theirs"]
    assert sync("--retry", edited.token).returncode == 0
    refused = sync("--confirm", held.id)
    assert refused.returncode == 2 and b"another reviewer than Ada" in refused.stderr
    settings = replace(world.desk.settings, reviewer="Bo")
    save_settings(settings, world.desk.folders.config / "settings.toml")
    assert sync("--confirm", held.id).returncode == 0
    done = sync("--no-queue")
    assert done.returncode == 0 and b"2 delivered" in done.stdout
    assert "Reviewed by Ada, confirmed by Bo." in world.applied("held")[0][1]
    assert b"nothing is on its way" in sync("--list").stdout


def test_what_cannot_be_sent_yet(world: World, sync: Sync) -> None:
    row = world.decide(world.submit("notes", {"a.zip": b"one"}))
    old = world.server.secret
    never = world.decide(world.submit("never", {"a.zip": b"one"}))
    world.server.expire_secret()
    done = sync()
    assert done.returncode == 3 and b"secret is wrong or has expired" in done.stderr
    world.server.stop()
    given_up = sync("--theirs", never.token)
    assert given_up.returncode == 0 and b"given up before it was sent" in given_up.stdout
    done = sync()
    assert done.returncode == 3 and b"refuses the connection" in done.stderr and b"1 still to be sent" in done.stdout
    world.server.start()
    world.server.secret = old
    done = sync("--no-queue")
    assert done.returncode == 0 and world.row(row.id).state.value == "delivered"
    wrong = sync("--retry", "77")
    assert wrong.returncode == 2 and b"there is no decision '77'" in wrong.stderr
    world.decide(world.submit("left", {"a.zip": b"one"}))
    elsewhere = replace(world.desk.settings.marketplace, id="another")
    save_settings(replace(world.desk.settings, marketplace=elsewhere), world.desk.folders.config / "settings.toml")
    told = sync("--list")
    assert b"1 decision waits for" in told.stderr and world.market.encode() in told.stderr
    save_settings(Settings(), world.desk.folders.config / "settings.toml")
    assert sync().returncode == 2
