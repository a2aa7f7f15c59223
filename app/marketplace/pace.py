"""When a decision that could not be sent is tried again: later each time, and never everybody at once."""

from __future__ import annotations

import math
import os
import random as chance
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.marketplace.words import OutboxRow

FIRST, LONGEST = 5.0, 300.0  # seconds
MAX_ASKED = 12 * LONGEST  # however long a marketplace asks us to wait
LONGEST_WAIT = timedelta(seconds=MAX_ASKED)
FACTOR = "ASSAY_BACKOFF"


def factor() -> float:
    """What ASSAY_BACKOFF stretches all waits by; for tests, which set it far below 1. Nonsense counts as 1."""
    try:
        found = float(os.environ.get(FACTOR, "1"))
    except ValueError:
        return 1.0
    return found if 0 <= found < math.inf else 1.0


def rest(seconds: float) -> None:
    """Wait between two tries of one request."""
    time.sleep(seconds * factor())


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits double from `first` to `longest` seconds, each shortened by up to a half at random."""

    first: float = FIRST
    longest: float = LONGEST
    random: Callable[[], float] = chance.random

    @classmethod
    def of_user(cls) -> Pace:
        """The usual one."""
        return cls(FIRST * factor(), LONGEST * factor())

    def next_try(self, row: OutboxRow, now: datetime, asked: float | None = None) -> datetime:
        """When a row is tried again; `asked` are seconds that the marketplace asked for at least."""
        before = (row.next_try - row.changed).total_seconds() if row.next_try is not None else 0.0
        step = self.first
        if before > 0 and step > 0:
            while step < before and step < self.longest:  # the step that was shortened at random to that wait
                step *= 2
            step *= 2
        wait = min(step, self.longest) * (0.5 + self.random() / 2)
        return now + timedelta(seconds=max(wait, min(asked or 0.0, 12 * self.longest, MAX_ASKED)))
