"""The classes of characters that a reader does not see, compiled from rules/hidden_unicode.toml."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.content._scan import compile_utf8
from checks.runtime.package import resource_path

OVERRIDES = frozenset("\u202d\u202e")
_OPEN_EMBEDDING = frozenset("\u202a\u202b\u202d\u202e")
_OPEN_ISOLATE = frozenset("\u2066\u2067\u2068")
_CLOSE_EMBEDDING = "\u202c"
_CLOSE_ISOLATE = "\u2069"


@dataclass(frozen=True, slots=True)
class Classes:
    """`pattern` finds over UTF-8 bytes each run of one class of hidden characters, and each pair of a
    lookalike letter beside an ASCII one."""

    pattern: Any
    ranges: tuple[tuple[int, int, str], ...]
    confusables: Mapping[int, str]
    thresholds: Mapping[str, int]

    def name(self, character: str) -> str:
        """The class of the first character of a match."""
        point = ord(character)
        for low, high, name in self.ranges:
            if low <= point <= high:
                return name
        return "lookalike"


def _class(ranges: Sequence[Sequence[int]]) -> str:
    return "[" + "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in ranges) + "]"


@functools.cache
def load_classes() -> Classes:
    """Read the rule file once a process."""
    with resource_path("rules/hidden_unicode.toml").open("rb") as stream:
        table = tomllib.load(stream)
    classes: dict[str, list[list[int]]] = table["classes"]
    letters: dict[str, str] = table["confusables"]
    strange = "[" + "".join(letters) + "]"
    runs = "|".join(f"{_class(ranges)}+" for ranges in classes.values())
    return Classes(
        pattern=compile_utf8(f"{runs}|[A-Za-z_]{strange}|{strange}[A-Za-z_]"),
        ranges=tuple((low, high, name) for name, ranges in classes.items() for low, high in ranges),
        confusables={ord(letter): ascii_letter for letter, ascii_letter in letters.items()},
        thresholds=table["thresholds"],
    )


_ITEMS = "(?:[^\x00-\x7f]-?){3,6}"
_ALONE = "(?<=[\"'])[\u202a-\u202e\u2066-\u2069](?=[\"'][\\])}},; \t\r]*$)"
_TABLE = re.compile(f"{_ITEMS}(?:\u202a-\u202e|\u2066-\u2069){_ITEMS}|{_ALONE}")


def without_tables(line: str) -> str:
    """The line without what is an entry of a table.

    That is a range of direction controls amid other foreign characters, and one control that is all of the last string
    of its line: behind it nothing is left to be turned.
    """
    return _TABLE.sub("", line)


def is_balanced(line: str) -> bool:
    """Whether every direction control of a line is closed on it, in order, and none overrides.

    UAX #9 ends all embeddings with the paragraph: one that is left open turns everything to the line's end.
    """
    stack: list[str] = []
    for character in line:
        if character in OVERRIDES:
            return False
        if character in _OPEN_EMBEDDING:
            stack.append(_CLOSE_EMBEDDING)
        elif character in _OPEN_ISOLATE:
            stack.append(_CLOSE_ISOLATE)
        elif character in (_CLOSE_EMBEDDING, _CLOSE_ISOLATE) and (not stack or stack.pop() != character):
            return False
    return not stack
