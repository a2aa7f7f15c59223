"""Text from a submission, made safe to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.runtime.text import escape_spans, printable

# Format characters that are drawn: signs of numbers and verses in Arabic, Syriac and Kaithi.
DRAWN = set(map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)))
anything = st.text(st.characters(exclude_categories=()))


@given(anything, st.integers(1, 60))
def test_nothing_unseen_is_left_and_the_limit_holds(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert len(shown) <= limit
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in DRAWN]
    shown.encode("utf-8")


@given(anything)
def test_it_is_settled_after_once(text: str) -> None:
    shown = printable(text, 10_000)
    assert printable(shown, 10_000) == shown


def test_every_format_character_is_escaped() -> None:
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in DRAWN:
            assert printable(char) != char, f"U+{code:04X}"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text", "plain text"),
        ("Größe 中文 🎉", "Größe 中文 🎉"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\tb\nc\rd", r"a\tb\nc\rd"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), r"caf\xe9"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\x9b31m", r"\x9b31m"),
    ],
)
def test_escapes(raw: str, shown: str) -> None:
    assert printable(raw) == shown


def test_kept_characters() -> None:
    assert printable("a\tb\n\x00", keep="\t") == r"a" + "\t" + r"b\n\x00"


@given(anything)
def test_spans_cover_exactly_the_escapes(text: str) -> None:
    shown, spans = escape_spans(text)
    outside, last = [], 0
    for start, length in spans:
        assert start >= last
        assert shown[start : start + length].startswith("\\")
        outside.append(shown[last:start])
        last = start + length
    outside.append(shown[last:])
    assert not [c for c in "".join(outside) if c != "\t" and not c.isprintable() and printable(c) != c]
