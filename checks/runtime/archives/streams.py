"""Every format but zip: members as libarchive gives them, in the order of the archive.

A compression and the tar inside it are read by two readers, one feeding the other, so that time and size
are counted between them: inside one call libarchive would unpack a terabyte of zeros without a word.
"""

from __future__ import annotations

import itertools
import stat
from collections.abc import Callable, Iterator

from checks.runtime.archives.formats import Format, detect, strip_suffix
from checks.runtime.archives.names import decode_name
from checks.runtime.archives.reader import BLOCK, PACKAGE_FILTERS, Feed, Header, MappedFeed, Reader
from checks.runtime.archives.session import HIDDEN, Place, Session

_AR_TABLES = {"/": "!symbols", "//": "!names", "/SYM64/": "!symbols-64"}
_SPECIAL = {
    stat.S_IFDIR: "dir",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "other",
}
_TAR_BLOCK = 512
_MAX_JOINED = 1000


def read_stream(data: memoryview, found: Format, place: Place, session: Session, path: str) -> None:
    """Unpack one archive into `place`; raises Refused where the rest of it cannot be had."""
    if found.filter:
        _read_compressed(data, found, place, session, path)
    elif found.name == "rpm":
        _read_rpm(data, place, session, path)
    elif found.name == "tar":
        _read_tars(_slices(data), place, session, path, lambda: 0)
    else:
        reader = Reader(MappedFeed(data), found.name, session, path)
        try:
            # members are not stored in order: the archive's own size has to do for what they took
            _read_members(reader, found.name, place, session, lambda: place.size)
        finally:
            reader.close()


def _read_compressed(data: memoryview, found: Format, place: Place, session: Session, path: str) -> None:
    outer = Reader(MappedFeed(data), "raw", session, path, exactly=found.filter)
    try:
        for _ in outer.headers():
            blocks = outer.blocks()
            head = _gather(blocks)
            blocks = itertools.chain([head], blocks)
            inner = detect(head)
            if inner is not None and inner.name == "tar":
                _read_tars(blocks, place, session, path, lambda: outer.consumed)
            else:
                # a single file, or an archive that is opened as one of its own
                session.add_file(place, strip_suffix(path, found.filter), blocks, compressed=lambda: outer.consumed)
        end = outer.consumed if outer.ended else len(data)
    finally:
        outer.close()
    _add_hidden(_slices(data, end), end, place, session)


def _slices(data: memoryview, start: int = 0) -> Iterator[bytes]:
    return (bytes(data[at : at + BLOCK]) for at in range(start, len(data), BLOCK))


def _read_rpm(data: memoryview, place: Place, session: Session, path: str) -> None:
    outer = Reader(MappedFeed(data), "raw", session, path, filters=PACKAGE_FILTERS)
    try:
        for _ in outer.headers():
            inner = Reader(Feed(outer.blocks()), "cpio", session, path)
            try:
                _read_members(inner, "cpio", place, session, lambda: outer.consumed)
            finally:
                inner.close()
    finally:
        outer.close()


def _gather(blocks: Iterator[bytes]) -> bytes:
    """Enough of the beginning to know a tar."""
    head = b""
    for block in blocks:
        head += block
        if len(head) >= _TAR_BLOCK:
            break
    return head


def _read_tars(blocks: Iterator[bytes], place: Place, session: Session, path: str, consumed: Callable[[], int]) -> None:
    """A tar, and any that was appended to it: some programs read on where others stop."""
    offset = 0
    for _ in range(_MAX_JOINED):
        feed = Feed(blocks)
        reader = Reader(feed, "tar", session, path)
        try:
            _read_members(reader, "tar", place, session, consumed)
            taken = reader.consumed
        finally:
            reader.close()
        offset += taken
        rest = feed.rest(taken)
        skipped, head = _skip_zeros(rest, session)
        offset += skipped
        if not head:
            return
        head += _gather(rest)
        blocks = itertools.chain([head], rest)
        following = detect(head)
        if following is None or following.name != "tar":
            break
    _add_hidden(blocks, offset, place, session)


def _skip_zeros(blocks: Iterator[bytes], session: Session) -> tuple[int, bytes]:
    """How many zeros there were, and the first block from the first other byte on (empty at the end)."""
    skipped = 0
    for block in blocks:
        session.tick()
        stripped = block.lstrip(b"\0")
        skipped += len(block) - len(stripped)
        if stripped:
            # a header begins at a whole block, and its first bytes may be zeros too
            return skipped, stripped
        session.discard(len(block))
    return skipped, b""


def _add_hidden(blocks: Iterator[bytes], offset: int, place: Place, session: Session) -> None:
    """Bytes behind the end of the archive become a file of their own."""
    skipped, head = _skip_zeros(blocks, session)
    if head:
        name = f"{HIDDEN}{offset + skipped}"
        entry = session.add_file(place, name, itertools.chain([head], blocks))
        session.leave_out(
            "trailing_data", entry.path, f"{entry.size} bytes follow the end of the archive", place.parent
        )


def _read_members(reader: Reader, form: str, place: Place, session: Session, consumed: Callable[[], int]) -> None:
    for number, header in enumerate(reader.headers()):
        _add(reader, header, number, form, place, session, consumed)


def _add(
    reader: Reader,
    header: Header,
    number: int,
    form: str,
    place: Place,
    session: Session,
    consumed: Callable[[], int],
) -> None:
    name = decode_name(header.raw)
    if form == "ar":
        # the tables that a linker needs have names no file can have
        name = _AR_TABLES.get(name, name)
    name = place.names.get(name, name)
    if not name:
        name = f"unnamed-{number}"
        session.leave_out("name", place.prefix + name, "the entry has no readable name", place.parent)
    kind, mode = stat.S_IFMT(header.mode), stat.S_IMODE(header.mode)
    if header.hardlink and header.size <= 0:
        session.add_special(place, name, "hardlink", mode, decode_name(header.hardlink))
    elif kind == stat.S_IFLNK:
        session.add_special(place, name, "symlink", mode, header.symlink.decode("utf-8", "surrogateescape"))
    elif kind in _SPECIAL:
        session.add_special(place, name, _SPECIAL[kind], mode)
    elif header.encrypted:
        session.add_special(place, name, "other", mode)
        detail = "the entry is encrypted: its content was not looked at"
        session.leave_out("encrypted", place.prefix + name, detail, place.parent)
    else:
        session.add_file(place, name, reader.blocks(), mode=mode, compressed=consumed, shared=True)
        if not reader.ended:
            reader.discard()
