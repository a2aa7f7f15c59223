"""Text and line diffs for the panes: asked of a sandboxed worker, validated here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.errors import DeskError
from app.grants import Grants, Side
from app.plan import plan_check
from app.prepared import ensure_prepared
from app.sandbox import Launcher
from app.trees import Tree
from app.views import TOKEN_CLASSES, Change, DiffLine, LineDiff, TextView
from app.workers import WorkerEnded, WorkerProcess, run_task
from checks.runtime.catalog import CheckSpec
from checks.runtime.package import Entry
from checks.runtime.protocol import ENCODINGS, Chunk, Failed, Finished, Found, NotChecked
from checks.runtime.text import printable

SECONDS = 30.0
MAX_LINES = 4_000_000
MAX_TOKENS = 5000
MAX_DIFF_LINES = 250_000
CONTEXT_LINES = 4

Ranges = Sequence[tuple[int, int]]


class UnreadableText(DeskError):
    """A file cannot be shown; one line that says why."""


def _ask(
    launcher: Launcher,
    sides: dict[str, Side],
    memory: int,
    name: str,
    task: dict[str, Any],
    take: Callable[[Any], None],
) -> dict[str, Any]:
    """Run one task in a fresh worker; `take` gets every item of its answer."""
    worker = WorkerProcess(launcher, Grants(sides=sides, memory=memory))
    try:
        number = worker.send(name, **task)
        for message in run_task(worker, number, SECONDS):
            if isinstance(message, Chunk):
                for item in message.items:
                    take(item)
            elif isinstance(message, Finished):
                if message.error:
                    raise UnreadableText(f"this file cannot be shown: {message.error}")
                return message.data
    except WorkerEnded as ended:
        raise UnreadableText(f"this file cannot be shown: {ended.reason}") from None
    finally:
        worker.kill()
    raise UnreadableText("this file cannot be shown: the worker gave no answer")


def _number(value: Any, high: int = 1 << 50) -> int:
    if type(value) is not int or not 0 <= value <= high:
        raise UnreadableText("this file cannot be shown: the worker sent a number out of range")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise UnreadableText("this file cannot be shown: the worker sent something else than text")
    return printable(value, 1 << 20, keep="\t")


def _item(value: Any, length: int) -> list[Any]:
    if type(value) is not list or len(value) != length:
        raise UnreadableText("this file cannot be shown: the worker sent something out of place")
    return value


class _Lines:
    """Gathers the lines of a text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.offsets: list[int] = []
        self.tokens: list[tuple[tuple[int, int, int], ...]] = []
        self.numbers: list[int] = []
        self.indents: list[int] = []

    def take(self, value: Any) -> None:
        number, indent = 0, 0
        if type(value) is list and len(value) == 6:
            number, indent = _number(value[4], 1 << 32), _number(value[5], 200)
            value = value[:4]
        text, offset, tokens, continued = _item(value, 4)
        text = _text(text)
        if len(self.lines) > MAX_LINES or type(tokens) is not list or len(tokens) > MAX_TOKENS:
            raise UnreadableText("this file cannot be shown: it has too many lines")
        spans = []
        for token in tokens:
            column, length, kind = (_number(n, 1 << 30) for n in _item(token, 3))
            if column + length > len(text) or kind >= len(TOKEN_CLASSES):
                continue  # a colour that does not fit is no reason to hide the text
            spans.append((column, length, kind))
        if continued and self.lines:
            shift = len(self.lines[-1])
            self.lines[-1] += text
            self.tokens[-1] += tuple((c + shift, n, k) for c, n, k in spans)
            return
        self.lines.append(text)
        if number:
            self.numbers.append(number)
            self.indents.append(indent)
        self.offsets.append(_number(offset))
        self.tokens.append(tuple(spans))


