"""A check behind a gate, which is asked once a file."""

from __future__ import annotations

from collections.abc import Iterator

from checks import File, Finding, file_check


def gate(file: File) -> set[str]:
    """Opens for files that say so; breaks on one that asks for it."""
    if b"break" in file.data:
        raise ValueError("a gate that breaks")
    return {"gated"} if b"open" in file.data else set()


@file_check(gate=gate)
def gated(file: File) -> Iterator[Finding]:
    """Flags whatever it is called for."""
    yield file.finding("called", "it was called")
