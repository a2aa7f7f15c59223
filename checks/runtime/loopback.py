"""Which hosts are this machine: the only one that plain http is spoken to, and one that nobody else may send us to."""

from __future__ import annotations

import ipaddress
import socket
import unicodedata


def is_loopback(host: str) -> bool:
    """Whether a host names this machine; a name counts only if it is localhost."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def is_here(host: str) -> bool:
    """Whether a host leads to this machine, in any of the ways to write that: 127.1, 0.0.0.0, localhost., x.localhost.

    What a name resolves to is not known before it is asked: TLS has to tell that it is somebody else.
    """
    name = unicodedata.normalize("NFKC", host).strip("[]").partition("%")[0].rstrip(".").casefold()
    if name in ("localhost", "localhost.localdomain") or name.endswith(".localhost"):
        return True
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        try:
            address = ipaddress.IPv4Address(socket.inet_aton(name))
        except (OSError, ValueError):
            return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified
