"""Manifest: what the package says of itself, and where that is not true.

Marketplaces, installers and scanners all go by manifests. One that names another file, another hash or another
version than what is there is either broken or meant to show each of them something else.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator

from checks import Fact, Finding, Package, Severity, Unchecked, check
from checks.downloads._family import Container, containers
from checks.downloads.manifests.container import Reading, digest, words

# The module that reads a family's manifest; only that one is loaded.
READERS = {
    "apk": "android", "browser-extension": "browser", "composer": "composer", "conda": "conda", "deb": "debian",
    "elf-executable": "programs", "gem": "gem", "jar": "java", "npm": "npm", "nupkg": "nuget",
    "office-document": "documents", "pdf-document": "documents", "rpm": "rpm", "sdist": "sdist", "vsix": "vscode",
    "wheel": "wheel", "windows-executable": "programs", "windows-installer": "documents",
}  # fmt: skip
MOST_NESTED = 50

log = logging.getLogger(__name__)


@check(
    kinds={"download", "web"},
    guidelines={"DL-16"},
    severity=Severity.MEDIUM,
    rules=("manifest.toml",),
    uses=("defusedxml", "lief", "olefile", "pikepdf", "univers"),
)
def manifest(package: Package) -> Iterator[Fact | Finding | Unchecked]:
    """Facts about the outermost package, findings where its manifest lies, and a comparison with the baseline."""
    everything = containers(package)
    if not everything:
        return
    reading = _read(package, everything[0], verify=True)
    if package.baseline is not None:
        before = containers(package.baseline)
        if before:
            from checks.downloads.manifests.baseline import compare

            compare(reading, _read(package.baseline, before[0], verify=False))
    yield Fact("package", "family", reading.container.family or "plain archive or file")
    if reading.format:
        yield Fact("package", "format", reading.format)
    _check_twins(reading)
    yield from reading.results
    yield from reading.surplus()
    yield from _nested(package, everything[1:])


def _read(package: Package, container: Container, *, verify: bool) -> Reading:
    reading = Reading(package, container, verify)
    reader = READERS.get(container.family)
    if reader is None:
        return reading
    try:
        importlib.import_module(f"checks.downloads.manifests.{reader}").read(reading)
    except Exception as error:  # hostile bytes: what was learned before is kept, and what was not is said
        log.exception("%s of %s", container.family, container.prefix or package.name)
        said = f"the manifest of the {container.family} was not read to its end ({type(error).__name__})"
        reading.results.append(package.unchecked(said))
    return reading


def _check_twins(reading: Reading) -> None:
    """An archive may hold one name twice: scanners read the first, installers the last, or the other way round."""
    file = reading.file
    if file is None:
        return
    for other in reading.container.files:
        if other.number != file.number and other.path == file.path and digest(other) != digest(file):
            message = f"The package holds {words(file.name, 80)} twice, with different content"
            reading.flag("two-manifests", message, other)


def _nested(package: Package, inner: list[Container]) -> Iterator[Fact]:
    """Packages inside the package: which, and where; their own lies are those of whoever built them."""
    told = 0
    for container in inner:
        if not container.family or told >= MOST_NESTED:
            continue
        told += 1
        reading = _read(package, container, verify=False)
        what = " ".join(filter(None, (container.family, reading.name, reading.version)))
        yield Fact("package", "contains", f"{words(what, 300)} in {words(container.prefix.rstrip('!/'), 600)}")
