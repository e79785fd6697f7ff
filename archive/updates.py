"""The material events of stories: one immutable row each, written once, with what was before and what is now.

What a source carried when it was first crawled is a baseline and makes no row. Rows come from three places: a story
that changed because an announcement arrived; what happened to the page of one of its announcements
(``page_events``: edited, removed, back); and our own corrections, when stories are put together again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.edits import watch_story
from archive.story_state import Member

#: Where the last page event that became an update is remembered, in table ``settings``.
_CURSOR = "stories.page_event"

#: What the day is of each kind of deadline, as summaries word it (``feeds.told`` reads them).
_DEADLINES = {
    "comment_deadline": "comments close", "window_close": "window closes", "grandfather_until": "old rules end",
    "transition_until": "transition ends",
}  # fmt: skip

#: Kind, summary, before, after.
_Change = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why stories change: an announcement that arrived or changed at ``at`` (ISO), or our own correction.

    ``announcement_id`` is '' for a correction; ``lead`` is the document that the announcement is a copy of, or itself.
    ``baseline``: the announcement was there when its source was first
    crawled. ``silent``: nothing is told (the first time that an archive's stories are put together).
    """

    announcement_id: str = ""
    at: str = ""
    lead: str = ""
    baseline: bool = False
    silent: bool = False


def add_update(
    db: sqlite3.Connection, story_id: str, kind: str, at: str, summary: str, *,
    before: str = "", after: str = "", announcement_id: str = "",
) -> bool:  # fmt: skip
    """Write one row, unless exactly this was written before; true if it was new. Needs a transaction around it."""
    row = (story_id, kind, at, before, after, announcement_id or None)
    known = db.execute(
        "SELECT 1 FROM updates WHERE story_id=? AND kind=? AND at=? AND before=? AND after=? AND announcement_id IS ?",
        row,
    ).fetchone()
    if known is None:
        db.execute(
            "INSERT INTO updates (story_id, kind, at, before, after, announcement_id, summary) VALUES (?,?,?,?,?,?,?)",
            (*row, summary),
        )
    return known is None


def was_told(db: sqlite3.Connection, story_id: str) -> bool:
    """Whether a story has an update, so that somebody may have read of it."""
    return db.execute("SELECT 1 FROM updates WHERE story_id=? LIMIT 1", (story_id,)).fetchone() is not None


def after_move(db: sqlite3.Connection, old: str, new: str, cause: Cause, *, merged: bool) -> None:
    """A story that was told of went into another one, or part of it did."""
    title = db.execute("SELECT title FROM stories WHERE id=?", (old,)).fetchone()[0]
    told = f"Is one story with another: {title}" if merged else f"Part of it is a story of its own: {title}"
    at = cause.at or _now(db)
    add_update(db, new if merged else old, "correction", at, told, before=old, after=new,
               announcement_id=cause.announcement_id)  # fmt: skip


def _now(db: sqlite3.Connection) -> str:
    return str(db.execute("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')").fetchone()[0])


def after_refresh(
    db: sqlite3.Connection, story_id: str, old: sqlite3.Row | None, new: Mapping[str, Any],
    members: Sequence[Member], cause: Cause,
) -> None:  # fmt: skip
    """Tell what changed in a story's row: that it is new, its stage, its dates, its figures.

    What was there at the first crawl is no news, but what happens to it later is. A story that the announcement has
    left, or does not concern, says something else because of us: that is a correction, and so is what no announcement
    caused. A stage is told in any case as one.
    """
    if cause.silent:
        return
    known = old is not None and bool(old["title"])
    if cause.baseline and not (known and _revised(db, cause.announcement_id)):
        return
    ours = any(m.announcement_id == cause.announcement_id for m in members)
    if not known:
        if ours:
            add_update(db, story_id, "new", cause.at, str(new["title"]), after=str(new["stage"]),
                       announcement_id=cause.announcement_id)  # fmt: skip
        return
    assert old is not None
    changes: list[_Change] = []
    if old["stage"] != new["stage"] and new["stage"]:
        changes.append(("stage", _told("Stage", old["stage"], new["stage"]), old["stage"], str(new["stage"])))
    if ours or not cause.announcement_id:
        changes += [*_effect(old, new), *_deadlines(old, new)]
        changes += _figures(json.loads(old["figures"]), json.loads(str(new["figures"])))
    if not ours:
        if not was_told(db, story_id):
            return
        changes = [
            (kind if kind == "stage" else "correction", f"Corrected: {summary}", before, after)
            for kind, summary, before, after in changes
        ]
    for kind, summary, before, after in changes:
        add_update(db, story_id, kind, cause.at or _now(db), summary, before=before, after=after,
                   announcement_id=cause.announcement_id if ours else "")  # fmt: skip
    if changes and ours:
        watch_story(db, story_id, cause.at)


