"""Finding text in lines, on a worker thread."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_HITS = 20_000


def find_all(lines: Sequence[str], query: str, most: int = MOST_HITS) -> list[tuple[int, int, int]]:
    """Places (row, column, length) of a text, at most `most`; capitals count only where the query has any."""
    if not query:
        return []
    flags = re.NOFLAG if any(c.isupper() for c in query) else re.IGNORECASE
    search = re.compile(re.escape(query), flags).finditer
    hits: list[tuple[int, int, int]] = []
    for row, line in enumerate(lines):
        for match in search(line):
            hits.append((row, match.start(), match.end() - match.start()))
            if len(hits) >= most:
                return hits
    return hits
