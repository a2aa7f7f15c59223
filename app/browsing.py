"""Reading packages: the trees that are kept at hand, and what the panes show of their files.

Secrets are masked in every text that leaves here, unless the caller says that they may be seen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.model import Artifact
from app.sandbox import Launcher
from app.settings import Settings
from app.trees import Tree, TreeMaker
from app.vault import Vault
from checks.runtime.catalog import CheckSpec
from checks.runtime.package import Entry
from checks.runtime.text import printable

if TYPE_CHECKING:  # reading is for the panes: a battery starts without
    from app.reading import Ranges
    from app.views import Change, FileRow, LineDiff, TextView

KEPT_TREES = 6


class Browser:
    """Trees and texts of packages; safe from any thread.

    `masking` gives the checks that look for secrets; `cache` is the folder of their compiled rules.
    """

    def __init__(
        self,
        vault: Vault,
        launcher: Callable[[], Launcher],
        masking: Callable[[], Sequence[CheckSpec]],
        cache: Path,
        settings: Settings,
    ) -> None:
        self._vault = vault
        self._launcher = launcher
        self._masking = masking
        self._cache = cache
        self._trees: dict[str, Tree] = {}
        self._masks: dict[tuple[str, str], tuple[tuple[int, int], ...]] = {}
        self._lock = threading.RLock()
        self.apply_settings(settings)

    def apply_settings(self, settings: Settings) -> None:
        """Unpack and read within these limits from now on."""
        self._memory = settings.worker_memory << 20
        self.maker = TreeMaker(self._vault, self._launcher, settings.limits, self._memory)

    def keep(self, tree: Tree) -> None:
        """Have this tree at hand; the oldest of too many is let go."""
        with self._lock:
            self._trees[tree.artifact.sha256] = tree
            while len(self._trees) > KEPT_TREES:
                del self._trees[next(iter(self._trees))]

    def tree(self, artifact: Artifact) -> Tree:
        """The unpacked package; unpacks it where that was not done yet."""
        with self._lock:
            tree = self._trees.get(artifact.sha256)
        if tree is None or tree.artifact.name != artifact.name:
            maker = self.maker
            tree = maker.find(artifact) or maker.make(artifact, lambda _: None, lambda: False)
            self.keep(tree)
        return tree

    def files(self, tree: Tree) -> tuple[FileRow, ...]:
        """All entries of the package."""
        from app.views import FileRow

        return tuple(
            FileRow(e.n, printable(e.path), e.path, e.type, e.size, e.sha256, e.parent, printable(e.link))
            for e in tree.entries
        )

    def text(self, tree: Tree, entry: Entry, *, masked: bool, beautify: bool = False) -> TextView:
        """The text of one file, its secrets masked or not, minified code in readable rows; raises UnreadableText."""
        from app.reading import read_text

        masks = self._masks_of(tree, entry) if masked else ()
        return read_text(self._launcher(), tree, entry, masks, self._memory, beautify=beautify)

    def line_diff(self, old: Tree, new: Tree, change: Change) -> LineDiff:
        """The line diff of one change, secrets masked; raises UnreadableText."""
        from app.reading import diff_lines

        sides: list[tuple[Tree, Ranges]] = []
        for tree, number in ((old, change.old), (new, change.new)):
            entry = tree.entry(number) if number is not None else None
            sides.append((tree, self._masks_of(tree, entry) if entry else ()))
        return diff_lines(self._launcher(), sides[0], sides[1], change, self._memory)

    def _masks_of(self, tree: Tree, entry: Entry) -> Ranges:
        """Byte ranges of the secrets in a file, found by the masking checks."""
        from app.reading import find_masks

        key = entry.sha256, entry.path  # what counts as a secret depends on the role that a path gives a file
        known = self._masks.get(key)
        if known is None:
            known = find_masks(self._launcher(), tree, entry, self._masking(), self._cache, self._memory)
            self._masks[key] = known
        return known
