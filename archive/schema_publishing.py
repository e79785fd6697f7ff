"""Schema of publishing: the permanent places of entries in feeds, and a journal of what changed since when.

The journal makes publishing cost what changed and not what there is: triggers note the announcement or story of every
row that a published file shows, with a serial number that only grows.
"""

from __future__ import annotations

from sqlite_utils import Database

from archive.schema import migrations

#: What is shown of an announcement; the rest (when it was last seen, hashes) may move without anybody noticing.
_SHOWN = "title, summary, body, url, published, publisher, language, relevant, stage, state, duplicate_of, content_hash"

_NOTE = """INSERT INTO journal (subject, serial)
    VALUES ({subject}, (SELECT coalesce(max(serial), 0) + 1 FROM journal))
    ON CONFLICT(subject) DO UPDATE SET serial = excluded.serial"""


def _trigger(name: str, event: str, table: str, subject: str) -> str:
    return f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {_NOTE.format(subject=subject)}; END"


def _triggers() -> list[str]:
    found = [
        _trigger("journal_announcement", f"UPDATE OF {_SHOWN}", "announcements", "'announcement/' || new.id"),
        _trigger("journal_revision", "INSERT", "revisions", "'announcement/' || new.announcement_id"),
        _trigger("journal_story_new", "INSERT", "stories", "'story/' || new.id"),
        _trigger("journal_story", "UPDATE", "stories", "'story/' || new.id"),
        _trigger("journal_update", "INSERT", "updates", "'story/' || new.story_id"),
    ]
    for table, subject in (
        ("announcement_tags", "'announcement/' || {}.announcement_id"),
        ("key_dates", "'announcement/' || {}.announcement_id"),
        ("figures", "'announcement/' || {}.announcement_id"),
        ("story_announcements", "'story/' || {}.story_id"),
    ):
        for event, row in (("INSERT", "new"), ("DELETE", "old")):
            found.append(_trigger(f"journal_{table}_{event.lower()}", event, table, subject.format(row)))
    return found


_STATEMENTS = (
    "CREATE TABLE journal (subject TEXT PRIMARY KEY, serial INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX journal_serial ON journal(serial)",
    """CREATE TABLE feed_entries (
    key TEXT PRIMARY KEY, date TEXT NOT NULL UNIQUE, frozen TEXT NOT NULL DEFAULT '{}') WITHOUT ROWID""",
    "CREATE INDEX responses_checked ON responses(checked)",
    "CREATE INDEX figures_valid_from ON figures(valid_from)",
    *(f"CREATE INDEX stories_{column} ON stories({column})" for column in ("effective", "deadline", "updated")),
)


@migrations()
def publishing_v1(db: Database) -> None:
    """Places of entries in feeds, and the journal with its triggers."""
    for statement in (*_STATEMENTS, *_triggers()):
        db.execute(statement)
