"""A check that does to its own worker whatever the test asks for, on files that hold the marker."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

from checks import File, Finding, Severity, Unavailable, file_check

MARKER = b"MISBEHAVE"


def pipe() -> int:
    """The descriptor of the protocol: the one pipe that is neither input nor error."""
    for fd in range(3, 64):
        try:
            if os.fstat(fd).st_mode & 0o170000 == 0o010000:
                return fd
        except OSError:
            continue
    raise RuntimeError("no pipe to be found")


def say(tag: str, row: object) -> None:
    """One message, past everything that keeps a worker honest."""
    os.write(pipe(), json.dumps([tag, row]).encode() + b"\n")


def found(check: int = 0, file: int | None = 0, rule: str = "forged", start: int | None = None, end: int | None = None):
    return [check, file, rule, "forged", start, end, 4, "high", "", False, "utf-8", "", []]


def flood(data: bytes, times: int = 1 << 40) -> None:
    for _ in range(times):
        os.write(pipe(), data)


def act(action: str, file: File) -> None:
    """The deed. What returns lets the check go on as if nothing had happened."""
    n = file.number
    if action == "crash":
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        import ctypes

        ctypes.string_at(0)
    elif action == "abort":
        os.abort()
    elif action == "exit":
        os._exit(0)
    elif action == "exit_7":
        os.write(2, b"the secret of \x1b[31mmy\x07 death\n")
        os._exit(7)
    elif action == "hang":
        threading.Event().wait()
    elif action == "busy":
        while True:
            pass
    elif action == "pretend_to_go_on":  # announces one step after the other, and does nothing
        step = step_file()
        for number in range(1 << 40, 1 << 41):
            os.pwrite(step, number.to_bytes(8, sys.byteorder) + bytes(4) + n.to_bytes(4, sys.byteorder), 0)
            time.sleep(0.01)
    elif action == "ready_again":
        say("ready", [])
    elif action == "close_output":
        os.close(pipe())
        threading.Event().wait()
    elif action == "raise":
        raise ValueError("what was read here: \x1b[31m\n" + file.data.decode("latin-1"))
    elif action == "unavailable":
        raise Unavailable("there is no oracle: apt install oracle")
    elif action == "garbage":
        os.write(pipe(), b"\xff\xfe{]]]\x00\n")
    elif action == "line_of_a_gigabyte":
        flood(b"x" * (1 << 16), 1 << 14)
    elif action == "million_findings":
        flood(b"".join(json.dumps(["found", found(file=n)]).encode() + b"\n" for _ in range(100)), 10_000)
    elif action == "log_flood":
        flood((json.dumps(["log", [0, "again \x1b[2J and again"]]).encode() + b"\n") * 100)
    elif action == "progress_flood":
        flood((json.dumps(["progress", [1, 1]]).encode() + b"\n") * 100)
    elif action == "stderr_flood":
        for _ in range(4096):
            try:
                os.write(2, b"e" * (1 << 16))
            except OSError:
                break
    elif action == "early_finish":
        say("finished", [1, "", {}])
    elif action == "skip":
        say("failed", [0, n, "skipped", "nothing to see here"])
    elif action == "clean":
        say("failed", [0, n, "clean", ""])
    elif action == "unknown_check":
        say("found", found(check=700, file=n))
    elif action == "unknown_file":
        say("found", found(file=n + 100_000))
    elif action == "file_of_another_job":
        say("done", [[n + 100_000], []])
    elif action == "range_outside":
        say("found", found(file=n, start=0, end=1 << 40))
    elif action == "bad_rule":
        say("found", found(file=n, rule="../../etc"))
    elif action == "entry":
        say("entry", [0, "/etc/passwd", "file", 10, 0, "artifact", "", 0, -1, ""])
    elif action == "memory":
        hold = []
        while True:
            hold.append(bytes(range(256)) * 40_000)
    elif action == "stack_memory":  # grows downwards, so that RLIMIT_DATA does not count it
        import mmap

        hold = []
        while True:
            hold.append(mmap.mmap(-1, 32 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x0100))
            hold[-1].write(b"x" * (32 << 20))
    elif action == "threads":
        threading.stack_size(64 << 10)
        while True:
            threading.Thread(target=threading.Event().wait, daemon=True).start()
    elif action == "stop_reading":
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        threading.Event().wait()
    else:
        raise AssertionError(action)


def step_file() -> int:
    """The descriptor of the file in which steps are announced: sixteen bytes."""
    for fd in range(3, 64):
        try:
            status = os.fstat(fd)
        except OSError:
            continue
        if status.st_size == 16 and status.st_mode & 0o170000 == 0o100000:
            return fd
    raise RuntimeError("no step file")


@file_check(severity=Severity.LOW, seconds=1.5)
def misbehave(file: File, *, action: str = "", marker: str = MARKER.decode()) -> Iterator[Finding]:
    """Flags every file, so that a test sees which were looked at."""
    if action and marker.encode() in file.data:
        act(action, file)
    yield file.finding("seen", "looked at")
