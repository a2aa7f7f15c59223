"""Hidden Unicode: characters that a reader does not see, reordered, zero-width, blank or smuggled.

What a reviewer reads must be what runs. Direction controls reorder a line on the screen, zero-width and
blank letters make two names look like one, and runs of tags or variation selectors carry whole programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from checks import Confidence, File, Finding, Severity, Unchecked, file_check
from checks.content._hidden_classes import OVERRIDES, Classes, is_balanced, load_classes, without_tables
from checks.content._literals import Literals
from checks.content._places import is_readable, keep_worst, roles

_TROJAN = ("https://nvd.nist.gov/vuln/detail/CVE-2021-42574", "CWE-1007")
_LOOKALIKE = ("https://nvd.nist.gov/vuln/detail/CVE-2021-42694", "CWE-1007")
_REMOVE = "Remove the characters, or write them as escapes so that a reader sees them."
_BLACK_FLAG = "\U0001f3f4".encode()
_END_OF_TAG = "\U000e007f"
# a text in Persian of a megabyte has fewer
_MAX_LOOKS = 100_000
# A longer line was written by a minifier: nobody reads it, so nobody is misled.
_MOST_READ = 4_000
_CONTROLS = re.compile(b"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
_NAME_END = re.compile(r"[\w$]*$")
_NAME_START = re.compile(r"^[\w$]*")


class _Reader:
    """One text under examination, as UTF-8; all places are byte offsets into `data`."""

    def __init__(self, file: File, data: bytes, classes: Classes) -> None:
        self.file = file
        self.data = data
        self.classes = classes
        self.limits = classes.thresholds
        self.roles = roles(file.path)
        self.is_code = bool(self.roles & {"code", "markup"}) and not self.roles & {"translation", "doc"}
        self.told_until = -1
        self._line = (0, 0)
        self._counted = (0, 0)

    @cached_property
    def literals(self) -> Literals:
        return Literals(self.data, self.file.suffix)

    def read(self, start: int, end: int) -> str:
        """The characters of a range; a cut or damaged one is left out."""
        return self.data[max(0, start) : end].decode("utf-8", "ignore")

    def line(self, at: int) -> tuple[int, int]:
        """Start and end of the line around a place; the last answer is kept, a line may be long and hold many."""
        if not self._line[0] <= at < self._line[1]:
            end = self.data.find(b"\n", at)
            self._line = self.data.rfind(b"\n", 0, at) + 1, len(self.data) if end < 0 else end
        return self._line

    def is_literal(self, start: int, end: int) -> bool:
        """Whether the characters are in a string or comment; in minified lines they are taken to be."""
        first, last = self.line(start)
        return last - first > self.limits["readable_line"] or self.literals.hold(start, end)

    def tell(
        self,
        rule: str,
        message: str,
        span: tuple[int, int],
        severity: Severity,
        confidence: Confidence = Confidence.HIGH,
        references: tuple[str, ...] = _TROJAN,
        matched: str = "",
    ) -> Finding:
        if self.data is not self.file.data:
            span = (self._in_utf16(span[0]), self._in_utf16(span[1]))
        return self.file.finding(
            rule,
            message,
            span=span,
            severity=severity,
            confidence=confidence,
            matched=matched,
            remediation=_REMOVE,
            references=references,
        )

    def _in_utf16(self, at: int) -> int:
        """The place in the file itself, counted on from the last: from the start it would be quadratic."""
        known, place = self._counted
        step = len(self.read(min(known, at), max(known, at)).encode("utf-16-le", "surrogatepass"))
        place += step if at >= known else -step
        self._counted = at, place
        return place

    def bidi(self, start: int, end: int) -> Finding | None:
        """Once a line: reordering in code is an attack, balanced controls in texts are good typography."""
        if start < self.told_until:
            return None
        first, last = self.line(start)
        self.told_until = last
        line = self.read(first, last)
        balanced = is_balanced(line)
        is_prose = bool(self.roles & {"translation", "doc"})
        if (balanced and not self.is_code) or (is_prose and OVERRIDES.isdisjoint(line)):
            return None
        controls = [match.span() for match in _CONTROLS.finditer(self.data, first, last)]
        span = (controls[0][0], controls[-1][1])
        if self.is_code and is_balanced(without_tables(line)) and (not balanced or self.is_literal(*span)):
            kept = "a table of characters" if not balanced else "one string"
            return self.tell("bidi_balanced", f"Direction controls stand inside {kept}.", span, Severity.LOW)
        if self.is_code:
            return self.tell(
                "bidi_reordering",
                "Invisible direction controls make this line read differently from what runs.",
                span,
                Severity.HIGH if len(line) <= _MOST_READ else Severity.MEDIUM,
            )
        return self.tell(
            "bidi_unbalanced",
            "Invisible direction controls reorder this line or are not closed on it.",
            span,
            Severity.LOW if is_prose else Severity.MEDIUM,
        )

    def zero_width(self, start: int, end: int) -> Finding | None:
        """One between two letters of a name, or a long run that carries bits."""
        run = self.read(start, end)
        if len(run) >= self.limits["zero_width_payload"] and len(set(run)) > 1:
            return self.tell(
                "zero_width_payload",
                f"{len(run)} zero-width characters in a row can carry hidden data.",
                (start, end),
                Severity.HIGH if self.is_code else Severity.MEDIUM,
                references=("CWE-506",),
            )
        around = self.data[max(0, start - 1) : start], self.data[end : end + 1]
        joined = all(side and side.isascii() and (side.isalnum() or side in b"_$") and side for side in around)
        if not joined or not self.is_code:
            return None
        if self.is_literal(start, end):
            return self.tell(
                "zero_width_in_word",
                "A zero-width character splits a word inside a string or comment.",
                (start - 1, end + 1),
                Severity.LOW,
                Confidence.MEDIUM,
            )
        return self.tell(
            "zero_width_identifier",
            "A zero-width character makes this name differ from another one that looks the same.",
            (start - 1, end + 1),
            Severity.HIGH,
        )

    def tag(self, start: int, end: int) -> Finding | None:
        """Flags of regions are a black flag, tags and an end; anything else is hidden ASCII."""
        run = self.read(start, end)
        if self.data[max(0, start - 4) : start] == _BLACK_FLAG and run.endswith(_END_OF_TAG) and len(run) <= 8:
            return None
        hidden = "".join(chr(ord(c) - 0xE0000) for c in run if 0xE0020 <= ord(c) < 0xE007F)
        shown = f': "{hidden[:120]}"' if hidden else ""
        return self.tell(
            "tag_characters",
            f"{len(run)} invisible tag characters hide text from the reader{shown}.",
            (start, end),
            Severity.HIGH if len(run) >= self.limits["tag_payload"] else Severity.MEDIUM,
            references=("CWE-506", "https://www.unicode.org/charts/PDF/UE0000.pdf"),
        )

    def selector(self, start: int, end: int) -> Finding | None:
        """One selector belongs to the character before it; a run of them belongs to nothing and encodes bytes."""
        count = len(self.read(start, end))
        if count < self.limits["selector_suspicious"]:
            return None
        return self.tell(
            "selector_payload",
            f"{count} variation selectors in a row are invisible and can encode a hidden program.",
            (start, end),
            Severity.HIGH if count >= self.limits["selector_payload"] else Severity.MEDIUM,
            references=("CWE-506",),
            matched=f"{count} selectors",
        )

    def blank(self, start: int, end: int) -> Finding | None:
        """Letters that draw nothing are allowed in names: an invisible variable."""
        if not self.is_code or self.is_literal(start, end):
            return None
        return self.tell(
            "blank_identifier",
            "A letter that is drawn as nothing stands in the code and can be an invisible name.",
            (start, end),
            Severity.HIGH,
        )

    def private(self, start: int, end: int) -> Finding | None:
        """Icon fonts use single private characters; long runs are an alphabet of somebody's own."""
        count = len(self.read(start, end))
        if not self.is_code or count < self.limits["private_run"]:
            return None
        return self.tell(
            "private_use_run",
            f"{count} private-use characters in a row mean nothing to a reader and can encode data.",
            (start, end),
            Severity.LOW,
            Confidence.MEDIUM,
            references=("CWE-506",),
        )

    def lookalike(self, start: int, end: int) -> Finding | None:
        """Names made of ASCII and of letters that only look like ASCII."""
        if not self.is_code or start < self.told_until:
            return None
        head = _NAME_END.findall(self.read(start - 120, end))[0]
        name = head + _NAME_START.findall(self.read(end, end + 120))[0]
        start = end - len(head.encode())
        self.told_until = end = start + len(name.encode())
        plain = name.translate(self.classes.confusables)
        if not plain.isascii() or self.is_literal(start, end):
            return None
        return self.tell(
            "lookalike_letters",
            f'This name looks like "{plain}" and is spelled with letters of another script.',
            (start, end),
            Severity.LOW,
            references=_LOOKALIKE,
        )


