"""A check whose rules compile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checks import File, Finding, file_check, prepared_path


def compile_rules(resources: Path, out: Path) -> None:
    (out / "rules").write_text("needle")


@file_check(prepare=compile_rules)
def sound_rules(file: File) -> Iterator[Finding]:
    """Reads what was compiled."""
    if (prepared_path("sound_rules") / "rules").read_bytes() in file.data:
        yield file.finding("seen", "looked at")
