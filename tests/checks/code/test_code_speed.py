"""What keeps the code checks quick changes nothing that they find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.code import _databases, _reading
from checks.code._databases import prepare, scan
from checks.code._javascript import JavaScript
from checks.code._reading import Reader
from checks.code._rules import load_book
from checks.code._vocabulary import load_vocabulary

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
FILLER = b"// nothing to see\n" * (_reading._BIG // 16)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("code-rules")
    prepare(RESOURCES, out)
    return out


def rules(databases: Path, data: bytes) -> set[str]:
    book = load_book()
    hits, _ = scan(databases, "javascript", data, 50_000)
    reader = Reader(data, JavaScript(), "javascript", load_vocabulary("javascript"))
    reading = reader.read(hits, book.computed, book.rules, None)
    return {reason.rule.id for reasons in reading.reasons.values() for reason in reasons}


@given(st.binary(max_size=400), st.integers(0, 400))
def test_lines_are_counted_by_blocks(data: bytes, at: int) -> None:
    block = _reading._BLOCK
    data = data.replace(b"a", b"\n" * 3) + b"\n" * (block - 7) + data
    at += block - 200
    reader = Reader(data, JavaScript(), "javascript", load_vocabulary("javascript"))
    assert reader.line(at) == data.count(b"\n", 0, at) + 1


def test_a_big_file_is_followed_where_its_source_stands_in_code(databases: Path) -> None:
    attack = b"const cp = require('child_process'); const run = (x) => cp.exec(x); run(atob(y));\n"
    assert "runs_decoded_command" in rules(databases, FILLER + attack)


def test_a_source_in_a_comment_alone_is_not_followed(databases: Path) -> None:
    harmless = b"const cp = require('child_process'); /* atob( */ const run = (x) => cp.exec(x); run(y);\n"
    assert "runs_decoded_command" not in rules(databases, FILLER + harmless)


@pytest.mark.parametrize("text", ["f(event, body)", "event(body)", "event = body"])
def test_two_names_side_by_side_are_no_member(text: str) -> None:
    assert not re.search(rf"event{_databases._LINK}body", text)


@pytest.mark.parametrize("text", ["event.body", "event?.body", "event['body']", "event\n  .body", "$event->body"])
def test_members_are_found_however_they_are_written(text: str) -> None:
    assert re.search(rf"event{_databases._LINK}body", text)
