"""Reads an announcement back from the archive as the matcher needs it: the same facts that it was stored with."""

from __future__ import annotations

import json
import sqlite3

from archive.facts import figures_of, identifiers_of, moment, tags_of
from archive.models import Announcement, KeyDate
from archive.story_state import rank_of


def load_item(db: sqlite3.Connection, announcement_id: str) -> tuple[Announcement, int]:
    """An announcement with its facts, and the rank of its source (:func:`archive.story_state.rank_of`)."""
    row = db.execute(
        "SELECT a.*, s.kind AS source_kind, s.authority, s.language AS source_language FROM announcements a "
        "JOIN sources s ON s.id=a.source_id WHERE a.id=?",
        (announcement_id,),
    ).fetchone()
    item = Announcement(
        source_id=row["source_id"], url=row["url"], title=row["title"], external_id=row["external_id"],
        summary=row["summary"], body=row["body"], language=row["language"] or row["source_language"],
        publisher=row["publisher"], published=moment(row["published"]),
        published_precision=row["published_precision"], stage=row["stage"], attributes=json.loads(row["attributes"]),
        id=row["id"], relevant=None if row["relevant"] is None else bool(row["relevant"]),
    )  # fmt: skip
    item.tags = tags_of(db, announcement_id)
    item.key_dates = [
        KeyDate(kind, day, "", "", precision)
        for kind, day, precision in db.execute(
            "SELECT kind, date, precision FROM key_dates WHERE announcement_id=? ORDER BY id", (announcement_id,)
        )
    ]
    item.figures = figures_of(db, announcement_id)
    item.identifiers = identifiers_of(db, announcement_id)
    return item, rank_of(row["source_kind"], row["authority"])
