"""Whatever the line does: the bytes that end in the vault are those that were served, or the download fails."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cancel import Cancelled, CancelToken
from app.errors import DeskError
from app.marketplace.account import Account
from app.marketplace.client import Client
from app.marketplace.downloads import fetch_version, find_counterpart, name_download
from app.marketplace.errors import MarketError, NotThere, Surprise, Unreachable
from app.marketplace.part_files import PartFile, clear_stale, name_part, open_part
from app.marketplace.transfer import FRUITLESS, transfer
from app.marketplace.words import Fetched, Hashes, MarketFile, QueuedFile
from app.settings import MarketSettings
from tests.app.marketplace.outbox_world import World, make_world

SIZE = 3000
CONTENTS = tuple(bytes([65 + number]) * SIZE for number in range(3))  # as long as each other: they could be mixed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.close()


def put(world: World, app: str, files: dict[str, bytes], **more: Any) -> int:
    """A version on the marketplace and in the queue; gives its key."""
    number = world.server.records.submit_version(app, files, developer_id="dev", name=app.title(), **more)
    world.desk.marketplace._client = world.client()
    world.desk.marketplace.refresh()
    key = world.desk.store.find_version(world.market, app, number)
    assert key is not None
    return key


def fetch(world: World, key: int, **more: Any) -> Fetched:
    return fetch_version(world.desk, world.client, key, pause=more.pop("pause", lambda seconds: None), **more)


def stored(world: World, submission: int) -> bytes:
    return world.desk.vault.path(world.desk.submission(submission).artifact.sha256).read_bytes()


def parts(world: World) -> list[Path]:
    return sorted((world.desk.folders.data / "downloads").iterdir())


def promise(world: World, file_id: str, **changes: Any) -> None:
    """The marketplace tells something else about a file."""
    with world.server.records.change() as db:
        document = json.loads(world.server.records.file(file_id)) | changes
        db.execute("UPDATE files SET doc = ? WHERE file_id = ?", (json.dumps(document), file_id))


# a version


def test_every_file_comes_with_its_place_and_the_developer(world: World) -> None:
    key = put(
        world, "notes", {"a.zip": b"a" * 999, "b.zip": b"b" * 500}, label="2.0", declares={"network": ["x.example"]}
    )
    seen: list[tuple[str, int, int]] = []
    fetched = fetch(world, key, on_progress=lambda *told: seen.append(told))
    assert [stored(world, number) for number in fetched.submissions] == [b"a" * 999, b"b" * 500]
    assert fetched.baseline is None and fetched.differences == ()
    entry = world.entry(key)
    assert entry.fetched and entry.submissions == fetched.submissions
    about = world.desk.submission(fetched.submissions[0])
    assert (about.title, about.version, about.kind, about.developer) == ("Notes", "2.0", "download", "A developer")
    assert about.source.startswith("marketplace:") and about.source.count("/") == 3
    assert world.desk.store.custom_of(key)["declares"] == {"network": ["x.example"]}
    developer = world.desk.store.developer(world.market, "dev")
    assert developer is not None and developer.name == "A developer"
    assert ("a.zip", 0, 999) in seen and ("a.zip", 999, 999) in seen and seen[-1] == ("b.zip", 500, 500)
    assert parts(world) == []
    seen.clear()
    assert fetch(world, key, on_progress=lambda *told: seen.append(told)) == fetched and seen == []


def test_the_live_version_is_the_baseline_file_by_file(world: World) -> None:
    old = put(world, "notes", {"app-1.0.zip": b"one", "themes.zip": b"t1"}, status="approved", live=True)
    put(world, "notes", {"app-1.1.zip": b"rolled back"}, status="approved")
    key = put(world, "notes", {"themes.zip": b"t2", "app-2.0.zip": b"two", "new.zip": b"new"})
    fetched = fetch(world, key)
    themes, app, new = fetched.submissions
    before = {world.desk.submission(n).artifact.name: n for n in world.entry(old).submissions}
    assert world.desk.submission(themes).baseline == before["themes.zip"] == fetched.baseline
    assert world.desk.submission(app).baseline == before["app-1.0.zip"]
    assert world.desk.submission(new).baseline is None
    assert stored(world, before["app-1.0.zip"]) == b"one"


def test_without_a_live_version_the_last_approved_is_the_baseline(world: World) -> None:
    put(world, "notes", {"app.zip": b"one"}, status="approved")
    approved = put(world, "notes", {"app.zip": b"two"}, status="approved")
    world.server.records.submit_version("notes", {"app.zip": b"three"}, status="rejected")
    fetched = fetch(world, put(world, "notes", {"app.zip": b"four"}))
    assert (fetched.baseline,) == world.entry(approved).submissions


def test_a_baseline_that_cannot_be_had_does_not_take_the_version_away(world: World) -> None:
    old = put(world, "notes", {"app.zip": b"one"}, status="approved", live=True)
    key = put(world, "notes", {"app.zip": b"two"})
    with world.server.records.change() as db:
        db.execute("DELETE FROM files WHERE file_id = ?", (world.entry(old).files[0].file_id,))
    fetched = fetch(world, key)
    assert [stored(world, n) for n in fetched.submissions] == [b"two"] and fetched.baseline is None
    assert len(fetched.differences) == 1 and "baseline" in fetched.differences[0]


def test_the_same_bytes_in_two_versions_are_two_submissions_and_in_one_version_one_each(world: World) -> None:
    first = fetch(world, put(world, "one", {"a.zip": b"same", "b.zip": b"same"}))
    second = fetch(world, put(world, "two", {"a.zip": b"same"}))
    assert len({*first.submissions, *second.submissions}) == 3
    key = world.desk.store.version_of(first.submissions[0])
    assert key is not None
    (file, _) = world.entry(key).files
    again = world.server.records.add_file("a.zip", b"same")  # sent again: the same bytes under another id
    world.server.records.edit_listing("one", 1, files=[again])
    assert fetch(world, key).submissions[0] in first.submissions and file.file_id != again


def test_a_public_file_comes_from_where_everybody_finds_it(world: World) -> None:
    public = world.server.records.add_file("a.zip", b"public", private=False)
    number = world.server.records.submit_version("notes", [public], developer_id="dev")
    world.server.faults.set(error_before=1.0, only="/files/download")
    key = world.read("notes", number)
    assert stored(world, fetch(world, key).submissions[0]) == b"public"


def test_a_version_that_is_gone_or_without_files_is_told(world: World) -> None:
    key = put(world, "notes", {})
    with pytest.raises(NotThere, match="names no file"):
        fetch(world, key)
    world.server.records.delete_version("notes", 1)
    with pytest.raises(NotThere, match="no longer has this version"):
        fetch(world, key)
    assert world.entry(key).gone


# differences


def test_a_difference_is_kept_and_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    key = put(world, "notes", {"a.zip": b"served"})
    (file,) = world.entry(key).files
    promise(world, file.file_id, hash={"SHA-256": "0" * 64, "SHA-1": file.hashes.sha1, "MD5": "1" * 32})
    fetched = fetch(world, key)
    assert stored(world, fetched.submissions[0]) == b"served"
    sha256 = hashlib.sha256(b"served").hexdigest()
    (told,) = fetched.differences
    assert f"SHA-256 is {sha256}, the marketplace promised {'0' * 64}" in told and "MD5" in told and "SHA-1" not in told
    assert world.entry(key).files[0].differs in told and "promised" in caplog.text
    promise(world, file.file_id, hash={"SHA-256": sha256})
    assert fetch(world, key).differences == () and world.entry(key).files[0].differs == ""


def test_fewer_bytes_than_promised_are_a_difference_and_more_are_stopped(world: World) -> None:
    key = put(world, "notes", {"a.zip": b"served"})
    (file,) = world.entry(key).files
    promise(world, file.file_id, size=10)
    assert "it has 6 bytes, the marketplace promised 10" in fetch(world, key).differences[0]
    promise(world, file.file_id, size=5)
    with pytest.raises(Surprise, match="more than the 5 bytes that it promised"):
        fetch(world, key)
    assert parts(world) == []


# cuts


def test_a_cut_is_resumed_with_a_fresh_address(world: World) -> None:
    content = os.urandom(700_000)
    key = put(world, "notes", {"a.zip": content})
    world.server.faults.set(cut_body=0.7, only="a.zip")
    asked: list[int] = []
    fetched = fetch(world, key, on_progress=lambda name, done, total: asked.append(done))
    assert stored(world, fetched.submissions[0]) == content and fetched.differences == ()
    assert world.server.faults.counts["cut_body"] > 0
    assert asked == sorted(asked)  # it never began anew


@pytest.mark.parametrize("seed", range(2))
def test_through_a_rough_line_the_bytes_are_right(tmp_path: Path, seed: int) -> None:
    world = make_world(tmp_path)
    world.attempts = 8
    try:
        key = put(world, "notes", {"a.zip": (content := os.urandom(300_000)), "b.zip": b"b" * 1000})
        world.server.faults._random.seed(seed)
        chance = 0.15
        world.server.faults.set(
            cut_before=chance, cut_after=chance, cut_body=chance, error_before=chance, busy=chance, retry_after=0.0
        )
        for _ in range(8):
            try:
                fetched = fetch(world, key)
                break
            except Unreachable:
                continue
        world.server.faults.clear()
        fetched = fetch(world, key)
        assert [stored(world, number) for number in fetched.submissions] == [content, b"b" * 1000]
    finally:
        world.close()


def test_what_came_is_gone_on_with_by_the_next_program(world: World) -> None:
    content = os.urandom(900_000)
    key = put(world, "notes", {"a.zip": content})
    cancel, half = CancelToken(), 0

    def stop(name: str, done: int, total: int) -> None:
        nonlocal half
        if done > 300_000 and not half:
            half = done
            cancel.cancel()

    with pytest.raises(Cancelled):
        fetch(world, key, on_progress=stop, cancel=cancel)
    assert half and parts(world)[0].stat().st_size >= half
    assert world.entry(key).submissions == ()
    seen: list[int] = []
    fetched = fetch(world, key, on_progress=lambda name, done, total: seen.append(done))
    assert seen[0] >= half and stored(world, fetched.submissions[0]) == content


@pytest.mark.parametrize("size", [20_000, 50_000, 60_000])
def test_a_damaged_part_is_downloaded_anew(world: World, size: int) -> None:
    content = os.urandom(50_000)
    key = put(world, "notes", {"a.zip": content})
    with world.client() as client:
        (file,) = client.files([world.entry(key).files[0].file_id]).values()
    with open_part(world.desk.folders.data / "downloads", name_part(world.market, file), lambda seconds: None) as part:
        part.restart(f'"{file.hashes.sha256}"')
        part.append(b"\0" * size)  # as a power cut may leave it
    fetched = fetch(world, key)
    assert stored(world, fetched.submissions[0]) == content and fetched.differences == ()
    assert parts(world) == []


def test_it_is_given_up_after_tries_that_bring_nothing(world: World) -> None:
    key = put(world, "notes", {"a.zip": b"a" * 100})
    world.server.faults.set(error_before=1.0, only="a.zip")
    pauses: list[float] = []
    with pytest.raises(Unreachable):
        fetch(world, key, pause=pauses.append)
    assert len(pauses) == FRUITLESS - 1 and pauses == sorted(pauses) and pauses[-1] > pauses[0] > 0
    assert world.entry(key).submissions == ()


def test_a_full_disk_is_one_clear_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = put(world, "notes", {"a.zip": b"a" * 100})
    monkeypatch.setattr(PartFile, "free", 1 << 20)
    with pytest.raises(DeskError, match=r"a\.zip: needs 64 MiB and the disk has 1 MiB free"):
        fetch(world, key)
    monkeypatch.undo()
    with pytest.raises(DeskError, match="the disk is full"):  # /dev/full takes nothing
        PartFile(Path("/dev/full"), os.open("/dev/full", os.O_RDWR)).append(b"x")


def test_no_secret_and_no_address_is_left_on_disk(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    key = put(world, "notes", {"a.zip": os.urandom(2 << 20)})
    handed: list[str] = []
    sign = world.server.api._signer.sign
    world.server.api._signer.sign = lambda *told: handed.append(sign(*told)) or handed[-1]  # type: ignore[method-assign, func-returns-value]
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        fetch(world, key, on_progress=lambda name, done, total: done and cancel.cancel(), cancel=cancel)
    assert parts(world)
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    fetch(world, key)
    words = [world.server.secret, *(url.partition("signature=")[2] for url in handed)]
    assert len(words) >= 3 and all(words)
    for path in {*kept, *(tmp_path / "data").rglob("*")}:
        data = path.read_bytes() if path.is_file() else b""
        assert not any(word.encode() in data for word in words), path
    assert not any(word in caplog.text for word in words)


def test_two_at_once_download_but_once(world: World) -> None:
    content = os.urandom(500_000)
    key = put(world, "notes", {"a.zip": content})
    began = threading.Barrier(2)
    found: list[Fetched] = []

    def work() -> None:
        began.wait()
        found.append(fetch(world, key))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 2 and found[0].submissions == found[1].submissions
    assert len(world.desk.submissions()) == 1


# parts


def test_stale_parts_go_and_those_in_use_stay(tmp_path: Path) -> None:
    for name in ("old", "used", "fresh"):
        (tmp_path / f"{name}.part").write_bytes(b"x")
        (tmp_path / f"{name}.tag").write_text('"x"')
        if name != "fresh":
            os.utime(tmp_path / f"{name}.part", (0, 0))
    with open_part(tmp_path, "used", lambda seconds: None):
        os.utime(tmp_path / "used.part", (0, 0))
        assert clear_stale(tmp_path) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fresh.part", "fresh.tag", "used.part", "used.tag"]
    assert clear_stale(tmp_path / "nowhere") == 0


def test_names_from_outside_reach_no_path() -> None:
    assert [name_download(n) for n in ("../../etc/passwd", "c:\\x\\a.exe", "", "..", "a\nb", "x/")] == [
        "passwd", "a.exe", "file", "file", "a\\nb", "x",
    ]  # fmt: skip
    name = name_part("../m", MarketFile("../../f", "../n", 1, 1))
    assert name.isalnum() and name != name_part("../m", MarketFile("../../f", "../n", 2, 1))


def test_files_are_paired_by_name_then_by_place() -> None:
    def file(name: str) -> QueuedFile:
        return QueuedFile(name, name, 1, "", None, "", "", (), Hashes())

    def pair(ours: list[str], theirs: list[str]) -> list[str]:
        files, before = [file(n) for n in ours], [file(n) for n in theirs]
        return [(found.name if (found := find_counterpart(files, f, before)) else "") for f in files]

    assert pair(["b", "a"], ["a", "b"]) == ["b", "a"]
    assert pair(["x-2.0.zip", "y-2.0.zip"], ["y-1.9.zip", "x-1.9.zip"]) == ["x-1.9.zip", "y-1.9.zip"]
    assert pair(["new.zip"], ["old.tgz"]) == ["old.tgz"] and pair(["c", "d"], ["a"]) == ["", ""]


# whatever a host does


@dataclass
class Move:
    """What the host does with one request: which content it has by now, and how it misbehaves."""

    content: int = 0
    cut: int | None = None  # bytes of the body after which it ends
    ranges: bool = True
    conditions: bool = True  # heeds If-Range
    tags: bool = True
    status: int = 0
    shift: int = 0  # sends another part than was asked for, and says so


@dataclass
class Host:
    moves: list[Move] = field(default_factory=list)
    address: str = ""

    def next(self) -> Move:
        return self.moves.pop(0) if len(self.moves) > 1 else self.moves[0]


@contextmanager
def serve() -> Iterator[Host]:
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            move = host.next()
            content, tag = CONTENTS[move.content], f'"{move.content}"'
            asked = self.headers.get("Range", "")
            known = self.headers.get("If-Range", "")
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and move.ranges else 0
            if known and move.conditions and (not move.tags or known != tag):
                start = 0
            status = move.status or (206 if start else 200)
            if start >= SIZE:
                status = 416
            body = b"" if status not in (200, 206) else content[max(0, start + move.shift) if start else 0 :]
            self.send_response(status)
            if move.tags:
                self.send_header("ETag", tag)
            if status == 206:
                first = SIZE - len(body)
                self.send_header("Content-Range", f"bytes {first}-{SIZE - 1}/{SIZE}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if move.cut is None else body[: move.cut])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    host.address = f"http://127.0.0.1:{server.server_port}/file"
    yield host
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with serve() as made:
        yield made


moves = st.builds(
    Move,
    content=st.sampled_from((0, 0, 0, 1, 2)),
    cut=st.one_of(st.none(), st.integers(0, SIZE)),
    ranges=st.sampled_from((True, True, False)),
    conditions=st.booleans(),
    tags=st.booleans(),
    status=st.sampled_from((0, 0, 0, 0, 403, 416, 429, 500)),
    shift=st.sampled_from((0, 0, 0, -7, 7)),
)
HASHED = Hashes(sha256=hashlib.sha256(CONTENTS[0]).hexdigest())


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    plan=st.lists(moves, min_size=1, max_size=12),
    hashes=st.sampled_from((HASHED, Hashes())),
    runs=st.integers(1, 3),
    damage=st.sampled_from((b"", b"\0" * 10, b"\0" * SIZE)),
)
def test_the_bytes_are_served_ones_or_it_fails(
    host: Host,
    tmp_path_factory: pytest.TempPathFactory,
    plan: list[Move],
    hashes: Hashes,
    runs: int,
    damage: bytes,
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    host.moves = list(plan)
    file = MarketFile("f", "f.zip", SIZE, 1, hashes=hashes)
    account = Account.of(MarketSettings(address=host.address, id="m"))
    waits = 0

    def wait(seconds: float) -> None:
        nonlocal waits
        waits += 1
        if run < runs - 1 and waits % 3 == 0:
            raise Cancelled("the program was ended")

    with Client(account, "s") as client:

        @contextmanager
        def opener(offset: int, tag: str) -> Iterator[Any]:
            try:
                download = client.open_download(host.address, offset=offset, etag=tag)
            except MarketError as problem:
                raise Unreachable(str(problem)) from None
            with download:
                yield download

        for run in range(runs):  # noqa: B007 - `wait` asks for it
            try:
                with open_part(folder, "p", wait) as part:
                    transfer(part, file, opener, wait=wait)
                    kept = part.path.read_bytes()
            except DeskError:
                for path in folder.glob("*.part"):
                    with path.open("r+b") as stream:  # as a power cut may leave it
                        stream.write(damage[: path.stat().st_size])
                continue
            assert kept in CONTENTS
            return


@pytest.mark.parametrize(
    "moves",
    [
        [Move(0, cut=1000), Move(1, conditions=False), Move(1, conditions=False)],
        [Move(0, cut=1000), Move(1, conditions=False, tags=False), Move(1, conditions=False)],
        [Move(0, cut=1000), Move(1)],
        [Move(1, cut=1000), Move(1, ranges=False)],
        [Move(1, cut=1000), Move(1, shift=7), Move(1)],
        [Move(1, cut=1000), Move(1, status=416), Move(1)],
    ],
    ids=["other tag", "no tag", "changed", "no ranges", "other part", "out of range"],
)
def test_what_cannot_be_gone_on_with_begins_anew(host: Host, tmp_path: Path, moves: list[Move]) -> None:
    host.moves = list(moves)
    file = MarketFile("f", "f.zip", SIZE, 1)
    account = Account.of(MarketSettings(address=host.address, id="m"))
    with Client(account, "s") as client, open_part(tmp_path, "p", lambda seconds: None) as part:
        transfer(
            part,
            file,
            lambda offset, tag: client.open_download(host.address, offset=offset, etag=tag),
            wait=lambda seconds: None,
        )
        assert part.path.read_bytes() == CONTENTS[1]


def test_the_host_of_the_property_can_mix(host: Host, tmp_path: Path) -> None:
    """Without the proof the bytes would be mixed: the test above can fail."""
    host.moves = [Move(0, cut=1000), Move(1)]
    account = Account.of(MarketSettings(address=host.address, id="m"))
    with Client(account, "s") as client, client.open_download(host.address) as download:
        first = _read(iter(download).__next__)
        with client.open_download(host.address, offset=1000) as rest:
            assert first + b"".join(rest) not in CONTENTS


def _read(step: Callable[[], bytes]) -> bytes:
    got = b""
    try:
        while True:
            got += step()
    except Unreachable:
        return got
