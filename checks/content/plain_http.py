"""Unencrypted addresses: places that are contacted without encryption.

Whoever sits on the network path reads and changes what goes over http, ws and ftp: an update or a script
from there is code from anybody. Names of schemas, licences and pages to read are not contacted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checks import Confidence, File, Finding, Severity, Unchecked, file_check, prepared_path
from checks.content._address_uses import Table, Use, find_use, is_comment, load_table
from checks.content._places import is_readable, keep_worst, roles
from checks.content._scan import compile_bytes, compile_database, load_scanner

_REFERENCES = ("CWE-319",)
_REMEDIATION = "Use https or wss, and verify a signature or hash of what is downloaded."
_ADDRESS = r"(?i)(https?|ws|ftp)://(?:[^\s/@\"'<>]{1,100}@)?([a-z0-9_-][a-z0-9._-]*|\[[0-9a-f:.]+\])(:\d+)?([/?#][^\s\"'<>`\\)]*)?"
# uses that no mere name has
_FETCHES = frozenset({"included_code", "download_command", "request", "web_socket", "package_source"})
# more addresses than this in one file are a list, not a program
_MAX_LOOKS = 20_000


def prepare(resources: Path, out: Path) -> None:
    """Compile the expression that finds addresses."""
    import tomllib

    with (resources / "rules" / "plain_http.toml").open("rb") as stream:
        compile_database([(0, tomllib.load(stream)["search"]["trigger"], "i")], out)


def _contacts(
    file: File, table: Table, hits: list[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], str, Use | None]]:
    """Every address that is not a mere name: its range, its host, and its use where one is told."""
    data = file.narrow
    where = roles(file.path)
    if "map" in where or ("translation" in where and "code" not in where):
        return
    address = compile_bytes(_ADDRESS)
    for _, end in hits:
        match = address.search(data, max(0, end - 8), min(len(data), end + 500))
        if match is None:
            continue
        start = match.start()
        host = match.group(2).decode("ascii").rstrip(".").lower()
        if not ("." in host or host.startswith("[")) or host in ("[::1]", "[::]"):
            continue
        if table.near.search(host.encode()):
            continue
        is_name = table.names.search(host.encode()) or table.paths.search(match.group(4) or b"")
        if not is_readable(file):
            return
        use = find_use(table, data[max(0, start - table.before) : start], where)
        if (use is not None and use.severity is None) or (is_name and (use is None or use.id not in _FETCHES)):
            continue
        is_command = use is not None and use.id in ("download_command", "included_code")
        if "doc" in where or "manifest" in where:
            if is_command:
                yield match.span(), host, use
            continue
        if not is_comment(data, start, file.suffix):
            yield match.span(), host, use


@file_check(
    guidelines={"DL-12"},
    severity=Severity.MEDIUM,
    rules=("plain_http.toml", "places.toml"),
    uses=("hyperscan", "google-re2"),
    prepare=prepare,
)
def plain_http(file: File, *, limit: int = 20) -> Iterator[Finding | Unchecked]:
    """Uses are told one by one, addresses without a visible use once a file."""
    hits, complete = load_scanner(prepared_path("plain_http")).scan(file.narrow, _MAX_LOOKS)
    if not hits:
        return
    if not complete:
        yield file.unchecked(f"more than {_MAX_LOOKS} addresses: the rest was not looked at")
    where = roles(file.path)
    unused: list[tuple[tuple[int, int], str]] = []
    told: set[tuple[str, str]] = set()
    found: list[Finding | Unchecked] = []
    for span, host, use in _contacts(file, load_table(), hits):
        if use is None:
            unused.append((span, host))
        elif use.severity is not None and (use.id, host) not in told:
            told.add((use.id, host))
            found.append(_contact(file, span, host, use, where))
    worst, others = keep_worst(found, limit)
    yield from worst
    if others:
        more = f"More than {limit} addresses are contacted without encryption; {others} others are not listed."
        yield file.finding("more_addresses", more, severity=Severity.LOW, matched="more", references=_REFERENCES)
    if unused and not where & {"test", "translation"} and where & {"code", "config", "markup"}:
        hosts = sorted({host for _, host in unused})
        shown = ", ".join(hosts[:5]) + (", ..." if len(hosts) > 5 else "")
        yield file.finding(
            "unencrypted_address",
            f"Unencrypted addresses stand in this file and may be contacted: {shown[:300]}.",
            span=file.narrow_span(*unused[0][0]),
            severity=Severity.INFO,
            confidence=Confidence.LOW,
            matched=",".join(hosts)[:500],
            remediation=_REMEDIATION,
            references=_REFERENCES,
        )


def _contact(file: File, span: tuple[int, int], host: str, use: Use, where: frozenset[str]) -> Finding:
    return file.finding(
        use.id,
        f"{use.title} over an unencrypted connection: {host[:120]}.",
        span=file.narrow_span(*span),
        severity=Severity.INFO if where & {"doc", "test"} else use.severity,
        confidence=Confidence.MEDIUM,
        remediation=_REMEDIATION,
        references=_REFERENCES,
    )
