"""The engine of the code checks: one look at a file, one reading of its syntax, shared by all of them.

`gate` decides for a file which checks to call: by its type, and by one hyperscan pass for the words of the rules. The
first check that is called has the file parsed and all rules judged; the others only pick what is theirs.

How to add a rule: write a `[[rule]]` into resources/rules/code/<check>.toml. It speaks in terms, which no language is
part of; where a term is missing, add a `[[term]]` to the file of each language (<language>.toml beside it) or,
for strings that mean the same everywhere, to resources/rules/code/strings.toml. README.md beside them lists the keys.

How to add a language: write a subclass of Language (checks/code/_language.py says what it is asked; _python.py is an
example), put an instance into `_languages` below, and write <language>.toml with `language`, `[words]`
and its terms. The rules that exist hold for it at once, as far as their terms are there.

How to add a check: a module like dynamic_code.py, its rules in a file of its name.

Where to look, each importing only from those after it: _engine (a file and its findings), _reading (the rules judged),
_sites with _shapes, _loops and _aliases (from a word to what the code does), _values (what flows into an expression),
_conditions (what a term asks for), _constants (paths and texts), _tree and _scopes (the tree, what a name may be),
_databases (what is searched in the bytes), _vocabulary, _rules and _terms (the rules as they are written),
_language and _grammars. _own_code compiles the reviewer's own rules.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checks import Component, Fact, File, Finding, Severity, Unchecked, file_check
from checks.code._databases import prepare, scan
from checks.code._rules import OWN_ROWS, Book, load_book, own_folder, shipped_folder
from checks.code._terms import Rule
from checks.code._vocabulary import load_vocabulary
from checks.content._places import is_readable, keep_worst, lower_aside

if TYPE_CHECKING:
    from checks.code._language import Language
    from checks.code._reading import Reading, Reason

CheckFunction = Callable[..., Iterable[Finding | Fact | Component | Unchecked]]

RULES = ("code/*.toml", "places.toml")
USES = ("hyperscan", "tree-sitter", "tree-sitter-language-pack")
# The first check behind the gate has the file read; that ends by itself after `_tree.MAX_WALL_SECONDS`.
SECONDS = 30.0
MOST = 12
MOST_INFO = 2
_MAX_HITS = 40_000
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")


@functools.cache
def _languages() -> tuple[Language, ...]:
    from checks.code._java import Java
    from checks.code._javascript import JavaScript
    from checks.code._php import Php
    from checks.code._powershell import PowerShell
    from checks.code._python import Python
    from checks.code._shell import Shell

    return (JavaScript(), Python(), Shell(), PowerShell(), Php(), Java())


@functools.cache
def _by_suffix() -> dict[str, Language]:
    return {suffix: language for language in _languages() for suffix in language.grammars}


def language_of(file: File) -> Language | None:
    """The language of a file by its suffix, or by the program that its first line names."""
    language = _by_suffix().get(file.suffix)
    if language is not None or file.suffix:
        return None if file.name.endswith(_DECLARATIONS) else language
    first = file.head(128)
    if not first.startswith(b"#!"):
        return None
    line = first.partition(b"\n")[0]
    return next((one for one in _languages() if any(program in line for program in one.programs)), None)


class _Look:
    """What the gate saw of a file, and the reading once a check asked for it."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.checks: frozenset[str] = frozenset()
        self.rules: list[Rule] = []
        self.hits: list[tuple[int, int]] = []
        self.complete = True
        self.language = language_of(file)
        if self.language is not None and file.size and is_readable(file):
            self._scan(self.language)

    def _scan(self, language: Language) -> None:
        self.hits, self.complete = scan(_prepared(), language.name, self.file.narrow, _MAX_HITS)
        self.rules = possible_rules(load_book(), language.name, {number for number, _ in self.hits})
        self.checks = frozenset(rule.check for rule in self.rules)

    @functools.cached_property
    def reading(self) -> Reading:
        """All rules judged."""
        from checks.code._reading import Reader, Reading

        data, language = self.file.narrow, self.language
        if language is None:
            return Reading()
        regions = language.regions(data, self.file.suffix)
        if regions is not None and not regions:
            return Reading()
        grammar = language.grammars.get(self.file.suffix) or next(iter(language.grammars.values()))
        reader = Reader(data, language, grammar, load_vocabulary(language.name))
        wanted = _wanted(self.rules)
        numbers = {n for n, t in load_book().language_terms(language.name) if _is_wanted(t.id, wanted)}
        computed = load_book().computed
        hits = [(number, end) for number, end in self.hits if number in numbers or number == computed]
        reading = reader.read(hits, computed, self.rules, regions)
        if not self.complete:
            reading.incomplete = "too many words of the rules; the rest of the file was not searched"
        return reading


