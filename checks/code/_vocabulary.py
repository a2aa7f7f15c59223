"""The terms of one language, asked by path, by property or by text."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from checks.code._rules import Book, load_book
from checks.code._terms import Term


def compile_paths(paths: Iterable[str]) -> re.Pattern[str]:
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
