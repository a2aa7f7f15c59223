"""The rules of the code checks, as resources/rules/code/*.toml state them.

A *term* names something that code may do (`evaluate`, `fetched`, `tls.off`) and how that looks in a language: a call,
a member that is read or assigned, a property, a string. A *rule* is of one check, knows no language and says what
terms mean together: a term alone, a term into which another one flows, terms in one file, a term under a condition.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.runtime.model import Confidence, Severity
from checks.runtime.own_rules import OWN
from checks.runtime.package import prepared_path, resource_path

ANY = "any"
OWN_ROWS = "rules.json"
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
    value: str = ""
    owner: str = ""
    trigger: tuple[str, ...] = ()
    variable: bool = False
    whole: bool = False
    bare: bool = False
    direct: bool = False
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
    languages: tuple[str, ...] = ()
    least: int = 1
    remediation: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What the engine has to know of a language beside its terms.

    `strip` are roots that name nothing (`window.`), `aliases` other spellings of a path, `modules` calls that give the
    module which their first argument names, `members` calls that give a member by name, `wrappers` calls that give
    their first argument, `cleansers` calls and members whose result carries nothing of what went in. `computed` are
    expressions for places where a name is put together, `common` words that are in so many files that another word of
    a path is searched instead; with `quoted_modules` a root that is not among `globals` is a module's name in quotes.
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
    quoted_modules: bool = False


class Book:
    """All terms and rules, and which of them one language needs; `own` is what _own_code.py wrote of the reviewer's."""

    def __init__(self, folder: Path, own: Path | None = None) -> None:
        self.terms: list[Term] = []
        self.rules: list[Rule] = []
        self.words: dict[str, Words] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                self.add(path.stem, tomllib.loads(path.read_text("utf-8")))
            except (TypeError, ValueError, KeyError) as error:  # a TOMLDecodeError is a ValueError
                raise ValueError(f"{path.name}: {error}") from error
        if own is not None and own.exists():
            self.add("own", json.loads(own.read_text("utf-8")))

    def add(self, stem: str, table: Mapping[str, Any]) -> None:
        """Take in the tables of one file; raises TypeError, ValueError or KeyError."""
        language = table.get("language", "")
        if language:
            self.words[language] = _words(table.get("words", {}))
        for row in table.get("term", ()):
            self.terms.append(Term(**{"language": language or ANY, **_frozen_row(row)}))
        defaults = {key: table[key] for key in ("remediation", "references") if key in table}
        for row in table.get("rule", ()):
            self.rules.append(_rule(stem, defaults | row))

    def language_terms(self, language: str) -> list[tuple[int, Term]]:
        """The terms that hold in a language, with their numbers."""
        return [(n, t) for n, t in enumerate(self.terms) if t.language in (ANY, language)]

    def triggers(self, language: str) -> Iterator[tuple[int, str, str]]:
        """Every (number, expression, flags) for hyperscan: what has to be there for a term to be possible."""
        caseless = "i" if self.words[language].ignore_case else ""
        for number, term in self.language_terms(language):
            if term.trigger:
                for expression in term.trigger:
                    yield number, expression.removeprefix("(?i)"), "i" if expression.startswith("(?i)") else ""
                continue
            for path in (*term.calls, *term.members, *term.assigns):
                yield number, self._path_trigger(path, self.words[language]), caseless
            for name in term.properties:
                yield number, _bounded(name), caseless
            for expression in term.strings:  # what ends with the string ends with its quote in the file
                plain = _quoted(expression.removeprefix("(?i)"), self.words[language].quote)
                yield number, plain, "i" if expression.startswith("(?i)") else ""
        for expression in self.words[language].computed:
            yield self.computed, expression, ""

    @staticmethod
    def _path_trigger(path: str, words: Words) -> str:
        """The last name that is not in every file; a module that has to be imported is searched as that."""
        parts = [part for part in path.replace("()", "").replace("*", "").split(".") if part]
        if not parts:
            raise ValueError(f"the path {path!r} has no word to search")
        at = next((n for n in reversed(range(len(parts))) if parts[n] not in words.common), 0)
        is_loose = path.startswith("*")
        is_pair = at + 1 < len(parts) and "(" not in path
        if at == 0 and not is_loose:
            if words.quoted_modules and parts[0] not in words.globals:
                names = [old for old, new in words.aliases.items() if new == parts[0]] + [parts[0]]
                return f"{QUOTE}({'|'.join(map(re.escape, names))}){QUOTE}"
            is_pair = is_pair and words.quoted_modules  # otherwise it may have been imported under another name
        if is_pair:
            return rf"{_bounded(parts[at], False)}\W{{1,4}}{_bounded(parts[at + 1])}"
        return _bounded(parts[at])

    @property
    def computed(self) -> int:
        """The number under which the triggers of computed names are reported."""
        return len(self.terms)


def _quoted(expression: str, quote: str) -> str:
    """The beginning and the end of a string as they show in a file."""
    return re.sub(r"^\^|(?<!\\)\$$", lambda _: quote, expression)


