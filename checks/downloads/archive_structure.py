"""Archive structure: archives that unpack to something else than they seem.

Unpacking reports whatever it refused, left out or read in two ways; here each becomes a finding with the
entry's name, graded by `rules/archive_structure.toml`. Content that nobody looked at is said to be so.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from checks import Confidence, File, Finding, Package, Severity, Unchecked, check, resource_path

_SHOWN = 160
_BLANK = 1 << 20  # bytes; a larger file is not looked through for a byte that is not zero
_UNKNOWN: dict[str, Any] = {"severity": "medium"}


@cache
def _rules(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _show(path: str) -> str:
    """A hostile name in plain printable characters, its middle left out where it is long."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in path)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]} … {text[-_SHOWN // 2 :]}"


def _has_content(file: File) -> bool:
    """Whether there is something to review; an archive without members stands for itself as a file.

    One of nothing but zeros is what an empty folder becomes as a tar.
    """
    if file.size == 0 or (file.entry.source == "artifact" and file.type.is_archive):
        return False
    return file.size > _BLANK or file.data.count(0) < file.size


def _claims(package: Package, table: dict[str, Any]) -> Iterator[Finding]:
    """A submission that is called an archive and is none: all that was looked at is one file of noise."""
    for file in package.files[:1]:
        is_alone = file.entry.source == "artifact" and file.size == file.entry.size and len(package.entries) == 1
        if is_alone and file.size and file.suffix in table["suffixes"] and not file.type.is_archive:
            rule = table["rules"]["no_archive"]
            yield file.finding(
                "no_archive",
                f"It is called an archive ({file.suffix}), and its content is none: nothing in it can be reviewed",
                severity=Severity.parse(rule["severity"]),
                confidence=Confidence.HIGH,
                matched=file.suffix,
                remediation=rule["remediation"],
            )


@check(guidelines=("DL-05",), severity=Severity.MEDIUM, rules=("archive_structure.toml",))
def archive_structure(package: Package) -> Iterator[Finding | Unchecked]:
    """Traversal, links, bombs, disagreeing readers: what unpacking met, as findings."""
    table = _rules(resource_path("rules/archive_structure.toml"))
    most = table["most"]
    numbers: dict[str, int] = {}
    for entry in package.entries:
        numbers.setdefault(entry.path, entry.n)
    if not package.left_out and not any(_has_content(file) for file in package.files):
        rule = table["rules"]["empty"]
        yield package.finding(
            "empty",
            "There is nothing in the package: no file has any content",
            severity=Severity.parse(rule["severity"]),
            confidence=Confidence.HIGH,
            remediation=rule["remediation"],
        )
    yield from _claims(package, table)
    counts: Counter[str] = Counter()
    for item in package.left_out:
        counts[item.rule] += 1
        if counts[item.rule] > most:
            continue
        rule = table["rules"].get(item.rule, _UNKNOWN)
        number = numbers.get(item.path, item.parent if item.parent >= 0 else None)
        name = _show(item.path)
        yield Finding(
            rule=item.rule,
            message=f"{name}: {item.detail}" if name else f"{item.detail[:1].upper()}{item.detail[1:]}",
            file=number,
            severity=Severity.parse(rule["severity"]),
            confidence=Confidence.HIGH,
            matched=name,
            remediation=rule.get("remediation", ""),
            references=tuple(rule.get("references", ())),
        )
        if rule.get("unchecked"):
            yield Unchecked(f"{name or 'part of the package'} was not looked at completely ({item.rule})", number)
    for name, count in counts.items():
        if count > most:
            rule = table["rules"].get(name, _UNKNOWN)
            yield package.finding(
                name,
                f"{count - most} more findings of the kind '{name}' are not listed one by one",
                severity=Severity.parse(rule["severity"]),
                matched="more",
                remediation=rule.get("remediation", ""),
            )
