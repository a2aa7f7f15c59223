"""The bytes of zip members, by every compression that can be read here."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator

from checks.runtime.archives.limits import MIB, Refused
from checks.runtime.archives.reader import MappedFeed, Reader
from checks.runtime.archives.session import Session
from checks.runtime.archives.zip_layout import Row

_FEED = 64 << 10
_MEMORY = 256 * MIB
READABLE = frozenset({0, 8, 12, 14, 93, 95})


def _inflate(data: memoryview, row: Row) -> Iterator[bytes]:
    """Decompressed blocks; raises Refused for damage and for bytes hidden behind the stream."""
    raw = data[row.start : row.end]
    reader = zlib.decompressobj(-15)
    for at in range(0, len(raw), _FEED):
        piece: bytes | memoryview = raw[at : at + _FEED]
        while True:
            try:
                block = reader.decompress(piece, MIB)
            except zlib.error as error:
                raise Refused("damaged", f"the compressed data is damaged ({error})") from error
            if block:
                yield block
            piece = reader.unconsumed_tail
            if reader.eof or (not piece and len(block) < MIB):
                break
        if reader.eof:
            rest = len(reader.unused_data) + max(len(raw) - at - _FEED, 0)
            if rest and not row.open_ended:
                raise Refused("disagreement", f"{rest} bytes are hidden behind the compressed data of the entry")
            return
    if row.compressed or row.size:
        raise Refused("damaged", "the compressed data ends too early")


def _unpacked(data: memoryview, row: Row) -> Iterator[bytes]:
    """Blocks by Python's own readers for bzip2, lzma and xz."""
    raw = data[row.start : row.end]
    if row.method == 12:
        reader: bz2.BZ2Decompressor | lzma.LZMADecompressor = bz2.BZ2Decompressor()
        head = b""
    elif row.method == 95:
        reader, head = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY), b""
    else:
        # two bytes of version, two of length, five of properties: the old header with its size left open
        reader = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MEMORY)
        head = bytes(raw[4:9]) + row.size.to_bytes(8, "little")
        raw = raw[9:]
    piece: bytes = head
    at = 0
    try:
        while not reader.eof:
            if reader.needs_input:
                if not piece:
                    piece = bytes(raw[at : at + _FEED])
                    at += _FEED
                    if not piece:
                        raise Refused("damaged", "the compressed data ends too early")
                block = reader.decompress(piece, MIB)
                piece = b""
            else:
                block = reader.decompress(b"", MIB)
            if block:
                yield block
    except (OSError, lzma.LZMAError, ValueError, MemoryError) as error:
        raise Refused("damaged", f"the compressed data is damaged ({error})") from error


def _zstd(data: memoryview, row: Row, session: Session) -> Iterator[bytes]:
    reader = Reader(MappedFeed(data[row.start : row.end]), "raw", session, "", exactly="zstd")
    try:
        for _ in reader.headers():
            yield from reader.blocks()
    finally:
        reader.close()


def read_blocks(data: memoryview, row: Row, session: Session) -> Iterator[bytes | memoryview]:
    """The member's bytes; raises Refused for what cannot be had."""
    if row.end > len(data):
        if row.method == 0:
            yield from (data[at : at + MIB] for at in range(row.start, len(data), MIB))
        raise Refused("damaged", "the entry reaches beyond the end of the file")
    if row.method == 8:
        yield from _inflate(data, row)
    elif row.method == 0:
        for at in range(row.start, row.end, MIB):
            yield data[at : min(at + MIB, row.end)]
    elif row.method in (12, 14, 95):
        yield from _unpacked(data, row)
    elif row.method == 93:
        yield from _zstd(data, row, session)
    else:
        raise Refused("unsupported", f"compression method {row.method} cannot be read")
