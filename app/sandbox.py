"""Launchers: how a worker process is walled in, and what each wall gives.

`bubblewrap` is the real one. `reduced` (resource limits, seccomp, landlock, no namespaces) works only
after the reviewer allowed it; `none` stands for a platform that has neither. Every process is
spawned from one long-lived thread, because --die-with-parent fires when the spawning thread ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import logging
import os
import platform
import queue
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from app.errors import DeskError
from app.model import Isolation
from app.paths import CHECKS, RESOURCES

log = logging.getLogger(__name__)

WORKER = "checks/runtime/worker.py"
TMP_BYTES = 64 << 20
STDERR_BYTES = 64 << 10


class NoSandbox(DeskError):
    """No launcher that the settings allow is available here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Side:
    """The files of one tree a worker may read: artifact, pack and index (None where there is none)."""

    artifact: Path | None = None
    pack: Path | None = None
    index: Path | None = None


@dataclass(frozen=True, slots=True)
class Grants:
    """What one worker may have: trees to read, sockets to speak to, files to write to, limits.

    `sides` maps submission / baseline to their files. `services` maps a name to a socket path.
    `pack_fd` is the descriptor an unpacking worker writes blobs to. `memory` and `file_size` in
    bytes, `cpu` in seconds. `extra` are folders with further checks (tests use it).
    """

    sides: Mapping[str, Side] = field(default_factory=dict)
    services: Mapping[str, Path] = field(default_factory=dict)
    prepared: Path | None = None
    pack_fd: int | None = None
    memory: int = 1 << 30
    file_size: int = TMP_BYTES
    cpu: int = 3600
    extra: tuple[Path, ...] = ()


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


class Launcher(Protocol):
    """Starts worker processes behind one kind of wall."""

    isolation: Isolation

    def launch(self, grants: Grants) -> Launched:
        """Start a worker; OSError when the program cannot be started."""


def _compile_checks() -> None:
    """Write bytecode of what only workers import: they cannot write it, and would compile it at every start."""
    import compileall

    try:
        compileall.compile_dir(CHECKS, quiet=2)
    except OSError as error:  # an installation that is not ours to write to: pip has compiled it already
        log.debug("bytecode of the checks is not written: %s", error)


