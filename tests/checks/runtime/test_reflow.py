"""Minified text as rows: every byte shown once, in order, and broken only where a statement begins or a block ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.runtime.reflow import MAX_DEPTH, STEP, can_reflow, is_minified, reflow

MINIFIED = b'!function(e,t){"use strict";var n=1,r="a;b{c}";if(e){t(n);return r}else{t(0)}}(window,/;{2}/g);' * 12


def rows_of(data: bytes, language: str = "javascript") -> list[str]:
    return [" " * row.indent + data[row.start : row.end].decode() for row in reflow(data, language)]


def test_statements_and_blocks_stand_on_rows_of_their_own() -> None:
    assert rows_of(b"function f(a){if(a){b();return c}d()}f();") == [
        "function f(a){",
        "  if(a){",
        "    b();",
        "    return c",
        "  }",
        "  d()",
        "}",
        "f();",
    ]


def test_nothing_breaks_inside_a_string_or_a_pattern() -> None:
    rows = rows_of(MINIFIED)
    assert 'r="a;b{c}";' in [row.strip() for row in rows]
    assert any("/;{2}/g" in row for row in rows)


def test_lines_of_the_file_are_kept_and_named() -> None:
    data = b"a();b();\n\n// c\nd();e()"
    assert [(row.line, data[row.start : row.end]) for row in reflow(data, "javascript")] == [
        (1, b"a();"), (1, b"b();"), (2, b""), (3, b"// c"), (4, b"d();"), (4, b"e()"),
    ]  # fmt: skip


def test_json_and_css() -> None:
    assert rows_of(b'{"a":[1,{"b":2}],"c":{}}', "json")[:3] == ["{", '  "a":[', "    1,"]
    assert rows_of(b"a{color:red;top:0}b{x:y}", "css") == ["a{", "  color:red;", "  top:0", "}", "b{", "  x:y", "}"]


@pytest.mark.parametrize(
    ("data", "minified"),
    [(MINIFIED, True), (b"a();\n" * 500, False), (b"x" * 400, False), (b"a();\n" * 500 + MINIFIED, False)],
)
def test_what_counts_as_minified(data: bytes, minified: bool) -> None:
    assert is_minified(data) is minified
    assert can_reflow(data, "javascript") is minified
    assert not can_reflow(data, "cobol")


def test_depth_has_an_end() -> None:
    rows = reflow(b"{" * 300 + b"a()" + b"}" * 300, "javascript")
    assert max(row.indent for row in rows) == MAX_DEPTH * STEP


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [b"{", b"}", b"(", b")", b";", b",", b"\n", b" ", b"a", b"'", b'"', b"`", b"/", b"[", b"]", b"\xff"]
        ),
        max_size=200,
    ),
    st.sampled_from(["javascript", "typescript", "json", "css"]),
)
def test_every_byte_is_shown_once(pieces: list[bytes], language: str) -> None:
    data = b"".join(pieces)
    shown, at = b"", 0
    for row in reflow(data, language):
        assert at <= row.start <= row.end
        assert not data[at : row.start].strip(), "what lies between rows is blank"
        assert row.line == data.count(b"\n", 0, row.start) + 1
        shown += data[row.start : row.end]
        at = row.end
    assert not data[at:].strip()
    assert b"".join(shown.split()) == b"".join(data.split())
