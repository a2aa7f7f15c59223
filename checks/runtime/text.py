"""Make text from a submission safe to show: one function for names, messages and lines."""

from __future__ import annotations

import re

# Controls (C0, DEL, C1), surrogates, bidirectional controls, zero-width and tag characters, line and
# paragraph separators, variation selectors beyond the emoji one: whatever is unseen or moves text.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U00013430-\U00013440\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # an undecodable byte kept by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def printable(text: str, limit: int = 4096, *, keep: str = "") -> str:
    """Text with every unseen character as a visible escape, at most `limit` characters long.

    `keep` names characters to leave as they are (a tab or newline in a pane that draws them).
    """
    text = text[: limit + 1]
    if not text.isascii() or not text.isprintable():
        text = _UNSEEN.sub(lambda m: m[0] if m[0] in keep else _escape(m), text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def escape_spans(text: str) -> tuple[str, list[tuple[int, int]]]:
    """A line with tabs kept and unseen characters escaped, and where the escapes are (column, length)."""
    if text.isascii() and text.replace("\t", " ").isprintable():
        return text, []
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    position = column = 0
    for match in _UNSEEN.finditer(text):
        if match[0] == "\t":
            continue
        pieces.append(text[position : match.start()])
        column += match.start() - position
        escaped = _escape(match)
        pieces.append(escaped)
        spans.append((column, len(escaped)))
        column += len(escaped)
        position = match.end()
    pieces.append(text[position:])
    return "".join(pieces), spans
