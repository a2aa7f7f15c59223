"""Take an artifact apart: every byte into one pack, every name into the index, every refusal reported.

Runs in a worker that can start nothing and write to nothing but the pack. No name, link or mode of the
artifact ever exists on disk. Formats are told by content; nested archives follow their own archive's
members, so that the shallow ones are there first when a limit ends it.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from checks.runtime.archives.families import UnpackFacts, describe, describe_file
from checks.runtime.archives.formats import APPENDED, CLOSED, HEAD, ZIP_TAIL, Format, detect, detect_carried
from checks.runtime.archives.installers import read_installer
from checks.runtime.archives.limits import Halt, Limits, Refused, UnpackError
from checks.runtime.archives.manifests import MAX_MANIFEST
from checks.runtime.archives.pack import Pack
from checks.runtime.archives.programs import read_program
from checks.runtime.archives.session import Place, Session
from checks.runtime.archives.streams import read_stream
from checks.runtime.archives.zips import read_zip
from checks.runtime.package import Entry, LeftOut

__all__ = ["Limits", "UnpackError", "UnpackFacts", "unpack"]


def unpack(
    artifact: Path,
    pack: BinaryIO,
    limits: Limits,
    emit: Callable[[Entry | LeftOut], None],
    progress: Callable[[int, int], None],
    *,
    name: str = "",
) -> UnpackFacts:
    """Unpack `artifact` (named `name` by its submitter) and tell what it is.

    `pack` is a real file whose descriptor was opened O_RDWR: nested archives are mapped from it (a
    write-only one works where /proc allows to open it again). `emit` gets rows in order, numbered from
    0, `progress` the bytes written and rows so far, about 20 times a second. Hashes are left to the host. Raises
    UnpackError where the artifact cannot be read at all; whatever is wrong inside becomes a LeftOut.
    """
    name = name or artifact.name
    data = _map(artifact)
    writer = Pack(pack)
    session = Session(limits, writer, emit, progress, len(data))
    head = bytes(data[:HEAD])
    found = detect(head, name)
    try:
        if found is None:
            return _unpack_plain(data, name, session)
        place = Place(size=len(data), format=found.name, whole_system=found.name == "rpm")
        try:
            _open(data, found, place, session, name)
            _descend(place, session)
        except Halt:
            pass  # reported where it was raised
        if session.entries == 0 or session.top_unread:
            # what could not be opened is at least looked at as a whole
            _add_artifact(data, name, session)
        if place.members == 0 and not found.sure:
            return describe_file(name, bytes(data[:MAX_MANIFEST]))
        return describe(found.name, session.top_names, session.manifests)
    finally:
        writer.close()
        session.finish()


def _map(artifact: Path) -> memoryview:
    try:
        with artifact.open("rb") as stream:
            if artifact.stat().st_size == 0:
                return memoryview(b"")
            return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise UnpackError(f"{artifact.name}: cannot be read ({error}); give a regular file") from error


def _add_artifact(data: memoryview, name: str, session: Session) -> Entry:
    return session.add_whole(name, len(data))


def _unpack_plain(data: memoryview, name: str, session: Session) -> UnpackFacts:
    """A file that is no archive, but may carry some."""
    try:
        entry = _add_artifact(data, name, session)
        for found in detect_carried(bytes(data[:HEAD]), bytes(data[-ZIP_TAIL:])):
            place = Place(prefix=f"{entry.path}!/", parent=entry.n, depth=2, size=len(data), format=found.name)
            _open(data, found, place, session, entry.path)
            _descend(place, session)
    except Halt:
        pass  # reported where it was raised
    return describe_file(name, bytes(data[:MAX_MANIFEST]))


def _open(data: memoryview, found: Format, place: Place, session: Session, path: str) -> None:
    """Read one archive; whatever ends it early is reported under `path`."""
    if found.reader == CLOSED:
        # silence would make it the best place to hide something
        detail = f"the content of this {found.name} was not looked at: nothing here can open it"
        session.leave_out("unsupported", path, detail, place.parent)
        return
    before = session.entries
    problem: tuple[str, str] | None = None
    try:
        if found.reader == "zip":
            appended = found is APPENDED
            there = read_zip(data, place, session, path, is_crx=found.name == "crx", appended=appended)
            if there and appended:
                session.leave_out(
                    "prefix_data", path, "the file is also a zip archive, appended to its end", place.parent
                )
        elif found.reader == "installer":
            read_installer(data, place, session, path)
        elif found.reader == "program":
            read_program(data, place, session)
        else:
            read_stream(data, found, place, session, path)
    except Refused as error:
        # only its words: the exception's traceback would keep the mapped file alive in a cycle
        problem = (error.rule, error.detail)
    except MemoryError:
        problem = ("unsupported", "reading it takes more memory than a worker may have")
    if problem is not None and (found.sure or session.entries > before):
        session.leave_out(problem[0], path, problem[1], place.parent)


def _descend(place: Place, session: Session) -> None:
    """Open the archives that were members of `place`."""
    layered = place.format == "ar" or "oci-layout" in place.seen or "repositories" in place.seen
    for entry, found in place.nested:
        if place.depth >= session.limits.depth:
            if found.sure:
                detail = f"archives lie more than {session.limits.depth} deep: this one was not opened"
                session.leave_out("limit_depth", entry.path, detail, entry.parent)
            continue
        if session.bombed:
            if found.sure:
                session.leave_out(
                    "bomb_ratio", entry.path, "the archive was not opened: the package is a bomb", entry.parent
                )
            continue
        session.tick(entry.path)
        inner = Place(
            prefix=f"{entry.path}!/",
            parent=entry.n,
            depth=place.depth + 1,
            size=entry.size,
            format=found.name,
            whole_system=place.whole_system or layered or found.name == "rpm",
            beside=place.folded.keys(),
            outer_prefix=place.prefix,
            names=place.member_names,
        )
        _open(session.pack.view(entry.offset, entry.size), found, inner, session, entry.path)
        _descend(inner, session)
    place.nested.clear()
