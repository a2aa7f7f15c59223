"""What is searched in the bytes of a file before anything is parsed: the words of the rules, as hyperscan databases.

The terms of every language are half of all: they are compiled once, into a database beside those of the languages.
"""

from __future__ import annotations

import functools
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from checks.code._rules import ROWS, Book, read_tables
from checks.code._terms import ANY, QUOTE, Words
from checks.code._vocabulary import Vocabulary
from checks.content._scan import DATABASE, Hit, compile_database, load_scanner

Row = tuple[int, str, str]
# What may stand between an object and its member, whatever the language: no argument, no other value.
_LINK = r"[^\w(,=;{}]{1,4}"


def triggers(book: Book, language: str) -> Iterator[Row]:
    """Every (number, expression, flags) for hyperscan: what has to be there for a term to be possible."""
    caseless = "i" if book.words[language].ignore_case else ""
    for number, term in book.language_terms(language):
        if term.disguised:  # what is to be found where a text is put together
            continue
        if term.trigger:
            for expression in term.trigger:
                yield number, expression.removeprefix("(?i)"), "i" if expression.startswith("(?i)") else ""
            continue
        for path in (*term.calls, *term.members, *term.assigns):
            yield number, _path_trigger(path, book.words[language]), caseless
        for name in term.properties:
            yield number, _bounded(name), caseless
        for expression in term.strings:  # what ends with the string ends with its quote in the file
            plain = _quoted(expression.removeprefix("(?i)"), book.words[language].quote)
            yield number, plain, "i" if expression.startswith("(?i)") else ""
    for expression in book.words[language].computed:
        yield book.computed, expression, ""


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
        return rf"{_bounded(parts[at], False)}{_LINK}{_bounded(parts[at + 1])}"
    return _bounded(parts[at])


def _quoted(expression: str, quote: str) -> str:
    """The beginning and the end of a string as they show in a file."""
    return re.sub(r"^\^|(?<!\\)\$$", lambda _: quote, expression)


def _bounded(word: str, at_end: bool = True) -> str:
    """A word with borders, where its ends are letters: `$` has none. What an address begins with is no word."""
    start = r"\b" if word[0].isalnum() else ""
    end = (r"([^\w:-]|$)" if word in ("http", "https", "ws") else r"\b") if at_end and word[-1].isalnum() else ""
    return f"{start}{re.escape(word)}{end}"


def write_databases(book: Book, out: Path) -> None:
    """Compile the triggers of a book into a folder for what most languages share, and one for the rest of each."""
    common = next(language for language, words in book.words.items() if words.quote == QUOTE)
    shared = [row for row in triggers(book, common) if row[0] != book.computed and book.terms[row[0]].language == ANY]
    rows = {language: [row for row in triggers(book, language) if row not in shared] for language in book.words}
    for name, some in {ANY: shared, **rows}.items():
        (out / name).mkdir(exist_ok=True)
        compile_database(some, out / name)


def scan(folder: Path, language: str, data: bytes, limit: int) -> tuple[list[Hit], bool]:
    """Every (number of a term, end) in these bytes by their end, and whether all were told."""
    shared, all_shared = load_scanner(folder / ANY).scan(data, limit)
    own, all_own = load_scanner(folder / language).scan(data, limit)
    return sorted(shared + own, key=lambda hit: hit[1]), all_shared and all_own


def prepare(resources: Path, out: Path) -> None:
    """Compile the triggers of each language; ValueError names the file or the expression that is wrong."""
    folder = resources / "rules" / "code"
    (out / ROWS).write_text(json.dumps(read_tables(folder)), encoding="ascii")
    for name, database in _compiled(folder).items():
        (out / name).mkdir()
        (out / name / DATABASE).write_bytes(database)


@functools.cache
def _compiled(folder: Path) -> dict[str, bytes]:
    """Every check has a prepared folder of its own with the same databases: they are compiled once a process."""
    book = Book(folder)
    for language in book.words:
        Vocabulary(book, language).prove()  # a bad expression is found here and not in a worker
    with tempfile.TemporaryDirectory() as scratch:
        write_databases(book, Path(scratch))
        return {name: (Path(scratch) / name / DATABASE).read_bytes() for name in (ANY, *book.words)}
