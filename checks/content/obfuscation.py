"""Obfuscation: code that hides what it does, decoded and executed, run through an obfuscator, pushed out of sight.

Minified code is not obfuscated: it is small, and every string in it can be read. What counts is a
string that becomes code only when it runs, and the fingerprints of tools whose one purpose is hiding.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from checks import Confidence, File, Finding, Severity, Unchecked, file_check, prepared_path
from checks.content._obfuscation_signs import Sign, load_padding, load_signs, prepare
from checks.content._places import is_readable, keep_worst, roles
from checks.content._scan import compile_bytes, load_scanner

_BEFORE, _AFTER = 1200, 2400
# A look costs up to 0.2 ms; no program has as many places as this that only look like hidden code.
_MAX_LOOKS = 10_000
# Columns that no screen shows, and that no nesting reaches from a line that begins far to the left.
_OUT_OF_SIGHT = 200
# Shorter statements there are an accident.
_PAYLOAD = 60
_BLANKS = re.compile(b"(?:[ \t]|\xc2\xa0|\xe3\x80\x80)+")
_EVALUATED = re.compile(
    rb"(?i)(?:\bon\w+\s*=|(?:eval|function|timeout|interval|write|writeln|exec\w*|script)\s*\()\s*.$"
)
_ESCAPE = re.compile(rb"\\(?:x|u00)([0-9a-fA-F]{2})")
_REFERENCES = ("CWE-506", "https://attack.mitre.org/techniques/T1027/")
_REMEDIATION = (
    "Ship readable code; where a string has to be decoded, do not run the result. Say in the submission which tool "
    "changed the code and attach its source."
)

Span = tuple[int, int]


def _is_examined(file: File) -> bool:
    """Code and pages wherever they lie; manuals, catalogues and source maps run nowhere."""
    where = roles(file.path)
    return bool(where & {"code", "markup"}) or not where & {"doc", "translation", "map", "lock", "style"}


def _spells_words(span: bytes) -> bool:
    """Whether escapes spell text: tables of bytes and alphabets do not."""
    text = bytes(int(pair, 16) for pair in _ESCAPE.findall(span))
    if not text or text == bytes(sorted(text)):
        return False
    letters = sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in text)
    return letters >= len(text) * 0.4 and len(set(text)) >= 6


class _TooMany(Exception):
    """The places to look at are more than a program has."""


class _Variables:
    """What is known of one file: which names are given to an evaluator anywhere, and how often it was looked at."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._names: dict[str, frozenset[bytes]] = {}
        self._looks = 0

    def look(self) -> None:
        """Count one look at a place; raises _TooMany."""
        self._looks += 1
        if self._looks > _MAX_LOOKS:
            raise _TooMany

    def are_run(self, sign: Sign, name: bytes) -> bool:
        """Whether the sign's sink is given this name."""
        if sign.sink not in self._names:
            sink = compile_bytes(sign.sink.replace("NAME", r"([A-Za-z_$][\w$]*)"))
            self._names[sign.sink] = frozenset(match.group(1) for match in sink.finditer(self._data))
        return name in self._names[sign.sink]


def _confirm(sign: Sign, data: bytes, ends: Sequence[int], variables: _Variables) -> Iterator[Span]:
    """The exact places of a sign, each confirmed by everything that its row asks for."""
    if len(ends) < sign.least or (sign.with_ and not compile_bytes(sign.with_).search(data)):
        return
    done, found = -1, False
    for end in ends:
        if end <= done:
            continue
        variables.look()
        for match in sign.extent.finditer(data, max(0, end - _BEFORE), min(len(data), end + _AFTER)):
            if match.start() >= end:
                break
            if match.end() < end - 8:
                continue
            done = match.end()
            if _fits(sign, data, match, end, variables):
                found = True
                yield match.span()
            break
        if sign.once and found:
            return


def _fits(sign: Sign, data: bytes, match: re.Match[bytes], end: int, variables: _Variables) -> bool:
    text = match.group(0)
    if sign.not_regex and compile_bytes(sign.not_regex).search(text):
        return False
    if sign.follow and not variables.are_run(sign, match.group(1)):
        return False
    if sign.wordy and not _spells_words(text):
        return False
    if sign.near:
        # a neighbourhood ends at the hit when the expression says so with `$`
        last = match.start() if sign.near.endswith("$") else min(len(data), end + sign.around)
        return compile_bytes(sign.near).search(data[max(0, match.start() - sign.around) : last]) is not None
    return True


def _is_mere_text(data: bytes, start: int) -> bool:
    """Whether a place begins a string that is neither given to an evaluator nor the value of an event attribute."""
    before = data[max(0, start - 60) : start]
    return before[-1:] in (b"'", b'"', b"`") and not _EVALUATED.search(before)


