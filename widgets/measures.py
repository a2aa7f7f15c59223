"""Durations and exact sizes in words, beside what `words` has."""

from __future__ import annotations


def exact_size(size: int) -> str:
    """Bytes to the byte: 1,824,113 bytes."""
    return f"{size:,} byte" + ("" if size == 1 else "s")


def took(seconds: float) -> str:
    """What one check took: 8 ms, 0.4 s, 12 s; most take so little that tenths would all be naught."""
    if seconds < 0.0005:
        return "<1 ms"
    return f"{1000 * seconds:.0f} ms" if seconds < 0.0995 else clock(seconds)


def clock(seconds: float) -> str:
    """A duration: 0.4 s, 12 s, 01:04, 1:02:03."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"
