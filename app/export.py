"""Writing a report to where the user wants it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_file(target: Path, content: bytes) -> None:
    """Write a file whole or not at all; a pipe or a device is written to, never replaced by a file."""
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    handle, partial = tempfile.mkstemp(dir=target.absolute().parent, prefix=f".{target.name[:60]}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(partial).chmod(0o666 & ~umask)
        Path(partial).replace(target)
    finally:
        Path(partial).unlink(missing_ok=True)
