"""Everything signed in a package, the artifact itself included: what to look at, and with which scheme."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from checks import File, Package
from checks.downloads._family import Container, containers
from checks.downloads._signing_authenticode import is_program, verify_program
from checks.downloads._signing_crx import MAGIC as CRX
from checks.downloads._signing_crx import verify_crx
from checks.downloads._signing_jar import Members
from checks.downloads._signing_model import Problem, Seal, State
from checks.downloads._signing_pgp import keys_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LIBRARIES = frozenset({".dll", ".pyd", ".ocx", ".cpl", ".node", ".sys", ".mui", ".winmd", ".tlb"})
_INSTALLERS = frozenset({".msi", ".msp", ".mst", ".msm"})
# Members that unpacking made up from places outside the archive's own list.
_ADDED = ("!archive-comment",)


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


Verifier = Callable[[Container, Members, File | None], list[Seal]]


def survey(package: Package, stores: Sequence[tuple[str, str]], budget: Budget) -> Iterator[Subject]:
    """All subjects of a package, the artifact first; those that are unsigned and need no signature left out."""
    damaged = {item.parent for item in package.left_out}
    artifact = package.artifact
    for container in containers(package):
        parent = container.files[0].entry.parent
        carrier = package.entries[parent] if parent >= 0 else None
        whole = package.file(carrier) if carrier is not None else artifact
        subject = _look_inside(package, container, whole, stores, budget, complete=parent not in damaged)
        if subject is not None:
            subject.path = _stable(container.prefix[:-2], package) if parent >= 0 else ""
            yield subject
    for file in package.files:
        found = _look_at(file, budget)
        if found is not None:
            alone = artifact is not None and file.number == artifact.number
            found.path = "" if alone else _stable(file.path, package)
            yield found


def _stable(path: str, package: Package) -> str:
    """A path without the one top folder, which often carries the version."""
    top = path.partition("/")[0] + "/"
    return (
        path.removeprefix(top)
        if len(package.files) > 1 and all(f.path.startswith(top) for f in package.files)
        else path
    )


def _look_at(file: File, budget: Budget) -> Subject | None:
    """A program or installer, which carries its signature in itself."""
    start = file.head(8)
    if start[:2] == b"MZ":
        if not is_program(file):
            return None
        subject = Subject("", "Windows library" if file.suffix in _LIBRARIES else "Windows program", file)
        if not budget.take(file.size):
            subject.unchecked = (
                "its signature was not looked at: there are too many signed files, or they are too large"
            )
            return subject
        subject.seals = [seal for seal in verify_program(file) if seal.state is not State.UNSIGNED]
    elif start == OLE and file.suffix in _INSTALLERS:
        from checks.downloads._signing_msi import verify_installer

        subject = Subject("", "Windows installer", file)
        if not budget.take(file.size):
            subject.unchecked = (
                "its signature was not looked at: there are too many signed files, or they are too large"
            )
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
    start = whole.head(4) if whole is not None else b""
    if whole is not None and start == CRX:
        subject = Subject("", "browser-extension", whole)
        if not budget.take(whole.size):
            subject.unchecked = "its signature was not looked at: it is too large"
            return subject
        subject.seals = verify_crx(whole, stores)
        settle(subject.seals)
        return subject
    from checks.downloads._signing_families import VERIFIERS, WITH_KEYS, has_halves, pick

    kind = pick(container, whole)
    if not kind:
        return None
    subject = Subject("", kind, whole)
    if not budget.take(whole.size if whole is not None else 0):
        subject.unchecked = "its signature was not looked at: there are too many signed files, or they are too large"
        return subject
    members = members_of(container, complete=complete)
    if kind in VERIFIERS:
        subject.seals = VERIFIERS[kind](container, members, whole)
    elif kind in WITH_KEYS:
        subject.seals = WITH_KEYS[kind](members, whole, partial(keys_of, package))
    subject.note = has_halves(members)
    settle(subject.seals)
    return subject


def members_of(container: Container, *, complete: bool) -> Members:
    """The members by the names that the archive gives them."""
    files: dict[str, list[File]] = {}
    start = len(container.prefix)
    for file in container.files:
        name = file.path[start:]
        if name not in _ADDED:
            files.setdefault(name, []).append(file)
    return Members(files, complete)


def settle(seals: list[Seal]) -> None:
    """What several signatures of one thing say together."""
    sound = [
        s for s in seals if s.state is State.VALID and not any(p.rule.startswith("weak_digest") for p in s.problems)
    ]
    if sound:  # an old signature for old systems beside a sound one is good practice
        for seal in seals:
            seal.problems = [p for p in seal.problems if not p.rule.startswith("weak_digest")]
    newer = [s for s in seals if s.state is State.VALID and s.scheme in ("APK v2", "APK v3")]
    for seal in seals:
        stripped = any(p.rule == "stripped" for p in seal.problems)
        if newer and seal.scheme == "APK v1" and seal.state is State.INVALID and not stripped:
            details = "; ".join(p.detail for p in seal.problems if p.rule in _FATAL)
            seal.problems = [p for p in seal.problems if p.rule not in _FATAL] + [Problem("older_scheme", details)]


_FATAL = frozenset(
    {"digest_mismatch", "signature_invalid", "malformed", "forged_certificate", "uncovered", "missing_entries"}
)
