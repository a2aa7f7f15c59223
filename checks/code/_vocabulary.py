"""The terms of one language, asked by path, by property or by text."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection

from checks.code._rules import Book, load_book
from checks.code._terms import Term

# A term with its paths: those to be met as they are, and those with `*`.
_Row = tuple[Term, frozenset[str], tuple[str, ...]]


@functools.cache
def compile_paths(paths: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for dotted paths in which `*` stands for anything."""
    return re.compile("|".join(re.escape(path).replace(r"\*", ".*") for path in paths) or r"(?!)")


class Vocabulary:
    """The terms of one language, ready to be asked by path, property or text."""

    def __init__(self, book: Book, language: str) -> None:
        self.words = book.words[language]
        self.numbered = dict(book.language_terms(language))
        # calls whose result is asked for a member by some term: `new XMLHttpRequest()`
        self.makers = (
            frozenset(
                match.group(1)
                for term in self.numbered.values()
                for path in (*term.calls, *term.members, *term.assigns)
                for match in re.finditer(r"^(.*?)\(\)", path)
            )
            | self.words.makers
        )
        self._by_word: dict[str, dict[str, list[_Row]]] = {
            "calls": {},
            "members": {},
            "assigns": {},
        }
        self.properties: dict[str, list[Term]] = {}
        self.strings: list[tuple[Term, str]] = []
        for term in self.numbered.values():
            for form, words in self._by_word.items():
                by_last: dict[str, list[str]] = {}
                for path in getattr(term, form):
                    last = path.rpartition(".")[2]
                    by_last.setdefault("*" if "*" in last else last, []).append(path)
                for word, paths in by_last.items():
                    exact = frozenset(path for path in paths if "*" not in path)
                    words.setdefault(word, []).append((term, exact, tuple(path for path in paths if "*" in path)))
            for name in term.properties:
                self.properties.setdefault(name, []).append(term)
            if term.strings:
                self.strings.append((term, "|".join(f"(?:{_inline(s)})" for s in term.strings)))

    def named(self, form: str, path: str) -> list[Term]:
        """The terms whose `calls`, `members` or `assigns` this path is."""
        words = self._by_word[form]
        rows = (*words.get(path.rpartition(".")[2], ()), *words.get("*", ()))
        return [
            term for term, exact, loose in rows if path in exact or (loose and compile_paths(loose).fullmatch(path))
        ]

    def prove(self) -> None:
        """Compile every expression on texts; raises re.error."""
        for _, expression in self.strings:
            re.compile(expression)

    def spoken(self, text: str, among: Collection[str] | None = None) -> list[Term]:
        """The terms whose `strings` occur in this text; with `among`, of those with one of these ids."""
        return [
            term
            for term, expression in self.strings
            if (among is None or term.id in among) and _compile(expression).search(text)
        ]


@functools.cache
def _compile(expression: str) -> re.Pattern[str]:
    """Compiled when a text is asked about: all together take longer than to read a small file."""
    return re.compile(expression)


def _inline(expression: str) -> str:
    """`(?i)` may stand only at the beginning of a whole expression."""
    return f"(?i:{expression.removeprefix('(?i)')})" if expression.startswith("(?i)") else expression


@functools.cache
def load_vocabulary(language: str) -> Vocabulary:
    """The vocabulary of a language, made once a process."""
    return Vocabulary(load_book(), language)
