"""Signed Java archives: digests of every entry in a manifest, digests of its sections in a signed file.

Android's first scheme and Mozilla's are the same with other rules about what may stay uncovered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from checks import File
from checks.downloads.signing.bytes import digest_of
from checks.downloads.signing.cms import MAX_MESSAGE, WEAK_DIGESTS, read_message
from checks.downloads.signing.manifest import Section, matches, read_sections
from checks.downloads.signing.model import Malformed, Problem, Seal, State, Unsupported, guarded
from checks.downloads.signing.seals import seal_signature

MAX_SIGNATURES = 8
MANIFEST = "META-INF/MANIFEST.MF"
_SIGNATURE_FILE = re.compile(r"META-INF/([^/]+)\.SF", re.IGNORECASE)
_BLOCK = re.compile(r"META-INF/([^/]+)\.(?:RSA|DSA|EC)", re.IGNORECASE)
_OWN = re.compile(r"META-INF/(?:MANIFEST\.MF|[^/]+\.(?:SF|RSA|DSA|EC)|SIG-[^/]*)", re.IGNORECASE)
# Below META-INF, what a virtual machine takes code or names of code from.
_LIVE = re.compile(r"\.class$|^META-INF/(?:versions|services)/", re.IGNORECASE)
# Not a member: what unpacking made of the archive's comment.
_COMMENT = "!archive-comment"


@dataclass(slots=True)
class Members:
    """The members of one archive by name as they stand in it; `complete` says that unpacking left none out."""

    files: Mapping[str, list[File]]
    complete: bool = True

    def first(self, name: str) -> File | None:
        """The member of this name, however its letters are written."""
        wanted = name.upper()
        found = self.files.get(name) or next((f for n, f in self.files.items() if n.upper() == wanted), None)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between the schemes; `exempt` tells of a member that nobody has to cover."""

    scheme: str = "JAR"
    exempt: Callable[[str], bool] = lambda name: False
    needs_all: bool = False
    expires: bool = True


@dataclass(slots=True)
class _Check:
    """Compares members with the manifest; each member once, however many signatures there are."""

    members: Members
    manifest: bytes
    sections: dict[str, Section] = field(default_factory=dict)
    verdicts: dict[str, bool | None] = field(default_factory=dict)
    algorithms: set[str] = field(default_factory=set)

    def holds(self, name: str) -> bool | None:
        """True where all digests match, False where one does not, None where there is no digest or no member."""
        if name not in self.verdicts:
            files = self.members.files.get(name)
            digests = self.sections[name].digests("-digest")
            self.algorithms |= digests.keys() - WEAK_DIGESTS or digests.keys()
            self.verdicts[name] = (
                all(digest_of(f, a) == wanted for f in files for a, wanted in digests.items())
                if files and digests
                else None
            )
        return self.verdicts[name]


def remains(members: Members) -> list[str]:
    """Halves of signatures without the other half, as repackaging leaves them."""
    halves = {m[1].upper() for name in members.files if (m := _SIGNATURE_FILE.fullmatch(name))}
    blocks = {m[1].upper() for name in members.files if (m := _BLOCK.fullmatch(name))}
    return sorted(halves ^ blocks)


def verify_jar(members: Members, rules: Rules) -> list[Seal]:
    """One verdict for each signature; empty without any."""
    pairs: list[tuple[File, File]] = []
    blocks = {m[1].upper(): f[0] for name, f in members.files.items() if (m := _BLOCK.fullmatch(name))}
    for name, files in members.files.items():
        match = _SIGNATURE_FILE.fullmatch(name)
        if match and match[1].upper() in blocks:
            pairs.append((files[0], blocks[match[1].upper()]))
    if not pairs:
        return []
    seals: list[Seal] = []
    covered: set[str] = set()
    try:
        check = _read_manifest(members)
    except (Malformed, Unsupported) as reason:
        seal = Seal(rules.scheme, State.INVALID, pairs[0][0])
        seal.fail("malformed", str(reason))
        return [seal]
    for signature_file, block in pairs[:MAX_SIGNATURES]:
        found, names = _verify_one(signature_file, block, check, rules)
        seals += found
        covered |= names
    if len(pairs) > MAX_SIGNATURES:
        seals[0].doubt(f"more than {MAX_SIGNATURES} signatures: the rest was not looked at")
    _judge_rest(seals[0], members, covered, check, rules)
    return seals


