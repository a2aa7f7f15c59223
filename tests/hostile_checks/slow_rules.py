"""A check whose rules take for ever to compile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from checks import File, Finding, file_check


def compile_rules(resources: Path, out: Path) -> None:
    threading.Event().wait()


@file_check(prepare=compile_rules)
def slow_rules(file: File) -> Iterator[Finding]:
    """Never gets that far."""
    yield file.finding("seen", "looked at")
