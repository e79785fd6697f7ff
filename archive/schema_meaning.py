"""Schema of meaning: what the reader itself stated, apart from what text rules found."""

from __future__ import annotations

from sqlite_utils import Database

from archive.schema import migrations


@migrations()
def meaning_v1(db: Database) -> None:
    """``as_read``: stage, tags, dates and identifiers as the source's own fields stated them (JSON)."""
    db.execute("ALTER TABLE announcements ADD COLUMN as_read TEXT NOT NULL DEFAULT '{}'")
