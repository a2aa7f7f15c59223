"""What is known of a virus scanner: where it listens, which engine answers, which signatures it has."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

PROGRAM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
CONFIGURATIONS = (
    "/etc/clamav/clamd.conf",
    "/etc/clamd.conf",
    "/etc/clamd.d/scan.conf",
    "/usr/local/etc/clamav/clamd.conf",
)
SYSTEM_SOCKETS = ("/run/clamav/clamd.ctl", "/run/clamd.scan/clamd.sock", "/run/clamav/clamd.sock")
_FORMATS = "cvd cld hdb hsb ndb ldb mdb msb cdb cud ftm fp sfp ign2 yar yara"
DATABASE_SUFFIXES = frozenset("." + name for name in re.split(" ", _FORMATS))
ANSWER_SECONDS = 5.0
STREAM_LIMIT = 2000 << 20
DEFAULT_STREAM_LIMIT = 25 << 20
OLD_DAYS = 7
SMALL = 1 << 20


@dataclass(frozen=True, slots=True)
class ClamdStatus:
    """Which clamd answers, if any, and what it knows.

    `socket` is None where none answers, and `reason` then says why and how to get one. `signatures` is their
    number where it can be told. `signature_version` belongs into the key of cached results. `stream_limit` is in
    bytes; `limits_known` says that clamd reports what lies above its limits, which only our own is sure to do.
    """

    socket: Path | None
    managed: bool = False
    version: str = ""
    signatures: int | None = None
    signature_date: datetime | None = None
    signature_source: str = ""
    signature_version: str = ""
    only_shipped: bool = False
    reason: str = ""

    @property
    def age_days(self) -> int | None:
        """Whole days since the newest signatures were made, None where unknown."""
        if self.signature_date is None:
            return None
        return max(0, (datetime.now(UTC) - self.signature_date).days)

    @property
    def limitation(self) -> str:
        """What a scan with this clamd is not worth, and what to do about it; empty where it is a real scan."""
        if self.only_shipped:
            return "Only test files are recognised: get a virus database with freshclam for a real scan"
        if self.age_days is not None and self.age_days > OLD_DAYS:
            return f"The virus database is {self.age_days} days old: run freshclam"
        return ""

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters for the virus_scan check that go with this clamd."""
        limit = STREAM_LIMIT if self.managed else DEFAULT_STREAM_LIMIT
        return {"stream_limit": limit, "limits_known": self.managed}


def describe(status: ClamdStatus) -> str:
    """One line for the outcome and for doctor: engine, number, source and age of the signatures."""
    if status.socket is None:
        return status.reason
    count = "an unknown number of" if status.signatures is None else f"{status.signatures:,}"
    age = "age unknown" if status.age_days is None else f"{status.age_days} day{'s' * (status.age_days != 1)} old"
    return f"clamd {status.version}, {count} signatures ({status.signature_source}), {age}"


@dataclass(frozen=True, slots=True)
class Database:
    """What a folder of signatures holds, read from the plain headers of its files."""

    signatures: int
    date: datetime | None
    version: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> Database:
        """Official databases name number and build time in their first 512 bytes; text ones have one a line."""
        count, date, names = 0, None, []
        sha = hashlib.sha256()
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.suffix not in DATABASE_SUFFIXES:
                continue
            try:
                state = path.stat()
                with path.open("rb") as stream:
                    head = stream.read(512 if state.st_size > SMALL else SMALL)
            except OSError as error:
                log.warning("signature database %s cannot be read: %s", path, error)
                continue
            names.append(path.name)
            stamp = state.st_mtime_ns if state.st_size > SMALL else 0  # a small one is told by its bytes
            sha.update(b"%s %d %d\0" % (os.fsencode(path.name), state.st_size, stamp) + head)
            number, made = _official(head)
            count += number if made else sum(1 for line in head.splitlines() if line.strip() and line[:1] != b"#")
            date = max(filter(None, (date, made)), default=None)
        return cls(count, date, sha.hexdigest()[:16], tuple(names))


def _official(head: bytes) -> tuple[int, datetime | None]:
    """Number of signatures and build time from the header of an official database, (0, None) for another file."""
    fields = head[:512].split(b":")
    if fields[0] != b"ClamAV-VDB" or len(fields) < 9:
        return 0, None
    try:
        return int(fields[3]), datetime.fromtimestamp(int(fields[8]), UTC)
    except (ValueError, OverflowError, OSError):
        return 0, None


def find_program() -> Path | None:
    """The clamd program; the administrator's folders count although they are seldom on the PATH.

    The variable ASSAY_CLAMD names another one, and no other is then looked for.
    """
    if chosen := os.environ.get("ASSAY_CLAMD"):
        return Path(chosen) if os.access(chosen, os.X_OK) else None
    found = shutil.which("clamd") or shutil.which("clamd", path=os.pathsep.join(PROGRAM_FOLDERS))
    return Path(found) if found else None


def system_sockets(configurations: Sequence[str] = CONFIGURATIONS) -> list[Path]:
    """Where a clamd of the system may listen: what its configuration says, then the usual places."""
    paths: dict[Path, None] = {}
    for name in configurations:
        with suppress(OSError, UnicodeDecodeError):  # absent or private: the usual places remain
            for line in Path(name).read_text(encoding="utf-8").splitlines():
                words = line.split()
                if len(words) > 1 and words[0] == "LocalSocket":
                    paths[Path(words[1].strip('"'))] = None
    paths.update(dict.fromkeys(map(Path, SYSTEM_SOCKETS)))
    return [path for path in paths if path.is_socket()]


def ask_version(path: Path) -> str:
    """What the clamd behind this socket answers to VERSION, empty where none answers."""
    if not path.is_socket():
        return ""
    # not by pyclamd: against one that hangs it waits five times over
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(ANSWER_SECONDS)
            client.connect(str(path))
            client.sendall(b"zVERSION\0")
            answer = client.recv(4096).partition(b"\0")[0].decode("utf-8", "replace")
    except OSError:
        return ""
    return "".join(c for c in answer[:200] if c.isprintable())


def engine_version(answer: str) -> str:
    """`1.4.6` from `ClamAV 1.4.6/27810/Mon Nov 23 09:00:00 2026`."""
    return answer.partition("/")[0].removeprefix("ClamAV").strip()


def database_date(answer: str) -> datetime | None:
    """The build time of the daily database from a VERSION answer, None where it names none."""
    _, _, stamp = answer.rpartition("/")
    try:
        return datetime.strptime(stamp, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
