"""Facts and components: the true ones, and those that no worker may tell."""

from __future__ import annotations

from collections.abc import Iterator

from checks import Component, Fact, Finding, Package, Unchecked, check, data_path


@check()
def tell_facts(package: Package, *, lie: str = "") -> Iterator[Finding | Fact | Component | Unchecked]:
    """Tells the first file's text as a fact, a part, what the baseline has, and what the host handed over."""
    file = package.files[0]
    yield file.fact("package", "text", file.data.decode())
    yield Component("left-pad", "1.0", "pkg:npm/left-pad@1.0", file.number)
    if package.baseline is not None:
        yield package.fact("package", "baseline", package.baseline.files[0].data.decode() + package.baseline.name)
    if data_path("list").exists():
        yield package.fact("package", "list", data_path("list").read_text())
    if lie == "group":
        yield package.fact("gossip", "a", "b")
    elif lie == "file":
        yield Fact("package", "a", "b", 4711)
    elif lie == "purl":
        yield Component("x", "1", "file:///etc/passwd")
    elif lie == "many":
        for number in range(5_001):
            yield package.fact("address", str(number))
