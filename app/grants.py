"""What one worker may have; every launcher is told the same way, and gives nothing beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TMP_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Side:
    """The files of one tree a worker may read: artifact, pack and index (None where there is none)."""

    artifact: Path | None = None
    pack: Path | None = None
    index: Path | None = None


@dataclass(frozen=True, slots=True)
class Grants:
    """What one worker may have: trees to read, sockets to speak to, files to write to, limits.

    `sides` maps submission / baseline to their files. `services` maps a name to a socket path, `data` a name to a
    file of the host's own that checks read (the advisories).
    `pack_fd` is the descriptor an unpacking worker writes blobs to. `memory` and `file_size` in
    bytes, `cpu` in seconds. `extra` are folders with further checks (tests use it).
    """

    sides: Mapping[str, Side] = field(default_factory=dict)
    services: Mapping[str, Path] = field(default_factory=dict)
    data: Mapping[str, Path] = field(default_factory=dict)
    prepared: Path | None = None
    pack_fd: int | None = None
    memory: int = 1 << 30
    file_size: int = TMP_BYTES
    cpu: int = 3600
    extra: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a check needs of the host: a file to read, or None where there is nothing in it yet.

    `note` says what it is, `limitation` what it falls short of; with a `problem` it cannot be read at all. Another
    `version` gives other results.
    """

    path: Path | None
    note: str = ""
    limitation: str = ""
    version: str = ""
    problem: str = ""


# Stands for what a check does not need.
NOTHING = HandedOver(None)
