"""Checks of a version that came from the marketplace: its record, and its distribution, over real HTTP."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cancel import CancelToken
from app.desk import Desk
from app.grants import FROM_ELSEWHERE
from app.marketplace import probes
from app.marketplace.account import Account
from app.marketplace.documents import read_signed
from app.marketplace.errors import Surprise
from app.marketplace.probes import connection_of, hand_over_version, secrets_of
from app.marketplace.reading import Node
from app.model import Run
from app.paths import Folders
from app.settings import MarketSettings, Settings
from checks import Outcome, Severity

from .outbox_world import World, empty_practice

BOTH = ("marketplace_record", "distribution")


def make_zip(text: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("readme.txt"), text)
    return stream.getvalue()


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses that end soon: two seconds, because the server counts in whole ones."""
    rules = tmp_path / "marketplace.toml"
    rules.write_text(probes.RULES.read_text().replace("valid_seconds = 5", "valid_seconds = 2"))
    monkeypatch.setattr(probes, "RULES", rules)


@pytest.fixture
def world(tmp_path: Path, quick: None) -> Iterator[World]:
    server = empty_practice(tmp_path / "practice").start()
    server.records.add_developer("dev", "A developer")
    folders = Folders(tmp_path / "data", tmp_path / "config", Path(os.environ["ASSAY_CACHE_DIR"]), tmp_path / "run")
    about = MarketSettings(address=server.address, id=server.marketplace_id)
    desk = Desk(folders, Settings(reviewer="Ada", isolation="reduced", marketplace=about), server.secret)
    world = World(tmp_path, server, desk)
    desk.marketplace._client = world.client()  # it does not wait between two tries
    yield world
    world.close()


def fetch(world: World, data: bytes = make_zip(b"hello"), **more: Any) -> tuple[int, int]:
    """A version downloaded as a reviewer does it: its key, and the submission."""
    key = world.submit("one", {"one.zip": data}, download=False, **more)
    (submission,) = world.desk.marketplace.fetch(key).submissions
    return key, submission


def run(world: World, submission: int, *only: str, live: bool | Collection[str] = False) -> Run:
    return world.desk.run(submission, only=only, live=live, on_event=lambda _: None, cancel=CancelToken())


def outcomes(run: Run) -> dict[str, Outcome]:
    return {check.id: check.outcome for check in run.checks}


def test_what_came_from_elsewhere_is_skipped_even_with_consent(world: World, tmp_path: Path) -> None:
    (tmp_path / "own.zip").write_bytes(make_zip(b"own"))
    submission = world.desk.take_in(tmp_path / "own.zip")
    assert hand_over_version(world.desk, submission) is FROM_ELSEWHERE
    for live in (False, True):
        done = run(world, submission.id, *BOTH, live=live)
        assert {(c.outcome, c.reason) for c in done.checks} == {(Outcome.SKIPPED, "did not come from a marketplace")}


def test_a_version_is_compared_at_once_and_asked_about_with_consent(world: World) -> None:
    _, submission = fetch(world)
    done = run(world, submission, *BOTH)
    assert outcomes(done)["marketplace_record"] in (Outcome.CLEAN, Outcome.FOUND)
    assert not [f for f in done.findings if "differs" in f.rule]
    without = next(c for c in done.checks if c.id == "distribution")
    assert without.outcome is Outcome.UNAVAILABLE
    assert without.reason.startswith("asks the network") and without.awaits_consent
    assert "Check the distribution" in without.reason
    asked = run(world, submission, "distribution", live=True)
    (ended,) = asked.checks
    assert (ended.outcome, asked.findings) == (Outcome.CLEAN, ())
    assert ended.reason.startswith("asked on 20")
    assert "without TLS" in ended.limitation
    assert "no network" in done.isolation.gives
    assert "no network, but for checks that see nothing of the package" in asked.isolation.gives
    ours = [world.desk.folders.data, world.desk.folders.config, world.desk.folders.runtime]
    files = [p for folder in ours for p in folder.rglob("*") if p.is_file()]
    assert len(files) > 3
    for word in (b"signature=", b"expires=", world.server.secret.encode()):
        assert not [p for p in files if word in p.read_bytes()], word


