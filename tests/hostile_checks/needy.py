"""A check of the whole package that cannot do without the advisories."""

from __future__ import annotations

from collections.abc import Iterator

from checks import Finding, Package, check, data_path


@check(needs={"advisories"})
def needy(package: Package) -> Iterator[Finding]:
    """Reads what it needs."""
    if not data_path("advisories").read_text():
        yield package.finding("empty", "there is nothing in it")
