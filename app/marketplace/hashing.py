"""What a file of the marketplace consists of now, where it tells no hash: the bytes are read again, and not kept."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from app.cancel import CancelToken
from app.marketplace.errors import Unreachable

if TYPE_CHECKING:
    from app.marketplace.client import Client


def hash_file(client: Client, file_id: str, size: int, cancel: CancelToken | None = None) -> str:
    """The SHA-256 of a file of so many bytes; raises MarketError, also where it ends early or is longer."""
    digest = hashlib.sha256()
    done = 0
    url = client.signed_url(file_id, cancel=cancel)
    with client.open_download(url, max_bytes=max(size, 1), cancel=cancel) as download:
        for piece in download:
            digest.update(piece)
            done += len(piece)
    if done != size:
        raise Unreachable(f"a file ended after {done:,} of {size:,} bytes: it is compared again with the next sync")
    return digest.hexdigest()
