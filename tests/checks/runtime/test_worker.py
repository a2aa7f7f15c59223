"""The worker's own bounds, in this process: what it gathers, cuts and says of errors."""

from __future__ import annotations

import os

from checks import Confidence, Finding, Severity
from checks.runtime.protocol import Found, LineReader, Log, parse
from checks.runtime.worker import FLUSH_BYTES, Channel, describe, finding_row


def read_all(fd: int) -> bytes:
    os.set_blocking(fd, False)
    data = b""
    try:
        while piece := os.read(fd, 1 << 20):
            data += piece
    except BlockingIOError:
        pass
    return data


def test_messages_are_gathered_and_kept_in_order() -> None:
    inside, outside = os.pipe()
    channel = Channel(outside)
    channel._flushed = float("inf")  # time does not pass
    for n in range(10):
        channel.send("log", [None, str(n)])
    assert read_all(inside) == b""
    channel.flush()
    messages = [parse(line) for line in LineReader().feed(read_all(inside))]
    assert messages == [Log(None, str(n)) for n in range(10)]
    channel.send("log", [None, "x" * FLUSH_BYTES])
    assert len(read_all(inside)) > FLUSH_BYTES
    os.close(inside)
    os.close(outside)


def test_a_finding_is_cut_to_what_the_host_accepts() -> None:
    finding = Finding(
        "rule", "m" * 9999, 3, 1, 2, matched="x" * 9999, remediation="r" * 9999, references=("u",) * 99,
        confidence=Confidence.LOW,
    )  # fmt: skip
    from checks.runtime.protocol import encode

    message = parse(encode("found", finding_row(5, finding, Severity.HIGH)))
    assert isinstance(message, Found)
    assert (message.check, message.severity, message.confidence) == (5, Severity.HIGH, "low")


def test_an_error_names_itself_and_its_place() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        text = describe(error)
    assert text.startswith("ValueError: two")
    assert "test_worker.py:" in text
    assert describe(MemoryError()) == "it needs more memory than a worker has"
    assert len(describe(ValueError("x" * 9999))) <= 400
