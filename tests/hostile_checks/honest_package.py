"""A check of the whole package that does as it should."""

from __future__ import annotations

from collections.abc import Iterator

from checks import Finding, Package, check


@check()
def honest_package(package: Package) -> Iterator[Finding]:
    """Flags the number of files."""
    yield package.finding("count", f"{len(package.files)} files")
