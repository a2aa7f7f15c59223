"""What a worker gives up before it touches a hostile byte; the launcher's walls come on top.

Resource limits, no new privileges, no capabilities, a seccomp filter that knows no new processes,
programs, sockets or modes, and (where the launcher has no mount namespace) landlock. Raw prctl and
BPF: the filter has to be loaded *inside* the worker, since bubblewrap's own exec comes first.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_DUMPABLE, _PR_SET_PDEATHSIG = 38, 22, 24, 4, 1
_SECCOMP_MODE_FILTER = 2
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LD, _JEQ, _JGE, _JSET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NR, _ARCH = 0, 4
_ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_CLONE_THREAD = 0x00010000
_SHARED_ANONYMOUS = 0x21
# Terminal input, and asking the kernel to signal another process when a descriptor becomes readable.
_IOCTLS = (0x5412, 0x541C, 0x8901, 0x8902, 0x5452)
_FCNTLS = (8, 10, 15)
_UNIX, _INET, _INET6 = 1, 2, 10
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# (x86_64, aarch64); -1 where the architecture has no such call. Source: the kernel's unistd tables.
_FORBIDDEN: Mapping[str, tuple[int, int]] = {
    "fork": (57, -1), "vfork": (58, -1), "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "memfd_create": (319, 279), "memfd_secret": (447, 447), "socketpair": (53, 199),
    "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242), "chmod": (90, -1),
    "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, -1), "fchown": (93, 55),
    "lchown": (94, -1), "fchownat": (260, 54), "truncate": (76, 45), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "utimensat": (280, 88), "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1),
    "open_by_handle_at": (304, 265), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224), "acct": (163, 89), "quotactl": (179, 60),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "sethostname": (170, 161), "iopl": (172, -1),
    "ioperm": (173, -1), "personality": (135, 92), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "setrlimit": (160, 164), "sched_setscheduler": (144, 119), "syslog": (103, 116),
    "setpriority": (141, 140), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "sched_setparam": (142, 118), "ioprio_set": (251, 30), "process_madvise": (440, 440), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "kcmp": (312, 272), "creat": (85, -1), "setsid": (112, 157), "setpgid": (109, 154),
}  # fmt: skip
_CLONE, _CLONE3, _MMAP, _SOCKET, _TGKILL, _IOCTL, _PRLIMIT, _FCNTL, _PRCTL, _OPEN, _OPENAT, _OPENAT2 = (
    (56, 220), (435, 435), (9, 222), (41, 198), (234, 131), (16, 29), (302, 261), (72, 25), (157, 167), (2, -1),
    (257, 56), (437, 437),
)  # fmt: skip


def _argument(index: int) -> int:
    """Offset of the low word of a system call's argument."""
    return 16 + 8 * index


