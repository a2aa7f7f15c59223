"""Signed addresses, well and badly served: each sample is a real server's behaviour, all of them asked side by side.

A sample says what differs from a server that does everything right; see `Shop`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from checks.downloads.serving.signed import End, read_signed
from checks.runtime.asking import Asker, NoAnswer, place_of
from checks.runtime.catalog import load_catalog
from checks.runtime.execution import run_probe
from checks.runtime.model import Finding, Severity, Unchecked
from checks.runtime.package import Target, resource_path

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "distribution"
FLAGS, PASSES = (sorted((SAMPLES / side).glob("*.json")) for side in ("flags", "passes"))
SPEC = load_catalog()["distribution"]
VALID, SLACK = 1, 0.6
NAMES = tomllib.loads(resource_path("rules/marketplace.toml").read_text())["parameters"]

Result = Finding | Unchecked


def encode(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


class Shop:
    """One file behind signed addresses. What it does wrong is in `ways`."""

    def __init__(self, name: str, ways: dict[str, Any]) -> None:
        self.name, self.ways = name, ways
        self.data = hashlib.sha256(name.encode()).digest() * (ways.get("size", 4000) // 32)
        self._key = hashlib.sha256(name.encode()).digest()
        self._issued = 0.0

    def _now(self) -> float:
        return time.time() + self.ways.get("clock", 0)

    def _sign(self, pairs: list[tuple[str, str]]) -> str:
        return hmac.new(self._key, repr(sorted(pairs)).encode(), "sha256").hexdigest()

    def _pairs(self) -> list[tuple[str, str]]:
        end = self._now() + self.ways.get("life", VALID)
        stamp = datetime.fromtimestamp(self._now(), UTC)
        match self.ways.get("form", "plain"):
            case "amazon":
                return [("X-Amz-Date", f"{stamp:%Y%m%dT%H%M%SZ}"), ("X-Amz-Expires", str(self.ways.get("life", VALID)))]
            case "azure":
                ends = datetime.fromtimestamp(end, UTC)
                return [("sp", "r"), ("st", f"{stamp:%Y-%m-%dT%H:%M:%SZ}"), ("se", f"{ends:%Y-%m-%dT%H:%M:%SZ}")]
            case "policy":
                condition = {"DateLessThan": {"AWS:EpochTime": int(end)}}
                policy = json.dumps({"Statement": [{"Resource": "*", "Condition": condition}]}).encode()
                text = base64.b64encode(policy).decode()
                return [("Policy", text.translate(str.maketrans("+=/", "-_~")))]
            case "jwt":
                return [("claims", encode({"exp": int(end), "sub": self.name}))]
            case "endless" | "number":
                return [("v", "7")]
        return [("expires", str(int(end)))]

    def address(self, base: str) -> str:
        if "address" in self.ways:
            return str(self.ways["address"])
        self._issued = time.monotonic()
        pairs = self._pairs()
        signature = self._sign(pairs)
        match self.ways.get("form", "plain"):
            case "amazon":
                pairs.append(("X-Amz-Signature", signature))
            case "azure":
                pairs.append(("sig", base64.b64encode(bytes.fromhex(signature)).decode()))
            case "jwt":
                pairs = [("token", f"{encode({'alg': 'HS256'})}.{pairs[0][1]}.{signature}")]
            case "number":
                pass
            case _:
                pairs.append(("Signature", signature))
        return f"{base}/{self.name}/app.zip?{urlencode(pairs)}"

    def _is_signed(self, query: dict[str, str]) -> bool:
        if self.ways.get("form") == "jwt":
            _, claims, signature = [*query.get("token", "").split("."), "", "", ""][:3]
            return hmac.compare_digest(signature, self._sign([("claims", claims)]))
        name = {"amazon": "X-Amz-Signature", "azure": "sig"}.get(self.ways.get("form", ""), "Signature")
        given = query.pop(name, None)
        if given is None:
            return bool(self.ways.get("optional_signature")) and bool(query)
        if not self.ways.get("compares_signature", True):
            return True
        right = self._sign(list(query.items()))
        if name == "sig":
            right = base64.b64encode(bytes.fromhex(right)).decode()
        return hmac.compare_digest(given, right)

    def answer(self, request: Request) -> Response:
        if request.path.endswith("/permanent"):
            return Response(self.data) if self.ways.get("permanent") else Response("no", 403)
        if self.ways.get("asks_signature", True) and not self._is_signed(request.args.to_dict()):
            return Response("no", 403)
        if not self.ways.get("keeps_serving") and time.monotonic() > self._issued + VALID:
            return Response("too late", 403)
        if "redirect" in self.ways and not request.path.endswith("/next"):
            where = self.ways["redirect"]
            here = f"{request.path.rpartition('/')[0]}/next?{request.query_string.decode()}"
            return Response(status=302, headers={"Location": here if where == "next" else where})
        if "then" in self.ways:
            return Response(status=307, headers={"Location": self.ways["then"]})
        data = {"other": self.data[::-1], "longer": self.data + b"x", "shorter": self.data[:-1]}
        response = Response(data.get(self.ways.get("sends", ""), self.data), self.ways.get("status", 200))
        response.headers["Content-Type"] = "application/zip"
        response.headers["Cache-Control"] = "private, no-store"
        for name, value in self.ways.get("headers", {}).items():
            response.headers[name] = value
        return response

    def told(self, base: str) -> dict[str, Any]:
        """What the host would hand over."""
        permanent = "permanent" in self.ways
        return {
            "name": "app.zip", "private": self.ways.get("private", True),
            "permanent": f"{base}/{self.name}/permanent" if permanent else "", "signed": self.address(base),
            "valid_seconds": VALID, "size": len(self.data), "sha256": hashlib.sha256(self.data).hexdigest(),
        }  # fmt: skip


class Handler(WSGIRequestHandler):
    """Tells the time of the shop that is asked."""

    shops: dict[str, Shop]

    def date_time_string(self, timestamp: float | None = None) -> str:
        shop = self.shops.get(self.path.split("/")[1]) if "/" in getattr(self, "path", "") else None
        return formatdate(time.time() + (shop.ways.get("clock", 0) if shop else 0), usegmt=True)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: a test says what went wrong."""


