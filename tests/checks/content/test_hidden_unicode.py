"""Hidden characters are told where they mislead, and only there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.content._hidden_classes import is_balanced, without_tables
from checks.content._literals import Literals
from checks.runtime.model import Finding, Severity

Run = Callable[..., list[Finding]]


@pytest.fixture
def run(catalog: Any, make_package: Any, run_check: Any) -> Run:
    def run(text: str | bytes, path: str = "src/a.js", **parameters: Any) -> list[Finding]:
        data = text.encode() if isinstance(text, str) else text
        results: list[Finding] = run_check(catalog["hidden_unicode"], make_package({path: data}), **parameters)
        return results

    return run


@pytest.mark.parametrize(
    ("line", "balanced"),
    [
        ("plain", True),
        ("\u2067a\u2069", True),
        ("\u202ba\u202c \u2066b\u2069", True),
        ("\u2067a", False),
        ("a\u2069", False),
        ("\u2067a\u202c", False),
        ("\u202ea\u202c", False),
    ],
)
def test_balance(line: str, balanced: bool) -> None:
    assert is_balanced(line) is balanced


def test_tables_of_characters_are_no_attack(run: Run) -> None:
    table = "x=/[\u1fb5\u1fc5\u1fd4\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2072\u2073]/;"
    assert "\u202e" not in without_tables(table)
    assert [f.severity for f in run(table)] == [Severity.LOW]
    # the same pair amid ordinary code is the attack
    assert [f.severity for f in run("if (a) { /* \u202a-\u202e } */ go();")] == [Severity.HIGH]


def test_a_control_that_is_the_last_string_of_its_line_turns_nothing(run: Run) -> None:
    names = 'NAMES = {\n    "afii61573": "\u202c",\n    "afii61574": "\u202d",\n    "afii61575": "\u202e",\n}\n'
    assert {f.severity for f in run(names)} == {Severity.LOW}
    # with code behind it, that is read in another order
    assert Severity.HIGH in {f.severity for f in run('if role != "\u202e" and check(role): # "admins"\n    grant()\n')}


def test_places_are_bytes(run: Run) -> None:
    text = "// é\nconst o\u200dk = 2;\n"
    (finding,) = run(text)
    assert text.encode()[finding.start : finding.end] == "o\u200dk".encode()


def test_places_in_utf_16(run: Run) -> None:
    data = "\ufeff// é\nconst o\u200dk = 2;\n".encode("utf-16-le")
    (finding,) = run(data)
    assert data[finding.start : finding.end].decode("utf-16-le") == "o\u200dk"


def test_hidden_ascii_is_spelled_out(run: Run) -> None:
    (finding,) = run("x" + "".join(chr(0xE0000 + ord(c)) for c in "obey"), "README.md")
    assert '"obey"' in finding.message
    assert finding.severity == Severity.HIGH


@pytest.mark.parametrize("path", ["locale/he.json", "README.md", "src/i18n/ar.js"])
def test_texts_in_right_to_left_languages_stay_quiet(run: Run, path: str) -> None:
    assert run('"a": "\u2067\u05e9\u05dc\u05d5\u05dd\u2069 \u202b\u0634\u202c"', path) == []


def test_a_string_in_code_with_balanced_controls_is_low(run: Run) -> None:
    assert [f.severity for f in run("const a = '\u2067\u05e9\u2069';")] == [Severity.LOW]


def test_a_split_word_in_a_string_is_low(run: Run) -> None:
    assert [(f.rule, f.severity) for f in run("const a = 'pass\u200bword';")] == [("zero_width_in_word", Severity.LOW)]


def test_binary_content_is_left_alone(run: Run) -> None:
    assert run(b"\x7fELF\0\0" + "\u202e\u3164".encode() * 50, "a.so") == []


def test_long_lists_end_in_a_summary(run: Run) -> None:
    found = run("o\u200dk = 1;\n" * 30, limit=5)
    assert [f.rule for f in found] == ["zero_width_identifier"] * 5 + ["more_places"]


def test_strings_and_comments_are_told_from_code() -> None:
    text = b"a = 'it\\'s' + b // c\nd"
    literals = Literals(text, ".js")
    inside = [i for i in range(len(text)) if literals.hold(i)]
    assert bytes(text[i] for i in inside) == b"'it\\'s'// c"


_ALPHABET = st.sampled_from(
    [*"ab_1 \"'`/\n*", "\u202e", "\u2067", "\u2069", "\u200d", "\u3164", "\ufe0f", "\U000e0041"]
)


@given(st.lists(_ALPHABET, max_size=60).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_text_gives_places_inside_it(run: Run, text: str) -> None:
    for finding in run(text):
        assert finding.start is not None and finding.end is not None
        assert 0 <= finding.start < finding.end <= len(text.encode())
