"""Another check behind the same gate, which breaks by itself on one file."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gated import gate

from checks import File, Finding, file_check


@file_check(gate=gate, seconds=1.5)
def gated_too(file: File) -> Iterator[Finding]:
    """Flags whatever it is called for, and ends its worker where that is asked for."""
    if b"exit" in file.data:
        os._exit(7)
    yield file.finding("called", "it was called too")
