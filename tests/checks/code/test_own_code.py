"""Own code rules are read strictly, row by row; what would hang, or fill in more than a line number, is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.code._own_code import compile_own
from checks.code._rules import OWN_ROWS, Book
from checks.code._terms import ANY
from checks.runtime import package as package_module
from checks.runtime.own_rules import Compiled, RuleFile
from checks.runtime.package import place_resources
from checks.runtime.suppression_file import parse_suppressions

ROOT = Path(__file__).resolve().parents[3]
TERM = '[[term]]\nid = "ours.beacon"\ncalls = ["beacon.send"]\nlanguage = "javascript"\n'
RULE = '[[rule]]\ncheck = "process_spawn"\nid = "our_beacon"\nsink = "ours.beacon"\n'
GOOD = f"{TERM}\n{RULE}"


@pytest.fixture(autouse=True, scope="module")
def resources() -> Iterator[None]:
    before = (package_module._resources, package_module._prepared)
    place_resources(ROOT / "resources", ROOT / "nowhere")
    yield
    place_resources(*before)


def compile_text(folder: Path, text: str | bytes, out: Path | None = None) -> Compiled:
    path = folder / "ours.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return compile_own([RuleFile(path, "ours.toml", "ours")], out)


def test_a_rule_joins_the_book_with_defaults(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    compiled = compile_text(tmp_path, GOOD, out)
    assert (compiled.rules, compiled.problems) == ([("ours.toml", "own.our_beacon")], [])
    shipped = Book(ROOT / "resources" / "rules" / "code")
    book = Book(ROOT / "resources" / "rules" / "code", out / OWN_ROWS)
    assert len(book.terms) == len(shipped.terms) + 1
    [rule] = [r for r in book.rules if r.id.startswith("own.")]
    assert (rule.check, rule.message, rule.severity.label) == ("process_spawn", "our_beacon", "medium")
    assert {p.name for p in out.iterdir()} == {OWN_ROWS, ANY, *book.words}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (RULE.replace("process_spawn", "nobody"), "'check' has to be one of"),
        (RULE.replace("ours.beacon", "no.such"), "the term 'no.such' is not known"),
        (RULE.replace("sink", "sinks"), "the key 'sinks' is not known"),
        (RULE + 'severity = "urgent"\n', "'severity' has to be one of"),
        (RULE + 'message = "{line:>999999999}"\n', "nothing else"),
        (RULE + 'message = "{line.real}"\n', "nothing else"),
        (RULE + 'flows = "fetched"\n', "'flows' has to be a list"),
        (RULE + 'languages = ["cobol"]\n', "'cobol' is not known"),
        (TERM + "words = 3\n", "the key 'words' is not known"),
        (TERM.replace("javascript", "cobol"), "'language' has to be one of"),
        (TERM.replace("calls", "strings").replace("beacon.send", "(a+)+b"), "may take for ever"),
        (TERM.replace("calls", "strings").replace("beacon.send", "(a"), "is no expression"),
        (TERM.replace('["beacon.send"]', "[]"), "says nothing to search"),
        (TERM.replace('["beacon.send"]', '["*"]'), "no word to search"),
        (TERM.replace('["beacon.send"]', "[3]"), "'calls' has to be a list of texts"),
        ('[[rule]]\nid = "x\n', "not valid TOML"),
        (RULE + "[words]\nstrip = []\n", "a table 'words'"),
    ],
)
def test_a_bad_row_is_named_and_the_others_work(tmp_path: Path, row: str, complaint: str) -> None:
    text = f"{GOOD}\n{row}"
    compiled = compile_text(tmp_path, text)
    assert "own.our_beacon" in [rule for _, rule in compiled.rules]
    [(name, line, reason)] = compiled.problems
    assert complaint in reason
    assert name == "ours.toml"
    assert line > GOOD.count("\n")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"\xff", "not UTF-8"),
        ("", "holds no [[rule]]"),
        ("[words]\nstrip = []\n", "'words' is not known here"),
        ('x = "\n' + GOOD, "not valid TOML"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    compiled = compile_text(tmp_path, text)
    assert compiled.rules == []
    assert complaint in compiled.problems[0][2]


def test_the_examples_in_docs_are_right(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "rules-and-suppressions.md").read_text(encoding="utf-8")
    rule, suppression = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert compile_text(tmp_path, rule).problems == []
    filled = suppression.replace('sha256 = "..."', f'sha256 = "{"a" * 64}"').replace('= "..."', f'= "{"b" * 32}"')
    read = parse_suppressions(filled.encode())
    assert [said.rule for _, _, said in read.entries] == ["coin_miner"]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(32, 126)), min_size=1, max_size=5))
def test_mutated_rules(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD.encode())
    for place, byte in changes:
        data[place] = byte
    compiled = compile_text(tmp_path_factory.mktemp("rules"), bytes(data))
    assert all(1 <= line <= GOOD.count("\n") + 1 and reason for _, line, reason in compiled.problems)