def _examine(reader: _Reader) -> Iterator[Finding | Unchecked]:
    for looks, match in enumerate(reader.classes.pattern.finditer(reader.data)):
        if looks == _MAX_LOOKS:
            yield reader.file.unchecked(f"more than {_MAX_LOOKS} hidden characters: the rest was not looked at")
            return
        start, end = match.span()
        name = reader.classes.name(reader.read(start, start + 4)[0])
        finding: Finding | None = getattr(reader, name)(start, end)
        if finding is not None:
            yield finding


@file_check(
    guidelines={"DL-10"}, severity=Severity.MEDIUM, rules=("hidden_unicode.toml", "places.toml"), uses=("google-re2",)
)
def hidden_unicode(file: File, *, limit: int = 20) -> Iterator[Finding | Unchecked]:
    """Most files are ASCII or have nothing to tell, and are let go by their bytes."""
    data = file.data
    if data.isascii():
        return
    classes = load_classes()
    is_utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not is_utf16 and not classes.pattern.search(data):
        return
    if not is_readable(file):
        return
    utf8 = data if not is_utf16 else file.text.encode("utf-8", "surrogatepass")
    worst, others = keep_worst(_examine(_Reader(file, utf8, classes)), limit)
    yield from worst
    if others:
        more = f"More than {limit} places hold hidden characters; {others} others are not listed."
        yield file.finding("more_places", more, severity=Severity.INFO, matched="more", remediation=_REMOVE)
