"""Finding, starting, sharing and ending clamd; what is said of its signatures."""

from __future__ import annotations

import dataclasses
import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import clamd as clamd_module
from app import clamd_keeper
from app.clamd import ClamdService, ClamdStatus, describe
from app.clamd_status import Database, ask_version, database_date, engine_version, system_sockets

SIGNATURES = Path(__file__).resolve().parents[2] / "resources" / "signatures"

pytestmark = pytest.mark.needs("linux")


@pytest.fixture
def runtime() -> Path:
    return Path(os.environ["XDG_RUNTIME_DIR"]) / "assay"


def service(runtime: Path, **options) -> ClamdService:
    return ClamdService(runtime, **({"signatures": SIGNATURES, "system": False, "persistent": False} | options))


@pytest.mark.needs("clamd")
def test_it_starts_answers_and_ends(runtime, tmp_path) -> None:
    with service(runtime, databases=tmp_path) as own:
        assert own.find().socket is None
        status = own.ensure()
        assert status.socket is not None, status.reason
        assert status.managed
        assert status.signatures == 2
        assert status.only_shipped
        assert status.parameters == {"stream_limit": 2000 << 20, "limits_known": True}
        assert status.limitation.startswith("Only test files are recognised")
        mode = status.socket.stat().st_mode & 0o777
        assert mode == (0o666 if os.geteuid() == 0 else 0o600)
        scratch = (own.folder / "scratch").readlink()
        assert scratch.is_dir()
    assert not ask_version(status.socket)
    assert not own.folder.exists()
    assert not scratch.exists()


@pytest.mark.needs("clamd")
def test_the_next_command_finds_it_up(runtime) -> None:
    with service(runtime, persistent=True) as first:
        started = first.ensure()
    try:
        with service(runtime) as second:
            found = second.ensure()
            assert second._process is None, "a second one was started"
        assert found == started
    finally:
        first.stop()
    assert not ask_version(first.socket)


@pytest.mark.needs("clamd")
def test_many_at_once_start_one(runtime, monkeypatch) -> None:
    starts = []
    original = ClamdService._start
    monkeypatch.setattr(ClamdService, "_start", lambda self, program: (starts.append(1), original(self, program)))
    services = [service(runtime) for _ in range(4)]
    statuses: list[ClamdStatus] = []
    threads = [threading.Thread(target=lambda s=s: statuses.append(s.ensure())) for s in services]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(starts) == 1
        assert len({status.socket for status in statuses}) == 1
        assert None not in {status.socket for status in statuses}
    finally:
        for one in services:
            one.stop()


@pytest.mark.needs("clamd")
def test_a_killed_one_is_started_again(runtime) -> None:
    with service(runtime) as own:
        own.ensure()
        os.kill(own._state()["pid"], signal.SIGKILL)
        own._process.wait(10)
        assert own.find().socket is None
        assert own.ensure().socket is not None


@pytest.mark.needs("clamd")
def test_one_that_hangs_is_ended_and_replaced(runtime, monkeypatch) -> None:
    monkeypatch.setattr("app.clamd_status.ANSWER_SECONDS", 0.2)
    with service(runtime) as own:
        own.ensure()
        pid = own._state()["pid"]
        os.kill(pid, signal.SIGSTOP)
        with service(runtime) as other:
            status = other.ensure()
            assert status.socket is not None, status.reason
            assert other._state()["pid"] != pid
            assert own._process.wait(5) == -signal.SIGKILL


@pytest.mark.needs("clamd")
def test_one_that_nobody_uses_ends_and_leaves_nothing(runtime) -> None:
    own = service(runtime, persistent=True, idle=1.0)
    socket = own.ensure().socket
    scratch = (own.folder / "scratch").readlink()
    began = time.monotonic()
    while time.monotonic() - began < 2.0:  # as long as it is used, it stays
        assert own.ensure().socket == socket
        threading.Event().wait(0.2)
    own._keeper.wait(20)
    assert not ask_version(socket)
    assert not own.folder.exists() and not scratch.exists()
    assert own.ensure().socket is not None, "and the next check starts another"
    own.stop()


