"""The same for a check that sees many files at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from misbehave import MARKER, act

from checks import File, Finding, Severity, file_check


@file_check(severity=Severity.LOW, seconds=1.5, batch_bytes=1 << 20)
def misbehave_batch(files: Sequence[File], *, action: str = "", marker: str = MARKER.decode()) -> Iterator[Finding]:
    """Flags every file, after the deed."""
    for file in files:
        if action and marker.encode() in file.data:
            act(action, file)
    for file in files:
        yield file.finding("seen", "looked at")
