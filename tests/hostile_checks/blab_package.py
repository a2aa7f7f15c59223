"""The same for the whole package: it may end before the secrets are known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks import Finding, Package, Unchecked, check


@check()
def blab_package(package: Package) -> Iterator[Finding | Unchecked]:
    """Flags the line of each token, and cannot look at it."""
    for file in package.files:
        for match in re.finditer(rb"[^\n]*token=[^\n]*", file.data):
            yield file.finding("line", f"the line is {match[0].decode()}", span=match.span())
            yield file.unchecked(f"cannot make sense of {match[0].decode()}")
