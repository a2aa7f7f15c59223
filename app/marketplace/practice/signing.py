"""Addresses of private files that work for a while: signed with a key that lives in memory only."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from urllib.parse import urlencode

from app.marketplace.practice.documents import file_path

DEFAULT_SECONDS = 60
LONGEST_SECONDS = 7 * 24 * 3600


class Signer:
    """Signs and checks addresses; a new one (with each start of the server) knows none of the old addresses."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock

    def sign(self, file_id: str, name: str, seconds: int) -> str:
        """The path and query under which a file can be had for so many seconds."""
        expires = str(int(self._clock()) + seconds)
        query = urlencode({"expires": expires, "signature": self._signature(file_id, name, expires)})
        return f"{file_path(file_id, name, private=True)}?{query}"

    def accepts(self, file_id: str, name: str, expires: str, signature: str) -> bool:
        """Whether an address is one of ours and still in time."""
        right = hmac.compare_digest(self._signature(file_id, name, expires).encode(), signature.encode())
        return right and expires.isascii() and expires.isdigit() and self._clock() < int(expires)

    def _signature(self, file_id: str, name: str, expires: str) -> str:
        told = json.dumps(["GET", file_id, name, expires]).encode()
        return hmac.new(self._key, told, hashlib.sha256).hexdigest()
