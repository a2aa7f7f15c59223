"""The server itself: what it keeps and what it never keeps, TLS, ends without a rest, and a long queue."""

from __future__ import annotations

import hashlib
import logging
import shutil
import socket
import sqlite3
import ssl
import stat
import threading
import time
from pathlib import Path

import pytest
import requests

from app.marketplace.practice import PracticeFault, PracticeServer
from app.marketplace.practice.records import remove_records
from app.practice import build_practice

from .conftest import Clock, Desk, Serve


def test_a_start_needs_nothing_but_a_folder(tmp_path: Path) -> None:
    with PracticeServer(tmp_path / "deep" / "folder") as server:
        assert server.address == f"http://127.0.0.1:{server.port}/v2"
        assert Desk(server).get("/markets/this")["marketplaceId"] == server.marketplace_id == "practice"
        assert len(server.secret) >= 32


def test_packages_may_be_built_elsewhere(tmp_path: Path) -> None:
    build_practice(tmp_path / "built")
    listed = sorted(path.name for path in (tmp_path / "built").iterdir())
    with PracticeServer(tmp_path / "market", packages=tmp_path / "built") as server:
        assert Desk(server).get("/apps/versions", query={"status.value": "pending"})["count"] == 6
    assert sorted(path.name for path in (tmp_path / "built").iterdir()) == listed


def test_what_was_decided_stays_and_a_reset_begins_anew(serve: Serve, clock: Clock) -> None:
    server = serve()
    Desk(server).set_status("acme-notes", 4, status="approved", reason="ok")
    server.close()
    with PracticeServer(server.folder, clock=clock) as again:
        assert Desk(again).status("acme-notes", 4) == "approved"
        assert len(again.records.applied()) == 1
    (server.folder / "blobs" / "mine.txt").write_text("not yours")
    remove_records(server.folder)
    assert (server.folder / "blobs" / "mine.txt").exists()
    with PracticeServer(server.folder, clock=clock) as fresh:
        assert Desk(fresh).status("acme-notes", 4) == "pending" and fresh.records.applied() == []


def test_neither_secret_nor_signature_is_kept(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = serve(tls=True)
    desk = Desk(server)
    desk.session.verify = str(server.ca_bundle)
    signed = []
    for file_id in desk.files("palette-peek", 1):
        signed.append(desk.sign(file_id))
        assert requests.get(signed[-1], verify=str(server.ca_bundle), timeout=20).status_code == 200
    requests.get(signed[0] + "0", verify=str(server.ca_bundle), timeout=20)
    desk.set_status("acme-notes", 4, status="approved", reason="ok")
    words = [server.secret, *(url.rpartition("signature=")[2] for url in signed), "PRIVATE KEY"]
    kept = {
        path: path.read_bytes() for path in server.folder.rglob("*") if path.is_file() and "blobs" not in path.parts
    }
    kept = {path: content for path, content in kept.items() if "packages" not in path.parts}
    assert len(kept) >= 2
    told = [f"{r.getMessage()}" for r in caplog.records if not r.name.startswith("urllib3")]
    for word in words:
        assert [path for path, content in kept.items() if word.encode() in content] == []
        assert [line for line in told if word in line] == []


def test_tls_with_an_authority_of_its_own(serve: Serve) -> None:
    server = serve(tls=True)
    assert server.address.startswith("https://") and server.ca_bundle is not None
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{server.address}/markets/this", timeout=20)
    desk = Desk(server)
    desk.session.verify = str(server.ca_bundle)
    assert desk.sign(desk.files("acme-notes", 4)[0]).startswith("https://127.0.0.1:")
    seen = ssl.get_server_certificate(("localhost", server.port), ca_certs=str(server.ca_bundle))
    assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(seen)).hexdigest() == server.pin


def test_a_client_that_says_nothing_holds_nobody_up(serve: Serve) -> None:
    for tls in (False, True):
        server = serve(tls=tls)
        with socket.create_connection(("127.0.0.1", server.port), 5):
            desk = Desk(server)
            desk.session.verify = str(server.ca_bundle) if tls else True
            assert desk.get("/markets/this")
            started = time.monotonic()
            server.close()
            assert time.monotonic() - started < 5
            assert not [one for one in threading.enumerate() if one.name.startswith("practice-")]


def test_nothing_is_left_after_the_end(serve: Serve) -> None:
    before = set(threading.enumerate())
    server = serve()
    desk = Desk(server)
    for _ in range(5):
        desk.get("/markets/this")
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 5
    assert set(threading.enumerate()) <= before
    with pytest.raises(requests.ConnectionError):
        desk.get("/markets/this")
    server.start()
    assert desk.get("/markets/this"), "the same port again"


@pytest.mark.needs("linux")
def test_it_listens_on_this_machine_only(server: PracticeServer) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), 5)


def test_what_cannot_be_is_one_line(serve: Serve, tmp_path: Path, seeded: Path) -> None:
    server = serve()
    other = tmp_path / "other"
    shutil.copytree(seeded, other)
    second = PracticeServer(other, port=server.port)
    with pytest.raises(PracticeFault, match=f"port {server.port} cannot be used"):
        second.start()
    second.close()
    (tmp_path / "file").write_text("x")
    with pytest.raises(PracticeFault, match="file: cannot be used"):
        PracticeServer(tmp_path / "file")
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "marketplace.db").write_text("this is no database at all, but a text of some length")
    with pytest.raises(PracticeFault, match="not a database"):
        PracticeServer(tmp_path / "strange")


def test_two_processes_may_have_the_folder_open(server: PracticeServer, clock: Clock) -> None:
    """A test drives a server in another process by its records."""
    from app.marketplace.practice.moves import Records

    beside = Records(server.folder, clock)
    beside.decide_as("Mara Lind", "acme-notes", 4, "rejected", "no")
    assert Desk(server).status("acme-notes", 4) == "rejected"
    beside.close()


def test_a_long_queue_is_filled_and_read_fast(serve: Serve, tmp_path: Path) -> None:
    started = time.monotonic()
    server = serve(versions=5000)
    assert time.monotonic() - started < 3
    desk = Desk(server, strict=False)
    started = time.monotonic()
    versions, files = [], 0
    for number in range(1, 12):
        given = {"status.value": {"$in": ["pending", "inReview"]}}
        page = desk.get("/apps/versions", query=given, sort={"submittedDate": 1}, limit=500, pageNumber=number)
        versions += page["list"]
        ids = [one if isinstance(one, str) else one["fileId"] for v in page["list"] for one in v["customData"]["files"]]
        files += len(desk.get("/files", query={"fileId": {"$in": ids}})["list"])
    assert len(versions) == 5007 and files == 5008
    assert time.monotonic() - started < 5
    Desk(server).get("/apps/versions", query={"appId": "made-00001"})
    plan = server.records.rows(
        "EXPLAIN QUERY PLAN SELECT doc FROM versions WHERE status IN ('pending') AND developer_id = 'x'"
    )
    assert "USING INDEX" in plan[0]["detail"]


def test_more_versions_are_added_to_those_that_are_there(serve: Serve, clock: Clock) -> None:
    server = serve(versions=30)
    server.close()
    with PracticeServer(server.folder, versions=40, clock=clock) as again:
        assert Desk(again).get("/apps/versions", query={"appId": {"$gt": "made-", "$lt": "made-~"}})["count"] == 40


def test_the_database_is_whole(server: PracticeServer) -> None:
    database = sqlite3.connect(server.folder / "marketplace.db")
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    assert not stat.S_IMODE((server.folder / "marketplace.db").stat().st_mode) & 0o111
