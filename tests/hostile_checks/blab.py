"""A check that repeats in its messages what stands beside the marker, secrets included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks import File, Finding, file_check


@file_check()
def blab(file: File, *, fail: bool = False) -> Iterator[Finding]:
    """Flags the line of each token."""
    for match in re.finditer(rb"[^\n]*token=[^\n]*", file.data):
        if fail:
            raise ValueError(match[0].decode())
        yield file.finding("line", f"the line is {match[0].decode()}", span=match.span())