def read_text(
    launcher: Launcher, tree: Tree, entry: Entry, masks: Ranges, memory: int, *, beautify: bool = False
) -> TextView:
    """The text of one entry, secrets masked, a minified one in rows to `beautify` it; raises UnreadableText."""
    gathered = _Lines()
    task = {"side": "submission", "file": entry.row(), "masks": [list(m) for m in masks], "beautify": beautify}
    data = _ask(launcher, {"submission": tree.side}, memory, "text", task, gathered.take)
    encoding = data.get("encoding")
    whole = len(gathered.numbers) == len(gathered.lines)
    return TextView(
        path=printable(entry.path),
        sha256=entry.sha256,
        size=entry.size,
        encoding=encoding if encoding in ENCODINGS else "",
        language=printable(str(data.get("language", "")), 40),
        lines=tuple(gathered.lines),
        tokens=tuple(gathered.tokens),
        offsets=tuple(gathered.offsets),
        truncated=_number(data.get("truncated", 0)),
        numbers=tuple(gathered.numbers) if whole else (),
        indents=tuple(gathered.indents) if whole else (),
        minified=data.get("minified") is True,
    )


def diff_lines(
    launcher: Launcher,
    old: tuple[Tree, Ranges],
    new: tuple[Tree, Ranges],
    change: Change,
    memory: int,
) -> LineDiff:
    """The line diff of one change; raises UnreadableText."""
    old_entry = old[0].entry(change.old) if change.old is not None else None
    new_entry = new[0].entry(change.new) if change.new is not None else None
    lines: list[DiffLine] = []

    def take(value: Any) -> None:
        kind, before, after, text = _item(value, 4)
        if kind not in (" ", "+", "-", "@") or len(lines) > MAX_DIFF_LINES:
            raise UnreadableText("this file cannot be shown: the worker sent something out of place")
        numbers = [None if n is None else _number(n, 1 << 31) for n in (before, after)]
        lines.append(DiffLine(kind, numbers[0], numbers[1], _text(text)))

    task = {
        "old": old_entry.row() if old_entry else None,
        "new": new_entry.row() if new_entry else None,
        "old_masks": [list(m) for m in old[1]],
        "new_masks": [list(m) for m in new[1]],
        "context": CONTEXT_LINES,
    }
    sides = {"baseline": old[0].side, "submission": new[0].side}
    data = _ask(launcher, sides, memory, "diff", task, take)
    note = data.get("note", "")
    return LineDiff(
        old_path=change.old_path,
        new_path=change.new_path,
        lines=tuple(lines),
        added=_number(data.get("added", 0)),
        removed=_number(data.get("removed", 0)),
        note=printable(note, 200) if isinstance(note, str) else "",
    )


def find_masks(
    launcher: Launcher, tree: Tree, entry: Entry, masking: Sequence[CheckSpec], cache: Path, memory: int
) -> tuple[tuple[int, int], ...]:
    """Ranges of the secrets in one file, as the masking checks see them; raises UnreadableText where they cannot."""
    planned = [plan_check(spec, {}) for spec in masking]
    grants = Grants(sides={"submission": tree.side}, prepared=ensure_prepared(cache, planned), memory=memory)
    worker = WorkerProcess(launcher, grants)
    ranges: list[tuple[int, int]] = []
    try:
        number = worker.send(
            "files",
            checks=[{"module": c.module, "parameters": dict(c.parameters)} for c in planned],
            files=[entry.row()],
            kind=tree.facts.kind,
            declared_type="",
            unpacked=[],
        )
        for message in run_task(worker, number, SECONDS):
            if isinstance(message, Found) and message.secret and message.start is not None and message.end is not None:
                ranges.append((message.start, min(message.end, entry.size)))
            elif isinstance(message, (NotChecked, Failed)):
                raise UnreadableText(f"not shown, because it could not be searched for secrets: {message.reason}")
            elif isinstance(message, Finished) and message.error:
                raise UnreadableText(f"not shown, because it could not be searched for secrets: {message.error}")
    except WorkerEnded as ended:
        raise UnreadableText(f"not shown, because it could not be searched for secrets: {ended.reason}") from None
    finally:
        worker.kill()
    return tuple(ranges)
