from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import result_cache
from app.result_cache import ResultCache


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ResultCache]:
    opened = ResultCache(tmp_path / "cache" / "results.db")
    yield opened
    opened.close()


def key(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def test_what_was_kept_is_found_also_by_the_next_program(cache: ResultCache) -> None:
    cache.put_many([(b"a", b"1"), (b"b", b""), (b"c", b"\0\xff")])
    cache.put_many([(b"a", b"2")])
    cache.put_many([])
    expected = {b"a": b"2", b"b": b"", b"c": b"\0\xff"}
    assert cache.get_many([b"a", b"b", b"c", b"a", b"unknown"]) == expected
    assert cache.get_many([]) == {}
    other = ResultCache(cache._path)
    assert other.get_many(list(expected)) == expected
    other.close()


def test_a_value_that_changed_on_the_disk_is_not_believed(cache: ResultCache) -> None:
    cache.put_many([(b"a", b"found: one")])
    other = sqlite3.connect(cache._path)
    other.execute("UPDATE results SET value = CAST(? AS BLOB)", [bytes(8) + b"found: two"])
    other.commit()
    other.close()
    assert cache.get_many([b"a"]) == {}
    cache.put_many([(b"a", b"found: one")])
    other = sqlite3.connect(cache._path)
    other.execute("UPDATE results SET value = 'text'")
    other.commit()
    other.close()
    assert cache.get_many([b"a"]) == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(items=st.dictionaries(st.binary(max_size=80), st.binary(max_size=200), max_size=30))
def test_any_bytes_are_kept(cache: ResultCache, items: dict[bytes, bytes]) -> None:
    cache.put_many(items.items())
    assert cache.get_many(list(items)) == items


def test_ten_thousand_keys_are_fast(cache: ResultCache) -> None:
    items = [(key(n), b'{"findings":[]}' * 8) for n in range(10_000)]
    begin = time.perf_counter()
    cache.put_many(items)
    written = time.perf_counter() - begin
    begin = time.perf_counter()
    found = cache.get_many([k for k, _ in items])
    read = time.perf_counter() - begin
    assert found == dict(items)
    # the promise is 150 ms and 60 ms; three times that, for the machine is shared with other tests
    assert written < 0.45, f"{written * 1000:.0f} ms"
    assert read < 0.18, f"{read * 1000:.0f} ms"


@pytest.mark.parametrize("damage", ["text", "truncated", "other format", "no table"])
def test_a_damaged_file_is_put_aside_and_said_so(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "results.db"
    if damage == "text":
        path.write_bytes(b"this is no database" * 300)
    else:
        first = ResultCache(path)
        first.put_many([(key(n), os.urandom(500)) for n in range(500)])
        first.close()
    if damage == "truncated":
        data = bytearray(path.read_bytes())
        data[4096:-4096] = os.urandom(len(data) - 8192)
        path.write_bytes(data)
    elif damage == "other format":
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 999")
    with caplog.at_level(logging.WARNING):
        cache = ResultCache(path)
        if damage == "no table":
            assert cache._connection is not None
            cache._connection.execute("DROP TABLE results")
        cache.get_many([key(n) for n in range(500)])
        cache.put_many([(b"a", b"1")])
    assert cache.get_many([b"a"]) == {b"a": b"1"}
    assert (tmp_path / "results.db.damaged").exists()
    assert str(path) in caplog.text
    cache.close()


def test_a_folder_that_cannot_be_written_means_no_cache_and_no_crash(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        cache = ResultCache(tmp_path / "file" / "results.db")
    cache.put_many([(b"a", b"1")])
    assert cache.get_many([b"a"]) == {}
    assert str(cache._path) in caplog.text
    cache.close()
    cache.close()


def test_the_longest_unused_goes_first_and_the_limit_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, limit = tmp_path / "results.db", 2 << 20
    cache = ResultCache(path, limit)
    day = 1000
    monkeypatch.setattr(result_cache, "_today", lambda: day)
    cache.put_many([(key(n), os.urandom(1000)) for n in range(1000)])
    day = 1001
    assert len(cache.get_many([key(n) for n in range(100)])) == 100
    cache.put_many([(key(n), os.urandom(1000)) for n in range(1000, 2000)])
    assert len(cache.get_many([key(n) for n in range(100)])) == 100, "what was used since outlives what was not"
    assert len(cache.get_many([key(n) for n in range(1000, 2000)])) == 1000
    left = cache.get_many([key(n) for n in range(2000)])
    assert limit / 2 < sum(len(k) + len(v) for k, v in left.items()) <= limit * result_cache.TRIM_TO
    size = path.stat().st_size
    for begin in range(2000, 8000, 1000):
        cache.put_many([(key(n), os.urandom(1000)) for n in range(begin, begin + 1000)])
    assert path.stat().st_size < size + (1 << 20), "the room of what was dropped has to be used again"
    cache.close()


def test_a_busy_file_is_a_miss_not_a_crash(
    cache: ResultCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(result_cache, "BUSY_SECONDS", 0)
    second = ResultCache(cache._path)
    blocker = sqlite3.connect(cache._path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.WARNING):
        second.put_many([(b"a", b"1")])
    blocker.execute("ROLLBACK")
    blocker.close()
    assert "not used or kept" in caplog.text
    second.put_many([(b"a", b"1")])
    assert second.get_many([b"a"]) == {b"a": b"1"}
    second.close()


def test_threads_may_share_it(cache: ResultCache) -> None:
    wrong: list[object] = []

    def work(start: int) -> None:
        for n in range(start, start + 50):
            cache.put_many([(key(n), b"%d" % n)])
            if cache.get_many([key(n)]) != {key(n): b"%d" % n}:
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
