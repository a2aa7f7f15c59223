"""Durations and exact sizes in words, beside what `words` has."""

from __future__ import annotations


def exact_size(size: int) -> str:
    """Bytes to the byte: 1,824,113 bytes."""
    return f"{size:,} byte" + ("" if size == 1 else "s")


def clock(seconds: float) -> str:
    """A duration: 0.4 s, 12 s, 01:04, 1:02:03."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"
