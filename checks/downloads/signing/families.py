"""Which schemes a family of packages is signed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from checks import File, Package
from checks.downloads._family import Container
from checks.downloads.signing.apk import check_stripping, find_blocks, verify_blocks
from checks.downloads.signing.crx import verify_crx
from checks.downloads.signing.debian import verify_deb
from checks.downloads.signing.detached import verify_detached
from checks.downloads.signing.jar import Members, Rules, remains, verify_jar
from checks.downloads.signing.manifest import read_sections
from checks.downloads.signing.model import Malformed, Problem, Seal, State
from checks.downloads.signing.nuget import MEMBER as NUGET
from checks.downloads.signing.nuget import verify_nuget
from checks.downloads.signing.opc import FOLDER as OPC
from checks.downloads.signing.opc import verify_parts
from checks.downloads.signing.pgp import keys_of
from checks.downloads.signing.rpm import verify_rpm
from checks.downloads.signing.xpi import is_signed, verify_xpi

_ZIP, _CRX = b"PK\3\4", b"Cr24"
MOST = 8
# Not a member: what unpacking made of the archive's comment.
_COMMENT = "!archive-comment"
_APK_RULES = Rules("APK v1", exempt=lambda name: name.startswith("META-INF/"), needs_all=True, expires=False)


def verify_family(
    package: Package,
    container: Container,
    kind: str,
    whole: File | None,
    stores: Sequence[tuple[str, str]],
    *,
    complete: bool,
) -> tuple[list[Seal], str]:
    """The verdicts on one container, `whole` being its own bytes; and words about what is no signature."""
    if whole is not None and whole.head(4) == _CRX:
        return verify_crx(whole, stores), ""
    files: dict[str, list[File]] = {}
    for file in container.files:
        name = file.path[len(container.prefix) :]
        if name != _COMMENT:
            files.setdefault(name, []).append(file)
    members = Members(files, complete)
    if kind in WITH_KEYS:
        return WITH_KEYS[kind](members, whole, partial(keys_of, package)), ""
    seals = VERIFIERS[kind](container, members, whole) if kind in VERIFIERS else []
    return seals, has_halves(members)


def has_halves(members: Members) -> str:
    """Words about what repackaging left of a signature; empty without."""
    if not any(name.startswith("META-INF/") for name in members.files):
        return ""
    halves = remains(members)
    return f"; half of a signature is left ({', '.join(halves[:3])})" if halves else ""


def _verify_apk(container: Container, members: Members, whole: File | None) -> list[Seal]:
    seals, blocks, problem = [], None, ""
    if whole is not None and whole.head(4) == _ZIP:
        try:
            blocks = find_blocks(whole)
        except Malformed as reason:
            problem = str(reason)
        if problem:
            seals.append(Seal("APK v2", State.INVALID, whole))
            seals[0].fail("malformed", problem)
        elif blocks is not None:
            seals += verify_blocks(whole, blocks)
    old = verify_jar(members, _APK_RULES)
    if old and not seals:
        words = "scheme 1 alone, beside which other code can be put into the file (CVE-2017-13156)"
        old[0].problems.append(Problem("obsolete_scheme", words))
    for seal in old:
        for names in _signed_with(members):
            check_stripping(names, blocks, seal)
            break
    return seals + old


def _signed_with(members: Members) -> list[str]:
    """What the signature files of scheme 1 say of newer schemes."""
    found = []
    for name, files in members.files.items():
        if name.startswith("META-INF/") and name.upper().endswith(".SF") and files[0].size < 64 << 20:
            try:
                sections = read_sections(files[0].data)
            except Malformed:  # said of the signature itself
                continue
            if sections and "x-android-apk-signed" in sections[0].attributes:
                found.append(sections[0].attributes["x-android-apk-signed"])
    return found


def _verify_jar(container: Container, members: Members, whole: File | None) -> list[Seal]:
    return verify_jar(members, Rules())


def _verify_xpi(container: Container, members: Members, whole: File | None) -> list[Seal]:
    return verify_xpi(members) if is_signed(members) else []


def _verify_nupkg(container: Container, members: Members, whole: File | None) -> list[Seal]:
    signature = members.files.get(NUGET)
    return verify_nuget(signature[0], whole) if signature else []


def _verify_vsix(container: Container, members: Members, whole: File | None) -> list[Seal]:
    """The signature of a VS Code extension lies beside it; the older form inside it is read by Visual Studio only."""
    seals = []
    if NUGET in members.files:
        seals.append(Seal("VSIX", State.UNVERIFIABLE, members.files[NUGET][0]))
        seals[0].doubt("it signs the manifest of a signature archive, which is not in the package")
    for name, files in members.files.items():
        if name.startswith(OPC) and name.endswith(".psdsxs") and len(seals) < MOST:
            seals.append(verify_parts(files[0], members))
    return seals


def _verify_wheel(container: Container, members: Members, whole: File | None) -> list[Seal]:
    seals = []
    for name, files in members.files.items():
        if name.endswith(".dist-info/RECORD.p7s"):
            seals += verify_detached("wheel RECORD.p7s", files[0], members.files.get(name.removesuffix(".p7s")))
        elif name.endswith(".dist-info/RECORD.jws"):
            seals.append(Seal("wheel RECORD.jws", State.UNVERIFIABLE, files[0]))
            seals[-1].doubt("its form was abandoned, and the key that made it is not at hand")
    return seals


VERIFIERS: dict[str, Callable[[Container, Members, File | None], list[Seal]]] = {
    "apk": _verify_apk,
    "jar": _verify_jar,
    "xpi": _verify_xpi,
    "nupkg": _verify_nupkg,
    "vsix": _verify_vsix,
    "wheel": _verify_wheel,
}
# With the public keys that lie in the package.
WITH_KEYS: dict[str, Callable[[Members, File | None, Callable[[], list[bytes]]], list[Seal]]] = {
    "deb": lambda members, whole, keys: verify_deb(members, keys),
    "rpm": lambda members, whole, keys: verify_rpm(whole, keys()) if whole is not None else [],
}
