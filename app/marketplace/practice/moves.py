"""What a developer, or another reviewer, does meanwhile: moves for training and for tests, no part of the API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.marketplace.practice import documents
from app.marketplace.practice.changes import ChangedRecords
from app.marketplace.practice.errors import Unknown
from app.marketplace.practice.records import BLOBS

Content = bytes | Path


class Records(ChangedRecords):
    """What the practice marketplace keeps, with every move."""

    # files

    def keep(self, content: bytes) -> dict[str, str]:
        """Keep bytes under their SHA-256; returns their hashes."""
        hashes = documents.digests(content)
        path = self.folder / BLOBS / hashes["SHA-256"]
        if not path.exists():
            scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            scratch.write_bytes(content)
            scratch.replace(path)
        return hashes

    def add_file(
        self,
        name: str,
        content: Content,
        *,
        private: bool = True,
        file_id: str = "",
        uploaded: int | None = None,
        content_type: str = "",
        hashes: Sequence[str] = tuple(documents.HASHES),
        mime_check: str = "PASSED",
        virus_status: str = "CLEAN",
        viruses: Mapping[str, str] | None = None,
    ) -> str:
        """Take in a file; returns its id. `hashes` are those that the marketplace will tell."""
        data = content if isinstance(content, bytes) else content.read_bytes()
        known = self.keep(data)
        file_id = file_id or secrets.token_hex(12)
        uploaded = self.now() if uploaded is None else uploaded
        content_type = content_type or documents.content_type(name)
        document = documents.file_document(
            file_id,
            name,
            len(data),
            uploaded,
            media=content_type,
            private=private,
            hashes={word: known[word] for word in documents.HASHES if word in hashes},
            mime_check=mime_check,
            virus_status=virus_status,
            viruses=viruses,
        )
        row = (file_id, name, len(data), uploaded, content_type, private, known["SHA-256"], documents.dump(document))
        with self.change() as db:
            db.execute("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?,?)", row)
        return file_id

    def replace_file(self, file_id: str, content: Content, **changed: Any) -> None:
        """Other bytes under the same id, as a developer may send them while a version waits."""
        before = json.loads(self.file(file_id))
        kept = {
            "private": before["isPrivate"],
            "content_type": before["contentType"],
            "hashes": tuple(before["hash"]),
            "mime_check": before.get("mimeCheck", ""),
        }
        with self.change() as db:
            at = max(self.now(), before["uploadDate"] + 1)
            self.add_file(before["name"], content, file_id=file_id, uploaded=at, **{**kept, **changed})
            for row in self.rows("SELECT app_id, version FROM version_files WHERE file_id=?", (file_id,)):
                db.execute(
                    "UPDATE versions SET last_updated=max(last_updated + 1, ?) WHERE app_id=? AND version=?",
                    (self.now(), row["app_id"], row["version"]),
                )
                self.render(row["app_id"])

    # versions

    def submit_version(
        self,
        app_id: str,
        files: Mapping[str, Content] | Sequence[str] = (),
        *,
        developer_id: str = "",
        name: str = "",
        kind: str = "",
        label: str = "",
        status: str = "pending",
        reason: str = "",
        created: int | None = None,
        submitted: int | None = None,
        updated: int | None = None,
        live: bool = False,
        named: bool = False,
        **custom: Any,
    ) -> int:
        """A new version of an app, or the first of a new one; returns its number.

        `files` are name -> content, or ids of files that are there; `named` lists them with their names, not only their
        ids. `custom` goes into customData.
        """
        with self.change() as db:
            last = self.row("SELECT * FROM versions WHERE app_id=? ORDER BY version DESC LIMIT 1", (app_id,))
            if last is None and not developer_id:
                raise Unknown("There is no such app: a new one needs its developer")
            before = last or {"version": 0, "developer_id": "", "name": app_id, "type": "download"}
            number = int(before["version"]) + 1
            now = self.now()
            created = now if created is None else created
            if isinstance(files, Mapping):
                ids = [self.add_file(one, content, uploaded=created) for one, content in files.items()]
            else:
                ids = list(files)
            data = {"version": label or f"1.{number}.0", **custom}
            data["files"] = [{"fileId": i, "name": self.blob(i)[1]["name"]} for i in ids] if named else ids
            draft = status == "inDevelopment"
            submitted = (None if draft else now) if submitted is None else submitted
            db.execute(
                "INSERT INTO versions(app_id, version, developer_id, name, type, status, status_updated, status_by, "
                "reason, created, last_updated, submitted, is_live, custom) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    app_id,
                    number,
                    developer_id or before["developer_id"],
                    name or before["name"],
                    kind or before["type"],
                    status,
                    updated or submitted or created,
                    "administrator" if status not in ("pending", "inDevelopment") else "developer",
                    reason,
                    created,
                    max(created, submitted or created),
                    submitted,
                    live,
                    documents.dump(data),
                ),
            )
            db.executemany("INSERT OR IGNORE INTO version_files VALUES (?,?,?)", [(app_id, number, i) for i in ids])
            if live:
                self._set_live(app_id, number)
            self.render(app_id)
            if not draft:
                self.add_event("app.submitted", app_id, submitted or created)
        return number

    def edit_listing(self, app_id: str, version: int, name: str = "", **custom: Any) -> None:
        """Edit a version in place, its files untouched: the developer's text, declarations and so on."""
        with self.change() as db:
            row = self._version_row(app_id, version)
            data = {**json.loads(row["custom"]), **custom}
            db.execute(
                "UPDATE versions SET name=?, custom=?, last_updated=? WHERE app_id=? AND version=?",
                (
                    name or row["name"],
                    documents.dump(data),
                    max(self.now(), row["last_updated"] + 1),
                    app_id,
                    version,
                ),
            )
            self.render(app_id)

    def resubmit(self, app_id: str, version: int) -> None:
        """Send a rejected version (or a draft) in again: pending once more."""
        with self.change() as db:
            row = self._version_row(app_id, version)
            now = max(self.now(), row["status_updated"] + 1, row["last_updated"] + 1)
            db.execute(
                "UPDATE versions SET status='pending', status_by='developer', reason='', status_updated=?, "
                "submitted=?, last_updated=? WHERE app_id=? AND version=?",
                (now, now, now, app_id, version),
            )
            self.render(app_id)
            self.add_event("app.submitted", app_id, now)

    def delete_version(self, app_id: str, version: int) -> None:
        """Take a version back; its files stay in the marketplace's store."""
        with self.change() as db:
            self._version_row(app_id, version)
            for table in ("versions", "version_files"):
                db.execute(f"DELETE FROM {table} WHERE app_id=? AND version=?", (app_id, version))  # noqa: S608
            self.render(app_id)

    # people

    def add_developer(
        self, developer_id: str, name: str, email: str = "", kind: str = "", created: int | None = None, **custom: Any
    ) -> None:
        """A developer, new or changed."""
        created = self.now() if created is None else created
        document = documents.developer_document(developer_id, name, email, kind, created, custom)
        with self.change() as db:
            db.execute(
                "INSERT OR REPLACE INTO developers VALUES (?,?,?,?,?,?)",
                (developer_id, name, kind, email, created, documents.dump(document)),
            )

    def add_counts(self, counts: Sequence[tuple[str, int, str, int]]) -> None:
        """Statistics: app, day (ms), field, how many."""
        with self.change() as db:
            db.executemany("INSERT OR REPLACE INTO counts VALUES (?,?,?,?)", counts)

    def note(self, name: str, value: str) -> None:
        """Remember something about the marketplace itself."""
        with self.change() as db:
            db.execute("INSERT OR REPLACE INTO about VALUES (?,?)", (name, value))

    def decide_as(self, reviewer: str, app_id: str, version: int, status: str, reason: str = "") -> str:
        """Another reviewer of the same marketplace decides; returns the id that went into the reason."""
        alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        token = "AS-" + "".join(secrets.choice(alphabet) for _ in range(10))
        text = f"In review by {reviewer}. {token}"
        if status != "inReview":
            text = f"{reason}\n\nReviewed by {reviewer}. Decision {token}.".strip()
        self.change_status(app_id, version, status, text)
        return token
