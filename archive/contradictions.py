"""What two announcements state that two copies of one document never do."""

from __future__ import annotations

import sqlite3


def numbers_differ(db: sqlite3.Connection, one: str, other: str) -> bool:
    """Two documents with different official numbers of one scheme are never the same document."""
    conflict = db.execute(
        "SELECT 1 FROM identifiers a JOIN identifiers b ON a.scheme=b.scheme AND a.role='is' AND b.role='is' "
        "WHERE a.announcement_id=?1 AND b.announcement_id=?2 AND a.value<>b.value AND NOT EXISTS "
        "(SELECT 1 FROM identifiers c WHERE c.announcement_id=?2 AND c.scheme=a.scheme AND c.value=a.value "
        "AND c.role='is') LIMIT 1",
        (one, other),
    ).fetchone()
    return conflict is not None


def effective_dates_differ(db: sqlite3.Connection, one: str, other: str) -> bool:
    """Whether both name effective dates and none in common (a month and a day in it are not in conflict)."""
    sql = "SELECT date FROM key_dates WHERE announcement_id=? AND kind='effective'"
    dates, others = ([date for (date,) in db.execute(sql, (each,))] for each in (one, other))
    if not dates or not others:
        return False
    return not any(a.startswith(b) or b.startswith(a) for a in dates for b in others)
