"""Virus scan: viruses known to ClamAV.

Small files go to clamd together, as the members of a tar in one stream: fifteen times fewer round trips. Only when
something is found in it is each file sent alone, so that the infected one is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks import File, Finding, Severity, Unchecked, file_check, service_path
from checks.downloads._clamd import Answer, Scanner, tar_pieces
from checks.runtime.archives.compound import COMPOUND

SMALL = 1 << 20
TOGETHER_FILES = 2000
TOGETHER_BYTES = 4 << 20
# Even bzip2 makes no more than some 20 MB of this, far below the default limits of any clamd.
TINY_ARCHIVE = 1 << 10


@file_check(
    guidelines={"DL-02"},
    severity=Severity.CRITICAL,
    needs={"clamd"},
    seconds=180.0,
    content_only=True,
    containers=True,
    batch_bytes=TOGETHER_BYTES,
    uses=("pyclamd",),
)
def virus_scan(
    files: Sequence[File], *, whole_mb: int = 8, stream_limit: int = 25 << 20, limits_known: bool = False
) -> Iterator[Finding | Unchecked]:
    """Every byte is shown to clamd, and what it could not look at is never called clean.

    Containers up to `whole_mb` MiB are sent as they are beside their members; larger ones only when they could not
    be unpacked. `stream_limit` is in bytes. `limits_known` says that this clamd reports what lies above its limits;
    another says `OK` to an archive that it gave up on.
    """
    scanner = Scanner(service_path("clamd"))
    together: list[File] = []
    held = 0
    for file in files:
        if not file.size:
            continue
        if not _fits_together(file, limits_known):
            yield from _scan_alone(scanner, file, whole_mb << 20, stream_limit, limits_known)
            continue
        if len(together) >= TOGETHER_FILES or held + file.size > TOGETHER_BYTES:
            yield from _scan_together(scanner, together)
            together, held = [], 0
        together.append(file)
        held += file.size
    yield from _scan_together(scanner, together)


def _fits_together(file: File, limits_known: bool) -> bool:
    """A file that clamd would unpack could use up the limits of the whole stream, and hide what follows."""
    return file.size < SMALL and not file.type.is_archive and (limits_known or file.type.is_text)


def _scan_together(scanner: Scanner, files: Sequence[File]) -> Iterator[Finding | Unchecked]:
    if not files:
        return
    if len(files) > 1 and scanner.scan(tar_pieces([file.data for file in files])).is_clean:
        return
    for file in files:
        yield from _report(file, scanner.scan([file.data]))


def _scan_alone(
    scanner: Scanner, file: File, whole: int, stream_limit: int, limits_known: bool
) -> Iterator[Finding | Unchecked]:
    covered = file.type.is_archive or file.head(8) == COMPOUND  # every sector of an installer is a member's
    if covered and file.unpacked and file.size > whole:
        return  # its members are scanned one by one
    if file.size > stream_limit:
        yield file.unchecked(f"larger than the {stream_limit >> 20} MiB that clamd is sure to accept")
        return
    answer = scanner.scan(file.chunks())
    yield from _report(file, answer)
    if answer.is_clean and file.type.is_archive and not file.unpacked and not limits_known and file.size > TINY_ARCHIVE:
        yield file.unchecked("it could not be unpacked here, and the limits of this clamd are unknown")


def _report(file: File, answer: Answer) -> Iterator[Finding | Unchecked]:
    if answer.trouble:
        yield file.unchecked(answer.trouble)
    elif answer.signature.startswith("PUA."):
        yield _finding(file, "unwanted", answer.signature, "is potentially unwanted software", Severity.MEDIUM)
    elif answer.signature.startswith("Heuristics."):
        yield _finding(file, "suspicious", answer.signature, "looks malicious to a heuristic", Severity.HIGH)
    elif answer.signature:
        yield _finding(file, "infected", answer.signature, "is infected", Severity.CRITICAL)


def _finding(file: File, rule: str, signature: str, verdict: str, severity: Severity) -> Finding:
    return file.finding(
        rule,
        f"The file {verdict}: {signature}",
        severity=severity,
        matched=signature,
        remediation="Remove the file, find out how it came into the build, and submit a clean build.",
        references=("CWE-506", "https://docs.clamav.net/"),
    )