@pytest.mark.needs("clamd")
def test_a_keeper_that_was_killed_is_replaced_at_the_next_use(runtime) -> None:
    own = service(runtime, persistent=True, idle=1.5)
    own.ensure()
    pid = own._state()["pid"]
    own._keeper.kill()
    own._keeper.wait(10)
    own.ensure()
    assert own._state()["pid"] == pid, "clamd itself is the same"
    own._keeper.wait(20)
    assert own._process.wait(10) == 0
    assert not own.folder.exists()


@pytest.mark.needs("clamd")
def test_one_that_was_killed_is_cleared_away(runtime) -> None:
    own = service(runtime, persistent=True, idle=2.0)
    own.ensure()
    scratch = (own.folder / "scratch").readlink()
    os.kill(own._state()["pid"], signal.SIGKILL)
    own._process.wait(10)
    own._keeper.wait(20)
    assert not own.folder.exists() and not scratch.exists()


@pytest.mark.needs("clamd")
def test_one_whose_folder_was_taken_away_does_not_stay(runtime) -> None:
    own = service(runtime, persistent=True, idle=2.0)
    own.ensure()
    scratch = (own.folder / "scratch").readlink()
    shutil.rmtree(own.folder)
    own._process.wait(20)
    own._keeper.wait(20)
    assert not scratch.exists()


@pytest.mark.needs("clamd")
def test_it_is_stopped_though_its_folder_was_taken_away(runtime) -> None:
    own = service(runtime, persistent=True)
    own.ensure()
    process, keeper, scratch = own._process, own._keeper, (own.folder / "scratch").readlink()
    shutil.rmtree(own.folder)
    own.stop()
    assert process.poll() is not None
    keeper.wait(20)
    assert not scratch.exists()


def slow_clamd(folder: Path) -> Path:
    """A program that never comes to answer, with clamd's options."""
    program = folder / "clamd"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    program.chmod(0o755)
    return program