def _bounded(word: str, at_end: bool = True) -> str:
    """A word with borders, where its ends are letters: `$` has none. What an address begins with is no word."""
    start = r"\b" if word[0].isalnum() else ""
    end = (r"([^\w:-]|$)" if word in ("http", "https", "ws") else r"\b") if at_end and word[-1].isalnum() else ""
    return f"{start}{re.escape(word)}{end}"


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _frozen_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _frozen(value) for key, value in row.items()}


def _words(table: Mapping[str, Any]) -> Words:
    sets = ("modules", "members", "wrappers", "cleansers", "common", "globals", "makers")
    values: dict[str, Any] = {k: frozenset(v) if k in sets else _frozen(v) for k, v in table.items()}
    return Words(**values)


def _rule(check: str, row: Mapping[str, Any]) -> Rule:
    values = _frozen_row(row)
    values["severity"] = Severity.parse(values["severity"])
    values["confidence"] = Confidence(values.get("confidence", "medium"))
    values["beside"] = tuple(tuple(group) if isinstance(group, list) else (group,) for group in row.get("beside", ()))
    return Rule(**{"check": check, **values})


@functools.cache
def load_book() -> Book:
    """The rules of this process."""
    return Book(resource_path("rules/code"), own_folder() / OWN_ROWS)


def own_folder() -> Path:
    """Where the reviewer's own rules are, with the databases of a book that holds them; it may not exist."""
    return prepared_path(OWN) / "code"


def compile_paths(paths: Iterable[str]) -> re.Pattern[str]:
    """One expression for dotted paths in which `*` stands for anything."""
    return re.compile("|".join(re.escape(path).replace(r"\*", ".*") for path in paths) or r"(?!)")


class Vocabulary:
    """The terms of one language, ready to be asked by path, property or text."""

    def __init__(self, book: Book, language: str) -> None:
        self.words = book.words[language]
        self.numbered = dict(book.language_terms(language))
        # calls whose result is asked for a member by some term: `new XMLHttpRequest()`
        self.makers = frozenset(
            match.group(1)
            for term in self.numbered.values()
            for path in (*term.calls, *term.members, *term.assigns)
            for match in re.finditer(r"^(.*?)\(\)", path)
        ) | self.words.makers
        self._by_word: dict[str, dict[str, list[tuple[Term, re.Pattern[str]]]]] = {
            "calls": {},
            "members": {},
            "assigns": {},
        }
        self.properties: dict[str, list[Term]] = {}
        self.strings: list[tuple[Term, re.Pattern[str]]] = []
        for term in self.numbered.values():
            for form, words in self._by_word.items():
                by_last: dict[str, list[str]] = {}
                for path in getattr(term, form):
                    last = path.rpartition(".")[2]
                    by_last.setdefault("*" if "*" in last else last, []).append(path)
                for word, paths in by_last.items():
                    words.setdefault(word, []).append((term, compile_paths(paths)))
            for name in term.properties:
                self.properties.setdefault(name, []).append(term)
            if term.strings:
                self.strings.append((term, re.compile("|".join(f"(?:{_inline(s)})" for s in term.strings))))

    def named(self, form: str, path: str) -> list[Term]:
        """The terms whose `calls`, `members` or `assigns` this path is."""
        words = self._by_word[form]
        rows = (*words.get(path.rpartition(".")[2], ()), *words.get("*", ()))
        return [term for term, pattern in rows if pattern.fullmatch(path)]

    def spoken(self, text: str) -> list[Term]:
        """The terms whose `strings` occur in this text."""
        return [term for term, pattern in self.strings if pattern.search(text)]


def _inline(expression: str) -> str:
    """`(?i)` may stand only at the beginning of a whole expression."""
    return f"(?i:{expression.removeprefix('(?i)')})" if expression.startswith("(?i)") else expression


@functools.cache
def load_vocabulary(language: str) -> Vocabulary:
    """The vocabulary of a language, made once a process."""
    return Vocabulary(load_book(), language)


def prepare(resources: Path, out: Path) -> None:
    """Compile the triggers of each language; ValueError names the file or the expression that is wrong."""
    from checks.content._scan import DATABASE

    for language, database in _compiled(resources / "rules" / "code").items():
        (out / language).mkdir()
        (out / language / DATABASE).write_bytes(database)


@functools.cache
def _compiled(folder: Path) -> dict[str, bytes]:
    """Every check has a prepared folder of its own with the same databases: they are compiled once a process."""
    import tempfile

    from checks.content._scan import DATABASE, compile_database

    book = Book(folder)
    databases = {}
    for language in book.words:
        Vocabulary(book, language)  # a bad expression is found here and not in a worker
        with tempfile.TemporaryDirectory() as scratch:
            compile_database(book.triggers(language), Path(scratch))
            databases[language] = (Path(scratch) / DATABASE).read_bytes()
    return databases
