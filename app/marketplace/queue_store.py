"""The part of the store that keeps the marketplace's versions, their files and developers, as last seen."""

from __future__ import annotations

from app.store_base import StoreBase


class QueueStore(StoreBase):
    """Versions of a marketplace. What is known of them is replaced by each sync; their changes of status only grow."""

    def version_of(self, submission: int) -> int | None:
        """The number of the version that a submission is a file of, the latest where there are several."""
        rows = self._base.rows(
            "SELECT version FROM version_files WHERE submission = ? ORDER BY version DESC LIMIT 1", [submission]
        )
        return int(rows[0]["version"]) if rows else None
