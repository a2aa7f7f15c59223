"""What the panes show of a package: rows of files, text, changes against the baseline.

All text here came out of a sandboxed worker, is bounded, masked and carries visible escapes in
place of control, bidirectional and zero-width characters.
"""

from __future__ import annotations

from dataclasses import dataclass

# Classes of highlighted tokens, in the order of their numbers in `TextView.tokens`.
TOKEN_CLASSES = ("plain", "keyword", "string", "number", "comment", "function", "type", "escape", "masked")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One entry of the tree. `type` is file, dir, symlink, hardlink, device, fifo or other; `size` in bytes."""

    number: int
    path: str
    raw_path: str
    type: str
    size: int
    sha256: str
    parent: int
    link: str


@dataclass(frozen=True, slots=True)
class TextView:
    """The text of one file, or a hex dump where it is binary.

    `tokens[i]` are (column, length, class) of line i, columns counting characters of `lines[i]`;
    empty where there is no highlighting. `offsets[i]` is the byte offset at which line i begins.
    `truncated` counts the bytes that are not shown (0 = whole file). A `minified` text may come beautified: then
    `numbers[i]` is the line of the file that row i is a part of, and `indents[i]` the blanks put before it.
    """

    path: str
    sha256: str
    size: int
    encoding: str
    language: str
    lines: tuple[str, ...]
    tokens: tuple[tuple[tuple[int, int, int], ...], ...]
    offsets: tuple[int, ...]
    truncated: int = 0
    numbers: tuple[int, ...] = ()
    indents: tuple[int, ...] = ()
    minified: bool = False

    @property
    def is_beautified(self) -> bool:
        """Whether rows are parts of the file's lines."""
        return bool(self.numbers)

    @property
    def is_binary(self) -> bool:
        """Whether `lines` is a hex dump."""
        return self.encoding == ""


@dataclass(frozen=True, slots=True)
class Change:
    """One file against the baseline: `kind` is added, removed, changed, renamed or unchanged.

    `old` and `new` are entry numbers in the two trees (None where absent); sizes in bytes.
    `similarity` in percent is 100 for a pure rename.
    """

    kind: str
    old_path: str
    new_path: str
    old: int | None
    new: int | None
    old_size: int
    new_size: int
    similarity: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """All files of a submission against its baseline."""

    baseline: str
    changes: tuple[Change, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a diff: `kind` is ' ', '+', '-' or '@' (hunk header); numbers start at 1."""

    kind: str
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True, slots=True)
class LineDiff:
    """A line diff; `note` says why there are no lines (binary, too large, identical)."""

    old_path: str
    new_path: str
    lines: tuple[DiffLine, ...]
    added: int
    removed: int
    note: str = ""
