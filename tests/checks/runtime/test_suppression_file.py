"""A file of suppressions is read strictly: a bad entry is named and the others kept, and no bytes break the reader."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.runtime import suppression_file
from checks.runtime.suppression_file import SCHEMA, BadFile, parse_suppressions, read_entry

HEAD = f'schema = "{SCHEMA}"\n\n'
ROW = {
    "check": "malware_rules",
    "rule": "coin_miner",
    "path": "src/a.js",
    "sha256": "a" * 64,
    "verdict": "false_positive",
    "reason": "Only its name",
}


def entry(**changes: str) -> str:
    row = {**{k: json.dumps(v) for k, v in ROW.items()}, **changes}
    return "[[suppression]]\n" + "".join(f"{k} = {v}\n" for k, v in row.items() if v)


GOOD = (HEAD + entry(until="2030-01-31", who='"Ana"', said="2025-03-01T10:00:00+02:00") + "\n" + entry()).encode()


def test_what_is_there_is_read() -> None:
    first, second = (said for _, _, said in parse_suppressions(GOOD).entries)
    assert (first.check, first.rule, first.path, first.verdict) == (
        "malware_rules",
        "coin_miner",
        "src/a.js",
        "false_positive",
    )
    assert first.until == date(2030, 1, 31)
    assert first.said == datetime(2025, 3, 1, 8, tzinfo=UTC)
    assert (second.until, second.said, second.who, second.fingerprint) == (None, None, "", "")
    assert first.expired(date(2030, 2, 1))
    assert not first.expired(date(2030, 1, 31))
    assert not second.expired(date.max)


def test_json_says_the_same() -> None:
    document = {"schema": SCHEMA, "suppressions": [{**ROW, "until": "2030-01-31", "said": "2025-03-01T10:00:00Z"}]}
    [(number, line, said)] = parse_suppressions(json.dumps(document).encode()).entries
    assert (number, line) == (1, 0)
    assert said.until == date(2030, 1, 31)
    assert said.said == datetime(2025, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reason": ""}, "'reason' is missing"),
        ({"reason": '"..."'}, "'reason' has to say something"),
        ({"sha256": '"abc"'}, "'sha256' has to be the SHA-256"),
        ({"verdict": '"confirmed"'}, "'verdict' has to be false_positive or accepted_risk"),
        ({"untill": "2030-01-01"}, "'untill' is not known"),
        ({"until": '"soon"'}, "'until' has to be a day"),
        ({"until": "2030-01-01T00:00:00Z"}, "'until' has to be a day"),
        ({"said": '"yesterday"'}, "'said' has to be a time"),
        ({"check": '"../x"'}, "'check' has to be the id"),
        ({"rule": "3"}, "'rule' has to be a text"),
        ({"path": r'"a\u202eb"'}, "'path' has to be that of the finding"),
        ({"path": '"/etc/passwd"'}, "'path' has to be that of the finding"),
        ({"reason": json.dumps("x" * 1001)}, "longer than 1,000"),
    ],
)
def test_a_bad_entry_is_named_and_the_others_count(changes: dict[str, str], complaint: str) -> None:
    read = parse_suppressions((HEAD + entry() + "\n" + entry(**changes) + "\n" + entry()).encode())
    assert [number for number, _, _ in read.entries] == [1, 3]
    [bad] = read.complaints
    assert (bad.number, bad.line) == (2, 11)
    assert complaint in bad.text


def test_an_entry_that_is_no_toml_does_not_lose_the_others() -> None:
    text = HEAD + entry() + "\n" + entry(rule='"oops') + "\n" + entry()
    read = parse_suppressions(text.encode())
    assert [number for number, _, _ in read.entries] == [1, 3]
    [bad] = read.complaints
    assert (bad.number, text.split("\n")[bad.line - 1]) == (2, 'rule = "oops')


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "its schema has to be"),
        (b'schema = "assay-suppressions/2"\n', "its schema has to be"),
        (b'schema = "', "valid TOML"),
        (b'schema = "\n[[suppression]]\n', "valid TOML"),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b"{", "not valid JSON"),
        (b'{"a":' * 100_000, "not valid JSON"),
        (HEAD.encode() + b"suppression = 3\n", "has to be a list"),
        (HEAD.encode() + b"other = 3\n", "'other' is not known"),
        (HEAD.encode() + b"x = " + b"[" * 100_000, "valid TOML"),
        (HEAD.encode() + b"x = " + b"9" * 5000, "valid TOML"),
        (HEAD.encode() + b"a." * 300_000 + b"a = 1", "more than 32 parts"),
        (HEAD.encode() + b"'a' . " * 100_000 + b"a = 1", "more than 32 parts"),
        (HEAD.encode() + b"a" * 1_000_000, "valid TOML"),
    ],
)
def test_a_file_that_is_none(data: bytes, complaint: str) -> None:
    with pytest.raises(BadFile, match=complaint):
        parse_suppressions(data)


def test_it_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(suppression_file, "MAX_ENTRIES", 1)
    with pytest.raises(BadFile, match="more than 1 entries"):
        parse_suppressions(GOOD)
    monkeypatch.setattr(suppression_file, "MAX_BYTES", 10)
    with pytest.raises(BadFile, match="split it"):
        parse_suppressions(GOOD)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    read_or_refuse(data)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6), st.booleans())
def test_mutations_of_a_good_file(changes: list[tuple[int, int]], cut: bool) -> None:
    data = bytearray(GOOD)
    for place, byte in changes:
        data[place] = byte
    read_or_refuse(bytes(data[: changes[0][0]] if cut else data))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ROW, "until", "said", "x"]), inner),
    max_leaves=12,
)


@given(json_values)
def test_any_document(value: object) -> None:
    read_or_refuse(json.dumps({"schema": SCHEMA, "suppressions": value}).encode())
    try:
        read_entry(value)
    except ValueError as error:
        assert str(error)


def read_or_refuse(data: bytes) -> None:
    try:
        read = parse_suppressions(data)
    except BadFile as error:
        assert str(error)
        return
    for _, _, said in read.entries:
        assert len(said.sha256) == 64
        assert said.reason.strip()
        assert said.verdict in suppression_file.VERDICTS
    for complaint in read.complaints:
        assert complaint.text.isprintable()
