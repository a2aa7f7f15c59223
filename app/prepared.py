"""Compiled rules: made once by the host for a set of checks, read-only for every worker."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.paths import CHECKS, RESOURCES
from app.plan import PlannedCheck, prepared_folder

SECONDS = 300


class PrepareError(Exception):
    """Rules that do not compile; the text names the check or the rule file."""


def ensure_prepared(cache: Path, checks: Sequence[PlannedCheck]) -> Path | None:
    """The folder with the compiled rules of these checks, None when none has any; compiles what is missing."""
    checks = [c for c in checks if c.spec.prepare is not None]
    if not checks:
        return None
    folder = prepared_folder(cache, checks)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    try:
        command = [sys.executable, "-I", str(CHECKS / "runtime" / "prepare.py"), str(RESOURCES), str(partial)]
        done = subprocess.run(
            [*command, *(c.module for c in checks)], capture_output=True, timeout=SECONDS, check=False, text=True
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise PrepareError(f"the rules do not compile: {lines[-1][:300]}")
        partial.chmod(0o755)
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():  # another run was faster: its copy is as good
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder
