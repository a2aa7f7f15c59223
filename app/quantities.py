"""How numbers, sizes and times are written, the same in the window, on the command line and in a report."""

from __future__ import annotations


def format_count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 finding, 1,204 findings."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def format_size(size: int) -> str:
    """Bytes in decimal units with at most three digits: 1.8 MB."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def format_duration(seconds: float) -> str:
    """At most three digits and a unit: 40 s, 12 min, 5.5 h, 3.2 d; what is below nothing is 0 s."""
    if seconds < 60:
        return f"{max(0.0, seconds):.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    value, unit = (seconds / 3600, "h") if seconds < 2 * 86_400 else (seconds / 86_400, "d")
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
