"""The text of one file for a pane: decoded, unseen characters escaped, tokens coloured, in chunks.

Runs in a worker. A line longer than a segment goes in pieces, so that no message grows with the
file; what is not text becomes a hex dump.
"""

from __future__ import annotations

import bisect
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from checks.runtime.filetypes import text_encoding
from checks.runtime.package import Blobs, Entry, resource_path
from checks.runtime.reflow import Row, can_reflow, reflow
from checks.runtime.text import escape_spans

MAX_BYTES = 32 << 20
MAX_HEX_BYTES = 1 << 20
MAX_HIGHLIGHT = 512 << 10
SEGMENT = 60_000
CHUNK_CHARS = 60_000
HEX_WIDTH = 16
KEYWORD, STRING, NUMBER, COMMENT, FUNCTION, TYPE, ESCAPE, MASKED = range(1, 9)

Token = tuple[int, int, int]
Item = list[Any]


def read_text(blobs: Blobs, task: dict[str, Any], emit: Callable[[list[Item]], None]) -> dict[str, Any]:
    """Send items [text, byte offset, tokens, continued]; returns encoding, language and bytes left out.

    A minified text is broken into rows where the task asks to `beautify`: their items end in [source line, blanks put
    before it]. Whether it could be is told in any case.
    """
    entry = Entry.from_row(task["file"])
    size = min(entry.size, MAX_BYTES)
    data = bytes(blobs.view(entry.source)[entry.offset : entry.offset + size])
    masks = [(low, min(high, size)) for low, high in task["masks"] if low < size]
    for low, high in masks:
        data = data[:low] + b"*" * (high - low) + data[high:]
    encoding = text_encoding(data[: 1 << 20]) if data else "utf-8"
    if not encoding:
        _send(_hex_lines(data[:MAX_HEX_BYTES]), emit)
        return {"encoding": "", "language": "", "truncated": entry.size - min(size, MAX_HEX_BYTES)}
    language = language_of(entry.path)
    tokens: dict[int, list[Token]] = {}
    if language and encoding == "utf-8" and size <= MAX_HIGHLIGHT and entry.size <= MAX_BYTES:
        tokens = highlight(data, language)
    minified = encoding == "utf-8" and can_reflow(data, language)
    if minified and task.get("beautify"):
        _send(_rows(data, reflow(data, language), masks, tokens), emit)
    else:
        _send(_text_lines(data, encoding, masks, tokens), emit)
    return {"encoding": encoding, "language": language, "truncated": entry.size - size, "minified": minified}


def language_of(path: str) -> str:
    """The grammar for a file of this name, empty where there is none."""
    table = tomllib.loads(resource_path("rules/languages.toml").read_text(encoding="utf-8"))
    name = path.rpartition("/")[2]
    return str(table["names"].get(name) or table["suffixes"].get(PurePosixPath(name).suffix.lower(), ""))


def _send(items: Iterator[Item], emit: Callable[[list[Item]], None]) -> None:
    batch: list[Item] = []
    held = 0
    for item in items:
        weight = len(item[0]) + 24 * len(item[2]) + 20
        if batch and held + weight > CHUNK_CHARS:
            emit(batch)
            batch, held = [], 0
        batch.append(item)
        held += weight
    if batch:
        emit(batch)


def _text_lines(
    data: bytes, encoding: str, masks: Sequence[tuple[int, int]], tokens: dict[int, list[Token]]
) -> Iterator[Item]:
    newline = "\n".encode(encoding) if encoding.startswith("utf-16") else b"\n"
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    offset = 0
    lines = _split(data, newline)
    for number, raw in enumerate(lines):
        text, escapes = escape_spans(raw.decode(encoding, errors).rstrip("\r"))
        spans: list[Token] = [(column, length, ESCAPE) for column, length in escapes]
        if not escapes and raw.isascii():
            spans = tokens.get(number, spans)
        spans = [*spans, *_mask_spans(raw, offset, masks, encoding)]
        for start in range(0, max(len(text), 1), SEGMENT):
            piece = text[start : start + SEGMENT]
            inside = [
                [max(c - start, 0), min(c + n, start + SEGMENT) - max(c, start), k]
                for c, n, k in spans
                if c < start + SEGMENT and c + n > start
            ]
            yield [piece, offset, inside[:5000], start > 0]
        offset += len(raw) + len(newline)


