"""The keeper of the managed clamd: ends it when nobody has asked for it for a while.

A full virus database takes more than a gigabyte of memory, which clamd would hold until the machine is switched
off. Run as a program of its own by `ClamdService`, with nothing but the standard library; it may be killed at any
time, for the next use of clamd starts another. It inherits the lock that says that there is one:

    python clamd_keeper.py SECONDS FOLDER LOCK PID SCRATCH
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# In FOLDER: touched at each use; locked while a keeper lives; which clamd the folder belongs to.
USED, KEEPER, STATE = "used", "keeper", "state.json"
END_SECONDS = 10.0
BUSY_SECONDS = 0.5  # of processor time between two looks
LOOK_SECONDS = 60.0


def is_clamd_of(pid: int, folder: Path) -> bool:
    """Whether that process is the clamd of this folder: the number alone may belong to somebody else by now."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"--config-file=" + os.fsencode(folder / "clamd.conf") in command


def has_ended(descriptor: int, seconds: float) -> bool:
    """Wait for the end of a process (a pidfd); whether it came in time."""
    waiting = select.poll()  # select() knows no descriptor above 1023
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def end(descriptor: int) -> None:
    """End a process, by force where it does not listen."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, how)
        if has_ended(descriptor, END_SECONDS):
            return


def busy_seconds(pid: int) -> float:
    """Processor time that a process has used, 0 where that cannot be told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold a lock file where nobody else does; whether it is held."""
    try:
        stream = path.open("wb")
    except OSError:  # its folder has gone
        yield False
        return
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def is_unused(folder: Path, idle: float) -> bool:
    """Whether nobody has used it for so many seconds, or can any more."""
    try:
        return time.time() - (folder / USED).stat().st_mtime >= idle
    except OSError:
        return True


def keep(idle: float, folder: Path, lock: Path, pid: int, scratch: Path) -> None:
    """Stay until clamd has ended, by itself or for want of use, and clear away what it leaves."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        descriptor = -1  # it has ended already
    if descriptor >= 0 and is_clamd_of(pid, folder):
        watch(idle, folder, lock, pid, descriptor)
    shutil.rmtree(scratch, ignore_errors=True)
    with try_lock(lock) as held:  # whoever has it is about to start another, and clears up by himself
        if held and owner(folder) == pid:
            shutil.rmtree(folder, ignore_errors=True)


def watch(idle: float, folder: Path, lock: Path, pid: int, descriptor: int) -> None:
    """Until clamd has ended, or was ended here."""
    worked = busy_seconds(pid)
    while not has_ended(descriptor, min(LOOK_SECONDS, idle / 4)):
        now = busy_seconds(pid)
        if now - worked > BUSY_SECONDS:  # a long scan that began long ago
            with contextlib.suppress(OSError):
                os.utime(folder / USED)
        worked = now
        with try_lock(lock) as held:  # else somebody is about to use it
            if held and is_unused(folder, idle):
                end(descriptor)


def owner(folder: Path) -> object:
    """The process that the folder belongs to, None where that is not told."""
    try:
        return json.loads((folder / STATE).read_bytes())["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


if __name__ == "__main__":
    keep(float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
