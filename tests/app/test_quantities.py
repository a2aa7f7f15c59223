"""Numbers, sizes and times in words."""

from __future__ import annotations

from app.quantities import format_count, format_duration, format_size


def test_counts() -> None:
    assert [format_count(n, "finding") for n in (0, 1, 1204)] == ["0 findings", "1 finding", "1,204 findings"]
    assert format_count(2, "entry", "entries") == "2 entries"


def test_sizes() -> None:
    assert [format_size(s) for s in (0, 999, 1000, 1536, 99_500, 20_000_000, 3 << 40)] == [
        "0 B", "999 B", "1.0 kB", "1.5 kB", "100 kB", "20.0 MB", "3.3 TB",
    ]  # fmt: skip


def test_durations() -> None:
    assert [format_duration(s) for s in (-5, 59, 61, 3 * 3600, 20 * 3600, 50 * 3600, 40 * 86_400)] == [
        "0 s", "59 s", "1 min", "3.0 h", "20 h", "2.1 d", "40 d",
    ]  # fmt: skip
