"""After a full run the secret of the marketplace and signed addresses are nowhere on the disk."""

from __future__ import annotations

import base64
import dataclasses
import logging
import stat
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cancel import CancelToken
from app.desk import Desk
from app.marketplace.client import Client
from app.marketplace.errors import MarketError
from app.marketplace.practice.server import PracticeServer
from app.marketplace.secret import FILE
from app.marketplace.words import SendState, SignedUrl
from app.paths import Folders
from app.reports import FORMATS, render
from app.settings import MarketSettings, Settings

SECRET = "tr0ub4dor-and-a-horse-battery"
CHECKS = ("distribution", "marketplace_record", "secrets")
WRONG = "not-the-secret-but-one-all-the-same"


@pytest.fixture
def market(tmp_path: Path, practice: Path) -> Iterator[PracticeServer]:
    with PracticeServer(tmp_path / "market", packages=practice, secret=SECRET) as server:
        yield server


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every signed address that the client was given."""
    seen: list[str] = []
    ask = Client.signed_url

    def spy(self: Client, *arguments: object, **named: object) -> SignedUrl:
        given = ask(self, *arguments, **named)  # type: ignore[arg-type]
        seen.append(given.url)
        return given

    monkeypatch.setattr(Client, "signed_url", spy)
    return seen


def find_in_files(folder: Path, needles: dict[str, bytes], spared: Path) -> list[str]:
    """Which of the needles are in which file; compared without regard to case, and in UTF-16 too."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file() or path == spared:
            continue
        content = path.read_bytes().lower()
        for name, needle in needles.items():
            low = needle.lower()
            if low in content or low.decode().encode("utf-16-le") in content:
                found.append(f"{name} in {path.relative_to(folder)}")
    return found


def test_secret_and_signed_addresses_are_nowhere_on_disk(
    market: PracticeServer, signed: list[str], own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_KEYRING", "off")
    monkeypatch.setenv("ASSAY_BACKOFF", "0.01")
    pytest.importorskip("PySide6")
    from widgets.crash import CrashRecorder

    exports = own_home / "exports"
    exports.mkdir()
    log = logging.FileHandler(own_home / "everything.log")
    crashes = CrashRecorder(own_home / "crashes")
    crashes.folder.mkdir()
    root = logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    try:
        settings = Settings(
            reviewer="Rita", marketplace=MarketSettings(address=market.address, id=market.marketplace_id)
        )
        folders = Folders.of_user()
        with Desk(folders, settings) as desk:
            desk.apply_settings(settings)
            with pytest.raises(MarketError) as refused:
                desk.marketplace.connect(WRONG)
            crashes.record(refused.value)
            told = desk.marketplace.connect(SECRET)
            office = desk.marketplace
            office.refresh()
            key = next(e.key for e in office.queue() if e.name == "Invoice Sync")
            office.assign(key)
            market.faults.set(cut_body=0.5, only="/files/get")  # a download that is cut and goes on
            submission = office.fetch(key).submissions[0]
            market.faults.clear()
            run = desk.run(submission, only=CHECKS, live=True, on_event=lambda _: None, cancel=CancelToken())
            assert {c.id: c.reason for c in run.checks if not c.outcome.ran} == {}
            desk.decide(submission, "reject", "There is a cloud key in the package: revoke it.")
            market.stop()
            assert office.drain().problem
            with pytest.raises(MarketError) as offline:
                office.refresh()
            crashes.record(offline.value)
            market.start()
            for row in office.outbox():
                if "retry" in row.ways:
                    office.resolve(row.id, "retry")
            office.drain()
            assert [row.state for row in office.outbox_of(key)] == [SendState.DELIVERED] * 2
            for format in FORMATS:
                (exports / f"review.{format}").write_bytes(render(desk.report(submission, run, only=CHECKS), format))
            crashes.record(RuntimeError(f"{desk.marketplace.client()!r} {desk.marketplace.account!r} failed"))
            wrong = dataclasses.replace(settings.marketplace, pin="00" * 32)
            desk.apply_settings(dataclasses.replace(settings, marketplace=wrong))
            kept = folders.config / FILE
            assert str(kept) in told
            assert stat.S_IMODE(kept.stat().st_mode) == 0o600
            assert SECRET in kept.read_text()
    finally:
        root.removeHandler(log)
        root.setLevel(level)
        log.close()

    queries = [urllib.parse.urlsplit(url).query for url in signed]
    assert len(queries) >= 2
    signatures = {urllib.parse.parse_qs(query)["signature"][0] for query in queries}
    basic = base64.b64encode(f"{market.marketplace_id}:{SECRET}".encode())
    needles = {"the secret": SECRET.encode(), "the wrong secret": WRONG.encode(), "Authorization": basic}
    needles |= {f"signature {n}": s.encode() for n, s in enumerate(sorted(signatures))}
    assert (own_home / "everything.log").stat().st_size > 0
    assert find_in_files(own_home, {"proof": SECRET.encode()}, own_home / "none") == [
        f"proof in {kept.relative_to(own_home)}"
    ]
    assert find_in_files(own_home, needles, kept) == []
    assert find_in_files(tmp_path, needles, kept) == []
