"""Names that can be taken for a popular one: one slip of the keys away, with other characters, with an affix.

The popular names are lists of our own under rules/popular, the most popular first; how each ecosystem is
compared, and with how many of them, is data in rules/lookalike.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from checks import resource_path
from checks.downloads.components.purl import python_name

MAX_NAME = 80
_SEPARATORS = re.compile(r"[-_.]+")
_DOMAIN = re.compile(r"\A(?:com|org|net|io|dev|co)\.")
_MARKS = str.maketrans("", "", "-_./@: ")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-"
TYPO, CHARACTERS, SEPARATORS, AFFIX, SCOPE = "typo", "characters", "separators", "affix", "scope"


@dataclass(frozen=True, slots=True)
class Likeness:
    """A popular name that another name resembles; `how` is one of the words above, `rank` counts from 1."""

    popular: str
    rank: int
    how: str


@dataclass(frozen=True, slots=True)
class Popular:
    """The popular names of one ecosystem, each with its rank, and the ways to look one up."""

    ranks: Mapping[str, int]
    squeezed: Mapping[str, str]
    unscoped: Mapping[str, str]
    scopes: frozenset[str]


@cache
def rules(path: Path | None = None) -> Mapping[str, Any]:
    """rules/lookalike.toml."""
    return tomllib.loads((path or resource_path("rules/lookalike.toml")).read_text(encoding="utf-8"))


@cache
def popular_names(kind: str) -> Popular | None:
    """The list for a type of package URL, None where there is none."""
    name = rules()["lists"].get(kind)
    if name is None:
        return None
    lines = resource_path(f"rules/{name}").read_text(encoding="utf-8").split("\n")
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    ranks: dict[str, int] = {}
    squeezed: dict[str, str] = {}
    for rank, name in enumerate(names, 1):
        ranks.setdefault(_normal(kind, name), rank)
        key = _without_domain(_normal(kind, name)) if kind == "maven" else _squeeze(name)
        squeezed.setdefault(key, _normal(kind, name))
    owned = [name.lower() for name in reversed(names) if name[0] != "@" and "/" in name]
    unscoped = {name.partition("/")[2]: name for name in owned}
    return Popular(ranks, squeezed, unscoped, frozenset(n.lower().partition("/")[0] for n in names if "/" in n))


def _normal(kind: str, name: str) -> str:
    return python_name(name) if kind == "pypi" else name.lower()


def _squeeze(name: str) -> str:
    """The name without separators and scope marks."""
    return name.lower().translate(_MARKS)


def resemble(kind: str, name: str) -> Likeness | None:
    """The popular name that this one can be taken for; None where it is popular itself or resembles none."""
    known = popular_names(kind)
    if known is None or len(name) > MAX_NAME:
        return None
    normal = _normal(kind, name)
    if normal in known.ranks or normal in rules()["genuine"].get(kind, ()):
        return None
    scope, slash, bare = normal.rpartition("/")
    if scope in known.scopes:  # the owner of a scope names what is in it
        return None
    if kind == "maven":
        return _by_domain(normal, known) or _by_slip(normal, known)
    return (
        _by_characters(kind, name, known)
        or _by_separators(normal, known)
        or _by_slip(normal, known)
        or _by_scope(scope, bare, known)
        or (None if slash else _by_affix(normal, known))
    )


def _least(key: str) -> int:
    value: int = rules()["limits"][key]
    return value


def _by_characters(kind: str, name: str, known: Popular) -> Likeness | None:
    """Letters of other scripts, and digits that look like letters."""
    pairs = rules()["confusable"]
    plain = "".join(pairs.get(char, char) for char in unicodedata.normalize("NFKC", name.lower()))
    capital = name.replace("I", "l") if kind == "pypi" and not name.isupper() else ""
    for likely in (_normal(kind, plain), _normal(kind, capital)):
        if likely != _normal(kind, name) and likely in known.ranks and len(likely) >= _least("characters"):
            return Likeness(likely, known.ranks[likely], CHARACTERS)
    return None


def _by_separators(normal: str, known: Popular) -> Likeness | None:
    popular = known.squeezed.get(_squeeze(normal))
    if popular is None or len(popular) < _least("separators") or "/" in normal:
        return None
    return Likeness(popular, known.ranks[popular], SEPARATORS)


def _by_slip(normal: str, known: Popular) -> Likeness | None:
    if len(normal) < _least("slip"):
        return None
    best: Likeness | None = None
    for other, kind_of_slip in _slips(normal):
        rank = known.ranks.get(other)
        if rank is None or (best is not None and best.rank <= rank) or len(other) < _least("slip"):
            continue
        if not _is_word_of_its_own(normal, other, kind_of_slip):
            best = Likeness(other, rank, TYPO)
    return best


def _slips(name: str) -> Iterator[tuple[str, str]]:
    """Every name that one slip of the keys away from this one may have been meant; with the kind of slip."""
    for i in range(len(name)):
        rest = name[i + 1 :]
        yield name[:i] + rest, "added"
        if rest and rest[0] != name[i]:
            yield name[:i] + rest[0] + name[i] + rest[1:], "swapped"
        for char in _ALPHABET:
            if char != name[i]:
                yield name[:i] + char + rest, "replaced"
    for i in range(len(name) + 1):
        for char in _ALPHABET:
            yield name[:i] + char + name[i:], "left out"


def _is_word_of_its_own(name: str, popular: str, slip: str) -> bool:
    """Whether the difference has a meaning of its own: another number, a plural, another first or last letter."""
    if slip == "swapped":
        return False
    at = next((i for i, (a, b) in enumerate(zip(name, popular, strict=False)) if a != b), min(len(name), len(popular)))
    mine, theirs = name[at : at + 1], popular[at : at + 1]
    longer = popular if slip == "left out" else name
    if len(_word_at(longer, at)) < _least("word"):
        return True
    if slip == "replaced":
        return mine.isdigit() or theirs.isdigit() or "-" in (mine, theirs) or _edge(name, at) or len(popular) < 6
    doubled = longer[at] in (longer[at - 1 : at], longer[at + 1 : at + 2])
    if longer[at].isdigit() or longer[at] == "-":
        return True
    return not doubled and (_edge(longer, at) or len(popular) < 6)


def _word_at(name: str, at: int) -> str:
    """The part between separators that holds this place."""
    start = max((name.rfind(mark, 0, at) for mark in "-_./@"), default=-1) + 1
    return _SEPARATORS.split(name[start:].partition("/")[0])[0]


def _edge(name: str, at: int) -> bool:
    """Whether this place begins or ends a word of the name."""
    return at == 0 or at == len(name) - 1 or name[at - 1] in "-/@" or name[at + 1] in "-/"


def _by_domain(normal: str, known: Popular) -> Likeness | None:
    """The popular artifact under a group that ends in another top-level domain: `org.` in the place of `com.`."""
    popular = known.squeezed.get(_without_domain(normal))
    return None if popular is None else Likeness(popular, known.ranks[popular], TYPO)


def _without_domain(name: str) -> str:
    return _DOMAIN.sub("", name)


def _by_scope(scope: str, bare: str, known: Popular) -> Likeness | None:
    """`@someone/lodash` copies a popular name into a scope that nobody knows; on its own it says little."""
    if not scope or len(bare) < _least("slip"):
        return None
    popular = bare if bare in known.ranks else known.unscoped.get(bare, "")
    return Likeness(popular, known.ranks[popular], SCOPE) if popular else None


def _by_affix(normal: str, known: Popular) -> Likeness | None:
    affixes = rules()["affixes"]
    for core in _without_affixes(normal, affixes["before"], affixes["after"]):
        rank = known.ranks.get(core)
        if rank is not None and rank <= _least("affix_rank") and len(core) >= _least("affix"):
            return Likeness(core, rank, AFFIX)
    return None


def _without_affixes(name: str, before: list[str], after: list[str]) -> Iterator[str]:
    for prefix in before:
        if name.startswith(prefix):
            yield name[len(prefix) :]
            yield from (other + name[len(prefix) :] for other in before if other != prefix)
    for suffix in after:
        if name.endswith(suffix):
            yield name[: -len(suffix)]
