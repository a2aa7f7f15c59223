"""Search everything that was ever reviewed, for the day a new indicator is published.

    result = search_archive(store, vault, folders.data / "assay.db", "evil.example", on_hit=print, cancel=token)

What is sought is compared with the hashes of artifacts and of every file in every kept tree, with titles and file
names, with the facts (addresses among them) and findings of the latest runs, and with the bytes of every unpacked file.
The host streams and compares bytes; nothing is parsed. A submission of which anything could not be searched (its tree
was never made, was pruned, is damaged, or left something out) is named in the result.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.archive_hits import ArchiveHit, ArchiveResult, NotSearched
from app.archive_snippets import Snippets
from app.archive_text import Needle, TreeText
from app.archive_trees import DamagedTree, find_damage, read_tree
from app.errors import DeskError
from app.model import Submission
from app.similar import verdict_of
from app.trees import Tree
from app.vault import Cancel, Vault
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.store import Store


LEAST, MOST = 3, 4096
LIMIT = 500
# File names of one tree that are told.
NAMES = 20
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")
_FACTS = """
    SELECT r.submission, f.grp, f.name, f.value, f.path, f.file_sha256 FROM facts f JOIN runs r ON r.id = f.run
    WHERE f.grp <> 'digest' AND (instr(lower(f.value), ?1) OR instr(lower(f.name), ?1)) AND (f.run, f.check_id) IN
        (SELECT max(c.run), c.check_id FROM check_results c JOIN runs l ON l.id = c.run
         WHERE l.finished IS NOT NULL GROUP BY l.submission, c.check_id)
    ORDER BY r.submission DESC, f.id LIMIT ?2
