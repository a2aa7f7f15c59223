"""Talking to clamd: pyclamd's connection, and INSTREAM framing of our own.

pyclamd's own stream command sends 4 KiB pieces and folds every trouble into one exception; here a batch goes in
one piece and the answer is told apart from a connection that clamd closed on its limits.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.runtime.model import Unavailable

SECONDS = 150.0
MAX_ANSWER = 4096
MAX_SIGNATURE = 120
BLOCK = 512
_LIMIT = re.compile(r"^Heuristics\.(?:Limits\.Exceeded|Encrypted)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """What clamd said of one stream: `signature` where it found something, `trouble` where it could not scan."""

    signature: str = ""
    trouble: str = ""

    @property
    def is_clean(self) -> bool:
        """Scanned, and nothing found."""
        return not self.signature and not self.trouble


def read_answer(raw: bytes) -> Answer:
    """Parse `stream: OK`, `stream: Name FOUND` or `... ERROR`; whatever else it may be is trouble."""
    text = "".join(c if c.isprintable() else " " for c in raw[:MAX_ANSWER].decode("utf-8", "replace")).strip()
    text = text.removeprefix("stream: ")
    if text == "OK":
        return Answer()
    if text.endswith(" FOUND"):
        signature = text.removesuffix(" FOUND")[:MAX_SIGNATURE]
        if _LIMIT.match(signature):
            return Answer(trouble=f"clamd could not look at all of it ({signature})")
        return Answer(signature=signature)
    if "size limit exceeded" in text:
        return Answer(trouble="larger than the stream limit of this clamd (StreamMaxLength)")
    return Answer(trouble=f"clamd answered {text[:MAX_SIGNATURE]!r}" if text else "clamd closed the connection")


class Scanner:
    """Streams to one clamd; raises Unavailable where no clamd is there any more."""

    def __init__(self, socket: Path) -> None:
        import pyclamd

        try:
            self._client: Any = pyclamd.ClamdUnixSocket(str(socket), SECONDS)
        except (OSError, pyclamd.ConnectionError):
            raise _gone() from None

    def scan(self, pieces: Iterable[bytes]) -> Answer:
        """What clamd says of these bytes taken together."""
        import pyclamd

        try:
            self._client._init_socket()
        except (OSError, pyclamd.ConnectionError):
            raise _gone() from None
        connection = self._client.clamd_socket
        trouble = ""
        try:
            connection.sendall(b"nINSTREAM\n")
            for piece in pieces:
                if piece:
                    connection.sendall(struct.pack(">I", len(piece)))
                    connection.sendall(piece)
            connection.sendall(b"\0\0\0\0")
        except OSError as error:
            # clamd hangs up on what is above its limits: its reason may still lie in the connection
            trouble = f"clamd closed the connection while it was sent ({error.strerror or 'no answer in time'})"
        try:
            raw = b""
            while len(raw) < MAX_ANSWER and (more := connection.recv(MAX_ANSWER)):
                raw += more
        except OSError as error:
            return Answer(trouble=trouble or f"clamd did not answer ({error.strerror or 'no answer in time'})")
        finally:
            self._client._close_socket()
        answer = read_answer(raw)
        return Answer(trouble=trouble) if trouble and answer.is_clean else answer


def _gone() -> Unavailable:
    return Unavailable("clamd does not answer: apt install clamav-daemon, or start it again")


def tar_pieces(contents: Sequence[bytes]) -> Iterator[bytes]:
    """A plain tar of numbered members, as one piece; clamd scans each member as a file of its own."""
    parts: list[bytes] = []
    for number, data in enumerate(contents):
        parts += (_tar_header(number, len(data)), data, bytes(-len(data) % BLOCK))
    parts.append(bytes(2 * BLOCK))
    yield b"".join(parts)


_TAR_HEAD = b"%08d" + bytes(92) + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" + b"00000000000\0"
_TAR_TAIL = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)


def _tar_header(number: int, size: int) -> bytes:
    head = _TAR_HEAD % (number, size)
    # the checksum counts its own field as eight spaces
    total = sum(head) + sum(_TAR_TAIL) + 8 * 32
    return head + b"%06o\0 " % total + _TAR_TAIL
