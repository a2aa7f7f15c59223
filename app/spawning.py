"""Child processes of workers: started from one thread, ended with all that they started.

Every worker is spawned from one long-lived thread, because bubblewrap's --die-with-parent fires when
the thread that spawned it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

STDERR_BYTES = 64 << 10


@dataclass(slots=True)
class Launched:
    """A started worker: its process and pipes, the file in which it announces its steps, its standard error."""

    process: subprocess.Popen[bytes]
    stdin: IO[bytes]
    stdout: IO[bytes]
    step_fd: int
    stderr_fd: int

    def close(self) -> None:
        """Release the descriptors; the process must have ended."""
        for stream in (self.stdin, self.stdout):
            with contextlib.suppress(BrokenPipeError):  # the worker is gone: unsent bytes have no reader
                stream.close()
        os.close(self.step_fd)
        os.close(self.stderr_fd)

    def complaint(self) -> str:
        """The last line it wrote to standard error (untrusted text)."""
        text = os.pread(self.stderr_fd, STDERR_BYTES, 0).rstrip(b"\0")[-4096:].decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def _fixed_file(name: str, size: int) -> int:
    """A file in memory that whoever holds it can write to, but neither grow nor shrink."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return fd


class _Spawner:
    """One thread for the whole life of the program that starts every child."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="spawner", daemon=True).start()

    def _run(self) -> None:
        while True:
            job, future = self._jobs.get()
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)

    def spawn(self, job: Callable[[], Any]) -> Any:
        future: Future[Any] = Future()
        self._jobs.put((job, future))
        return future.result()


@functools.cache
def _spawner() -> _Spawner:
    return _Spawner()


def spawn(command: Sequence[str], setup: dict[str, Any], pack_fd: int | None) -> Launched:
    """Start the command with the set-up as its first line of input; it inherits `pack_fd` where there is one."""
    step_fd = _fixed_file("step", 16)
    stderr_fd = _fixed_file("stderr", STDERR_BYTES)
    setup["step_fd"] = step_fd
    setup["pack_fd"] = pack_fd
    fds = (step_fd,) if pack_fd is None else (step_fd, pack_fd)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr_fd,
            pass_fds=fds,
            env={},
            cwd="/",
            start_new_session=True,
        )

    try:
        process: subprocess.Popen[bytes] = _spawner().spawn(start)
    except OSError:
        os.close(step_fd)
        os.close(stderr_fd)
        raise
    if process.stdin is None or process.stdout is None:  # never so with PIPE; said for the type checker
        raise OSError("no pipes")
    with contextlib.suppress(BrokenPipeError):  # it died at once: the reader of its output will see that
        process.stdin.write(json.dumps(setup).encode("ascii") + b"\n")
        process.stdin.flush()
    return Launched(process, process.stdin, process.stdout, step_fd, stderr_fd)


def descendants(pid: int) -> Iterator[int]:
    """The process and all below it: bubblewrap, the first process of its namespace, the worker."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return  # it ended, or this is no Linux
    for child in children:
        yield from descendants(int(child))


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a worker and everything it started, and reap it.

    A sandbox that is still being built has a child which does not yet die with its parent: it is
    ended by its own number, while the parent is there to keep that number from being used again.
    """
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(process.pid, signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        for pid in [*descendants(process.pid)][:0:-1]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):  # it may end between the two calls
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
