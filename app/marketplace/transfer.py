"""One file over an unreliable line: resumed after a cut, never longer than promised, never put together of two files.

Bytes are gone on with only where it can be proven that they are of the same file: by a strong entity tag that the
server confirms, or by a hash that the marketplace promised. Where the proof fails the download begins anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from app.marketplace.errors import Surprise, Unreachable
from app.marketplace.part_files import PartFile
from app.marketplace.words import Hashes, MarketFile
from app.vault import CHUNK
from checks.runtime.text import printable

# Tries in a row that bring nothing, and tries in all, before it is given up.
FRUITLESS = 6
TRIES = 200
DOUBTS = 3  # times that resumed bytes turn out not to belong together
MAX_PAUSE = 30.0


class Served(Protocol):
    """What a host answers: 200 is the whole file, 206 from `offset` on, 416 nothing. `total` is the whole file's size.

    `etag` is a strong entity tag, or empty. Iterating raises Unreachable for a cut.
    """

    @property
    def status(self) -> int: ...
    @property
    def etag(self) -> str: ...
    @property
    def offset(self) -> int: ...
    @property
    def total(self) -> int | None: ...
    def __iter__(self) -> Iterator[bytes]: ...


# From an offset on, if the file still has this tag (empty = no condition). Raises MarketError; after Unreachable it is
# asked again.
Opener = Callable[[int, str], AbstractContextManager[Served]]


class _Anew(Unreachable):
    """What is here cannot be gone on with."""


class _TooLong(Surprise):
    """More comes than was promised."""


def transfer(
    part: PartFile,
    file: MarketFile,
    opener: Opener,
    *,
    wait: Callable[[float], None],
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Fill the part file with the whole file; raises MarketError, and DeskError where the disk takes no more.

    `wait` pauses between two tries for so many seconds, or raises to give up. The bytes may differ from what was
    promised; they are as they were served all the same.
    """
    _Transfer(part, file, opener, progress).run(wait)


class _Transfer:
    def __init__(self, part: PartFile, file: MarketFile, opener: Opener, progress: Callable[[int], None]) -> None:
        self._part, self._file, self._opener, self._progress = part, file, opener, progress
        self._name = printable(file.name, 80)
        # of bytes from an earlier run nobody knows how that ended: a power cut leaves anything
        self._doubtful = part.size > 0
        if self._doubtful and not file.hashes:
            part.restart()

    def run(self, wait: Callable[[float], None]) -> None:
        best = self._part.size
        fruitless = anew = 0
        for _ in range(TRIES):
            problem = self._try()
            if problem is None:
                if not self._doubtful or _is_promised(self._part, self._file.hashes):
                    return
                # a difference counts only in bytes that certainly belong together
                self._part.restart()
                problem = Unreachable(f"{self._name}: it was resumed {DOUBTS} times and never became what was promised")
                best, anew = 0, anew + 1
            fruitless = 0 if self._part.size > best else fruitless + 1
            best = max(best, self._part.size)
            if fruitless >= FRUITLESS or anew >= DOUBTS:
                raise problem
            pause = min(MAX_PAUSE, 2.0 ** (fruitless - 1)) if fruitless else 0.0
            wait(max(pause, min(MAX_PAUSE, problem.wait or 0.0)))
        raise Unreachable(f"{self._name}: the download was cut {TRIES} times: try again on a better line")

    def _try(self) -> Unreachable | None:
        """Go on until the end, which gives None, or until a cut."""
        part, file = self._part, self._file
        if part.size > file.size or not (file.hashes or part.tag):
            part.restart()  # nothing would prove that the rest belongs to it
        if part.size == 0:
            self._doubtful = False
        elif part.size == file.size:
            return None
        start = part.size
        try:
            with self._opener(part.size, part.tag) as served:
                total = self._begin(served)
                for piece in served:
                    if part.size + len(piece) > file.size:
                        raise self._too_long()
                    part.append(piece)
                    self._progress(part.size)
        except _Anew as problem:
            part.restart()
            return problem
        except Unreachable as problem:
            return problem
        except Surprise as problem:
            if not start or isinstance(problem, _TooLong):
                raise
            part.restart()  # a host that cannot go on sensibly may still serve the whole
            return Unreachable(str(problem))
        if part.size == (file.size if total is None else total):
            return None
        return Unreachable(f"{self._name}: the download ended after {part.size:,} of {file.size:,} bytes")

    def _begin(self, served: Served) -> int | None:
        """Prepare the part for what comes; gives how long the whole file is, None where the server does not say."""
        part, file = self._part, self._file
        if served.status == 416:
            raise _Anew(f"{self._name}: the file became shorter while it was downloaded")
        if served.total is not None and served.total > file.size:
            raise self._too_long()
        if served.status == 200:  # from the beginning, whatever was asked for
            part.restart(served.etag)
            self._doubtful = False
            return served.total
        if served.status != 206 or served.offset != part.size:
            raise _Anew(f"{self._name}: another part came than was asked for")
        known, now = part.tag, served.etag
        if known != now and ((known and now) or not file.hashes):
            raise _Anew(f"{self._name}: the file changed while it was downloaded")
        self._doubtful = self._doubtful or not known or known != now
        return served.total

    def _too_long(self) -> _TooLong:
        self._part.drop()
        return _TooLong(
            f"{self._name}: the marketplace sends more than the {self._file.size:,} bytes that it promised: stopped, "
            "nothing was kept; read the queue again, and tell the marketplace if it stays so"
        )


def _is_promised(part: PartFile, hashes: Hashes) -> bool:
    """By the strongest hash there is; without one the entity tag has to do."""
    for algorithm, wanted in (("sha256", hashes.sha256), ("sha1", hashes.sha1), ("md5", hashes.md5)):
        if wanted:
            digest = hashlib.new(algorithm, usedforsecurity=False)
            with part.path.open("rb") as stream:
                while piece := stream.read(CHUNK):
                    digest.update(piece)
            return digest.hexdigest() == wanted
    return True
