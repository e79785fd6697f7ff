"""The archive's schema as migrations, applied in order, each once and in its own transaction.

Table and column names are a public contract: they are added to, never renamed or reused. Times are
ISO 8601 text: ``YYYY-MM-DDTHH:MM:SSZ`` (UTC), or only as precise as the source was (``YYYY-MM-DD``).
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("visawire")

_V1 = """
CREATE TABLE sources (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, publisher TEXT NOT NULL, country TEXT NOT NULL,
    kind TEXT NOT NULL, authority TEXT NOT NULL, language TEXT NOT NULL, url TEXT NOT NULL,
    licence TEXT NOT NULL, republish TEXT NOT NULL, cadence TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1,
    retired_reason TEXT NOT NULL DEFAULT '', unverified INTEGER NOT NULL DEFAULT 0,
    identity TEXT NOT NULL DEFAULT '', preliminary INTEGER NOT NULL DEFAULT 0);

CREATE TABLE announcements (
    id TEXT PRIMARY KEY, source_id TEXT NOT NULL REFERENCES sources(id), external_id TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL, canonical_url TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT '', publisher TEXT NOT NULL DEFAULT '',
    published TEXT, published_precision TEXT, updated TEXT,
    first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, content_hash TEXT NOT NULL,
    relevant INTEGER, relevance REAL, relevance_reason TEXT NOT NULL DEFAULT '', stage TEXT NOT NULL DEFAULT '',
    duplicate_of TEXT REFERENCES announcements(id), duplicate_reason TEXT NOT NULL DEFAULT '',
    baseline INTEGER NOT NULL DEFAULT 0, attributes TEXT NOT NULL DEFAULT '{}',
    listing_hash TEXT NOT NULL DEFAULT '', text_hash TEXT NOT NULL DEFAULT '',
    guid TEXT NOT NULL, alias TEXT NOT NULL DEFAULT '');
CREATE INDEX announcements_source ON announcements(source_id, external_id);
CREATE INDEX announcements_canonical ON announcements(canonical_url);
CREATE INDEX announcements_text ON announcements(text_hash);
CREATE INDEX announcements_published ON announcements(published);
CREATE INDEX announcements_source_published ON announcements(source_id, published);
CREATE INDEX announcements_duplicate ON announcements(duplicate_of);

CREATE TABLE revisions (
    announcement_id TEXT NOT NULL REFERENCES announcements(id), n INTEGER NOT NULL, seen TEXT NOT NULL,
    title TEXT NOT NULL, summary TEXT NOT NULL, body TEXT NOT NULL, content_hash TEXT NOT NULL,
    diff TEXT NOT NULL DEFAULT '', silent INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (announcement_id, n)) WITHOUT ROWID;

CREATE TABLE stories (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, lead TEXT NOT NULL REFERENCES announcements(id),
    stage TEXT NOT NULL DEFAULT '', first_published TEXT, updated TEXT, effective TEXT, deadline TEXT,
    importance REAL NOT NULL DEFAULT 0);
CREATE TABLE story_announcements (
    story_id TEXT NOT NULL REFERENCES stories(id), announcement_id TEXT NOT NULL REFERENCES announcements(id),
    event TEXT NOT NULL DEFAULT '', role TEXT NOT NULL DEFAULT '', score REAL, reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (story_id, announcement_id)) WITHOUT ROWID;
CREATE INDEX story_announcements_announcement ON story_announcements(announcement_id);
CREATE TABLE updates (
    id INTEGER PRIMARY KEY, story_id TEXT NOT NULL REFERENCES stories(id), kind TEXT NOT NULL, at TEXT NOT NULL,
    summary TEXT NOT NULL, before TEXT NOT NULL DEFAULT '', after TEXT NOT NULL DEFAULT '',
    announcement_id TEXT REFERENCES announcements(id));
CREATE INDEX updates_story ON updates(story_id, at);

CREATE TABLE tags (
    id TEXT PRIMARY KEY, facet TEXT NOT NULL, code TEXT NOT NULL, label TEXT NOT NULL, parent TEXT NOT NULL DEFAULT '');
CREATE TABLE announcement_tags (
    announcement_id TEXT NOT NULL REFERENCES announcements(id), tag_id TEXT NOT NULL REFERENCES tags(id),
    rule TEXT NOT NULL, words TEXT NOT NULL, confidence REAL NOT NULL,
    PRIMARY KEY (announcement_id, tag_id, rule)) WITHOUT ROWID;
