"""The tables by which near copies are found: one index seek for each band, and no scan.

``near_bands`` holds (band, key) pairs of sketches (:mod:`archive.sketch`) and, in the bands from
``archive.near.LANGUAGE`` on, keys of what other languages of one release share. A row refers to its sketch by
number, which keeps the table at 15 bytes a row and lets a seek meet the newest announcements first.
"""

from __future__ import annotations

from sqlite_utils import Database

from archive.schema import migrations

_NEAR = (
    """CREATE TABLE near_sketches (
    id INTEGER PRIMARY KEY, announcement_id TEXT NOT NULL UNIQUE REFERENCES announcements(id),
    length INTEGER NOT NULL, sketch BLOB NOT NULL)""",
    """CREATE TABLE near_bands (
    band INTEGER NOT NULL, key INTEGER NOT NULL, sketch_id INTEGER NOT NULL REFERENCES near_sketches(id),
    PRIMARY KEY (band, key, sketch_id)) WITHOUT ROWID""",
)


@migrations()
def near_tables(db: Database) -> None:
    """Tables ``near_sketches`` and ``near_bands``."""
    for statement in _NEAR:
        db.execute(statement)
