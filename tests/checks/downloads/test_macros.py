"""Macros and active parts of documents, however they are stored, joined or damaged."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.downloads.documents.excel4 import read_macro_sheets
from checks.downloads.documents.ole import BadCompound, Compound
from checks.downloads.documents.rtf import read_classes, read_fields, read_objects, read_templates
from checks.downloads.documents.vba import decompress, find_sources, plain_source, read_modules
from checks.downloads.programs.embedded import onenote_files, powerpoint_storages, read_package
from checks.runtime.model import Finding, Severity, Unchecked

ROOT = Path(__file__).resolve().parents[3]
DROPPER = 'Sub AutoOpen()\n  CreateObject("WScript.Shell").Run "powershell x"\nEnd Sub\n'


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"made_{name}", ROOT / "tests/samples/_made" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = load("compound")
DOCUMENT = made.compound({"WordDocument": bytes(700), **made.project({"ThisDocument": DROPPER}, root="Macros/VBA")})


@pytest.fixture
def look(make_package: Any, run_check: Any, catalog: Any) -> Any:
    def run(data: bytes, name: str = "a.doc") -> dict[str, Finding]:
        results = run_check(catalog["macros"], make_package({name: data}))
        return {result.rule: result for result in results if isinstance(result, Finding)}

    return run


@given(st.binary(max_size=12_000) | st.text("ab \n", max_size=12_000).map(str.encode))
@settings(max_examples=40)
def test_what_was_compressed_comes_back(data: bytes) -> None:
    assert decompress(made.compress(data), 20_000)[: len(data)] == data


@given(st.binary(max_size=600))
def test_anything_can_be_decompressed_to_something(data: bytes) -> None:
    assert len(decompress(b"\x01" + data, 5000)) <= 5000


def test_a_bomb_ends_at_the_limit() -> None:
    chunk = made.compress(b"a" * 4096)[1:]
    assert len(decompress(b"\x01" + chunk * 2000, 1 << 20)) == 1 << 20


def test_modules_have_names_and_sources() -> None:
    modules = list(read_modules(Compound(DOCUMENT, 100), 10, 1 << 20))
    assert [module.name for module in modules] == ["ThisDocument"]
    assert "WScript.Shell" in modules[0].source
    assert not modules[0].is_empty


def test_what_there_is_too_much_of_is_said_to_be_unread(look: Any) -> None:
    modules = list(read_modules(Compound(DOCUMENT, 100), 0, 1 << 20))
    assert [module.unread for module in modules] == [True]
    sources = made.compress(b'Attribute VB_Name = "a"' + bytes(4000)) * 40
    assert [module.unread for module in find_sources(sources, 100, 4000)] == [False] * 8 + [True]
    objects = b"{\\rtf1" + b"{\\objdata 0105}" * 9
    assert [item.unread for item in read_objects(objects, 5, 1000)] == [False] * 5 + [True]


def test_a_header_that_claims_more_than_there_is_ends_at_once() -> None:
    data = bytearray(DOCUMENT)
    data[44:48] = data[64:68] = data[72:76] = b"\xff\xff\xff\x7f"
    assert Compound(bytes(data), 100).paths == Compound(DOCUMENT, 100).paths
    data[32:34] = b"\x01\0"
    with pytest.raises(BadCompound, match="size that no program knows"):
        Compound(bytes(data), 100)


def test_streams_that_share_their_sectors_are_read_up_to_a_limit() -> None:
    compound = Compound(DOCUMENT, 100)
    compound._left = 800
    assert len(compound.read("WordDocument")) == 700
    assert compound.read("WordDocument") == b"" and compound.exhausted


def test_a_source_is_found_without_any_table() -> None:
    text = 'Attribute VB_Name = "Lost"\r\nSub AutoOpen()\r\n'
    found = list(find_sources(bytes(100) + made.compress(text.encode()) + bytes(50), 5, 1 << 16))
    assert [(module.name, module.source) for module in found] == [("Lost", text)]


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ('a = "power" & "shell"', 'a = "powershell"'),
        ('a = Chr(112) & Chr$(&H6F) + "wer"', 'a = "power"'),
        ('a = StrReverse("llehs")', 'a = "shell"'),
        ('b = 1 \' Shell "x"', "b = 1 "),
        ("Rem Shell x", ""),
        ("a = \"it's\" ' note", 'a = "it\'s" '),
        ('a = "po" & _\n "wer"', 'a = "power"'),
        ("a = Chr(34)", 'a = ""'),
    ],
)
def test_sources_are_read_as_they_work(source: str, plain: str) -> None:
    assert plain_source(source) == plain


def test_the_finding_shows_the_trigger_and_the_call(look: Any) -> None:
    finding = look(DOCUMENT)["auto_macro"]
    assert finding.severity is Severity.HIGH
    assert "AutoOpen" in finding.message and "WScript.Shell" in finding.message and "ThisDocument" in finding.message


def test_a_comment_is_no_call(look: Any) -> None:
    source = 'Sub AutoOpen()\n  \' Shell "cmd /c x"\nEnd Sub\n'
    found = look(made.compound(made.project({"ThisDocument": source})))
    assert set(found) == {"macro_trigger"}


def test_trigger_and_call_may_stand_in_different_modules(look: Any) -> None:
    modules = {"ThisDocument": "Sub Document_Open()\ngo\nEnd Sub\n", "Module1": 'Sub go()\nShell "x"\nEnd Sub\n'}
    assert look(made.compound(made.project(modules)))["auto_macro"].severity is Severity.HIGH


def test_sheets_of_macros_are_read_from_the_records() -> None:
    sheets = read_macro_sheets(made.workbook(function=110, hidden=2, auto=True))
    assert (sheets.sheets, sheets.hidden, sheets.functions, sheets.starts) == (["Macro1"], 1, {110}, {"Auto_Open"})
    assert read_macro_sheets(made.workbook(encrypted=True)).encrypted
    assert not read_macro_sheets(made.record(0x809, bytes(16))).sheets


def test_an_installer_is_no_document(make_package: Any, run_check: Any, catalog: Any) -> None:
    data = made.msi({"Property": [("ProductName", "App")]})
    assert run_check(catalog["macros"], make_package({"a.msi": data})) == []


def test_what_is_locked_is_said_to_be_unchecked(make_package: Any, run_check: Any, catalog: Any) -> None:
    results = run_check(catalog["macros"], make_package({"a.docx": made.compound({"EncryptedPackage": bytes(64)})}))
    assert [type(result) for result in results] == [Finding, Unchecked]


@pytest.mark.parametrize("noise", [b" ", b"\r\n", b"{\\*\\x1}", b"\\bin0 ", b"\\'41"])
def test_digits_of_rich_text_are_found_between_noise(noise: bytes) -> None:
    body = struct.pack("<II", 0x501, 2) + struct.pack("<I", 8) + b"Package\0" + struct.pack("<III", 0, 0, 4) + b"abcd"
    digits = body.hex().encode()
    if noise.startswith(b"\\bin"):
        noise = b""
    data = b"{\\rtf1{\\object\\objdata " + noise.join(digits[at : at + 8] for at in range(0, len(digits), 8)) + b"}}"
    (found,) = read_objects(data, 5, 1000)
    assert (found.name, found.data) == ("Package", b"abcd")


@pytest.mark.parametrize(
    ("path", "kind", "target", "severity"),
    [
        ("word/_rels/settings.xml.rels", "attachedTemplate", "https://192.0.2.1/a.dotm", Severity.HIGH),
        ("word/_rels/settings.xml.rels", "attachedTemplate", "\\\\203.0.113.4\\a\\b.dotm", Severity.HIGH),
        ("word/_rels/settings.xml.rels", "attachedTemplate", "file:///C:\\a\\Normal.dotm", None),
        ("word/_rels/document.xml.rels", "hyperlink", "https://example.com", None),
        ("word/_rels/document.xml.rels", "hyperlink", "ms-msdt:/id x", Severity.HIGH),
        (
            "xl/externalLinks/_rels/externalLink1.xml.rels",
            "externalLinkPath",
            "https://example.com/a.xlsx",
            Severity.MEDIUM,
        ),
        ("word/_rels/document.xml.rels", "image", "https://example.com/a.png", None),
    ],
)
def test_relations_to_the_outside(look: Any, path: str, kind: str, target: str, severity: Severity | None) -> None:
    text = f'<Relationships><Relationship Target="{target}" Id="r" TargetMode="External" Type="http://x/{kind}"/></Relationships>'
    found = list(look(text.encode(), path).values())
    assert [finding.severity for finding in found] == ([severity] if severity is not None else [])


@settings(max_examples=120)
@given(data=st.data())
def test_damage_never_raises(data: Any) -> None:
    seed = bytearray(
        data.draw(st.sampled_from([DOCUMENT, made.compound({"Workbook": made.workbook(function=110, auto=True)})]))
    )
    for _ in range(data.draw(st.integers(1, 10))):
        at = data.draw(st.integers(0, len(seed) - 1))
        seed[at : at + 4] = data.draw(
            st.sampled_from([b"\xff\xff\xff\xff", bytes(4)]) | st.binary(min_size=1, max_size=4)
        )
    raw = bytes(seed[: data.draw(st.integers(8, len(seed)))])
    list(find_sources(raw, 10, 1 << 16))
    try:
        compound = Compound(raw, 100)
    except BadCompound:
        return
    list(read_modules(compound, 10, 1 << 16))
    for path in compound.paths:
        stream = compound.read(path)
        read_macro_sheets(stream)
        read_package(stream, frozenset())


@given(st.binary(max_size=400))
def test_streams_of_anything_are_read_without_a_word(data: bytes) -> None:
    read_package(data, frozenset({".exe"}))
    read_macro_sheets(data)
    list(onenote_files(bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac") + data, 5, frozenset()))
    list(powerpoint_storages(b"\x10\0\x11\x10" + data, 5, 1000))
    text = b"{\\rtf1\\objclass x\\objdata " + data + b"{\\*\\fldinst " + data + b"{\\*\\template " + data
    for read in (read_classes, read_fields, read_templates):
        list(read(text))
    list(read_objects(text, 5, 1000))