def _is_outcast(data: bytes, at: int, start: int) -> bool:
    """Whether a line begins so far to the right of the one above that nobody sees it, and no nesting explains it."""
    line = data.rfind(b"\n", 0, at) + 1
    if start - line < _OUT_OF_SIGHT:
        return False
    last = data[max(0, line - 400) : line].rstrip()
    above = last[last.rfind(b"\n") + 1 :]
    return bool(above) and len(above) - len(above.lstrip()) < _OUT_OF_SIGHT // 4


def _find_padding(data: bytes) -> tuple[Span, Severity] | None:
    """The first statement behind a long run of blanks, and how far it is a statement of its own.

    After the end of another statement nobody writes on without wanting to be overlooked; a wide table is low.
    """
    table: Span | None = None
    padding = load_padding()
    for needle in padding.needles:
        at = data.find(needle)
        while at >= 0:
            before = data[max(0, at - 400) : at].rpartition(b"\n")[2].strip()
            start = _BLANKS.match(data, at).end()  # type: ignore[union-attr]
            behind = data[start : start + 400].partition(b"\n")[0]
            hidden = before or (len(behind) >= _PAYLOAD and _is_outcast(data, at, start))
            if hidden and padding.statement.search(behind):
                span = start, start + len(behind)
                if not before:
                    return span, Severity.HIGH
                if before[-1:] in b";{}:" or behind[:1] in b";&|?":
                    return span, Severity.HIGH
                table = table or span
            at = data.find(needle, start)
    return (table, Severity.LOW) if table else None


def _find_signs(file: File, hits: Sequence[tuple[int, int]]) -> Iterator[tuple[Sign, Span]]:
    """Every confirmed sign with its place; of those that overlap the first in the order of the rules."""
    by_sign: dict[int, list[int]] = defaultdict(list)
    for number, end in hits:
        by_sign[number].append(end)
    told: list[Span] = []  # none overlaps another, and they are kept in order
    data = file.narrow
    variables = _Variables(data)
    has_table = False
    for number in sorted(by_sign):
        sign = load_signs()[number]
        if (sign.suffixes and file.suffix not in sign.suffixes) or (sign.id == "js_hex_names" and has_table):
            continue
        for start, end in _confirm(sign, data, by_sign[number], variables):
            at = bisect.bisect_left(told, (start, end))
            if (at and told[at - 1][1] > start) or (at < len(told) and told[at][0] < end):
                continue
            told.insert(at, (start, end))
            has_table = has_table or sign.id == "js_obfuscator"
            yield sign, (start, end)


@file_check(
    guidelines={"DL-09"},
    severity=Severity.HIGH,
    rules=("obfuscation.toml", "places.toml"),
    uses=("hyperscan", "google-re2"),
    prepare=prepare,
)
def obfuscation(file: File, *, limit: int = 20) -> Iterator[Finding | Unchecked]:
    """One pass for all signs; only files with a hit are looked at again."""
    data = file.narrow
    hits, complete = load_scanner(prepared_path("obfuscation")).scan(data)
    padding = _find_padding(data)
    if (not hits and padding is None) or not _is_examined(file) or not is_readable(file):
        return
    if padding is not None and "code" in roles(file.path):
        row = load_padding()
        yield file.finding(
            row.id,
            f"{row.title}.",
            span=file.narrow_span(*padding[0]),
            severity=padding[1],
            confidence=Confidence.HIGH if padding[1] is Severity.HIGH else Confidence.LOW,
            remediation=_REMEDIATION,
            references=_REFERENCES,
        )
    found: list[Finding] = []
    try:
        for sign, span in _find_signs(file, hits):
            found.append(_finding(file, sign, span))
    except _TooMany:
        complete = False
    worst, others = keep_worst(found, limit)
    yield from worst
    if others:
        more = f"More than {limit} places of this file hide what the code does; {others} others are not listed."
        yield file.finding("more_places", more, severity=Severity.MEDIUM, matched="more")
    if not complete:
        yield file.unchecked("too many places that look like the beginning of hidden code; not all were looked at")


def _finding(file: File, sign: Sign, span: Span) -> Finding:
    is_quoted = bool(sign.quoted) and _is_mere_text(file.narrow, span[0])
    return file.finding(
        sign.id,
        f"{sign.title}." if not is_quoted else f"{sign.title} (here as the text of a string).",
        span=file.narrow_span(*span),
        severity=Severity.parse(sign.quoted if is_quoted else sign.severity),
        confidence=Confidence(sign.confidence),
        remediation=_REMEDIATION,
        references=_REFERENCES,
    )
