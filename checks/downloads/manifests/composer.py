"""Composer packages: what composer.json says, and which scripts it runs."""

from __future__ import annotations

from checks.downloads.manifests.container import Reading, person, rules, strings, words
from checks.downloads.manifests.text import read_manifest
from checks.runtime.model import Severity


def read(reading: Reading) -> None:
    """Facts of the package."""
    file = reading.container.get("composer.json")
    if file is None:
        return
    reading.file = file
    manifest = read_manifest(reading, file, {"name": Severity.MEDIUM, "scripts": Severity.MEDIUM})
    reading.identify(manifest.get("name"), manifest.get("version"), person(manifest.get("authors")))
    reading.tell("package", "description", manifest.get("description"))
    reading.tell("package", "licence", ", ".join(strings(manifest.get("license"))))
    reading.tell("package", "homepage", manifest.get("homepage"))
    reading.tell("package", "type", manifest.get("type"))
    required = manifest.get("require")
    if isinstance(required, dict) and isinstance(required.get("php"), str):
        reading.tell("package", "minimum platform", f"PHP {required['php']}")
    for program in strings(manifest.get("bin")):
        reading.tell("entry", "command", program)
    autoload = manifest.get("autoload")
    for path in strings(autoload.get("files")) if isinstance(autoload, dict) else ():
        reading.tell("entry", "loaded with every request", path)
        if reading.verify and reading.complete and not reading.exists(path):
            reading.flag("missing-entry", f"autoload names {words(path, 80)}, which is not in the package", file)
    if manifest.get("type") == "composer-plugin":
        extra = manifest.get("extra")
        reading.tell("hook", "composer plug-in", extra.get("class") if isinstance(extra, dict) else "runs in Composer")
    scripts = manifest.get("scripts")
    for name in rules()["composer"]["hooks"]:
        if isinstance(scripts, dict):
            reading.tell("hook", name, "; ".join(strings(scripts.get(name))))
