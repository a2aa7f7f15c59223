"""Which marketplace: the settings, checked before anything is asked."""

from __future__ import annotations

import dataclasses

import pytest

from app.marketplace.account import Account
from app.marketplace.errors import NotConnected, Untrusted
from app.settings import MarketSettings
from checks.runtime.loopback import is_loopback

GOOD = MarketSettings(address="https://market.example/v2/", id="m1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"address": ""}, "no marketplace is set up"),
        ({"id": ""}, "id is missing"),
        ({"id": "a:b"}, "colon"),
        ({"id": "a\nb"}, "id is missing"),
        ({"address": "market.example"}, "no address of an API"),
        ({"address": "https://u:hidden@market.example"}, "name or password"),
        ({"address": "https://:hidden@market.example"}, "name or password"),
        ({"address": "https://@market.example"}, "name or password"),
        ({"address": "https://market.example/?a=b"}, "no address"),
        ({"address": "https://market.example:99999/"}, "no address"),
        ({"address": "https://[bad/"}, "no address"),
    ],
)
def test_settings_that_name_no_marketplace(changes: dict[str, str], words: str) -> None:
    with pytest.raises(NotConnected, match=words) as caught:
        Account.of(dataclasses.replace(GOOD, **changes))
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["http://market.example/v2", "http://10.0.0.1/v2", "ftp://market.example", "http://localhost.evil.example"],
)
def test_plain_http_goes_to_this_machine_only(address: str) -> None:
    with pytest.raises(Untrusted, match="only https"):
        Account.of(dataclasses.replace(GOOD, address=address))


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:80/v2", "http://localhost:1/v2", "http://[::1]:5/v2", "http://127.8.8.8"]
)
def test_this_machine_is_spoken_to_plainly(address: str) -> None:
    assert Account.of(dataclasses.replace(GOOD, address=address)).address == address


def test_pins_are_sha256_in_hex() -> None:
    assert Account.of(dataclasses.replace(GOOD, pin="AB:" * 31 + "AB")).pin == "ab" * 32
    for pin in ("ab" * 20, "zz" * 32, "x"):
        with pytest.raises(Untrusted, match="SHA-256"):
            Account.of(dataclasses.replace(GOOD, pin=pin))


def test_a_marketplace_keeps_its_name_on_another_port_of_this_machine() -> None:
    names = {
        Account.of(dataclasses.replace(GOOD, address=address)).market
        for address in ("http://127.0.0.1:80/v2", "http://localhost:1/v2/", "http://[::1]:5/v2")
    }
    assert names == {"m1@localhost/v2"}
    assert Account.of(GOOD).market == "m1@market.example/v2"
    assert (
        Account.of(dataclasses.replace(GOOD, address="https://Market.example:444/v2")).market
        == "m1@market.example:444/v2"
    )


def test_loopback_is_by_number_or_localhost() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "[::1]", "LOCALHOST")))
    assert not any(
        map(is_loopback, ("", "0.0.0.0", "localhost.example", "127.0.0.1.example", "10.0.0.1", "2130706433"))
    )


def test_no_password_of_a_proxy_is_shown() -> None:
    assert "hidden" not in repr(Account("https://m.example", "m1", proxy="http://user:hidden@proxy.example:3128"))
