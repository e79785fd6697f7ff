"""Schema of edits: how weighty a revision is, whether a page still stands, and when it is looked at again."""

from __future__ import annotations

from sqlite_utils import Database

from archive.schema import migrations

_STATEMENTS = (
    "ALTER TABLE revisions ADD COLUMN weight REAL NOT NULL DEFAULT 1",
    "ALTER TABLE revisions ADD COLUMN cosmetic INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE revisions ADD COLUMN said_hash TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE announcements ADD COLUMN state TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE announcements ADD COLUMN state_since TEXT",
    # announcement_id is no foreign key: a look at a page may be noted before its announcement is stored
    """CREATE TABLE rereads (
    announcement_id TEXT PRIMARY KEY, source_id TEXT NOT NULL, url TEXT NOT NULL,
    listed TEXT NOT NULL DEFAULT '', heading TEXT NOT NULL DEFAULT '', said TEXT NOT NULL DEFAULT '',
    answered_url TEXT NOT NULL DEFAULT '', etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',
    body_hash TEXT NOT NULL DEFAULT '', answered TEXT NOT NULL, due TEXT, scheduled INTEGER NOT NULL DEFAULT 1,
    stood INTEGER NOT NULL DEFAULT 1, sign TEXT NOT NULL DEFAULT '', checks INTEGER NOT NULL DEFAULT 0,
    sign_since TEXT, sign_last TEXT) WITHOUT ROWID""",
    "CREATE INDEX rereads_due ON rereads(source_id, due) WHERE due IS NOT NULL",
    "CREATE INDEX rereads_url ON rereads(url)",
    """CREATE TABLE page_events (
    id INTEGER PRIMARY KEY, announcement_id TEXT NOT NULL REFERENCES announcements(id), kind TEXT NOT NULL,
    at TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', revision INTEGER)""",
    "CREATE INDEX page_events_announcement ON page_events(announcement_id)",
)


@migrations()
def edits_v1(db: Database) -> None:
    """Weight of revisions, state of announcements, memory of re-reads, events of pages."""
    for statement in _STATEMENTS:
        db.execute(statement)