def _wanted(rules: list[Rule]) -> set[str]:
    """Every term that these rules speak of."""
    wanted: set[str] = set()
    for rule in rules:
        around = (rule.under, rule.within, rule.unless, *rule.beside)
        wanted.update((rule.sink,), rule.flows, rule.also, rule.spares, *around)
    return wanted


def _is_wanted(term: str, wanted: set[str]) -> bool:
    while term:
        if term in wanted:
            return True
        term = term.rpartition(".")[0]
    return False


def possible_rules(book: Book, language: str, numbers: set[int]) -> list[Rule]:
    """The rules of which every part may be in a file with these hits."""
    if not numbers:
        return []
    present = set()
    for number in numbers - {book.computed}:
        term = book.terms[number].id
        while term:
            present.add(term)
            term = term.rpartition(".")[0]
    may_miss = 1 if book.computed in numbers else 0  # one part may be hidden
    if may_miss and language == "powershell":
        may_miss = 2  # one command fetches and writes at once
    possible = []
    for rule, groups in _needs(book, language):
        missing = 0
        for group in groups:
            if group.isdisjoint(present):
                missing += 1
                if missing > may_miss:
                    break
        else:
            possible.append(rule)
    return possible


@functools.lru_cache(maxsize=32)
def _needs(book: Book, language: str) -> list[tuple[Rule, list[frozenset[str]]]]:
    """The rules of a language with the groups of terms of which one each has to be there."""
    rows = []
    for rule in book.rules:
        if not rule.languages or language in rule.languages:
            groups = [(rule.sink,), *filter(None, (rule.flows, rule.also, rule.under, rule.within)), *rule.beside]
            rows.append((rule, [frozenset(group) for group in groups]))
    return rows


@functools.cache
def _prepared() -> Path:
    """The databases; those of the reviewer's own rules hold the shipped ones as well."""
    folder = own_folder() if (own_folder() / OWN_ROWS).exists() else shipped_folder()
    if folder is None:
        raise FileNotFoundError("the rules of the code checks were not compiled")
    return folder


_last: list[_Look] = []


def _look(file: File) -> _Look:
    """The look at this file: only the last one is kept, for the checks are called one after the other."""
    if not _last or _last[0].file is not file:
        _last[:] = [_Look(file)]
    return _last[0]


def gate(file: File) -> frozenset[str]:
    """The checks that have something to look at in this file."""
    if language_of(file) is None:
        return frozenset()
    return _look(file).checks


def reasons_in(file: File, check: str) -> Sequence[Reason]:
    """The places where the rules of one check hold in a file: for a check that joins several files."""
    look = _look(file)
    return look.reading.reasons.get(check, ()) if check in look.checks else ()


def code_check(*, guidelines: Iterable[str], severity: Severity) -> Callable[[CheckFunction], CheckFunction]:
    """Mark one of the checks that share rules, gate and reading."""
    return file_check(
        guidelines=guidelines,
        severity=severity,
        seconds=SECONDS,
        rules=RULES,
        uses=USES,
        prepare=prepare,
        gate=gate,
    )


def findings(file: File, check: str, most: int = MOST) -> Iterator[Finding | Unchecked]:
    """What one check has to say about a file: the gravest first, a capability at most MOST_INFO times."""
    look = _look(file)
    if check not in look.checks:
        return
    reading = look.reading
    if reading.incomplete:
        yield file.unchecked(reading.incomplete)
    # a rule of the reviewer's own never takes the place of one of ours
    told_of: dict[bool, dict[tuple[int, int], Severity]] = {False: {}, True: {}}
    results: list[Finding] = []
    counts: dict[str, int] = {}
    reasons = sorted(reading.reasons.get(check, ()), key=lambda r: (-r.rule.severity, r.start))
    for reason in reasons:
        is_own = reason.rule.id.startswith("own.")
        told = told_of[is_own]
        if any(start <= reason.start and reason.end <= end for start, end in told):
            continue
        counts[reason.rule.id] = counts.get(reason.rule.id, 0) + 1
        if reason.rule.severity <= Severity.INFO and (told or counts[reason.rule.id] > MOST_INFO):
            continue
        told[reason.start, reason.end] = reason.rule.severity
        results.append(
            file.finding(
                reason.rule.id,
                reason.message,
                span=file.narrow_span(reason.start, reason.end),
                severity=reason.rule.severity if is_own else lower_aside(reason.rule.severity, file.path),
                confidence=reason.rule.confidence,
                remediation=reason.rule.remediation,
                references=reason.rule.references,
            )
        )
    worst, others = keep_worst(results, most)
    yield from worst
    if others:
        more = f"This file has {others} more such places; only the gravest are listed."
        yield file.finding("more_places", more, severity=Severity.INFO, matched="more")
