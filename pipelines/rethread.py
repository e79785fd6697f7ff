"""Puts all stories together again: index, links, groups and texts beside the old ones, and one switch at the end.

Memory does not grow with the archive: everything goes announcement by announcement, and the new stories wait in a
temporary table until each has been given the id that most of its announcements had.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from archive.stories import Placed, place, refresh
from archive.story_rebuild import NEW, Rebuild, rebuilding
from archive.updates import Cause

if TYPE_CHECKING:
    from pipelines.thread import Progress, Rethreaded, Threader

#: How many announcements or stories in one transaction.
_EVERY = 500

_TEMPORARY = (
    "CREATE TEMP TABLE todo (n INTEGER PRIMARY KEY, id TEXT NOT NULL)",
    """CREATE TEMP TABLE new_stories (
    grp INTEGER NOT NULL, event INTEGER NOT NULL, announcement_id TEXT NOT NULL, score REAL, reason TEXT NOT NULL,
    also INTEGER NOT NULL, PRIMARY KEY (grp, event, announcement_id)) WITHOUT ROWID""",
    "CREATE TEMP TABLE new_ids (story_id TEXT NOT NULL UNIQUE, grp INTEGER PRIMARY KEY)",
    # the announcements that stories are made of
    """INSERT INTO todo (id) SELECT id FROM announcements WHERE duplicate_of IS NULL AND coalesce(relevant, 1)=1
    ORDER BY coalesce(published, ''), id""",
)
# Greedy: the largest share of an old story takes its id; each old id and each new story count once.
_CHOOSE = """
INSERT OR IGNORE INTO new_ids (story_id, grp)
SELECT x.story_id, n.grp FROM new_stories n JOIN story_announcements x ON x.announcement_id=n.announcement_id
JOIN stories s ON s.id=x.story_id WHERE n.also=0 GROUP BY x.story_id, n.grp ORDER BY count(*) DESC, x.story_id, n.grp
"""
_LEFT = """
DELETE FROM story_announcements WHERE announcement_id NOT IN (SELECT announcement_id FROM new_stories)
AND announcement_id NOT IN (SELECT a.id FROM announcements a JOIN new_stories n ON n.announcement_id=a.duplicate_of)
"""
_EMPTIED = """
UPDATE stories SET coverage=0 WHERE merged_into IS NOT NULL AND coverage<>0
AND NOT EXISTS (SELECT 1 FROM story_announcements x WHERE x.story_id=stories.id)
"""


def rethread(live: Threader, progress: Progress | None) -> Rethreaded:
    """See :meth:`pipelines.thread.Threader.rethread`; ``live`` is the threader of the stories that are read."""
    from pipelines.thread import Rethreaded

    tell = progress or (lambda _what, _done, _all: None)
    with rebuilding(live.archive) as rebuild:
        threader = live.beside(rebuild.archive, NEW)
        with rebuild.unlocked() as db:
            for statement in _TEMPORARY:
                db.execute(statement)
        nodes = _index(threader, rebuild, tell)
        _link(threader, rebuild, nodes, tell)
        cut = _regroup(threader, rebuild, nodes, tell)
        rebuild.shadow()
        made = _write(threader, rebuild, tell)
        stale = rebuild.switch()
    with live.archive.transaction() as db:
        for story_id in stale:
            refresh(db, story_id, Cause(), live.overrides.pins)
    live.catch_up()  # what changed meanwhile, and what happened to pages
    return Rethreaded(nodes, made, cut)


def _index(threader: Threader, rebuild: Rebuild, tell: Progress) -> int:
    """Index all announcements; returns how many there are. Signatures are made before the archive is locked."""
    db = rebuild.archive.db
    total: int = db.execute("SELECT count(*) FROM todo").fetchone()[0]
    nodes = 0
    for done in range(0, total, _EVERY):
        with rebuild.unlocked():
            names = [row[0] for row in db.execute("SELECT id FROM todo WHERE n>? AND n<=?", (done, done + _EVERY))]
            made = [(name, threader.signed(name)) for name in names if name not in threader.overrides.suppressed]
        with rebuild.archive.transaction():
            for name, written in made:
                threader.enter_unlinked(name, written)
        nodes += len(made)
        tell("indexed", min(done + _EVERY, total), total)
    return nodes


def _link(threader: Threader, rebuild: Rebuild, nodes: int, tell: Progress) -> None:
    """Link each node to its neighbours of the whole index. Nodes are compared before the archive is locked."""
    for first in range(1, nodes + 1, _EVERY):
        last = min(first + _EVERY - 1, nodes)
        with rebuild.unlocked():
            found = [(node, threader.neighbours(node)) for node in range(first, last + 1)]
        with rebuild.archive.transaction():
            for node, neighbours in found:
                threader.index.add_links(node, neighbours)
        tell("linked", last, nodes)


def _regroup(threader: Threader, rebuild: Rebuild, nodes: int, tell: Progress) -> int:
    """Fill table ``new_stories``; returns how many groups were too large."""
    seen = bytearray(nodes // 8 + 1)
    group = cut = 0
    for first in range(1, nodes + 1, _EVERY):
        last = min(first + _EVERY - 1, nodes)
        with rebuild.unlocked() as db:
            for node in range(first, last + 1):
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
                        db.executemany("INSERT OR IGNORE INTO new_stories VALUES (?,?,?,?,?,?)", rows)
                        group += 1
        tell("grouped", last, nodes)
    return cut


def _write(threader: Threader, rebuild: Rebuild, tell: Progress) -> int:
    """Give the new stories their ids and write them to the tables of :meth:`Rebuild.shadow`; returns how many."""
    with rebuild.unlocked() as db:
        first_time = db.execute("SELECT 1 FROM stories LIMIT 1").fetchone() is None
        db.execute(_CHOOSE)
        db.execute(_LEFT)
        groups: int = db.execute("SELECT coalesce(max(grp), -1) + 1 FROM new_stories").fetchone()[0]
    cause = Cause(silent=first_time)
    for first in range(0, groups, _EVERY):
        with rebuild.unlocked() as db:
            for group, story in list(_new_stories(db, first, first + _EVERY)):
                row = db.execute("SELECT story_id FROM new_ids WHERE grp=?", (group,)).fetchone()
                place(db, [story], cause, threader.overrides.pins, ids=[row[0] if row else None])
        tell("written", min(first + _EVERY, groups), groups)
    with rebuild.unlocked() as db:
        db.execute(_EMPTIED)
    return groups


def _new_stories(db: sqlite3.Connection, first: int, end: int) -> Iterator[tuple[int, list[list[Placed]]]]:
    rows = db.execute(
        "SELECT grp, event, announcement_id, score, reason, also FROM new_stories WHERE grp>=? AND grp<? "
        "ORDER BY 1, 2, 3",
        (first, end),
    )
    for group, of_group in groupby(rows, key=lambda row: row[0]):
        yield (
            group,
            [
                [Placed(row[2], row[3], row[4], bool(row[5])) for row in of_event]
                for _, of_event in groupby(of_group, key=lambda row: row[1])
            ],
        )
