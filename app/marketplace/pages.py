"""Lists that come in pages, read to their end: each row once, none lost to a moving list, and always an end."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from app.cancel import CancelToken
from app.marketplace.documents import read_page
from app.marketplace.errors import Surprise
from app.marketplace.reading import Node
from app.marketplace.transport import Transport

# Rows of a list and pages of one pass at most, and how often it is read when rows moved between pages meanwhile.
MAX_ROWS = 50_000
MAX_PAGES = 2_500
MAX_PASSES = 3
# Characters of ids in one query: what asks with GET has to fit into an address.
_BATCH = 3_000

Row = TypeVar("Row")


class Lists:
    """The lists of one marketplace."""

    def __init__(self, api: Transport, max_rows: int = MAX_ROWS) -> None:
        self._api, self._max_rows = api, max_rows

    def read(
        self,
        parts: tuple[str, ...],
        query: Mapping[str, Any] | None,
        make: Callable[[Node], Row],
        name: Callable[[Row], Hashable],
        *,
        sort: Mapping[str, int] | None = None,
        limit: int = 100,
        cancel: CancelToken | None = None,
    ) -> Iterator[Row]:
        """What `make` gives for each row, distinct by `name`; raises Surprise for more than 50,000.

        A row that leaves a list while it is read moves the others forward, over the end of a page: where more were
        counted at any time than came, the list is read again, three times at most. A marketplace that lies about count
        or pages is believed no longer than it brings something new.
        """
        asked = {"query": document(query), "sort": document(sort), "limit": max(1, limit)}
        seen: set[Hashable] = set()
        for _ in range(MAX_PASSES):
            before, most = len(seen), 0
            this_pass: set[Hashable] = set()
            for number in range(1, MAX_PAGES + 1):
                where, data = self._api.get(parts, {**asked, "pageNumber": number}, cancel)
                page = read_page(Node(data, where))
                known = len(this_pass)
                most = max(most, page.count)
                for node in page.rows:
                    row = make(node)
                    this_pass.add(name(row))
                    if name(row) in seen:
                        continue
                    if len(seen) >= self._max_rows:
                        raise Surprise(f"{where}: list has more than {self._max_rows:,} rows: narrow what is asked for")
                    seen.add(name(row))
                    yield row
                if number >= page.pages or len(this_pass) == known:
                    break
            else:
                raise Surprise(f"{where}: pages has no end after {MAX_PAGES:,}: narrow what is asked for")
            if len(this_pass) >= most or (before and len(seen) == before):
                return


def document(value: Mapping[str, Any] | None) -> str | None:
    """Queries and sort orders are JSON in one parameter."""
    return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def batches(names: Sequence[str]) -> Iterator[list[str]]:
    """So many ids at a time that they fit into an address."""
    batch: list[str] = []
    size = 0
    for name in names:
        cost = len(json.dumps(name)) + 8
        if batch and (size + cost > _BATCH or len(batch) >= 100):
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += cost
    if batch:
        yield batch
