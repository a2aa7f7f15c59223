"""Guidelines and profiles: read from TOML, checked line by line, rendered for `assay guidelines`.

Errors are one line and name file, place and remedy, because marketplaces write profiles of their own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from app.paths import RESOURCES
from app.toml_table import DataError, Table, read_table
from checks import Severity

GUIDELINES = RESOURCES / "guidelines"
PROFILES = RESOURCES / "profiles"

KINDS = ("download", "web", "image", "chart")
MODES = {"static": "a check", "live": "a live probe", "evidence": "evidence from the developer"}
Requirement = Literal["required", "advisory", "off"]
DECISIONS = ("approve", "reject", "request_changes")
LEVELS: tuple[Requirement, ...] = ("required", "advisory", "off")

STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
h2 { border-bottom: 1px solid; padding-bottom: .25rem; margin-top: 2.5rem }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: .25rem 1rem }
dt { font-weight: 600 } dd { margin: 0 }
"""


class GuidelineError(DataError):
    """A guideline or profile file that cannot be used; one line: file, key, what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a requirement comes from; `url` is empty or https."""

    name: str
    ref: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Guideline:
    """One requirement. `text`, `why` and `remediation` are written for the developer; `area` is the heading."""

    id: str
    title: str
    text: str
    why: str
    remediation: str
    modes: frozenset[str]
    kinds: frozenset[str]
    sources: tuple[Source, ...]
    area: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Which guidelines hold, and how strictly.

    `requirements` maps kind -> guideline id -> level; what it does not name is advisory, so that a new
    guideline is seen before it is demanded. `parameters` maps check -> parameter -> value.
    `required_checks` maps kind -> ids of checks without which a run is incomplete. A finding at or above
    `blocking` keeps its guideline from being met. `second_reviewer` names the decisions that another reviewer has to
    confirm.
    """

    id: str
    title: str
    text: str
    blocking: Severity
    second_reviewer: frozenset[str]
    requirements: Mapping[str, Mapping[str, Requirement]]
    required_checks: Mapping[str, frozenset[str]]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def requirement(self, guideline: str, kind: str) -> Requirement:
        """How strictly the guideline holds for apps of this kind."""
        return self.requirements.get(kind, {}).get(guideline, "advisory")


def _guideline(table: Table, area: str, prefix: str, kinds: tuple[str, ...]) -> Guideline:
    table.only(("id", "title", "text", "why", "remediation", "mode", "kinds", "sources"))
    if not re.fullmatch(rf"{re.escape(prefix)}-\d\d", table.text("id")):
        raise table.error("id", f"has to look like {prefix}-07")
    listed = table.data.get("sources")
    if not isinstance(listed, list) or not listed:
        raise table.error("sources", "is missing; say where the requirement comes from")
    sources = []
    for number, entry in enumerate(listed, 1):
        source = table.inside(f"source {number}", entry)
        source.only(("name", "ref", "url"))
        url = source.text("url", "")
        if url and not re.fullmatch(r"https://[^\s\"'<>]+", url):
            raise source.error("url", "has to be an https address")
        sources.append(Source(source.text("name"), source.text("ref"), url))
    modes, kinds = table.words("mode", MODES), table.words("kinds", KINDS, kinds)
    if not modes or not kinds:
        raise table.error("kinds" if modes else "mode", "is missing; name at least one")
    return Guideline(
        id=table.text("id"),
        title=table.text("title"),
        text=table.text("text"),
        why=table.text("why"),
        remediation=table.text("remediation"),
        modes=frozenset(modes),
        kinds=frozenset(kinds),
        sources=tuple(sources),
        area=area,
    )


def load_guidelines(folder: Path | None = None) -> dict[str, Guideline]:
    """All guidelines by id, area by area, each area in the order of its file; raises GuidelineError."""
    folder = folder or GUIDELINES
    found: dict[str, Guideline] = {}
    for path in sorted(folder.glob("*.toml")):
        table = read_table(path, "assay-guidelines/1", GuidelineError)
        table.only(("schema", "area", "prefix", "kinds", "guideline"))
        area, prefix, kinds = table.text("area"), table.text("prefix"), table.words("kinds", KINDS)
        entries = table.data.get("guideline")
        if not isinstance(entries, list):
            raise table.error("guideline", "is missing; add at least one [[guideline]]")
        for number, entry in enumerate(entries, 1):
            named = entry.get("id") if isinstance(entry, dict) else None
            guideline = _guideline(table.inside(f"guideline {named or number}", entry), area, prefix, kinds)
            if guideline.id in found:
                raise table.error("id", f"{guideline.id} is there twice; give one of them a new number")
            found[guideline.id] = guideline
    if not found:
        raise GuidelineError(f"{folder}: no guidelines here; put *.toml files into it, or repair the installation")
    # what is special to one kind first, in the order of KINDS; what every kind shares last
    ordered = sorted(found.values(), key=lambda g: (len(g.kinds), min(KINDS.index(kind) for kind in g.kinds)))
    return {guideline.id: guideline for guideline in ordered}


def load_profile(name_or_path: str | Path, folder: Path | None = None) -> Profile:
    """A shipped profile by its name, or a profile of one's own by the path of its TOML file.

    Raises GuidelineError. Whether the guidelines it names exist is asked by `check_profile`.
    """
    folder, text = folder or PROFILES, str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        path = Path(name_or_path)
    else:
        path = folder / f"{text}.toml"
        known = sorted(p.stem for p in folder.glob("*.toml"))
        if text not in known:
            raise GuidelineError(f"no profile {text!r}: use one of {', '.join(known)}, or the path of a .toml file")
    table = read_table(path, "assay-profile/1", GuidelineError)
    table.only(
        ("schema", "id", "title", "text", "blocking_severity", "second_reviewer", "guidelines", "checks", "parameters")
    )
    try:
        blocking = Severity.parse(table.text("blocking_severity"))
    except ValueError as error:
        raise table.error("blocking_severity", str(error)) from error
    requirements: dict[str, Mapping[str, Requirement]] = {}
    levels, required = table.table("guidelines"), table.table("checks")
    levels.only(KINDS)
    required.only(KINDS)
    for kind in KINDS:
        section, chosen = levels.table(kind), dict[str, Requirement]()
        section.only(LEVELS)
        for level in LEVELS:
            for guideline in section.words(level):
                if guideline in chosen:
                    raise section.error(level, f"{guideline} is also {chosen[guideline]}; keep one of the two")
                chosen[guideline] = level
        requirements[kind] = MappingProxyType(chosen)
    overrides = table.table("parameters")
    return Profile(
        id=table.text("id"),
        title=table.text("title"),
        text=table.text("text"),
        blocking=blocking,
        second_reviewer=frozenset(table.words("second_reviewer", DECISIONS)),
        requirements=MappingProxyType(requirements),
        required_checks=MappingProxyType({kind: frozenset(required.words(kind)) for kind in KINDS}),
        parameters=MappingProxyType({c: MappingProxyType(overrides.table(c).data) for c in overrides.data}),
    )


def check_profile(profile: Profile, guidelines: Mapping[str, Guideline]) -> None:
    """Refuse a profile that names guidelines which do not exist, or not for that kind: raises GuidelineError."""
    for kind, chosen in profile.requirements.items():
        for guideline in chosen:
            if guideline not in guidelines or kind not in guidelines[guideline].kinds:
                near = ", ".join(g.id for g in guidelines.values() if kind in g.kinds)
                raise GuidelineError(
                    f"profile {profile.id}: [guidelines.{kind}] names {guideline}, which is no guideline for {kind}; "
                    f"use {near}"
                )


def select_guidelines(
    profile: Profile, kind: str, guidelines: Mapping[str, Guideline]
) -> list[tuple[Guideline, Requirement]]:
    """The guidelines that the profile asks of this kind, with how strictly, in their usual order."""
    chosen = [(g, profile.requirement(g.id, kind)) for g in guidelines.values() if kind in g.kinds]
    return [(g, level) for g, level in chosen if level != "off"]


def _escape_md(text: str) -> str:
    """Own guidelines are data too: nothing in them becomes markup, an image or a link."""
    return re.sub(r"([\\`*_{}\[\]<>#|~!&])", r"\\\1", text)


def _facts(guideline: Guideline, level: Requirement, profile: Profile) -> list[tuple[str, str]]:
    """The labelled lines under a guideline, as plain text."""
    shown_by = ", or ".join(label for mode, label in MODES.items() if mode in guideline.modes)
    stops = f"{level}; a finding of severity {profile.blocking.label} or worse stands against it"
    return [
        ("Asked for", guideline.text),
        ("Why", guideline.why),
        ("How to mend it", guideline.remediation),
        ("Held as", stops),
        ("Shown by", shown_by),
    ]


def _render_md(profile: Profile, areas: Mapping[str, list[tuple[Guideline, Requirement]]]) -> str:
    lines = [f"# Security guidelines: {_escape_md(profile.title)}", "", _escape_md(profile.text)]
    for area, chosen in areas.items():
        lines += ["", f"## {_escape_md(area)}"]
        for guideline, level in chosen:
            lines += ["", f"### {guideline.id} {_escape_md(guideline.title)}", ""]
            lines += [f"- **{label}**: {_escape_md(text)}" for label, text in _facts(guideline, level, profile)]
            cited = (
                f"{_escape_md(s.name)}, {_escape_md(s.ref)}" + (f" (<{s.url}>)" if s.url else "")
                for s in guideline.sources
            )
            lines.append(f"- **Sources**: {'; '.join(cited)}")
    return "\n".join(lines) + "\n"


def _render_html(profile: Profile, areas: Mapping[str, list[tuple[Guideline, Requirement]]]) -> str:
    e = html.escape
    title = e(f"Security guidelines: {profile.title}")
    lines = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{e(profile.text)}</p>",
    ]
    for area, chosen in areas.items():
        lines.append(f"<h2>{e(area)}</h2>")
        for guideline, level in chosen:
            lines.append(f'<section id="{e(guideline.id)}">\n<h3>{e(guideline.id)} {e(guideline.title)}</h3>\n<dl>')
            lines += [f"<dt>{e(label)}</dt><dd>{e(text)}</dd>" for label, text in _facts(guideline, level, profile)]
            cited = (
                f'<a href="{e(s.url)}">{e(s.name)}, {e(s.ref)}</a>' if s.url else f"{e(s.name)}, {e(s.ref)}"
                for s in guideline.sources
            )
            lines.append(f"<dt>Sources</dt><dd>{'; '.join(cited)}</dd>\n</dl>\n</section>")
    return "\n".join([*lines, "</body>\n</html>"]) + "\n"


def render_guidelines(
    profile: Profile,
    kind: str | None = None,
    format: Literal["md", "html"] = "md",
    guidelines: Mapping[str, Guideline] | None = None,
) -> str:
    """What the profile asks, as a page for developers: for one kind, or all of them (each guideline once).

    `guidelines` default to the shipped ones. Everything is escaped. Raises ValueError for an unknown kind or format.
    """
    if format not in ("md", "html") or kind not in (None, *KINDS):
        raise ValueError(f"cannot render kind {kind!r} as {format!r}: use one of {', '.join(KINDS)}, and md or html")
    every = load_guidelines() if guidelines is None else guidelines
    strictest: dict[str, Requirement] = {}
    for one in KINDS if kind is None else (kind,):
        for guideline, level in select_guidelines(profile, one, every):
            strictest[guideline.id] = "required" if "required" in (level, strictest.get(guideline.id)) else level
    areas: dict[str, list[tuple[Guideline, Requirement]]] = {}
    for guideline in every.values():
        if guideline.id in strictest:
            areas.setdefault(guideline.area, []).append((guideline, strictest[guideline.id]))
    return (_render_md if format == "md" else _render_html)(profile, areas)
