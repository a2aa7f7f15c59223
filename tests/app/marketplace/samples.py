"""Documents of a marketplace that are as the contract wants them."""

from __future__ import annotations

from typing import Any


def status(value: str = "pending", **changes: Any) -> dict[str, Any]:
    return {"value": value, "lastUpdated": 1_700_000_000_000, "modifiedBy": "developer", "reason": "", **changes}


def version(app_id: str = "a1", number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "appId": app_id,
        "version": number,
        "name": f"App {app_id}",
        "safeName": [app_id],
        "developerId": "d1",
        "type": "plugin",
        "model": [],
        "access": [],
        "allow": {},
        "restrict": {},
        "attributes": {},
        "customData": {"files": ["f1", "f2"]},
        "created": 1_690_000_000_000,
        "lastUpdated": 1_700_000_000_001,
        "submittedDate": 1_695_000_000_000,
        "isLive": False,
        "isLatestVersion": True,
        "parent": {"status": status("approved")},
        "status": status(),
        **changes,
    }


def file(file_id: str = "f1", **changes: Any) -> dict[str, Any]:
    return {
        "fileId": file_id,
        "fileUrl": f"//files.example/{file_id}.zip",
        "name": f"{file_id}.zip",
        "size": 10,
        "uploadDate": 1_690_000_000_000,
        "contentType": "application/zip",
        "isPrivate": True,
        "mimeCheck": "PASSED",
        "virusScan": {"started": 1, "finished": 2, "status": "CLEAN", "foundViruses": []},
        "hash": {"MD5": "AB" * 16, "SHA-1": "cd" * 20, "SHA-256": "ef" * 32},
        **changes,
    }


def developer(developer_id: str = "d1", **changes: Any) -> dict[str, Any]:
    made = {"developerId": developer_id, "created": 5, "name": "Dev", "email": "d@e.example", "type": "company"}
    return {**made, "customData": {"certified": True}, **changes}


def page(rows: list[Any], *, number: int = 1, pages: int = 1, count: int | None = None) -> dict[str, Any]:
    return {"count": len(rows) if count is None else count, "pages": pages, "pageNumber": number, "list": rows}