def build_filter(
    machine: str, *, unix_sockets: bool, pid: int, writing: bool = True, network: bool = False
) -> bytes | None:
    """The BPF program for this architecture, None where we have no table for it.

    With `network` sockets of the internet can be made, still none that listens. Without `writing` no file can be
    opened for it: older landlocks let O_TRUNC through.
    """
    if machine not in _ARCHES:
        return None
    arch, column = _ARCHES[machine]
    program: list[tuple[int, int, int, int]] = []

    def add(code: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        program.append((code, if_true, if_false, value))

    def refuse(number: int = errno.EPERM) -> None:
        add(_RET, _ERRNO | number)

    add(_LD, _ARCH)
    add(_JEQ, arch, 1, 0)
    add(_RET, _KILL)
    add(_LD, _NR)
    if machine == "x86_64":  # the x32 table would bypass every number below
        add(_JGE, 0x40000000, 0, 1)
        refuse()
    for numbers in _FORBIDDEN.values():
        if numbers[column] >= 0:
            add(_JEQ, numbers[column], 0, 1)
            refuse()
    add(_JEQ, _CLONE3[column], 0, 1)
    refuse(errno.ENOSYS)  # its flags lie in memory: glibc then falls back to clone
    add(_JEQ, _CLONE[column], 0, 4)
    add(_LD, _argument(0))
    add(_JSET, _CLONE_THREAD, 0, 1)
    add(_RET, _ALLOW)
    refuse()
    add(_JEQ, _MMAP[column], 0, 5)  # shared anonymous memory escapes RLIMIT_DATA
    add(_LD, _argument(3))
    add(_AND, _SHARED_ANONYMOUS)
    add(_JEQ, _SHARED_ANONYMOUS, 0, 1)
    refuse()
    add(_RET, _ALLOW)
    families = (_UNIX,) * unix_sockets + (_INET, _INET6) * network
    add(_JEQ, _SOCKET[column], 0, 2 * len(families) + 1 + bool(families))
    if families:
        add(_LD, _argument(0))
    for family in families:
        add(_JEQ, family, 0, 1)
        add(_RET, _ALLOW)
    refuse()
    add(_JEQ, _TGKILL[column], 0, 4)  # abort() signals itself, nobody else may be
    add(_LD, _argument(0))
    add(_JEQ, pid, 0, 1)
    add(_RET, _ALLOW)
    refuse()
    add(_JEQ, _PRLIMIT[column], 0, 6)  # reading one's own limits is fine, setting any is not
    add(_LD, _argument(2))
    add(_JEQ, 0, 0, 3)
    add(_LD, _argument(2) + 4)
    add(_JEQ, 0, 0, 1)
    add(_RET, _ALLOW)
    refuse()
    for call, index, refused in ((_IOCTL, 1, _IOCTLS), (_FCNTL, 1, _FCNTLS), (_PRCTL, 0, (_PR_SET_PDEATHSIG,))):
        add(_JEQ, call[column], 0, 2 + 2 * len(refused))
        add(_LD, _argument(index))
        for value in refused:
            add(_JEQ, value, 0, 1)
            refuse()
        add(_RET, _ALLOW)
    if not writing:
        for call, flags in ((_OPEN, 1), (_OPENAT, 2)):
            if call[column] >= 0:
                add(_JEQ, call[column], 0, 4)
                add(_LD, _argument(flags))
                add(_JSET, _WRITING, 0, 1)
                refuse()
                add(_RET, _ALLOW)
        add(_JEQ, _OPENAT2[column], 0, 1)
        refuse(errno.ENOSYS)  # its flags lie in memory
    add(_RET, _ALLOW)
    return b"".join(struct.pack("=HBBI", code, jt, jf, value & 0xFFFFFFFF) for code, jt, jf, value in program)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _prctl(option: int, value: int = 0, pointer: ctypes.c_void_p | None = None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.prctl(
        ctypes.c_int(option), ctypes.c_ulong(value), pointer or ctypes.c_void_p(0), ctypes.c_ulong(0), ctypes.c_ulong(0)
    )
    return result


def _load_filter(code: bytes) -> bool:
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    pointer = ctypes.cast(ctypes.pointer(program), ctypes.c_void_p)
    return _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, pointer) == 0


def _drop_capabilities() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        _prctl(_PR_CAPBSET_DROP, capability)
    header = struct.pack("=Ii", 0x20080522, 0)
    failed: int = libc.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(bytes(24)))
    return failed == 0


# landlock_create_ruleset, landlock_add_rule, landlock_restrict_self: same numbers on both machines.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR, _EXECUTE = 1 << 2, 1 << 3, 1 << 0


def _landlock(readable: Sequence[str], *, network: bool) -> bool:
    """Allow reading below these paths and nothing else in the file system; False where it is not to be had."""
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if abi < 1:
        return False
    handled = (1 << 13) - 1 if abi == 1 else (1 << 14) - 1 if abi == 2 else (1 << 15) - 1
    # Files; then binding and connecting TCP; then abstract sockets and signals to others.
    words = [handled, *([1 if network else 3] if abi >= 4 else []), *([3] if abi >= 6 else [])]
    attribute = ctypes.create_string_buffer(struct.pack(f"={len(words)}Q", *words))
    ruleset = libc.syscall(_CREATE, attribute, ctypes.c_size_t(8 * len(words)), ctypes.c_uint(0))
    if ruleset < 0:
        return False
    try:
        for path in readable:
            try:
                fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue  # an optional system folder of another distribution
            allowed = _READ_FILE | _READ_DIR if Path(path).is_dir() else _READ_FILE
            rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, fd))
            failed = libc.syscall(_ADD, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0))
            os.close(fd)
            if failed:
                return False
        return bool(libc.syscall(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint(0)) == 0)
    finally:
        os.close(ruleset)


def lock_down(
    limits: Mapping[str, int], *, unix_sockets: bool, readable: Sequence[str] | None, network: bool = False
) -> list[str]:
    """Give everything up; returns what could *not* be given up, as short names for the record.

    `limits` has memory, file_size and cpu (bytes, bytes, seconds). `readable` asks for landlock.
    """
    os.nice(5)  # the window and the reviewer's other programs come first
    missing: list[str] = []
    bounds = {
        resource.RLIMIT_DATA: limits["memory"],
        resource.RLIMIT_FSIZE: limits["file_size"],
        resource.RLIMIT_CPU: limits["cpu"],
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_STACK: 64 << 20,
    }
    if readable is None:  # a namespace of its own counts its own processes; elsewhere the user's others would count
        bounds[resource.RLIMIT_NPROC] = 64
    for name, value in bounds.items():
        hard = resource.getrlimit(name)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (bound, bound))
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1) != 0:
        missing.append("no_new_privs")
    if not _drop_capabilities():
        missing.append("capabilities")
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if readable is not None and not _landlock(readable, network=network):
        missing.append("landlock")
    code = build_filter(
        os.uname().machine, unix_sockets=unix_sockets, pid=os.getpid(), writing=readable is None, network=network
    )
    if code is None or not _load_filter(code):
        missing.append("seccomp")
    return missing
