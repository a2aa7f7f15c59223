"""The zip family: read by its directory, checked against the headers before each member."""

from __future__ import annotations

import re
import stat

from checks.runtime.archives.limits import Refused
from checks.runtime.archives.names import decode_name
from checks.runtime.archives.session import HIDDEN, Place, Session
from checks.runtime.archives.zip_layout import LOCAL, Directory, Row, find_directories, read_local
from checks.runtime.archives.zip_members import READABLE, read_blocks
from checks.runtime.package import Entry

# Members of another reading go below this name, so that their own name stays what checks look at.
SECOND = "!second-reading/"
COMMENT = "!archive-comment"
# A comment of this size is no remark any more; its bytes are checked like a file's.
_LONG_COMMENT = 256
_MAX_LINK = 1024
_UNIX, _DARWIN = 3, 19
# A folder's content, stored and deflated; some builders compress even that.
_NOTHING = (b"", b"\x03\x00")
_LOCAL = re.compile(re.escape(LOCAL))
_NOT_ZERO = re.compile(rb"[^\0]")
_SIGNING_BLOCK = b"APK Sig Block 42"


def skip_crx(data: memoryview) -> memoryview:
    """The zip inside a Chrome extension; raises Refused where its header does not lead to one."""
    version = int.from_bytes(data[4:8], "little")
    length = int.from_bytes(data[8:12], "little")
    if version == 2:
        start = 16 + length + int.from_bytes(data[12:16], "little")
    elif version == 3:
        start = 12 + length
    else:
        raise Refused("unsupported", f"version {version} of the Chrome extension format is unknown")
    if start >= len(data):
        raise Refused("damaged", "the header of the Chrome extension is longer than the file")
    return data[start:]


