"""Topics whose change a WebSub hub has not been told of yet: every read and write of them.

Functions that write need a transaction around them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from archive.models import iso


def add_pings(db: sqlite3.Connection, hub: str, topics: Iterable[str], now: datetime) -> None:
    """Remember that a hub is to be told of topics; what waits for another hub is forgotten."""
    db.execute("DELETE FROM websub_pings WHERE hub<>?", (hub,))
    db.executemany(
        "INSERT INTO websub_pings (hub, topic, since) VALUES (?,?,?) "
        "ON CONFLICT(hub, topic) DO UPDATE SET since=excluded.since",
        [(hub, topic, iso(now)) for topic in topics],
    )


def open_pings(db: sqlite3.Connection, hub: str, oldest: datetime) -> list[str]:
    """The topics that wait for a hub, those that changed first first; what is older than ``oldest`` is left out."""
    rows = db.execute(
        "SELECT topic FROM websub_pings WHERE hub=? AND since>=? ORDER BY since, topic", (hub, iso(oldest))
    )
    return [row[0] for row in rows]


def remove_pings(db: sqlite3.Connection, hub: str, topics: Iterable[str], oldest: datetime) -> None:
    """Forget topics that a hub was told of, and those that wait since before ``oldest``."""
    db.executemany("DELETE FROM websub_pings WHERE hub=? AND topic=?", [(hub, topic) for topic in topics])
    db.execute("DELETE FROM websub_pings WHERE hub=? AND since<?", (hub, iso(oldest)))
