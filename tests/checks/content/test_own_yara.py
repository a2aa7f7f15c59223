"""A file of rules that is no YARA as a whole is compiled rule by rule, and no bytes break the compiler's keeper."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.content._own_yara import compile_own, read_own_meta, rule_id, split_rules
from checks.runtime.own_rules import Compiled, RuleFile
from checks.runtime.protocol import _RULE

TEXT = """import "pe"
// rule off { condition: true }
/*
rule off_too { condition: true }
*/
rule One { strings: $a = "// rule no {" $b = /a\\/\\/rule/ condition: any of them }
rule Broken {
private rule Two { strings: $a = "abcd" condition: $a }
rule Three { condition: Two and pe.number_of_sections > 1 }
rule Last { strings: $a = "unended
"""


def compile_text(folder: Path, text: str | bytes, out: Path | None = None) -> Compiled:
    path = folder / "a.yar"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return compile_own([RuleFile(path, "a.yar", "ns")], out)


def test_what_is_not_closed_loses_only_itself(tmp_path: Path) -> None:
    compiled = compile_text(tmp_path, TEXT)
    assert [rule for _, rule in compiled.rules] == ["One", "Two", "Three"]
    assert [line for _, line, _ in compiled.problems] == [7, 10]


def test_what_is_commented_out_stays_out(tmp_path: Path) -> None:
    assert not any("off" in piece for piece in split_rules(TEXT))


@given(st.text(max_size=200))
def test_splitting_loses_no_line(text: str) -> None:
    pieces = split_rules(text + "\nrule x { condition: true }\n" + text)
    assert all(piece.strip() for piece in pieces)
    assert max(piece.rstrip().count("\n") for piece in pieces) <= (text + "\n\n" + text).count("\n")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_mutated_rules(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]) -> None:
    data = bytearray(TEXT.encode())
    for place, byte in changes:
        data[place] = byte
    compiled = compile_text(tmp_path_factory.mktemp("rules"), bytes(data))
    lines = data.count(b"\n") + 1
    assert all(name == "a.yar" and 1 <= line <= lines and text for name, line, text in compiled.problems)


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,127}", fullmatch=True))
def test_any_name_makes_an_id_that_may_be_recorded(identifier: str) -> None:
    assert _RULE.match(rule_id(identifier))
    assert rule_id(identifier).startswith("own.")


class Rule:
    identifier = "Some_Rule"

    def __init__(self, **meta: object) -> None:
        self.metadata = tuple(meta.items())


def test_defaults_for_what_a_rule_does_not_say() -> None:
    assert read_own_meta(Rule()) == {
        "title": "Some_Rule",
        "severity": "medium",
        "confidence": "medium",
        "reference": "",
        "remediation": "Ask the reviewer what this rule of theirs stands for.",
    }
    said = read_own_meta(Rule(Description="D", severity="High", confidence=80, reference="see below", url="CWE-506"))
    assert (said["title"], said["severity"], said["confidence"], said["reference"]) == (
        "D",
        "high",
        "medium",
        "CWE-506",
    )
