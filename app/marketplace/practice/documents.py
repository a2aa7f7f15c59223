"""What the API answers for a row, as JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from app.marketplace.practice.schema import HOST

MODEL = {
    "type": "free",
    "price": 0,
    "trial": 0,
    "license": "single",
    "currency": "USD",
    "commission": 0,
    "feePayer": "marketplace",
    "modelId": "free",
}
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}
TYPES = {
    ".zip": "application/zip",
    ".xpi": "application/x-xpinstall",
    ".crx": "application/x-chrome-extension",
    ".vsix": "application/vsix",
    ".whl": "application/zip",
    ".tgz": "application/gzip",
    ".gz": "application/gzip",
}
PUBLIC, PRIVATE = "/v2/files/public", "/v2/files/get"


def dump(document: Any) -> str:
    """Compact JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def safe_name(name: str) -> str:
    """The name as it stands in an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "app"


def status_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """The status of a version."""
    return {
        "value": row["status"],
        "lastUpdated": row["status_updated"],
        "modifiedBy": row["status_by"],
        "reason": row["reason"],
    }


def version_document(row: Mapping[str, Any], parent: Mapping[str, Any]) -> dict[str, Any]:
    """A version; `parent` is the status of its app."""
    document = {
        "appId": row["app_id"],
        "version": row["version"],
        "name": row["name"],
        "safeName": [safe_name(row["name"])],
        "developerId": row["developer_id"],
        "type": row["type"],
        "model": [MODEL],
        "access": [],
        "allow": {},
        "restrict": {},
        "attributes": {},
        "customData": json.loads(row["custom"]),
        "created": row["created"],
        "lastUpdated": row["last_updated"],
        "rating": 0,
        "reviewCount": 0,
        "isLive": bool(row["is_live"]),
        "isLatestVersion": bool(row["is_latest"]),
        "parent": {"status": dict(parent)},
        "status": status_document(row),
    }
    if row["submitted"] is not None:
        document["submittedDate"] = row["submitted"]
    return document


def app_document(row: Mapping[str, Any], parent: Mapping[str, Any]) -> dict[str, Any]:
    """An app: its live version, else its newest."""
    document = version_document(row, parent)
    del document["parent"], document["isLatestVersion"]
    return {**document, "status": dict(parent), "randomize": row["created"] % 1000, "statistics": {}}


def developer_document(
    developer_id: str, name: str, email: str, kind: str, created: int, custom: Mapping[str, Any]
) -> dict[str, Any]:
    """A developer."""
    return {
        "developerId": developer_id,
        "name": name,
        "email": email,
        "type": kind,
        "created": created,
        "customData": dict(custom),
    }


def content_type(name: str) -> str:
    """The type that a marketplace gives a file by its name; the same on every machine."""
    return TYPES.get(PurePosixPath(name.lower()).suffix, "application/octet-stream")


def digests(content: bytes) -> dict[str, str]:
    """The hashes that the marketplace can give, by its names for them."""
    return {name: hashlib.new(word, content, usedforsecurity=False).hexdigest() for name, word in HASHES.items()}


def file_path(file_id: str, name: str, *, private: bool) -> str:
    """Where a file is served on the practice marketplace; a private one needs a signature there."""
    return f"{PRIVATE if private else PUBLIC}/{quote(file_id, safe='')}/{quote(name, safe='')}"


def file_document(
    file_id: str,
    name: str,
    size: int,
    uploaded: int,
    *,
    media: str,
    private: bool,
    hashes: Mapping[str, str],
    mime_check: str = "PASSED",
    virus_status: str = "CLEAN",
    viruses: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A file; `viruses` are file name -> what was found in it."""
    scan: dict[str, Any] = {"status": virus_status, "foundViruses": []}
    if virus_status != "NOT_SCANNED":
        scan |= {"started": uploaded + 1500, "finished": uploaded + 4200}
    scan["foundViruses"] = [{"fileName": where, "virusName": what} for where, what in (viruses or {}).items()]
    document = {
        "fileId": file_id,
        "fileUrl": f"//{HOST}{file_path(file_id, name, private=private)}",
        "name": name,
        "size": size,
        "uploadDate": uploaded,
        "contentType": media,
        "isPrivate": private,
        "virusScan": scan,
        "hash": dict(hashes),
    }
    return {**document, "mimeCheck": mime_check} if mime_check else document
