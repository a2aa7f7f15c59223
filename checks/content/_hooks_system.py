"""Hooks of system packages: deb, rpm, conda, gem, nupkg and the like."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from checks.content._hooks import Hook, assess_file, graded
from checks.content._threats import Verdict, assess
from checks.downloads._family import Container
from checks.runtime.model import Severity
from checks.runtime.package import File, Package

_DEB = re.compile(r"control\.tar[^/]*!/(?:[^/]+!/)?(?:\./)?(preinst|postinst|prerm|postrm|config)$")
_CONDA = re.compile(r"(?:^|/)\.[\w.-]+-(pre-link|post-link|pre-unlink)\.(?:sh|bat)$")
_ACTIVATE = re.compile(r"(?:^|/)etc/conda/(?:de)?activate\.d/[^/]+\.(?:sh|bat|ps1|fish)$")
_GEM = re.compile(r"(?:^|/)(?:extconf\.rb|mkrf_conf\.rb|ext/[^/]+/Rakefile)$")
_NUGET = re.compile(
    r"(?:^|/)tools/(?:[^/]+/)?(?:install|init|uninstall|chocolateyInstall|chocolateyBeforeModify|chocolateyUninstall)\.ps1$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"(?:^|/)(?:\.INSTALL|\.(?:pre|post)-(?:install|upgrade|deinstall)|Scripts/(?:pre|post)install|build\.rs)$"
)
# (pattern, rule, what the message says, the least severity)
_SCRIPTS = (
    (_DEB, "maintainer_script", "A maintainer script runs as root on installation", Severity.INFO),
    (_CONDA, "conda_link_script", "A script runs when the package is linked into an environment", Severity.LOW),
    (_ACTIVATE, "conda_activate_script", "A script runs whenever the environment is activated", Severity.LOW),
    (_GEM, "gem_extension", "Ruby code runs on installation to build an extension", Severity.INFO),
    (_NUGET, "nuget_script", "A PowerShell script runs on installation", Severity.LOW),
    (_OTHER, "install_script", "A script runs when the package is built or installed", Severity.LOW),
)
RPM_SCRIPTS = {
    1023: "preinstall",
    1024: "postinstall",
    1025: "preremove",
    1026: "postremove",
    1065: "trigger",
    1079: "verify",
    1151: "pretransaction",
    1152: "posttransaction",
}
MAX_HEADER = 16 << 20
MOST_TAGS = 4096
_HEADER = b"\x8e\xad\xe8\x01"


def system_hooks(container: Container) -> Iterator[Hook]:
    """Scripts by the places where package managers look for them, and those in the header of an rpm."""
    for file in container.files:
        for pattern, rule, message, least in _SCRIPTS:
            if pattern.search(file.path):
                yield graded(rule, file, assess_file(file), least, message, in_place=True)
                break
        if file.suffix in (".rpm", "") and file.head(4) == b"\xed\xab\xee\xdb":
            yield from _rpm(file)


def header_hooks(package: Package) -> Iterator[Hook]:
    """The scripts of an rpm that is the artifact itself: its header is none of the files that were unpacked."""
    whole = package.artifact
    if whole is not None and whole.number >= len(package.entries) and whole.head(4) == b"\xed\xab\xee\xdb":
        yield from _rpm(whole)


def _rpm(file: File) -> Iterator[Hook]:
    try:
        scripts = list(rpm_scripts(file.head(MAX_HEADER)))
    except ValueError as error:
        yield Hook("unreadable_manifest", file, Severity.MEDIUM, f"The header of the rpm cannot be read: {error}")
        return
    for name, start, end in scripts:
        verdict = assess(file.head(MAX_HEADER)[start:end])
        shifted = verdict.span and (verdict.span[0] + start, verdict.span[1] + start)
        message = f"The {name} script runs as root on installation"
        moved = Verdict(verdict.severity, verdict.words, shifted or (start, end))
        yield graded("maintainer_script", file, moved, Severity.INFO, message, in_place=True)


def rpm_scripts(data: bytes) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of every script in an rpm's header; ValueError where the header is damaged.

    Layout: a lead of 96 bytes, the signature header padded to 8, the main header; a header is magic, counts of
    index entries and bytes, 16 bytes an entry (tag, type, offset, count), then the store.
    """
    _, end = _index(data, 96)
    entries, _ = _index(data, end + -end % 8)
    base = end + -end % 8 + 16 + 16 * len(entries)
    for tag, kind, offset, _count in entries:
        if tag in RPM_SCRIPTS and kind in (6, 8, 9):
            start = base + offset
            stop = data.find(b"\0", start)
            if start >= len(data) or stop < 0:
                raise ValueError("a script lies outside of it")
            if stop > start:
                yield RPM_SCRIPTS[tag], start, stop


def _index(data: bytes, at: int) -> tuple[list[tuple[int, int, int, int]], int]:
    if data[at : at + 4] != _HEADER:
        raise ValueError("no header where one must be")
    if len(data) < at + 16:
        raise ValueError("it is cut short")
    count, size = struct.unpack_from(">II", data, at + 8)
    end = at + 16 + 16 * count + size
    if count > MOST_TAGS or end > len(data):
        raise ValueError("it is larger than what is there")
    return [struct.unpack_from(">IIII", data, at + 16 + 16 * n) for n in range(count)], end
