"""Puts all stories together again: index, links, groups, and one switch at the end of one transaction.

Memory does not grow with the archive: everything goes announcement by announcement, and the new stories wait in a
temporary table until each has been given the id that most of its announcements had.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from archive.stories import Placed, place
from archive.story_index import StoryIndex
from archive.updates import Cause, tell_page_events

if TYPE_CHECKING:
    from pipelines.arrange import Decided
    from pipelines.thread import Progress, Rethreaded, Threader

#: How many announcements between two calls of ``progress``.
_EVERY = 500

_TEMPORARY = """
CREATE TEMP TABLE new_stories (grp INTEGER NOT NULL, event INTEGER NOT NULL, announcement_id TEXT NOT NULL, score REAL,
    reason TEXT NOT NULL, also INTEGER NOT NULL, PRIMARY KEY (grp, event, announcement_id)) WITHOUT ROWID
"""
# Greedy: the largest share of an old story takes its id; each old id and each new story count once.
_CHOOSE = """
INSERT OR IGNORE INTO temp.new_ids (story_id, grp)
SELECT x.story_id, n.grp FROM temp.new_stories n JOIN story_announcements x ON x.announcement_id=n.announcement_id
JOIN stories s ON s.id=x.story_id WHERE n.also=0 GROUP BY x.story_id, n.grp ORDER BY count(*) DESC, x.story_id, n.grp
"""


def rethread(
    threader: Threader, db: sqlite3.Connection, index: StoryIndex, overrides: Decided, progress: Progress | None
) -> Rethreaded:
    """See :meth:`pipelines.thread.Threader.rethread`; runs inside its transaction."""
    from pipelines.thread import Rethreaded

    tell = progress or (lambda _what, _done, _all: None)
    _begin_anew(db)
    total = db.execute("SELECT count(*) FROM announcements WHERE duplicate_of IS NULL").fetchone()[0]
    done = 0
    for done, announcement_id in enumerate(_announcements(db), 1):
        if announcement_id not in overrides.suppressed:
            threader.enter_unlinked(announcement_id)
        if done % _EVERY == 0:
            tell("indexed", done, total)
    nodes = db.execute("SELECT coalesce(max(node), 0) FROM story_nodes").fetchone()[0]
    for node in range(1, nodes + 1):
        threader.link_indexed(node)
        if node % _EVERY == 0:
            tell("linked", node, nodes)
    cut = _regroup(threader, db, nodes, tell)
    made = _switch(db, overrides, tell)
    db.execute("DROP TABLE temp.new_stories")
    db.execute("DROP TABLE temp.new_ids")
    tell_page_events(db)
    return Rethreaded(nodes, made, cut)


def _begin_anew(db: sqlite3.Connection) -> None:
    """Empty the index, and the queue: everything is done now."""
    for table in ("story_links", "story_keys", "story_nodes", "story_queue"):
        db.execute(f"DELETE FROM {table}")


def _announcements(db: sqlite3.Connection) -> Iterator[str]:
    """The announcements that stories are made of, by day of publication and id."""
    rows = db.execute(
        "SELECT id FROM announcements WHERE duplicate_of IS NULL AND coalesce(relevant, 1)=1 "
        "ORDER BY coalesce(published, ''), id"
    )
    return (row[0] for row in rows)


def _regroup(threader: Threader, db: sqlite3.Connection, nodes: int, tell: Progress) -> int:
    """Fill table ``new_stories``; returns how many groups were too large."""
    db.execute(_TEMPORARY)
    seen = bytearray(nodes // 8 + 1)
    group = cut = 0
    for node in range(1, nodes + 1):
        if seen[node >> 3] & (1 << (node & 7)):
            continue
        made, whole, name = threader.group(node)
        here = {n for n in name if not seen[n >> 3] & (1 << (n & 7))}
        mine = {name[n] for n in here}
        cut += not whole
        for n in here:
            seen[n >> 3] |= 1 << (n & 7)
        for story in made:
            rows = [
                (group, e, p.announcement_id, p.score, p.reason, int(p.also))
                for e, event in enumerate(story)
                for p in event
                if p.announcement_id in mine
            ]
            if any(not row[5] for row in rows):
                db.executemany("INSERT OR IGNORE INTO temp.new_stories VALUES (?,?,?,?,?,?)", rows)
                group += 1
        if node % _EVERY == 0:
            tell("grouped", node, nodes)
    return cut


def _switch(db: sqlite3.Connection, overrides: Decided, tell: Progress) -> int:
    """Give the new stories their ids and write them; returns how many there are."""
    db.execute("CREATE TEMP TABLE new_ids (story_id TEXT NOT NULL UNIQUE, grp INTEGER PRIMARY KEY)")
    db.execute(_CHOOSE)
    first_time = db.execute("SELECT 1 FROM stories LIMIT 1").fetchone() is None
    cause = Cause(silent=first_time)
    db.execute(
        "DELETE FROM story_announcements WHERE announcement_id NOT IN (SELECT announcement_id FROM temp.new_stories) "
        "AND announcement_id NOT IN (SELECT a.id FROM announcements a JOIN temp.new_stories n "
        "ON n.announcement_id=a.duplicate_of)"
    )
    total: int = db.execute("SELECT count(DISTINCT grp) FROM temp.new_stories").fetchone()[0]
    for done, (group, story) in enumerate(_new_stories(db), 1):
        row = db.execute("SELECT story_id FROM temp.new_ids WHERE grp=?", (group,)).fetchone()
        place(db, [story], cause, overrides.pins, ids=[row[0] if row else None])
        if done % _EVERY == 0:
            tell("written", done, total)
    db.execute(
        "UPDATE stories SET coverage=0 WHERE merged_into IS NOT NULL AND coverage<>0 "
        "AND NOT EXISTS (SELECT 1 FROM story_announcements x WHERE x.story_id=stories.id)"
    )
    return total


def _new_stories(db: sqlite3.Connection) -> Iterator[tuple[int, list[list[Placed]]]]:
    rows = db.execute("SELECT grp, event, announcement_id, score, reason, also FROM temp.new_stories ORDER BY 1, 2, 3")
    for group, of_group in groupby(rows, key=lambda row: row[0]):
        yield (
            group,
            [
                [Placed(row[2], row[3], row[4], bool(row[5])) for row in of_event]
                for _, of_event in groupby(of_group, key=lambda row: row[1])
            ],
        )
