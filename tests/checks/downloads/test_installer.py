"""Installers: their tables as Windows stores them, and what they run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.downloads.documents.msi import Database, packed_name, plain_name
from checks.downloads.documents.ole import BadCompound, Compound
from checks.runtime.model import Finding, Severity, Unchecked

ROOT = Path(__file__).resolve().parents[3]
LIMITS = {"rows": 1000, "strings": 10_000, "streams": 100}


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"made_{name}", ROOT / "tests/samples/_made" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made, programs = load("compound"), load("programs")
ACTIONS = [("First", 50 | 0xC00, "SHELL", "-w hidden -c x"), ("Second", 1, "lib", "Entry")]
PACKAGE = made.msi(
    {"Property": [("ProductName", "Größe"), ("SHELL", "powershell.exe"), ("LONG", "x" * 70_000)],
     "CustomAction": ACTIONS, "File": [("a", "a.txt", 5), ("b", "b.txt", 70_000)]},
    {"lib": b"MZ" + bytes(100)},
)  # fmt: skip


@pytest.fixture
def run(make_package: Any, run_check: Any, catalog: Any) -> Any:
    def look(data: bytes, name: str = "a.msi") -> list[Finding | Unchecked]:
        return run_check(catalog["installer"], make_package({name: data}))

    return look


@given(st.text("abcXYZ019._", min_size=1, max_size=20), st.booleans())
def test_names_of_streams_are_unpacked(name: str, table: bool) -> None:
    full = f"!{name}" if table else name
    assert plain_name(packed_name(full)) == full


def test_the_name_of_a_real_table() -> None:
    assert packed_name("!_StringPool") == "\u4840\u3f3f\u4577\u446c\u3e6a\u44b2\u482f"


def test_rows_come_out_as_they_went_in() -> None:
    database = Database(Compound(PACKAGE, 100), LIMITS)
    assert set(database.tables()) == {"Property", "CustomAction", "File", "Binary"}
    assert [tuple(row.values()) for row in database.table("CustomAction")] == ACTIONS
    assert [row["FileSize"] for row in database.table("File")] == [5, 70_000]
    values = {row["Property"]: row["Value"] for row in database.table("Property")}
    assert values["ProductName"] == "Größe" and len(str(values["LONG"])) == 70_000
    assert database.read("Binary.lib", 1000).startswith(b"MZ")
    assert database.table("Nothing") == []


def test_a_command_put_together_from_a_property(run: Any) -> None:
    found = {result.rule: result for result in run(PACKAGE) if isinstance(result, Finding)}
    assert found["action_command"].severity is Severity.HIGH
    assert "powershell.exe -w hidden" in found["action_command"].message
    assert "with the system's rights" in found["action_command"].message


def test_what_is_inside_a_self_extractor_was_not_looked_at(run: Any) -> None:
    results = run(programs.pe(overlay=b"\xef\xbe\xad\xdeNullsoftInst" + bytes(2000)), "setup.exe")
    assert [type(result) for result in results] == [Finding, Unchecked]
    assert "NSIS" in results[1].reason


def test_a_library_that_knows_the_marks_is_no_installer(run: Any) -> None:
    table = b"7z\xbc\xaf\x27\x1c Rar!\x1a\x07 \xef\xbe\xad\xdeNullsoftInst"
    assert run(programs.pe(sections=[(b".rdata", table, programs.DATA, 0)], library=True), "types.dll") == []


@settings(max_examples=100)
@given(st.data())
def test_damaged_tables_raise_nothing(data: Any) -> None:
    raw = bytearray(PACKAGE[:20_000])
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + 4] = data.draw(
            st.sampled_from([b"\xff\xff\xff\xff", bytes(4)]) | st.binary(min_size=1, max_size=4)
        )
    try:
        database = Database(Compound(bytes(raw[: data.draw(st.integers(8, len(raw)))]), 100), LIMITS)
    except BadCompound:
        return
    for table in database.tables():
        assert len(database.table(table)) <= LIMITS["rows"]
