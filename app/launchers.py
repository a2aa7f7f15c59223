"""The kinds of wall around a worker process: how each is built, and what it gives and lacks.

Which of them is used is decided in `sandbox`.
"""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.grants import TMP_BYTES, Grants
from app.model import Isolation
from app.paths import CHECKS, RESOURCES
from app.spawning import Launched, spawn

WORKER = "checks/runtime/worker.py"
# What names and certificates are looked up in; none of it is the user's.
NETWORK_FILES = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls", "/etc/pki/ca-trust", "/etc/ca-certificates",
)  # fmt: skip


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


def _setup(grants: Grants, inner: Callable[[Path | None], str | None]) -> dict[str, Any]:
    return {
        "sides": {
            side: {"artifact": inner(f.artifact), "pack": inner(f.pack), "index": inner(f.index)}
            for side, f in grants.sides.items()
        },
        "limits": {"memory": grants.memory, "file_size": grants.file_size, "cpu": grants.cpu},
        "network": grants.network,
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
        for name, path in grants.data.items():
            bind(path, f"/run/assay/data/{name}")
        if grants.network:
            command.append("--share-net")
            for file in NETWORK_FILES:
                command += ["--ro-bind-try", file, file]
        setup = _setup(grants, lambda path: None if path is None else inside[path])
        setup |= {
            "root": "/assay",
            "extra": [inside[folder] for folder in grants.extra],
            "site": [f"/assay/site{n}" for n in range(len(_site_folders()))],
            "resources": "/assay/resources",
            "prepared": "/assay/prepared",
            "services": {name: inside[socket] for name, socket in grants.services.items()},
            "data": {name: inside[path] for name, path in grants.data.items()},
            "readable": None,
        }
        command += ["--remount-ro", "/", "--chdir", "/tmp", "--", *_python(), f"/assay/{WORKER}"]  # noqa: S108
        return spawn(command, setup, grants.pack_fd)

    def problem(self) -> str:
        """Why it cannot build a sandbox here, empty when it can: it is tried, not just looked for."""
        try:
            trial = subprocess.run(
                [*self._base, "--remount-ro", "/", "--", "/usr/bin/true"],
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
        readable += [str(p) for p in (grants.prepared, *grants.extra) if p is not None]
        readable += [str(p) for p in (*grants.services.values(), *grants.data.values())]
        readable += NETWORK_FILES if grants.network else ()
        setup = _setup(grants, lambda path: None if path is None else str(path))
        setup |= {
            "root": str(CHECKS.parent),
            "extra": [str(folder) for folder in grants.extra],
            "site": list(_site_folders()),
            "resources": str(RESOURCES),
            "prepared": str(grants.prepared or "/nonexistent"),
            "services": {name: str(path) for name, path in grants.services.items()},
            "data": {name: str(path) for name, path in grants.data.items()},
            "readable": readable if platform.system() == "Linux" else None,
        }
        return spawn([*_python(), str(CHECKS.parent / WORKER)], setup, grants.pack_fd)


class Unisolated(Reduced):
    """What is left on a platform with neither bubblewrap nor landlock: a process of its own, no walls."""

    isolation = Isolation(
        "none",
        full=False,
        gives=("a process of its own",),
        lacks=("no isolation: a hostile package can read and change whatever you can",),
    )