"""

OnHit = Callable[[ArchiveHit], None]
# Bytes searched so far, bytes in all (at least), and the name of what is searched now.
OnProgress = Callable[[int, int, str], None]


class BadSearch(DeskError):
    """Nothing that can be sought; the text says why."""


def search_archive(
    store: Store,
    vault: Vault,
    database: Path,
    text: str,
    *,
    on_hit: OnHit,
    cancel: Cancel,
    ignore_case: bool = False,
    limit: int = LIMIT,
    snippets: Snippets | None = None,
    on_progress: OnProgress | None = None,
) -> ArchiveResult:
    """Look for a hash or a text; `on_hit` hears of each place as it is found, `limit` at most.

    Titles, names, facts and findings are compared without regard to case, bytes with it unless `ignore_case` (then
    ASCII letters only). Without `snippets` places are told without what stands there. Raises BadSearch.
    """
    text = text.strip()
    if not LEAST <= len(text) <= MOST:
        raise BadSearch(f"{printable(text, 60)!r}: what is sought has {LEAST:,} to {MOST:,} characters")
    if limit < 1:
        raise BadSearch(f"a limit of {limit} finds nothing: say 1 or more")
    return _Search(store, vault, database, text, on_hit, cancel, limit, snippets, on_progress).run(ignore_case)


class _Full(Exception):
    """As many hits were told as were asked for."""


class _Search:
    def __init__(
        self,
        store: Store,
        vault: Vault,
        database: Path,
        text: str,
        on_hit: OnHit,
        cancel: Cancel,
        limit: int,
        snippets: Snippets | None,
        on_progress: OnProgress | None,
    ) -> None:
        self._store, self._vault, self._database, self._text = store, vault, database, text
        self._on_hit, self._cancel, self._limit, self._snippets = on_hit, cancel, limit, snippets
        self._on_progress = on_progress
        self._folded = text.casefold()
        self._hash = text.lower() if _HASH.fullmatch(text.lower()) else ""
        self._hits = self._bytes = self._searched = self._total = 0
        self._ended = False
        self._submissions = {s.id: s for s in store.submissions()}
        self._verdicts: dict[int, str] = {}
        self._left: list[NotSearched] = []

    def run(self, ignore_case: bool) -> ArchiveResult:
        began = time.monotonic()
        limited = False
        try:
            self._artifacts()
            self._facts()
            self._findings()
            self._trees(Needle.of(self._text, ignore_case=ignore_case))
        except _Full:
            limited = True
        return ArchiveResult(
            text=self._text,
            hits=self._hits,
            limited=limited,
            searched=self._searched,
            bytes=self._bytes,
            seconds=time.monotonic() - began,
            not_searched=tuple(self._left),
            cancelled=self._cancel.cancelled,
        )

    def _tell(self, kind: str, number: int, **details: object) -> None:
        if self._hits >= self._limit:
            raise _Full
        self._hits += 1
        about = self._submissions[number]
        if number not in self._verdicts:
            self._verdicts[number] = verdict_of(self._store, about)[0]
        hit = ArchiveHit(
            kind=kind,
            submission=number,
            title=_title(about),
            version=printable(about.version, 100),
            decision=self._verdicts[number],
            artifact=about.artifact.sha256,
            **details,  # type: ignore[arg-type]
        )
        self._on_hit(hit)

    def _leave(self, about: Submission, reason: str) -> None:
        self._left.append(NotSearched(about.id, _title(about), printable(about.version, 100), printable(reason, 500)))

    def _artifacts(self) -> None:
        for about in self._submissions.values():
            artifact = about.artifact
            hashes = artifact.sha256, artifact.sha1, artifact.md5
            words = f"{about.title} {about.version} {about.developer}\n{artifact.name}".casefold()
            if self._hash in hashes or self._folded in words:
                self._tell("artifact", about.id, sha256=artifact.sha256, text=printable(artifact.name, 300))

    def _facts(self) -> None:
        if not self._database.is_file():
            return
        address = f"file:{quote(str(self._database))}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=10)) as base:
                # SQLite folds ASCII letters only, so that is what is asked of it
                rows = base.execute(_FACTS, [_ascii_lower(self._text), self._limit + 1]).fetchall()
        except sqlite3.Error as error:
            raise BadSearch(f"{self._database}: its facts cannot be searched ({error})") from error
        for number, group, name, value, path, sha256 in rows:
            if number in self._submissions:
                kind = "address" if group == "address" else "fact"
                text = f"{name}: {value}" if kind == "address" else f"{group} {name}: {value}"
                self._tell(kind, number, path=path or "", sha256=sha256 or "", text=printable(text, 300))

    def _findings(self) -> None:
        for hit in self._store.search(self._text, self._limit + 1):
            f = hit.finding
            self._tell("finding", hit.submission, path=f.path, line=f.line, offset=f.start, sha256=f.file_sha256,
                       text=f.message)  # fmt: skip

    def _trees(self, needle: Needle) -> None:
        """Every tree once, the newest submission first."""
        seen: set[str] = set()
        waiting = []
        for about in self._submissions.values():
            if about.artifact.sha256 not in seen:
                seen.add(about.artifact.sha256)
                waiting.append(about)
        with ThreadPoolExecutor(1, thread_name_prefix="archive-hashes") as pool:
            try:
                for number, about in enumerate(waiting):
                    if self._cancel.cancelled:
                        for rest in waiting[number:]:
                            self._leave(rest, "the search was cancelled before")
                        return
                    self._tree(about, needle, pool)
            except _Full:
                for rest in waiting[number:]:
                    self._leave(rest, f"the search ended at its limit of {self._limit:,} hits")
                raise
            finally:
                self._ended = True  # ends the hashing of a tree that nobody waits for

    def _tree(self, about: Submission, needle: Needle, pool: ThreadPoolExecutor) -> None:
        try:
            tree = read_tree(self._vault, about.artifact)
        except DamagedTree as problem:
            self._leave(about, f"not searched: {problem}")
            return
        if tree is None:
            self._leave(about, "not searched: it is not unpacked (never was, or no longer): check it again")
            return
        # hashing lets the other threads run: on another core it costs next to nothing
        damage: Future[str] = pool.submit(find_damage, tree, lambda: self._ended or self._cancel.cancelled)
        self._names(about, tree)
        self._contents(about, tree, needle)
        if self._cancel.cancelled:
            self._leave(about, "searched in part: the search was cancelled")
            return
        if changed := damage.result():
            self._leave(about, f"searched in part: {changed}: check it again to have it made anew")
            return
        self._searched += 1
        if tree.left_out:
            missing = f"{len(tree.left_out):,} " + ("thing" if len(tree.left_out) == 1 else "things")
            self._leave(about, f"searched in part: {missing} could not be unpacked ({tree.left_out[0].path}, ...)")

    def _names(self, about: Submission, tree: Tree) -> None:
        told = 0
        for entry in tree.entries:
            if self._hash and entry.sha256 == self._hash:
                self._tell("hash", about.id, path=printable(entry.path), sha256=entry.sha256)
            elif told < NAMES and self._folded in entry.path.casefold():
                told += 1
                self._tell("name", about.id, path=printable(entry.path), sha256=entry.sha256)

    def _contents(self, about: Submission, tree: Tree, needle: Needle) -> None:
        text = TreeText(tree)
        self._total += text.size

        def read(count: int) -> None:
            self._bytes += count
            if self._on_progress is not None:
                self._on_progress(self._bytes, self._total, _title(about))

        for place in text.search(needle, read, lambda: self._cancel.cancelled):
            snippet = self._snippets.show(tree, place) if self._snippets is not None else ""
            self._tell(
                "text",
                about.id,
                path=printable(place.entry.path),
                line=text.line(place),
                offset=place.start,
                encoding=place.encoding,
                sha256=place.entry.sha256,
                text=snippet,
            )


def _ascii_lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text).encode("utf-8", "replace").decode()


def _title(about: Submission) -> str:
    return printable(about.title or about.artifact.name, 200)


def describe_hit(hit: ArchiveHit) -> Iterator[str]:
    """A hit in words, one line: what, of whom, where, and what stands there."""
    place = hit.path + (f":{hit.line}" if hit.line is not None else f" at byte {hit.offset:,}" if hit.offset else "")
    yield f"{hit.kind:<8}  {' '.join((hit.title, hit.version)).strip()} ({hit.decision})"
    if place:
        yield f"          {place}"
    if hit.text:
        yield f"          {hit.text}"
