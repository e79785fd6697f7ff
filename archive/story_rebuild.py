"""All stories of an archive built anew beside the old ones, and put in their place by one short transaction.

The index is built in tables of the archive that end in ``_new``, a few hundred rows in a transaction, so that a crawl
can write in between. The stories themselves are built in temporary tables of this connection that bear the names of
the real ones: SQLite looks for a name there first, so the same code writes to either, and they are gone with the
process. :meth:`Rebuild.switch` then writes what differs and renames the tables of the index.

An announcement that is stored or changed meanwhile is noted by a trigger (``story_changed``) and left as it is; it
waits in the queue to be threaded into the new stories.
"""

from __future__ import annotations

import fcntl
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from archive.store import Archive

#: Endings of the names of index tables: being built, and replaced.
NEW, OLD = "_new", "_old"
_INDEX = ("story_nodes", "story_keys", "story_links")
_SHADOWED = ("stories", "story_announcements", "updates")
#: The setting that has triggers note changed announcements.
_RUNNING = "stories.rebuild"

# What the new stories change is noted while they are written, so that the switch need not compare all of them.
_NOTES = (
    "CREATE TEMP TABLE touched_announcements (id TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE touched_stories (id TEXT PRIMARY KEY) WITHOUT ROWID",
    """CREATE TEMP TRIGGER note_placed AFTER INSERT ON temp.story_announcements BEGIN
    INSERT OR IGNORE INTO touched_announcements VALUES (new.announcement_id); END""",
    """CREATE TEMP TRIGGER note_left AFTER DELETE ON temp.story_announcements BEGIN
    INSERT OR IGNORE INTO touched_announcements VALUES (old.announcement_id); END""",
    """CREATE TEMP TRIGGER note_new AFTER INSERT ON temp.stories BEGIN
    INSERT OR IGNORE INTO touched_stories VALUES (new.id); END""",
    """CREATE TEMP TRIGGER note_told AFTER UPDATE ON temp.stories BEGIN
    INSERT OR IGNORE INTO touched_stories VALUES (new.id); END""",
    """CREATE TEMP TRIGGER note_found AFTER INSERT ON temp.stories_fts BEGIN
    INSERT OR IGNORE INTO touched_stories SELECT id FROM stories WHERE number=new.rowid; END""",
)
# The same where others wrote to the archive meanwhile: whatever differs.
_DIFFERING = (
    """INSERT OR IGNORE INTO touched_announcements SELECT announcement_id FROM (
    SELECT * FROM main.story_announcements EXCEPT SELECT * FROM temp.story_announcements)""",
    """INSERT OR IGNORE INTO touched_announcements SELECT announcement_id FROM (
    SELECT * FROM temp.story_announcements EXCEPT SELECT * FROM main.story_announcements)""",
    """INSERT OR IGNORE INTO touched_stories SELECT id FROM (
    SELECT {columns} FROM temp.stories EXCEPT SELECT {columns} FROM main.stories)""",
)
_SAME = (
    "SELECT 1 FROM {}.story_announcements o WHERE o.story_id=x.story_id AND o.announcement_id=x.announcement_id "
    "AND o.event=x.event AND o.role=x.role AND o.score IS x.score AND o.reason=x.reason"
)
# What changed meanwhile stays where it is until it is threaded again.
_PLACES = (
    "DELETE FROM touched_announcements WHERE id IN (SELECT announcement_id FROM main.story_changed)",
    f"""DELETE FROM main.story_announcements WHERE (story_id, announcement_id) IN (
    SELECT x.story_id, x.announcement_id FROM touched_announcements t
    JOIN main.story_announcements x ON x.announcement_id=t.id WHERE NOT EXISTS ({_SAME.format("temp")}))""",
    f"""INSERT INTO main.story_announcements SELECT x.* FROM touched_announcements t
    JOIN temp.story_announcements x ON x.announcement_id=t.id WHERE NOT EXISTS ({_SAME.format("main")})""",
)
_STORIES = (
    """UPDATE main.stories SET ({columns}) = (SELECT {columns} FROM temp.stories n WHERE n.id=main.stories.id)
    WHERE id IN (SELECT id FROM touched_stories) AND id IN (SELECT id FROM temp.stories)""",
    """INSERT INTO main.stories ({columns}, number) SELECT {columns},
    (SELECT coalesce(max(number), 0) FROM main.stories) + row_number() OVER (ORDER BY number) FROM temp.stories
    WHERE id IN (SELECT id FROM touched_stories) AND id NOT IN (SELECT id FROM main.stories)""",
    """DELETE FROM main.stories_fts WHERE rowid IN (
    SELECT s.number FROM main.stories s JOIN touched_stories t ON t.id=s.id)""",
    """INSERT INTO main.stories_fts (rowid, title, alias) SELECT s.number, f.title, f.alias FROM touched_stories t
    JOIN main.stories s ON s.id=t.id JOIN temp.stories n ON n.id=t.id JOIN temp.stories_fts f ON f.rowid=n.number""",
    """INSERT INTO main.updates (story_id, kind, at, summary, before, after, announcement_id)
    SELECT story_id, kind, at, summary, before, after, announcement_id FROM temp.updates u WHERE id>? AND NOT EXISTS (
    SELECT 1 FROM main.updates o WHERE (o.story_id, o.kind, o.at, o.before, o.after) =
    (u.story_id, u.kind, u.at, u.before, u.after) AND o.announcement_id IS u.announcement_id) ORDER BY id""",
)
_QUEUE = (
    "DELETE FROM main.story_queue WHERE announcement_id NOT IN (SELECT announcement_id FROM main.story_changed)",
    "INSERT OR IGNORE INTO main.story_queue (announcement_id) SELECT announcement_id FROM main.story_changed",
    "DELETE FROM main.story_changed",
    f"DELETE FROM main.settings WHERE key='{_RUNNING}'",
)