CREATE INDEX announcement_tags_tag ON announcement_tags(tag_id, announcement_id);

CREATE TABLE key_dates (
    id INTEGER PRIMARY KEY, announcement_id TEXT NOT NULL REFERENCES announcements(id), kind TEXT NOT NULL,
    date TEXT NOT NULL, precision TEXT NOT NULL, time TEXT NOT NULL DEFAULT '', zone TEXT NOT NULL DEFAULT '',
    applies_to TEXT NOT NULL DEFAULT '', quote TEXT NOT NULL, rule TEXT NOT NULL);
CREATE INDEX key_dates_announcement ON key_dates(announcement_id);
CREATE INDEX key_dates_kind_date ON key_dates(kind, date);

CREATE TABLE figures (
    id INTEGER PRIMARY KEY, announcement_id TEXT NOT NULL REFERENCES announcements(id), programme TEXT NOT NULL,
    parameter TEXT NOT NULL, value TEXT NOT NULL, number REAL, unit TEXT NOT NULL DEFAULT '',
    currency TEXT NOT NULL DEFAULT '', period TEXT NOT NULL DEFAULT '', valid_from TEXT NOT NULL DEFAULT '',
    previous TEXT NOT NULL DEFAULT '', series TEXT NOT NULL DEFAULT '', dimensions TEXT NOT NULL DEFAULT '{}',
    quote TEXT NOT NULL, rule TEXT NOT NULL);
CREATE INDEX figures_announcement ON figures(announcement_id);
CREATE INDEX figures_series ON figures(programme, parameter, series, valid_from);

CREATE TABLE identifiers (
    scheme TEXT NOT NULL, value TEXT NOT NULL, announcement_id TEXT NOT NULL REFERENCES announcements(id),
    role TEXT NOT NULL, PRIMARY KEY (scheme, value, announcement_id)) WITHOUT ROWID;
CREATE INDEX identifiers_announcement ON identifiers(announcement_id);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, command TEXT NOT NULL,
    replay TEXT NOT NULL DEFAULT '', exit_code INTEGER, sources INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0,
    new INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE checks (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs(id), source_id TEXT NOT NULL REFERENCES sources(id),
    state TEXT NOT NULL, started TEXT NOT NULL, statuses TEXT NOT NULL DEFAULT '{}', bytes INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '', seconds REAL NOT NULL DEFAULT 0);
CREATE INDEX checks_source ON checks(source_id, id);

CREATE TABLE responses (
    url TEXT PRIMARY KEY, etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',
    body_hash TEXT NOT NULL DEFAULT '', checked TEXT NOT NULL, status INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE VIRTUAL TABLE announcements_fts USING fts5 (
    title, summary, body, alias, content="announcements", tokenize="unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE stories_fts USING fts5 (title, alias, tokenize="unicode61 remove_diacritics 2");
"""


#: Keep the external-content index in step with the table (SQLite FTS5 manual, section 4.4.3).
_V1_TRIGGERS = (
    """CREATE TRIGGER announcements_fts_insert AFTER INSERT ON announcements BEGIN
    INSERT INTO announcements_fts (rowid, title, summary, body, alias)
    VALUES (new.rowid, new.title, new.summary, new.body, new.alias); END""",
    """CREATE TRIGGER announcements_fts_update AFTER UPDATE OF title, summary, body, alias ON announcements BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid, title, summary, body, alias)
    VALUES ('delete', old.rowid, old.title, old.summary, old.body, old.alias);
    INSERT INTO announcements_fts (rowid, title, summary, body, alias)
    VALUES (new.rowid, new.title, new.summary, new.body, new.alias); END""",
)


@migrations()
def v1_archive(db: Database) -> None:
    """All tables of the public contract."""
    for statement in _V1.split(";\n"):
        if statement.strip():
            db.execute(statement)
    for trigger in _V1_TRIGGERS:
        db.execute(trigger)


def migrate(db: Database) -> None:
    """Bring a database to the newest schema. Does nothing when it already is."""
    _all().apply(db)


def is_pending(db: Database) -> bool:
    """Whether a database lacks something of the newest schema; writes nothing."""
    return bool(_all().pending(db))


def _all() -> Migrations:
    import archive.schema_edits
    import archive.schema_meaning
    import archive.schema_near
    import archive.schema_notify
    import archive.schema_publishing
    import archive.schema_stories  # noqa: F401  registers its migration

    return migrations
