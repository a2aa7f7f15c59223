"""RECORD of a wheel: every file with its hash and size, computed again."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from checks.downloads.manifests.container import Reading, digest, inside, words
from checks.runtime.model import Severity
from checks.runtime.package import File

MAX_RECORD = 32 << 20
MAX_LINES = 300_000
# The record cannot hold its own hash, nor that of what is made from it.
EXEMPT = ("RECORD", "RECORD.jws", "RECORD.p7s")
# What the specification asks for: as strong as SHA-256 or stronger.
STRONG = ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a path, `algorithm=hash` and a number of bytes; the last two may be empty."""

    path: str
    hash: str
    size: str


def check_record(reading: Reading, folder: str) -> None:
    """Files whose bytes are not those that were recorded, files without a line, lines without a file."""
    record = reading.container.get(f"{folder}/RECORD")
    if record is None:
        if reading.complete:
            reading.flag("record-absent", f"{folder} has no RECORD: nobody can tell which files belong to the wheel")
        return
    if record.size > MAX_RECORD:
        reading.skip(f"RECORD is larger than {MAX_RECORD >> 20} MiB", record)
        return
    lines: dict[str, Line] = {}
    try:
        for line in read_lines(record):
            _check_path(reading, record, line.path)
            before = lines.setdefault(line.path, line)
            if before != line:
                reading.flag("duplicate-key", f"RECORD has two lines for {words(line.path, 100)}", record,
                             severity=Severity.MEDIUM)  # fmt: skip
    except (csv.Error, ValueError) as error:
        reading.flag("unreadable", f"RECORD cannot be read: {words(str(error), 100)}", record)
        return
    _compare(reading, folder, record, lines)


def read_lines(record: File) -> Iterator[Line]:
    """The lines of RECORD; csv.Error or ValueError where it is no table of three columns."""
    text = record.data.decode("utf-8", "surrogateescape")
    if text.count("\n") > MAX_LINES:
        raise ValueError(f"more than {MAX_LINES} lines")
    for row in csv.reader(io.StringIO(text, newline="")):
        if row:
            yield Line(row[0].replace("\\", "/"), row[1] if len(row) > 1 else "", row[2] if len(row) > 2 else "")


def _check_path(reading: Reading, record: File, path: str) -> None:
    if path.startswith("/") or not inside(path):
        message = f"RECORD lists a path outside of the wheel: {words(path, 100)}"
        reading.flag("record-path", message, record, needle=path)


def _compare(reading: Reading, folder: str, record: File, lines: dict[str, Line]) -> None:
    container = reading.container
    exempt = {f"{folder}/{name}" for name in EXEMPT}
    start = len(container.root)
    seen: set[str] = set()
    for file in container.files:  # not by path: of two entries with one name both are looked at
        path = file.path[start:]
        seen.add(path)
        if path in exempt:
            continue
        line = lines.get(path)
        if line is None:
            reading.flag("record-unlisted", f"{words(path, 120)} is in the wheel, but not in RECORD", file)
        else:
            _compare_file(reading, record, file, path, line)
    if not reading.complete:
        return
    for path in lines:
        if path not in seen and path not in exempt and inside(path):
            message = f"RECORD lists {words(path, 120)}, which is not in the wheel"
            reading.flag("record-missing", message, record, needle=path)


def _compare_file(reading: Reading, record: File, file: File, path: str, line: Line) -> None:
    algorithm, _, recorded = line.hash.partition("=")
    if algorithm not in STRONG:
        said = f"only {words(algorithm, 20)}" if algorithm else "no hash"
        message = f"RECORD gives {said} for {words(path, 120)}: its bytes are not bound to the wheel"
        reading.flag("record-unhashed", message, record, needle=path)
        return
    if line.size.strip().isdigit() and len(line.size) < 20 and int(line.size) != file.size and reading.complete:
        message = f"{words(path, 120)} has {file.size} bytes, RECORD says {int(line.size)}"
        reading.flag("record-hash", message, file)
    elif _decode(recorded) != digest(file, algorithm) and reading.complete:
        reading.flag("record-hash", f"The content of {words(path, 120)} is not what RECORD says ({algorithm})", file)


def _decode(value: str) -> str:
    """URL-safe base64 without padding as hex; empty where it is none."""
    try:
        return base64.urlsafe_b64decode(value.strip() + "=" * (-len(value.strip()) % 4)).hex()
    except (binascii.Error, ValueError):
        return ""
