"""Everything signed in a package, the artifact itself included: what to look at, and with which scheme."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from checks import File, Package
from checks.downloads._family import Container, containers
from checks.downloads.signing.model import Problem, Seal, State

log = logging.getLogger(__name__)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LIBRARIES = frozenset({".dll", ".pyd", ".ocx", ".cpl", ".node", ".sys", ".mui", ".winmd", ".tlb"})
_INSTALLERS = frozenset({".msi", ".msp", ".mst", ".msm"})
_CRX, _RPM = b"Cr24", b"\xed\xab\xee\xdb"
_ENDS = (".SF", ".RSA", ".DSA", ".EC")
_TOO_MUCH = "its signature was not looked at: there are too many signed files, or they are too large"
_PLAIN = frozenset({"wheel", "npm", "vsix", "nupkg", "deb", "rpm", "jar", "apk", "browser-extension", "gem"})


@dataclass(slots=True)
class Subject:
    """One thing that is or could be signed.

    `path` names it in every version of the package, empty for the artifact itself; `family` is a word of
    rules/signature.toml. Without seals it is unsigned; `note` completes that.
    """

    path: str
    family: str
    file: File | None
    seals: list[Seal] = field(default_factory=list)
    note: str = ""
    unchecked: str = ""

    @property
    def is_artifact(self) -> bool:
        """Whether it is the submission itself and not a part of it."""
        return not self.path


@dataclass(slots=True)
class Budget:
    """What may still be looked at: subjects, and bytes to hash."""

    subjects: int
    bytes: int
    spent: bool = False

    def take(self, size: int) -> bool:
        """Whether there is room for one more of this size; the shortage is remembered."""
        if self.subjects < 1 or self.bytes < size:
            self.spent = True
            return False
        self.subjects -= 1
        self.bytes -= size
        return True


def survey(package: Package, stores: Sequence[tuple[str, str]], budget: Budget) -> Iterator[Subject]:
    """All subjects of a package, the artifact first; those that are unsigned and need no signature left out."""
    damaged = {item.parent for item in package.left_out}
    artifact, top = package.artifact, _top_of(package)
    for container in containers(package):
        parent = container.files[0].entry.parent
        carrier = package.entries[parent] if parent >= 0 else None
        whole = package.file(carrier) if carrier is not None else artifact
        try:
            subject = _look_inside(package, container, whole, stores, budget, complete=parent not in damaged)
        except Exception as error:  # whatever one file does to a parser, the others are looked at
            subject = _give_up(container.family or "archive", whole, error)
        if subject is not None:
            subject.path = container.prefix[:-2].removeprefix(top) if parent >= 0 else ""
            yield subject
    for file in package.files:
        try:
            found = _look_at(file, budget)
        except Exception as error:  # as above
            found = _give_up("Windows program", file, error)
        if found is not None:
            alone = artifact is not None and file.number == artifact.number
            found.path = "" if alone else file.path.removeprefix(top)
            yield found


def _give_up(family: str, file: File | None, error: Exception) -> Subject:
    log.warning("%s: %s: %s", file.path if file is not None else family, type(error).__name__, error)
    return Subject("", family, file, unchecked=f"its signature could not be looked at ({type(error).__name__})")


def _top_of(package: Package) -> str:
    """The one folder that everything lies in, with its slash: it often carries the version."""
    top = package.files[0].path.partition("/")[0] + "/" if len(package.files) > 1 else ""
    return top if top and all(file.path.startswith(top) for file in package.files) else ""


def _look_at(file: File, budget: Budget) -> Subject | None:
    """A program or installer, which carries its signature in itself."""
    start = file.head(8)
    if start[:2] == b"MZ":
        from checks.downloads.signing.authenticode import is_program, verify_program

        if not is_program(file):
            return None
        subject = Subject("", "Windows library" if file.suffix in _LIBRARIES else "Windows program", file)
        if not budget.take(file.size):
            subject.unchecked = _TOO_MUCH
            return subject
        subject.seals = [seal for seal in verify_program(file) if seal.state is not State.UNSIGNED]
    elif start == OLE and file.suffix in _INSTALLERS:
        from checks.downloads.signing.msi import verify_installer

        subject = Subject("", "Windows installer", file)
        if not budget.take(file.size):
            subject.unchecked = _TOO_MUCH
            return subject
        subject.seals = verify_installer(file)
    else:
        return None
    settle(subject.seals)
    return subject


def _look_inside(
    package: Package,
    container: Container,
    whole: File | None,
    stores: Sequence[tuple[str, str]],
    budget: Budget,
    *,
    complete: bool,
) -> Subject | None:
    """A container, whose signature lies among its members or in the bytes between them."""
    kind = "browser-extension" if whole is not None and whole.head(4) == _CRX else _pick(container, whole)
    if not kind:
        return None
    subject = Subject("", kind, whole)
    if not _has_marks(container, kind, whole):
        return subject
    if not budget.take(whole.size if whole is not None else 0):
        subject.unchecked = _TOO_MUCH
        return subject
    from checks.downloads.signing.families import verify_family  # parsers are for what is signed

    subject.seals, subject.note = verify_family(package, container, kind, whole, stores, complete=complete)
    settle(subject.seals)
    return subject


def _pick(container: Container, whole: File | None) -> str:
    """The family of a container as far as signatures go; empty where none is to be expected."""
    if whole is not None and whole.head(4) == _RPM:
        return "rpm"
    prefix = container.prefix
    if container.family == "apk":
        return "apk" if container.root == prefix else ""
    if container.find(f"{prefix}META-INF/mozilla.rsa") or container.find(f"{prefix}META-INF/cose.sig"):
        return "xpi"
    if container.family == "browser-extension":
        return "xpi" if whole is not None and whole.suffix == ".xpi" else "browser-extension"
    if container.family in _PLAIN:
        return container.family
    # a Java archive whose classes lie in a single folder
    return "jar" if container.find(f"{prefix}META-INF/MANIFEST.MF") is not None else ""


def _has_marks(container: Container, kind: str, whole: File | None) -> bool:
    """Whether anything in it looks like a signature: only then its parsers are loaded."""
    if kind in ("apk", "rpm", "xpi") or (whole is not None and whole.head(4) == _CRX):
        return True
    files, start = container.files, len(container.prefix)
    if kind == "jar":
        return any(f.path.startswith("META-INF/", start) and f.path.upper().endswith(_ENDS) for f in files)
    if kind == "wheel":
        return any(f.path.endswith((".dist-info/RECORD.p7s", ".dist-info/RECORD.jws")) for f in files)
    if kind == "deb":
        return any(f.path.startswith("_gpg", start) for f in files)
    if kind in ("vsix", "nupkg"):
        return any(f.path.startswith((".signature.p7s", "package/services/digital-signature/"), start) for f in files)
    return False


def settle(seals: list[Seal]) -> None:
    """What several signatures of one thing say together."""
    sound = [s for s in seals if s.state is State.VALID and not any(p.rule.startswith(_OUTDATED) for p in s.problems)]
    if sound:  # an old signature for old systems beside a sound one is good practice
        for seal in seals:
            seal.problems = [p for p in seal.problems if not p.rule.startswith(_OUTDATED)]
    newer = [s for s in seals if s.state is State.VALID and s.scheme in ("APK v2", "APK v3")]
    for seal in seals:
        stripped = any(p.rule == "stripped" for p in seal.problems)
        if newer and seal.scheme == "APK v1" and seal.state is State.INVALID and not stripped:
            details = "; ".join(p.detail for p in seal.problems if p.rule in _FATAL)
            seal.problems = [p for p in seal.problems if p.rule not in _FATAL] + [Problem("older_scheme", details)]


_OUTDATED = ("weak_digest", "weak_certificate")
_FATAL = frozenset(
    {"digest_mismatch", "signature_invalid", "malformed", "forged_certificate", "uncovered", "missing_entries"}
)
