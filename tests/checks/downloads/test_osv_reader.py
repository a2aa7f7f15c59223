"""OSV exports: what is read, that damage is named, and that no bytes break the reader."""

# ruff: noqa: E501 - manifests and rows are easier to read unbroken

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.downloads.osv import reader as reader_module
from checks.downloads.osv.reader import RECORD, BadExport, read_advisories
from checks.downloads.osv.records import BadRecord, read_record

RECORD_JSON: dict[str, Any] = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-01-02T03:04:05Z",
    "summary": "It\nbreaks",
    "aliases": ["CVE-2026-1", 7, "not an id!"],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Some_Thing"},
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]},
                {"type": "GIT", "events": [{"introduced": "abc"}]},
            ],
            "versions": ["1.0", "1.1"],
        },
        {"ranges": []},
    ],
}


def make_zip(members: dict[str, bytes], **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def record(**changes: Any) -> bytes:
    return json.dumps({**RECORD_JSON, **changes}).encode()


def read(tmp_path: Path, data: bytes, form: str = "zip") -> tuple[list[Any], dict[str, Any]]:
    path = tmp_path / "export"
    path.write_bytes(data)
    rows: list[Any] = []
    told = read_advisories(path, form, rows.extend, lambda done, total: None)
    return rows, told


def test_a_record_as_a_row() -> None:
    assert read_record(record()) == [
        "GHSA-aaaa-bbbb-cccc", "2026-01-02T03:04:05", 4, "It breaks", ["CVE-2026-1"],
        [["PyPI", "", "some-thing", [[["introduced", "0"], ["fixed", "1.2"]]], ["1.0", "1.1"]]],
    ]  # fmt: skip


def test_a_withdrawn_one_affects_nothing() -> None:
    assert read_record(record(withdrawn="2026-01-01T00:00:00Z"))[5] == []


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        (
            {
                "severity": [
                    {"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}
                ]
            },
            4,
        ),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"}]}, 2),
        ({"severity": [], "database_specific": {"severity": "HIGH"}}, 3),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/nonsense"}]}, -1),
        ({"severity": 5}, -1),
    ],
)
def test_severity(more: dict[str, Any], severity: int) -> None:
    assert read_record(record(**more))[2] == severity


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b"[" * 100_000, record(id=""), record(id=5), record(modified="now"), record(id="../../x y"),
     record(affected=[{"package": {"ecosystem": "npm", "name": "a" * 5000}}]), b'{"id": "\xff"}'],
)  # fmt: skip
def test_what_is_no_record(data: bytes) -> None:
    with pytest.raises(BadRecord):
        read_record(data)


def test_a_zip(tmp_path: Path) -> None:
    rows, told = read(
        tmp_path, make_zip({"a.json": record(), "b.json": b"{}", "readme.txt": b"", "c.json": record(id="MAL-1-1")})
    )
    assert [row[0] for row in rows] == ["GHSA-aaaa-bbbb-cccc", "MAL-1-1"]
    assert told == {"records": 2, "bad": 1, "others": 1, "named": [["b.json", "no id"]]}


def test_many_members_cross_the_pieces_of_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "_PIECE", 300 << 10)
    members = {f"{'long' * 20}-{number}.json": record(id=f"GHSA-{number}") for number in range(9000)}
    rows, told = read(tmp_path, make_zip(members))
    assert told["records"] == 9000 and told["bad"] == 0
    assert {row[0] for row in rows} == {f"GHSA-{number}" for number in range(9000)}


def test_zip64(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a.json", "w", force_zip64=True) as member:
        member.write(record())
    assert read(tmp_path, out.getvalue())[1]["records"] == 1


def test_records_end_to_end(tmp_path: Path) -> None:
    data = b"".join(RECORD.pack(6, len(r)) + b"a.json" + r for r in (record(), record(id="MAL-1-2")))
    assert [row[0] for row in read(tmp_path, data, "records")[0]] == ["GHSA-aaaa-bbbb-cccc", "MAL-1-2"]


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06", b"x" * 100_000, make_zip({"a.json": record()})[:-30]])
def test_no_zip_at_all(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BadExport):
        read(tmp_path, data)


def test_a_member_that_unpacks_to_too_much(tmp_path: Path) -> None:
    _, told = read(tmp_path, make_zip({"a.json": b" " * (40 << 20), "b.json": record()}))
    assert told["records"] == 1 and told["named"] == [["a.json", "larger than 32 MiB"]]


@given(st.integers(0, 1 << 32), st.integers(1, 8))
def test_no_damage_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, seed: int, changes: int) -> None:
    """Every byte of an export may lie; it ends as rows, bad members or one clear error."""
    chance = random.Random(seed)
    data = bytearray(make_zip({f"{n}.json": record(id=f"GHSA-{n}") for n in range(4)}))
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.choice([0, 255, chance.randrange(256)])
    try:
        rows, told = read(tmp_path_factory.mktemp("mutated"), bytes(data[: chance.choice([len(data), len(data) - 3])]))
    except BadExport:
        return
    assert told["records"] == len(rows) <= 4


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
       | st.dictionaries(st.sampled_from(["package", "ecosystem", "name", "ranges", "type", "events", "introduced", "fixed",
                                          "versions"]), inner, max_size=5), max_leaves=20))  # fmt: skip
def test_affected_of_any_shape(value: Any) -> None:
    try:
        row = read_record(record(affected=[value, value], severity=[value], aliases=value))
    except BadRecord:
        return
    json.dumps(row).encode("ascii")
