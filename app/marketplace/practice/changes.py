"""What changes a version at the practice marketplace: its status, which version is live, and what is told of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from app.marketplace.practice import documents
from app.marketplace.practice.errors import Invalid, NotAllowed, Unknown
from app.marketplace.practice.records import RecordsBase

LONGEST_REASON = 20_000
STATUSES = ("inReview", "approved", "suspended", "rejected")  # those that a caller may set
EVENTS = {"inReview": "app.inReview", "approved": "app.approved", "rejected": "app.rejected"}


class ChangedRecords(RecordsBase):
    """Records whose versions change by the marketplace's rules; documents are written anew with every change."""

    def change_status(
        self,
        app_id: str,
        version: int,
        status: str,
        reason: str = "",
        modified_by: str = "administrator",
        developer_id: str | None = None,
    ) -> None:
        """Carry out a change of status; raises Unknown, Invalid, and NotAllowed where the present one forbids it."""
        if modified_by not in self._rules:
            raise Invalid("modifiedBy must be developer or administrator", field="modifiedBy")
        if status not in STATUSES:
            raise Invalid("status must be inReview, approved, suspended or rejected", field="status")
        if len(reason) > LONGEST_REASON:
            raise Invalid(f"reason is longer than {LONGEST_REASON:,} characters", field="reason")
        with self.change() as db:
            row = self._version_row(app_id, version)
            if developer_id and developer_id != row["developer_id"]:
                raise Unknown("There is no such version of this developer")
            before = row["status"]
            if status not in self._rules[modified_by].get(before, []) or (status == before and reason == row["reason"]):
                raise NotAllowed(f"{before} cannot become {status}", field="status", word="invalid_status_change")
            if modified_by == "developer" and before == "suspended" and row["status_by"] != "developer":
                raise NotAllowed("An administrator suspended it", field="status", word="invalid_status_change")
            at = max(self.now(), row["status_updated"] + 1)  # a clock that goes back hides no change
            db.execute(
                "UPDATE versions SET status=?, status_updated=?, status_by=?, reason=? WHERE app_id=? AND version=?",
                (status, at, modified_by, reason, app_id, version),
            )
            if status == "approved":
                self._set_live(app_id, version)
            elif status == "suspended":
                db.execute("UPDATE versions SET is_live=0 WHERE app_id=? AND version=?", (app_id, version))
            db.execute(
                "INSERT INTO applied(app_id, version, status, reason, modified_by, at) VALUES (?,?,?,?,?,?)",
                (app_id, version, status, reason, modified_by, at),
            )
            self.render(app_id)
            kind = "app.suspended" if status == "suspended" else EVENTS[status]
            self.add_event("app.unsuspended" if before == "suspended" else kind, app_id, at)

    def go_live(self, app_id: str, version: int, developer_id: str) -> None:
        """Make an approved version the live one, also an older one; raises Unknown, Invalid."""
        with self.change():
            row = self._version_row(app_id, version)
            if developer_id != row["developer_id"]:
                raise Unknown("There is no such version of this developer")
            if row["status"] != "approved":
                raise Invalid("Only an approved version can be live", field="version")
            self._set_live(app_id, version)
            self.render(app_id)

    def _set_live(self, app_id: str, version: int) -> None:
        self._db.execute("UPDATE versions SET is_live=(version=?) WHERE app_id=?", (version, app_id))

    def render(self, app_id: str) -> None:
        """Write the documents of an app and its versions anew, after a change of any of them."""
        with self.change() as db:
            db.execute(
                "UPDATE versions SET is_latest=(version=(SELECT max(version) FROM versions WHERE app_id=?)) "
                "WHERE app_id=?",
                (app_id, app_id),
            )
            found = self.rows("SELECT * FROM versions WHERE app_id=? ORDER BY version", (app_id,))
            if not found:
                db.execute("DELETE FROM apps WHERE app_id=?", (app_id,))
                return
            shown = next((row for row in found if row["is_live"]), found[-1])
            parent = documents.status_document(shown)
            db.executemany(
                "UPDATE versions SET doc=? WHERE app_id=? AND version=?",
                [(documents.dump(documents.version_document(row, parent)), app_id, row["version"]) for row in found],
            )
            self.write_app(shown, parent)

    def write_app(self, shown: Mapping[str, Any], parent: Mapping[str, Any]) -> None:
        """Write what the API says of an app, from the version that stands for it."""
        self._db.execute(
            "INSERT OR REPLACE INTO apps VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(shown[key] for key in ("app_id", "developer_id", "name", "type", "status", "version", "is_live")),
                *(shown[key] for key in ("created", "last_updated", "submitted")),
                documents.dump(documents.app_document(shown, parent)),
            ),
        )

    def add_event(self, kind: str, app_id: str, at: int) -> str:
        """Keep an event for whoever asks for it by its id, which is returned."""
        event_id = secrets.token_hex(12)
        document = {
            "eventId": event_id,
            "eventType": kind,
            "createdDate": at,
            "marketplaceId": self.market["id"],
            "message": f"{kind}: {app_id}",
            "description": f"{kind}: {app_id}",
            "app": json.loads(self.app(app_id)),
        }
        with self.change() as db:
            db.execute("INSERT INTO events VALUES (?,?,?,?)", (event_id, at, kind, documents.dump(document)))
        return event_id
