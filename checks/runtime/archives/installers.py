"""Windows installers (MSI, MSP, MST): their streams as members, their cabinets opened like any other archive.

A compound file that is no installer is a document and stays one: other checks read it as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.runtime.archives.compound import STREAM, BadCompound, CompoundFile, Node
from checks.runtime.archives.formats import INSTALLERS, is_installer
from checks.runtime.archives.installer_tables import MARK, Tables, member_names, outside, plain_name
from checks.runtime.archives.limits import Refused
from checks.runtime.archives.names import fold_name
from checks.runtime.archives.session import HIDDEN, Place, Session

UNUSED = "!unused-sectors"
_LIMITS = {"rows": 100_000, "strings": 500_000}
_CONTROL = re.compile(r"[\x00-\x1f]")
_MARK = re.compile(re.escape(MARK))
_SHOWN = 5


def read_installer(data: memoryview, place: Place, session: Session, path: str) -> None:
    """Unpack an installer into `place`; nothing happens where this is a document."""
    try:
        compound = CompoundFile(data, session.limits.entries + 1, lambda: session.tick(path))
    except BadCompound as problem:
        if is_installer(data) or _MARK.search(data):
            session.leave_out("damaged", path, f"the installer cannot be read: {problem}", place.parent)
        return
    streams = {node.path: node for node in reversed(compound.nodes) if node.kind == STREAM}
    if compound.class_id not in INSTALLERS and "!_StringPool" not in map(plain_name, streams):
        return
    for rule, detail in compound.notes:
        session.leave_out(rule, path, f"the installer is not as it should be: {detail}", place.parent)
    # the texts of a table are copied once for all streams, whatever their number
    tables = Tables(streams, lambda name, most: _fetch(compound, streams[name], most), _LIMITS)
    place.member_names = member_names(tables)
    for node in compound.nodes:
        if node.kind == STREAM:
            session.add_file(place, _shown(node.path), compound.blocks(node))
        else:
            session.add_special(place, _shown(node.path), "dir")
    _say_outside(tables, place, session, path)
    _add_rest(data, compound, place, session)


def _fetch(compound: CompoundFile, node: Node, most: int) -> bytes:
    """A stream of tables, as much of it as is there."""
    if node.size > most:
        return b""
    content = bytearray()
    try:
        for block in compound.blocks(node):
            content += block
    except Refused:
        return bytes(content)  # said when the stream itself is unpacked
    return bytes(content)


def _shown(path: str) -> str:
    """The name as its author wrote it; characters that no file can have by their numbers, as is usual for these."""
    return _CONTROL.sub(lambda match: f"[{ord(match[0])}]", plain_name(path))


def _say_outside(tables: Tables, place: Place, session: Session, path: str) -> None:
    """What the installer brings and does not hold, unless it lies beside it in the same package."""
    apart, inside, loose = outside(tables)
    folder = path[len(place.outer_prefix) :].rpartition("/")[0]
    absent = [name for name in apart if fold_name(f"{folder}/{name}" if folder else name) not in place.beside]
    advice = "submit them with the installer, or embed them as a cabinet"
    if absent:
        names = ", ".join(absent[:_SHOWN])[:120]
        session.leave_out("unsupported", path, f"its files lie outside it in {names}: {advice}", place.parent)
    if loose and not place.beside:
        session.leave_out("unsupported", path, f"its files lie outside it: {advice}", place.parent)
    for name in inside[:_SHOWN]:
        if name not in tables.streams:
            session.leave_out("damaged", path, f"its cabinet {name[:80]} is absent", place.parent)


def _add_rest(data: memoryview, compound: CompoundFile, place: Place, session: Session) -> None:
    """What no stream owns: bytes that were left over, and what was appended to the file."""
    unused: list[tuple[int, int]] = []
    described = compound.described
    for start, end in compound.unowned():
        if start < described:
            unused.append((start, min(end, described)))
        if end > described:
            start = max(start, described)
            name = f"{HIDDEN}{start}"
            session.add_file(place, name, [data[start:end]])
            detail = f"{end - start} bytes follow the end of the installer"
            session.leave_out("trailing_data", place.prefix + name, detail, place.parent)
    if unused:
        session.add_file(place, UNUSED, _pieces(data, unused))


def _pieces(data: memoryview, ranges: list[tuple[int, int]]) -> Iterator[memoryview]:
    return (data[start:end] for start, end in ranges)
