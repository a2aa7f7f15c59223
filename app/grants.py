"""What one worker may have; every launcher is told the same way, and gives nothing beyond it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

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
    A worker with the `network` sees no package and no file of the host, and none that sees one has the network.
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
    network: bool = False

    def __post_init__(self) -> None:
        if self.network and (self.sides or self.services or self.data or self.pack_fd is not None):
            raise ValueError("a worker with the network gets nothing to read")


@dataclass(frozen=True, slots=True)
class Told:
    """Plain data for one check, sent through its worker's pipe and written nowhere.

    Of the texts in `secrets` none may come back: they are cut out of whatever the worker says.
    """

    data: Mapping[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a check needs of the host: a file to read, or None where there is nothing in it yet.

    `tell` makes plain data at the moment when the check begins; it raises DeskError where that cannot be had. With a
    `skip` the host has decided that the check does not apply, and says why. `consent` says to whom it goes and how to
    allow that, where it goes out into the network.

    `note` says what it is, `limitation` what it falls short of; with a `problem` it cannot be read at all. Another
    `version` gives other results.
    """

    path: Path | None
    note: str = ""
    limitation: str = ""
    version: str = ""
    problem: str = ""
    tell: Callable[[], Told] | None = field(default=None, repr=False, compare=False)
    skip: str = ""
    consent: str = ""


# Stands for what a check does not need.
NOTHING = HandedOver(None)
# What there is about a submission unless somebody says otherwise.
_ELSEWHERE = HandedOver(None, skip="did not come from a marketplace")
FROM_ELSEWHERE: Mapping[str, HandedOver] = MappingProxyType({"marketplace": _ELSEWHERE, "served": _ELSEWHERE})
