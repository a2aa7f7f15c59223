"""From a signature that was read to what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime

from checks.downloads.signing.cms import WEAK_DIGESTS, Signature
from checks.downloads.signing.model import Problem, Seal, Signer, State

SERIOUS = frozenset({"signature_invalid", "digest_mismatch", "forged_certificate"})


def seal_signature(scheme: str, signature: Signature, *, expires: bool = True) -> Seal:
    """A verdict on one signature: what holds, who, when. `expires` says whether validity dates count."""
    seal = Seal(scheme, State.VALID, signers=[signature.signer] if signature.signer else [])
    if signature.doubt:
        seal.doubt(signature.doubt)
    for problem in signature.problems:
        if problem.rule in SERIOUS:
            seal.fail(problem.rule, problem.detail)
        else:
            seal.problems.append(problem)
    if signature.digest in WEAK_DIGESTS:
        seal.problems.append(
            Problem("weak_digest_md5" if signature.digest == "md5" else "weak_digest", signature.digest)
        )
    add_key_strength(seal)
    if expires and signature.signer is not None:
        _judge_time(seal, signature, signature.signer)
    return seal


def add_key_strength(seal: Seal) -> None:
    """A key that is too short to mean much."""
    for signer in seal.signers:
        kind = signer.key_type.partition(" ")[0]
        if kind in ("RSA", "DSA") and 0 < signer.key_bits < 2048:
            seal.problems.append(Problem("weak_key" if signer.key_bits >= 1024 else "weak_key_short", signer.key_type))


def _judge_time(seal: Seal, signature: Signature, signer: Signer) -> None:
    """Whether it was made while the certificate held, by the best clock there is."""
    stamp, since, until = signature.stamp, signer.valid_from, signer.valid_until
    proven = stamp is not None and stamp.time is not None and not stamp.problem
    if stamp is not None and stamp.problem:
        seal.problems.append(Problem("timestamp_invalid", stamp.problem))
    if stamp is not None and stamp.time is not None and not stamp.problem:
        seal.notes.append(f"timestamp {stamp.time:%Y-%m-%d} by {stamp.by}")
    else:
        seal.notes.append(f"no timestamp{f', claims {signature.claimed:%Y-%m-%d}' if signature.claimed else ''}")
    if since is None or until is None:
        return
    time = stamp.time if stamp is not None and proven else signature.claimed
    if time is not None and not since <= _aware(time) <= until:
        detail = f"{time:%Y-%m-%d}, the certificate holds from {since:%Y-%m-%d} to {until:%Y-%m-%d}"
        seal.problems.append(Problem("outside_validity", detail))
    elif not proven and until < datetime.now(UTC):
        seal.problems.append(Problem("expired", f"{until:%Y-%m-%d}"))


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
