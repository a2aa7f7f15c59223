"""Everything that a worker might try to get out, one finding for each attempt: what it was and how it ended."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from checks import Finding, Package, check

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    result: int = getattr(libc, name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def syscall(number: int, *arguments: int) -> int:
    result: int = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) for a in arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), f"syscall {number}")
    return result


def fork_raw() -> None:
    """A child that outlives its parent, by every call that makes one."""
    for number in (57, 58, 56):  # fork, vfork, clone
        pid = syscall(number, signal.SIGCHLD, 0, 0, 0, 0) if number == 56 else os.fork()
        if pid == 0:
            os.setsid()
            threading.Event().wait()


def clone3() -> None:
    arguments = struct.pack("=8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    buffer = ctypes.create_string_buffer(arguments)
    if syscall(435, ctypes.addressof(buffer), len(arguments)) == 0:
        threading.Event().wait()


def double_fork() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            threading.Event().wait()
        os._exit(0)


def connect(family: int, kind: int, address: object) -> None:
    with socket.socket(family, kind) as s:
        s.settimeout(1)
        s.connect(address)
        s.send(b"out")


def write(path: str) -> None:
    with Path(path).open("ab") as stream:
        stream.write(b"written from inside")


def read(path: str) -> None:
    data = Path(path).read_bytes()
    if not data:
        raise OSError(errno.ENODATA, "empty")


def fill(folder: str) -> None:
    """Fill a folder until something stops it; 200 MiB is success."""
    for n in range(50):
        with Path(folder, f"fill{n}").open("wb") as stream:
            stream.write(bytes(4 << 20))


def shared_memory() -> None:
    held = [mmap.mmap(-1, 64 << 20) for _ in range(8)]
    for piece in held:
        piece.write(b"x" * (64 << 20))


def grow_inherited() -> None:
    """Every descriptor that came with the worker, filled: not one may grow without bound."""
    grown = 0
    for fd in range(2, 20):
        with suppress(OSError):
            if os.fstat(fd).st_mode & 0o170000 != 0o100000:
                continue
            size = os.fstat(fd).st_size
            for n in range(64):
                os.pwrite(fd, bytes(1 << 20), size + (n << 20))
                grown += 1
            os.ftruncate(fd, size)
    if not grown:
        raise OSError(errno.EPERM, "nothing grows")


def raise_limits() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def set_limit_through_a_high_address() -> None:
    """A pointer whose low half is zero passes for none in a filter that looks at one half only."""
    place = mmap.mmap(-1, 4096)  # its address does not matter: the kernel must never come to read it
    del place
    syscall(302, 0, resource.RLIMIT_CORE, 1 << 32, 0)


def ask_for_signals() -> None:
    """A descriptor whose owner is another process: the kernel then signals that process for us."""
    import fcntl

    fcntl.fcntl(0, 8, os.getppid())


def set_owner_by_ioctl() -> None:
    import fcntl

    fcntl.ioctl(0, 0x8901, struct.pack("=i", os.getppid()))


def push_input() -> None:
    import fcntl

    for fd in (0, 1, 2):
        fcntl.ioctl(fd, 0x5412, b"x")


def see_processes(secret_pid: int) -> None:
    for name in ("environ", "cmdline", "mem"):
        read(f"/proc/{secret_pid}/{name}")


def no_environment() -> None:
    for name in os.environ:
        if name not in ("LIBARCHIVE", "LANG", "TMPDIR", "LC_CTYPE", "PWD", "SHLVL", "OLDPWD", "_"):
            return
    raise OSError(errno.ENODATA, "only what is known")


def have_capabilities() -> None:
    header, data = struct.pack("=Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
    call("capget", ctypes.create_string_buffer(header), data)
    if not any(data.raw):
        raise OSError(errno.EPERM, "none")


def attempts(config: dict[str, str]) -> dict[str, Callable[[], object]]:
    home, victim, package = config["home"], int(config["pid"]), config["package"]
    data = Path(package)
    return {
        "remount": lambda: call("mount", b"none", b"/", None, 32 | 4096, None),
        "remount_usr": lambda: call("mount", b"none", b"/usr", None, 32 | 4096, None),
        "bind": lambda: call("mount", b"/tmp", b"/usr", None, 4096, None),
        "unmount": lambda: call("umount2", b"/usr", 2),
        "new_mount_api": lambda: syscall(428, -100, 0, 1),
        "write_package": lambda: write(package),
        "truncate_package": lambda: os.truncate(package, 0),
        "open_truncating": lambda: os.open(package, os.O_RDONLY | os.O_TRUNC),
        "chmod_package": lambda: data.chmod(0o777),
        "unlink_package": lambda: data.unlink(),
        "rename_package": lambda: data.rename(f"{package}.gone"),
        "touch_package": lambda: os.utime(package, (1, 1)),
        "xattr_package": lambda: os.setxattr(package, "user.x", b"x"),
        "write_vault": lambda: write(config["vault"]),
        "unlink_vault": lambda: Path(config["vault"]).unlink(),
        "write_home": lambda: write(f"{home}/planted"),
        "write_canary": lambda: write(f"{home}/canary"),
        "truncate_canary": lambda: os.open(f"{home}/canary", os.O_RDONLY | os.O_TRUNC),
        "chmod_canary": lambda: Path(f"{home}/canary").chmod(0o777),
        "link_canary": lambda: os.link(f"{home}/canary", f"{home}/linked"),
        "make_folder": lambda: Path(f"{home}/folder").mkdir(),
        "write_usr": lambda: write("/usr/planted-by-a-worker"),
        "write_cwd": lambda: write("planted-by-a-worker") if Path.cwd() != Path("/tmp") else read("/nowhere"),
        "write_root": lambda: write("/planted-by-a-worker"),
        "write_checks": lambda: write(__file__),
        "write_worker": lambda: write(config["worker"]),
        "read_canary": lambda: read(f"{home}/canary"),
        "read_shadow": lambda: read("/etc/shadow"),
        "read_passwd": lambda: read("/etc/passwd"),
        "list_home": lambda: list(Path(home).iterdir()),
        "environment": no_environment,
        "proc_of_another": lambda: see_processes(victim),
        "environ_of_another": lambda: read(f"/proc/{victim}/environ"),
        "environ_of_init": lambda: read("/proc/1/environ"),
        "memory_of_init": lambda: Path("/proc/1/mem").open("rb").read(1),
        "signal": lambda: os.kill(victim, signal.SIGTERM),
        "signal_all": lambda: os.kill(-1, signal.SIGTERM),
        "signal_group": lambda: os.killpg(victim, signal.SIGTERM),
        "signal_thread": lambda: syscall(234, victim, victim, signal.SIGTERM),
        "signal_queued": lambda: syscall(297, victim, victim, signal.SIGTERM, 0),
        "signal_by_owner": ask_for_signals,
        "signal_by_ioctl": set_owner_by_ioctl,
        "pidfd": lambda: os.pidfd_open(victim),
        "renice": lambda: os.setpriority(os.PRIO_PROCESS, victim, 19),
        "limit_of_another": lambda: resource.prlimit(victim, resource.RLIMIT_CORE, (0, 0)),
        "raise_limits": raise_limits,
        "limit_by_high_address": set_limit_through_a_high_address,
        "ptrace": lambda: call("ptrace", 16, victim, 0, 0),
        "ptrace_me": lambda: call("ptrace", 0, 0, 0, 0),
        "read_memory": lambda: syscall(310, victim, 0, 0, 0, 0, 0),
        "tcp": lambda: connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(config["tcp"]))),
        "udp": lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int(config["udp"]))),
        "tcp6": lambda: connect(socket.AF_INET6, socket.SOCK_STREAM, ("::1", int(config["tcp"]))),
        "unix": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, config["unix"]),
        "abstract": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + config["abstract"]),
        "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "socketpair": socket.socketpair,
        "io_uring": lambda: syscall(425, 8, 0),
        "bpf": lambda: syscall(321, 0, 0, 0),
        "keyring": lambda: syscall(250, 0, -3, 1),
        "fork": os.fork,
        "fork_raw": fork_raw,
        "clone3": clone3,
        "double_fork": double_fork,
        "exec": lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"]),
        "exec_python": lambda: os.execv("/proc/self/exe", ["python"]),
        "system": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "new_user_namespace": lambda: call("unshare", 0x10000000),
        "new_mount_namespace": lambda: call("unshare", 0x00020000),
        "new_network_namespace": lambda: call("unshare", 0x40000000),
        "chroot": lambda: os.chroot("/tmp"),
        "outlive_the_program": lambda: call("prctl", 1, 0, 0, 0, 0),
        "capabilities": have_capabilities,
        "become_root": lambda: os.setuid(0) if os.getuid() else read("/nowhere"),
        "push_input": push_input,
        "memfd": lambda: os.memfd_create("hidden"),
        "shared_memory": shared_memory,
        "dev_shm": lambda: fill("/dev/shm"),
        "tmp": lambda: fill("/tmp"),
        "grow_inherited": grow_inherited,
        "core_dump": lambda: resource.getrlimit(resource.RLIMIT_CORE) != (0, 0) or read("/nowhere"),
        "device": lambda: os.mknod("/tmp/device", 0o060666, os.makedev(8, 0)),
        "set_clock": lambda: call("sethostname", b"owned", 5),
    }


@check(seconds=30.0)
def escape(package: Package, *, config: tuple[tuple[str, str], ...] = (), only: str = "") -> Iterator[Finding]:
    """One finding for each attempt: `refused` with the reason, or `open` when it came through."""
    for name, attempt in attempts(dict(config)).items():
        if only and name != only:
            continue
        me = os.getpid()
        try:
            attempt()
        except (OSError, RuntimeError, MemoryError, ValueError) as error:
            yield package.finding("refused", f"{name}: {type(error).__name__} {error}")
        else:
            yield package.finding("open", name)
        if os.getpid() != me:
            os._exit(1)  # a child that should not be
