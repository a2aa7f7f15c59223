"""What the panes read at the desk: trees, files, texts and differences of packages, every secret masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.cancel import CancelToken
from app.desk_base import DeskBase
from app.errors import DeskError
from app.trees import Tree
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.archive_hits import ArchiveHit, ArchiveResult
    from app.views import Change, Comparison, FileRow, LineDiff, TextView


class ReadingDesk(DeskBase):
    """Reads what was unpacked; `side` is submission or baseline."""

    def tree(self, submission: int) -> Tree:
        """The unpacked package; unpacks it where that was not done yet."""
        return self._browser.tree(self.submission(submission).artifact)

    def _side(self, submission: int, side: str) -> Tree:
        if side == "submission":
            return self.tree(submission)
        baseline = self.submission(submission).baseline
        if baseline is None:
            raise DeskError("there is no baseline: choose an earlier version")
        return self.tree(baseline)

    def files(self, submission: int, *, side: str = "submission") -> tuple[FileRow, ...]:
        """All entries of the package."""
        return self._browser.files(self._side(submission, side))

    def text(
        self, submission: int, number: int, *, side: str = "submission", reveal: bool = False, beautify: bool = False
    ) -> TextView:
        """The text of one file, secrets masked; `reveal` shows them, and is logged. `beautify` breaks minified code."""
        tree = self._side(submission, side)
        entry = tree.entry(number)
        if entry is None or entry.type != "file":
            raise DeskError("this entry has no content")
        if reveal:
            self.store.record(self.reviewer, "reveal", submission, path=printable(entry.path), sha256=entry.sha256)
        return self._browser.text(tree, entry, masked=not reveal, beautify=beautify)

    def search_archive(
        self,
        text: str,
        on_hit: Callable[[ArchiveHit], None],
        cancel: CancelToken,
        *,
        ignore_case: bool = False,
        on_progress: Callable[[int, int, str], None] | None = None,
    ) -> ArchiveResult:
        """Look for a hash or a text in everything that was reviewed; raises BadSearch."""
        from app.archive_search import search_archive
        from app.archive_snippets import Snippets

        return search_archive(
            self.store,
            self.vault,
            self.folders.data / "assay.db",
            text,
            on_hit=on_hit,
            cancel=cancel,
            ignore_case=ignore_case,
            snippets=Snippets.of_desk(self),
            on_progress=on_progress,
        )

    def compare(self, submission: int) -> Comparison | None:
        """Files of the submission against its baseline, None without one."""
        from app.diff import compare_trees

        baseline = self.submission(submission).baseline
        return None if baseline is None else compare_trees(self.tree(baseline), self.tree(submission))

    def line_diff(self, submission: int, change: Change) -> LineDiff:
        """The line diff of one change."""
        return self._browser.line_diff(self._side(submission, "baseline"), self.tree(submission), change)
