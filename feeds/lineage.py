"""Whether an archive is what became of the one that a site was published from.

A site keeps the serial number of the journal up to which it has seen everything. That number means nothing in another
archive or in a backup that was restored, so that a site also keeps what was newest there. And what sources and tags
are called is in no journal, because it stands in thousands of stories and hardly ever changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from archive.feed_entries import serial

# The newest look and announcement, as an id and when it was: a restored archive gives the same ids out again.
_LOOKS = "SELECT id || ' ' || started FROM checks"
_ANNOUNCEMENTS = "SELECT id || ' ' || first_seen FROM announcements"

_NAMES = """
SELECT facet || '/' || code, label FROM tags UNION ALL
SELECT id, hex(name) || ' ' || hex(publisher) || ' ' || kind || ' ' || authority || ' ' || language || ' ' || hex(url)
    || ' ' || hex(licence) || ' ' || republish FROM sources
"""


def newest(db: sqlite3.Connection) -> tuple[str, str]:
    """The newest look at a source and the announcement that was stored last, '' for none."""
    look = db.execute(f"{_LOOKS} ORDER BY id DESC LIMIT 1").fetchone()
    announcement = db.execute(f"{_ANNOUNCEMENTS} ORDER BY rowid DESC LIMIT 1").fetchone()
    return (look[0] if look else "", announcement[0] if announcement else "")


def follows(db: sqlite3.Connection, seen: int, look: str, announcement: str) -> bool:
    """Whether an archive comes after a serial number of its journal and what was :func:`newest` then."""
    kept = (_LOOKS, look), (_ANNOUNCEMENTS, announcement)
    return seen <= serial(db) and all(_has(db, query, text) for query, text in kept if text)


def _has(db: sqlite3.Connection, query: str, text: str) -> bool:
    row = db.execute(f"{query} WHERE id = ?", (text.partition(" ")[0],)).fetchone()
    return row is not None and row[0] == text


def names(db: sqlite3.Connection) -> dict[str, str]:
    """What is shown of every tag and source, by path and id."""
    return {row[0]: row[1] for row in db.execute(_NAMES)}


def renamed(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether anything that had a name has another one. What is new is in no story that was published."""
    return any(now.get(key, name) != name for key, name in before.items())
