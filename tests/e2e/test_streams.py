"""The verdict does not depend on who listens: streams that are closed, full or without a reader."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from .conftest import ROOT, command

pytestmark = pytest.mark.needs("linux", "bwrap")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A file with a finding of severity high."""
    path = tmp_path / "bad.js"
    path.write_text('eval(atob("YWxlcnQoMSk="));\n')
    return path


def shell(line: str, environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    whole = ["bash", "-c", f"set -o pipefail; {line}"]
    return subprocess.run(whole, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ("| true", 1),  # the reader goes away
        ("--timings --output OUT 2> >(exec 0<&-)", 1),
        (">&-", 1),
        ("2>&-", 1),
        (">&- 2>&-", 1),
        ("> /dev/full", 2),
        ("2> /dev/full", 1),
    ],
)
def test_the_exit_code_stays_what_it_is(
    bad: Path, tmp_path: Path, environment: dict[str, str], rest: str, code: int
) -> None:
    check = " ".join(map(str, command("check", bad, "--only", "obfuscation")))
    done = shell(f"{check} {rest.replace('OUT', str(tmp_path / 'out'))}", environment)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr + done.stdout
    if code == 2:
        assert done.stderr.decode().startswith("assay: standard output: cannot be written")


def test_an_error_that_nobody_hears_keeps_its_code(tmp_path: Path, environment: dict[str, str]) -> None:
    check = " ".join(map(str, command("check", tmp_path / "nothing")))
    assert shell(f"{check} 2> /dev/full", environment).returncode == 2
    assert shell(f"{check} 2>&-", environment).returncode == 2


def test_a_closed_stream_is_no_file_of_ours(bad: Path, environment: dict[str, str], own_home: Path) -> None:
    """The first file that is opened takes the number of a closed stream: the database would get the report."""
    check = " ".join(map(str, command("check", bad, "--only", "obfuscation")))
    assert shell(f"{check} >&-", environment).returncode == 1
    assert shell(check, environment).returncode == 1, "the database can still be read"


def test_without_a_display_the_window_is_one_line(environment: dict[str, str]) -> None:
    bare = {k: v for k, v in environment.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(command(), cwd=ROOT, env=bare, capture_output=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("assay: there is no display") and done.stderr.count(b"\n") == 1


def test_without_a_sandbox_the_check_is_incomplete(bad: Path, environment: dict[str, str], tmp_path: Path) -> None:
    nowhere = {**environment, "PATH": str(tmp_path)}
    done = subprocess.run(command("check", bad), cwd=ROOT, env=nowhere, capture_output=True, timeout=60, check=False)
    assert done.returncode == 3
    assert b"bubblewrap is not installed" in done.stderr and b"settings.toml" in done.stderr


def test_an_interrupt_while_a_file_is_taken_in(environment: dict[str, str], tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as stream:
        stream.truncate(64 << 30)  # a hole: it takes no room, and a long time to read
    with subprocess.Popen(command("check", huge), cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        partial = Path(environment["XDG_DATA_HOME"]) / "assay" / "vault" / "partial"
        while not any(path.is_file() and path.stat().st_size for path in partial.rglob("*")):
            assert process.poll() is None
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, b"assay: interrupted\n")
