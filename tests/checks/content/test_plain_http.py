"""Which unencrypted addresses are contacted, and how loudly that is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.content._address_uses import is_comment
from checks.runtime.model import Finding, Severity

Run = Callable[..., list[Finding]]


@pytest.fixture
def run(catalog: Any, make_package: Any, run_check: Any) -> Run:
    def run(data: bytes, path: str = "src/a.js", **parameters: Any) -> list[Finding]:
        results: list[Finding] = run_check(catalog["plain_http"], make_package({path: data}), **parameters)
        return results

    return run


@pytest.mark.parametrize(
    ("line", "rule", "severity"),
    [
        (b'fetch("http://a.vendor.invalid/x")', "request", Severity.MEDIUM),
        (b'x.open("GET", "http://a.vendor.invalid/x")', "request", Severity.MEDIUM),
        (b"axios.post(`http://a.vendor.invalid/${id}`)", "request", Severity.MEDIUM),
        (b'script.src = "http://a.vendor.invalid/x.js"', "included_code", Severity.MEDIUM),
        (b'{"downloadUrl": "http://a.vendor.invalid/x.exe"}', "update_address", Severity.MEDIUM),
        (b'new WebSocket("ws://a.vendor.invalid/")', "web_socket", Severity.MEDIUM),
        (b'<img src="http://a.vendor.invalid/x.png">', "media", Severity.LOW),
        (b'const apiBase = "http://a.vendor.invalid/v1"', "setting", Severity.LOW),
        (b'const x = ["ftp://a.vendor.invalid/v1"]', "unencrypted_address", Severity.INFO),
    ],
)
def test_uses(run: Run, line: bytes, rule: str, severity: Severity) -> None:
    data = b"'use strict';\n" + line + b";\n"
    (finding,) = run(data)
    assert (finding.rule, finding.severity) == (rule, severity)
    assert data[finding.start : finding.end].partition(b"://")[2].startswith(b"a.vendor.invalid")
    assert "a.vendor.invalid" in finding.message


@pytest.mark.parametrize(
    "host",
    ["localhost:80", "127.0.0.1", "10.0.0.8", "192.168.1.1:8080", "172.20.1.1", "[::1]:9", "example.com", "a.local"],
)
def test_hosts_that_stay_near_are_quiet(run: Run, host: str) -> None:
    assert run(f'fetch("http://{host}/x")'.encode()) == []


@pytest.mark.parametrize(
    "host", ["172.32.0.1", "11.0.0.1", "[2001:db8::7]", "xn--e1afmkfd.invalid", "127.0.0.1.vendor.invalid"]
)
def test_hosts_that_only_look_near_are_told(run: Run, host: str) -> None:
    assert [f.rule for f in run(f'fetch("http://{host}/x")'.encode())] == ["request"]


def test_a_schema_that_is_fetched_is_no_mere_name(run: Run) -> None:
    assert run(b'const ns = "http://schemas.vendor.invalid/a"') == []
    assert [f.rule for f in run(b'fetch("http://schemas.vendor.invalid/a")')] == ["request"]


def test_user_names_do_not_hide_the_host(run: Run) -> None:
    (finding,) = run(b'fetch("http://localhost@a.vendor.invalid/x")')
    assert "a.vendor.invalid" in finding.message


def test_tests_and_manuals_are_only_worth_a_note(run: Run) -> None:
    assert [f.severity for f in run(b'fetch("http://a.vendor.invalid/x")', "tests/a.js")] == [Severity.INFO]
    assert [f.severity for f in run(b"$ curl http://a.vendor.invalid/x.sh", "README.md")] == [Severity.INFO]


def test_one_host_is_told_once_and_many_end_in_a_summary(run: Run) -> None:
    assert len(run(b'fetch("http://a.vendor.invalid/x");\n' * 9)) == 1
    many = b"".join(b'fetch("http://a%d.vendor.invalid/x");\n' % n for n in range(30))
    found = run(many, limit=5)
    assert [f.rule for f in found] == ["request"] * 5 + ["more_addresses"]


@pytest.mark.parametrize(
    ("text", "suffix", "expected"),
    [
        (b"// a @", ".js", True),
        (b"x(); // a @", ".js", True),
        (b"/* a\n b @", ".js", True),
        (b"/* a */ b @", ".js", False),
        (b'x = "https://a" + "@', ".js", False),
        (b"# a @", ".py", True),
        (b"# a @", ".js", False),
        (b'"""a\n@', ".py", True),
        (b'"""a"""\n@', ".py", False),
        (b"<!-- a @", ".html", True),
    ],
)
def test_comments(text: bytes, suffix: str, expected: bool) -> None:
    assert is_comment(text, text.index(b"@"), suffix) is expected


@given(
    st.lists(
        st.sampled_from([b"http://", b"ws://", b"a.invalid", b"fetch(", b'"', b"[", b"@", b"\xff", b"\n"]), max_size=30
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_bytes_give_places_inside_the_file(run: Run, pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    for finding in run(data):
        assert finding.start is not None and finding.end is not None
        assert 0 <= finding.start < finding.end <= len(data)
