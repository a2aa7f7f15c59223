"""Whom the managed clamd runs as, and the folders that this needs."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
# Two of the largest streams that our configuration accepts.
SCRATCH_BYTES = 4 << 30


def service_user() -> pwd.struct_passwd | None:
    """Whom a clamd started by root should become; None for an ordinary user, who stays himself."""
    if os.geteuid() != 0:
        return None
    for name in ("clamav", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def open_to_others(folder: Path) -> bool:
    """Whether another user can come into this folder, or could once it is made."""
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    return all(p.stat().st_mode & stat.S_IXOTH for p in (existing, *existing.parents))


def shared_folder(runtime: Path) -> Path:
    """Where root's clamd lives when its own folders are closed to the user it becomes."""
    name = hashlib.sha256(os.fsencode(runtime)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"assay-{name}"


def scratch_parent() -> Path:
    """Where clamd keeps each stream while it scans: in memory where there is plenty, which halves its work."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= SCRATCH_BYTES:
        return MEMORY
    return Path(tempfile.gettempdir())
