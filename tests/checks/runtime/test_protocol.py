"""The pipe between host and worker: whatever comes in, plain bounded data or a ProtocolError comes out."""

from __future__ import annotations

import dataclasses
import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.runtime import protocol
from checks.runtime.model import MAX_MATCHED, MAX_MESSAGE, MAX_REFERENCES, MAX_REMEDIATION
from checks.runtime.package import Entry
from checks.runtime.protocol import LineReader, ProtocolError, encode, parse
from checks.runtime.worker import finding_row

MESSAGES = (
    protocol.Ready, protocol.Found, protocol.NotChecked, protocol.Failed, protocol.Done, protocol.Finished,
    protocol.Chunk, protocol.Progress, protocol.Log, Entry, protocol.LeftOut,
)  # fmt: skip
TAGS = sorted(protocol._PARSERS)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(
        ["high", "utf-8", "file", "artifact", "pack", "error", "skipped", "rule", "\x1b[2J", "\ud800", "\udc80"]
    ),
    lambda inner: st.lists(inner, max_size=14) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=30,
)  # fmt: skip
FOUND = [0, 1, "rule", "message", 1, 2, 3, "high", "", False, "utf-8", "", []]
ENTRY = [0, "a", "file", 1, 0, "pack", "", 0, -1, ""]


def line(tag: object, row: object) -> bytes:
    return json.dumps([tag, row]).encode()


def shown_texts(message: object) -> list[str]:
    """The texts of a message that are shown as they are; names stay raw, matches are never shown."""
    raw = {"path", "link", "matched", "data", "items", "type", "source", "sha256"}
    texts: list[str] = []
    for item in dataclasses.fields(message):
        value = getattr(message, item.name)
        if item.name not in raw:
            texts += [v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, str)]
    return texts


def check(data: bytes) -> object | None:
    try:
        message = parse(data)
    except ProtocolError as error:
        assert str(error).isprintable()
        return None
    assert isinstance(message, MESSAGES)
    for text in shown_texts(message):
        assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)
        text.encode("utf-8")
    return message


@given(st.binary(max_size=400))
@example(b"[" * 100_000)
@example(b'["log",' + b"9" * 5000 + b"]")
@example(b"\xff\xfe")
@example(b'"ab"')
@example(b'{"log":1,"row":2}')
@example(b'[["log"],[]]')
@example(b"[null,[]]")
def test_any_bytes(data: bytes) -> None:
    check(data)


@given(st.sampled_from(TAGS), values)
def test_any_row_of_any_message(tag: str, row: object) -> None:
    try:
        data = line(tag, row)
    except ValueError:
        return
    check(data)


@given(st.sampled_from(["found", "entry"]), st.integers(0, 12), values)
def test_a_good_row_with_one_field_of_any_kind(tag: str, index: int, value: object) -> None:
    row = list(FOUND if tag == "found" else ENTRY)
    row[index % len(row)] = value
    message = check(line(tag, row))
    if isinstance(message, protocol.Found):
        assert len(message.message) <= MAX_MESSAGE
        assert len(message.remediation) <= MAX_REMEDIATION
        assert len(message.matched) <= MAX_MATCHED
        assert len(message.references) <= MAX_REFERENCES
        assert (message.start is None) == (message.end is None)


@pytest.mark.parametrize(
    ("tag", "row"),
    [
        ("found", [*FOUND[:2], "No Rule", *FOUND[3:]]),
        ("found", [*FOUND[:2], "rule\n", *FOUND[3:]]),
        ("found", [*FOUND[:4], 5, 4, *FOUND[6:]]),
        ("found", [*FOUND[:4], -1, 4, *FOUND[6:]]),
        ("found", [*FOUND[:4], None, 4, *FOUND[6:]]),
        ("found", [*FOUND[:6], 5, *FOUND[7:]]),
        ("found", [*FOUND[:6], True, *FOUND[7:]]),
        ("found", [*FOUND[:7], ["high"], *FOUND[8:]]),
        ("found", [*FOUND[:8], "x" * (MAX_MATCHED + 1), *FOUND[9:]]),
        ("found", [*FOUND[:10], "rot13", *FOUND[11:]]),
        ("found", [*FOUND[:12], ["r"] * (MAX_REFERENCES + 1)]),
        ("failed", [0, None, "skipped", "nothing to see"]),
        ("failed", [0, None, "clean", ""]),
        ("failed", [0, None, "cancelled", ""]),
        ("entry", [*ENTRY[:2], "socket", *ENTRY[3:]]),
        ("entry", [*ENTRY[:5], "/etc/passwd", *ENTRY[6:]]),
        ("entry", [ENTRY[0], "\ud800", *ENTRY[2:]]),
        ("entry", [ENTRY[0], "x" * (protocol.MAX_NAME + 1), *ENTRY[2:]]),
        ("done", [[1.0], []]),
        ("done", [[True], []]),
        ("finished", [1, "", []]),
        ("unknown", []),
    ],
)
def test_what_may_not_be_said(tag: str, row: object) -> None:
    with pytest.raises(ProtocolError):
        parse(line(tag, row))


def test_the_host_alone_says_what_a_file_hashes_to() -> None:
    entry = parse(line("entry", [*ENTRY[:6], "f" * 64, *ENTRY[7:]]))
    assert isinstance(entry, Entry)
    assert entry.sha256 == ""


@given(
    st.integers(0, 999), st.none() | st.integers(0, 1 << 32), st.text(), st.integers(0, 1 << 40), st.integers(0, 1000),
    st.integers(0, 4), st.booleans(), st.lists(st.text(max_size=200), max_size=20),
)  # fmt: skip
def test_an_honest_finding_is_accepted(check, file, text, start, length, severity, secret, references) -> None:
    from checks import Finding, Severity

    finding = Finding(
        "a-rule", text, file, start, start + length, Severity(severity), matched=text, secret=secret,
        remediation=text, references=tuple(references),
    )  # fmt: skip
    data = encode("found", finding_row(check, finding, Severity.LOW))
    assert data.endswith(b"\n") and data.count(b"\n") == 1 and data.isascii()
    message = parse(data[:-1])
    assert isinstance(message, protocol.Found)
    assert (message.check, message.file, message.start, message.end) == (check, file, start, start + length)
    assert (message.rule, message.severity, message.secret) == ("a-rule", Severity(severity), secret)


@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), max_size=20), st.data())
def test_lines_do_not_depend_on_how_they_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(part + b"\n" for part in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    reader, read = LineReader(), []
    for low, high in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        read += reader.feed(stream[low:high])
    assert read == lines


@given(st.integers(1, 64), st.integers(1, 200), st.booleans())
def test_a_line_is_bounded_before_it_is_whole(limit: int, piece: int, ended: bool) -> None:
    reader = LineReader(limit)
    stream = b"x" * (limit + 1) + (b"\n" if ended else b"")
    with pytest.raises(ProtocolError):
        for at in range(0, len(stream), piece):
            list(reader.feed(stream[at : at + piece]))
    assert list(LineReader(limit).feed(b"x" * limit + b"\n")) == [b"x" * limit]


def test_an_endless_line_is_not_kept() -> None:
    reader, fed = LineReader(), 0
    with pytest.raises(ProtocolError):
        for _ in range(1 << 14):  # a gigabyte
            fed += 1 << 16
            list(reader.feed(b"x" * (1 << 16)))
    assert fed <= protocol.MAX_LINE + (1 << 17)
