"""How much unpacking may cost, and what is raised when it costs more."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
# Below this, even an absurd ratio costs nothing, and small runs of zeros are everywhere.
GRACE = 64 * MIB


@dataclass(frozen=True)
class Limits:
    """Bounds of one unpacking; all are settings of the reviewer.

    `entries`: rows of the index. `bytes`: written to the pack altogether. `ratio`: bytes out for each
    byte in, looked at above 64 MiB. `depth`: archives inside each other, the artifact counts as 1.
    `seconds`: wall time. `entry_bytes`: of one member. `name_bytes`: of one name.
    """

    entries: int = 100_000
    bytes: int = 4 << 30
    ratio: int = 200
    depth: int = 6
    seconds: float = 300.0
    entry_bytes: int = 2 << 30
    name_bytes: int = 4096


class UnpackError(Exception):
    """The artifact cannot be read at all (absent, not a file, no reader library); the text says so."""


class Halt(Exception):
    """A limit of the whole artifact was met: nothing more is read, all that was read is kept."""


class Refused(Exception):
    """The bytes of one member, or the rest of one archive, cannot be had; `rule` says why."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail
