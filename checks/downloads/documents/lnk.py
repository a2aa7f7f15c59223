"""Windows shortcuts (LNK), read by LnkParse3: what they start, with what, and behind which picture."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# A shortcut has a few kilobytes; the library copies the rest for every block that it meets.
_MOST = 1 << 16
_MINIMISED = 7


class BadLink(ValueError):
    """Begins like a shortcut and is none; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Link:
    """A shortcut. `targets` are all places that name what it starts; `end` is where it ends by its own account."""

    targets: tuple[str, ...]
    arguments: str
    icon: str
    folder: str
    minimised: bool
    end: int

    @property
    def target(self) -> str:
        """The longest name of what it starts, or an empty string."""
        return max(self.targets, key=len, default="")


def read_link(data: bytes) -> Link:
    """The shortcut in these bytes; BadLink where they cannot be followed."""
    from LnkParse3.lnk_file import LnkFile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            link = LnkFile(indata=data[:_MOST])
            strings = link.string_data
            return Link(
                targets=tuple(dict.fromkeys(text for text in _targets(link) if text)),
                arguments=str(strings.command_line_arguments() or ""),
                icon=str(strings.icon_location() or ""),
                folder=str(strings.working_directory() or ""),
                minimised="MINNOACTIVE" in str(link.header.window_style()) or data[60] == _MINIMISED,
                end=int(link.size) - _behind(link),
            )
        except Exception as error:  # it raises whatever its offsets lead to
            raise BadLink(f"its structure cannot be followed ({type(error).__name__})") from error


def _behind(link: Any) -> int:
    """Bytes after the block that ends a shortcut; the library counts them as part of it."""
    return sum(int(extra.size()) for extra in link.extras if type(extra).__name__ == "Terminal")


def _targets(link: Any) -> Iterator[str]:
    yield str(link.string_data.relative_path() or "")
    for read in (_local_path, _share, _environment, _items):
        with contextlib.suppress(Exception):  # one of four places is damaged: the others are asked
            yield from read(link)


def _local_path(link: Any) -> Iterator[str]:
    if link.info is not None and link.info.local_base_path_offset():
        yield str(link.info.local_base_path() or "") + str(link.info.common_path_suffix() or "")


def _share(link: Any) -> Iterator[str]:
    if link.info is not None and hasattr(link.info, "net_name"):
        yield str(link.info.net_name() or "")


def _environment(link: Any) -> Iterator[str]:
    for extra in link.extras:
        if extra.name() == "ENVIRONMENTAL_VARIABLES_LOCATION_BLOCK":
            yield str(extra.target_unicode() or extra.target_ansi() or "")


def _items(link: Any) -> Iterator[str]:
    if link.targets is None:
        return
    names = []
    for item in link.targets.as_list()[:64]:
        name = next((str(item[key]) for key in ("primary_name", "data", "description") if item.get(key)), "")
        if name:
            names.append(name)
    yield "\\".join(names)
