"""From what a worker claims to what is recorded: place, masked snippet, fingerprint.

The worker gives ranges; the text shown is cut from the stored bytes here, and the bytes of a secret
are masked here and nowhere else, for every snippet and message of a run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Sequence

from app.model import UNLISTED_GROUPS, Component, RunFact, RunFinding
from app.trees import Tree
from checks.runtime.catalog import CheckSpec
from checks.runtime.model import Component as Part
from checks.runtime.model import Fact
from checks.runtime.package import Entry
from checks.runtime.protocol import Found
from checks.runtime.text import printable

SNIPPET_BEFORE = 60
SNIPPET_BYTES = 240
# Further from the start of its line a place is counted in bytes, not in characters.
MAX_COLUMN_BYTES = 64 << 10
MASK = "•"
MIN_SCRUB, MAX_SCRUB = 6, 4096
WITHHELD = "(not shown: this file was not searched for secrets to the end)"
# Above so many secrets, looking for each in every text costs more than looking up pieces of the text.
FEW = 40
# Counting lines up to a place in a very large file would cost more than the number is worth.
MAX_LINE_COUNT = 256 << 20


class Masks:
    """Byte ranges of secrets by SHA-256 of the file; safe from any thread.

    `required` are the checks that look for secrets. Text of a file that not all of them have searched
    to the end is withheld: what was not looked at may be a secret.
    """

    def __init__(self, required: frozenset[str] = frozenset()) -> None:
        self._required = required
        self._lock = threading.Lock()
        self._ranges: dict[str, tuple[tuple[int, int], ...]] = {}
        self._texts: tuple[str, ...] = ()
        self._known: set[str] = set()
        self._by_start: dict[str, list[str]] = {}
        self._searched: dict[str, set[str]] = {}

    def add(self, tree: Tree, entry: Entry, found: Iterable[Found]) -> None:
        """Remember the ranges of these findings that are secret."""
        with self._lock:
            for item in found:
                if not item.secret or item.start is None or item.end is None:
                    continue
                ranges = self._ranges.get(entry.sha256, ())
                if (item.start, item.end) not in ranges:
                    self._ranges[entry.sha256] = (*ranges, (item.start, item.end))
                if MIN_SCRUB <= item.end - item.start <= MAX_SCRUB:
                    raw = tree.bytes_of(entry, item.start, item.end).decode(item.encoding, "replace")
                    self._remember(printable(raw))

    def _remember(self, text: str) -> None:
        if text not in self._known:
            self._known.add(text)
            self._texts = tuple(sorted(self._known, key=len, reverse=True)) if len(self._known) <= FEW else ()
            self._by_start.setdefault(text[:MIN_SCRUB], []).append(text)

    def searched(self, sha256: str, check: str) -> None:
        """This check has searched all of the file."""
        with self._lock:
            self._searched.setdefault(sha256, set()).add(check)

    def withholds(self, sha256: str) -> bool:
        """Whether text of this file must not be shown."""
        return not self._required <= self._searched.get(sha256, set())

    def ranges(self, sha256: str) -> tuple[tuple[int, int], ...]:
        """The ranges of one file."""
        return self._ranges.get(sha256, ())

    def cover(self, sha256: str, start: int, data: bytes) -> bytes:
        """`data`, which begins at byte `start` of the file, with the secret bytes as asterisks."""
        for low, high in self._ranges.get(sha256, ()):
            low, high = max(low - start, 0), min(high - start, len(data))
            if low < high:
                data = data[:low] + b"*" * (high - low) + data[high:]
        return data

    def scrub(self, text: str) -> str:
        """`text` without any secret that is known so far."""
        if len(self._known) <= FEW:
            for secret in self._texts:
                if secret in text:
                    text = text.replace(secret, MASK * 8)
            return text
        with self._lock:
            starts = {text[i : i + MIN_SCRUB] for i in range(len(text))} & self._by_start.keys()
            secrets = [secret for start in starts for secret in self._by_start[start]]
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, MASK * 8)
        return text


class Collector:
    """Makes RunFindings for one tree."""

    def __init__(self, tree: Tree, masks: Masks) -> None:
        self._tree = tree
        self.masks = masks

    def materialize(self, spec: CheckSpec, entry: Entry | None, found: Sequence[Found]) -> list[RunFinding]:
        """The findings of one check on one file (None = the package), in order of place."""
        ordinals: Counter[str] = Counter()
        ordered = sorted(
            found, key=lambda f: (f.file if f.file is not None else -1, f.start if f.start is not None else -1)
        )
        return [self._one(spec, entry, item, ordinals) for item in ordered]

    def record_fact(self, spec: CheckSpec, entry: Entry | None, fact: Fact) -> RunFact:
        """A fact without any secret that is known by now."""
        scrub = self.masks.scrub
        return RunFact(
            check=spec.id,
            group=fact.group,
            name=scrub(fact.name),
            value=scrub(fact.value),
            path="" if entry is None else printable(entry.path),
            file_sha256="" if entry is None else entry.sha256,
            number=fact.file,
            grade=fact.grade,
        )

    def record_component(self, entry: Entry | None, part: Part) -> Component:
        """A line of the inventory, likewise."""
        path = "" if entry is None else printable(entry.path)
        scrub = self.masks.scrub
        return Component(
            name=scrub(part.name),
            version=scrub(part.version),
            purl=scrub(part.purl),
            path=path,
            origin=part.origin,
            scope=part.scope,
            licence=scrub(part.licence),
            detail=scrub(part.detail),
        )

    def _one(self, spec: CheckSpec, entry: Entry | None, item: Found, ordinals: Counter[str]) -> RunFinding:
        raw_path = "" if entry is None else entry.path
        line = column = None
        snippet = ""
        matched = item.matched
        if entry is not None and item.start is not None and item.end is not None:
            if not matched:
                matched = self._tree.bytes_of(entry, item.start, min(item.end, item.start + 512)).decode("latin-1")
            line, column, snippet = self._place(entry, item)
        if item.secret:
            matched = hashlib.sha256(matched.encode()).hexdigest()
        identity = "\0".join((spec.id, item.rule, self._tree.stable_path(raw_path), matched or item.message))
        ordinals[identity] += 1
        if ordinals[identity] > 1:
            identity += f"\0{ordinals[identity]}"
        return RunFinding(
            check=spec.id,
            rule=item.rule,
            severity=item.severity,
            confidence=item.confidence,
            message=self.masks.scrub(item.message),
            path=printable(raw_path),
            raw_path=raw_path,
            file_sha256=entry.sha256 if entry is not None else self._tree.artifact.sha256,
            number=None if entry is None else entry.n,
            line=line,
            column=column,
            start=item.start,
            end=item.end,
            snippet=snippet,
            fingerprint=hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:32],
            state=None,
            guidelines=tuple(sorted(spec.guidelines)),
            remediation=item.remediation,
            references=item.references,
            secret=item.secret,
        )

    def _place(self, entry: Entry, item: Found) -> tuple[int | None, int | None, str]:
        """Line, column (both from 1) and the masked text around the match."""
        if item.start is None or item.start > MAX_LINE_COUNT:
            return None, None, ""
        line, begins = self._tree.count_lines(entry, item.start, item.encoding)
        step = 2 if item.encoding.startswith("utf-16") else 1
        low = max(begins, item.start - SNIPPET_BEFORE * step)
        data = self._tree.bytes_of(entry, low, low + SNIPPET_BYTES * step)
        newline = data.find(b"\n", max(item.start - low, 0))
        if newline >= 0 and step == 1:
            data = data[:newline]
        before = self._tree.bytes_of(entry, max(begins, item.start - MAX_COLUMN_BYTES), item.start)
        column = len(before.decode(item.encoding, "replace")) + max(0, item.start - begins - len(before)) // step + 1
        if self.masks.withholds(entry.sha256):
            return line, column, WITHHELD
        text = self.masks.cover(entry.sha256, low, data).decode(item.encoding, "replace")
        if step == 2:
            text = text.partition("\n")[0]
        return line, column, printable(text.strip("\r\n"), 400)


def with_states(
    findings: Sequence[RunFinding], earlier: Sequence[RunFinding], ran: frozenset[str]
) -> tuple[RunFinding, ...]:
    """Findings marked new or unchanged against the baseline's, plus those fixed since.

    A finding counts as fixed only where its check ran on the submission (`ran`).
    """
    known = {f.fingerprint for f in earlier if f.state != "fixed"}
    present = {f.fingerprint for f in findings}
    marked = [dataclasses.replace(f, state="unchanged" if f.fingerprint in known else "new") for f in findings]
    gone = [
        dataclasses.replace(f, state="fixed", number=None)
        for f in earlier
        if f.state != "fixed" and f.check in ran and f.fingerprint not in present
    ]
    return tuple(marked + gone)


def facts_with_states(facts: Sequence[RunFact], earlier: Sequence[RunFact], ran: frozenset[str]) -> tuple[RunFact, ...]:
    """Facts held against the baseline's by group and name, plus those of it that are gone.

    A fact counts as removed only where its check ran on the submission (`ran`). What is told in great numbers,
    addresses and digests, is only marked, not listed as removed.
    """
    before: dict[tuple[str, str], list[str]] = {}
    for fact in earlier:
        if fact.state != "removed":
            before.setdefault((fact.group, fact.name), []).append(fact.value)
    marked = []
    for fact in facts:
        values = before.get((fact.group, fact.name), [])
        state = "unchanged" if fact.value in values else "changed" if len(values) == 1 else "new"
        marked.append(dataclasses.replace(fact, state=state, was=values[0] if state == "changed" else ""))
    present = {(f.group, f.name) for f in facts}
    gone = [
        dataclasses.replace(fact, state="removed", number=None)
        for fact in earlier
        if fact.state != "removed"
        and fact.check in ran
        and fact.group not in UNLISTED_GROUPS
        and (fact.group, fact.name) not in present
    ]
    return tuple(marked + gone)
