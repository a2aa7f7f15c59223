"""Who signed the version before, and who signs this one: the key first, the name only where the issuer vouches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from checks.downloads.signing.model import Seal, Signer, State
from checks.downloads.signing.survey import Subject

# Changes of signer: (subject, rule, words about the baseline's signer, words about this one's, scheme).
Change = tuple[Subject, str, str, str, str]


def _holding(subject: Subject | None) -> list[Seal]:
    """The signatures that count: of an Android package those of its newest scheme, whose keys new systems go by."""
    seals = [seal for seal in subject.seals if seal.state is not State.INVALID and seal.signers] if subject else []
    newest = max((seal.scheme for seal in seals if seal.scheme.startswith("APK v")), default="")
    return [seal for seal in seals if seal.scheme == newest] if newest else seals


def _signers(seals: Iterable[Seal]) -> list[Signer]:
    return [signer for seal in seals for signer in seal.signers]


def compare(subjects: Sequence[Subject], before: Sequence[Subject]) -> Iterator[Change]:
    """What changed in who signs the artifact, and in who signs the same files inside it."""
    known = {subject.path: subject for subject in before}
    for subject in subjects:
        old = known.get(subject.path)
        if old is not None and not subject.unchecked:
            yield from _compare_one(subject, old)
    now = {subject.path for subject in subjects}
    old = known.get("")
    if old is not None and "" not in now and _holding(old):
        gone = _signers(_holding(old))
        yield Subject("", old.family, None), "signature_removed", gone[0].name, "", old.seals[0].scheme


def _compare_one(subject: Subject, old: Subject) -> Iterator[Change]:
    earlier = _signers(_holding(old))
    if not earlier:
        return
    was, scheme = earlier[0], _holding(old)[0].scheme
    if not subject.seals:
        yield subject, "signature_removed", was.name, "", scheme
        return
    seals = _holding(subject)
    signers = _signers(seals)
    if not signers:  # that the signature is invalid is said anyway
        return
    if all(seal.state is State.VALID for seal in _holding(old)) and not _proven(seals):
        # whoever cannot sign with a key can still name it, in a signature that nobody can verify
        yield subject, "signature_unproven", _words(was), _words(signers[0]), seals[0].scheme
        return
    seals = _proven(seals) or seals
    signers = _signers(seals)
    keys = {signer.key for signer in earlier}
    if keys & {signer.key for signer in signers}:
        return
    now = signers[0]
    handed = {key for seal in seals if seal.state is State.VALID for key in seal.earlier}
    if keys & handed:
        yield subject, "signer_rotated", _words(was), _words(now), seals[0].scheme
    elif any(_is_renewal(a, b) for a in earlier for b in signers):
        yield subject, "signer_renewed", _words(was), _words(now), seals[0].scheme
    else:
        yield subject, "signer_changed", _words(was), _words(now), seals[0].scheme


def _proven(seals: Sequence[Seal]) -> list[Seal]:
    return [seal for seal in seals if seal.state is State.VALID]


def _words(signer: Signer) -> str:
    return f"{signer.name} (key sha256:{signer.key[:16]})" if signer.subject else signer.name


def _is_renewal(before: Signer, now: Signer) -> bool:
    """The same name, and an issuer's key that vouched for both: anybody can write a name."""
    return bool(before.subject) and before.subject == now.subject and bool(set(before.ancestors) & set(now.ancestors))
