"""Schema of sending: who is told of which update and how that went, and pings that a hub has not taken yet.

No address and no secret is kept: the archive may be served to everybody.
"""

from __future__ import annotations

from sqlite_utils import Database

from archive.schema import migrations

_STATEMENTS = (
    """CREATE TABLE notify_targets (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, added TEXT NOT NULL, seen INTEGER NOT NULL,
    rest_until TEXT NOT NULL DEFAULT '', failing_since TEXT NOT NULL DEFAULT '', disabled TEXT NOT NULL DEFAULT '')
    WITHOUT ROWID""",
    """CREATE TABLE deliveries (
    target_id TEXT NOT NULL REFERENCES notify_targets(id), update_id INTEGER NOT NULL REFERENCES updates(id),
    state TEXT NOT NULL DEFAULT 'waiting', queued TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt TEXT NOT NULL DEFAULT '', ended TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (target_id, update_id)) WITHOUT ROWID""",
    "CREATE INDEX deliveries_open ON deliveries(target_id, update_id) WHERE state IN ('waiting', 'sending')",
    """CREATE TABLE websub_pings (
    hub TEXT NOT NULL, topic TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (hub, topic)) WITHOUT ROWID""",
)


@migrations()
def notify_v1(db: Database) -> None:
    """Targets of notifications, deliveries of updates to them, and pings that wait."""
    for statement in _STATEMENTS:
        db.execute(statement)