def _rows(
    data: bytes, rows: Sequence[Row], masks: Sequence[tuple[int, int]], tokens: dict[int, list[Token]]
) -> Iterator[Item]:
    """The rows of a minified text; tokens are cut to the row that they are in."""
    first: dict[int, int] = {}
    position = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        first[number] = position
        position += len(line) + 1
    places = {number: [column for column, _, _ in found] for number, found in tokens.items()}
    for row in rows:
        raw = data[row.start : row.end]
        text, escapes = escape_spans(raw.decode("utf-8", "surrogateescape"))
        spans: list[Token] = [(column, length, ESCAPE) for column, length in escapes]
        if not escapes and raw.isascii():
            spans = _cut(tokens.get(row.line - 1, []), places.get(row.line - 1, []), row, first[row.line])
        spans = [*spans, *_mask_spans(raw, row.start, masks, "utf-8")]
        shown = [[column + row.indent, length, kind] for column, length, kind in spans[:5000]]
        for start in range(0, max(len(text), 1), SEGMENT):
            piece = text[start : start + SEGMENT]
            inside = shown if not start and len(text) <= SEGMENT else []
            yield [piece if start else " " * row.indent + piece, row.start, inside, start > 0, row.line, row.indent]


def _cut(found: Sequence[Token], places: Sequence[int], row: Row, line_start: int) -> list[Token]:
    """The tokens of a line that lie in the row, by columns of the row."""
    low, high = row.start - line_start, row.end - line_start
    spans: list[Token] = []
    for column, length, kind in found[max(bisect.bisect_left(places, low) - 1, 0) : bisect.bisect_left(places, high)]:
        begin, end = max(column, low), min(column + length, high)
        if begin < end:
            spans.append((begin - low, end - begin, kind))
    return spans


def _split(data: bytes, newline: bytes) -> Iterator[bytes]:
    if len(newline) == 1:
        yield from data.split(b"\n")
        return
    start = 0
    while True:  # in UTF-16 a newline counts only at an even offset
        at = data.find(newline, start)
        while at >= 0 and at % 2:
            at = data.find(newline, at + 1)
        if at < 0:
            yield data[start:]
            return
        yield data[start:at]
        start = at + 2


def _mask_spans(raw: bytes, offset: int, masks: Sequence[tuple[int, int]], encoding: str) -> Iterator[Token]:
    for low, high in masks:
        low, high = max(low - offset, 0), min(high - offset, len(raw))
        if low < high:
            before = escape_spans(raw[:low].decode(encoding, "replace"))[0]
            yield len(before), high - low, MASKED


def _hex_lines(data: bytes) -> Iterator[Item]:
    for offset in range(0, len(data), HEX_WIDTH):
        row = data[offset : offset + HEX_WIDTH]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        yield [f"{offset:08x}  {row.hex(' '):<{3 * HEX_WIDTH}} {text}", offset, [], False]


def highlight(data: bytes, language: str) -> dict[int, list[Token]]:
    """Tokens by line, columns in bytes: classes are told from the grammar's node types, for every language alike."""
    from tree_sitter_language_pack import get_parser

    tree = get_parser(language).parse(data)  # type: ignore[arg-type]
    found: dict[int, list[Token]] = {}
    lines: list[bytes] | None = None
    cursor = tree.walk()
    while True:
        node: Any = cursor.node
        kind = _class_of(node)
        if kind:
            (row, column), (last, end) = node.start_point, node.end_point
            if row == last:
                found.setdefault(row, []).append((column, end - column, kind))
            else:
                lines = lines if lines is not None else data.split(b"\n")
                for line in range(row, min(last, len(lines) - 1) + 1):
                    begin = column if line == row else 0
                    stop = end if line == last else len(lines[line])
                    found.setdefault(line, []).append((begin, stop - begin, kind))
        if not kind and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return found


def _class_of(node: Any) -> int:
    kind: str = node.type
    if not node.is_named:
        return KEYWORD if kind.isalpha() and len(kind) > 1 else 0
    if "comment" in kind:
        return COMMENT
    if kind in (
        "string",
        "string_literal",
        "template_string",
        "raw_string",
        "char_literal",
        "attribute_value",
        "regex",
    ):
        return STRING
    if kind in ("number", "integer", "float", "number_literal", "integer_literal", "float_literal"):
        return NUMBER
    if kind in ("true", "false", "null", "none", "undefined", "this", "self"):
        return KEYWORD
    if kind in ("type_identifier", "primitive_type", "predefined_type", "tag_name"):
        return TYPE
    if kind in ("identifier", "property_identifier") and node.parent is not None:
        parent = node.parent.type
        if parent in ("call", "call_expression", "function_definition", "function_declaration", "method_definition"):
            return FUNCTION
    return 0
