"""What was published and what stands in which feed, kept beside the published files.

The state belongs to a site and not to the archive, because one archive may be published to several. It only saves
work: without it, or with one that cannot be read, everything is published anew and comes out the same.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Its name within the site; a name with a dot in front is not served (visawire/sitefiles.py, deploy/).
NAME = ".visawire.db"
#: Raised when the tables change: an older state is thrown away.
_VERSION = "1"

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE story (id TEXT PRIMARY KEY, date TEXT NOT NULL, updated TEXT NOT NULL, last TEXT NOT NULL,
    events BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX story_date ON story(date);
CREATE TABLE member (feed TEXT NOT NULL, date TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (feed, date)) WITHOUT ROWID;
CREATE INDEX member_key ON member(key);
CREATE TABLE archived (feed TEXT NOT NULL, month TEXT NOT NULL, parts INTEGER NOT NULL, closed INTEGER NOT NULL,
    PRIMARY KEY (feed, month)) WITHOUT ROWID;
CREATE TABLE file (path TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class StoryState:
    """What lists and calendars need to know of a story: ISO texts.

    ``last`` is the last of its key dates ('' for none); ``events`` are its calendar events, ready to be joined.
    """

    id: str
    date: str
    updated: str
    last: str
    events: bytes


class State:
    """The state of one site. Everything happens in one transaction, which :meth:`commit` ends."""

    def __init__(self, site: Path) -> None:
        self.path = site / NAME
        site.mkdir(parents=True, exist_ok=True)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR:
                raise  # locked, read-only, a full disk: nothing is wrong with the file
            self.discard()
            self._open()

    def _open(self) -> None:
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute("PRAGMA cache_size=-32768")
        tables = {row[0] for row in self.db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        if "meta" in tables and self.get("version") == _VERSION:
            self.db.execute("BEGIN")
            return
        self.db.execute("BEGIN")
        for table in tables:
            self.db.execute(f"DROP TABLE {table}")
        for statement in _TABLES.split(";\n"):
            self.db.execute(statement)
        self.put("version", _VERSION)

    def damaged(self) -> bool:
        """Whether the file has rotted. What was not committed is forgotten."""
        try:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            return bool(self.db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
        except sqlite3.OperationalError:
            return False
        except sqlite3.DatabaseError:
            return True

    def discard(self) -> None:
        """Throw the file away."""
        self.db.close()
        for end in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(NAME + end).unlink(missing_ok=True)

    def commit(self) -> None:
        self.db.execute("COMMIT")
        self.db.execute("BEGIN")

    def close(self) -> None:
        """Leave; what was not committed is forgotten."""
        self.db.close()

    def get(self, key: str) -> str:
        row = self.db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def put(self, key: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", (key, value))

    # -- stories and memberships --------------------------------------------------------------------------

    def forget(self) -> None:
        """Begin anew with everything but the sizes of files and which feeds there were."""
        for table in ("story", "member", "archived"):
            self.db.execute(f"DELETE FROM {table}")
        self.put("update", "0")

    def put_story(self, story: StoryState) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO story VALUES (?,?,?,?,?)",
            (story.id, story.date, story.updated, story.last, story.events),
        )

    def drop_story(self, story_id: str) -> None:
        self.db.execute("DELETE FROM story WHERE id=?", (story_id,))

    def feeds_of(self, key: str) -> set[str]:
        return {row[0] for row in self.db.execute("SELECT feed FROM member WHERE key=?", (key,))}

    def put_members(self, key: str, date: str, feeds: Iterable[str]) -> None:
        """Make an entry stand in exactly these feeds."""
        self.db.execute("DELETE FROM member WHERE key=?", (key,))
        self.db.executemany("INSERT INTO member (feed, date, key) VALUES (?,?,?)", [(f, date, key) for f in feeds])

    def newest(self, feed: str, limit: int) -> list[tuple[str, str]]:
        """Keys and dates of a feed's newest entries, newest first."""
        rows = self.db.execute("SELECT key, date FROM member WHERE feed=? ORDER BY date DESC LIMIT ?", (feed, limit))
        return [(row[0], row[1]) for row in rows]

    def feeds(self) -> set[str]:
        """Paths of all feeds that have entries."""
        return {row[0] for row in self.db.execute("SELECT DISTINCT feed FROM member")}

    def month(self, feed: str, month: str) -> list[str]:
        """Keys of a feed's entries of a month (``2026-08``), newest first."""
        rows = self.db.execute(
            "SELECT key FROM member WHERE feed=? AND date >= ? AND date < ? ORDER BY date DESC",
            (feed, month, month + "~"),
        )
        return [row[0] for row in rows]

    def months(self, feed: str, after: str) -> list[str]:
        """The months behind another one ('' for all) in which a feed has entries, oldest first."""
        rows = self.db.execute(
            "SELECT DISTINCT substr(date, 1, 7) FROM member WHERE feed=? AND date >= ? ORDER BY 1",
            (feed, f"{after}~" if after else ""),
        )
        return [row[0] for row in rows]

    def latest(self, limit: int) -> list[str]:
        """Ids of the newest stories, newest first."""
        return [row[0] for row in self.db.execute("SELECT id FROM story ORDER BY date DESC LIMIT ?", (limit,))]

    def dated(self) -> Iterator[tuple[str, str]]:
        """Id and last change of every story, by id."""
        for row in self.db.execute("SELECT id, updated FROM story ORDER BY id"):
            yield row[0], row[1]

    def events(self, feed: str, since: str, limit: int) -> list[bytes]:
        """The events of a feed's stories whose last date is not before a day, in the order of story ids."""
        rows = self.db.execute(
            "SELECT id, events FROM (SELECT s.id, s.events, s.last FROM member m "
            "JOIN story s ON 'story/' || s.id = m.key WHERE m.feed=? AND s.last >= ? ORDER BY s.last DESC LIMIT ?) "
            "ORDER BY id",
            (feed, since, limit),
        )
        return [row[1] for row in rows]

    # -- archive documents and files ------------------------------------------------------------------------

    def archived(self, feed: str) -> dict[str, tuple[int, bool]]:
        """A feed's archive documents by month, oldest first: how many parts, and whether it is closed."""
        rows = self.db.execute("SELECT month, parts, closed FROM archived WHERE feed=? ORDER BY month", (feed,))
        return {row[0]: (row[1], bool(row[2])) for row in rows}

    def put_archived(self, feed: str, month: str, parts: int, closed: bool) -> None:
        self.db.execute("INSERT OR REPLACE INTO archived VALUES (?,?,?,?)", (feed, month, parts, int(closed)))

    def size(self, path: str, default: int) -> int:
        """The size with which a file was published."""
        row = self.db.execute("SELECT size FROM file WHERE path=?", (path,)).fetchone()
        return int(row[0]) if row else default

    def put_files(self, sizes: Mapping[str, int], *, anew: bool = False) -> None:
        """Remember files; ``anew``: these and no others."""
        if anew:
            self.db.execute("DELETE FROM file")
        self.db.executemany("INSERT OR REPLACE INTO file (path, size) VALUES (?,?)", sizes.items())

    def files_stand(self, site: Path) -> int | None:
        """How many files were published, or ``None`` when one of them is missing or has another size now."""
        count = 0
        for path, size in self.db.execute("SELECT path, size FROM file"):
            try:
                if os.stat(site / path).st_size != size:  # noqa: PTH116  twice as fast, for tens of thousands of files
                    return None
            except OSError:
                return None
            count += 1
        return count