def test_bytes_that_were_replaced_are_compared_with_those_reviewed(world: World) -> None:
    key, submission = fetch(world)
    file_id = world.entry(key).files[0].file_id
    world.server.records.replace_file(file_id, make_zip(b"other"))
    world.read("one")
    assert world.entry(key).files[0].submission is None
    about = world.desk.submission(submission)
    done = run(world, submission, "marketplace_record")
    assert {f.rule: f.severity for f in done.findings}["sha256-differs"] is Severity.CRITICAL
    tell = hand_over_version(world.desk, about)["served"].tell
    assert tell is not None
    told = tell()
    (file,) = told.data["files"]  # what is served is held against the bytes that were reviewed
    assert (file["sha256"], file["size"]) == (about.artifact.sha256, about.artifact.size)
    assert file["private"]
    assert {file["signed"], file["signed"].rpartition("signature=")[2]} <= set(told.secrets)
    assert world.server.secret not in json.dumps(told.data)


def test_a_file_that_is_gone(world: World) -> None:
    key, submission = fetch(world)
    world.desk.store.save_versions(world.market, (), gone=[("one", 1)])
    assert world.entry(key).gone
    (ended,) = run(world, submission, "distribution", live=True).checks
    assert (ended.outcome, ended.findings) == (Outcome.UNAVAILABLE, 0)
    assert "no longer has this file" in ended.reason


def test_a_marketplace_that_does_not_answer_is_no_pass(world: World) -> None:
    _, submission = fetch(world)
    world.server.stop()
    (ended,) = run(world, submission, "distribution", live=True).checks
    assert ended.outcome is Outcome.UNAVAILABLE
    assert "127.0.0.1" in ended.reason or "localhost" in ended.reason


def test_another_marketplace_is_not_asked(world: World) -> None:
    _, submission = fetch(world)
    other = MarketSettings(address=world.server.address, id="another")
    world.desk.settings = Settings(reviewer="Ada", isolation="reduced", marketplace=other)
    (ended,) = run(world, submission, "distribution", live=True).checks
    assert ended.outcome is Outcome.UNAVAILABLE
    assert "the settings name another@" in ended.reason


def test_an_address_without_tls_is_judged_not_refused() -> None:
    answer = Node({"url": "http://files.example/a.zip?signature=x"}, "an answer")
    with pytest.raises(Surprise, match="an https address"):
        read_signed(answer, 5, local=False)
    assert read_signed(answer, 5, local=False, judged=True).url.startswith("http://files.example/")


@pytest.mark.parametrize(
    "url",
    ["https://[::1", "//[", "https://[x]/", "https://h:99999/", "https://h/\ud800", "https://h/\x1b[2J", "h" * 9_000],
)
def test_what_is_no_address_is_no_crash(url: str) -> None:
    with pytest.raises(Surprise, match="not an address") as caught:
        read_signed(Node({"url": url}, "an answer"), 5, local=False, judged=True)
    assert len(str(caught.value)) < 200


def test_every_part_of_a_signed_address_is_a_secret() -> None:
    parts = secrets_of("https://files.example/a.zip?X-Amz-Credential=AKIA%2F20260101&X-Amz-Signature=abc%2Bdef")
    assert {"AKIA%2F20260101", "AKIA/20260101", "abc%2Bdef", "abc+def"} <= set(parts)
    assert all(parts)


def test_the_way_there_is_the_clients_without_its_secret(tmp_path: Path) -> None:
    account = Account("https://market.example:8443/v2", "id", pin="ab" * 32, proxy="http://ada:pass@proxy.example:3128")
    way = connection_of(account, ["https://files.example/a?b=c", "https://localhost/x"])
    assert way == {
        "authorities": "", "pin": "ab" * 32, "pinned": "market.example:8443", "local": False,
        "proxies": {"files.example": "http://ada:pass@proxy.example:3128"},
    }  # fmt: skip
    assert json.dumps(way)
