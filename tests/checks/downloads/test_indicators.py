"""Addresses are found in any bytes, each once; nothing secret is told, and no bytes upset the search."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import Fact, Finding, Severity
from checks.downloads._addresses import Searcher, load_table
from checks.runtime.catalog import load_check

ETHER = "0x52908400098527886E0F7030069857D2E4169EE7"
COIN = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
SPEC = load_check("checks.downloads.indicators")


@pytest.fixture
def facts_of(make_package, run_check):
    def find(files, **options):
        results = run_check(SPEC, make_package(files, **options))
        return [(r.name, r.value) for r in results if isinstance(r, Fact)]

    return find


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 'https://Cdn.Acme.example:8443/a/b.js?key=1#top'", ("url", "https://cdn.acme.example:8443/a/b.js")),
        ("x = 'https://Cdn.Acme.example/a'", ("domain", "cdn.acme.example")),
        ("send('ops@acme.example')", ("email", "ops@acme.example")),
        ("mailto:ops@acme.example", ("email", "ops@acme.example")),
        ("host = '203.0.113.77'", ("ipv4", "203.0.113.77")),
        ("connect 203.0.113.7:22", ("ipv4", "203.0.113.7")),
        ("v6 = '2001:db8:85a3::8a2e:370:7334'", ("ipv6", "2001:db8:85a3::8a2e:370:7334")),
        ("u = 'http://[2001:db8::77]:80/x'", ("ipv6", "2001:db8::77")),
        (f"see {'a2b3c4d5' * 7}.onion now", ("onion", "a2b3c4d5" * 7 + ".onion")),
        (f"pay {ETHER} ", ("wallet", f"ethereum {ETHER}")),
        (f"pay {COIN} ", ("wallet", f"bitcoin {COIN}")),
        ("const h = \"collect.acme.example\";", ("domain", "collect.acme.example")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("coat", ["ascii", "binary", "end of a large file"])
def test_kinds(text: str, found: tuple[str, str], coat: str, facts_of) -> None:
    data = text.encode()
    if coat == "binary":
        data = b"\x7fELF\0\x01\xff\xfe" + bytes(300) + b"\0" + data + b"\0\xff"
    elif coat == "end of a large file":
        data = b"x = 1;\n" * 100_000 + data
    assert found in facts_of({"a.bin": data})


@pytest.mark.parametrize("shift", [0, 1])
@pytest.mark.parametrize("text", ["http://203.0.113.9/gate", "drop@acme.example", "203.0.113.9"])
def test_wide_strings_at_even_and_odd_places(text: str, shift: int, facts_of) -> None:
    data = b"MZ" + bytes(64 + shift) + "Größe ".encode("utf-16-le") + text.encode("utf-16-le") + b"\xff\xff\xff"
    values = [value for _, value in facts_of({"a.exe": data})]
    assert text in values


def test_nothing_secret_is_told(make_package, run_check) -> None:
    secrets = ["hunter2pass", "tok_5f6a7b8c9d0e1f2a3b4c5d6e7f", "s3cretquery", "AbCdEf0123456789AbCdEf0123456789"]
    text = f"""
        a = "https://admin:{secrets[0]}@db.acme.example/x"
        b = "https://api.acme.example/hook/{secrets[1]}/in?q={secrets[2]}"
        c = "https://discord.com/api/webhooks/123456789012345678/{secrets[3]}"
        d = "redis://user:{secrets[0]}@cache.acme.example:6379"
        e = "smtp user:{secrets[0]}@mail.acme.example"
        f = "https://api.telegram.org/bot123456789:AA{secrets[3]}x/send"
        g = "https://hooks.slack.com/services/T00000000/B00000000/{secrets[3]}"
    """
    told = repr(run_check(SPEC, make_package({"a.py": text.encode()})))
    assert not [secret for secret in secrets if secret in told]
    for name in ("Discord webhook 123456789012345678", "Telegram bot 123456789", "Slack webhook T00000000/B00000000"):
        assert name in told


def test_each_address_once_and_the_telling_first(facts_of) -> None:
    files = {f"{n}.js": b"/* http://www.w3.org/x %d */ get('https://cdn.acme.example/lib.js')" % n for n in range(5)}
    files["z.js"] = b"get('http://198.51.100.4/in'); get('https://once.acme.example/q')"
    facts = facts_of(files)
    assert len(facts) == len(set(facts))
    values = [value for _, value in facts]
    assert values[0] == "http://198.51.100.4/in"
    assert values.index("https://once.acme.example/q") < values.index("https://cdn.acme.example/lib.js")
    assert values.index("https://cdn.acme.example/lib.js") < values.index("http://www.w3.org")


def test_the_bound_keeps_what_tells(facts_of) -> None:
    links = "".join(f"see https://site{n}.acme.example/page ;" for n in range(6000))
    facts = facts_of({"links.js": links.encode(), "real.js": b"post('http://198.51.100.4/in')"})
    assert len(facts) <= 5000
    assert ("url", "http://198.51.100.4/in") in facts


def test_too_many_is_said(make_package, run_check) -> None:
    data = b"".join(b"a@b%d.example " % n for n in range(30_000))
    results = run_check(SPEC, make_package({"mails.txt": data}))
    assert any("too many addresses" in getattr(r, "reason", "") for r in results)


def test_the_repository_of_the_package_is_noise(make_package, run_check) -> None:
    files = {
        "package/package.json": b'{"name": "x", "repository": "git+https://github.com/acme/notes.git"}',
        "package/a.js": b"// https://github.com/acme/notes/issues and https://github.com/other/thing",
    }
    grades = {r.value: r.grade for r in run_check(SPEC, make_package(files)) if isinstance(r, Fact)}
    assert grades["https://github.com/acme/notes/issues"] is None
    assert grades["https://github.com/other/thing"] is Severity.INFO


def test_spans_lead_to_the_address(make_package, run_check) -> None:
    data = b"MZ" + bytes(61) + "http://198.51.100.23/x".encode("utf-16-le") + b"\0\0"
    package = make_package({"tool.exe": data})
    finding = next(r for r in run_check(SPEC, package) if isinstance(r, Finding))
    assert data[finding.start : finding.end].decode("utf-16-le") == "http://198.51.100.23/x"


@pytest.fixture
def searcher(prepared) -> Searcher:
    from checks.content._scan import Scanner

    return Searcher(Scanner(prepared(SPEC)), load_table())


PIECES = [b"http://", b"://", b"@", b".onion", b"[", b"]:", b"::", b"198.51.100.1", b"h\0t\0t\0p\0:\0/\0/\0",
          b"a\0@\0b\0", b"\xff", b"\0", b"bc1", b"'", b"a.com'", b"0x" + b"aF" * 20, b"1234567890:AA",
          b"/"]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=40))
def test_no_bytes_upset_it(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    found, _, _ = _SEARCHER[0].search(data, 1000)
    for address in found:
        assert 0 <= address.start < address.end <= len(data)
        assert address.value.isprintable()


_SEARCHER: list[Searcher] = []


@pytest.fixture(autouse=True)
def _place(searcher: Searcher) -> None:
    _SEARCHER[:] = [searcher]


def test_a_real_program_with_random_damage(searcher: Searcher) -> None:
    from pathlib import Path

    program = bytearray(Path("/bin/sh").resolve().read_bytes()[:200_000])
    draw = random.Random(7)
    for _ in range(10):
        for _ in range(200):
            program[draw.randrange(len(program))] = draw.randrange(256)
        searcher.search(bytes(program), 5000)


@pytest.mark.parametrize("host", ["1.2.3.4a", "10.0.0.100xternallink1", "1.2.3.99999999999", "1..2.3", "1.2.3.\u00b2"])
def test_a_host_that_only_begins_like_an_address(host: str, facts_of) -> None:
    """It is a name, or nothing; the search goes on behind it."""
    text = f"x('http://{host}/y'); z('https://cdn.acme.example/a')"
    assert ("url", "https://cdn.acme.example/a") in facts_of({"a.js": text.encode()})