class ZipReader:
    """One zip archive that is being unpacked into `place`."""

    def __init__(self, data: memoryview, place: Place, session: Session, path: str) -> None:
        self._data = data
        self._place = place
        self._session = session
        self._path = path
        self._rows: dict[int, Row] = {}
        self._accepted: list[Directory] = []

    def read(self, *, appended: bool = False) -> bool:
        """Unpack everything; False where there is no zip here (`appended`: other bytes may stand in front)."""
        directories = find_directories(self._data, self._session.limits.entries)
        if not directories:
            if appended:
                return False
            self._read_without_directory()
            return True
        main = directories[0]
        if appended and not main.rows:
            return False
        self._accepted.append(main)
        self._judge(main, appended)
        for row in main.rows:
            local = read_local(self._data, row.offset)
            if local is not None:
                row.start = local.start
            self._rows.setdefault(row.offset, row)
        overlapping = self._overlaps(main)
        for row in main.rows:
            self._add_row(row, row.offset in overlapping)
        for other in directories[1:]:
            self._read_second(other)
        self._read_gaps(main, appended)
        return True

    def _say(self, rule: str, detail: str, name: str = "") -> None:
        self._session.leave_out(rule, self._place.prefix + name if name else self._path, detail, self._place.parent)

    def _judge(self, main: Directory, appended: bool) -> None:
        if main.many_disks:
            self._say("unsupported", "this is one part of an archive over several files: the others are absent")
        if not main.cut and len(main.rows) & 0xFFFF != main.declared & 0xFFFF:
            self._say("disagreement", f"the directory declares {main.declared} entries and lists {len(main.rows)}")
        if main.base and not appended:
            self._say("prefix_data", f"{main.base} bytes stand in front of the archive")

    def _overlaps(self, main: Directory) -> set[int]:
        """Offsets of entries that share bytes with one before them."""
        found: set[int] = set()
        reached = -1
        for row in sorted(main.rows, key=lambda r: r.offset):
            if row.start < 0:
                continue
            if row.offset < reached:
                found.add(row.offset)
            reached = max(reached, row.end)
        return found

    def _add_row(self, row: Row, overlaps: bool) -> None:
        name = decode_name(row.name)
        session, place = self._session, self._place
        local = read_local(self._data, row.offset) if row.start >= 0 else None
        if overlaps:
            self._say("overlap", "the entry shares its bytes with another one", name)
        if local is None:
            session.add_special(place, name or "unnamed", "other")
            self._say("damaged", "the directory points to a place where no entry is", name)
            return
        if overlaps and session.bombed:
            session.add_special(place, name or "unnamed", "other")
            return
        entry = self._add_member(row, name)
        if local.streamed:
            figures_differ = local.compressed not in (0, row.compressed)
        else:
            figures_differ = (local.compressed, local.size, local.crc) != (row.compressed, row.size, row.crc)
        kinds_differ = local.method != row.method or local.flags & 1 != row.flags & 1
        if figures_differ or kinds_differ or local.name != row.name:
            self._compare(row, local, name, entry)

    def _compare(self, row: Row, local: Row, name: str, entry: Entry | None) -> None:
        """Report that directory and header tell different things, and unpack what the header tells."""
        local_name = decode_name(local.name)
        differing = [
            word
            for word, differs in (
                ("name", local.name != row.name),
                ("compression", local.method != row.method),
                ("size", (local.compressed, local.size) != (row.compressed, row.size)),
                ("checksum", local.crc != row.crc),
                ("encryption", local.flags & 1 != row.flags & 1),
            )
            if differs
        ]
        self._say("disagreement", f"the entry's own header and the directory differ in {', '.join(differing)}", name)
        same_bytes = local.method == row.method and (local.streamed or local.compressed == row.compressed)
        if local.streamed:
            local.compressed, local.size, local.crc = row.compressed, row.size, row.crc
        if same_bytes and entry is not None:
            if local.name != row.name:
                self._session.add_alias(self._place, SECOND + local_name, entry)
            return
        local.system, local.attributes = row.system, row.attributes
        self._add_member(local, SECOND + local_name)

    def _add_member(self, row: Row, name: str) -> Entry | None:
        session, place = self._session, self._place
        name = name or "unnamed"
        mode = row.attributes >> 16 if row.system in (_UNIX, _DARWIN) else 0
        kind = stat.S_IFMT(mode)
        if row.flags & 1:
            session.add_special(place, name, "other", stat.S_IMODE(mode))
            self._say("encrypted", "the entry is encrypted: its content was not looked at", name)
            return None
        if row.name.endswith((b"/", b"\\")) and not row.size and self._is_nothing(row):
            session.add_special(place, name.rstrip("/") or name, "dir", stat.S_IMODE(mode))
            return None
        if kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO):
            session.add_special(place, name, "fifo" if kind == stat.S_IFIFO else "device", stat.S_IMODE(mode))
        if kind == stat.S_IFLNK and row.size <= _MAX_LINK:
            target = self._link(row)
            if target is not None:
                session.add_special(place, name, "symlink", stat.S_IMODE(mode), target)
                return None
            self._say("disagreement", "the entry is marked as a link but holds something else", name)
        elif name.endswith("/"):
            self._say("disagreement", "the entry is named as a folder but holds data", name)
        return session.add_file(
            place,
            name,
            read_blocks(self._data, row, session),
            mode=stat.S_IMODE(mode),
            compressed=max(row.compressed, 1),
            declared=None if row.open_ended else (row.size, row.crc),
        )

    def _is_nothing(self, row: Row) -> bool:
        return row.compressed <= 2 and bytes(self._data[row.start : row.end]) in _NOTHING

    def _link(self, row: Row) -> str | None:
        content = b""
        try:
            for block in read_blocks(self._data, row, self._session):
                content += block
                if len(content) > _MAX_LINK:
                    return None
        except Refused:
            return None
        if not content or len(content) > _MAX_LINK or b"\n" in content or b"\0" in content:
            return None
        return content.decode("utf-8", "surrogateescape")

    # -- what the directory does not show

    def _read_second(self, other: Directory) -> None:
        """Unpack what another reading of the directory shows and the first does not."""
        if any(row.offset <= other.end < row.end for row in self._rows.values() if row.start >= 0):
            return  # the end of an archive that lies inside as a member
        fresh: list[Row] = []
        for row in other.rows:
            local = read_local(self._data, row.offset)
            if row.offset not in self._rows and local is not None:
                row.start = local.start
                self._rows[row.offset] = row
                fresh.append(row)
        if fresh:
            self._accepted.append(other)
            self._say(
                "disagreement", f"read another way, the archive holds {len(fresh)} entries that its directory hides"
            )
        for row in fresh:
            self._add_member(row, SECOND + decode_name(row.name))

    def _read_gaps(self, main: Directory, appended: bool) -> None:
        """Look at every byte that no entry and no directory owns."""
        owned: list[tuple[int, int, Row | None]] = [(r.offset, r.end, r) for r in self._rows.values() if r.start >= 0]
        for directory in self._accepted:
            comment = directory.end + 22
            ending = comment + int.from_bytes(self._data[directory.end + 20 : comment], "little")
            owned += [(directory.start, directory.stop, None), (directory.before, ending, None)]
            if directory is main and min(ending, len(self._data)) - comment > _LONG_COMMENT:
                self._session.add_file(self._place, COMMENT, [self._data[comment:ending]])
        owned.sort(key=lambda item: item[0])
        position = owned[0][0] if appended else 0
        before: Row | None = None
        for start, end, row in owned:
            if start > position:
                self._read_gap(position, start, before)
            if end > position:
                position, before = end, row
        if position < len(self._data):
            self._read_gap(position, len(self._data), before)

    def _read_gap(self, start: int, end: int, before: Row | None) -> None:
        if before is not None and before.streamed:
            start += self._descriptor(start, end)
        signing = self._data[end - 24 : end]
        if end - start >= 32 and signing[8:] == _SIGNING_BLOCK:
            end = max(end - int.from_bytes(signing[:8], "little") - 8, start)
        if start >= end or not _NOT_ZERO.search(self._data, start, end):
            return
        shown = self._walk(start, end, SECOND)
        if shown:
            self._say(
                "disagreement", f"{shown} entries are there for programs that read from the front, not in the directory"
            )

    def _descriptor(self, start: int, end: int) -> int:
        """Bytes of the sizes and checksum that stand behind a streamed member."""
        marked = bytes(self._data[start : start + 4]) == b"PK\x07\x08"
        for length in (16, 24) if marked else (12, 20):
            if end - start == length or bytes(self._data[start + length : start + length + 2]) == b"PK":
                return length
        return 16 if marked else 0

    def _walk(self, start: int, end: int, prefix: str) -> int:
        """Unpack members by their own headers; other bytes there become a file of their own. Counts members."""
        position, shown = start, 0
        for match in _LOCAL.finditer(self._data, start, end):
            if match.start() < position:
                continue
            row = read_local(self._data, match.start())
            if row is None or row.method not in READABLE or not row.name or row.start > end:
                continue
            self._hidden(position, match.start())
            if row.streamed or row.end > end:
                following = _LOCAL.search(self._data, row.start, end)
                row.open_ended = True
                row.compressed = (following.start() if following else end) - row.start
            self._add_member(row, prefix + decode_name(row.name))
            shown += 1
            position = row.end
        self._hidden(position, end)
        return shown

    def _hidden(self, start: int, end: int) -> None:
        if (start, end) == (0, len(self._data)) and self._place.parent >= 0:
            return  # nothing of it could be read: it is an entry itself, and once more would be once more for ever
        if start < end and _NOT_ZERO.search(self._data, start, end):
            name = f"{HIDDEN}{start}"
            self._session.add_file(self._place, name, [self._data[start:end]])
            self._say("trailing_data", f"{end - start} bytes belong to no entry of the archive", name)

    def _read_without_directory(self) -> None:
        self._say("damaged", "the archive's directory is absent: what could be found without it was read")
        self._walk(0, len(self._data), "")


def read_zip(data: memoryview, place: Place, session: Session, path: str, *, is_crx: bool, appended: bool) -> bool:
    """Unpack one zip into `place`; False where there is none. Raises Refused where nothing can be read."""
    if is_crx:
        data = skip_crx(data)
    return ZipReader(data, place, session, path).read(appended=appended)
