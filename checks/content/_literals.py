"""Where the strings and comments of a source file are, roughly and for any language."""

from __future__ import annotations

import bisect
import re

_COMMON = (
    r'"""(?:[^\\]|\\.)*?"""|' + r"'''(?:[^\\]|\\.)*?'''|"
    r'"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'|" + r"`(?:[^`\\]|\\.)*`|/\*.*?\*/|<!--.*?-->"
)
_SLASHES = re.compile((_COMMON + r"|//[^\n]*").encode(), re.DOTALL)
_HASHES = re.compile((_COMMON + r"|\#[^\n]*").encode(), re.DOTALL)
_HASH_SUFFIXES = frozenset(
    {".py", ".pyw", ".pyi", ".pyx", ".rb", ".sh", ".bash", ".zsh", ".ps1", ".pl", ".r", ".yaml", ".yml", ".toml"}
)


class Literals:
    """Spans of strings and comments in a text, by a scan that knows quotes and comment signs but no grammar.

    A regular expression that contains quotes misleads it for the rest of the line, never further than a
    back-quoted string; use it to lower or raise a severity, not to decide alone.
    """

    def __init__(self, text: bytes, suffix: str) -> None:
        pattern = _HASHES if suffix in _HASH_SUFFIXES else _SLASHES
        spans = [match.span() for match in pattern.finditer(text)]
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def hold(self, start: int, end: int | None = None) -> bool:
        """Whether the bytes from `start` to `end` all lie in one string or comment."""
        at = bisect.bisect_right(self._starts, start) - 1
        return at >= 0 and (start + 1 if end is None else end) <= self._ends[at]
