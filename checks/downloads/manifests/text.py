"""Readers for the notations of manifests: JSON with its doubles, mail headers, XML. Each is bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.downloads._family import MAX_MANIFEST, BadManifest
from checks.downloads.manifests.container import Reading, place, words
from checks.runtime.model import Severity
from checks.runtime.package import File

MAX_HEADER_LINES = 20_000
MAX_XML = 4 << 20
# Above this many, more doubles tell nothing new.
MOST_DOUBLES = 20
# A value that goes on over many lines is cut here.
MAX_HEADER = 16 << 10
_COMMENT_OR_TEXT = re.compile(r'"|//|/\*')
_TEXT_END = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


@dataclass
class Json:
    """A parsed JSON object with the keys that stand twice in one object with different values."""

    value: dict[str, Any]
    doubles: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    comments: bool = False


def parse_json(file: File, *, comments: bool = False) -> Json:
    """Parse the object in a JSON file; `comments` allows those of C, as browsers do. Raises BadManifest."""
    if file.size > MAX_MANIFEST:
        raise BadManifest(f"it is larger than {MAX_MANIFEST >> 10} KiB")
    doubles: list[tuple[dict[str, Any], str]] = []

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs) and len(doubles) < MOST_DOUBLES:
            seen: dict[str, Any] = {}
            for key, item in pairs:
                if key in seen and seen[key] != item:
                    doubles.append((value, key))
                seen[key] = item
        return value

    try:
        text = file.data.decode("utf-8-sig")
        stripped = False
        try:
            value = json.loads(text, object_pairs_hook=build)
        except ValueError:
            if not comments:
                raise
            doubles.clear()
            value = json.loads(strip_comments(text), object_pairs_hook=build)
            stripped = True
    except RecursionError:
        raise BadManifest("it is nested too deeply") from None
    except ValueError as error:
        raise BadManifest(f"it is no JSON ({str(error)[:80]})") from None
    if not isinstance(value, dict):
        raise BadManifest("it is no JSON object")
    return Json(value, doubles, stripped)


def strip_comments(text: str) -> str:
    """JSON without the comments of C; what is not closed is left as it is. One pass, whatever the text."""
    kept: list[str] = []
    at = 0
    while (match := _COMMENT_OR_TEXT.search(text, at)) is not None:
        kept.append(text[at : match.start()])
        at = match.start()
        if match[0] == '"':
            closed = _TEXT_END.match(text, match.end())
            end = closed.end() if closed is not None else -1
            kept.append(text[at:end] if closed is not None else "")
        elif match[0] == "//":
            newline = text.find("\n", at)
            end = newline if newline >= 0 else len(text)
        else:
            end = text.find("*/", at) + 2 if text.find("*/", at) >= 0 else -1
        if end < 0:
            break
        at = end
    return "".join(kept) + text[at:]


def read_manifest(
    reading: Reading, file: File, grave: Mapping[str, Severity], *, comments: bool = False
) -> dict[str, Any]:
    """The object of a JSON manifest, empty where it cannot be read; both that and doubles become findings.

    `grave` names the keys, of the top (`name`) or one below (`scripts.install`), for which a double is no slip.
    """
    try:
        parsed = parse_json(file, comments=comments)
    except BadManifest as error:
        reading.flag("unreadable", f"{file.name} cannot be read: {error}", file)
        return {}
    top = parsed.value
    for owner, key in parsed.doubles:
        below = next((f"{name}.{key}" for name, value in top.items() if value is owner), "")
        path = key if owner is top else below
        severity = grave.get(path, Severity.LOW)
        message = f"{file.name} says {words(path or key, 60)} twice, with different values: readers disagree"
        reading.flag("duplicate-key", message, file, span=place(file, f'"{key}"'), severity=severity)
    return top


def mail_headers(data: bytes) -> dict[str, list[str]]:
    """The headers of METADATA, PKG-INFO, control and MANIFEST.MF: name in lower case -> values in order.

    Ends at the first empty line; a line that begins with a blank goes on with the one before.
    """
    headers: dict[str, list[str]] = {}
    last: list[str] | None = None
    text = data[:MAX_MANIFEST].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    for number, line in enumerate(text.split("\n")):
        if not line.strip() or number > MAX_HEADER_LINES:
            break
        if line[0] in " \t":
            if last is not None and len(last[-1]) < MAX_HEADER:
                last[-1] += "\n" + line.strip()
            continue
        name, colon, value = line.partition(":")
        last = None
        if colon:
            last = headers.setdefault(name.strip().lower(), [])
            last.append(value.strip())
    return headers


def first(headers: Mapping[str, list[str]], name: str) -> str:
    """The first value of a header, empty where there is none."""
    values = headers.get(name)
    return values[0] if values else ""


def single(reading: Reading, file: File, headers: Mapping[str, list[str]], *names: str) -> None:
    """Names that may stand once only: two different values leave open which one a tool believes."""
    for name in names:
        values = headers.get(name, [])
        if len(set(values)) > 1:
            message = f"{file.name} says {name} twice: {words(values[0], 60)} and {words(values[-1], 60)}"
            reading.flag("duplicate-key", message, file, severity=Severity.MEDIUM)


def parse_xml(file: File, limit: int = MAX_XML) -> Any:
    """The root element of an XML file; no entities, no outside. Raises BadManifest."""
    from defusedxml.ElementTree import ParseError, fromstring

    if file.size > limit:
        raise BadManifest(f"it is larger than {limit >> 10} KiB")
    try:
        return fromstring(file.data, forbid_dtd=False)
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise BadManifest(f"it is no safe XML ({type(error).__name__}: {str(error)[:60]})") from None


def local(tag: object) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """The value of an attribute by its local name, whatever its namespace."""
    return next((str(value) for key, value in element.attrib.items() if local(key) == name), "")


def child_texts(element: Any, limit: int = 2000) -> dict[str, str]:
    """Local name -> text of the direct children; the first of a name counts."""
    texts: dict[str, str] = {}
    for number, child in enumerate(element):
        if number >= limit:
            break
        texts.setdefault(local(child.tag), (child.text or "").strip())
    return texts
