"""The review notes as Markdown (CommonMark, and what code hosts add to it).

Names, places and snippets stand in code, where nothing is interpreted; the rest is escaped so that it stays
the text it is. There are no tables: a list cannot be broken by a stray pipe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.quantities import format_count
from app.reports.document import ReportData, plain
from app.reports.notes import outline
from app.reports.outline import Fact, Group, Notes, Shown

# what means something anywhere in a line; an underscore inside a word does not
_MARKUP = re.compile(r"[\\`*\[\]<>&~$|^#{}]|(?<![^\W_])_|_(?![^\W_])")
# what means something at the start of one: headings, lists, quotes, rules, definitions
_START = re.compile(r"^(?:(\d{1,9})([.)])(?= |$)|([-+=:!%\"']))")
# what turns into a link by itself on many hosts, even where each of its characters is escaped
_LINKS_ITSELF = re.compile(r"@|:/|www\.|mailto:|xmpp:", re.IGNORECASE)


def code(text: str) -> str:
    """A code span that holds exactly this text, whatever backticks are in it."""
    text = plain(text)
    if not text.strip():
        return "(empty)"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def escape(text: str) -> str:
    """Prose that stays prose, on one line; words that hosts turn into links stand in code."""
    words = plain(text).split()
    line = " ".join(code(word) if _LINKS_ITSELF.search(word) else _MARKUP.sub(r"\\\g<0>", word) for word in words)
    return _START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", line)


def fence(lines: Sequence[str], indent: str = "") -> list[str]:
    """A code block; its fence is longer than any run of backticks inside."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    mark = "`" * max(3, longest + 1)
    return [f"{indent}{mark}text", *(indent + plain(line) for line in lines), f"{indent}{mark}"]


def _fact(fact: Fact) -> str:
    return f"- **{escape(fact.label)}**: {code(fact.value) if fact.code else escape(fact.value)}"


def _bullets(texts: Iterable[str]) -> list[str]:
    return [f"- {escape(text) or '(empty)'}" for text in texts]


def _paragraphs(lines: Iterable[str]) -> list[str]:
    """A reviewer's own lines, quoted: each line stays a line."""
    quoted: list[str] = []
    for line in lines:
        if line.strip():
            quoted += [f"> {escape(line)}", ">"]
    return quoted[:-1]


def _finding(shown: Shown) -> list[str]:
    lines = [f"#### {escape(shown.message)}", "", f"- **Place**: {code(shown.place)}"]
    lines += [f"- **Rule**: {code(shown.rule)}, {shown.severity}", *map(_fact, shown.facts)]
    if shown.snippet:
        lines += ["", *fence(shown.snippet)]
    return [*lines, ""]


def _group(group: Group) -> list[str]:
    lines = [f"### {group.severity.capitalize()} ({group.total:,})", ""]
    for shown in group.findings:
        lines += _finding(shown)
    return lines


def _top(notes: Notes) -> list[str]:
    lines = [f"# Review notes: {escape(notes.title)}", "", *map(_fact, notes.facts), ""]
    lines += ["## Decision", "", f"**{escape(notes.headline)}**", "", *_bullets(notes.standing), ""]
    if notes.reason:
        lines += ["Reason:", "", *_paragraphs(notes.reason), ""]
    if notes.overrides:
        lines += ["Approved although:", "", *_bullets(notes.overrides), ""]
    if notes.package:
        lines += ["## Package", "", *map(_fact, notes.package), ""]
    lines += ["## Isolation", "", *map(_fact, notes.isolation), ""]
    if not notes.isolated:
        lines += ["**The package was not fully isolated while it was read.**", ""]
    lines += ["## What did not run", ""]
    for gap in notes.gaps:
        why = f": {escape(gap.reason)}" if gap.reason else ""
        lines.append(f"- **{escape(gap.check)} {gap.outcome}** ({gap.need}){why}")
    return [*lines, *([] if notes.gaps else ["Every check of the battery ran."]), ""]


def _for_developer(notes: Notes) -> list[str]:
    lines = ["## For the developer", ""]
    if not notes.asks and not notes.ask_lines:
        return [*lines, "Nothing to change.", ""]
    lines += [*_bullets(notes.ask_lines), ""] if notes.ask_lines else []
    for ask in notes.asks:
        lines += [f"### {escape(ask.title)} ({ask.severity})", ""]
        if ask.remediation:
            lines += [escape(ask.remediation), ""]
        lines += [f"- {code(place)}" for place in ask.places]
        lines += [f"- and {format_count(ask.more, 'more place')}"] if ask.more else []
        lines.append("")
    return [*lines, escape(notes.unlisted_asks), ""] if notes.unlisted_asks else lines


def render(data: ReportData) -> bytes:
    """The notes as UTF-8 Markdown."""
    notes = outline(data, "md")
    lines = [*_top(notes), "## Findings", "", f"{escape(notes.sums)}.", ""]
    for group in notes.groups:
        lines += _group(group)
    lines += [f"**{escape(notes.unlisted)}**", ""] if notes.unlisted else []
    if notes.fixed:
        lines += ["### Fixed since the baseline", "", *(f"- {code(text)}" for text in notes.fixed), ""]
        lines += [escape(notes.unlisted_fixed), ""] if notes.unlisted_fixed else []
    if notes.areas:
        lines += ["## Checklist", ""]
    for area, items in notes.areas:
        lines += [f"### {escape(area)}", ""]
        for item in items:
            lines.append(f"- **{escape(item.id)} {escape(item.title)}: {item.status}**")
            lines += ["  " + _fact(fact) for fact in item.facts]
        lines.append("")
    lines += ["## Battery", "", *map(_fact, notes.battery), ""]
    if notes.changed:
        lines += ["## Changes of files", "", escape(notes.changed), "", *map(_fact, notes.changes), ""]
    if notes.note:
        lines += ["## Notes of the reviewer", "", *_paragraphs(notes.note), ""]
    lines += [*_for_developer(notes), "---", "", escape(notes.footer)]
    return ("\n".join(lines).rstrip("\n") + "\n").encode("utf-8")
