"""`assay search`: find a hash, a name, an address or any text in everything that was reviewed."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from app import streams

if TYPE_CHECKING:
    from app.archive_hits import ArchiveHit, ArchiveResult

FOUND, NOTHING = 0, 1
TENTH = 0.1


def register(verbs: Any) -> None:
    """Add the verb to the command line."""
    search = verbs.add_parser(
        "search",
        help="find a hash or a text in everything that was reviewed",
        epilog="Looked through are hashes of artifacts (SHA-256, SHA-1, MD5) and of files (SHA-256), titles, file "
        "names, addresses and other facts, findings, and the bytes of every unpacked file (UTF-8 and UTF-16). Exit "
        "codes: 0 found; 1 nothing found (what could not be searched is named); 2 wrong use.",
    )
    search.add_argument("text", metavar="HASH|TEXT")
    search.add_argument("-i", "--ignore-case", action="store_true", help="in the bytes of files too (ASCII letters)")
    search.add_argument("--limit", type=int, default=500, metavar="N", help="of the places told (default: 500)")
    search.add_argument("--format", choices=("text", "json"), default="text", help="of the result")
    search.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Search and print each place as it is found; raises DeskError."""
    from app.archive_search import describe_hit, search_archive
    from app.archive_snippets import Snippets
    from app.cancel import CancelToken
    from app.desk import Desk

    hits: list[ArchiveHit] = []
    progress = _Progress()

    def show(hit: ArchiveHit) -> None:
        progress.clear()
        hits.append(hit)
        if options.format == "text":
            streams.say_line("\n".join(describe_hit(hit)))

    cancel = CancelToken()
    with Desk.open() as desk:
        try:
            result = search_archive(
                desk.store,
                desk.vault,
                desk.folders.data / "assay.db",
                options.text,
                on_hit=show,
                cancel=cancel,
                ignore_case=options.ignore_case,
                limit=options.limit,
                snippets=Snippets.of_desk(desk),
                on_progress=progress.show,
            )
        finally:
            cancel.cancel()  # an interrupt ends the thread that hashes
            progress.clear()
    if options.format == "json":
        streams.say_line(json.dumps(_document(result, hits), indent=1))
    else:
        streams.say_line("\n".join(_summary(result)))
    return FOUND if hits else NOTHING


def _summary(result: ArchiveResult) -> list[str]:
    count = "1 place" if result.hits == 1 else f"{result.hits:,} places"
    more = " (there may be more: raise --limit)" if result.limited else ""
    where = "1 unpacked submission" if result.searched == 1 else f"{result.searched:,} unpacked submissions"
    lines = [f"{count if result.hits else 'nothing'} found in {where}{more}"]
    for left in result.not_searched:
        lines.append(f"{' '.join((left.title, left.version)).strip()}: {left.reason}")
    return lines


def _document(result: ArchiveResult, hits: list[ArchiveHit]) -> dict[str, Any]:
    about = dataclasses.asdict(result)
    about["hits"] = [dataclasses.asdict(hit) for hit in hits]
    return {"schema": "assay-search/1", **about}


class _Progress:
    """One line on standard error, on a terminal only."""

    def __init__(self) -> None:
        self._active = sys.stderr is not None and sys.stderr.isatty()
        self._last = 0.0
        self._shown = False

    def show(self, done: int, total: int, name: str) -> None:
        now = time.monotonic()
        if self._active and now - self._last >= TENTH:
            self._last, self._shown = now, True
            print(f"\r\x1b[K{done >> 20:,} MiB searched: {name[:60]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False
