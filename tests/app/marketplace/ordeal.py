"""The ordeal of the outbox: decisions through a proxy that fails, a program that is killed, and others who interfere.

What came of it is asked of the practice marketplace's own record of what it carried out, which only grows.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.desk import Desk
from app.marketplace.practice.errors import ApiError
from app.marketplace.words import Cause, OutboxRow, SendState
from app.paths import Folders
from app.settings import MarketSettings, Settings, save_settings

from .forwarding import ForwardingProxy
from .outbox_world import World, empty_practice

ROOT = Path(__file__).resolve().parents[3]
REASON = "It sends what the user types to a server of its own."


@dataclass
class Outcome:
    """What happened, for the report."""

    decisions: int
    seconds: float
    runs: int
    kills: int
    moves: Counter[str]
    faults: Counter[str]
    states: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    applied: int = 0

    def __str__(self) -> str:
        rows = [
            f"{self.decisions} decisions in {self.seconds:.1f} s, {self.runs} runs, {self.kills} of them killed",
            f"interfered: {dict(self.moves)}",
            f"faults: {dict(self.faults)}",
            f"states: {dict(self.states)}; conflicts: {dict(self.causes)}; carried out: {self.applied}",
        ]
        return "\n".join(rows)


class Others:
    """A developer and another reviewer who do something to versions, meanwhile."""

    def __init__(self, world: World, apps: list[str], assigned: set[str], seed: int, moves: int) -> None:
        self._world, self._random = world, random.Random(seed)
        self._asked = {row.app_id: row.status for row in world.desk.marketplace.outbox() if row.action != "assign"}
        self._apps = self._random.sample(apps, min(moves, len(apps)))
        self._assigned = assigned
        self.moves: Counter[str] = Counter()

    def move(self) -> None:
        """One of them, on a version that was left alone until now."""
        if not self._apps:
            return
        app = self._apps.pop()
        records, chance = self._world.server.records, self._random
        what = chance.choice(["bytes", "bytes", "listing", "decided", "decided", "taken", "deleted"])
        if what == "taken" and app in self._assigned:  # a late duplicate of our own taking would take it again
            what = "listing"
        try:
            if what == "bytes":
                file_id = chance.choice(records.file_ids(app, 1))
                if chance.random() < 0.5:
                    records.replace_file(file_id, chance.randbytes(20))
                else:  # and neither the version nor the time of the upload tell
                    was = json.loads(records.file(file_id))
                    content = chance.randbytes(was["size"])
                    records.add_file(was["name"], content, file_id=file_id, uploaded=was["uploadDate"])
            elif what == "listing":
                records.edit_listing(app, 1, changeLog=str(chance.random()))
            elif what == "decided":
                status = chance.choice([self._asked[app], self._asked[app], "approved", "rejected"])
                records.decide_as("Bo", app, 1, status, "I say so.")
            elif what == "taken":
                records.decide_as("Bo", app, 1, "inReview")
            else:
                records.delete_version(app, 1)
        except ApiError:
            what = "too late"  # ours was there first
        self.moves[what] += 1


def prepare(
    folder: Path, environment: Mapping[str, str], decisions: int, seed: int, stall: tuple[float, float]
) -> tuple[World, ForwardingProxy, list[str], set[str]]:
    """A marketplace with so many versions, a proxy before it, and a desk that has decided on all of them."""
    chance = random.Random(seed)
    server = empty_practice(folder / "practice").start()
    server.records.add_developer("dev", "A developer")
    proxy = ForwardingProxy(server.address, seed, stall=stall).start()
    folders = Folders.of_user()
    settings = Settings(reviewer="Ada", marketplace=MarketSettings(proxy.address, server.marketplace_id, timeout=2))
    save_settings(settings, folders.config / "settings.toml")
    world = World(folder, server, Desk.open())
    world.desk.marketplace.connect(server.secret)
    apps = [f"app{number}" for number in range(decisions)]
    contents = {}
    with server.records.change():
        for app in apps:
            contents[app] = {f"{n}.zip": chance.randbytes(20) for n in range(chance.choice([1, 1, 2]))}
            server.records.submit_version(app, contents[app], developer_id="dev", name=app.title())
    world.desk.marketplace.refresh()
    assigned = set()
    for entry in world.desk.marketplace.queue():
        with world.desk.store.transaction():
            for file in entry.files:
                world.link(entry.key, file.file_id, contents[entry.app_id][file.name])
            if chance.random() < 0.1:
                world.desk.marketplace.assign(entry.key)
                assigned.add(entry.app_id)
            if chance.random() < 0.05:
                world.decide(entry.key, "request_changes", REASON)  # and is decided anew
            action = chance.choice(["reject", "reject", "request_changes", "approve"])
            world.decide(entry.key, action, f"{REASON} {entry.app_id}")
    return world, proxy, apps, assigned


def endure(
    folder: Path, environment: Mapping[str, str], *, decisions: int, kills: int, seed: int, limit: float,
    pause: float = 0.03, stall: tuple[float, float] = (0.0, 0.0),
) -> Outcome:  # fmt: skip
    """Run `assay sync` again and again until everything is settled, killed so many times; then check all of it.

    `pause` are about the seconds between two moves of others, `limit` those until no new run begins; `stall` is the
    proxy's.
    """
    world, proxy, apps, assigned = prepare(folder, environment, decisions, seed, stall)
    try:
        outcome = _endure(world, proxy, apps, assigned, environment, kills, seed, limit, pause)
        check(world, proxy, outcome)
        return outcome
    finally:
        proxy.stop()
        world.close()


def _endure(
    world: World, proxy: ForwardingProxy, apps: list[str], assigned: set[str], environment: Mapping[str, str],
    kills: int, seed: int, limit: float, pause: float,
) -> Outcome:  # fmt: skip
    chance = random.Random(seed + 1)
    others = Others(world, apps, assigned, seed + 2, len(apps) // 3)
    began = time.monotonic()
    ended = threading.Event()

    def interfere() -> None:
        while not ended.wait(chance.uniform(0.5, 1.5) * pause):
            others.move()

    proxy.rage()
    thread = threading.Thread(target=interfere, daemon=True)
    thread.start()
    runs = killed = 0
    # so that all kills find something to do: half of what each run could ask, were all runs as long
    each = max(8, 2 * len(apps) // (kills + 1))
    while time.monotonic() - began < limit:
        runs += 1
        with subprocess.Popen(
            [sys.executable, "-m", "app", "sync", "--no-queue"],
            cwd=ROOT, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            if killed < kills:
                how = chance.choice(["before", "after", "instead"])
                proxy.strike(chance.randint(1, each), how, process.kill)
            code = process.wait(timeout=limit)
            proxy.spare()
        killed += code == -signal.SIGKILL
        assert code in (0, 1, 3, -signal.SIGKILL), code
        if code in (0, 1):
            break
    ended.set()
    thread.join()
    proxy.calm()
    for _ in range(20):  # what arrived late, and what was only waiting for its time
        drained = world.drain()
        if not drained.waiting:
            break
    faults = proxy.counts + proxy.faults.counts
    return Outcome(len(apps), time.monotonic() - began, runs, killed, others.moves, faults)


def check(world: World, proxy: ForwardingProxy, outcome: Outcome) -> None:
    """None lost, none doubled, none on bytes that nobody reviewed, every conflict shown."""
    rows = world.desk.marketplace.outbox(all=True)
    record = world.server.records.applied()
    outcome.states = Counter(row.state.value for row in rows)
    outcome.causes = Counter(row.cause.value for row in rows if row.state is SendState.CONFLICT)
    outcome.applied = len(record)
    print(outcome)
    with contextlib.closing(sqlite3.connect(world.desk.folders.data / "assay.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        decided = database.execute("SELECT count(DISTINCT artifact_sha256 || reason) FROM decisions").fetchone()[0]
        assert decided >= outcome.decisions
    # none lost: for every version there is a last word, and it is delivered or shown as a conflict
    last = {row.key: row for row in rows}
    assert len(last) == outcome.decisions
    assert {row.state for row in last.values()} <= {SendState.DELIVERED, SendState.CONFLICT}
    assert all(row.cause and row.told and row.ways for row in rows if row.state is SendState.CONFLICT)
    by_place: dict[tuple[str, int], list[str]] = {}
    for one in record:
        by_place.setdefault((one.app_id, one.version), []).append(one.reason)
    for row in rows:
        _check_row(row, by_place.get((row.app_id, row.version), []))
    # nothing there that nobody here decided
    ours = {row.token for row in rows}
    assert all("Bo" in one.reason or any(token in one.reason for token in ours) for one in record)
    # none was sent unless the read before it had shown the bytes that were reviewed
    bound = {row.token: row.bound for row in rows}
    assert proxy.sent
    for sent in proxy.sent:
        token = next(token for token in ours if token in sent.reason)
        for file in bound[token]:
            assert sent.known[file.file_id] == file.sha256, f"{token} was sent on bytes that nobody reviewed"


def _check_row(row: OutboxRow, reasons: list[str]) -> None:
    times = [number for number, reason in enumerate(reasons) if row.token in reason]
    assert len(times) <= 1, f"{row.token} was carried out {len(times)} times"
    if row.state is SendState.DELIVERED:
        assert times, f"{row.token} is called delivered, and was never carried out"
    elif times:
        # it was carried out, and something came after it that hides it: the reviewer is told that it is so
        hidden = times[0] < len(reasons) - 1
        assert row.attempts > 0 and (hidden or row.seen.get("arrived") or row.cause is Cause.DELETED), (row, reasons)