@contextmanager
def rebuilding(archive: Archive) -> Iterator[Rebuild]:
    """A rebuild of an archive's stories, on a connection of its own. Waits for another one to end.

    What an interrupted one left is cleared away first.
    """
    with archive.path.with_name(archive.path.name + ".rethread.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it however a process ends
        with Archive(archive.path) as own:
            rebuild = Rebuild(own)
            rebuild.begin()
            try:
                yield rebuild
            finally:
                rebuild.end()


class Rebuild:
    """See :func:`rebuilding`. ``archive`` is the connection to build with; its index tables end in :data:`NEW`."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._db = archive.db
        self._seen = self._last_update = 0
        self._columns = ""

    def begin(self) -> None:
        """Make empty index tables and have changes noted from now on."""
        self.clear()
        self._db.execute("PRAGMA temp.cache_size=-65536")
        with self.archive.transaction() as db:
            for table in _INDEX:
                (sql,) = db.execute("SELECT sql FROM main.sqlite_master WHERE name=?", (table,)).fetchone()
                db.execute(re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}{NEW}", sql))
            db.execute("DELETE FROM story_changed")
            db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, '1')", (_RUNNING,))

    def end(self) -> None:
        """Drop what is not in use, and have no more changes noted."""
        self.clear()
        self._db.execute("DELETE FROM main.settings WHERE key=?", (_RUNNING,))

    def clear(self) -> None:
        """Drop index tables that are not in use, each in a transaction of its own."""
        for table in (name + ending for name in _INDEX for ending in (NEW, OLD)):
            self._db.execute(f"DROP TABLE IF EXISTS main.{table}")

    @contextmanager
    def unlocked(self) -> Iterator[sqlite3.Connection]:
        """A transaction that reads the archive as it is now and writes to temporary tables only: it blocks nobody."""
        self._db.execute("BEGIN")
        try:
            yield self._db
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def shadow(self) -> None:
        """Have stories written to temporary tables from now on, which begin as copies of the real ones."""
        (self._seen,) = self._db.execute("PRAGMA data_version").fetchone()
        with self.unlocked() as db:
            for table in _SHADOWED:
                definitions = db.execute(
                    "SELECT sql FROM main.sqlite_master WHERE tbl_name=? AND type IN ('table', 'index') "
                    "AND sql IS NOT NULL ORDER BY type DESC",
                    (table,),
                ).fetchall()
                names = [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]
                for n, (sql,) in enumerate(definitions):
                    db.execute(re.sub(r"^CREATE( UNIQUE)? (TABLE|INDEX) ", r"CREATE\1 \2 temp.", sql))
                    if n == 0:
                        listed = ", ".join(names)
                        db.execute(f"INSERT INTO temp.{table} ({listed}) SELECT {listed} FROM main.{table}")
                if table == "stories":
                    self._columns = ", ".join(name for name in names if name != "number")
            db.execute("CREATE TABLE temp.stories_fts (title TEXT NOT NULL, alias TEXT NOT NULL)")
            db.execute(
                "INSERT INTO temp.stories_fts (rowid, title, alias) SELECT rowid, title, alias FROM main.stories_fts"
            )
            for statement in _NOTES:
                db.execute(statement)
            (self._last_update,) = db.execute("SELECT coalesce(max(id), 0) FROM temp.updates").fetchone()

    def switch(self) -> list[str]:
        """Put the new stories and the new index in the place of the old ones; one transaction.

        Returns the stories with announcements that changed meanwhile: what they say has to be worked out again.
        """
        with self.archive.transaction() as db:
            (seen,) = db.execute("PRAGMA data_version").fetchone()
            statements = [*(_DIFFERING if seen != self._seen else ()), *_PLACES]
            for statement in statements:
                db.execute(statement.format(columns=self._columns))
            for statement in _STORIES:
                asks = (self._last_update,) if "?" in statement else ()
                db.execute(statement.format(columns=self._columns), asks)
            stale = db.execute(
                "SELECT DISTINCT x.story_id FROM main.story_changed c "
                "JOIN temp.story_announcements x ON x.announcement_id=c.announcement_id"
            ).fetchall()
            for statement in _QUEUE:
                db.execute(statement)
            for table in _INDEX:
                db.execute(f"ALTER TABLE main.{table} RENAME TO {table}{OLD}")
                db.execute(f"ALTER TABLE main.{table}{NEW} RENAME TO {table}")
        return [row[0] for row in stale]
