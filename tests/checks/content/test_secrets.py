"""Every kind of secret finds its own example and lets its counter-example pass."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.content._secret_proofs import Proof, crc32_base62, entropy, private_key
from checks.content._secret_rules import Rules, load_rules, prepare, read_tables, wrapped_needles
from checks.content._secret_search import find_secrets
from checks.content.secrets import _is_explained, secrets
from checks.runtime import package
from checks.runtime.model import Confidence, Finding, Severity
from checks.runtime.package import Blobs, Entry, File, place_resources

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
TABLES = {table["id"]: table for table in read_tables(RESOURCES / "rules" / "secrets")}


class _Memory(Blobs):
    def __init__(self, data: bytes) -> None:
        super().__init__(None, None)
        self._maps["pack"] = data


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rules]:
    before = (package._resources, package._prepared)
    prepared = tmp_path_factory.mktemp("prepared")
    (prepared / "secrets").mkdir()
    prepare(RESOURCES, prepared / "secrets")
    place_resources(RESOURCES, prepared)
    yield load_rules(prepared / "secrets")
    place_resources(*before)


def run(data: bytes, path: str = "src/config.env") -> list[Finding]:
    file = File(Entry(0, path, "file", len(data), 0, "pack", ""), _Memory(data))
    return [finding for finding in secrets(file) if isinstance(finding, Finding)]


def example(kind: str, side: str = "positive") -> bytes:
    """Examples are kept in pieces, so that no scanner takes this repository for a leak."""
    return "".join(TABLES[kind][side]).encode()


def test_there_are_many_kinds() -> None:
    assert len(TABLES) >= 60


@pytest.mark.parametrize("kind", TABLES)
def test_kind_finds_its_example(rules: Rules, kind: str) -> None:
    data = b"# settings\n" + example(kind) + b"\n"
    found = run(data)
    assert [finding.rule for finding in found] == [kind]
    (finding,) = found
    assert finding.secret
    assert finding.severity == Severity.parse(TABLES[kind]["severity"])
    value = data[finding.start : finding.end]
    assert value
    assert value.decode() not in finding.message + finding.matched + finding.remediation
    assert finding.matched.startswith("sha256:")


@pytest.mark.parametrize("kind", TABLES)
def test_kind_lets_its_counter_example_pass(rules: Rules, kind: str) -> None:
    assert run(b"# settings\n" + example(kind, "negative") + b"\n") == []


@pytest.mark.parametrize("kind", [kind for kind, table in TABLES.items() if table.get("wrapped")])
@pytest.mark.parametrize("padding", ["", "a", "ab", "abc=1;"])
def test_a_secret_wrapped_in_base64_is_found(rules: Rules, kind: str, padding: str) -> None:
    wrapped = base64.b64encode(padding.encode() + b"x: " + example(kind) + b" and more text behind it")
    data = b'const blob = "' + wrapped + b'";'
    finding = next(f for f in run(data, "src/blob.js") if f.rule == kind)
    assert "wrapped" in finding.message
    assert 14 <= finding.start < finding.end <= 14 + len(wrapped)


@pytest.mark.parametrize(("bom", "codec"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_utf_16_is_searched_and_the_place_is_in_bytes(rules: Rules, bom: bytes, codec: str) -> None:
    text = example("stripe_secret").decode()
    data = bom + text.encode(codec)
    (finding,) = run(data, "settings.ini")
    assert finding.rule == "stripe_secret"
    assert data[finding.start : finding.end].decode(codec).startswith("sk_live")


def test_a_fixture_weighs_less_than_a_program(rules: Rules) -> None:
    assert run(example("rsa_private_key"), "src/key.pem")[0].severity == Severity.HIGH
    assert run(example("rsa_private_key"), "tests/fixtures/key.pem")[0].severity == Severity.LOW
    # a right checksum is nobody's invention
    assert run(example("github_pat"), "tests/test_client.py")[0].severity == Severity.MEDIUM


def test_a_wrong_checksum_is_only_a_doubt(rules: Rules) -> None:
    right = example("github_pat")
    (finding,) = run(right)
    assert finding.confidence == Confidence.HIGH
    last = right[finding.end - 1 : finding.end]
    wrong = right[: finding.end - 1] + (b"1" if last != b"1" else b"2") + right[finding.end :]
    (doubt,) = run(wrong)
    assert (doubt.severity, doubt.confidence) == (Severity.LOW, Confidence.LOW)


def test_an_encrypted_key_weighs_less(rules: Rules) -> None:
    assert run(example("encrypted_private_key"))[0].severity == Severity.MEDIUM


@pytest.mark.parametrize(
    "text",
    [
        'password: "${DB_PASSWORD}"',
        'const token = process.env.API_TOKEN || "";',
        'api_key = os.environ["SERVICE_API_KEY_FOR_PRODUCTION_1"]',
        'token: "{{ vault_api_token_v2_production }}"',
        '"integrity": "sha512-3oSeUO0TMV67hN1AmXsK4+eqY7tWSeVLLCvRN0ONZRn4hVpTQ9q8Qyeq1uoH0QxYUKfW5uN1WkmsGmm8ig=="',
        'secret_id = "6f1c2b5e-2f4d-4b7e-9d51-0c8b1f4d2a90"',
        "token: 5d41402abc4b2a76b9719d911017c592 # commit",
        'const passwordField = "current-password"; const TOKEN_TYPE = "urn:ietf:params:oauth:token-type:jwt1";',
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
        'secretKeyRef: {name: "app-secrets-v2", key: "token"}',
        'const ACCESS_TOKEN_STORAGE_KEY = "app.session.access_token.v2";',
    ],
)
@pytest.mark.parametrize("path", ["src/app.js", "deploy/app.yaml"])
def test_what_only_looks_like_a_secret_passes(rules: Rules, text: str, path: str) -> None:
    assert [f for f in run(text.encode(), path) if f.severity >= Severity.MEDIUM] == []


def test_generic_values_in_lock_files_pass(rules: Rules) -> None:
    assert run(example("secret_assignment"), "package-lock.json") == []
    assert run(example("secret_assignment"), "src/app.js") != []


def test_a_flood_of_hits_is_told_not_swallowed(rules: Rules) -> None:
    data = b"glpat-" * 60_000
    file = File(Entry(0, "a.js", "file", len(data), 0, "pack", ""), _Memory(data))
    assert any("not searched" in getattr(result, "reason", "") for result in secrets(file))


@given(st.binary(max_size=400))
def test_needles_stand_in_every_alignment(prefix: bytes) -> None:
    encoded = base64.b64encode(prefix + b"dckr_pat_" + b"tail").decode()
    assert any(needle in encoded for needle in wrapped_needles("dckr_pat_"))


@given(st.lists(st.sampled_from([example(kind) for kind in TABLES] + [b"\0", b"\xff", b"=", b"\n"]), max_size=8))
def test_any_mixture_gives_ordered_places_inside_the_file(rules: Rules, pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    found, _ = find_secrets(data, rules, "a.env")
    ends = [0]
    for secret in found:
        assert ends[-1] <= secret.start < secret.end <= len(data)
        ends.append(secret.end)


@given(st.binary(max_size=200))
def test_entropy_lies_between_none_and_eight_bits(value: bytes) -> None:
    assert 0.0 <= entropy(value) <= 8.0


def test_proofs_refuse_what_is_broken(rules: Rules) -> None:
    assert crc32_base62(b"ghp_" + b"a" * 36, None, rules.allowed) is Proof.REJECT
    body = b"-----BEGIN PRIVATE KEY-----\n" + b"QUJD" * 40 + b"\n-----END PRIVATE KEY-----"
    assert private_key(body, None, rules.allowed) is Proof.REJECT


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("/**\n * account: {\n *   privateKey: '", True),
        ('{"sourcesContent":["/**\\n * \\t\\tprivateKey: \'', True),
        ("def f():\n    >>> connect('", True),
        ("const a = 1;\nconst privateKey = '", False),
        (" * privateKey: '", False),
        ("/* x\n */ const privateKey = '", False),
    ],
)
def test_a_line_that_explains_is_known(text: str, explained: bool) -> None:
    assert _is_explained(text.encode() + b"0" * 64, len(text)) is explained
