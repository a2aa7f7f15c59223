"""The package against the one approved before: its name, its publisher, its version."""

from __future__ import annotations

from collections.abc import Callable

from checks.downloads.manifests.container import Reading, compare_name, digest, place, words
from checks.runtime.model import Severity
from checks.runtime.package import Package

# The scheme by which versions of a family are ordered; the others by numbers between dots.
_SCHEMES = {
    "npm": "SemverVersion", "vsix": "SemverVersion", "wheel": "PypiVersion", "sdist": "PypiVersion",
    "deb": "DebianVersion", "rpm": "RpmVersion", "nupkg": "NugetVersion", "gem": "RubygemsVersion",
    "jar": "MavenVersion", "composer": "ComposerVersion",
}  # fmt: skip
# Families in which the publisher is an account, not a free text.
_ACCOUNTS = ("vsix",)


def compare(now: Reading, before: Reading) -> None:
    """Findings about what an update must not change, or has to."""
    if now.container.family != before.container.family:
        if now.container.family and before.container.family:
            message = f"The approved version is a {before.container.family}, this is a {now.container.family}"
            now.flag("other-package", message, now.file)
        return
    if now.unique and before.unique and now.unique != before.unique:
        message = f"The package's id is {words(now.unique, 80)}, before it was {words(before.unique, 80)}"
        now.flag("other-package", message, now.file, span=_span(now, now.unique))
    elif now.name and before.name and not compare_name(now.name, before.name):
        message = f"The package is called {words(now.name, 80)}, the approved version {words(before.name, 80)}"
        now.flag("other-package", message, now.file, span=_span(now, now.name))
    if now.publisher and before.publisher and now.publisher.lower() != before.publisher.lower():
        severity = Severity.HIGH if now.container.family in _ACCOUNTS else None
        message = f"The publisher is {words(now.publisher, 80)}, before it was {words(before.publisher, 80)}"
        now.flag("other-publisher", message, now.file, span=_span(now, now.publisher), severity=severity)
    if not now.version or not before.version:
        return
    order = _order(now.container.family)
    if now.version == before.version:
        if _content(now.package) != _content(before.package):
            message = f"Version {words(now.version, 60)} was approved with other content"
            now.flag("version-reused", message, now.file, span=_span(now, now.version))
    elif (result := order(now.version, before.version)) is not None and result:
        message = f"Version {words(now.version, 60)} is older than the approved {words(before.version, 60)}"
        now.flag("version-backwards", message, now.file, span=_span(now, now.version))


def _span(reading: Reading, text: str) -> tuple[int, int] | None:
    return place(reading.file, f'"{text}"', text) if reading.file is not None else None


def _content(package: Package) -> frozenset[tuple[str, str]]:
    return frozenset((file.path, digest(file)) for file in package.files)


def _order(family: str) -> Callable[[str, str], bool | None]:
    """A function that tells whether one version is older than another, None where they cannot be compared."""
    scheme = _SCHEMES.get(family)
    if scheme is None:
        return _by_numbers

    def by_scheme(left: str, right: str) -> bool | None:
        from univers import versions

        kind = getattr(versions, scheme)
        try:
            return bool(kind(left) < kind(right))
        except (ValueError, TypeError, AttributeError):  # what is no version of its family: InvalidVersion is one
            return _by_numbers(left, right)

    return by_scheme


def _by_numbers(left: str, right: str) -> bool | None:
    try:
        pair = [[int(part) for part in text.split(".")] for text in (left[:200], right[:200])]
    except ValueError:
        return None
    return pair[0] < pair[1]
