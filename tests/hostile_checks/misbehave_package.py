"""The same for a check of the whole package."""

from __future__ import annotations

from collections.abc import Iterator

from misbehave import MARKER, act

from checks import Finding, Package, Severity, check


@check(severity=Severity.LOW, seconds=1.5)
def misbehave_package(package: Package, *, action: str = "", marker: str = MARKER.decode()) -> Iterator[Finding]:
    """Flags every file, after the deed."""
    for file in package.files:
        if action and marker.encode() in file.data:
            act(action, file)
    for file in package.files:
        yield file.finding("seen", f"looked at {file.data[:200].decode('latin-1')}")
