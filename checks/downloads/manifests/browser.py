"""Browser extensions: manifest.json against the files that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from checks.downloads.manifests.container import Reading, compare_version, inside, person, place, rules, strings, words
from checks.downloads.manifests.text import read_manifest
from checks.runtime.model import Severity
from checks.runtime.package import File

MOST_ENTRIES = 500
_MESSAGE = re.compile(r"__MSG_([\w@]+)__", re.IGNORECASE)
# The keys of the browsers other than Chrome, newest spelling first.
_SPECIFIC = ("browser_specific_settings", "applications")


def read(reading: Reading) -> None:
    """Facts of the extension; then what manifest.json names and the package does not hold."""
    file = reading.container.get("manifest.json")
    if file is None:
        reading.flag("absent", "There is no manifest.json at the top: no browser can load the extension")
        return
    reading.file = file
    reading.format = _format(reading)
    grave = dict.fromkeys(rules()["browser"]["grave"], Severity.HIGH)
    manifest = read_manifest(reading, file, grave, comments=True)
    if not manifest:
        return
    gecko = _gecko(manifest)
    publisher = person(manifest.get("author")) or person(manifest.get("developer")) or gecko.get("id", "")
    reading.identify(_message(reading, manifest, manifest.get("name")), manifest.get("version"), publisher)
    reading.unique = words(gecko.get("id"), 200)
    reading.tell("package", "description", _message(reading, manifest, manifest.get("description")))
    reading.tell("package", "homepage", manifest.get("homepage_url"))
    reading.tell("package", "extension id", gecko.get("id"))
    reading.tell("package", "manifest version", manifest.get("manifest_version"))
    if manifest.get("minimum_chrome_version"):
        reading.tell("package", "minimum platform", f"Chrome {words(manifest['minimum_chrome_version'], 40)}")
    if gecko.get("strict_min_version"):
        reading.tell("package", "minimum platform", f"Firefox {words(gecko['strict_min_version'], 40)}")
    for kind, path in entries(manifest):
        reading.tell("entry", kind, path)
    _tell_scripts(reading, manifest)
    if reading.verify:
        _check_files(reading, manifest, file)
        _check_form(reading, manifest, gecko, file)


def _format(reading: Reading) -> str:
    artifact = reading.package.artifact
    if artifact is not None and artifact.head(4) == b"Cr24":
        return "Chrome extension (crx)"
    return "Firefox extension (xpi)" if artifact is not None and artifact.suffix == ".xpi" else "browser extension"


def _gecko(manifest: dict[str, Any]) -> dict[str, Any]:
    for key in _SPECIFIC:
        settings = manifest.get(key)
        gecko = settings.get("gecko") if isinstance(settings, dict) else None
        if isinstance(gecko, dict):
            return gecko
    return {}


def _message(reading: Reading, manifest: dict[str, Any], value: object) -> object:
    """`__MSG_name__` stands for a text in the catalogue of the default language."""
    match = _MESSAGE.fullmatch(value.strip()) if isinstance(value, str) else None
    locale = manifest.get("default_locale")
    if match is None or not isinstance(locale, str):
        return value
    catalogue = reading.container.get(f"_locales/{inside(locale)}/messages.json")
    if catalogue is None:
        return value
    messages = read_manifest(reading, catalogue, {}, comments=True)
    for name, entry in messages.items():
        if name.lower() == match[1].lower() and isinstance(entry, dict):
            return entry.get("message", value)
    return value


def entries(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(what it is, path) of everything that the browser loads by itself or at a click; bounded."""
    background = manifest.get("background")
    if isinstance(background, dict):
        for path in strings(background.get("scripts")):
            yield "background script", path
        for key in ("service_worker", "page"):
            if isinstance(background.get(key), str):
                yield f"background {key.replace('_', ' ')}", background[key]
    for key in ("action", "browser_action", "page_action", "sidebar_action", "options_ui", "side_panel"):
        value = manifest.get(key)
        for inner in ("default_popup", "page", "default_panel", "default_path"):
            if isinstance(value, dict) and isinstance(value.get(inner), str) and value[inner]:
                yield key.replace("_", " "), value[inner]
    for key in ("options_page", "devtools_page"):
        if isinstance(manifest.get(key), str) and manifest[key]:
            yield key.replace("_", " "), manifest[key]
    pages = manifest.get("chrome_url_overrides")
    for key, path in list(pages.items())[:10] if isinstance(pages, dict) else ():
        if isinstance(path, str):
            yield f"replaces the browser's {words(key, 40)} page", path
    for script in scripts(manifest):
        for path in strings(script.get("js")) + strings(script.get("css")):
            yield "content script", path


def scripts(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of content_scripts, bounded."""
    value = manifest.get("content_scripts")
    return [s for s in value[:MOST_ENTRIES] if isinstance(s, dict)] if isinstance(value, list) else []


def _tell_scripts(reading: Reading, manifest: dict[str, Any]) -> None:
    for script in scripts(manifest):
        where = strings(script.get("matches"))[:20]
        reading.tell("entry", "content script runs on", ", ".join(where))


def _check_files(reading: Reading, manifest: dict[str, Any], file: File) -> None:
    if not reading.complete:
        return
    for kind, path in list(entries(manifest))[:MOST_ENTRIES]:
        plain = path.partition("#")[0].partition("?")[0]
        if "://" in plain or not plain:
            continue
        if not reading.exists(plain) and not _generated(plain):
            severity = Severity.LOW if plain.endswith(".css") else Severity.MEDIUM
            message = f"The {kind} {words(path, 100)} is not in the package"
            reading.flag("missing-entry", message, file, span=place(file, f'"{path}"'), severity=severity)
    icons = manifest.get("icons")
    for path in list(icons.values())[:20] if isinstance(icons, dict) else ():
        if isinstance(path, str) and path and "://" not in path and not reading.exists(path):
            message = f"The icon {words(path, 100)} is not in the package"
            reading.flag("missing-file", message, file, span=place(file, f'"{path}"'))
    locale = manifest.get("default_locale")
    if isinstance(locale, str) and not reading.exists(f"_locales/{locale}/messages.json"):
        message = f"The texts of the default language {words(locale, 20)} are not in the package"
        reading.flag("missing-file", message, file, span=place(file, '"default_locale"'))


def _generated(path: str) -> bool:
    """Chrome makes this page itself from background.scripts."""
    return path.endswith("_generated_background_page.html")


def _check_form(reading: Reading, manifest: dict[str, Any], gecko: dict[str, Any], file: File) -> None:
    version = manifest.get("manifest_version")
    if version not in (2, 3) or isinstance(version, bool):
        message = f"manifest_version is {words(version, 20) or 'no number'}; browsers know 2 and 3"
        reading.flag("unknown-version", message, file, span=place(file, '"manifest_version"'))
    for source in (manifest.get("update_url"), gecko.get("update_url")):
        if isinstance(source, str) and _host(source) not in rules()["browser"]["stores"]:
            message = f"The extension updates itself from {words(_host(source) or source, 100)}, past the marketplace"
            reading.flag("self-update", message, file, span=place(file, source, '"update_url"'))
    other = reading.container.get("package.json")
    if other is not None and reading.version:
        theirs = read_manifest(reading, other, {}).get("version")
        if isinstance(theirs, str) and theirs != "0.0.0" and not compare_version(theirs, reading.version):
            message = f"package.json says version {words(theirs, 40)}, manifest.json {reading.version}"
            reading.flag("manifests-disagree", message, other, severity=Severity.LOW)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # not even an address
        return ""
