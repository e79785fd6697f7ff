"""The tables by which stories are found and kept: signatures, keys, links between pairs; updates that cannot be edited.

``story_keys`` is the persistent index of candidates. Rows lie by ``bucket`` (a span of days, 0 for keys that hold
at any time) first, so that an announcement of today touches the pages of these weeks, however long the archive is.
"""

from __future__ import annotations

from sqlite_utils import Database

from archive.schema import migrations

_STATEMENTS = (
    """CREATE TABLE story_nodes (
    node INTEGER PRIMARY KEY, announcement_id TEXT NOT NULL UNIQUE REFERENCES announcements(id),
    signature TEXT NOT NULL)""",
    # words of texts of which no copy may be kept, and what is waiting to be threaded
    "CREATE TABLE story_words (announcement_id TEXT PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE story_queue (id INTEGER PRIMARY KEY, announcement_id TEXT NOT NULL UNIQUE)",
    """CREATE TRIGGER announcements_queued_when_new AFTER INSERT ON announcements BEGIN
    INSERT OR IGNORE INTO story_queue (announcement_id) VALUES (new.id); END""",
    """CREATE TRIGGER announcements_queued_when_changed
    AFTER UPDATE OF content_hash, relevant, stage, duplicate_of, published ON announcements BEGIN
    INSERT OR IGNORE INTO story_queue (announcement_id) VALUES (new.id); END""",
    """CREATE TABLE story_keys (
    bucket INTEGER NOT NULL, key INTEGER NOT NULL, day INTEGER NOT NULL, node INTEGER NOT NULL,
    PRIMARY KEY (bucket, key, day, node)) WITHOUT ROWID""",
    """CREATE TABLE story_links (
    node INTEGER NOT NULL, other INTEGER NOT NULL, event REAL NOT NULL, story REAL NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (node, other)) WITHOUT ROWID""",
    "ALTER TABLE stories ADD COLUMN merged_into TEXT REFERENCES stories(id)",
    "ALTER TABLE stories ADD COLUMN coverage INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE stories ADD COLUMN importance_reason TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE stories ADD COLUMN figures TEXT NOT NULL DEFAULT '{}'",
    "CREATE INDEX updates_announcement ON updates(announcement_id)",
    """CREATE TRIGGER updates_are_not_edited BEFORE UPDATE ON updates BEGIN
    SELECT RAISE(ABORT, 'updates are written once and never edited; add a correction'); END""",
    """CREATE TRIGGER updates_are_not_deleted BEFORE DELETE ON updates BEGIN
    SELECT RAISE(ABORT, 'updates are written once and never deleted; add a correction'); END""",
)


@migrations()
def stories_v1(db: Database) -> None:
    """Index of candidates, links, what a story keeps beside its public columns; updates become immutable."""
    for statement in _STATEMENTS:
        db.execute(statement)


_NUMBERED = (
    "ALTER TABLE stories ADD COLUMN number INTEGER",
    "UPDATE stories SET number=rowid",
    "CREATE UNIQUE INDEX stories_number ON stories(number)",
    "DELETE FROM stories_fts",
    """INSERT INTO stories_fts (rowid, title, alias) SELECT s.number, s.title, a.alias
    FROM stories s JOIN announcements a ON a.id=s.lead WHERE s.title<>''""",
)


@migrations()
def stories_v2_numbers(db: Database) -> None:
    """A number of its own for each story, which the search index refers to: VACUUM may change rowids."""
    for statement in _NUMBERED:
        db.execute(statement)


_WHILE = "WHEN EXISTS (SELECT 1 FROM settings WHERE key='stories.rebuild')"
_CHANGES = (
    # what was stored or changed while all stories are put together again (archive/story_rebuild.py)
    "CREATE TABLE story_changed (announcement_id TEXT PRIMARY KEY) WITHOUT ROWID",
    f"""CREATE TRIGGER announcements_noted_when_new AFTER INSERT ON announcements {_WHILE} BEGIN
    INSERT OR IGNORE INTO story_changed (announcement_id) VALUES (new.id); END""",
    f"""CREATE TRIGGER announcements_noted_when_changed
    AFTER UPDATE OF content_hash, relevant, stage, duplicate_of, published ON announcements {_WHILE} BEGIN
    INSERT OR IGNORE INTO story_changed (announcement_id) VALUES (new.id); END""",
)


@migrations()
def stories_v3_changes(db: Database) -> None:
    """What changes during a rethread is noted, so that a crawl need not wait for it."""
    for statement in _CHANGES:
        db.execute(statement)


@migrations()
def stories_v4_deadlines(db: Database) -> None:
    """The deadline of each kind, so that one that moved is told from one that another kind took the place of."""
    # '' where a story was last worked out before there was this column
    db.execute("ALTER TABLE stories ADD COLUMN deadlines TEXT NOT NULL DEFAULT ''")
