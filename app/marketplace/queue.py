"""Reading the queue: what waits, what is live beside it, files and developers, in few requests and one transaction."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.cancel import Cancelled, CancelToken
from app.marketplace.errors import Denied, MarketError, NotThere, Surprise
from app.marketplace.words import WAITING, Developer, MarketFile, Refresh, Version
from checks.runtime.text import printable

if TYPE_CHECKING:
    from app.marketplace.client import Client
    from app.store import Store

Place = tuple[str, int]
Progress = Callable[[int, int], None]

BATCH_CHARACTERS = 3000  # of ids in one address: servers refuse long ones
PUBLISHED_LIMIT = 1000  # the latest published versions that are kept in sight beside the queue
SINGLE_LIMIT = 50  # versions that left the queue and are asked for one by one
WAITING_QUERY = {"status.value": {"$in": list(WAITING)}}
PUBLISHED_QUERY = {"status.value": {"$in": ["approved", "suspended"]}}


def refresh_queue(
    store: Store,
    client_factory: Callable[[], Client],
    market: str,
    *,
    on_progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Refresh:
    """Read the whole queue and keep it; raises MarketError, Cancelled.

    It is kept at the end, all at once: after a cut the last sync is what it was, and the record says what happened.
    `on_progress` gets versions read so far and how many there will be, 0 while that is not known.
    """
    began = store.now()
    try:
        reading = _Reading(client_factory(), store, market, on_progress, cancel)
        reading.read()
    except MarketError as problem:
        if market:
            store.note_contact(market, problem=str(problem), online=isinstance(problem, (Denied, Surprise)))
        raise
    return _keep(store, market, reading, began)


def _keep(store: Store, market: str, reading: _Reading, began: datetime) -> Refresh:
    with store.transaction():
        saved = store.save_versions(
            market,
            reading.versions.values(),
            files=reading.files,
            developers=reading.developers,
            gone=reading.gone,
            as_of=began,
        )
        store.note_contact(market, synced=True)
        waiting = [place for place, v in reading.versions.items() if v.status.value in WAITING]
        keys = {saved.keys[place] for place in waiting}
        left = {saved.keys[p] for p in reading.missing if p in saved.keys}
    return Refresh(
        at=store.now(),
        count=len(waiting),
        new=len(saved.new & keys),
        changed=len(saved.changed & (keys | left)),
        gone=len(saved.gone),
    )


@dataclass
class _Reading:
    """One reading of the marketplace, gathered in memory."""

    client: Client
    store: Store
    market: str
    on_progress: Progress | None
    cancel: CancelToken | None
    versions: dict[Place, Version] = field(default_factory=dict)
    missing: list[Place] = field(default_factory=list)
    gone: list[Place] = field(default_factory=list)
    files: dict[Place, Sequence[MarketFile]] = field(default_factory=dict)
    developers: list[Developer] = field(default_factory=list)

    def read(self) -> None:
        """Everything, in the order in which each part needs the one before."""
        expected, known = self.store.expected_places(self.market), self.store.known_files(self.market)
        waiting = self._versions(WAITING_QUERY, {"submittedDate": 1})
        self.missing = sorted(expected - self.versions.keys())
        self._read_missing()
        apps = sorted({v.app_id for v in waiting} | {app_id for app_id, _ in self.missing})
        for some in batches(apps):
            past = {"$or": [{"isLive": True}, {"status.value": {"$in": ["approved", "suspended", "rejected"]}}]}
            self._versions({"appId": {"$in": some}, **past})
        self._versions(PUBLISHED_QUERY, {"status.lastUpdated": -1}, PUBLISHED_LIMIT)
        self._read_developers_apps(waiting)
        self._read_files(known)
        self._read_developers()

    def _pause(self) -> None:
        if self.cancel is not None and self.cancel.cancelled:
            raise Cancelled("reading the queue was cancelled: the last sync stays as it was")

    def _versions(
        self, query: Mapping[str, Any], sort: Mapping[str, int] | None = None, limit: int | None = None
    ) -> list[Version]:
        found = []
        self._pause()
        for version in itertools.islice(self.client.versions(query, sort, cancel=self.cancel), limit):
            self.versions.setdefault((version.app_id, version.version), version)
            found.append(version)
            if self.on_progress is not None and len(self.versions) % 100 == 0:
                self.on_progress(len(self.versions), 0)
            self._pause()
        return found

    def _read_missing(self) -> None:
        """What was in the queue, or has a decision of ours on its way, and was not listed."""
        for some in batches([f"{app_id}/{version}" for app_id, version in self.missing]):
            places = [(app_id, int(version)) for app_id, _, version in (place.rpartition("/") for place in some)]
            self._versions({"$or": [{"appId": app_id, "version": version} for app_id, version in places]})
        for place in [place for place in self.missing if place not in self.versions][:SINGLE_LIMIT]:
            self._pause()
            try:
                self.versions[place] = self.client.version(*place, cancel=self.cancel)
            except NotThere:
                continue
        self.gone = [place for place in self.missing if place not in self.versions]

    def _read_developers_apps(self, waiting: Sequence[Version]) -> None:
        """Whether a developer had an app before, where nothing read so far tells."""
        known = {
            v.developer_id for v in self.versions.values() if v.is_live or v.status.value in ("approved", "suspended")
        }
        for some in batches(sorted({v.developer_id for v in waiting} - known)):
            self._versions({"developerId": {"$in": some}, "isLive": True})

    def _read_files(self, known: Mapping[Place, int]) -> None:
        """Of what waits always, of the others where they are new or were edited."""
        watched = set(self.missing)
        wanted = {
            place: v.files
            for place, v in self.versions.items()
            if v.status.value in WAITING or place in watched or known.get(place) != v.last_updated
        }
        found: dict[str, MarketFile] = {}
        for some in batches(sorted({ref for refs in wanted.values() for ref in refs})):
            self._pause()
            found.update(self.client.files(some, cancel=self.cancel))
            if self.on_progress is not None:
                self.on_progress(len(self.versions), len(self.versions))
        self.files = {place: [found.get(ref) or name_missing(ref) for ref in refs] for place, refs in wanted.items()}

    def _read_developers(self) -> None:
        wanted = {v.developer_id for v in self.versions.values() if v.status.value in WAITING and v.developer_id}
        self._pause()
        self.developers += self.client.developers(sorted(wanted), cancel=self.cancel)


def name_missing(ref: str) -> MarketFile:
    """What stands for a file that a version names and the marketplace does not have, or (in brackets) nobody reads."""
    name = ref if ref.startswith("(") else "(a file that the marketplace does not have)"
    return MarketFile(ref.partition("?")[0], printable(name, 100), 0, 0)


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """Ids in lists that fit into an address."""
    some: list[str] = []
    length = 0
    for one in ids:
        cost = 3 * len(json.dumps(one)) + 3 if not one.isalnum() else len(one) + 9
        if some and length + cost > BATCH_CHARACTERS:
            yield some
            some, length = [], 0
        some.append(one)
        length += cost
    if some:
        yield some
