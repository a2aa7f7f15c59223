"""Versions that name files which are not there: a developer can write anything, and must block nothing with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.marketplace.errors import NotThere
from app.marketplace.words import Cause

from .outbox_world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    made.desk.marketplace._client = made.client()
    yield made
    made.close()


@pytest.mark.parametrize("action", ["reject", "assign"])
def test_a_file_that_was_never_there_blocks_no_decision(world: World, action: str) -> None:
    key = world.submit("one", {"one.zip": b"one"}, download=False)
    file_id = world.entry(key).files[0].file_id
    world.server.records.edit_listing("one", 1, files=["nothing-there?x=y", file_id])
    with pytest.raises(NotThere, match="nothing-there"):
        world.desk.marketplace.fetch(key)
    assert [file.submission is None for file in world.entry(key).files] == [True, False]
    row = world.desk.marketplace.assign(key) if action == "assign" else world.decide(key)
    assert world.drain().delivered == 1, world.row(row.id).told


def test_another_file_that_is_not_there_is_a_change(world: World) -> None:
    key = world.submit("one", {"one.zip": b"one"}, download=False)
    file_id = world.entry(key).files[0].file_id
    world.server.records.edit_listing("one", 1, files=[file_id, "nothing-there"])
    world.desk.marketplace.refresh()
    world.link(key, file_id, b"one")
    row = world.decide(key)
    world.server.records.edit_listing("one", 1, files=[file_id, "nor-this"])
    assert world.drain().conflicts == 1
    assert world.row(row.id).cause is Cause.CHANGED_BYTES and "nor-this is named" in world.row(row.id).told
