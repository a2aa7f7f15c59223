"""A version onto this desk: every file from a signed address asked for at that moment, into the vault, and compared.

A difference from what the marketplace promised is no reason to refuse: the bytes are kept, and the difference is told
wherever the file is shown.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from app import records
from app.cancel import Cancelled, CancelToken
from app.errors import DeskError
from app.intake import MAX_NAME
from app.marketplace.errors import Denied, MarketError, NotThere, Refused, Unreachable
from app.marketplace.part_files import PartFile, clear_stale, name_part, open_part
from app.marketplace.queue import name_missing
from app.marketplace.queue_writing import name_source
from app.marketplace.transfer import Served, transfer
from app.marketplace.words import Developer, Fetched, MarketFile, QueuedFile, QueueEntry, Version
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.desk import Desk
    from app.marketplace.client import Client
    from app.model import Artifact

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
SPARE = 64 << 20  # bytes of room that a disk keeps beside what is downloaded
STEP = 256 << 10  # bytes between two words on how far it is


def fetch_version(
    desk: Desk,
    client_factory: Callable[[], Client],
    key: int,
    *,
    on_progress: Progress | None = None,
    cancel: CancelToken | None = None,
    pause: Callable[[float], None] | None = None,
) -> Fetched:
    """Download what is not here yet of a version and of the one before it, its baseline.

    Each file becomes a submission. What was cut goes on the next time. Raises MarketError, DeskError, Cancelled; files
    that are whole by then are kept. `pause` takes the place of waiting for so many seconds between two tries.
    """
    entry = desk.store.queue_entry(key, desk.reviewer)
    clear_stale(desk.folders.data / "downloads")
    fetching = _Fetching(desk, client_factory(), entry.market, on_progress, cancel or CancelToken(), pause)
    before = fetching.read(entry)
    entry = desk.store.queue_entry(key, desk.reviewer)
    if not entry.files:
        raise NotThere(
            f"{entry.name} {entry.label}: it names no file in the fields of the setting [marketplace] file_fields"
        )
    submissions = fetching.fetch_all(entry)
    baseline = fetching.fetch_baseline(entry, submissions, before) if before is not None else None
    files = desk.store.queue_entry(key, desk.reviewer).files
    told = [f"{printable(file.name, 80)}: {file.differs}" for file in files if file.differs]
    return Fetched(key, tuple(submissions), baseline, (*told, *fetching.problems))


@dataclass
class _Fetching:
    """One fetch: of a version, and of its baseline."""

    desk: Desk
    client: Client
    market: str
    on_progress: Progress | None
    cancel: CancelToken
    pause: Callable[[float], None] | None
    files: dict[tuple[int, str], MarketFile] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    told: int = -STEP

    # what there is

    def read(self, entry: QueueEntry) -> int | None:
        """Ask for the version and the one before it as they are now, and keep that; gives the key of the latter."""
        store, began, place = self.desk.store, self.desk.store.now(), (entry.app_id, entry.version)
        try:
            version = self.client.version(*place, cancel=self.cancel)
        except NotThere:
            store.save_versions(self.market, (), gone=[place], as_of=began)
            raise NotThere(f"{entry.name} {entry.label}: the marketplace no longer has this version") from None
        before = self._find_baseline(version)
        versions = [version] if before is None else [version, before]
        wanted = list(dict.fromkeys(ref for v in versions for ref in v.files))
        found = self.client.files(wanted, cancel=self.cancel) if wanted else {}
        files = {(v.app_id, v.version): [found.get(ref) or name_missing(ref) for ref in v.files] for v in versions}
        saved = store.save_versions(
            self.market, versions, files=files, developers=self._find_developers(version), as_of=began
        )
        for v in versions:
            here = [found[ref] for ref in v.files if ref in found]
            self.files.update({(saved.keys[v.app_id, v.version], records.text(file.file_id)): file for file in here})
        return None if before is None else saved.keys[before.app_id, before.version]

    def _find_baseline(self, version: Version) -> Version | None:
        """The live version, else the last approved one."""
        query = {"appId": version.app_id, "$or": [{"isLive": True}, {"status.value": "approved"}]}
        others = [v for v in self.client.versions(query, cancel=self.cancel) if v.version != version.version]
        live = [v for v in others if v.is_live] if not version.is_live else []
        approved = [v for v in others if v.status.value == "approved" and v.version < version.version]
        return max(live or approved, key=lambda v: v.version, default=None)

    def _find_developers(self, version: Version) -> tuple[Developer, ...]:
        try:
            return (self.client.developer(version.developer_id, cancel=self.cancel),)
        except NotThere:
            return ()  # its record is gone, its app is not: what was known stays

    # the bytes

    def fetch_all(self, entry: QueueEntry) -> list[int]:
        """The submissions of all files. One that is not there keeps none of the others back: it is told at the end."""
        submissions, problem = [], None
        for file in entry.files:
            try:
                submissions.append(self.fetch(entry, file))
            except NotThere as missing:
                problem = problem or missing
        if problem is not None:
            raise problem
        return submissions

    def fetch(self, entry: QueueEntry, file: QueuedFile) -> int:
        """The submission of one file: the one that is here, or a new one of what is downloaded."""
        if (known := self._known(file)) is not None:
            return known
        promised = self.files.get((entry.key, file.file_id))
        if promised is None:
            raise NotThere(f"{printable(file.file_id, 80)}: the marketplace does not have this file")
        store, folder = self.desk.store, self.desk.folders.data / "downloads"
        with open_part(folder, name_part(self.market, promised), self._wait) as part:
            now = next((f for f in store.queue_entry(entry.key).files if f.file_id == file.file_id), file)
            if (known := self._known(now)) is not None:
                return known  # another thread or program brought it while this one waited
            artifact = self._download(part, promised)
            differs = tell_differences(artifact, promised)
            if differs:
                log.warning("%s of %s %s: %s", printable(file.name, 80), entry.app_id, entry.version, differs)
            with store.transaction():
                number = self._enter(entry, file, artifact)
                store.link_file(entry.key, file.file_id, number, differs, who=self.desk.reviewer)
            part.drop()
        return number

    def _known(self, file: QueuedFile) -> int | None:
        """Its submission where nothing is to be downloaded: the bytes are here, and are what is promised now."""
        if file.submission is None or not file.hashes or file.differs:
            return None
        sha256 = self.desk.store.submission(file.submission).artifact.sha256
        return file.submission if self.desk.vault.has(sha256) else None

    def _enter(self, entry: QueueEntry, file: QueuedFile, artifact: Artifact) -> int:
        """The submission of these bytes of this version, unless another file of it has the same."""
        store = self.desk.store
        taken = {f.submission for f in store.queue_entry(entry.key).files if f.file_id != file.file_id}
        known = store.submissions_of(name_source(self.market, entry.app_id, entry.version), artifact.sha256)
        for number in known:
            if number not in taken:
                return number
        about = store.add_submission(
            artifact,
            kind=entry.kind,
            title=entry.name,
            version=entry.label,
            developer=entry.developer or entry.developer_id,
            source=name_source(self.market, entry.app_id, entry.version, file.file_id),
            who=self.desk.reviewer,
        )
        return about.id

    def _download(self, part: PartFile, file: MarketFile) -> Artifact:
        self._check_room(part, file)
        self._tell(file, part.size)
        transfer(
            part,
            file,
            lambda offset, tag: self._open(file, offset, tag),
            wait=self._wait,
            progress=lambda done: self._tell(file, done),
        )
        return self.desk.vault.add(part.path, name_download(file.name), cancel=self.cancel)

    def _check_room(self, part: PartFile, file: MarketFile) -> None:
        """Say at once what would fail after an hour: the bytes are there twice until they are in the vault."""
        needed = 2 * file.size - part.size + SPARE
        free = part.free
        if free < needed:
            raise DeskError(
                f"{printable(file.name, 80)}: needs {needed >> 20:,} MiB and the disk has {free >> 20:,} MiB free: "
                "make room and try again"
            )

    @contextlib.contextmanager
    def _open(self, file: MarketFile, offset: int, tag: str) -> Iterator[Served]:
        """The bytes from a fresh address; a public file is where everybody finds it."""
        public = file.private is False and file.url
        address = file.url if public else self.client.signed_url(file.file_id, cancel=self.cancel)
        try:
            download = self.client.open_download(address, offset=offset, etag=tag, cancel=self.cancel)
        except (Denied, Refused) as problem:
            raise Unreachable(str(problem)) from None  # it has expired meanwhile: the next one is fresh
        with download:
            yield download

    def _tell(self, file: MarketFile, done: int) -> None:
        if self.cancel.cancelled:
            raise Cancelled(
                f"{printable(file.name, 80)}: the download was stopped; what came is kept for the next time"
            )
        if self.on_progress is not None and (done in (0, file.size) or not 0 <= done - self.told < STEP):
            self.told = done
            self.on_progress(name_download(file.name), done, file.size)

    def _wait(self, seconds: float) -> None:
        if self.pause is not None:
            self.pause(seconds)
        elif seconds:
            until = threading.Event()
            while seconds > 0 and not self.cancel.cancelled:
                until.wait(min(0.2, seconds))
                seconds -= 0.2
        if self.cancel.cancelled:
            raise Cancelled("the download was stopped; what came is kept for the next time")

    # the other side of the diff

    def fetch_baseline(self, entry: QueueEntry, submissions: Sequence[int], key: int) -> int | None:
        """Download the version before, and set its files beside ours; gives the first one's submission.

        What fails here is told and does not take the version away.
        """
        before = self.desk.store.queue_entry(key, self.desk.reviewer)
        first = None
        for file, ours in zip(entry.files, submissions, strict=True):
            other = find_counterpart(entry.files, file, before.files)
            if other is None:
                continue
            try:
                theirs = self.fetch(before, other)
            except (MarketError, DeskError) as problem:
                if isinstance(problem, Cancelled):
                    raise
                self.problems.append(f"the baseline, version {before.label}, could not be downloaded: {problem}")
                break
            if theirs != ours and self.desk.submission(ours).baseline != theirs:
                self.desk.set_baseline(ours, theirs)
            first = theirs if first is None else first
        return first


def find_counterpart(files: Sequence[QueuedFile], file: QueuedFile, before: Sequence[QueuedFile]) -> QueuedFile | None:
    """The file of the version before that this one takes the place of: by name, but for what changes in a name from
    version to version, else by its place."""
    for simplify in (str, _simplify):
        named = [other for other in before if simplify(other.name) == simplify(file.name)]
        if len(named) == 1:
            return named[0]
    place = list(files).index(file)
    return before[place] if len(files) == len(before) else None


def _simplify(name: str) -> str:
    return "".join(c for c in name.casefold() if not c.isdigit() and c not in "._-+ ")


def name_download(name: str) -> str:
    """A file's own name without the folders that a marketplace may put before it."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return printable(last, MAX_NAME) if last.strip(". ") else "file"


def tell_differences(artifact: Artifact, promised: MarketFile) -> str:
    """How bytes differ from what the marketplace promised, empty where they do not."""
    hashes = promised.hashes
    pairs = (
        ("SHA-256", artifact.sha256, hashes.sha256),
        ("SHA-1", artifact.sha1, hashes.sha1),
        ("MD5", artifact.md5, hashes.md5),
    )
    told = [
        f"{name} is {here}, the marketplace promised {wanted}"
        for name, here, wanted in pairs
        if wanted and here != wanted
    ]
    if artifact.size != promised.size:
        told.insert(0, f"it has {artifact.size:,} bytes, the marketplace promised {promised.size:,}")
    return "; ".join(told)
