"""One worker seen from the host: send a task, read validated messages, notice silence, end it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.grants import Grants
from app.sandbox import Launcher
from app.spawning import descendants, kill
from checks.runtime.protocol import Finished, LineReader, Message, ProtocolError, Ready, parse
from checks.runtime.text import printable

_STEP = struct.Struct("=QII")
NO_FILE = 0xFFFFFFFF
START_SECONDS = 30.0
GRACE_SECONDS = 2.0
MAX_THREADS = 64
READ_BYTES = 256 << 10


class WorkerEnded(Exception):
    """The worker is gone before its task was done: `reason` says how (crash, garbage, memory, time).

    `lied` = it broke the protocol: where it was by then does not tell when it did.
    """

    def __init__(self, reason: str, *, timed_out: bool = False, lied: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out
        self.lied = lied


class WorkerProcess:
    """A started worker. Not thread-safe: one thread drives it.

    `check` and `file` tell what it was at in its last announced step (NO_FILE = several or none).
    """

    def __init__(self, launcher: Launcher, grants: Grants) -> None:
        self._launched = launcher.launch(grants)
        self._reader = LineReader()
        self._memory = grants.memory
        self._step = -1
        self._step_began = time.monotonic()
        self._closed = False
        self._tasks = 0
        self._unsent = bytearray()
        self._must_lock = launcher.isolation.launcher != "none"
        self.ready = False
        self.missing: tuple[str, ...] = ()
        self.check = 0
        self.file = NO_FILE
        self._stdout = self._launched.stdout
        self._stdin = self._launched.stdin
        # A worker that reads nothing must not make the host wait: what does not fit goes out later.
        os.set_blocking(self._stdin.fileno(), False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # the user's pipes are used up: smaller ones do as well
                fcntl.fcntl(self._stdin.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)

    def fileno(self) -> int:
        """Descriptor that becomes readable when the worker has said something."""
        return self._stdout.fileno()

    @property
    def pid(self) -> int:
        """Of the launcher's process, leader of the group."""
        return self._launched.process.pid

    def send(self, name: str, **task: Any) -> int:
        """Give it a task; returns the task's number. A dead worker is noticed by `receive`."""
        self._tasks += 1
        line = json.dumps({"name": name, "number": self._tasks, **task}, separators=(",", ":")).encode("ascii") + b"\n"
        self._unsent += line
        self.pump()
        return self._tasks

    def pump(self) -> None:
        """Send what has not gone out yet, as much as the worker's pipe takes."""
        try:
            while self._unsent and not self._closed:
                del self._unsent[: os.write(self._stdin.fileno(), self._unsent[:READ_BYTES])]
        except BlockingIOError:
            pass  # the rest goes out later
        except BrokenPipeError:
            self._unsent.clear()  # it is dead: `receive` will see the end of its output

    def receive(self) -> list[Message]:
        """What it has said; blocks until there is something. Raises WorkerEnded."""
        data = os.read(self.fileno(), READ_BYTES)
        if not data:
            raise WorkerEnded(self._post_mortem())
        messages: list[Message] = []
        try:
            for line in self._reader.feed(data):
                message = parse(line)
                if isinstance(message, Ready):
                    self._take_ready(message)
                else:
                    messages.append(message)
        except ProtocolError as error:
            self.kill()
            raise WorkerEnded(f"the worker broke the protocol: it sent {error}", lied=True) from None
        return messages

    def _take_ready(self, message: Ready) -> None:
        if self.ready:
            raise ProtocolError("its first word twice")
        self.ready, self.missing = True, message.missing
        self._step_began = time.monotonic()
        if message.missing and self._must_lock:
            self.kill()
            raise WorkerEnded(f"the worker could not be locked down here: no {', '.join(message.missing)}")

    def read_step(self) -> None:
        """Read which step the worker announced last."""
        self.pump()
        step, self.check, self.file = _STEP.unpack(
            os.pread(self._launched.step_fd, _STEP.size, 0).ljust(_STEP.size, b"\0")
        )
        if step != self._step:
            self._step, self._step_began = step, time.monotonic()

    def silent_for(self) -> float:
        """Seconds since it began its present step (or since it was given a task)."""
        return time.monotonic() - self._step_began

    def touch(self) -> None:
        """Start the clock of a new task."""
        self._step_began = time.monotonic()

    def over_limits(self) -> str:
        """Why it must be ended for what it holds (memory, threads), or an empty string."""
        for pid in descendants(self.pid):
            status = _status(pid)
            held = (status.get("RssAnon", 0) + status.get("RssShmem", 0)) << 10
            if held > self._memory + (64 << 20):
                return f"it used more than {self._memory >> 20} MiB of memory"
            if status.get("Threads", 0) > MAX_THREADS:
                return f"it started more than {MAX_THREADS} threads"
        return ""

    def kill(self) -> None:
        """End it now, with everything it started, and release what it held."""
        if not self._closed:
            kill(self._launched.process)
            self._closed = True
            self._launched.close()

    def finish(self) -> bool:
        """Let it end by itself; True when it did so in time and well."""
        if self._closed:
            return False
        with contextlib.suppress(BrokenPipeError):  # it may have ended before
            self._stdin.close()
        try:
            code = self._launched.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:  # it is ended by force below
            code = -1
        self.kill()
        return code == 0

    def _post_mortem(self) -> str:
        """How it ended, in one line."""
        self.read_step()
        try:
            code = self._launched.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return "the worker closed its output and went on running"
        complaint = printable(self._launched.complaint(), 200)
        self.kill()
        # The launcher passes a signal on as 128 + n.
        signal_number = -code if code < 0 else code - 128 if code > 128 else 0
        how = f"ended by signal {signal_number}" if signal_number else f"ended with code {code}"
        return f"the worker {how}" + (f": {complaint}" if complaint else "")