def test_one_that_takes_too_long_to_start_does_not_stay(runtime, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(clamd_module, "START_SECONDS", 0.5)
    own = service(runtime, program=slow_clamd(tmp_path))
    for _ in range(2):
        assert "no answer after" in own.ensure().reason
        assert own._process.wait(10) == -signal.SIGTERM
    own.stop()


def test_one_that_an_interrupted_command_began_is_waited_for(runtime, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(clamd_module, "START_SECONDS", 0.5)
    first = service(runtime, program=slow_clamd(tmp_path))

    def interrupt(socket: Path) -> str:
        if first._process is not None:
            raise KeyboardInterrupt
        return ""

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(clamd_module, "ask_version", interrupt)
        first.ensure()
    assert first._process.poll() is None, "it goes on loading"
    second = service(runtime, program=slow_clamd(tmp_path))
    assert "no answer after" in second.ensure().reason
    assert second._process is None, "no second one was started beside it"
    assert first._process.wait(10) == -signal.SIGTERM
    second.stop()


def test_one_that_works_is_in_use(monkeypatch, tmp_path) -> None:
    (tmp_path / "used").touch()
    os.utime(tmp_path / "used", (0, 0))
    worked = itertools.count(step=10.0)
    monkeypatch.setattr(clamd_keeper, "busy_seconds", lambda pid: next(worked))
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1)"])
    descriptor = os.pidfd_open(process.pid)
    try:
        clamd_keeper.watch(0.2, tmp_path, tmp_path / "lock", process.pid, descriptor)
    finally:
        os.close(descriptor)
    assert process.wait(10) == 0, "it ended by itself"


def test_one_that_somebody_is_about_to_use_is_left_alone(tmp_path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    descriptor = os.pidfd_open(process.pid)
    try:
        with (tmp_path / "lock").open("wb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH)
            arguments = (0.2, tmp_path, tmp_path / "lock", process.pid, descriptor)
            watching = threading.Thread(target=clamd_keeper.watch, args=arguments)
            watching.start()
            watching.join(1.0)
            assert process.poll() is None
        watching.join(20)
        assert process.wait(10) == -signal.SIGTERM, "its folder knows of no use"
    finally:
        process.kill()
        process.wait()
        os.close(descriptor)


@pytest.mark.needs("clamd")
def test_new_signatures_replace_the_running_one(runtime, tmp_path) -> None:
    signatures = tmp_path / "signatures"
    shutil.copytree(SIGNATURES, signatures)
    with service(runtime, signatures=signatures) as own:
        first = own.ensure()
        (signatures / "more.hsb").write_text("ab" * 32 + ":123:Assay.Test.More:73\n")
        second = own.ensure()
        assert (first.signatures, second.signatures) == (2, 3)
        assert first.signature_version != second.signature_version


@pytest.mark.needs("clamd")
def test_databases_of_the_system_are_used_too(runtime) -> None:
    # pytest's own folders are closed to the user that root's clamd becomes
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        databases = Path(folder)
        databases.chmod(0o755)
        (databases / "local.hdb").write_text("0" * 32 + ":5:Assay.Test.Local\n")
        with service(runtime, databases=databases) as own:
            status = own.ensure()
    assert status.signatures == 3
    assert not status.only_shipped
    assert "local.hdb" in status.signature_source


@pytest.mark.needs("clamd")
def test_a_running_clamd_of_the_system_comes_first(runtime, monkeypatch) -> None:
    with service(runtime / "system") as theirs:
        socket = theirs.ensure().socket
        monkeypatch.setattr(clamd_module, "system_sockets", lambda: [socket])
        with service(runtime, system=True) as own:
            status = own.ensure()
            assert not own.stop(), "what is not ours is not ended"
        assert status.socket == socket
        assert not status.managed
        assert status.parameters == {"stream_limit": 25 << 20, "limits_known": False}
        assert ask_version(socket)
    shutil.rmtree(theirs.folder.parent)


@pytest.mark.needs("clamd")
def test_a_broken_signature_file_is_a_reason_not_a_crash(runtime, tmp_path) -> None:
    signatures = tmp_path / "signatures"
    shutil.copytree(SIGNATURES, signatures)
    (signatures / "bad.ndb").write_text("this is no signature\n")
    with service(runtime, signatures=signatures) as own:
        status = own.ensure()
    assert status.socket is None
    assert "did not start" in describe(status)


def test_without_the_program_it_says_how_to_get_it(runtime, monkeypatch) -> None:
    monkeypatch.setattr(clamd_module, "find_program", lambda: None)
    status = service(runtime).ensure()
    assert status.socket is None
    assert "apt install clamav-daemon" in describe(status)


def test_the_socket_of_the_configuration_comes_first(tmp_path) -> None:
    import socket

    path = Path(os.environ["XDG_RUNTIME_DIR"]) / "c.sock"
    configuration = tmp_path / "clamd.conf"
    configuration.write_text(f"# LocalSocket /nowhere\nLocalSocket {path}\n")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        assert system_sockets([str(configuration)])[0] == path
    assert path not in system_sockets([str(tmp_path / "absent.conf")])


def test_versions_and_dates_are_read_from_the_answer() -> None:
    answer = "ClamAV 1.4.6/27810/Mon Nov 23 09:00:00 2026"
    assert engine_version(answer) == "1.4.6"
    assert database_date(answer) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert database_date("ClamAV 1.4.6") is None


def test_the_header_of_an_official_database_is_read(tmp_path) -> None:
    header = b"ClamAV-VDB:22 Nov 2026 08-26 +0000:27810:2076000:90:md5:signature:builder:1795335960"
    (tmp_path / "daily.cvd").write_bytes(header.ljust(512) + b"payload")
    (tmp_path / "bytecode.cld").write_bytes(b"ClamAV-VDB:broken")
    database = Database.of(tmp_path)
    assert database.signatures == 2076000 + 1
    assert database.date == datetime.fromtimestamp(1795335960, UTC)
    assert database.names == ("bytecode.cld", "daily.cvd")


def test_a_stale_database_is_called_stale() -> None:
    status = ClamdStatus(
        Path("/s"),
        version="1.4.6",
        signatures=5,
        signature_source="x",
        signature_date=datetime.now(UTC) - timedelta(30),
    )
    assert "30 days old" in describe(status)
    assert status.limitation == "The virus database is 30 days old: run freshclam"
    assert dataclasses.replace(status, signature_date=datetime.now(UTC) - timedelta(2)).limitation == ""
