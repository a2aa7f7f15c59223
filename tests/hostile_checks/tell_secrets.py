"""A masking check: `token=` and what follows it is secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from misbehave import MARKER, act

from checks import File, Finding, file_check


@file_check(seconds=1.5, masks=True)
def tell_secrets(file: File, *, action: str = "", marker: str = MARKER.decode()) -> Iterator[Finding]:
    """Flags each token as secret."""
    if action and marker.encode() in file.data:
        act(action, file)
    for match in re.finditer(rb"token=(\w+)", file.data):
        yield file.finding("token", "a token", span=match.span(1), secret=True)
