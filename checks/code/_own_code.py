"""The reviewer's own code rules: read row by row, so that a bad one does not lose its neighbours.

What works is written beside the databases of a book in which it stands with ours; `own_rules` is what that book reads.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import json
import re
import string
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.code._databases import triggers, write_databases
from checks.code._rules import OWN_ROWS, Book
from checks.code._terms import ANY, Rule, Term
from checks.code._vocabulary import Vocabulary
from checks.content._scan import compile_database
from checks.runtime.model import MAX_MESSAGE, MAX_REMEDIATION, Confidence, Severity
from checks.runtime.own_rules import Compiled, RuleFile
from checks.runtime.package import resource_path

PREFIX = "own."
MAX_ROWS = 2_000
MAX_EXPRESSION = 1_000
REMEDIATION = "Ask the reviewer what this rule of theirs stands for."
_HEADER = re.compile(r"[ \t]*\[\[[ \t]*(rule|term)[ \t]*\]\]")
_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,58}\Z")
_TERM_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,80}\Z")
# A repetition of what repeats already: it may take for ever on a text that nearly fits.
_HANGING = re.compile(r"[+*}][?+]?\)+(?:[+*]|\{\d*,)")
_DEFAULTS = ("language", "remediation", "references")
_TERM_KEYS = frozenset(f.name for f in dataclasses.fields(Term))
_RULE_KEYS = frozenset(f.name for f in dataclasses.fields(Rule))
_LISTS = frozenset({"flows", "beside", "under", "within", "unless", "spares", "languages", "references"})

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """A row of a file, and where it begins."""

    file: RuleFile
    line: int
    row: Row
    defaults: Mapping[str, Any]


def compile_own(files: Sequence[RuleFile], out: Path | None) -> Compiled:
    """Try every row of these files; with `out`, write there what works, and the databases with it."""
    compiled = Compiled()
    shipped = Book(resource_path("rules/code"))
    rows: dict[str, list[_Place]] = {"term": [], "rule": []}
    for file in files:
        for kind, place in _read(file, compiled):
            rows[kind].append(place)
    terms = _sound(rows["term"], functools.partial(_term, shipped), compiled)
    known = {t.id for t in shipped.terms} | {row["id"] for _, row in terms}
    known |= {name[: dot.start()] for name in known for dot in re.finditer(r"\.", name)}  # and what they are below
    checks = {rule.check for rule in shipped.rules}
    rules = _sound(rows["rule"], functools.partial(_rule, checks, known, frozenset(shipped.words)), compiled)
    compiled.rules = [(place.file.name, row["id"]) for place, row in rules]
    if out is not None and rules:
        document = {"term": [row for _, row in terms], "rule": [row for _, row in rules]}
        partial = out / f"{OWN_ROWS}.part"
        partial.write_text(json.dumps(document), encoding="utf-8")
        write_databases(Book(resource_path("rules/code"), partial), out)
        partial.rename(out / OWN_ROWS)  # last: where it is, workers rely on the databases
    return compiled


def _sound(places: list[_Place], prove: Callable[[_Place], Row], compiled: Compiled) -> list[tuple[_Place, Row]]:
    """The rows that work; the others are named."""
    kept: list[tuple[_Place, Row]] = []
    for place in places:
        try:
            if len(kept) >= MAX_ROWS:
                raise ValueError(f"there are more than {MAX_ROWS:,} of them: leave some out")
            kept.append((place, prove(place)))
        except (TypeError, ValueError, KeyError, AttributeError) as error:  # of whatever kind the value is
            compiled.blame(place.file.name, place.line, str(error))
    return kept


def _read(file: RuleFile, compiled: Compiled) -> Iterator[tuple[str, _Place]]:
    """The rows of a file with their lines; one that is not TOML as a whole is read row by row."""
    try:
        lines = file.path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        compiled.blame(file.name, 1, f"byte {error.start} is not UTF-8: save the file as UTF-8")
        return
    starts = [n for n, line in enumerate(lines) if _HEADER.match(line)]
    head = _parse("\n".join(lines[: starts[0] if starts else len(lines)]), 1, file, compiled)
    if head is None:
        return
    if unknown := sorted(key for key in head if key not in _DEFAULTS):
        compiled.blame(file.name, 1, f"the key {unknown[0]!r} is not known here; use {', '.join(_DEFAULTS)}")
        return
    if not starts:
        compiled.blame(file.name, 1, "holds no [[rule]]: add one")
        return
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        table = _parse("\n".join(lines[start:end]), start + 1, file, compiled)
        for kind, found in (table or {}).items():
            if kind not in ("term", "rule") or not isinstance(found, list):
                compiled.blame(file.name, start + 1, f"is followed by a table {kind!r} that is not known")
                continue
            for row in found:
                yield kind, _Place(file, start + 1, row, head)


def _parse(text: str, line: int, file: RuleFile, compiled: Compiled) -> Row | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        at = re.search(r"line (\d+)", str(error))
        what = re.sub(r" \(at .*\)$", "", str(error))
        compiled.blame(file.name, line - 1 + (int(at[1]) if at else 1), f"not valid TOML: {what}")
        return None


def _only(row: Row, known: frozenset[str]) -> None:
    if unknown := sorted(str(key) for key in row if key not in known):
        raise ValueError(f"the key {unknown[0]!r} is not known; use one of {', '.join(sorted(known))}")


def _term(shipped: Book, place: _Place) -> Row:
    """A term that the engine can search and judge."""
    row = {"language": place.defaults.get("language", ANY), **place.row}
    _only(row, _TERM_KEYS)
    if not _TERM_ID.match(row["id"] if isinstance(row.get("id"), str) else ""):
        raise ValueError("'id' has to be a short name in lower case, such as evaluate.ours")
    if row["language"] not in (ANY, *shipped.words):
        raise ValueError(f"'language' has to be one of {', '.join(sorted((ANY, *shipped.words)))}")
    for field in dataclasses.fields(Term):
        _check_type(row, field.name, str(field.type))
    given = (*row.get("given", {}).values(), *row.get("without", {}).values())
    for expression in (*row.get("strings", ()), *row.get("trigger", ()), *given, row.get("value", "")):
        _check_expression(expression)
    _check_expression(row.get("owner", ""))
    book = copy.copy(shipped)
    book.terms, book.rules = [], []
    book.add("own", {"term": [dict(row)]})
    for language in book.words if row["language"] == ANY else (row["language"],):
        Vocabulary(book, language).prove()
        words = [one for one in triggers(book, language) if one[0] == 0]
        if not words:
            raise ValueError("says nothing to search: give calls, members, assigns, properties or strings")
        with tempfile.TemporaryDirectory() as scratch:
            compile_database(words, Path(scratch))
    return row


def _check_type(row: Row, key: str, kind: str) -> None:
    """A value of the kind that the engine expects; a list for a tuple."""
    if key not in row:
        return
    value = row[key]
    if kind.startswith("tuple["):
        wanted = int if "int" in kind else str
        if not isinstance(value, list) or not all(type(v) is wanted for v in value):
            raise ValueError(f"{key!r} has to be a list of {'numbers' if wanted is int else 'texts'}")
    elif kind == "bool" and not isinstance(value, bool):
        raise ValueError(f"{key!r} has to be true or false")
    elif kind == "str" and not isinstance(value, str):
        raise ValueError(f"{key!r} has to be a text")
    elif kind.startswith("Mapping") and not (
        isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    ):
        raise ValueError(f"{key!r} has to be a table of texts")


def _check_expression(expression: str) -> None:
    if len(expression) > MAX_EXPRESSION:
        raise ValueError(f"an expression is longer than {MAX_EXPRESSION:,} characters: shorten it")
    if _HANGING.search(expression):
        raise ValueError(f"{expression!r} repeats what repeats already, and may take for ever: write it without")
    try:
        re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{expression!r} is no expression: {error}") from None


def _rule(checks: set[str], known: set[str], languages: frozenset[str], place: _Place) -> Row:
    """A rule of one of our code checks, with defaults for what it does not say."""
    defaults = {key: place.defaults[key] for key in ("remediation", "references") if key in place.defaults}
    row: Row = {**defaults, **place.row}
    _only(row, _RULE_KEYS)
    if not isinstance(row.get("id"), str) or not _ID.match(row["id"].lower()):
        raise ValueError("'id' has to be a short name in lower case, such as our_rule")
    row["id"] = PREFIX + row["id"].lower()
    row.setdefault("check", place.file.path.stem)
    if row["check"] not in checks:
        raise ValueError(f"'check' has to be one of {', '.join(sorted(checks))}")
    row["severity"] = _word(row, "severity", [s.label for s in Severity], Severity.MEDIUM.label)
    row["confidence"] = _word(row, "confidence", [c.value for c in Confidence], Confidence.MEDIUM.value)
    row["message"] = _message(row.get("message", place.row["id"]))
    row["remediation"] = str(row.get("remediation") or REMEDIATION)[:MAX_REMEDIATION]
    for key in _LISTS & row.keys():
        if not isinstance(row[key], list):
            raise ValueError(f"{key!r} has to be a list")
    if type(row.get("raw", False)) is not bool:
        raise ValueError("'raw' has to be true or false")
    if type(row.get("least", 1)) is not int:
        raise ValueError("'least' has to be a number")
    for name in _names(row):
        if name not in known:
            raise ValueError(f"the term {name!r} is not known: add a [[term]] for it, or use one of ours")
    if wrong := [name for name in row.get("languages", ()) if name not in languages]:
        raise ValueError(f"the language {wrong[0]!r} is not known; use one of {', '.join(sorted(languages))}")
    if not all(isinstance(r, str) and len(r) < 300 for r in row.get("references", ())):
        raise ValueError("'references' has to be a list of texts")
    return row


def _names(row: Row) -> Iterator[str]:
    """The terms that a rule speaks of."""
    if not isinstance(row.get("sink"), str):
        raise ValueError("'sink' is missing: name the term at which the finding stands")
    yield row["sink"]
    for key in ("flows", "under", "within", "unless", "spares"):
        yield from row.get(key, ())
    for group in row.get("beside", ()):
        yield from group if isinstance(group, list) else (group,)


def _word(row: Row, key: str, words: list[str], default: str) -> str:
    value = str(row.get(key, default)).lower()
    if value not in words:
        raise ValueError(f"{key!r} has to be one of {', '.join(words)}")
    return value


def _message(message: object) -> str:
    """A sentence in which only the line of the source may be filled in."""
    if not isinstance(message, str) or not message.strip() or len(message) > MAX_MESSAGE - 20:
        raise ValueError("'message' has to be one sentence")
    for _, name, form, conversion in string.Formatter().parse(message):
        if name is not None and (name != "line" or form or conversion):
            raise ValueError("'message' may name {line} in braces, and nothing else")
    return message
