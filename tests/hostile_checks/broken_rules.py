"""A check whose rules do not compile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checks import File, Finding, file_check


def compile_rules(resources: Path, out: Path) -> None:
    raise SyntaxError("rules/broken.yar:3: a brace is missing")


@file_check(prepare=compile_rules)
def broken_rules(file: File) -> Iterator[Finding]:
    """Never gets that far."""
    yield file.finding("seen", "looked at")
