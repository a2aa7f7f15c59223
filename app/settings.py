"""Settings of the reviewer: one typed dataclass in one TOML file, for window and command line."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from app.errors import DeskError

# What a number may be: below it nothing works, above it the machine stops working.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "workers": (0, 64),
    "worker_memory": (256, 64 << 10),
    "entries": (1, 5_000_000),
    "bytes": (1 << 20, 1 << 40),
    "entry_bytes": (1 << 20, 1 << 40),
    "ratio": (2, 100_000),
    "depth": (1, 32),
    "seconds": (5, 86_400),
    "poll_minutes": (0, 1440),
    "timeout": (2, 300),
}
ISOLATIONS = ("bubblewrap", "reduced", "none")
CHANGES = ("rejected", "inReview")


class SettingsError(DeskError, ValueError):
    """A settings file that cannot be used; the text names file, key and what to do."""


@dataclass(frozen=True, slots=True)
class UnpackLimits:
    """Limits of unpacking: counts, bytes, seconds."""

    entries: int = 100_000
    bytes: int = 4 << 30
    entry_bytes: int = 2 << 30
    ratio: int = 200
    depth: int = 6
    seconds: int = 300


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """Which marketplace, and how it is reached; its secret is never here.

    `address` is the base of its API (https, or http to this machine), `id` the marketplace's id. `ca_bundle` is a PEM
    file that takes the place of the system's authorities, `pin` the SHA-256 of the server's certificate in hex.
    `proxy` is an address, or empty for the environment's. `poll_minutes` 0 = only when asked. `timeout` in seconds.
    `changes` is what a request for changes sets: rejected or inReview. `file_fields` are the fields of customData that
    name the files of a version, `contact` fills {contact} in reasons.
    """

    address: str = ""
    id: str = ""
    ca_bundle: str = ""
    pin: str = ""
    proxy: str = ""
    poll_minutes: int = 5
    timeout: int = 20
    changes: str = "rejected"
    file_fields: tuple[str, ...] = ("files", "file", "package", "download")
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the reviewer chose.

    `isolation` is the weakest launcher allowed: `bubblewrap` refuses to work without it, `reduced`
    accepts rlimits, seccomp and landlock without namespaces, `none` accepts no isolation at all.
    `workers` 0 means one a core. `worker_memory` is in MiB. `theme` is system, light or dark.
    """

    reviewer: str = ""
    profile: str = "standard"
    isolation: str = "bubblewrap"
    workers: int = 0
    worker_memory: int = 1024
    theme: str = "system"
    limits: UnpackLimits = field(default_factory=UnpackLimits)
    marketplace: MarketSettings = field(default_factory=MarketSettings)

    @property
    def worker_count(self) -> int:
        """How many content workers run side by side."""
        return self.workers or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else self.workers or 2


def _read(cls: type[Any], table: dict[str, Any], where: str) -> Any:
    """Build a dataclass from a TOML table, refusing unknown keys and wrong types."""
    known = {f.name: f for f in dataclasses.fields(cls)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise SettingsError(f"{where}: unknown setting {key!r}: known are {', '.join(sorted(known))}")
        expected = type(getattr(cls(), key))
        if dataclasses.is_dataclass(expected):
            if not isinstance(value, dict):
                raise SettingsError(f"{where}: [{key}] must be a table")
            values[key] = _read(expected, value, f"{where} [{key}]")
            continue
        if expected is tuple:
            if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
                raise SettingsError(f"{where}: {key} must be a list of words, not {value!r}")
            values[key] = tuple(value)
            continue
        if type(value) is not expected:
            raise SettingsError(f"{where}: {key} must be a {expected.__name__}, not {value!r}")
        if expected is int:
            least, most = BOUNDS[key]
            if not least <= value <= most:
                raise SettingsError(f"{where}: {key} must be between {least:,} and {most:,}, not {value:,}")
        values[key] = value
    return cls(**values)


def load_settings(path: Path) -> Settings:
    """Read the file, or the defaults where there is none; raises SettingsError on a bad one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({error}): mend or remove it") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML ({error}): mend or remove it") from None
    settings: Settings = _read(Settings, table, str(path))
    if settings.isolation not in ISOLATIONS:
        raise SettingsError(f"{path}: isolation must be one of {', '.join(ISOLATIONS)}")
    if settings.theme not in ("system", "light", "dark"):
        raise SettingsError(f"{path}: theme must be system, light or dark")
    if settings.marketplace.changes not in CHANGES:
        raise SettingsError(f"{path}: [marketplace] changes must be {' or '.join(CHANGES)}")
    return settings


def save_settings(settings: Settings, path: Path) -> None:
    """Write the file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(tomli_w.dumps(dataclasses.asdict(settings)), encoding="utf-8")
    partial.replace(path)
