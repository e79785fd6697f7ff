"""The permanent place of everything that has an entry in a feed: its date, and for what is immutable also its facts.

A date is given once and never moves, and no two are equal: Slack and others take equal dates for one entry and want
them in descending order. So a story keeps its place whatever is found out about it later, and what an update said when
it was first published is what it says for ever.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.chunks import chunks
from archive.models import iso

#: Where a day-precise date lies within its day: noon in UTC is the same day for nearly everybody.
_NOON = "T12:00:00Z"

#: What is kept of the story and the announcement behind an update, beside the story's tags.
_FROZEN = ("title", "stage", "importance", "effective", "deadline", "url", "publisher", "authority", "language", "diff")

#: Updates that bring something new: what it is about is kept too, so many characters of it and so many figures.
_TELLING, _ABOUT, _MOST_FIGURES = frozenset({"new", "stage"}), 300, 3
#: Figures that moved come first.
_FIGURES = (
    "SELECT programme, parameter, previous, value, unit, currency, period, series FROM figures WHERE announcement_id=? "
    "ORDER BY previous = '' OR previous = value, id LIMIT ?"
)

_SECOND = timedelta(seconds=1)
#: How much later than its publication a story may be found and still be dated by it.
LATE = timedelta(days=7)


def newest_time(db: sqlite3.Connection) -> datetime | None:
    """The newest time that the archive knows of: when a source last answered, else when an announcement was read."""
    row = db.execute("SELECT max(checked) FROM responses").fetchone()
    if row[0] is None:
        row = db.execute("SELECT max(last_seen) FROM announcements").fetchone()
    return datetime.fromisoformat(row[0]).astimezone(UTC) if row[0] else None


def serial(db: sqlite3.Connection) -> int:
    """The newest serial number of the journal."""
    return int(db.execute("SELECT coalesce(max(serial), 0) FROM journal").fetchone()[0])


def changed_stories(db: sqlite3.Connection, since: int) -> list[str]:
    """Ids of the stories of which something that is shown changed after a serial number, sorted.

    With them come those that went into them, whose pages name them.
    """
    rows = db.execute(
        "SELECT substr(subject, 7) FROM journal WHERE serial > ?1 AND subject LIKE 'story/%' UNION "
        "SELECT x.story_id FROM journal j JOIN story_announcements x ON x.announcement_id = substr(j.subject, 14) "
        "WHERE j.serial > ?1 AND j.subject LIKE 'announcement/%' ORDER BY 1",
        (since,),
    )
    found = {row[0] for row in rows}
    went = db.execute("SELECT id, merged_into FROM stories WHERE merged_into IS NOT NULL").fetchall()
    while more := {row[0] for row in went if row[1] in found} - found:
        found |= more
    return sorted(found)


def has_place(db: sqlite3.Connection, key: str) -> bool:
    """Whether an entry was ever placed (``story/<id>``)."""
    return db.execute("SELECT 1 FROM feed_entries WHERE key = ?", (key,)).fetchone() is not None


def placed_stories(db: sqlite3.Connection) -> list[str]:
    """Ids of all stories that ever had a place in feeds, in the order of their dates."""
    return [r[0] for r in db.execute("SELECT substr(key, 7) FROM feed_entries WHERE key LIKE 'story/%' ORDER BY date")]


def placed_updates(db: sqlite3.Connection, after: int = 0) -> list[int]:
    """Ids of the updates behind another one that have a place in feeds, in the order of their dates."""
    rows = db.execute(
        "SELECT u.id FROM updates u JOIN feed_entries e ON e.key = 'update/' || u.id WHERE u.id > ? ORDER BY e.date",
        (after,),
    )
    return [int(r[0]) for r in rows]


def place_stories(db: sqlite3.Connection, story_ids: Sequence[str]) -> int:
    """Give a date to those of some stories that are published and have none; returns how many.

    It is the story's first publication, but not later than it was first seen: a date in the future would pin the
    entry to the top of every reader. A story that is found long after it was published is dated by the day on which it
    was found, or nobody who follows a feed would ever see it; not so what a source carried when it was first crawled.
    Needs a transaction around it.
    """
    waiting: list[tuple[str, str, str]] = []
    for some in chunks(story_ids):
        marks = ",".join("?" * len(some))
        for row in db.execute(
            "SELECT s.id, s.first_published, min(a.first_seen), max(a.baseline) FROM stories s "
            "JOIN story_announcements x ON x.story_id = s.id JOIN announcements a ON a.id = x.announcement_id "
            "JOIN announcements l ON l.id = s.lead "
            f"WHERE s.id IN ({marks}) AND s.merged_into IS NULL AND coalesce(l.relevant, 1) <> 0 "
            "AND NOT EXISTS (SELECT 1 FROM feed_entries WHERE key = 'story/' || s.id) "
            "GROUP BY s.id",
            some,
        ):
            moment = _instant(row[1] or row[2], row[2])
            if not row[3] and datetime.fromisoformat(moment) + LATE < datetime.fromisoformat(row[2]):
                moment = row[2]
            waiting.append((moment, row[2], row[0]))
    places = _Places(db)
    for moment, _, story_id in sorted(waiting):
        places.give(f"story/{story_id}", moment, {})
    return len(waiting)


def place_updates(db: sqlite3.Connection, *, least_confidence: float = 0.5) -> list[int]:
    """Give a date to the updates of published stories that have none and freeze what their entries say; returns their
    ids.

    The date is when we knew: the first sight of the announcement behind it, or its own time if that is later.
    Needs a transaction around it.
    """
    last = int(db.execute("SELECT coalesce((SELECT value FROM settings WHERE key='feeds.update'), 0)").fetchone()[0])
    rows = db.execute(
        "SELECT u.*, s.title, s.stage, s.importance, coalesce(s.effective, '') AS effective, "
        "coalesce(s.deadline, '') AS deadline, coalesce(u.announcement_id, s.lead) AS told, a.url, a.first_seen, "
        "coalesce(nullif(l.summary, ''), a.summary) AS about, "
        "coalesce(nullif(a.publisher, ''), o.publisher) AS publisher, o.authority, "
        "coalesce(nullif(a.language, ''), o.language) AS language, coalesce((SELECT r.diff FROM revisions r "
        "WHERE o.republish = 'full' AND u.kind = 'revision' AND r.announcement_id = u.announcement_id "
        "AND r.seen = u.at ORDER BY r.n DESC LIMIT 1), '') AS diff "
        "FROM updates u JOIN stories s ON s.id = u.story_id "
        "JOIN announcements a ON a.id = coalesce(u.announcement_id, s.lead) JOIN sources o ON o.id = a.source_id "
        "JOIN announcements l ON l.id = s.lead "
        "WHERE u.id > ? AND s.merged_into IS NULL AND coalesce(l.relevant, 1) <> 0 ORDER BY u.id",
        (last,),
    ).fetchall()
    placed, places = [], _Places(db)
    for row in rows:
        arrival = row["first_seen"] if row["kind"] in ("new", "stage", "date", "figure") else ""
        moment = max(_instant(row["at"], row["at"] if "T" in row["at"] else ""), arrival)
        tags = db.execute(
            "SELECT DISTINCT g.facet, g.code, g.label FROM stories s JOIN announcement_tags t ON t.announcement_id "
            "IN (s.lead, ?) JOIN tags g ON g.id = t.tag_id WHERE s.id = ? AND t.confidence >= ? AND g.facet <> 'stage' "
            "ORDER BY g.facet, g.code",
            (row["told"], row["story_id"], least_confidence),
        ).fetchall()
        frozen = {
            **{name: row[name] for name in _FROZEN},
            "tags": [list(tag) for tag in tags],
        }
        if row["kind"] in _TELLING:
            frozen["about"] = _short(row["about"], _ABOUT)
            frozen["figures"] = [dict(found) for found in db.execute(_FIGURES, (row["told"], _MOST_FIGURES))]
        places.give(f"update/{row['id']}", moment, frozen)
        placed.append(int(row["id"]))
    if placed:
        db.execute(
            "INSERT INTO settings (key, value) VALUES ('feeds.update', ?) "
            "ON CONFLICT(key) DO UPDATE SET value=excluded.value",
            (str(placed[-1]),),
        )
    return placed


def freeze(db: sqlite3.Connection, key: str, moment: datetime, facts: dict[str, Any]) -> None:
    """Place an entry that says the same for ever (a digest of a closed week). Needs a transaction around it."""
    _Places(db).give(key, iso(moment), facts)


def frozen(db: sqlite3.Connection, prefix: str, limit: int) -> list[tuple[str, datetime, dict[str, Any]]]:
    """The newest placed entries whose key begins so (``digest/weekly/``): key, date and facts, newest first."""
    rows = db.execute(
        "SELECT key, date, frozen FROM feed_entries WHERE key >= ? AND key < ? ORDER BY date DESC LIMIT ?",
        (prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1), limit),
    )
    return [(row[0], datetime.fromisoformat(row[1]), json.loads(row[2])) for row in rows]


def _short(text: str, longest: int) -> str:
    """Text on one line, or its beginning up to a word's end and an ellipsis."""
    words = " ".join(text.split())
    if len(words) <= longest:
        return words
    head = words[: longest - 1]
    return (head.rpartition(" ")[0] or head) + "…"


def _instant(text: str, latest: str) -> str:
    """ISO text of any precision as a UTC second, not after ``latest`` ('' for no bound)."""
    if len(text) > 10:
        moment = iso(datetime.fromisoformat(text))
    else:
        moment = f"{text}-01-01"[:10] + _NOON if len(text) < 10 else text + _NOON
    return min(moment, latest) if latest else moment


class _Places:
    """Finds free seconds. Remembers where it last found one, because a first crawl brings hundreds of one day."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._next: dict[str, datetime] = {}

    def give(self, key: str, moment: str, facts: dict[str, Any]) -> None:
        """Take the first free second from a moment on; an entry that has its place keeps it."""
        free = self._next.get(moment, datetime.fromisoformat(moment))
        while self._db.execute("SELECT 1 FROM feed_entries WHERE date = ?", (iso(free),)).fetchone():
            free += _SECOND
        self._db.execute(
            "INSERT OR IGNORE INTO feed_entries (key, date, frozen) VALUES (?,?,?)",
            (key, iso(free), json.dumps(facts, ensure_ascii=False, sort_keys=True)),
        )
        self._next[moment] = free
