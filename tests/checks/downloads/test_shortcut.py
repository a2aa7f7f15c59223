"""Shortcuts, starters and scripts: what they start, read from the fields that Windows reads."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.downloads.documents.lnk import BadLink, read_link
from checks.runtime.model import Finding, Severity, Unchecked

ROOT = Path(__file__).resolve().parents[3]


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"made_{name}", ROOT / "tests/samples/_made" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


link = load("links").link


@pytest.fixture
def look(make_package: Any, run_check: Any, catalog: Any) -> Any:
    def run(data: bytes, name: str) -> dict[str, Finding]:
        results = run_check(catalog["shortcut"], make_package({name: data}))
        return {result.rule: result for result in results if isinstance(result, Finding)}

    return run


def test_every_field_of_a_link_is_read() -> None:
    found = read_link(link("..\\cmd.exe", "/c x", "a.ico", show=7, folder="C:\\a", environment="%COMSPEC%"))
    assert found.targets == ("..\\cmd.exe", "%COMSPEC%")
    assert (found.arguments, found.icon, found.folder, found.minimised) == ("/c x", "a.ico", "C:\\a", True)


def test_the_end_of_a_link_is_where_its_last_block_ends() -> None:
    alone = link("a.exe", "x")
    assert read_link(alone + b"payload" * 900).end <= len(alone)


def test_the_evidence_is_the_arguments(look: Any) -> None:
    data = link("C:\\Windows\\System32\\cmd.exe", "/c start /min example.invalid")
    finding = look(data, "a.lnk")["shortcut_command"]
    assert data[finding.start : finding.end].decode("utf-16-le").startswith("/c start")


@pytest.mark.parametrize("name", ["invoice.pdf.lnk", "photo.jpg .lnk"])
def test_a_name_that_poses_as_a_document(look: Any, name: str) -> None:
    finding = look(link("C:\\Windows\\explorer.exe", "x"), name)["shortcut_command"]
    assert finding.severity is Severity.HIGH and "document" in finding.message


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("https://example.com/a", ""),
        ("https://example.com/setup.exe", "starts_program"),
        ("file://203.0.113.5/a/b.pdf", "remote_target"),
        ("\\\\203.0.113.5@80\\a", "remote_target"),
        ("javascript:alert(1)", "starts_program"),
        ("file:///C:/Users/a/notes.txt", "starts_program"),
    ],
)
def test_addresses_of_web_shortcuts(look: Any, address: str, rule: str) -> None:
    assert set(look(f"[InternetShortcut]\r\nURL={address}\r\n".encode(), "a.url")) == ({rule} if rule else set())


def test_spans_in_wide_text_are_bytes_of_the_file(look: Any) -> None:
    key = "[HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run]"
    text = f'Windows Registry Editor Version 5.00\r\n\r\n{key}\r\n"a"="b"\r\n'
    data = b"\xff\xfe" + text.encode("utf-16-le")
    finding = look(data, "a.reg")["autostart"]
    assert data[finding.start : finding.end].decode("utf-16-le").endswith("CurrentVersion\\Run]")


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        (b"var x = new ActiveXObject('Microsoft.XMLHTTP'); x.open('GET', '/a');", None),
        (b"var s = new ActiveXObject('WScript.Shell'); s.Run('notepad');", Severity.LOW),
        (b"var s = new ActiveXObject('WScript.Shell'); s.Run('cmd /c x');", Severity.HIGH),
        (b"WScript.Echo('hello');", Severity.INFO),
    ],
)
def test_scripts_of_the_script_host(look: Any, source: bytes, severity: Severity | None) -> None:
    assert [finding.severity for finding in look(source, "a.js").values()] == ([] if severity is None else [severity])


@settings(max_examples=150)
@given(st.data())
def test_damaged_links_are_read_or_refused(data: Any) -> None:
    raw = bytearray(link("..\\cmd.exe", "/c x", "a.ico", environment="%COMSPEC%", behind=b"abc"))
    raw[20:24] = data.draw(
        st.sampled_from([bytes(raw[20:24]), b"\xff\xff\xff\xff"]) | st.binary(min_size=4, max_size=4)
    )
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + 2] = data.draw(st.binary(min_size=1, max_size=2))
    try:
        assert read_link(bytes(raw[: data.draw(st.integers(1, len(raw)))])).end >= 0
    except BadLink as problem:
        assert str(problem)


def test_many_small_blocks_are_read_in_no_time(look: Any) -> None:
    import time

    data = link("a.exe")[:-4] + b"\x04\0\0\0" * 200_000
    start = time.monotonic()
    look(data, "a.lnk")
    assert time.monotonic() - start < 5


@given(st.binary(max_size=300))
@settings(max_examples=60)
def test_marks_with_anything_behind_raise_nothing(tail: bytes) -> None:
    from checks.downloads.documents.shortcut_texts import shortcut_texts
    from checks.downloads.shortcut import _rules

    rules = _rules(ROOT / "resources/rules/shortcut.toml")
    for mark in (
        b"[InternetShortcut]\nURL=",
        b"[Desktop Entry]\nExec=",
        b"REGEDIT4\n[",
        b"[autorun]\nopen=",
        b"<PCSettings><DeepLink>",
    ):
        for sign in shortcut_texts(mark + tail, rules):
            assert sign.span is not None and sign.span[1] <= len(mark + tail)


def test_a_huge_script_is_said_to_be_unchecked(make_package: Any, run_check: Any, catalog: Any) -> None:
    (result,) = run_check(catalog["shortcut"], make_package({"a.vbs": b"' note\r\n" * 1_100_000}))
    assert isinstance(result, Unchecked)
