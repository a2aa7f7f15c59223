"""`assay practice` as a newcomer starts it: it says where it is, serves, and ends on Ctrl+C."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from .conftest import ROOT, command

Started = tuple[subprocess.Popen[bytes], dict[str, str]]
Start = Callable[..., Started]


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    running: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: object) -> Started:
        process = subprocess.Popen(
            command("practice", *arguments),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        assert process.stdout is not None
        told = {}
        for line in iter(process.stdout.readline, b""):
            words = line.decode().split()
            if words[:1] and words[0] in ("address", "id", "secret", "authority", "folder", "faults"):
                told[words[0]] = words[1]
            if line.startswith(b"Or, in another terminal"):
                break
        return process, told

    yield begin
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate(timeout=20)


def ask(told: dict[str, str], path: str, method: str = "GET", **options: object) -> requests.Response:
    session = requests.Session()
    session.trust_env = False
    session.verify = told.get("authority", True)
    return session.request(method, told["address"] + path, auth=(told["id"], told["secret"]), timeout=20, **options)


def approve(told: dict[str, str]) -> int:
    given = {"status": "approved", "reason": "ok"}
    return ask(told, "/apps/acme-notes/versions/4/status", "POST", data=given).status_code


def test_it_serves_until_an_interrupt_and_keeps_what_was_decided(start: Start, tmp_path: Path) -> None:
    process, told = start("--folder", tmp_path / "market")
    assert ask(told, "/apps/versions?limit=5").json()["count"] > 70
    assert approve(told) == 200
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0 and out == b""
    assert err == b"assay: the practice marketplace is closed\n"
    again, now = start("--folder", tmp_path / "market", "--tls", "--faults", "calm")
    assert now["secret"] != told["secret"] and now["address"].startswith("https://")
    assert approve(now) == 412
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=20)
    assert again.returncode == 0
    for path in (tmp_path / "market").rglob("*"):
        assert not path.is_file() or told["secret"].encode() not in path.read_bytes()


def test_a_killed_server_has_lost_nothing(start: Start, tmp_path: Path) -> None:
    process, told = start("--folder", tmp_path)
    assert approve(told) == 200
    process.kill()
    process.wait(20)
    port = told["address"].partition(":")[2].partition(":")[2].partition("/")[0]
    _, now = start("--folder", tmp_path, "--port", port)
    assert now["address"] == told["address"]
    assert approve(now) == 412
    assert ask(now, "/apps/acme-notes/versions/4").json()["status"]["reason"] == "ok"


def test_what_is_wrong_is_one_line(assay: Callable[..., subprocess.CompletedProcess[bytes]], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for arguments, words in (
            (("--port", port), f"port {port} cannot be used"),
            (("--folder", tmp_path / "file"), "file: cannot be used"),
            (("--faults", "storm"), "--faults storm: not known: calm"),
        ):
            done = assay("practice", "--folder", tmp_path / "market", *arguments)
            assert done.returncode == 2 and done.stdout == b""
            assert done.stderr.decode().startswith("assay: ") and words in done.stderr.decode()
            assert done.stderr.count(b"\n") == 1
    if os.geteuid():
        (tmp_path / "closed").mkdir(mode=0o500)
        done = assay("practice", "--folder", tmp_path / "closed" / "in")
        assert done.returncode == 2 and b"cannot be used" in done.stderr
