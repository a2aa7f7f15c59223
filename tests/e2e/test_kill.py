"""Kill the command at any moment: nothing that was kept is lost, and the next run works."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.needs("bwrap", "libarchive", "libmagic")]


def nobody_left(session: int) -> bool:
    """Whether all workers are gone; the kernel ends a sandbox a moment after its owner."""
    deadline = time.monotonic() + 5
    while children_of(session):
        if time.monotonic() > deadline:
            return False
        select.select([], [], [], 0.02)
    return True


def children_of(session: int) -> list[int]:
    """Processes that still belong to a session or were started for its sandbox."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if b"runtime/worker.py" in line and fields[1] in (str(session), "1"):
            found.append(int(folder.name))
    return found


def test_killed_runs_leave_a_whole_database_and_no_worker(assay, environment, practice: Path) -> None:
    sample = practice / "acme-notes-2.5.0.xpi"
    first = assay("check", sample, "--format", "json")
    before = json.loads(first.stdout)
    seed = random.Random(7)
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "check", str(sample)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(timeout=seed.uniform(0.05, 0.6))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert nobody_left(process.pid)
    with sqlite3.connect(Path(os.environ["XDG_DATA_HOME"]) / "assay" / "assay.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM submissions").fetchone() == (1,)
    after = json.loads(assay("check", sample, "--format", "json").stdout)
    assert [f["fingerprint"] for f in after["findings"]] == [f["fingerprint"] for f in before["findings"]]


def test_an_interrupt_ends_the_run_cleanly(environment, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number}.js").write_text(f"export const n{number} = {number};\n" * 20)
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "check", str(folder)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        process.wait(timeout=0.7)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    if process.returncode in (0, 1, 3):
        pytest.skip("the run was over before the signal")
    assert process.returncode == 130, err.decode()
    assert b"Traceback" not in err
    assert nobody_left(process.pid)
