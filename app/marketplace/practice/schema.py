"""The tables of the practice marketplace, in a database of its own.

`doc` holds what the API answers for a row, ready to be sent: a page of a long queue is then one read and one join of
strings. It is written anew with every change of the row.
"""

from __future__ import annotations

from app.marketplace.practice.query import Column

HOST = "@@host@@"  # in the addresses of public files, replaced when they are sent: the port changes with each start

SCHEMA = """
CREATE TABLE IF NOT EXISTS about(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS developers(
    developer_id TEXT PRIMARY KEY, name TEXT, type TEXT, email TEXT, created INTEGER NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS apps(
    app_id TEXT PRIMARY KEY, developer_id TEXT NOT NULL, name TEXT, type TEXT, status TEXT, version INTEGER,
    is_live INTEGER, created INTEGER NOT NULL, last_updated INTEGER, submitted INTEGER, doc TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS versions(
    app_id TEXT NOT NULL, version INTEGER NOT NULL, developer_id TEXT NOT NULL, name TEXT NOT NULL, type TEXT,
    status TEXT NOT NULL, status_updated INTEGER NOT NULL, status_by TEXT NOT NULL, reason TEXT NOT NULL,
    created INTEGER NOT NULL, last_updated INTEGER NOT NULL, submitted INTEGER,
    is_live INTEGER NOT NULL DEFAULT 0, is_latest INTEGER NOT NULL DEFAULT 0,
    custom TEXT NOT NULL DEFAULT '{}', doc TEXT NOT NULL DEFAULT '{}', PRIMARY KEY (app_id, version));
CREATE INDEX IF NOT EXISTS versions_waiting ON versions(status, submitted);
CREATE INDEX IF NOT EXISTS versions_developer ON versions(developer_id);
CREATE TABLE IF NOT EXISTS files(
    file_id TEXT PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL, uploaded INTEGER NOT NULL, content_type TEXT,
    private INTEGER NOT NULL, sha256 TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS version_files(
    app_id TEXT NOT NULL, version INTEGER NOT NULL, file_id TEXT NOT NULL, PRIMARY KEY (app_id, version, file_id));
CREATE INDEX IF NOT EXISTS version_files_file ON version_files(file_id);
CREATE TABLE IF NOT EXISTS events(event_id TEXT PRIMARY KEY, created INTEGER NOT NULL, type TEXT, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counts(
    app_id TEXT NOT NULL, day INTEGER NOT NULL, field TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (field, day, app_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS applied(
    id INTEGER PRIMARY KEY, app_id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL,
    reason TEXT NOT NULL, modified_by TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TRIGGER IF NOT EXISTS applied_stays BEFORE UPDATE ON applied
    BEGIN SELECT RAISE(ABORT, 'what was applied is never changed'); END;
CREATE TRIGGER IF NOT EXISTS applied_remains BEFORE DELETE ON applied
    BEGIN SELECT RAISE(ABORT, 'what was applied is never deleted'); END;
"""

# path of the document -> column
VERSIONS = {
    "appId": Column("app_id", str),
    "version": Column("version", int),
    "developerId": Column("developer_id", str),
    "name": Column("name", str),
    "type": Column("type", str),
    "status.value": Column("status", str),
    "status.lastUpdated": Column("status_updated", int),
    "status.modifiedBy": Column("status_by", str),
    "created": Column("created", int),
    "lastUpdated": Column("last_updated", int),
    "submittedDate": Column("submitted", int),
    "isLive": Column("is_live", bool),
    "isLatestVersion": Column("is_latest", bool),
}
APPS = {
    "appId": Column("app_id", str),
    "developerId": Column("developer_id", str),
    "name": Column("name", str),
    "type": Column("type", str),
    "status.value": Column("status", str),
    "version": Column("version", int),
    "isLive": Column("is_live", bool),
    "created": Column("created", int),
    "lastUpdated": Column("last_updated", int),
    "submittedDate": Column("submitted", int),
}
DEVELOPERS = {
    "developerId": Column("developer_id", str),
    "name": Column("name", str),
    "type": Column("type", str),
    "email": Column("email", str),
    "created": Column("created", int),
}
FILES = {
    "fileId": Column("file_id", str),
    "name": Column("name", str),
    "size": Column("size", int),
    "uploadDate": Column("uploaded", int),
    "contentType": Column("content_type", str),
    "isPrivate": Column("private", bool),
    "hash.SHA-256": Column("sha256", str),
}
COLLECTIONS = {"versions": VERSIONS, "apps": APPS, "developers": DEVELOPERS, "files": FILES}
