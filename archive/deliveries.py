"""Which update goes to which target of a notification, and how far that is: every read and write of it.

A delivery is ``waiting``, then ``sending`` while it is on its way, and ends as ``delivered`` or ``failed``. One that is
found ``sending`` by the only process that sends was interrupted, and nobody knows whether it arrived: it is sent again.

Functions that write need a transaction around them. Times are aware datetimes; they are stored as UTC seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.chunks import chunks
from archive.models import iso


@dataclass(frozen=True, slots=True)
class TargetState:
    """A row of ``notify_targets``. Times are ISO text or ''; ``disabled`` is the reason, '' for one that works."""

    id: str
    name: str
    kind: str
    added: str
    seen: int
    rest_until: str = ""
    failing_since: str = ""
    disabled: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An update on its way to a target. ``interrupted``: an earlier run ended while it was being sent."""

    update_id: int
    queued: str
    attempts: int
    interrupted: bool


# Updates that were published, with what they were published with, of stories that are still shown.
_UPDATES = """
SELECT u.id, u.kind, u.at, u.summary, u.before, u.after, u.story_id, e.date, e.frozen
FROM updates u JOIN feed_entries e ON e.key = 'update/' || u.id JOIN stories s ON s.id = u.story_id
LEFT JOIN announcements l ON l.id = s.lead WHERE coalesce(l.relevant, 1) <> 0
"""


def enlist(db: sqlite3.Connection, target_id: str, name: str, kind: str, now: datetime) -> TargetState:
    """The state of a target. One that was never heard of begins after the newest update that there is now."""
    db.execute(
        "INSERT INTO notify_targets (id, name, kind, added, seen) "
        "SELECT ?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM updates) WHERE true ON CONFLICT(id) DO NOTHING",
        (target_id, name, kind, iso(now)),
    )
    state = target_state(db, target_id)
    assert state is not None
    return state


def target_state(db: sqlite3.Connection, target_id: str) -> TargetState | None:
    row = db.execute("SELECT * FROM notify_targets WHERE id=?", (target_id,)).fetchone()
    return None if row is None else TargetState(**dict(row))


def published_after(db: sqlite3.Connection, update_id: int) -> list[sqlite3.Row]:
    """The published updates behind one, oldest first: rows of ``updates`` with ``date``, ``frozen`` and ``diff``."""
    return db.execute(f"{_UPDATES} AND u.id > ? ORDER BY u.id", (update_id,)).fetchall()


def published_since(db: sqlite3.Connection, target_id: str, since: str) -> list[sqlite3.Row]:
    """The published updates from an ISO day on that a target neither had nor is about to get, oldest first."""
    return db.execute(
        f"{_UPDATES} AND e.date >= ? AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.target_id = ? "
        "AND d.update_id = u.id AND d.state <> 'failed') ORDER BY u.id",
        (since, target_id),
    ).fetchall()


def published(db: sqlite3.Connection, update_ids: Sequence[int]) -> dict[int, sqlite3.Row]:
    """Some published updates by id; one whose story is no longer shown is left out."""
    found: dict[int, sqlite3.Row] = {}
    for some in chunks(update_ids):
        marks = ",".join("?" * len(some))
        found |= {row["id"]: row for row in db.execute(f"{_UPDATES} AND u.id IN ({marks})", some)}
    return found


def newest_published(db: sqlite3.Connection) -> int:
    """The id of the newest published update, 0 for none. All before it are published too."""
    value = db.execute("SELECT coalesce((SELECT value FROM settings WHERE key='feeds.update'), 0)").fetchone()[0]
    return int(value)


def queue(db: sqlite3.Connection, target_id: str, update_ids: Iterable[int], now: datetime) -> None:
    """Make updates wait for a target; one that failed is tried again from the beginning."""
    db.executemany(
        "INSERT INTO deliveries (target_id, update_id, queued) VALUES (?,?,?) ON CONFLICT(target_id, update_id) DO "
        "UPDATE SET state='waiting', queued=excluded.queued, attempts=0, next_attempt='', ended='', error='' "
        "WHERE state='failed'",
        [(target_id, update_id, iso(now)) for update_id in update_ids],
    )


def have_seen(db: sqlite3.Connection, target_id: str, update_id: int) -> None:
    """All updates up to one were looked at for a target."""
    db.execute("UPDATE notify_targets SET seen=max(seen, ?) WHERE id=?", (update_id, target_id))


def open_deliveries(db: sqlite3.Connection, target_id: str, due: datetime | None) -> list[Delivery]:
    """What has not ended, oldest update first; with ``due`` only what may be tried by then."""
    rows = db.execute(
        "SELECT update_id, queued, attempts, state FROM deliveries WHERE target_id=? "
        "AND state IN ('waiting', 'sending') AND (next_attempt <= ? OR state = 'sending') ORDER BY update_id",
        (target_id, iso(due) if due else "~"),
    )
    return [Delivery(row[0], row[1], row[2], row[3] == "sending") for row in rows]


def begin(db: sqlite3.Connection, target_id: str, update_ids: Iterable[int]) -> None:
    """Note that updates are about to leave."""
    _each(db, "state='sending', attempts=attempts + 1", (), target_id, update_ids)


def succeed(db: sqlite3.Connection, target_id: str, update_ids: Iterable[int], now: datetime) -> None:
    """Note that updates arrived, and with them that the target works."""
    _each(db, "state='delivered', ended=?, error=''", (iso(now),), target_id, update_ids)
    db.execute("UPDATE notify_targets SET rest_until='', failing_since='' WHERE id=?", (target_id,))


def postpone(
    db: sqlite3.Connection, target_id: str, update_ids: Iterable[int], next_attempt: datetime, error: str, now: datetime
) -> None:
    """Note that updates did not arrive and when they are tried again."""
    _each(db, "state='waiting', next_attempt=?, error=?", (iso(next_attempt), error), target_id, update_ids)
    db.execute("UPDATE notify_targets SET failing_since=? WHERE id=? AND failing_since=''", (iso(now), target_id))


def give_up(db: sqlite3.Connection, target_id: str, update_ids: Iterable[int], error: str, now: datetime) -> None:
    """Note that updates are not tried any more."""
    _each(db, "state='failed', ended=?, error=?", (iso(now), error), target_id, update_ids)


def rest(db: sqlite3.Connection, target_id: str, until: datetime) -> None:
    """Leave a target alone for a while."""
    db.execute("UPDATE notify_targets SET rest_until=? WHERE id=?", (iso(until), target_id))


def disable(db: sqlite3.Connection, target_id: str, reason: str, now: datetime) -> int:
    """Send nothing more to a target and give up what waits for it; returns how much that was."""
    waiting = [delivery.update_id for delivery in open_deliveries(db, target_id, None)]
    give_up(db, target_id, waiting, reason, now)
    db.execute("UPDATE notify_targets SET disabled=? WHERE id=?", (reason, target_id))
    return len(waiting)


def enable(db: sqlite3.Connection, target_id: str) -> bool:
    """Put a target back to work, from now on; true if it was disabled."""
    changed = db.execute(
        "UPDATE notify_targets SET disabled='', rest_until='', failing_since='' WHERE id=? AND disabled<>''",
        (target_id,),
    )
    return changed.rowcount > 0


def _each(
    db: sqlite3.Connection, change: str, values: tuple[object, ...], target_id: str, update_ids: Iterable[int]
) -> None:
    db.executemany(
        f"UPDATE deliveries SET {change} WHERE target_id=? AND update_id=?",
        [(*values, target_id, update_id) for update_id in update_ids],
    )