class Street:
    """All shops behind one server of this machine."""

    def __init__(self, tls: tuple[str, str] | None = None) -> None:
        self.shops: dict[str, Shop] = {}
        handler = type("ShopHandler", (Handler,), {"shops": self.shops})
        self._server = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, ssl_context=tls, request_handler=handler
        )
        self.base = f"{'https' if tls else 'http'}://localhost:{self._server.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        return self.shops[request.path.split("/")[1]].answer(request)(environ, start_response)

    def ask(self, shop: Shop, **connection: Any) -> list[Result]:
        self.shops[shop.name] = shop
        told = {"files": [shop.told(self.base)], "local": True, **connection}
        return list(run_probe(SPEC, Target({"served": told}), {"slack": SLACK, "deadline": 20.0}))  # type: ignore[arg-type]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    street = Street()
    yield street
    street.close()


@pytest.fixture(scope="module")
def answers(street: Street) -> dict[Path, list[Result]]:
    """What the check says of each sample."""
    paths = [*FLAGS, *PASSES]
    shops = [Shop(quote(path.stem), json.loads(path.read_text())) for path in paths]
    with ThreadPoolExecutor(len(paths)) as threads:
        return dict(zip(paths, threads.map(street.ask, shops), strict=True))


@pytest.mark.parametrize("path", FLAGS, ids=lambda path: path.stem)
def test_flags(path: Path, answers: dict[Path, list[Result]]) -> None:
    rules = {r.rule for r in answers[path] if isinstance(r, Finding)}
    expected = path.stem.partition("--")[0]
    assert expected in rules, answers[path]
    # what is wrong with one thing does not make the others wrong
    together = {"no-expiry", "no-signature", "serves-after-expiry", "far-too-long", "served-unsigned"}
    assert rules == {expected} or rules <= together, rules


@pytest.mark.parametrize("path", PASSES, ids=lambda path: path.stem)
def test_passes(path: Path, answers: dict[Path, list[Result]]) -> None:
    assert answers[path] == []


def test_no_address_is_named_with_its_query(answers: dict[Path, list[Result]]) -> None:
    texts = [str(result) for results in answers.values() for result in results]
    assert not [text for text in texts if "?" in text or "ignature=" in text]


def test_an_end_that_the_server_knows_weighs_less(answers: dict[Path, list[Result]]) -> None:
    severity = {p.stem: r.severity for p, results in answers.items() for r in results
                if isinstance(r, Finding) and r.rule == "no-expiry"}  # fmt: skip
    assert severity["no-expiry--nothing_ends"] is Severity.HIGH
    assert severity["no-expiry--the_server_knows_when"] is Severity.LOW


# what could not be learned is no pass


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again_later(status: int, street: Street) -> None:
    (said,) = street.ask(Shop(f"busy{status}", {"status": status}))
    assert isinstance(said, Unchecked)
    assert f"answered {status}" in said.reason


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    shop = Shop("gone", {})
    told = {"files": [shop.told(base)], "local": True}
    (said,) = run_probe(SPEC, Target({"served": told}), {"slack": SLACK, "deadline": 5.0})
    assert isinstance(said, Unchecked)
    assert "no answer (Connection refused)" in said.reason


def test_this_machine_is_none_that_another_may_name() -> None:
    asker = Asker({"local": False}, time.monotonic() + 5)
    plain = ("127.0.0.1", "0.0.0.0", "127.1", "localhost.", "x.localhost", "[::]", "[::ffff:7f00:1]")
    for host in (*plain, "\uff11\uff12\uff17.0.0.1"):
        with pytest.raises(NoAnswer, match="names this machine"):
            asker.get(f"https://{host}:1/x?secret")


def test_a_redirect_to_nonsense_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 302 Moved\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(NoAnswer, match="an address that is none"):
            Asker({"local": True}, time.monotonic() + 5).follow(f"http://127.0.0.1:{listening.getsockname()[1]}/x")


