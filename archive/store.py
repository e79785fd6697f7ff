"""Every read and write of the archive.

One writer at a time: writes run in ``BEGIN IMMEDIATE`` transactions, so that a reader never sees half an
announcement and a crash loses at most the announcement in hand. Nothing is ever deleted.
"""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from archive.duplicates import mark_duplicates
from archive.facts import write_facts
from archive.identity import canonical_url
from archive.models import HEALTHY, Announcement, Check, Source, Validator, iso, precision_of
from archive.revisions import add_revision
from archive.schema import is_pending, migrate
from archive.search import fts_query

Outcome = Literal["new", "changed", "unchanged"]


class ArchiveError(Exception):
    """The archive cannot be opened or is not one of ours; the message says what to do."""


def _is_write_protected(error: BaseException | None) -> bool:
    """Whether SQLite or the file system refuses to write, or to make the files beside an archive."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
    return isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EROFS


class Archive:
    """An open archive. Use as a context manager, or call :meth:`close`.

    ``path`` is created with its folders when it is missing, unless ``read_only``. Without write permission for the
    folder a read-only archive is what its file holds; that is all unless somebody is writing to it.
    Raises :class:`ArchiveError` when the file is not a usable SQLite database.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self.read_only = read_only
        try:
            if read_only:
                if not self.path.exists():
                    raise ArchiveError(f"{self.path}: no archive there. Run `visawire crawl` first, or name one.")
                self.db = self._looking()
            else:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.db = sqlite3.connect(self.path, isolation_level=None, cached_statements=512)
                self.db.execute("PRAGMA journal_mode=WAL")
                self.db.execute("PRAGMA synchronous=NORMAL")
                # the switch of a rethread holds the lock for seconds in a large archive (archive/story_rebuild.py)
                self.db.execute("PRAGMA busy_timeout=60000")
                # 64 MB of pages: seeks in the indexes of a large archive stay off the disk (bench/near.py)
                self.db.execute("PRAGMA cache_size=-65536")
                self.db.execute("PRAGMA wal_autocheckpoint=4000")
                migrate(Database(self.db))
        except (sqlite3.Error, OSError) as error:
            raise ArchiveError(
                f"{self.path}: cannot be opened as an archive ({error}). Check the path, its permissions "
                "and the disk's free space, or restore a backup."
            ) from error
        self.db.row_factory = sqlite3.Row

    @classmethod
    def reading(cls, path: str | Path) -> Archive:
        """An archive to look into: opened as usual, or read-only where the file or its folder cannot be written to.

        Raises :class:`ArchiveError` also for one that would have to be brought to the newest schema first.
        """
        try:
            return cls(path)
        except ArchiveError as error:
            if not _is_write_protected(error.__cause__):
                raise
        archive = cls(path, read_only=True)
        try:
            pending = is_pending(Database(archive.db))
        except sqlite3.Error as error:
            archive.close()
            raise ArchiveError(f"{path}: cannot be read as an archive ({error}). Restore a backup.") from error
        if pending:
            archive.close()
            raise ArchiveError(
                f"{path}: was made by an earlier version and cannot be written to, so that it cannot be brought up to "
                "date. Run any command once as the user who owns it, or copy it to a place of yours."
            )
        return archive

    def _looking(self) -> sqlite3.Connection:
        address = self.path.resolve().as_uri()
        db = sqlite3.connect(f"{address}?mode=ro", uri=True, isolation_level=None)
        try:
            db.execute("SELECT count(*) FROM sqlite_master")
            return db
        except sqlite3.OperationalError:
            db.close()
            # A WAL archive needs a file beside it even to be read, unless nobody is writing to it.
            log = self.path.with_name(self.path.name + "-wal")
            if log.exists() and log.stat().st_size:
                raise
        return sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction that takes the lock at once; rolled back whole on any exception."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            if self.db.in_transaction:  # a full disk or an interrupt has SQLite roll back by itself
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        return self.db.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """First column of the first row, or ``None``."""
        row = self.db.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    # -- sources ----------------------------------------------------------------------------------------

    def sync_sources(self, sources: Iterable[Source]) -> None:
        """Make table ``sources`` say what the register says. A source that left it becomes inactive."""
        names = [f.name for f in fields(Source)]
        with self.transaction() as db:
            known = {row["id"]: tuple(row[n] for n in names) for row in db.execute("SELECT * FROM sources")}
            listed = set()
            for source in sources:
                listed.add(source.id)
                row = tuple(int(v) if isinstance(v, bool) else v for v in (getattr(source, n) for n in names))
                if known.get(source.id) != row:
                    db.execute(
                        f"INSERT INTO sources ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
                        f"ON CONFLICT(id) DO UPDATE SET {', '.join(f'{n}=excluded.{n}' for n in names[1:])}",
                        row,
                    )
            for gone in set(known) - listed:
                db.execute(
                    "UPDATE sources SET active=0, retired_reason=? WHERE id=? AND active=1",
                    ("no longer in the register", gone),
                )

    def source(self, source_id: str) -> Source:
        """The stored register entry. Raises ``KeyError`` for an id that was never registered."""
        row = self.db.execute("SELECT * FROM sources WHERE id=?", (source_id,)).fetchone()
        if row is None:
            raise KeyError(source_id)
        values = {f.name: row[f.name] for f in fields(Source)}
        for flag in ("active", "unverified", "preliminary"):
            values[flag] = bool(values[flag])
        return Source(**values)

    # -- announcements ----------------------------------------------------------------------------------

    def knows(self, announcement_id: str) -> bool:
        return self.value("SELECT 1 FROM announcements WHERE id=?", (announcement_id,)) is not None

    def has_address(self, source_id: str, canonical: str) -> bool:
        """Whether a source has an announcement at a canonical address."""
        return (
            self.value("SELECT 1 FROM announcements WHERE canonical_url=? AND source_id=?", (canonical, source_id))
            is not None
        )

    def has_text(self, announcement_id: str, url: str) -> bool:
        """Whether a page's text has been read: as this announcement, or by a source of the same numbering."""
        return (
            self.value(
                "SELECT 1 FROM announcements a JOIN sources s ON s.id=a.source_id "
                "WHERE (a.id=? AND a.listing_hash<>'') OR (a.canonical_url=? AND a.body<>'' AND s.identity<>'') "
                "LIMIT 1",
                (announcement_id, canonical_url(url)),
            )
            is not None
        )

    def listing_hash(self, announcement_id: str) -> str:
        """What the listing said of this announcement when its article was last read; '' if never."""
        return self.value("SELECT listing_hash FROM announcements WHERE id=?", (announcement_id,)) or ""

    def store(self, item: Announcement, *, text_hash: str = "", said_hash: str = "") -> Outcome:
        """Write one announcement with all its facts, in one transaction.

        Unchanged content writes nothing at all. Changed content replaces the row and adds a revision that
        keeps what is now said (revision 0 keeps what was said first). ``text_hash`` finds the same text at
        another address ('' for texts too short to judge by). ``said_hash`` tells whether a text of which no
        copy is kept (press) is the same (:func:`archive.insignificant.said_hash`), '' where it is kept. A
        preliminary source never overwrites what a final one has said.
        """
        seen = iso(item.seen or datetime.now(UTC))
        with self.transaction() as db:
            old = db.execute(
                "SELECT a.*, s.preliminary AS was_preliminary FROM announcements a "
                "JOIN sources s ON s.id = a.source_id WHERE a.id=?",
                (item.id,),
            ).fetchone()
            source = self.source(item.source_id)
            if old is not None:
                if old["content_hash"] == item.content_hash:
                    if item.listing_hash and old["listing_hash"] != item.listing_hash:
                        db.execute("UPDATE announcements SET listing_hash=? WHERE id=?", (item.listing_hash, item.id))
                    return "unchanged"
                if source.preliminary and not old["was_preliminary"]:
                    return "unchanged"
            row = self._row(item, seen, text_hash)
            if old is None:
                row |= {
                    "first_seen": seen,
                    "guid": item.id,
                    "baseline": int(self._is_baseline(item.source_id)),
                }
                db.execute(
                    f"INSERT INTO announcements ({', '.join(row)}) VALUES ({', '.join(f':{c}' for c in row)})",
                    row,
                )
            else:
                db.execute(f"UPDATE announcements SET {', '.join(f'{c}=:{c}' for c in row)} WHERE id=:id", row)
            add_revision(db, item, seen, old, said_hash)
            write_facts(db, item)
            mark_duplicates(db, item, source, text_hash)
            return "new" if old is None else "changed"

    def _row(self, item: Announcement, seen: str, text_hash: str) -> dict[str, Any]:
        precision = item.published_precision or precision_of(item.published)
        return {
            "id": item.id, "source_id": item.source_id, "external_id": item.external_id, "url": item.url,
            "canonical_url": item.canonical_url, "title": item.title, "summary": item.summary, "body": item.body,
            "language": item.language, "publisher": item.publisher,
            "published": iso(item.published, precision) or None, "published_precision": precision,
            "updated": iso(item.updated) or None, "last_seen": seen, "content_hash": item.content_hash,
            "relevant": None if item.relevant is None else int(item.relevant), "relevance": item.relevance,
            "relevance_reason": item.relevance_reason, "stage": item.stage,
            "attributes": json.dumps(item.attributes, ensure_ascii=False, sort_keys=True),
            "listing_hash": item.listing_hash, "text_hash": text_hash, "alias": item.alias,
            "as_read": item.as_read,
        }  # fmt: skip

    def _is_baseline(self, source_id: str) -> bool:
        """True until the source has had one healthy check: what it carries at first is not news."""
        return (
            self.value(
                "SELECT 1 FROM checks WHERE source_id=? AND state='ok' LIMIT 1",
                (source_id,),
            )
            is None
        )

    # -- conditional requests ---------------------------------------------------------------------------

    def validator(self, url: str) -> Validator | None:
        row = self.db.execute("SELECT * FROM responses WHERE url=?", (url,)).fetchone()
        if row is None:
            return None
        checked = datetime.fromisoformat(row["checked"])
        return Validator(row["url"], row["etag"], row["last_modified"], row["body_hash"], row["status"], checked)

    def remember(self, validators: Iterable[Validator]) -> None:
        """Keep what each URL answered, for the next conditional request."""
        with self.transaction() as db:
            db.executemany(
                "INSERT INTO responses (url, etag, last_modified, body_hash, checked, status) VALUES (?,?,?,?,?,?) "
                "ON CONFLICT(url) DO UPDATE SET etag=excluded.etag, last_modified=excluded.last_modified, "
                "body_hash=excluded.body_hash, checked=excluded.checked, status=excluded.status",
                [(v.url, v.etag, v.last_modified, v.body_hash, iso(v.checked), v.status) for v in validators],
            )

    # -- runs and checks --------------------------------------------------------------------------------

    def begin_run(self, command: str, started: datetime, replay: str = "") -> int:
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT INTO runs (started, command, replay) VALUES (?,?,?)", (iso(started), command, replay)
            )
            return int(cursor.lastrowid or 0)

    def add_check(self, run_id: int, check: Check) -> None:
        with self.transaction() as db:
            db.execute(
                "INSERT INTO checks (run_id, source_id, state, started, statuses, bytes, seen, new, changed, error, "
                "seconds) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (run_id, check.source_id, check.state, iso(check.started), json.dumps(check.statuses, sort_keys=True),
                 check.bytes, check.seen, check.new, check.changed, check.error, round(check.seconds, 3)),
            )  # fmt: skip

    def finish_run(self, run_id: int, finished: datetime, exit_code: int) -> None:
        """Close a run's row with the sums over its checks."""
        healthy = sorted(HEALTHY)
        with self.transaction() as db:
            db.execute(
                "UPDATE runs SET (finished, exit_code, sources, failed, seen, new, changed) = ("
                f"SELECT ?, ?, count(*), coalesce(sum(state NOT IN ({', '.join('?' * len(healthy))})), 0), "
                "coalesce(sum(seen), 0), coalesce(sum(new), 0), coalesce(sum(changed), 0) "
                "FROM checks WHERE run_id=?) WHERE id=?",
                (iso(finished), exit_code, *healthy, run_id, run_id),
            )

    def last_checks(self) -> dict[str, sqlite3.Row]:
        """The newest check of each source, by source id."""
        rows = self.rows("SELECT * FROM checks WHERE id IN (SELECT max(id) FROM checks GROUP BY source_id)")
        return {row["source_id"]: row for row in rows}

    # -- searching and upkeep ---------------------------------------------------------------------------

    def search(self, query: str, limit: int) -> list[sqlite3.Row]:
        """Announcements that have every word of a query in title, text or aliases, newest first."""
        match = fts_query(query)
        return self.rows(
            "SELECT a.id, a.published, a.title, a.source_id, a.publisher, a.url FROM announcements a "
            "WHERE a.duplicate_of IS NULL AND a.rowid IN "
            "(SELECT rowid FROM announcements_fts WHERE announcements_fts MATCH ?) "
            "ORDER BY coalesce(a.published, a.first_seen) DESC, a.rowid DESC LIMIT ?",
            (match, limit),
        )

    def search_index_ok(self) -> bool:
        """Whether the full-text index fits the table (VACUUM can renumber the rows it points to)."""
        try:
            self.db.execute("INSERT INTO announcements_fts (announcements_fts, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError:
            return False
        return True

    def rebuild_search_index(self) -> None:
        self.db.execute("INSERT INTO announcements_fts (announcements_fts) VALUES ('rebuild')")

    def backup(self, target: str | Path) -> None:
        """Copy the archive as it stands to ``target``, while others go on reading and writing."""
        with sqlite3.connect(target) as copy:
            self.db.backup(copy)
        copy.close()
