"""The virus scanner's service: the system's clamd where one answers, else one of our own.

The managed clamd outlives a command, so that the next one finds it up, and ends when it was not used for a while
(`clamd_keeper`); a lock keeps two commands from starting two. It knows the signatures that we ship and whatever
databases the system has.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyclamd

from app import clamd_keeper
from app.clamd_keeper import KEEPER, STATE, USED, end, has_ended, is_clamd_of
from app.clamd_places import open_to_others, scratch_parent, service_user, shared_folder
from app.clamd_status import (
    ANSWER_SECONDS,
    DATABASE_SUFFIXES,
    ClamdStatus,
    Database,
    ask_version,
    database_date,
    describe,
    engine_version,
    find_program,
    system_sockets,
)

__all__ = ["ClamdError", "ClamdService", "ClamdStatus", "describe"]

log = logging.getLogger(__name__)

HOW_TO_GET = "apt install clamav-daemon"
DATABASES = Path("/var/lib/clamav")
# A full official database takes half a minute to load on a slow machine.
START_SECONDS = 120.0
IDLE_SECONDS = 30 * 60.0
SOCKET_PATH_LIMIT = 107
TEMPLATE = "clamd.conf.in"


class ClamdError(Exception):
    """Our own clamd could not be started; the text says why."""


class ClamdService:
    """Finds a clamd or starts one. As a context manager with `persistent=False` it ends its own on leaving.

    `runtime` is a private folder for socket, configuration and log (its path must be short: a socket's path may
    have 107 bytes); `signatures` is resources/signatures. Nothing here needs root; as root the managed clamd
    changes to the user clamav or nobody.
    """

    def __init__(
        self,
        runtime: Path,
        signatures: Path,
        *,
        persistent: bool = True,
        system: bool = True,
        program: Path | None = None,
        databases: Path = DATABASES,
        idle: float = IDLE_SECONDS,
    ) -> None:
        self._user = service_user()
        self.folder = (runtime if self._user is None or open_to_others(runtime) else shared_folder(runtime)) / "clamd"
        self._signatures = signatures
        self._persistent = persistent
        self._system = system
        self._program = program or find_program()
        self._databases = databases
        self._idle = idle
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where our own clamd listens."""
        return self.folder / "run" / "clamd.sock"

    @property
    def _lock_file(self) -> Path:
        return self.folder.parent / "clamd.lock"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._persistent:
            self.stop()

    def ensure(self) -> ClamdStatus:
        """A clamd that answers, started if need be; never raises for one that cannot be had."""
        status = self._find_and_use()
        if status.socket is not None:
            return status
        if self._program is None:
            return ClamdStatus(None, reason=f"clamd is not installed: {HOW_TO_GET}")
        try:
            with self._lock():
                status = self.find()  # another command may have started it while this one waited
                if status.socket is None:
                    self._start(self._program)
                    status = self._own_status()
                elif status.managed:
                    self._use()
        except (ClamdError, OSError) as error:
            return ClamdStatus(None, reason=f"our own clamd did not start: {error}")
        return status

    def _find_and_use(self) -> ClamdStatus:
        """As `find`; our own is marked as used, under the lock, so that it is not ended under our hands."""
        if not (self.folder / USED).exists():
            return self.find()
        try:
            with self._lock(fcntl.LOCK_SH):
                status = self.find()
                if status.managed:
                    self._use()
        except (ClamdError, OSError) as error:
            log.debug("our own clamd: %s", error)
            return self.find()
        return status

    def _use(self) -> None:
        """Say that our own is in use, and have it kept where its keeper was killed."""
        (self.folder / USED).touch()
        state = self._state()
        arguments = [self._idle, self.folder, self._lock_file, state["pid"], state["scratch"]]
        with (self.folder / KEEPER).open("wb") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # there is one
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", clamd_keeper.__file__, *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[stream.fileno()],  # the lock is handed on, so that there are never two
                start_new_session=True,
                cwd="/",
            )

    def find(self) -> ClamdStatus:
        """A clamd that already answers, without starting one: for doctor."""
        if self._system:
            for path in system_sockets():
                version = ask_version(path)
                if version:
                    return self._system_status(path, version)
        status = self._own_status()
        if status.socket is None:
            return ClamdStatus(None, reason=f"no clamd is running ({HOW_TO_GET}, or let a check start one)")
        return status

    def stop(self) -> bool:
        """End our own clamd; whether one was running. A system's clamd is never touched."""
        try:
            with self._lock():
                return self._stop()
        except (ClamdError, OSError) as error:
            log.debug("our own clamd: %s", error)
            return False

    def _stop(self) -> bool:
        """As `stop`, with the lock held."""
        state = self._state()
        pid = self._pid(state)
        answers = bool(ask_version(self.socket))
        if answers:
            with contextlib.suppress(OSError, pyclamd.ConnectionError):
                pyclamd.ClamdUnixSocket(str(self.socket), ANSWER_SECONDS).shutdown()
        if pid is not None:
            # one that hangs or still loads would keep its memory for ever, and the next one beside it
            _wait_for_end(pid, ANSWER_SECONDS if answers else 0)
        if self._process is not None:
            try:
                self._process.wait(ANSWER_SECONDS if answers else 0)
            except subprocess.TimeoutExpired:  # its folder was taken away, and with it the way to ask it
                self._process.kill()
                self._process.wait()
            self._process = None
        if "scratch" in state:
            shutil.rmtree(state["scratch"], ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        return answers or pid is not None

    def _pid(self, state: Mapping[str, Any]) -> int | None:
        """The process of our clamd, None where there is none."""
        pid = state.get("pid")
        return pid if isinstance(pid, int) and is_clamd_of(pid, self.folder) else None

    @contextlib.contextmanager
    def _lock(self, how: int = fcntl.LOCK_EX) -> Iterator[None]:
        self.folder.parent.mkdir(mode=0o711 if self._user else 0o700, parents=True, exist_ok=True)
        state = self.folder.parent.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
            raise ClamdError(f"{self.folder.parent} is not a folder of ours: remove it")
        with self._lock_file.open("wb") as stream:
            fcntl.flock(stream, how)
            yield

    def _state(self) -> dict[str, Any]:
        try:
            state = json.loads((self.folder / STATE).read_bytes())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _wanted(self) -> str:
        """What our clamd should know, so that one from before an update is replaced."""
        shipped, system = Database.of(self._signatures), Database.of(self._databases)
        template = hashlib.sha256((self._signatures / TEMPLATE).read_bytes()).hexdigest()[:16]
        return f"{shipped.version}-{system.version}-{template}"

    def _own_status(self) -> ClamdStatus:
        state = self._state()
        if state.get("wanted") != self._wanted():
            return ClamdStatus(None)
        version = ask_version(self.socket)
        if not version:
            return ClamdStatus(None)
        about = tomllib.loads((self._signatures / "signatures.toml").read_text(encoding="utf-8"))
        system = Database.of(self._databases)
        shipped_date = datetime.combine(about["date"], clock(), UTC)
        source = (
            "shipped test signatures and the system's " + ", ".join(system.names) if system.names else about["source"]
        )
        return ClamdStatus(
            socket=self.socket,
            managed=True,
            version=engine_version(version),
            signatures=Database.of(self._signatures).signatures + system.signatures,
            signature_date=system.date if system.names else shipped_date,
            signature_source=source,
            signature_version=f"{engine_version(version)}-{state['wanted']}",
            only_shipped=not system.names,
        )

    def _system_status(self, path: Path, version: str) -> ClamdStatus:
        database = Database.of(self._databases)
        return ClamdStatus(
            socket=path,
            version=engine_version(version),
            signatures=database.signatures or None,
            signature_date=database_date(version) or database.date,
            signature_source="the system's database",
            signature_version=f"{version}-{database.version}",
        )

    def _start(self, program: Path) -> None:
        """Start our clamd and wait until it answers; ClamdError with the last line of its log where it does not.

        One that an interrupted command has begun to load is waited for instead.
        """
        state, wanted = self._state(), self._wanted()
        loads = self._pid(state) is not None and not self.socket.exists()
        if not (loads and state.get("wanted") == wanted):
            self._stop()
            if len(os.fsencode(self.socket)) > SOCKET_PATH_LIMIT:
                raise ClamdError(
                    f"the path of its socket is too long: {self.socket}: set XDG_RUNTIME_DIR to a shorter one"
                )
            state = self._launch(program, wanted)
        self._use()
        log_path = self.folder / "clamd.log"
        descriptor = os.pidfd_open(state["pid"])
        try:
            deadline = time.monotonic() + START_SECONDS
            while not ask_version(self.socket):
                if has_ended(descriptor, 0.02):
                    raise ClamdError(f"it ended: {_last_line(log_path)}")
                if time.monotonic() > deadline:
                    end(descriptor)
                    raise ClamdError(f"no answer after {START_SECONDS:.0f} s: {_last_line(log_path)}")
        finally:
            os.close(descriptor)

    def _launch(self, program: Path, wanted: str) -> dict[str, Any]:
        """Start the process and write down which it is, before anything can go wrong."""
        scratch = Path(tempfile.mkdtemp(prefix="assay-clamd-", dir=scratch_parent()))
        configuration = self._furnish(scratch)
        with (self.folder / "clamd.log").open("wb") as stream:
            self._process = subprocess.Popen(
                [str(program), f"--config-file={configuration}"],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd="/",
            )
        state = {"pid": self._process.pid, "wanted": wanted, "scratch": str(scratch)}
        partial = self.folder / "state.part"
        partial.write_text(json.dumps(state), encoding="utf-8")
        partial.replace(self.folder / STATE)
        return state

    def _furnish(self, scratch: Path) -> Path:
        """Make its folders, collect its signatures and write its configuration, whose path is returned."""
        user = self._user
        self.folder.mkdir(mode=0o711 if user else 0o700)
        (self.folder / "run").mkdir(mode=0o711 if user else 0o700)
        (self.folder / "scratch").symlink_to(scratch)
        if user is not None:
            os.chown(self.folder / "run", user.pw_uid, user.pw_gid)
            os.chown(scratch, user.pw_uid, user.pw_gid)
        database = self.folder / "db"
        database.mkdir()
        for path in sorted(self._signatures.iterdir()):
            if path.suffix in DATABASE_SUFFIXES:
                shutil.copyfile(path, database / path.name)
        for path in sorted(self._databases.iterdir()) if self._databases.is_dir() else []:
            if path.suffix in DATABASE_SUFFIXES:
                (database / path.name).symlink_to(path)
        template = (self._signatures / TEMPLATE).read_text(encoding="utf-8")
        configuration = self.folder / "clamd.conf"
        configuration.write_text(
            template.format(
                words="words",
                socket=self.socket,
                folder=self.folder,
                # a worker of root's may run as anybody; an ordinary user's runs as himself
                mode="666" if user else "600",
                user=f"User {user.pw_name}\n" if user else "",
            ),
            encoding="utf-8",
        )
        return configuration


def _wait_for_end(pid: int, seconds: float) -> None:
    """Wait until a process that may not be our child has gone, and end it where it does not go by itself."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return  # already gone
    try:
        if not has_ended(descriptor, seconds):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            has_ended(descriptor, ANSWER_SECONDS)
    finally:
        os.close(descriptor)


def _last_line(path: Path) -> str:
    lines = [line for line in path.read_bytes()[-4096:].decode("utf-8", "replace").splitlines() if line.strip()]
    return "".join(c for c in (lines[-1] if lines else "it said nothing")[:300] if c.isprintable())
