"""Where the strings and comments of a source file are, roughly and for any language."""

from __future__ import annotations

import bisect
import re

_TOKEN = re.compile(rb"\"\"\"|'''|[\"'`#]|/[*/]|<!--")
_STRING = {
    b'"': re.compile(rb'"(?:[^"\\\n]|\\.)*"?', re.DOTALL),
    b"'": re.compile(rb"'(?:[^'\\\n]|\\.)*'?", re.DOTALL),
}
_CLOSERS = {b'"""': b'"""', b"'''": b"'''", b"`": b"`", b"/*": b"*/", b"<!--": b"-->"}
_HASH_SUFFIXES = frozenset(
    {".py", ".pyw", ".pyi", ".pyx", ".rb", ".sh", ".bash", ".zsh", ".ps1", ".pl", ".r", ".yaml", ".yml", ".toml"}
)


def _spans(text: bytes, has_hashes: bool) -> list[tuple[int, int]]:
    """All spans in order; linear in the text, whatever stands in it."""
    spans: list[tuple[int, int]] = []
    line_comment = b"#" if has_hashes else b"//"
    never_closed: set[bytes] = set()
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        kind, start = token.group(), token.start()
        at = token.end()
        if kind in _STRING:
            match = _STRING[kind].match(text, start)
            at = match.end() if match else at
        elif kind == line_comment:
            end = text.find(b"\n", at)
            at = len(text) if end < 0 else end
        elif kind in _CLOSERS and kind not in never_closed:
            end = text.find(_CLOSERS[kind], at)
            if end < 0:
                never_closed.add(kind)
                continue
            at = end + len(_CLOSERS[kind])
        else:
            continue
        spans.append((start, at))
    return spans


class Literals:
    """Spans of strings and comments in a text, by a scan that knows quotes and comment signs but no grammar.

    A regular expression that contains quotes misleads it for the rest of the line, never further than a
    back-quoted string; use it to lower or raise a severity, not to decide alone.
    """

    def __init__(self, text: bytes, suffix: str) -> None:
        spans = _spans(text, suffix in _HASH_SUFFIXES)
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def hold(self, start: int, end: int | None = None) -> bool:
        """Whether the bytes from `start` to `end` all lie in one string or comment."""
        at = bisect.bisect_right(self._starts, start) - 1
        return at >= 0 and (start + 1 if end is None else end) <= self._ends[at]