def _status(pid: int) -> Mapping[str, int]:
    """Numbers of /proc/<pid>/status (kB), empty where the process has ended."""
    values: dict[str, int] = {}
    try:
        with Path(f"/proc/{pid}/status").open() as stream:
            for line in stream:
                if line.startswith(("RssAnon", "RssShmem", "Threads")):
                    key, value = line.split(":")
                    values[key] = int(value.split()[0])
    except OSError:
        return {}
    return values


def run_task(
    worker: WorkerProcess,
    number: int,
    seconds: float,
    cancelled: Callable[[], bool] | None = None,
    *,
    total: float | None = None,
) -> Iterator[Message]:
    """Messages of one task until it is finished; the last one is Finished.

    Raises WorkerEnded when the worker dies, breaks a bound, announces nothing new for `seconds`, takes
    more than `total` seconds (default: `seconds` and the time to start), or when `cancelled()` says so.
    """
    worker.touch()
    ends = time.monotonic() + (seconds + START_SECONDS if total is None else total)
    with selectors.DefaultSelector() as selector:
        selector.register(worker, selectors.EVENT_READ)
        while True:
            if selector.select(timeout=0.1):
                for message in worker.receive():
                    yield message
                    if isinstance(message, Finished) and message.task == number:
                        return
            guard(worker, seconds)
            if time.monotonic() > ends:
                worker.kill()
                raise WorkerEnded("it took too long, though it kept saying that it goes on", timed_out=True)
            if cancelled is not None and cancelled():
                worker.kill()
                raise WorkerEnded("cancelled")


def guard(worker: WorkerProcess, seconds: float) -> None:
    """End a worker that is silent for too long or holds too much; raises WorkerEnded."""
    worker.read_step()
    allowed = seconds if worker.ready else START_SECONDS
    if worker.silent_for() > allowed:
        worker.kill()
        raise WorkerEnded(f"no sign of life for {allowed:g} s", timed_out=True)
    problem = worker.over_limits()
    if problem:
        worker.kill()
        raise WorkerEnded(problem)
