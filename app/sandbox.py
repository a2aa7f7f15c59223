"""The sandbox of workers: which launcher is used, and why a stronger one is not.

`bubblewrap` is the real one. `reduced` (resource limits, seccomp, landlock, no namespaces) works only
after the reviewer allowed it; `none` stands for a platform that has neither.
"""

from __future__ import annotations

import functools
import platform
import shutil
from typing import Protocol

from app.errors import DeskError
from app.grants import Grants
from app.launchers import Bubblewrap, Reduced, Unisolated
from app.model import Isolation
from app.paths import Folders
from app.spawning import Launched


class NoSandbox(DeskError):
    """No launcher that the settings allow is available here; the text says what to do."""

    incomplete = True


class Launcher(Protocol):
    """Starts worker processes behind one kind of wall."""

    isolation: Isolation

    def launch(self, grants: Grants) -> Launched:
        """Start a worker; OSError when the program cannot be started."""


def bubblewrap_problem() -> str:
    """Why bubblewrap cannot be used here, empty when it can: it is tried once, not just looked for."""
    program = shutil.which("bwrap")
    return "bubblewrap is not installed: apt install bubblewrap" if program is None else _try_bubblewrap(program)


@functools.cache
def _try_bubblewrap(program: str) -> str:
    return Bubblewrap(program).problem()


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
    settings = Folders.of_user().config / "settings.toml"
    way_on = f'or allow the reduced launcher in the settings (isolation = "reduced" in {settings})'
    if reduced_problem():
        way_on = "there is no weaker launcher on this machine either"
    raise NoSandbox(f"{problem}; {way_on}")