def test_redirects_end() -> None:
    street = Street()
    shop = street.shops["round"] = Shop("round", {"asks_signature": False, "keeps_serving": True})
    shop.ways["redirect"] = f"{street.base}/round/x"
    with pytest.raises(NoAnswer, match="more than 3 redirects"):
        Asker({"local": True}, time.monotonic() + 5).follow(f"{street.base}/round/x")
    street.close()


def test_a_slow_answer_ends_with_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asker = Asker({"local": True}, time.monotonic() + 0.2)
        with pytest.raises(NoAnswer, match="silent for too long"):
            asker.get(f"http://127.0.0.1:{listening.getsockname()[1]}/x")


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate of this machine that only a test trusts, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(private)
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.fixture(scope="module")
def secure(certificate: tuple[str, str]) -> Iterator[Street]:
    street = Street(certificate)
    yield street
    street.close()


def test_https_with_authorities_and_a_pin(secure: Street, certificate: tuple[str, str]) -> None:
    pem = Path(certificate[0]).read_text()
    pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    pinned = secure.base.removeprefix("https://")
    ways = [
        ("untrusted", {}, "certificate is not trusted"),
        ("trusted", {"authorities": pem}, None),
        ("pinned", {"authorities": pem, "pin": pin, "pinned": pinned}, None),
        ("another", {"authorities": pem, "pin": "0" * 64, "pinned": pinned}, "another certificate than the one"),
    ]
    with ThreadPoolExecutor(4) as threads:
        asked = list(threads.map(lambda way: secure.ask(Shop(f"tls-{way[0]}", {}), **way[1]), ways))
    for (name, _, expected), results in zip(ways, asked, strict=True):
        if expected is None:
            assert results == [], name
        else:
            (said,) = results
            assert isinstance(said, Unchecked)
            assert expected in said.reason


# addresses taken apart

SIGNATURE = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("query", "end"),
    [
        (f"X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-Signature={SIGNATURE}", End(seconds=900)),
        (f"X-Goog-Expires=604800&X-Goog-Signature={SIGNATURE}", End(seconds=604800)),
        (f"AWSAccessKeyId=AKIA&Expires=1767225600&Signature={SIGNATURE}", End(at=1767225600)),
        (f"expires=1767225600123&signature={SIGNATURE}", End(at=1767225600.123)),
        (f"se=2026-01-01T00%3A00%3A00Z&sig={SIGNATURE}", End(at=1767225600)),
        (f"st=2026-01-01T00%3A00%3A00Z&se=2026-01-01T00%3A10%3A00Z&sig={SIGNATURE}", End(seconds=600)),
        (f"hdnea=exp=1767225600~acl=/*~hmac={SIGNATURE}", End(at=1767225600)),
        (f"token={encode({'a': 1})}.{encode({'exp': 1767225600})}.{SIGNATURE}", End(at=1767225600)),
        (f"ttl=60&h={SIGNATURE}", End(seconds=60)),
        (f"signature={SIGNATURE}", None),
        (f"expires=soon&signature={SIGNATURE}", None),
        (f"expires={'9' * 40}&signature={SIGNATURE}", None),
    ],
)
def test_ends_are_read_in_all_common_forms(query: str, end: End | None) -> None:
    signed = read_signed(f"https://files.example/a/app.zip?{query}", NAMES)
    assert signed.end == end
    assert signed.signature is not None
    assert SIGNATURE in signed.pairs[signed.signature][1]


def test_an_altered_signature_differs_by_one_character() -> None:
    for value in (SIGNATURE, "aGVsbG8%2Bd29ybGQ%2Fwhat%3D", "0" * 20 + "a"):
        signed = read_signed(f"https://files.example/a?expires=5&signature={value}", NAMES)
        before = f"https://files.example/a?expires=5&signature={value}"
        assert len(signed.altered) == len(before)
        assert sum(a != b for a, b in zip(signed.altered, before, strict=True)) == 1
        assert signed.unsigned == "https://files.example/a?expires=5"
        assert signed.bare == "https://files.example/a"


def test_an_address_is_shown_without_what_opens_it() -> None:
    assert place_of("https://user:password@files.example/a/b?signature=x#y") == "https://files.example/a/b"
    assert place_of("https://[::1") == "an address that is none"
    assert len(place_of("https://files.example/" + "x" * 500)) < 120


PARAMETERS = st.sampled_from(["Policy", "Expires", "se", "token", "X-Amz-Expires", "é"])


@given(st.lists(st.tuples(PARAMETERS, st.text()), max_size=4))
def test_no_address_breaks_it(pairs: list[tuple[str, str]]) -> None:
    for query in (urlencode(pairs), "&".join(f"{name}={value}" for name, value in pairs)):
        signed = read_signed(f"https://files.example/a?{query}", NAMES)
        assert signed.end is None or signed.end.life(0.0) < 1e15
        assert "?" not in signed.bare


def test_a_policy_with_an_endless_number_is_none() -> None:
    policy = {"Statement": [{"Condition": {"DateLessThan": {"AWS:EpochTime": 10**400}}}]}
    assert read_signed(f"https://files.example/a?Policy={encode(policy)}", NAMES).end is None
