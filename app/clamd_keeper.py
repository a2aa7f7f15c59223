"""The parent of the managed clamd: ends it when nobody has asked for it for a while.

A full virus database takes more than a gigabyte of memory, which clamd would hold until the machine is switched
off. Run as a program of its own by `ClamdService`, with nothing but the standard library:

    python clamd_keeper.py SECONDS FOLDER LOCK CLAMD --config-file=...
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

USED, PID = "used", "clamd.pid"  # files in FOLDER: touched at each use; the number of clamd's process
END_SECONDS = 10.0
BUSY_SECONDS = 0.5  # of processor time between two looks


def busy_seconds(pid: int) -> float:
    """Processor time that a process has used, 0 where that cannot be told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end_unused(clamd: subprocess.Popen[bytes], folder: Path, lock: Path, idle: float) -> bool:
    """End clamd and remove its folder, unless somebody has used it or is about to; whether it was ended."""
    with lock.open("wb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if time.time() - (folder / USED).stat().st_mtime < idle:
            return False
        clamd.terminate()
        try:
            clamd.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            clamd.kill()
            clamd.wait()
        scratch = folder / "scratch"
        if scratch.is_symlink():
            shutil.rmtree(scratch.readlink(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        return True


def keep(idle: float, folder: Path, lock: Path, command: list[str]) -> int:
    """Start clamd and stay until it has ended, by itself or for want of use; returns its exit code."""
    clamd = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/")
    try:
        (folder / PID).write_text(str(clamd.pid), encoding="ascii")
        worked = busy_seconds(clamd.pid)
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = clamd.wait(min(60.0, idle / 4))
                return code if code >= 0 else 128 - code
            now = busy_seconds(clamd.pid)
            if now - worked > BUSY_SECONDS:  # a long scan that began long ago
                (folder / USED).touch()
            worked = now
            if end_unused(clamd, folder, lock, idle):
                return 0
    except FileNotFoundError:  # its folder has gone, and with it the way to ask anything of it
        return 1
    finally:
        if clamd.poll() is None:
            clamd.kill()
            clamd.wait()


if __name__ == "__main__":
    sys.exit(keep(float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]))