class _Spawner:
    """One thread for the whole life of the program that starts every child."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="spawner", daemon=True).start()

    def _run(self) -> None:
        _compile_checks()
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


def library_path(name: str) -> str:
    """Path of a system library; ctypes.util would have to fork a compiler inside the sandbox."""
    triplet = sysconfig.get_config_var("MULTIARCH") or ""
    for folder in (f"/usr/lib/{triplet}", f"/lib/{triplet}", "/usr/lib64", "/usr/lib", "/usr/local/lib"):
        if Path(folder, name).exists():
            return f"{folder}/{name}"
    return name


@functools.cache
def _site_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(dict.fromkeys((paths["purelib"], paths["platlib"])))


def _python() -> list[str]:
    return [os.path.realpath(sys.executable), "-I", "-S", "-B", "-X", "utf8"]


def _spawn(command: Sequence[str], grants: Grants, setup: dict[str, Any]) -> Launched:
    """Start the command with the set-up as its first line of input."""
    step_fd = _fixed_file("step", 16)
    stderr_fd = _fixed_file("stderr", STDERR_BYTES)
    setup["step_fd"] = step_fd
    setup["pack_fd"] = grants.pack_fd
    fds = (step_fd,) if grants.pack_fd is None else (step_fd, grants.pack_fd)

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


def _setup(grants: Grants, inner: Callable[[Path | None], str | None]) -> dict[str, Any]:
    return {
        "sides": {
            side: {"artifact": inner(f.artifact), "pack": inner(f.pack), "index": inner(f.index)}
            for side, f in grants.sides.items()
        },
        "limits": {"memory": grants.memory, "file_size": grants.file_size, "cpu": grants.cpu},
        "environment": {"LIBARCHIVE": library_path("libarchive.so.13"), "LANG": "C.UTF-8", "TMPDIR": "/tmp"},  # noqa: S108
    }


class Bubblewrap:
    """Namespaces for everything, no capability, no network, nothing of the host but what is bound read-only."""

    isolation = Isolation(
        "bubblewrap",
        full=True,
        gives=(
            "no network",
            "package read-only",
            "no access to your files",
            "unprivileged user, no capabilities",
            "no new processes",
            "bounded memory and time",
        ),
    )

    def __init__(self, program: str) -> None:
        self._program = program

    @functools.cached_property
    def _base(self) -> list[str]:
        """The part of the command that is the same for every worker."""
        command = [
            self._program, "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534",
            "--cap-drop", "ALL", "--disable-userns", "--die-with-parent", "--new-session", "--hostname", "assay",
            "--clearenv", "--proc", "/proc", "--dir", "/dev", "--size", str(TMP_BYTES), "--tmpfs", "/tmp",  # noqa: S108
            "--dev-bind", "/dev/null", "/dev/null", "--dev-bind", "/dev/urandom", "/dev/urandom",
            "--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache",
        ]  # fmt: skip
        for name in ("lib", "lib64", "lib32", "bin", "sbin"):
            path = Path("/", name)
            if path.is_symlink():
                command += ["--symlink", str(path.readlink()), str(path)]
            elif path.exists():
                command += ["--ro-bind", str(path), str(path)]
        if not sys.base_prefix.startswith("/usr"):
            command += ["--ro-bind", sys.base_prefix, sys.base_prefix]
        for number, folder in enumerate(_site_folders()):
            command += ["--ro-bind", folder, f"/assay/site{number}"]
        command += [
            "--ro-bind",
            str(CHECKS),
            "/assay/checks",
            "--ro-bind",
            str(RESOURCES / "rules"),
            "/assay/resources/rules",
        ]
        return command

    def launch(self, grants: Grants) -> Launched:
        """Start a worker behind all walls."""
        command = list(self._base)
        inside: dict[Path, str] = {}

        def bind(path: Path | None, place: str) -> None:
            if path is not None:
                command.extend(("--ro-bind", str(path), place))
                inside[path] = place

        for side, files in grants.sides.items():
            bind(files.artifact, f"/in/{side}/artifact")
            bind(files.pack, f"/in/{side}/pack")
            bind(files.index, f"/in/{side}/index")
        bind(grants.prepared, "/assay/prepared")
        for number, folder in enumerate(grants.extra):
            bind(folder, f"/assay/extra{number}")
        for name, socket in grants.services.items():
            bind(socket, f"/run/assay/{name}.sock")
        setup = _setup(grants, lambda path: None if path is None else inside[path])
        setup |= {
            "root": "/assay",
            "extra": [inside[folder] for folder in grants.extra],
            "site": [f"/assay/site{n}" for n in range(len(_site_folders()))],
            "resources": "/assay/resources",
            "prepared": "/assay/prepared",
            "services": {name: inside[socket] for name, socket in grants.services.items()},
            "readable": None,
        }
        command += ["--remount-ro", "/", "--chdir", "/tmp", "--", *_python(), f"/assay/{WORKER}"]  # noqa: S108
        return _spawn(command, grants, setup)


class Reduced:
    """No namespaces: the worker runs as you, held by seccomp, landlock and resource limits alone."""

    isolation = Isolation(
        "reduced",
        full=False,
        gives=("no network", "reads only the package and the system", "no new processes", "bounded memory and time"),
        lacks=(
            "no namespaces: the worker runs under your own user",
            "the worker that streams to the virus scanner could speak to your other local services",
        ),
    )

    def launch(self, grants: Grants) -> Launched:
        """Start a worker behind the walls it builds itself."""
        readable = ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom", sys.base_prefix]
        readable += [*_site_folders(), str(CHECKS), str(RESOURCES)]
        readable += [str(p) for f in grants.sides.values() for p in (f.artifact, f.pack, f.index) if p is not None]
        readable += [str(p) for p in (grants.prepared, *grants.extra, *grants.services.values()) if p is not None]
        setup = _setup(grants, lambda path: None if path is None else str(path))
        setup |= {
            "root": str(CHECKS.parent),
            "extra": [str(folder) for folder in grants.extra],
            "site": list(_site_folders()),
            "resources": str(RESOURCES),
            "prepared": str(grants.prepared or "/nonexistent"),
            "services": {name: str(path) for name, path in grants.services.items()},
            "readable": readable if platform.system() == "Linux" else None,
        }
        return _spawn([*_python(), str(CHECKS.parent / WORKER)], grants, setup)


class Unisolated(Reduced):
    """What is left on a platform with neither bubblewrap nor landlock: a process of its own, no walls."""

    isolation = Isolation(
        "none",
        full=False,
        gives=("a process of its own",),
        lacks=("no isolation: a hostile package can read and change whatever you can",),
    )


@functools.cache
def bubblewrap_problem() -> str:
    """Why bubblewrap cannot be used here, empty when it can: it is tried once, not just looked for."""
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed: apt install bubblewrap"
    try:
        trial = subprocess.run(
            [*Bubblewrap(program)._base, "--remount-ro", "/", "--", "/usr/bin/true"],
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not start: {error}"
    if trial.returncode != 0:
        line = trial.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        return f"bubblewrap cannot build a sandbox here ({line[-1][:200]}): user namespaces must be allowed"
    return ""


@functools.cache
def reduced_problem() -> str:
    """Why the reduced launcher cannot be used here, empty when it can."""
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"):
        return "the reduced launcher needs Linux on x86_64 or aarch64"
    import ctypes

    abi = ctypes.CDLL(None, use_errno=True).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    return "" if abi >= 1 else "the reduced launcher needs a kernel with landlock (5.13 or newer)"


def choose_launcher(allowed: str) -> Launcher:
    """The strongest launcher available, no weaker than `allowed` (bubblewrap, reduced or none)."""
    problem = bubblewrap_problem()
    if not problem:
        return Bubblewrap(str(shutil.which("bwrap")))
    if allowed in ("reduced", "none") and not reduced_problem():
        return Reduced()
    if allowed == "none":
        return Unisolated()
    way_on = 'or allow the reduced launcher in the settings (isolation = "reduced")'
    if reduced_problem():
        way_on = "there is no weaker launcher on this machine either"
    raise NoSandbox(f"{problem}; {way_on}")


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
