"""One unpacking: what was spent so far, and the only way by which entries and refusals get out."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from checks.runtime.archives.formats import HEAD, ZIP_TAIL, Format, detect, detect_carried
from checks.runtime.archives.limits import GRACE, MIB, Halt, Limits, Refused
from checks.runtime.archives.manifests import MAX_MANIFEST, TELLING_NAMES, is_manifest
from checks.runtime.archives.names import fold_name, judge_name, leads_outside
from checks.runtime.archives.pack import Block, Pack
from checks.runtime.package import Entry, LeftOut

# Rows of one rule; beyond them one row says how many more there were.
MAX_LEFT_OUT = 2000
MAX_DETAIL = 300
# Names kept to tell what the package is.
MAX_NAMES = 1000
PROGRESS_SECONDS = 0.05
# Bytes unpacked only to get past members that were cut, in the whole artifact.
MAX_DISCARDED = 1024 * MIB
# Bytes that belong to no member get a name that says where they were.
HIDDEN = "!hidden-bytes-at-"
# After these, bytes of the artifact were not seen by any check.
_UNREAD = frozenset({"unsupported", "encrypted", "damaged"})

Emit = Callable[[Entry | LeftOut], None]
Progress = Callable[[int, int], None]


@dataclass(slots=True, eq=False)
class Place:
    """An archive that is being read: where its members go and what was seen of it.

    `prefix` stands before each member's name (`a.jar!/`), `parent` is the archive's own number,
    `whole_system` tells that its root is a file system's (deb, rpm, image layer). `beside` are the folded names of
    what lies in the same archive as this one, relative to `outer_prefix`. `member_names` are better names for the
    members of the archives in here, where something tells them.
    """

    prefix: str = ""
    parent: int = -1
    depth: int = 1
    size: int = 0
    format: str = ""
    whole_system: bool = False
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    nested: list[tuple[Entry, Format]] = field(default_factory=list)
    members: int = 0
    written: int = 0
    beside: Collection[str] = frozenset()
    outer_prefix: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    member_names: Mapping[str, str] = field(default_factory=dict)


class Session:
    """Counts, limits and output of one call of `unpack`."""

    def __init__(self, limits: Limits, pack: Pack, emit: Emit, progress: Progress, artifact_size: int) -> None:
        self.limits = limits
        self.pack = pack
        self.entries = 0
        self.manifests: dict[str, bytes] = {}
        self.top_names: set[str] = set()
        self._emit = emit
        self._progress = progress
        self._artifact_size = max(artifact_size, 1)
        self._deadline = time.monotonic() + limits.seconds
        self._next_progress = 0.0
        self._left_out: Counter[str] = Counter()
        self._bombed = False
        self._discarded = 0
        self.top_unread = False

    # -- what goes out

    def leave_out(self, rule: str, path: str, detail: str, parent: int = -1) -> None:
        """Report one refusal; floods of one rule end in a count."""
        self._left_out[rule] += 1
        self.top_unread |= parent < 0 and rule in _UNREAD
        if self._left_out[rule] <= MAX_LEFT_OUT:
            self._emit(LeftOut(rule, path[: self.limits.name_bytes], detail[:MAX_DETAIL], parent))

    def finish(self) -> None:
        """Report what the flood guard withheld, and the last progress."""
        for rule, count in self._left_out.items():
            if count > MAX_LEFT_OUT:
                self._emit(LeftOut(rule, "", f"and {count - MAX_LEFT_OUT} more of this kind"))
        self._progress(self.pack.written, self.entries)

    def tick(self, path: str = "") -> None:
        """Keep the deadline and tell how far it is; called for every block and every entry."""
        now = time.monotonic()
        if now >= self._deadline:
            self.leave_out(
                "limit_seconds", path, f"unpacking took more than {self.limits.seconds:g} seconds and was stopped"
            )
            raise Halt
        if now >= self._next_progress:
            self._next_progress = now + PROGRESS_SECONDS
            self._progress(self.pack.written, self.entries)

    def _admit(self, place: Place, name: str) -> str:
        """Full path for a new row; raises Halt where there is no room for one."""
        path = place.prefix + name
        self.tick(path)
        if self.entries >= self.limits.entries:
            self.leave_out(
                "limit_entries", path, f"more than {self.limits.entries} entries: the rest was not read", place.parent
            )
            raise Halt
        for rule, detail in judge_name(name):
            self.leave_out(rule, path, detail, place.parent)
        if 4 * len(name) > self.limits.name_bytes < len(name.encode("utf-8", "surrogateescape")):
            self.leave_out(
                "name", path, f"the name is longer than {self.limits.name_bytes} bytes and was cut", place.parent
            )
            room = self.limits.name_bytes
            name = name.encode("utf-8", "surrogateescape")[:room].decode("utf-8", "surrogateescape")
            path = place.prefix + name
        place.members += 1
        if place.depth == 1 and (len(self.top_names) < MAX_NAMES or name in TELLING_NAMES):
            self.top_names.add(name)
        return path

    def _row(self, entry: Entry) -> Entry:
        self.entries += 1
        self._emit(entry)
        return entry

    def add_whole(self, name: str, size: int) -> Entry:
        """The artifact itself as a file, where it is no archive or nothing came out of it."""
        return self._row(Entry(self.entries, name, "file", size, 0, "artifact", ""))

    def add_special(self, place: Place, name: str, type: str, mode: int = 0, link: str = "") -> None:
        """A row without bytes: dir, symlink, hardlink, device, fifo, other."""
        path = self._admit(place, name)
        if type in ("symlink", "hardlink") and leads_outside(
            name, link, symbolic=type == "symlink", whole_system=place.whole_system
        ):
            self.leave_out("link_outside", path, f"the {type} leads out of the package", place.parent)
        elif type in ("device", "fifo"):
            self.leave_out("device", path, f"the entry is a {type}, which no package needs", place.parent)
        link = link[: self.limits.name_bytes]
        self._row(Entry(self.entries, path, type, 0, 0, "pack", "", mode, place.parent, link))

    def add_alias(self, place: Place, name: str, entry: Entry) -> None:
        """Another name for bytes that are in the pack already."""
        path = self._admit(place, name)
        self._row(Entry(self.entries, path, "file", entry.size, entry.offset, "pack", "", entry.mode, place.parent))

    def add_file(
        self,
        place: Place,
        name: str,
        blocks: Iterable[Block],
        *,
        mode: int = 0,
        compressed: Callable[[], int] | int = 0,
        declared: tuple[int, int] | None = None,
        shared: bool = False,
    ) -> Entry:
        """Write one member and its row; what could be read before a problem is kept.

        `compressed` is the number of bytes it took so far (0: unknown, no ratio is looked at) or, with
        `shared`, that all members of the archive took together. `declared` is the size and CRC-32 that
        the archive tells.
        Raises Halt at a limit of the whole.
        """
        path = self._admit(place, name)
        offset, size, checksum = self.pack.size, 0, 0
        head, tail = b"", b""
        manifest = bytearray() if is_manifest(path, place.depth) else None
        # not the exception itself: its traceback would keep the archive's file open in a cycle
        problem: tuple[str, str] | None = None
        halted = False
        try:
            for block in blocks:
                room = min(self.limits.bytes - self.pack.written, self.limits.entry_bytes - size)
                if len(block) > room:
                    halted = self.limits.bytes - self.pack.written <= room
                    block = block[:room]
                    rule, bound = (
                        ("limit_bytes", self.limits.bytes) if halted else ("limit_entry_bytes", self.limits.entry_bytes)
                    )
                    what = "the package" if halted else "this entry"
                    problem = (rule, f"{what} unpacks to more than {bound} bytes: the rest was not read")
                self.pack.write(block)
                place.written += len(block)
                checksum = zlib.crc32(block, checksum)
                if size == 0:
                    head = bytes(block[:HEAD])
                    tail = bytes(block[-ZIP_TAIL:])
                else:
                    if len(head) < HEAD:
                        head += bytes(block[: HEAD - len(head)])
                    tail = (tail + bytes(block[-ZIP_TAIL:]))[-ZIP_TAIL:]
                size += len(block)
                if manifest is not None and len(manifest) <= MAX_MANIFEST:
                    manifest += block
                if problem:
                    break
                if size > (1 << 16):
                    self.tick(path)
                    grown = place.written if shared else size
                    self._weigh(grown, compressed() if callable(compressed) else compressed)
        except Refused as error:
            problem = (error.rule, error.detail)
        finally:
            # a limit in time still keeps what is in the pack
            entry = self._row(Entry(self.entries, path, "file", size, offset, "pack", "", mode, place.parent))
        if manifest is not None and len(manifest) <= MAX_MANIFEST:
            self.manifests.setdefault(path, bytes(manifest))
        if problem is None and declared is not None:
            if size != declared[0]:
                problem = ("disagreement", f"the archive tells {declared[0]} bytes, the entry unpacks to {size}")
            elif checksum != declared[1]:
                problem = ("damaged", "the checksum in the archive does not fit the content")
        if problem is not None:
            self.leave_out(problem[0], path, problem[1], place.parent)
            if halted:
                raise Halt
        self._weigh_whole()
        self._notice_twin(place, name, path, size, checksum)
        self._notice_archive(place, entry, head, tail)
        return entry

    # -- judgement

    def _weigh(self, size: int, compressed: int) -> None:
        """Raise Refused for a member that grows like a bomb."""
        self._weigh_whole()
        if compressed and (self._bombed or size > GRACE) and size > self.limits.ratio * compressed:
            raise Refused(
                "bomb_ratio", f"the entry unpacks to more than {self.limits.ratio} times its size and was cut"
            )

    def _weigh_whole(self) -> None:
        if not self._bombed and self.pack.written > max(GRACE, self.limits.ratio * self._artifact_size):
            self._bombed = True
            detail = f"the package unpacks to more than {self.limits.ratio} times its size: nested archives stay closed"
            self.leave_out("bomb_ratio", "", detail)

    def discard(self, count: int) -> None:
        """Count bytes unpacked only to get past them; raises Refused where even that costs too much."""
        self._discarded += count
        if self._discarded > MAX_DISCARDED:
            raise Refused("limit_bytes", "what follows an oversized entry was not read")

    @property
    def bombed(self) -> bool:
        """Whether the package as a whole has grown like a bomb."""
        return self._bombed

    def _notice_twin(self, place: Place, name: str, path: str, size: int, checksum: int) -> None:
        before = place.seen.setdefault(name, (size, checksum))
        if before != (size, checksum):
            self.leave_out("duplicate", path, "the archive holds this name twice with different content", place.parent)
        twin = place.folded.setdefault(fold_name(name), name)
        if twin != name and place.seen[twin] != (size, checksum):
            detail = f"only case or form tells it from {twin[:100]}: on many systems one overwrites the other"
            self.leave_out("name_twin", path, detail, place.parent)

    def _notice_archive(self, place: Place, entry: Entry, head: bytes, tail: bytes) -> None:
        found = detect(head, entry.path)
        place.nested += [(entry, each) for each in ([found] if found else detect_carried(head, tail))]
