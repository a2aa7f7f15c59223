"""Which marketplace, and how it is reached: the settings, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.marketplace.errors import NotConnected, Untrusted
from app.settings import MarketSettings
from checks.runtime.loopback import is_loopback


@dataclass(frozen=True, slots=True)
class Account:
    """A marketplace that can be asked: `address` is the base of its API, without a slash at its end."""

    address: str
    id: str
    ca_bundle: str = ""
    pin: str = ""
    proxy: str = field(default="", repr=False)  # it may hold a password
    timeout: int = 20
    file_fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: MarketSettings) -> Account:
        """From the settings; raises NotConnected where there is none, Untrusted for plain http to another machine."""
        address, market = settings.address.strip().rstrip("/"), settings.id.strip()
        if not address:
            raise NotConnected("no marketplace is set up: Settings, Marketplace, or `assay queue --connect ADDRESS`")
        if not market or ":" in market or not market.isprintable():
            raise NotConnected(f"{address}: the marketplace's id is missing or has a colon: mend it in the settings")
        try:
            parts = urlsplit(address)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
            parts = urlsplit("")
        if "@" in parts.netloc:
            raise NotConnected("the address of the marketplace has a name or password in it: write it without")
        if not host or parts.query or parts.fragment:
            raise NotConnected(f"{address!r} is no address of an API: it looks like https://market.example/v2")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise Untrusted(f"{address}: only https is spoken to another machine: write https:// in the settings")
        pin = settings.pin.replace(":", "").strip().casefold()
        if pin and not re.fullmatch(r"[0-9a-f]{64}", pin):
            raise Untrusted("the pin of the marketplace's certificate has to be a SHA-256 in hex: mend it")
        return cls(address, market, settings.ca_bundle, pin, settings.proxy, settings.timeout, settings.file_fields)

    @property
    def market(self) -> str:
        """Names the marketplace in the database: the same one on another port of this machine stays the same."""
        parts = urlsplit(self.address)
        host = (parts.hostname or "").casefold()
        place = "localhost" if is_loopback(host) else parts.netloc.rpartition("@")[2].casefold()
        return f"{self.id}@{place}{parts.path}"
