"""`assay queue` as a reviewer uses it: connect, list, download, take into review, and go on without a network."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from app.cli import parse_arguments, run_verb
from app.marketplace.practice.server import PracticeServer

from .conftest import ROOT, Run, command


@pytest.fixture
def market(tmp_path: Path, practice: Path) -> Iterator[PracticeServer]:
    with PracticeServer(tmp_path / "practice", packages=practice) as server:
        yield server


@pytest.fixture
def here(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The same command inside this process, without pauses: starting one a dozen times takes long."""
    monkeypatch.setattr("app.marketplace.transport.MAX_PAUSE", 0.0)
    interval = sys.getswitchinterval()

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        code = run_verb(parse_arguments(arguments))
        told = capfdbinary.readouterr()
        return subprocess.CompletedProcess(arguments, code, told.out, told.err)

    yield run
    sys.setswitchinterval(interval)


@pytest.fixture
def connected(here: Run, market: PracticeServer, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ASSAY_MARKET_SECRET", market.secret)
    done = here("queue", "--connect", market.address, "--id", market.marketplace_id)
    assert done.returncode == 0, done.stderr
    monkeypatch.delenv("ASSAY_MARKET_SECRET")
    return here


def test_the_queue_from_the_first_connection_to_the_train(
    connected: Run, assay: Run, market: PracticeServer, own_home: Path
) -> None:
    listed = assay("queue")
    lines = listed.stdout.decode().splitlines()
    assert listed.returncode == 0 and lines[0].startswith("AGE") and len(lines) == 8
    assert b"\x1b" not in listed.stdout + listed.stderr and b"7 versions, as of 0 s ago" in listed.stderr
    found = json.loads(connected("queue", "--format", "json", "--filter", "acme", "--sort", "name").stdout)
    assert found["schema"] == "assay-queue/1" and found["synced"]
    assert [e["app_id"] for e in found["entries"]] == ["acme-notes", "notes-export"]

    fetched = connected("queue", "--fetch", "acme-notes/4")
    assert fetched.returncode == 0 and b"acme-notes-2.5.0.xpi" in fetched.stdout and b"baseline" in fetched.stdout
    assigned = connected("queue", "--assign", "acme-notes/2.5.0")
    assert assigned.returncode == 0 and b"is in review by you" in assigned.stdout
    assert market.records.version("acme-notes", 4)["status"]["value"] == "inReview"

    market.stop()
    cut = connected("queue")
    assert cut.returncode == 3 and len(cut.stdout.splitlines()) == 8
    assert b"refuses the connection" in cut.stderr and b"offline, the queue as of" in cut.stderr
    offline = connected("queue", "--offline", "--scope", "all", "--format", "json")
    assert offline.returncode == 0 and b"offline" in offline.stderr
    (notes,) = [e for e in json.loads(offline.stdout)["entries"] if (e["app_id"], e["version"]) == ("acme-notes", 4)]
    assert notes["mine"] and notes["fetched"]
    waiting = connected("queue", "--assign", "tab-tidy/3", "--offline")
    assert waiting.returncode == 0 and b"with the next sync" in waiting.stdout
    assert connected("queue", "--fetch", "left-align/1").returncode == 3

    market.start()
    gone = connected("queue", "--disconnect")
    assert gone.returncode == 0 and b"forgotten" in gone.stdout
    refused = connected("queue")
    assert refused.returncode == 3 and b"its secret is not known" in refused.stderr
    secret = market.secret.encode()
    kept = [p for p in own_home.rglob("*") if p.is_file() and secret in p.read_bytes()]
    assert kept == []


def test_the_secret_comes_from_standard_input_and_is_tried_before_it_is_kept(
    assay: Run, here: Run, market: PracticeServer, own_home: Path
) -> None:
    connect = ("queue", "--connect", market.address, "--id", market.marketplace_id)
    wrong = assay(*connect, "--secret-stdin", input=b"wrong\n")
    assert wrong.returncode == 2 and b"the secret is wrong" in wrong.stderr
    assert not list(own_home.rglob("settings.toml")) and not list(own_home.rglob("marketplace-secret"))
    nobody = here(*connect)
    assert nobody.returncode == 2 and b"--secret-stdin" in nobody.stderr
    right = assay(*connect, "--secret-stdin", input=market.secret.encode() + b"\n")
    assert right.returncode == 0 and b"connected to" in right.stdout and market.secret.encode() not in right.stdout


def test_a_download_goes_on_after_the_program_was_killed(
    connected: Run, market: PracticeServer, environment: dict[str, str], own_home: Path
) -> None:
    content = os.urandom(3 << 20)
    market.records.submit_version("large", {"large.zip": content}, developer_id="acme-software")
    asked: list[str] = []
    ended, send = threading.Event(), market.api._send

    def hang(request: Request, *told: Any, **more: Any) -> Response:
        asked.append(request.headers.get("Range", ""))
        response = send(request, *told, **more)
        if len(asked) == 1:
            whole = response.response

            def half() -> Iterator[bytes]:
                for number, piece in enumerate(whole):
                    if number == 20:
                        ended.wait(60)
                    yield piece

            response.response = half()
        return response

    market.api._send = hang  # type: ignore[method-assign]
    with subprocess.Popen(command("queue", "--fetch", "large/1"), cwd=ROOT, env=environment) as process:
        folder, tick = own_home / ".local/share/assay/downloads", threading.Event()
        while process.poll() is None and not sum(p.stat().st_size for p in folder.glob("*.part")):
            tick.wait(0.01)
        process.kill()
    ended.set()
    done = connected("queue", "--fetch", "large/1")
    assert done.returncode == 0 and hashlib.sha256(content).hexdigest().encode() in done.stdout
    assert asked[0] == "" and asked[1].startswith("bytes=") and asked[1] != "bytes=0-"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["queue"], "no marketplace is set up"),
        (["queue", "--connect", "http://market.example/v2", "--id", "m"], "only https"),
        (["queue", "--connect", "https://market.example/v2"], "--id ID"),
        (["queue", "--id", "m"], "belong to --connect"),
        (["queue", "--live"], "belongs to --check"),
        (["queue", "--offline", "--fetch", "a/1"], "that needs the marketplace"),
        (["queue", "--assign", "acme-notes"], "write APP/VERSION"),
    ],
)
def test_wrong_use_is_one_line(here: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str) -> None:
    monkeypatch.setenv("ASSAY_MARKET_SECRET", "s")
    done = here(*arguments)
    assert done.returncode == 2 and told in done.stderr.decode() and done.stderr.count(b"\n") == 1


def test_a_version_is_downloaded_and_checked(connected: Run) -> None:
    checked = connected("queue", "--check", "left-align/1")
    assert checked.returncode in (0, 1, 3), checked.stderr
    assert b"left-align-2.0.3.tgz" in checked.stdout and b"marketplace" in checked.stdout
    entry = json.loads(connected("queue", "--offline", "--format", "json", "--filter", "left-align").stdout)["entries"][
        0
    ]
    assert entry["ran"] and entry["fetched"]
