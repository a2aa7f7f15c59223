"""Bytecode of our sources, written where it is missing or old.

Workers cannot write it, and nobody does where PYTHONDONTWRITEBYTECODE is set: every start would compile all of it.
"""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

from app.paths import CHECKS, ROOT

log = logging.getLogger(__name__)


def compile_sources() -> None:
    """Compile what engine and checks consist of; a broken source is found by whoever imports it."""
    stale = [path for folder in (ROOT / "app", CHECKS) for path in folder.rglob("*.py") if not _is_compiled(path)]
    if not stale:
        return
    import py_compile

    try:
        for path in stale:
            py_compile.compile(str(path), quiet=2)
    except OSError as error:  # an installation that is not ours to write to: pip has compiled it already
        log.debug("bytecode is not written: %s", error)


def _is_compiled(path: Path) -> bool:
    """Whether the bytecode is as new as the source; Python itself looks more closely."""
    try:
        return Path(importlib.util.cache_from_source(path)).stat().st_mtime >= path.stat().st_mtime
    except OSError:
        return False
