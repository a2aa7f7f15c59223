"""The declared type of the artifact, grades by place, and bytes that nobody foresaw."""

from __future__ import annotations

import dataclasses
import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.downloads.mime_type import mime_type
from checks.runtime.model import Finding, Severity

SPEC = mime_type.check_spec
SAMPLES = runpy.run_path(str(Path(__file__).resolve().parents[2] / "samples" / "mime_type" / "samples.py"))


def declared(make_package, prepared, data: bytes, mime: str) -> list[tuple[str, Severity]]:
    prepared(SPEC)
    file = dataclasses.replace(make_package({"artifact": data}).files[0], declared_type=mime)
    return [(r.rule, r.severity) for r in mime_type(file)]


@pytest.mark.parametrize(
    ("name", "mime", "expected"),
    [
        ("PNG", "image/png", []),
        ("PNG", "image/jpeg", []),
        ("PNG", "application/octet-stream", []),
        ("PNG", "", []),
        ("PNG", "application/pdf; charset=binary", []),
        ("PNG", "application/zip", [("declared_type", Severity.MEDIUM)]),
        ("PE", "image/png", [("declared_type", Severity.HIGH)]),
        ("PE", "application/x-msdownload", []),
        ("PDF", "application/x-msdownload", [("declared_type", Severity.MEDIUM)]),
    ],
)
def test_declared_type(name, mime, expected, make_package, prepared) -> None:
    assert declared(make_package, prepared, SAMPLES[name], mime) == expected


def test_a_zip_may_be_declared_as_what_it_is_used_for(make_package, prepared) -> None:
    for mime in (
        "application/x-xpinstall",
        "application/java-archive",
        "application/x-chrome-extension",
        "application/zip",
    ):
        assert declared(make_package, prepared, SAMPLES["zipped"](), mime) == []


def test_script_files_are_text_under_other_names(make_package, prepared) -> None:
    for mime in ("application/json", "application/javascript", "application/xml", "text/css"):
        assert declared(make_package, prepared, b'{"a": 1}\n', mime) == []


def test_fixtures_are_graded_lower_but_programs_are_not(make_package, run_check) -> None:
    def severity(path: str, data: bytes) -> Severity:
        [finding] = run_check(SPEC, make_package({path: data}))
        return finding.severity

    script = b"<?php echo 1; ?>\n"
    assert severity("a.jpg", script) is Severity.HIGH
    assert severity("tests/a.jpg", script) is Severity.MEDIUM
    assert severity("tests/a.jpg", SAMPLES["PE"]) is Severity.HIGH


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from(
        [
            b"",
            b"GIF89a",
            b"\x89PNG\r\n\x1a\n",
            b"%PDF-1.4",
            b"\xff\xd8\xff\xe0",
            b"MZ",
            b"\x7fELF",
            b"PK\x03\x04",
            b"\xca\xfe\xba\xbe",
        ]
    ),
    body=st.binary(max_size=200),
    tail=st.sampled_from([b"", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + b"\xff" * 18, b"PK\x05\x06"]),
    suffix=st.sampled_from([".png", ".gif", ".js", ".pdf", ".exe", ".zip", ".weird", ""]),
)
def test_no_bytes_break_it(head, body, tail, suffix, make_package, run_check) -> None:
    data = head + body + tail
    for result in run_check(SPEC, make_package({f"a{suffix}": data})):
        assert isinstance(result, Finding)
        assert 0 <= result.start <= result.end <= len(data)
