"""The seccomp filter as a program: interpreted here, so that every architecture's table is looked at."""

from __future__ import annotations

import errno
import struct

import pytest

from checks.runtime.lockdown import _ARCHES, _FORBIDDEN, build_filter

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000


def run(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """What the kernel would return for a system call."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *(list(arguments) + [0] * 6)[:6])
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    accumulator = at = 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        if operation == 0x20:
            accumulator = struct.unpack_from("=I", data, value)[0]
        elif operation == 0x54:
            accumulator &= value
        elif operation == 0x06:
            return value
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[operation]
            at += if_true if holds else if_false


CALLS = {
    "x86_64": {"read": 0, "openat": 257, "open": 2, "openat2": 437, "clone": 56, "clone3": 435, "mmap": 9, "socket": 41,
               "tgkill": 234, "ioctl": 16, "prlimit64": 302, "fcntl": 72, "prctl": 157, "execve": 59, "fork": 57},
    "aarch64": {"read": 63, "openat": 56, "openat2": 437, "clone": 220, "clone3": 435, "mmap": 222, "socket": 198,
                "tgkill": 131, "ioctl": 29, "prlimit64": 261, "fcntl": 25, "prctl": 167, "execve": 221},
}  # fmt: skip


@pytest.fixture(params=sorted(_ARCHES))
def ask(request):
    """`ask(call, arguments...)` on one architecture: 0 when allowed, else the error number."""
    machine = request.param
    arch = _ARCHES[machine][0]

    def ask(call: str | int, *arguments: int, unix: bool = False, writing: bool = True) -> int:
        program = build_filter(machine, unix_sockets=unix, pid=77, writing=writing)
        number = CALLS[machine].get(call) if isinstance(call, str) else call
        if number is None:
            return errno.EPERM  # this architecture never had it
        answer = run(program, arch, number, *arguments)
        return 0 if answer == ALLOW else answer - ERRNO

    ask.machine = machine
    return ask


def test_ordinary_calls(ask) -> None:
    assert ask("read") == 0
    assert ask("openat", 0, 0, 0o2) == 0
    assert ask("fcntl", 1, 3) == 0
    assert ask("prctl", 15) == 0


def test_every_forbidden_call(ask) -> None:
    column = _ARCHES[ask.machine][1]
    for name, numbers in _FORBIDDEN.items():
        if numbers[column] >= 0:
            assert ask(numbers[column]) == errno.EPERM, name


def test_no_number_is_listed_twice() -> None:
    for column in (0, 1):
        numbers = [n[column] for n in _FORBIDDEN.values() if n[column] >= 0]
        assert len(numbers) == len(set(numbers))


def test_threads_yes_processes_no(ask) -> None:
    assert ask("clone", 0x3D0F00) == 0
    assert ask("clone", 17) == errno.EPERM
    assert ask("clone3") == errno.ENOSYS
    assert ask("execve") == errno.EPERM
    assert ask("fork") == errno.EPERM


def test_memory_that_nobody_counts(ask) -> None:
    assert ask("mmap", 0, 4096, 3, 0x22) == 0
    assert ask("mmap", 0, 4096, 1, 0x01) == 0
    assert ask("mmap", 0, 4096, 3, 0x21) == errno.EPERM
    assert ask("mmap", 0, 4096, 3, 0x4021) == errno.EPERM


def test_sockets(ask) -> None:
    for family in (1, 2, 10, 16, 17):
        assert ask("socket", family) == errno.EPERM
        assert ask("socket", family, unix=True) == (0 if family == 1 else errno.EPERM)


def test_signals(ask) -> None:
    assert ask("tgkill", 77, 78, 6) == 0
    assert ask("tgkill", 1, 1, 6) == errno.EPERM
    assert ask("fcntl", 0, 8, 1) == errno.EPERM
    assert ask("fcntl", 0, 10, 9) == errno.EPERM
    assert ask("ioctl", 0, 0x5412) == errno.EPERM
    assert ask("ioctl", 0, 0x8901) == errno.EPERM
    assert ask("ioctl", 0, 0x5401) == 0
    assert ask("prctl", 1, 0) == errno.EPERM


@pytest.mark.parametrize("pointer", [0x1000, 1 << 32, 0x7FFF00000000, (1 << 63) + 8])
def test_limits_are_read_and_never_set(ask, pointer: int) -> None:
    assert ask("prlimit64", 0, 7, 0, pointer) == 0
    assert ask("prlimit64", 0, 7, pointer, 0) == errno.EPERM


@pytest.mark.parametrize("flags", [0o1, 0o2, 0o100, 0o1000, 0o1000 | 0o2000000])
def test_writing_can_be_refused(ask, flags: int) -> None:
    assert ask("openat", 0, 0, flags, writing=False) == errno.EPERM
    assert ask("openat", 0, 0, 0o2000000, writing=False) == 0
    assert ask("openat2", writing=False) == errno.ENOSYS
    assert ask("open", 0, flags, writing=False) == errno.EPERM


def test_another_architecture_and_the_second_table() -> None:
    for machine, (arch, _) in _ARCHES.items():
        program = build_filter(machine, unix_sockets=False, pid=1)
        other = next(a for a, _ in _ARCHES.values() if a != arch)
        assert run(program, other, 0) == KILL
    x32 = build_filter("x86_64", unix_sockets=False, pid=1)
    assert run(x32, _ARCHES["x86_64"][0], 0x40000000 + 57) == ERRNO | errno.EPERM


def test_a_machine_without_a_table_says_so() -> None:
    assert build_filter("riscv64", unix_sockets=False, pid=1) is None
