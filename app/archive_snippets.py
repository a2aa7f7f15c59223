"""What stands around a place that was found, its secrets masked; nothing where that is not certain."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.archive_text import Place
from app.errors import DeskError
from app.reading import find_masks
from app.sandbox import Launcher
from app.trees import Tree
from checks.runtime.catalog import CheckSpec
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.desk_base import DeskBase

log = logging.getLogger(__name__)

BEFORE, AFTER = 60, 180
# Each file costs a worker: of more files than this, and of larger ones, only the place is told.
MAX_FILES = 40
MAX_BYTES = 16 << 20


class Snippets:
    """Cuts snippets; `masking` gives the checks that look for secrets, `cache` is the folder of their rules."""

    def __init__(
        self,
        launcher: Callable[[], Launcher],
        masking: Callable[[], Sequence[CheckSpec]],
        cache: Path,
        memory: int,
    ) -> None:
        self._launcher, self._masking, self._cache, self._memory = launcher, masking, cache, memory
        self._masks: dict[tuple[str, str], Sequence[tuple[int, int]] | None] = {}

    @classmethod
    def of_desk(cls, desk: DeskBase) -> Snippets:
        """Those of this desk: its sandbox, its checks, its compiled rules."""
        memory = desk.settings.worker_memory << 20
        return cls(
            desk.launcher, lambda: [c for c in desk.catalog.values() if c.masks], desk.folders.cache, memory
        )  # fmt: skip

    def show(self, tree: Tree, place: Place) -> str:
        """The text around a place on its line, printable and masked; empty where it cannot be shown."""
        masks = self._masks_of(tree, place)
        if masks is None:
            return ""
        step = 2 if place.encoding == "utf-16-le" else 1
        low = max(place.start - BEFORE * step, place.start % step)
        data = bytearray(tree.bytes_of(place.entry, low, place.end + AFTER * step))
        for start, end in masks:
            start, end = max(start - low, 0), min(end - low, len(data))
            if start < end:
                data[start:end] = b"*" * (end - start)
        newline, at = "\n".encode(place.encoding), place.start - low
        first, last = data.rfind(newline, 0, at), data.find(newline, at)
        line = data[first + step if first >= 0 else 0 : last if last >= 0 else None]
        cut = "…" if first < 0 and low >= step else ""  # of a long line, as minified code has
        return cut + printable(line.decode(place.encoding, "replace").strip("\r\n"), 300)

    def _masks_of(self, tree: Tree, place: Place) -> Sequence[tuple[int, int]] | None:
        entry = place.entry
        key = entry.sha256, entry.path
        if key not in self._masks:
            if entry.size > MAX_BYTES or len(self._masks) >= MAX_FILES:
                return None
            try:
                self._masks[key] = find_masks(self._launcher(), tree, entry, self._masking(), self._cache, self._memory)
            except DeskError as problem:  # no sandbox, or no answer: then the place has to do
                log.info("%s: no snippet: %s", printable(entry.path), problem)
                self._masks[key] = None
        return self._masks[key]
