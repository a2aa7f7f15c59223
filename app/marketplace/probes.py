"""What checks are told of a submission that came from the marketplace: its record, and where it hands out the file.

The record is of the last sync. A signed address is asked for at the moment when the probe begins, and goes to it
through a pipe: it is in no record, file or log, and the marketplace's secret does not leave this program.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from app import records
from app.errors import DeskError
from app.grants import FROM_ELSEWHERE, HandedOver, Told
from app.marketplace.account import Account
from app.marketplace.errors import NotConnected
from app.model import ASKS, Artifact, Submission
from app.paths import RESOURCES
from app.toml_table import read_table
from checks.runtime.loopback import is_loopback

if TYPE_CHECKING:
    from app.desk import Desk
    from app.marketplace.words import MarketFile, QueuedFile, QueueEntry

RULES = RESOURCES / "rules" / "marketplace.toml"
MAX_FILES = 4
MAX_AUTHORITIES = 2 << 20
CONSENT = (
    f"{ASKS} (the marketplace, and where it keeps the file), and that needs your consent: give it by Review, "
    "Check the distribution, or `assay queue --check APP/VERSION --live`"
)


def hand_over_version(desk: Desk, about: Submission) -> Mapping[str, HandedOver]:
    """What there is about a submission, by need; what came from elsewhere has nothing of it."""
    if desk.store.version_of(about.id) is None:
        return FROM_ELSEWHERE
    entry = desk.marketplace.entry_of(about.id)
    if entry is None:
        return FROM_ELSEWHERE
    # one that was replaced in its place is no longer this submission, and the more to be compared with it
    place = unquote(about.source.rpartition("/")[2])
    files = [f for f in entry.files if f.submission == about.id] or [f for f in entry.files if f.file_id == place]
    files = files[:MAX_FILES]
    told = Told({"here": _here(about.artifact), "files": [_record(f) for f in files]})
    if not files or entry.gone:
        gone = "the marketplace no longer has this file: download the version again"
        return {"marketplace": HandedOver(None, tell=lambda: told), "served": HandedOver(None, problem=gone)}
    asked = f"asked on {records.now():%Y-%m-%d %H:%M} UTC"
    served = HandedOver(
        None,
        asked,
        limitation=_practice_words(desk),
        tell=lambda: ask_for_addresses(desk, entry, files, about.artifact),
        consent=CONSENT,
    )
    return {"marketplace": HandedOver(None, tell=lambda: told), "served": served}


def _here(artifact: Artifact) -> dict[str, Any]:
    """The bytes of this desk, as the host hashed them."""
    return {
        "name": artifact.name,
        "size": artifact.size,
        "sha256": artifact.sha256,
        "sha1": artifact.sha1,
        "md5": artifact.md5,
    }


def _record(file: QueuedFile) -> dict[str, Any]:
    """What the marketplace holds of a file; its texts are bounded and clean already."""
    return {
        "name": file.name,
        "size": file.size,
        "sha256": file.hashes.sha256,
        "sha1": file.hashes.sha1,
        "md5": file.hashes.md5,
        "content_type": file.content_type,
        "mime_check": file.mime_check,
        "virus_scan": file.virus_scan,
        "viruses": list(file.viruses),
    }


def _practice_words(desk: Desk) -> str:
    """What an answer of this marketplace falls short of."""
    try:
        account = desk.marketplace.account
    except DeskError:
        return ""  # said when it is asked
    if urlsplit(account.address).scheme == "https":
        return ""
    return "the marketplace is on this machine and spoken to without TLS: this is practice, and shows nothing of https"


def ask_for_addresses(desk: Desk, entry: QueueEntry, files: list[QueuedFile], here: Artifact) -> Told:
    """Where each file is handed out right now; raises MarketError."""
    market = desk.marketplace
    account = market.account
    if account.market != entry.market:
        raise NotConnected(f"this version is of {entry.market}, and the settings name {account.market}: connect to it")
    asked = read_table(RULES, "assay-rules/1").table("asked").data
    client = market.client()
    kept: list[MarketFile] = [client.file(file.file_id) for file in files]
    told: list[dict[str, Any]] = []
    secrets: list[str] = []
    for now in kept:  # what ends soon comes last
        signed = client.signed_url(now.file_id, asked["valid_seconds"], judged=True)
        secrets += secrets_of(signed.url)
        told.append(
            {
                "name": now.name,
                "private": now.private,
                "permanent": _absolute(now.url, account),
                "signed": signed.url,
                "valid_seconds": signed.valid_seconds,
                "size": here.size,
                "sha256": here.sha256,
            }
        )
    connection = connection_of(account, [str(f["signed"]) for f in told])
    secrets += [proxy for proxy in connection["proxies"].values() if "@" in proxy]
    return Told({"files": told, **connection}, tuple(secrets))


def _absolute(url: str, account: Account) -> str:
    """The permanent address with its scheme: the marketplace may leave it out."""
    return f"{urlsplit(account.address).scheme}:{url}" if url.startswith("//") else url


def secrets_of(url: str) -> list[str]:
    """The parts of a signed address that may be shown nowhere, as they are written and as they are meant."""
    query = urlsplit(url).query
    values = [pair.partition("=")[2] for pair in query.split("&")]
    parts = [url, query, *values]
    return [part for part in {*parts, *map(unquote, parts)} if part]


def connection_of(account: Account, addresses: list[str]) -> dict[str, Any]:
    """How a probe reaches these addresses: the same authorities, pin and proxy as the client; nothing of the account.

    Raises MarketError where the authorities cannot be read.
    """
    from app.marketplace.connection import find_authorities, find_proxies  # its library takes a while to load

    bundle = find_authorities(account)
    authorities = Path(bundle).read_bytes().decode("ascii", "replace") if isinstance(bundle, str) else ""
    if len(authorities) > MAX_AUTHORITIES:
        raise NotConnected(f"{account.ca_bundle}: too large for a bundle of certificates: mend it in the settings")
    parts = urlsplit(account.address)
    proxies = {urlsplit(address).hostname or "": find_proxies(account, address) for address in addresses}
    return {
        "authorities": authorities,
        "pin": account.pin,
        "pinned": parts.netloc,
        "proxies": {host: found["https"] for host, found in proxies.items() if found},
        "local": is_loopback(parts.hostname or ""),
    }