def _read_manifest(members: Members) -> _Check:
    manifest = members.first(MANIFEST)
    if manifest is None:
        raise Malformed("its manifest is missing")
    check = _Check(members, _whole(manifest))
    for section in read_sections(check.manifest)[1:]:
        if section.name in check.sections and section.attributes != check.sections[section.name].attributes:
            raise Malformed(f"its manifest speaks twice of {section.name[:80]}")
        check.sections[section.name] = section
    return check


def _whole(file: File) -> bytes:
    if file.size > MAX_MESSAGE * 4:
        raise Malformed(f"{file.name} is too large")
    return file.data


def _verify_one(signature_file: File, block: File, check: _Check, rules: Rules) -> tuple[list[Seal], set[str]]:
    """The verdicts of one signature file, and the names it covers."""
    try:
        signed = _whole(signature_file)
        message = read_message(_whole(block), signed)
        if not message.signatures:
            raise Malformed("nobody signed it")
        seals = [seal_signature(rules.scheme, s, expires=rules.expires) for s in message.signatures]
        names = _covered(signed, check, seals[0])
        bad = sorted(name for name in names if check.holds(name) is False)
    except Unsupported as reason:
        seals = [Seal(rules.scheme, State.UNVERIFIABLE)]
        seals[0].doubt(str(reason))
        names, bad = set(), []
    except Malformed as reason:
        seals = [Seal(rules.scheme, State.INVALID)]
        seals[0].fail("malformed", str(reason))
        names, bad = set(), []
    if bad:
        seals[0].fail("digest_mismatch", list_names(bad))
    if names and check.algorithms and check.algorithms <= WEAK_DIGESTS:
        weak = "weak_digest_md5" if "md5" in check.algorithms else "weak_digest"
        if not any(p.rule == weak for p in seals[0].problems):
            seals[0].problems.append(Problem(weak, "the digests of the entries"))
    for seal in seals:
        seal.file = block
    return seals, {name for name in names if check.holds(name) is not None}


@guarded
def _covered(signed: bytes, check: _Check, seal: Seal) -> set[str]:
    """The entries whose sections this signature file vouches for."""
    main, *rest = read_sections(signed)
    manifest = check.manifest
    whole = main.digests("-digest-manifest")
    if matches(whole, manifest):
        return set(check.sections)
    attributes = main.digests("-digest-manifest-main-attributes")
    sections = read_sections(manifest)
    if attributes and not matches(attributes, sections[0].raw):
        seal.fail("digest_mismatch", "the main section of its manifest")
    if not rest:
        seal.fail("digest_mismatch", "its manifest")
    covered, bad = set(), []
    for row in rest:
        section = check.sections.get(row.name)
        if section is not None and matches(row.digests("-digest"), section.raw):
            covered.add(row.name)
        else:
            bad.append(row.name)
    if bad:
        seal.fail("digest_mismatch", f"the manifest's sections of {list_names(bad)}")
    return covered


def _judge_rest(seal: Seal, members: Members, covered: set[str], check: _Check, rules: Rules) -> None:
    """What is there and not signed, and what was signed and is not there."""
    if seal.state is State.INVALID and not covered:
        return
    loose = [n for n in members.files if n not in covered and not _OWN.fullmatch(n) and n != _COMMENT]
    loose = [n for n in loose if not rules.exempt(n)]
    quiet = [n for n in loose if not rules.needs_all and n.startswith("META-INF/") and not _LIVE.search(n)]
    loud = sorted(set(loose) - set(quiet))
    if loud:
        seal.fail("uncovered", list_names(loud))
    if quiet:
        seal.problems.append(Problem("uncovered_metadata", list_names(sorted(quiet))))
        seal.notes.append(f"all but {len(quiet)} files of META-INF")
    gone = sorted(n for n in check.sections if n not in members.files and not n.endswith("/") and _has_digest(check, n))
    if gone and not members.complete:
        seal.doubt(f"members that were not unpacked could not be compared: {list_names(gone)}")
    elif gone:
        if rules.needs_all:
            seal.fail("missing_entries", list_names(gone))
        else:
            seal.problems.append(Problem("missing_entries", list_names(gone)))


def _has_digest(check: _Check, name: str) -> bool:
    return any(key.endswith("-digest") for key in check.sections[name].attributes)


def list_names(names: Iterable[str]) -> str:
    """The first few of these names, and how many there are besides."""
    all_names = list(names)
    shown = ", ".join("".join(c if c.isprintable() else "?" for c in n)[-80:] for n in all_names[:3])
    return shown if len(all_names) <= 3 else f"{shown} and {len(all_names) - 3} more"
