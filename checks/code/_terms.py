"""The words of the code checks, as resources/rules/code/*.toml state them.

A *term* names something that code may do (`evaluate`, `fetched`, `tls.off`) and how that looks in a language: a call,
a member that is read or assigned, a property, a string. A *rule* is of one check, knows no language and says what
terms mean together: a term alone, a term into which another one flows, terms in one file, a term under a condition.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.runtime.model import Confidence, Severity

ANY = "any"
# What stands in a folded text for a part that is not known.
UNKNOWN = "�"
# What a constant string begins or ends with in the bytes.
QUOTE = r"[\"'`]"


@dataclass(frozen=True)
class Term:
    """One way in which a term shows. `calls`, `members` and `assigns` are dotted paths, `*` stands for anything.

    `arguments` are the positions that matter as a sink, empty for all. `given` are expressions on the text of
    arguments by position, or of keywords by name; `value` one on the text of what is assigned. `of` are the calls in
    whose arguments a property has to stand, `owner` an expression on the object of which a member is assigned.
    `variable`: what matters is not constant; `whole`: the object itself and not a member of it; `bare`: a call with one
    argument; `direct`: what matters is not a mere name, which may be a function. `strings` are expressions on constant
    strings; `trigger` what hyperscan searches instead of all that.
    `disguised`: a text of which no word can be read in the file, for it is decoded or made of numbers.
    `shape` names a function of _shapes.py that looks at the place of the trigger.
    """

    id: str
    language: str
    calls: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    assigns: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    arguments: tuple[int, ...] = ()
    keywords: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)
    value: str = ""
    owner: str = ""
    trigger: tuple[str, ...] = ()
    variable: bool = False
    whole: bool = False
    bare: bool = False
    direct: bool = False
    disguised: bool = False
    shape: str = ""

    @functools.cached_property
    def spots(self) -> tuple[bytes, ...]:
        """With a trigger of its own: the words near a hit at which to look."""
        paths = (*self.calls, *self.members, *self.assigns, *self.properties) if self.trigger else ()
        return tuple({re.split(r"[.*]", path.replace("()", ""))[-1].encode() for path in paths} - {b""})

    def is_a(self, wanted: str) -> bool:
        """Whether this is the wanted term, or one below it: `secret.wallet` is a `secret`."""
        return self.id == wanted or self.id.startswith(wanted + ".")


@dataclass(frozen=True, slots=True)
class Rule:
    """What terms mean. `sink` is where the finding stands; see resources/rules/code/README.md for the other keys."""

    check: str
    id: str
    sink: str
    message: str
    severity: Severity
    confidence: Confidence = Confidence.MEDIUM
    flows: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    beside: tuple[tuple[str, ...], ...] = ()
    under: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    least: int = 1
    raw: bool = False
    callers: bool = False
    remediation: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """What the engine has to know of a language beside its terms.

    `strip` are roots that name nothing (`window.`), `aliases` other spellings of a path, `modules` calls that give the
    module which their first argument names, `members` calls that give a member by name, `wrappers` calls that give
    their first argument, `methods` methods of a class that give the member which their first argument names,
    `instances` what behind a class makes an object of it, `fillers` calls that put their other arguments into the one
    at this position, `quoters` calls that write a value as a literal, `prototypes` calls that give what a function
    is made of, `cleansers` calls and members whose result carries nothing of what went in. `computed` are expressions
    for places where a name is put together, `common` words that are in so many files that another word of a path is
    searched instead; with `quoted_modules` a root that is not among `globals` is a module's name in quotes.
    """

    strip: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    modules: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    cleansers: frozenset[str] = frozenset()
    computed: tuple[str, ...] = ()
    ignore_case: bool = False
    quote: str = QUOTE
    common: frozenset[str] = frozenset()
    globals: frozenset[str] = frozenset()
    makers: frozenset[str] = frozenset()
    quoters: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    instances: tuple[str, ...] = ()
    fillers: Mapping[str, int] = field(default_factory=dict)
    prototypes: frozenset[str] = frozenset()
    quoted_modules: bool = False

    @functools.cached_property
    def _respelled(self) -> frozenset[str]:
        return frozenset(_first_name(path) for path in (*self.strip, *self.aliases))

    def respells(self, path: str) -> bool:
        """Whether `strip` or `aliases` may say something of a path: few begin as one of theirs."""
        return _first_name(path) in self._respelled


def _first_name(path: str) -> str:
    return path.partition(".")[0].partition("(")[0]
