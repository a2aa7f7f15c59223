"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app import __version__
from app.paths import RESOURCES, Folders
from app.settings import SettingsError, load_settings


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the product uses. `state` says what was found, `remedy` what to do where it is not `ok`."""

    name: str
    ok: bool
    state: str
    remedy: str = ""
    required: bool = True


def examine(folders: Folders | None = None) -> tuple[Part, ...]:
    """Try every part for real; takes about a second, changes nothing, starts no daemon."""
    folders = folders or Folders.of_user()
    return (
        Part("assay", True, f"{__version__} on Python {platform.python_version()}, {platform.platform()}"),
        _settings(folders),
        _bubblewrap(),
        _reduced(),
        _library("libarchive (unpacking)", "libarchive13", _libarchive),
        _library("libmagic (file types)", "libmagic1", _libmagic),
        _clamd(folders),
        _engine(),
        _marketplace(folders),
        _display(),
        Part("data folder", True, str(folders.data), required=False),
    )


def stop_clamd(folders: Folders | None = None) -> bool:
    """End the clamd that an earlier check started; whether there was one. A system's clamd is never touched."""
    from app.clamd import ClamdService

    folders = folders or Folders.of_user()
    return ClamdService(folders.runtime, RESOURCES / "signatures").stop()


def render_text(parts: Sequence[Part]) -> str:
    """A line for each part, with the remedy below where there is one."""
    width = max(len(p.name) for p in parts)
    lines = []
    for part in parts:
        mark = "ok     " if part.ok else "MISSING" if part.required else "absent "
        lines.append(f"{mark}  {part.name:<{width}}  {part.state}")
        if part.remedy:
            lines.append(f"{'':9}{'':<{width}}  -> {part.remedy}")
    return "\n".join(lines)


def _settings(folders: Folders) -> Part:
    path = folders.config / "settings.toml"
    try:
        settings = load_settings(path)
    except SettingsError as error:
        return Part("settings", False, str(error), "mend or remove the file")
    where = str(path) if path.exists() else "defaults"
    return Part("settings", True, f"{where}: profile {settings.profile}, isolation at least {settings.isolation}")


def _bubblewrap() -> Part:
    from app.sandbox import bubblewrap_problem

    problem = bubblewrap_problem()
    state = problem or "builds a sandbox (tried just now)"
    remedy = "apt install bubblewrap, and allow user namespaces" if problem else ""
    return Part("bubblewrap (isolation)", not problem, state, remedy)


def _reduced() -> Part:
    from app.sandbox import reduced_problem

    problem = reduced_problem()
    state = problem or "seccomp and landlock available; used only where the settings allow it"
    return Part("reduced isolation", not problem, state, required=False)


def _library(name: str, package: str, probe: Callable[[], str]) -> Part:
    try:
        return Part(name, True, probe())
    except Exception as error:  # a missing shared library raises whatever its binding likes
        line = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        return Part(name, False, line, f"apt install {package}")


def _libarchive() -> str:
    from app.launchers import library_path

    os.environ.setdefault("LIBARCHIVE", library_path("libarchive.so.13"))
    import libarchive

    return f"version {libarchive.ffi.version_number()}"


def _libmagic() -> str:
    import magic

    return f"version {magic.version()}"  # type: ignore[no-untyped-call]


def _clamd(folders: Folders) -> Part:
    from app.clamd import ClamdService, describe
    from app.clamd_status import find_program

    status = ClamdService(folders.runtime, RESOURCES / "signatures").find()
    if status.socket is not None:
        advice = "apt install clamav-freshclam, then run freshclam as root" if status.limitation else ""
        about = ". ".join(part for part in (status.limitation, describe(status)) if part)
        return Part("clamd (virus scan)", True, about, advice)
    if find_program() is not None:
        return Part("clamd (virus scan)", True, "installed; started with the first check")
    return Part("clamd (virus scan)", False, status.reason, "apt install clamav-daemon")


def _engine() -> Part:
    name = "container engine"
    import docker

    try:
        client = docker.from_env(timeout=3)
        try:
            client.ping()
            return Part(name, True, f"Docker {client.version()['Version']}", required=False)
        finally:
            client.close()
    except docker.errors.DockerException:
        advice = "apt install docker.io, or podman with its socket (only images will need it)"
        return Part(name, False, "no engine answers", advice, required=False)


def _marketplace(folders: Folders) -> Part:
    from app.marketplace.account import Account
    from app.marketplace.errors import MarketError
    from app.marketplace.secret import SecretStore

    name = "marketplace"
    try:
        account = Account.of(load_settings(folders.config / "settings.toml").marketplace)
        place = SecretStore(folders.config, timeout=3.0).place(account)
    except SettingsError:
        return Part(name, False, "not known while the settings cannot be read", required=False)
    except MarketError as error:
        return Part(name, False, str(error), required=False)
    if not place:
        advice = f"assay queue --connect {account.address} --id {account.id}"
        return Part(name, False, f"{account.address}: its secret is not known here", advice, required=False)
    return Part(name, True, f"{account.address}, secret in {place} (nothing was asked)", required=False)


def _display() -> Part:
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return Part("display", True, "present", required=False)
    return Part("display", False, "none: the window needs one, the command line does not", required=False)
