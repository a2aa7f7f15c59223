"""A check that loads on the host and not in a worker, as where a library is broken."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from checks import File, Finding, file_check

if "pytest" not in sys.modules:
    raise ImportError("libmissing.so.1: cannot open shared object file")


@file_check()
def cannot_load(file: File) -> Iterator[Finding]:
    """Never gets that far."""
    yield file.finding("seen", "looked at")
