"""Values of an answer, read strictly: every complaint names the field by its way through the answer.

`GET /apps/versions: list[3].status.value is 17, not a text`. Unknown fields are nobody's business; what the contract
calls optional may be absent or null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.marketplace.errors import Surprise
from checks.runtime.text import printable

MAX_INT = 2**53
MAX_TEXT = 16 * 1024
MAX_CUSTOM = 64 * 1024
MAX_DEPTH = 20
LEFT_OUT = "(left out)"
_ABSENT: Any = object()


def show(value: object) -> str:
    """A value as a complaint shows it: short, clean, and of a text no more than its beginning."""
    if value is _ABSENT:
        return "is missing"
    if value is None or isinstance(value, bool):
        return f"is {json.dumps(value)}"
    if isinstance(value, int | float):
        return f"is {value!r}" if abs(value) < 1e18 else "is a number out of all bounds"
    if isinstance(value, str):
        return f"is {printable(value, 40)!r}"
    return "is a list" if isinstance(value, list) else "is an object"


class Node:
    """A value of an answer and the way to it."""

    __slots__ = ("path", "value", "where")

    def __init__(self, value: Any, where: str, path: str = "") -> None:
        self.value, self.where, self.path = value, where, path

    def surprise(self, wanted: str, shown: str = "") -> Surprise:
        """The complaint about this value, ready to be raised."""
        return Surprise(f"{self.where}: {self.path or 'the answer'} {shown or show(self.value)}, not {wanted}")

    @property
    def absent(self) -> bool:
        """Whether it is not there, or null."""
        return self.value is _ABSENT or self.value is None

    def get(self, key: str) -> Node:
        """A field of an object; raises Surprise where this is none."""
        if not isinstance(self.value, dict):
            raise self.surprise("an object")
        return Node(self.value.get(key, _ABSENT), self.where, f"{self.path}.{key}" if self.path else key)

    def first(self, most: int) -> Iterator[Node]:
        """The first items of a list, however long it is."""
        if isinstance(self.value, list) and len(self.value) > most:
            return Node(self.value[:most], self.where, self.path).rows(most)
        return self.rows(most)

    def rows(self, most: int) -> Iterator[Node]:
        """The items of a list; raises Surprise where this is none, or longer than `most`."""
        if not isinstance(self.value, list):
            raise self.surprise("a list")
        if len(self.value) > most:
            raise self.surprise(f"a list of at most {most:,}", f"has {len(self.value):,} items")
        for number, value in enumerate(self.value):
            yield Node(value, self.where, f"{self.path}[{number}]")

    def fields(self, most: int) -> Iterator[tuple[str, Node]]:
        """Names and values of an object."""
        if not isinstance(self.value, dict):
            raise self.surprise("an object")
        if len(self.value) > most:
            raise self.surprise(f"an object of at most {most:,} fields", f"has {len(self.value):,} fields")
        for key, value in self.value.items():
            name = printable(key, 200)
            yield name, Node(value, self.where, f"{self.path}.{printable(key, 40)}")

    def text(self, limit: int = 500, *, default: str | None = None, keep: str = "") -> str:
        """A text, cleaned; raises Surprise for another thing, none without a default, or one over `limit`."""
        if self.absent and default is not None:
            return default
        if not isinstance(self.value, str):
            raise self.surprise("a text")
        if len(self.value) > limit:
            raise self.surprise(f"a text of at most {limit:,}", f"has {len(self.value):,} characters")
        return printable(self.value, limit * 10, keep=keep)

    def words(self, limit: int = 500, *, default: str | None = None, keep: str = "") -> str:
        """A text that somebody out there wrote, cleaned: too long, it is cut in its middle and hides nothing else."""
        if isinstance(self.value, str) and len(self.value) > limit:
            tail = min(200, limit // 4)
            cut = f"{self.value[: limit - tail - 1]}…{self.value[-tail:]}"
            return Node(cut, self.where, self.path).text(limit, keep=keep)
        return self.text(limit, default=default, keep=keep)

    def name(self, limit: int = 256) -> str:
        """A text that names something, so it says something and is kept as it came."""
        text = self.text(limit)
        if not text.strip() or text != self.value:
            raise self.surprise("an id")
        return text

    def choice(self, words: Sequence[str]) -> str:
        """One of the words."""
        text = self.text(100)
        if text not in words:
            raise self.surprise(f"one of {', '.join(words)}")
        return text

    def integer(self, default: int | None = None) -> int | None:
        """A whole number from 0 to 2^53, or the default where it is absent."""
        return default if self.absent else self.whole()

    def whole(self) -> int:
        """A whole number from 0 to 2^53 that has to be there."""
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.surprise("a whole number")
        if not 0 <= value <= MAX_INT:
            raise self.surprise("a number from 0 to 2^53")
        return value

    def number(self) -> float:
        """A figure: whole or not, below or above nothing."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not abs(self.value) <= MAX_INT:
            raise self.surprise("a number")
        return self.value

    def flag(self) -> bool | None:
        """True, false, or None where it is absent."""
        if self.absent:
            return None
        if not isinstance(self.value, bool):
            raise self.surprise("true or false")
        return self.value

    def digest(self, digits: int) -> str:
        """A hash in hex, lower case; empty where it is absent."""
        text = self.text(200, default="").strip().casefold()
        if text and not re.fullmatch(rf"[0-9a-f]{{{digits}}}", text):
            raise self.surprise(f"a hash of {digits} hex digits")
        return text

    def plain(self) -> dict[str, Any]:
        """What the marketplace keeps for a developer, as plain clean JSON of at most 64 KiB and 20 levels.

        Fields beyond that are left out, the largest first, and named under LEFT_OUT: what one developer writes must not
        hide the queue. Raises Surprise for what is no object.
        """
        if self.absent:
            return {}
        if not isinstance(self.value, dict):
            raise self.surprise("an object")
        sizes = {key: len(key) + 4 + _measure(value) for key, value in self.value.items()}
        room, kept = MAX_CUSTOM, set()
        for key in sorted(sizes, key=lambda key: sizes[key]):
            if sizes[key] > room:
                break
            room -= sizes[key]
            kept.add(key)
        made = {printable(key, MAX_CUSTOM): _clean(value) for key, value in self.value.items() if key in kept}
        if left := [key for key in self.value if key not in kept]:
            names = ", ".join(printable(key, 40) for key in left[:10])
            made[LEFT_OUT] = f"{names}: more than {MAX_CUSTOM // 1024} KiB, or nested more than {MAX_DEPTH} deep"
        return made


def _measure(value: Any) -> int:
    """About how much it takes; more than there is room for where it is too deep. Breadth first: depth costs nothing."""
    level, size, depth = [value], 0, 1
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return MAX_CUSTOM + 1
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                size += sum(len(key) + 4 for key in one)
                below += one.values()
            elif isinstance(one, list):
                below += one
            size += len(one) + 2 if isinstance(one, str) else 4
        if size > MAX_CUSTOM:
            break
        level = below
    return size


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value, MAX_CUSTOM * 10, keep="\n\t")
    if isinstance(value, dict):
        return {printable(key, MAX_CUSTOM): _clean(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_clean(child) for child in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) <= MAX_INT:
        return str(value)[:40]  # no database and no JSON of ours holds it as a number
    return value
