"""A walk over every object of a PDF, the compressed ones included: dictionaries that act, wherever they hang."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_WAYS = (
    "/A", "/AA", "/OpenAction", "/Names", "/JavaScript", "/EmbeddedFiles", "/Annots", "/Kids", "/Next", "/AcroForm",
    "/Fields", "/O", "/C", "/K", "/F", "/V", "/E", "/X", "/D", "/U", "/Fo", "/Bl", "/PO", "/PC", "/PV", "/PI", "/WC",
    "/WS", "/DS", "/WP", "/DP", "/Win", "/EF", "/FS", "/Pages",
)  # fmt: skip
_SMALL, _PIECE, _MOST_STREAMS = 1 << 18, 1 << 16, 50_000


class BadPdf(ValueError):
    """No reader of ours can follow it; the text says why."""


class Locked(ValueError):
    """It cannot be read without a password."""


@dataclass(slots=True)
class Walk:
    """The state of a walk: `stopped` says in words what ended it early, empty where everything was seen."""

    limits: Mapping[str, Any]
    nodes: int = 0
    stopped: str = ""
    damaged: int = 0
    until: float = field(default=0.0)

    def spend(self) -> bool:
        """Count one node; false when the walk has to end."""
        self.nodes += 1
        if self.nodes > self.limits["nodes"]:
            self.stopped = f"more than {self.limits['nodes']:,} values: the rest was not looked at"
        elif self.nodes % 256 == 0 and time.monotonic() > self.until:
            self.stopped = (
                f"it takes longer than {self.limits['seconds']:.0f} s to walk through: the rest was not looked at"
            )
        return not self.stopped


def open_pdf(data: bytes) -> Any:
    """The document; Locked where it needs a password, BadPdf where it cannot be read."""
    import pikepdf

    try:
        return pikepdf.open(io.BytesIO(data), suppress_warnings=True)
    except pikepdf.PasswordError:
        raise Locked from None
    except (Exception, RecursionError) as error:  # qpdf raises many things over a file that was made to mislead
        raise BadPdf(f"its structure cannot be followed ({type(error).__name__})") from error


def dictionaries(document: Any, walk: Walk) -> Iterator[Any]:
    """Every dictionary (streams too) that stands by itself or in another; references are not followed, for each
    object that they lead to comes in its own turn, so that no cycle can hold the walk."""
    walk.until = time.monotonic() + walk.limits["seconds"]
    try:
        count = len(document.objects)
    except Exception as error:  # as for opening
        raise BadPdf(f"its objects cannot be listed ({type(error).__name__})") from error
    if count > walk.limits["objects"]:
        walk.stopped = f"more than {walk.limits['objects']:,} objects: the rest was not looked at"
    for number in range(min(count, walk.limits["objects"])):
        try:
            item = document.objects[number]
        except Exception:  # one object is broken: the others are not, and it is counted
            walk.damaged += 1
            continue
        yield from _inside(item, walk, top=True)
        if not walk.spend():
            return


def _inside(item: Any, walk: Walk, *, top: bool = False) -> Iterator[Any]:
    import pikepdf

    stack: list[tuple[Any, int, bool]] = [(item, 0, top)]
    while stack and walk.spend():
        value, depth, first = stack.pop()
        try:
            if not isinstance(value, pikepdf.Object) or (value.is_indirect and not first):
                continue
            if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
                yield value
                children = _children(value)
            elif isinstance(value, pikepdf.Array):
                children = list(value)
            else:
                continue
        except Exception:  # a broken value: counted, and its neighbours are looked at
            walk.damaged += 1
            continue
        if depth < walk.limits["depth"]:
            stack.extend((child, depth + 1, False) for child in children)


def _children(item: Any) -> list[Any]:
    """The values of a dictionary; where one of its names is no text, those behind the names that lead to actions."""
    try:
        return [child for _, child in item.items()]
    except Exception:  # the library wants every name to be UTF-8, readers do not
        return [child for key in _WAYS if (child := value_of(item, key)) is not None]


def name_of(item: Any, key: str) -> str:
    """A key's value as the text of a name, with its slash; empty where it is absent, broken or no text."""
    try:
        value = item.get(key)
        return "" if value is None else str(value)
    except Exception:  # a name that is no UTF-8 means nothing to any reader
        return ""


def is_dictionary(value: Any) -> bool:
    """Whether a value has keys; every object of the library has the methods for them, most only raise."""
    import pikepdf

    return isinstance(value, pikepdf.Dictionary | pikepdf.Stream)


def value_of(item: Any, key: str) -> Any:
    """A key's value with references resolved, None where it is absent or broken."""
    try:
        return item.get(key)
    except Exception:  # a reference into nothing: there is no value
        return None


def text_of(value: Any, limit: int) -> str:
    """The text of a string, a name or a stream of script; empty for anything else."""
    import pikepdf

    try:
        if isinstance(value, pikepdf.Stream):
            return read_stream(value, limit).decode(
                "utf-16" if read_stream(value, 2) in _WIDE else "latin-1", "replace"
            )
        if isinstance(value, pikepdf.String | pikepdf.Name):
            return str(value)[:limit]
        if isinstance(value, str):
            return value[:limit]
    except Exception:  # undecodable: there is no text in it
        return ""
    return ""


_WIDE = (b"\xff\xfe", b"\xfe\xff")


def read_stream(stream: Any, limit: int) -> bytes:
    """The content of a stream, decoded where that is possible and up to the limit; empty where it is damaged."""
    try:
        raw = bytes(stream.read_raw_bytes())[:limit]
        filters = value_of(stream, "/Filter")
        names = [] if filters is None else _names(filters)
        if all(name in ("/FlateDecode", "/Fl") for name in names) and value_of(stream, "/DecodeParms") is None:
            for _ in names:
                raw = inflate(raw, limit)
            return raw
        if len(raw) > _SMALL:  # the library decodes without a limit: of what is small only
            return raw
        return bytes(stream.read_bytes())[:limit]
    except Exception:  # a damaged stream has no content
        return b""


def _names(filters: Any) -> list[str]:
    import pikepdf

    return [str(item) for item in filters][:8] if isinstance(filters, pikepdf.Array) else [str(filters)]


def inflate(raw: bytes, limit: int) -> bytes:
    """Deflated bytes up to the limit: a bomb ends there."""
    return zlib.decompressobj().decompress(raw, limit)


def _object_streams(data: bytes) -> Iterator[int]:
    """Where the packed bytes of each object stream begin."""
    for word in (b"/ObjStm", b"/XRef"):
        at = data.find(word)
        for _ in range(_MOST_STREAMS):
            if at < 0:
                break
            start = data.find(b"stream", at, at + 1000)
            if start >= 0:
                start += len(b"stream")
                yield start + (2 if data[start : start + 2] == b"\r\n" else 1)
            at = data.find(word, at + 1)


def is_bomb(data: bytes, limit: int) -> bool:
    """Whether the object streams unpack to more than the limit: the library would unpack them whole to read them."""
    total = 0
    for at in _object_streams(data):
        engine = zlib.decompressobj()
        try:
            for start in range(at, len(data), _PIECE):
                rest = data[start : start + _PIECE]
                while rest and not engine.eof:
                    total += len(engine.decompress(rest, _PIECE))
                    rest = engine.unconsumed_tail
                    if total > limit:
                        return True
                if engine.eof:
                    break
        except zlib.error:  # packed in another way, or not at all
            continue
    return False


def undecoded(document: Any) -> int:
    """How many object streams the library could not unpack while they were asked for."""
    return sum("error decoding stream data" in str(warning) for warning in document.get_warnings())