def _revised(db: sqlite3.Connection, announcement_id: str) -> bool:
    """Whether the publisher edited an announcement, and no update tells of it yet."""
    row = db.execute(
        "SELECT 1 FROM page_events WHERE announcement_id=? AND kind='revision' "
        "AND id>coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE key=?), 0)",
        (announcement_id, _CURSOR),
    ).fetchone()
    return row is not None


def _effect(old: sqlite3.Row, new: Mapping[str, Any]) -> list[_Change]:
    before, after = old["effective"] or "", str(new["effective"] or "")
    if not after or before == after:
        return []
    delayed = new["stage"] == "delayed" and after > before
    return [("date", _told("Delayed day of effect" if delayed else "Day of effect", before, after), before, after)]


def _deadlines(old: sqlite3.Row, new: Mapping[str, Any]) -> list[_Change]:
    """Deadlines that moved or are new, each compared with the one of its own kind: that others follow moves none."""
    later: dict[str, str] = json.loads(str(new["deadlines"]))
    following = str(new["deadline"] or "")
    if following and following not in later.values():  # a person decided it
        return [("date", f"New deadline: {following}", "", following)] if following != (old["deadline"] or "") else []
    if old["deadlines"]:
        earlier: dict[str, str] = json.loads(old["deadlines"])
    else:  # only the next one was kept, and not what it was of
        earlier = later if following == (old["deadline"] or "") else {k: d for k, d in later.items() if d != following}
    found: list[_Change] = []
    for kind, after in later.items():
        before, what = earlier.get(kind, ""), _DEADLINES[kind]
        if before and before != after:
            found.append(("date", f"Deadline moved: {what} {after}, before {before}", before, after))
        elif not before:
            found.append(("date", f"New deadline: {what} {after}", "", after))
    return found


def _told(name: str, before: str, after: str) -> str:
    return f"{name}: {after}, before {before}" if before else f"{name}: {after}"


def _figures(old: Mapping[str, str], new: Mapping[str, str]) -> list[_Change]:
    """Lines whose value is another one. A line that nobody gave before is part of the news that brought it."""
    return [
        ("figure", _told(line, old[line], value), old[line], value)
        for line, value in new.items()
        if line in old and old[line] != value
    ]


def tell_page_events(db: sqlite3.Connection) -> int:
    """Make updates of what happened to pages since the last call; returns how many. Needs a transaction around it."""
    row = db.execute("SELECT value FROM settings WHERE key=?", (_CURSOR,)).fetchone()
    last = int(row[0]) if row else 0
    newest = db.execute("SELECT max(id) FROM page_events").fetchone()[0] or 0
    if newest <= last:
        return 0
    told = 0
    for event in db.execute(
        "SELECT e.*, coalesce(r.silent, 0) AS silent, a.title FROM page_events e "
        "JOIN announcements a ON a.id=e.announcement_id "
        "LEFT JOIN revisions r ON r.announcement_id=e.announcement_id AND r.n=e.revision WHERE e.id>? ORDER BY e.id",
        (last,),
    ).fetchall():
        before, arrow, after = event["note"].partition(" → ")
        kind = (
            "Silent edit"
            if event["silent"]
            else {"revision": "Edited", "removed": "Removed", "restored": "Back"}.get(event["kind"], event["kind"])
        )
        for (story_id,) in db.execute(
            "SELECT story_id FROM story_announcements WHERE announcement_id=? ORDER BY story_id",
            (event["announcement_id"],),
        ).fetchall():
            told += add_update(
                db, story_id, event["kind"], event["at"], f"{kind}: {event['title']}: {event['note']}".rstrip(": "),
                before=before if arrow else "", after=after if arrow else event["note"],
                announcement_id=event["announcement_id"],
            )  # fmt: skip
    db.execute(
        "INSERT INTO settings (key, value) VALUES (?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        (_CURSOR, str(newest)),
    )
    return told
