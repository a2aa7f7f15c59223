"""A check behind a gate, which is asked once a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from checks import File, Finding, file_check


def gate(file: File) -> set[str]:
    """Opens for files that say so; breaks, or never comes back, on one that asks for it."""
    if b"break" in file.data:
        raise ValueError("a gate that breaks")
    if b"for ever" in file.data:
        threading.Event().wait()
    return {"gated", "gated_too"} if b"open" in file.data else set()


@file_check(gate=gate, seconds=1.5)
def gated(file: File) -> Iterator[Finding]:
    """Flags whatever it is called for."""
    yield file.finding("called", "it was called")
