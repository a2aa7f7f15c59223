"""Who the marketplace is: real certificates, bundles and pins; proxies in between."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from werkzeug.wrappers import Response

from app.marketplace.account import Account
from app.marketplace.client import Client
from app.marketplace.connection import find_proxies
from app.marketplace.errors import MarketError, NotConnected, Surprise, Unreachable, Untrusted
from app.marketplace.transport import Transport
from tests.app.marketplace.conftest import SECRET, ScriptServer

Serve = Callable[..., ScriptServer]
MARKET = {"marketplaceId": "m1", "attributes": [], "viewAppUrl": "https://m.example", "previewAppUrl": "x"}
NOW = dt.datetime.now(dt.UTC)


@functools.cache
def make_certificate(*, host: str = "127.0.0.1", ended: bool = False, authority: str = "") -> tuple[bytes, bytes, str]:
    """Certificate and key in PEM, and its SHA-256; without `authority` it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")])
    issuer, issuer_key = (name, key) if not authority else _authority(authority)[:2]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=30))
        .not_valid_after(NOW + dt.timedelta(days=-1 if ended else 30))
        .add_extension(x509.SubjectAlternativeName([_name(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=not authority, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    der = made.public_bytes(serialization.Encoding.DER)
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem, secret, hashlib.sha256(der).hexdigest()


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@functools.cache
def _authority(title: str) -> tuple[x509.Name, ec.EllipticCurvePrivateKey, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=30))
        .not_valid_after(NOW + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return name, key, made.public_bytes(serialization.Encoding.PEM)


class Kit:
    """Files of certificates, and servers that use them."""

    def __init__(self, folder: Path, serve: Serve) -> None:
        self.folder, self.serve = folder, serve

    def server(self, script: Any = None, **options: Any) -> ScriptServer:
        pem, key, _ = make_certificate(**options)
        (self.folder / "server.pem").write_bytes(pem + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem")
        return self.serve(script or [MARKET], context=context)

    def bundle(self, pem: bytes) -> str:
        path = self.folder / "bundle.pem"
        path.write_bytes(pem)
        return str(path)


@pytest.fixture
def kit(tmp_path: Path, script_server: Serve) -> Kit:
    return Kit(tmp_path, script_server)


def ask(account: Account) -> Any:
    return Transport(account, SECRET, sleep=lambda seconds: None, attempts=2).get(("markets", "this"))[1]


def test_a_certificate_that_nobody_vouches_for_is_refused(kit: Kit) -> None:
    server = kit.server(authority="own")
    with pytest.raises(Untrusted, match=r"not trusted.*nothing was sent"):
        ask(Account(server.address, "m1", timeout=5))
    with pytest.raises(Untrusted, match="not trusted"):
        ask(Account(server.address, "m1", ca_bundle=kit.bundle(_authority("other")[2]), timeout=5))
    assert not server.seen


def test_the_own_bundle_vouches_and_a_pin_narrows(kit: Kit) -> None:
    server = kit.server(authority="own")
    bundle, pin = kit.bundle(_authority("own")[2]), make_certificate(authority="own")[2]
    assert ask(Account(server.address, "m1", ca_bundle=bundle, timeout=5)) == MARKET
    assert ask(Account(server.address, "m1", ca_bundle=bundle, pin=pin, timeout=5)) == MARKET
    with pytest.raises(Untrusted, match="not the pinned one"):
        ask(Account(server.address, "m1", ca_bundle=bundle, pin="ab" * 32, timeout=5))
    assert len(server.seen) == 2


def test_a_pin_alone_does_not_vouch(kit: Kit) -> None:
    server = kit.server()
    pem, _, pin = make_certificate()
    with pytest.raises(Untrusted, match="not trusted"):
        ask(Account(server.address, "m1", pin=pin, timeout=5))
    assert ask(Account(server.address, "m1", pin=pin, ca_bundle=kit.bundle(pem), timeout=5)) == MARKET


def test_the_pin_holds_for_the_api_and_not_for_other_file_hosts(kit: Kit) -> None:
    host = kit.server(authority="own")
    account = Account("https://127.0.0.1:1/v2", "m1", kit.bundle(_authority("own")[2]), "ab" * 32, timeout=5)
    with Client(account, SECRET).open_download(f"{host.root}/f") as got:
        assert b"".join(got) == json.dumps(MARKET).encode()
    account = dataclasses.replace(account, address=host.address)
    with pytest.raises(Untrusted, match="pinned"):
        Client(account, SECRET).open_download(f"{host.root}/f")
    with pytest.raises(Untrusted, match="not trusted"):
        Client(dataclasses.replace(account, ca_bundle="", pin=""), SECRET).open_download(f"{host.root}/f")


def test_a_download_does_not_go_on_without_tls(kit: Kit, script_server: Serve) -> None:
    plain = script_server([MARKET])
    moved = Response("", 302, headers={"Location": f"{plain.root}/f"})
    host = kit.server([moved], authority="own")
    account = Account(host.address, "m1", ca_bundle=kit.bundle(_authority("own")[2]), timeout=5)
    with pytest.raises(Surprise, match="from https to what is not"):
        Client(account, SECRET).open_download(f"{host.root}/f")
    assert not plain.seen


def test_ended_certificates_and_those_of_another_host_are_refused(kit: Kit) -> None:
    bundle = kit.bundle(_authority("own")[2])
    for options, words in (({"ended": True}, "expired"), ({"host": "other.example"}, "127.0.0.1|another host")):
        server = kit.server(authority="own", **options)
        with pytest.raises(Untrusted, match=words):
            ask(Account(server.address, "m1", ca_bundle=bundle, timeout=5))
        assert not server.seen
    pin = make_certificate(authority="own", ended=True)[2]
    server = kit.server(authority="own", ended=True)
    with pytest.raises(Untrusted, match="expired"):  # a pin does not excuse it
        ask(Account(server.address, "m1", ca_bundle=bundle, pin=pin, timeout=5))


def test_a_bundle_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    for content in (None, b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        path = tmp_path / "mine.pem"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(Untrusted, match=r"mine\.pem.*mend it in the settings"):
            ask(Account("https://127.0.0.1:1/v2", "m1", ca_bundle=str(path), timeout=2))


def test_what_speaks_no_tls_is_not_trusted(script_server: Serve) -> None:
    server = script_server([MARKET])
    with pytest.raises(Untrusted, match="does not speak TLS"):
        ask(Account(server.address.replace("http:", "https:"), "m1", timeout=5))


def test_a_cut_before_tls_is_no_matter_of_trust(raw_server: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def cut() -> None:
            while not over.is_set():
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=cut, daemon=True).start()
        account = Account(f"https://127.0.0.1:{listener.getsockname()[1]}/v2", "m1", timeout=5)
        with pytest.raises(Unreachable) as caught:
            Transport(account, SECRET, sleep=lambda seconds: None).post(("apps", "a", "versions", 1, "status"), {})
        assert not caught.value.sent
        over.set()


def proxy_of(seen: list[bytes], target: int, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> socket.socket:
    """A proxy that notes what it is asked for, and leads every tunnel to one port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                end.close()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            seen.append(connection.recv(65536))
            connection.sendall(answer)
            if not answer.startswith(b"HTTP/1.1 200"):
                connection.close()
                continue
            onward = socket.create_connection(("127.0.0.1", target))
            threading.Thread(target=pump, args=(connection, onward), daemon=True).start()
            threading.Thread(target=pump, args=(onward, connection), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener


@pytest.mark.parametrize("by", ["setting", "environment"])
def test_a_proxy_sees_the_host_and_no_more(kit: Kit, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    server = kit.server(host="market.example", authority="own")
    bundle, pin = kit.bundle(_authority("own")[2]), make_certificate(host="market.example", authority="own")[2]
    seen: list[bytes] = []
    with proxy_of(seen, server.port) as listener:
        address = f"http://user:pa%20ss@127.0.0.1:{listener.getsockname()[1]}"
        if by == "environment":
            monkeypatch.setenv("https_proxy", address)
        proxy = address if by == "setting" else ""
        account = Account("https://market.example/v2", "m1", ca_bundle=bundle, proxy=proxy, timeout=5, pin=pin)
        assert ask(account) == MARKET
        with pytest.raises(Untrusted, match="pinned"):
            ask(Account("https://market.example/v2", "m1", bundle, "cd" * 32, proxy, 5))
    assert seen[0].startswith(b"CONNECT market.example:443 ")
    assert b"Proxy-Authorization: Basic" in seen[0]
    assert b"\nAuthorization" not in seen[0]


def test_a_proxy_that_refuses_is_told_without_its_password() -> None:
    for answer, words in ((b"407 Who", "name and password"), (b"403 No", "through the proxy")):
        with proxy_of([], 1, b"HTTP/1.1 " + answer + b"\r\n\r\n") as listener:
            proxy = f"http://user:hidden@127.0.0.1:{listener.getsockname()[1]}"
            with pytest.raises(MarketError, match=words) as caught:
                ask(Account("https://market.example/v2", "m1", proxy=proxy, timeout=5))
            assert isinstance(caught.value, Unreachable) and "hidden" not in str(caught.value)


def test_proxies_are_chosen_by_setting_environment_and_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://env.example:1")
    monkeypatch.setenv("no_proxy", "near.example")
    plain = Account("https://m.example/v2", "m1")
    mine = Account("https://m.example/v2", "m1", proxy="mine.example:3128")
    assert find_proxies(plain, "https://m.example/x")["https"] == "http://env.example:1"
    assert find_proxies(plain, "https://near.example/x") == {}
    assert find_proxies(mine, "https://near.example/x")["https"] == "http://mine.example:3128"
    assert find_proxies(mine, "http://127.0.0.1:9/x") == {} == find_proxies(mine, "https://localhost/x")
    for wrong in ("socks5://p.example:1080", "http://", "http://p.example:x"):
        with pytest.raises(NotConnected, match="proxy"):
            find_proxies(Account("https://m.example/v2", "m1", proxy=wrong), "https://m.example/x")
