"""Compiled rules: made once by the host for a set of checks, read-only for every worker.

python -m app.prepared    compiles all that are shipped into the installation, so that nobody's first check has to
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app import streams
from app.paths import CHECKS, RESOURCES
from app.plan import PlannedCheck, has_rules, plan_check, prepared_folder
from app.rules_own import compile_own, engines_of
from app.workers import WorkerEnded
from checks.runtime.catalog import load_catalog

log = logging.getLogger(__name__)

SECONDS = 300
SEAL = "seal"
# Rules that were compiled when the program was set up; named by what they were made of, as those of the user are.
INSTALLED = Path(sys.prefix, "share", "assay")
# Folders of earlier versions of the rules that are kept, and the age after which an unfinished one is abandoned.
KEPT = 8
ABANDONED_SECONDS = 3600


class PrepareError(Exception):
    """Rules that do not compile; the text names the check or the rule file."""


def ensure_prepared(
    cache: Path,
    checks: Sequence[PlannedCheck],
    extra: Sequence[Path] = (),
    cancelled: Callable[[], bool] = lambda: False,
    own_rules: Path | None = None,
) -> Path | None:
    """The folder with the compiled rules of these checks, None when none has any; compiles what is missing.

    `extra` are folders with further checks, `own_rules` is that of the reviewer's own rules, of which a bad one is left
    out and noted (`rules_own.limitation_of`). Raises PrepareError, or WorkerEnded when cancelled.
    """
    checks = [c for c in checks if has_rules(c)]
    if not checks:
        return None
    installed = prepared_folder(INSTALLED, checks)
    if installed.is_dir() and _is_sealed(installed):
        return installed
    folder = prepared_folder(cache, checks)
    if folder.is_dir() and not _is_sealed(folder):  # a worker must never match by rules that somebody changed
        log.warning("%s: the compiled rules were damaged, and are made anew", folder)
        shutil.rmtree(folder, ignore_errors=True)
    if folder.is_dir():
        with contextlib.suppress(OSError):  # only tells which are still in use
            os.utime(folder)
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = Path(tempfile.mkdtemp(prefix="part-", dir=folder.parent))
    except OSError as error:
        raise PrepareError(
            f"the compiled rules cannot be kept in {folder.parent} ({error.strerror}): make room there, or set "
            "XDG_CACHE_HOME to another folder"
        ) from error
    try:
        _compile(partial, [c.module for c in checks if c.spec.compiles], extra, cancelled)
        engines = {engine for c in checks if c.own for engine in engines_of(c.spec)}
        if engines and own_rules is not None:
            compile_own(own_rules, engines, partial, cancelled)
        (partial / SEAL).write_text(_digest(partial), encoding="ascii")
        partial.chmod(0o755)
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():  # another run was faster: its copy is as good
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _clear_old(folder)
    return folder


def _digest(folder: Path) -> str:
    """SHA-256 over names and contents of all files but the seal itself, and over where links lead."""
    sha = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.name != SEAL):
        name = str(path.relative_to(folder)).encode() + b"\0"
        if path.is_symlink():
            sha.update(name + str(path.readlink()).encode())
        elif path.is_file():
            sha.update(name + hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def _is_sealed(folder: Path) -> bool:
    try:
        return (folder / SEAL).read_text(encoding="ascii") == _digest(folder)
    except (OSError, UnicodeDecodeError):
        return False


def _compile(out: Path, modules: Sequence[str], extra: Sequence[Path], cancelled: Callable[[], bool]) -> None:
    """Run the compilers in a process of their own: one that crashes takes nothing with it."""
    search = os.pathsep.join(str(path) for path in extra)
    command = [sys.executable, "-I", str(CHECKS / "runtime" / "prepare.py"), str(RESOURCES), str(out), search, *modules]
    ends = time.monotonic() + SECONDS
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints)
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)
                    break
                if cancelled():
                    raise WorkerEnded("cancelled")
                if time.monotonic() > ends:
                    raise PrepareError(f"the rules did not compile within {SECONDS} s")
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            complaints.seek(0)
            lines = complaints.read().decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
            raise PrepareError(f"the rules do not compile: {lines[-1][:300]}")


def _clear_old(newest: Path) -> None:
    """Remove rules that no version in use asks for any more."""
    now = time.time()
    finished: list[tuple[float, Path]] = []
    for folder in newest.parent.iterdir():
        with contextlib.suppress(OSError):  # another run may be removing it as well
            age = now - folder.stat().st_mtime
            if not folder.name.startswith("part-"):
                finished.append((age, folder))
            elif age > ABANDONED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
    for _, folder in sorted(finished)[KEPT:]:
        if folder != newest:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Compile what a battery and what a pane needs; exit code 1 where it cannot be kept."""
    checks = [plan_check(spec, {}) for spec in load_catalog().values()]
    try:
        for some in (checks, [check for check in checks if check.spec.masks]):
            ensure_prepared(INSTALLED, some)
    except PrepareError as error:
        streams.tell(f"assay: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
