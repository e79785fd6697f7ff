"""Reads what the feeds show from the archive: one query per facet and per kind of fact, in one snapshot."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from archive.store import Archive
from feeds.catalog import Catalog, FeedSpec, Limits
from feeds.rows import DateRow, Entry, Feed, FigureRow, Report, TagRow
from feeds.words import moment

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

#: Tags that are less certain are not shown (those that fill feeds have their own limit in the catalogue).
_SHOWN_CONFIDENCE = 0.5

# An announcement's moment is its stated publication, but never later than it was first seen: a date in the
# future would pin the entry to the top of every reader. Those that share a moment (a day, mostly) are told
# apart by seconds in the order in which they were first seen, counted over the whole archive, so that a
# date never changes because another announcement arrived later.
_LEADS = """
INSERT INTO temp.feed_leads (id, guid, authority, moment, nudge)
SELECT id, guid, authority, moment, nudge
FROM (
    SELECT a.*, s.authority,
        row_number() OVER (PARTITION BY a.moment ORDER BY a.first_seen, a.id) - 1 AS nudge
    FROM (SELECT id, guid, source_id, duplicate_of, relevant, first_seen,
        min(coalesce(nullif(published, ''), first_seen), first_seen) AS moment FROM announcements) a
    JOIN sources s ON s.id = a.source_id)
WHERE duplicate_of IS NULL AND coalesce(relevant, 1) <> 0
"""

_OF_FACET = """
SELECT tag_id, id FROM (
    SELECT t.tag_id, l.id,
        row_number() OVER (PARTITION BY t.tag_id ORDER BY l.moment DESC, l.nudge DESC, l.id) AS place
    FROM (SELECT DISTINCT x.tag_id, x.announcement_id FROM announcement_tags x
        JOIN tags g ON g.id = x.tag_id WHERE g.facet = ? AND x.confidence >= ?) t
    JOIN temp.feed_leads l ON l.id = t.announcement_id)
WHERE place <= ? ORDER BY tag_id, place
"""

_ENTRIES = """
SELECT a.id, l.guid, a.title, a.url, substr(a.summary, 1, :longest) AS summary,
    CASE s.republish WHEN 'full' THEN substr(a.body, 1, :longest) ELSE '' END AS body,
    coalesce(nullif(a.language, ''), s.language) AS language,
    coalesce(nullif(a.publisher, ''), s.publisher) AS publisher, s.name AS source_name, s.url AS source_url,
    s.authority, s.licence, s.republish, a.stage, coalesce(a.published, '') AS published, a.first_seen,
    l.moment, l.nudge
FROM temp.feed_chosen c JOIN announcements a ON a.id = c.id JOIN sources s ON s.id = a.source_id
JOIN temp.feed_leads l ON l.id = c.id
"""

_TAGS = """
SELECT DISTINCT x.announcement_id AS id, g.facet, g.code, g.label FROM temp.feed_chosen c
JOIN announcement_tags x ON x.announcement_id = c.id JOIN tags g ON g.id = x.tag_id
WHERE x.confidence >= ? ORDER BY g.facet, g.code
"""

_DATES = """
SELECT d.announcement_id AS id, d.kind, d.date, d.time, d.zone, d.applies_to
FROM temp.feed_chosen c JOIN key_dates d ON d.announcement_id = c.id
ORDER BY d.kind, d.date, d.time, d.applies_to
"""

# What moved is shown before what stayed, each in the order in which the source gives it.
_FIGURES = """
SELECT * FROM (
    SELECT f.announcement_id AS id, f.parameter, f.series, f.dimensions, f.previous, f.value, f.unit,
        f.currency, f.period, count(*) OVER (PARTITION BY f.announcement_id) AS total,
        row_number() OVER (PARTITION BY f.announcement_id
            ORDER BY f.previous = '' OR f.previous = f.value, f.id) AS place
    FROM temp.feed_chosen c JOIN figures f ON f.announcement_id = c.id)
WHERE place <= ? ORDER BY id, place
"""

_REPORTS = """
SELECT d.duplicate_of AS id, coalesce(nullif(d.publisher, ''), s.publisher) AS publisher, d.url
FROM temp.feed_chosen c JOIN announcements d ON d.duplicate_of = c.id JOIN sources s ON s.id = d.source_id
ORDER BY d.first_seen, publisher, d.id
"""

# Changes seen in one crawl share a time: again told apart by seconds, the newest announcement first, so that
# those that leave the feeds at the old end move nobody.
_REVISED = """
SELECT r.announcement_id AS id, r.seen,
    row_number() OVER (PARTITION BY r.seen ORDER BY l.moment DESC, l.nudge DESC, l.id) - 1 AS nudge
FROM temp.feed_chosen c JOIN revisions r ON r.announcement_id = c.id JOIN temp.feed_leads l ON l.id = c.id
WHERE r.n > 0 AND r.n = (SELECT max(n) FROM revisions WHERE announcement_id = c.id)
"""


def select(archive: Archive, catalog: Catalog) -> tuple[Feed, ...]:
    """Read every feed, in the catalogue's order and those of a pattern by code. The archive is not changed.

    Raises ``ValueError`` for a tag whose code cannot be a file's name, and ``sqlite3.Error``.
    """
    with _snapshot(archive.db) as db:
        chosen = [(spec, tag, ids) for spec in catalog.feeds for tag, ids in _choose(db, spec)]
        db.execute("CREATE TEMP TABLE feed_chosen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        wanted = sorted({announcement for _, _, ids in chosen for announcement in ids})
        db.executemany("INSERT INTO temp.feed_chosen (id) VALUES (?)", [(announcement,) for announcement in wanted])
        entries = _entries(db, catalog)
    return tuple(_feed(spec, tag, [entries[announcement] for announcement in ids]) for spec, tag, ids in chosen)


@contextmanager
def _snapshot(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One state of the archive for all queries, whoever writes meanwhile; temporary tables vanish with it."""
    db.execute("BEGIN")
    try:
        db.execute(
            "CREATE TEMP TABLE feed_leads (id TEXT PRIMARY KEY, guid TEXT, authority TEXT, moment TEXT, "
            "nudge INTEGER) WITHOUT ROWID"
        )
        db.execute(_LEADS)
        yield db
    finally:
        db.execute("ROLLBACK")


def _choose(db: sqlite3.Connection, spec: FeedSpec) -> list[tuple[TagRow | None, list[str]]]:
    """The ids of each feed that ``spec`` describes, newest first; a tag that nothing has gives no ids."""
    most = spec.limits.max_entries
    if not spec.facet:
        rows = db.execute(
            "SELECT id FROM temp.feed_leads WHERE ?1 = '' OR authority = ?1 "
            "ORDER BY moment DESC, nudge DESC, id LIMIT ?2",
            (spec.authority, most),
        )
        return [(None, [row["id"] for row in rows])]
    members: dict[str, list[str]] = defaultdict(list)
    for row in db.execute(_OF_FACET, (spec.facet, spec.min_confidence, most)):
        members[row["tag_id"]].append(row["id"])
    found: list[tuple[TagRow | None, list[str]]] = []
    for row in db.execute("SELECT id, facet, code, label FROM tags WHERE facet = ? ORDER BY code", (spec.facet,)):
        if not _CODE.fullmatch(row["code"]):
            raise ValueError(
                f"tag {row['id']!r}: its code cannot be part of a feed's address. "
                "Correct the vocabulary (a-z, 0-9, - and . are allowed) and run `visawire retag`."
            )
        found.append((_tag(row), members[row["id"]]))
    return found


def _entries(db: sqlite3.Connection, catalog: Catalog) -> dict[str, Entry]:
    most_figures = max(spec.limits.figures for spec in catalog.feeds)
    # Twice what is shown: enough to see that something was cut, and where a paragraph ends.
    longest = 2 * max(spec.limits.text_chars for spec in catalog.feeds)
    tags: dict[str, list[TagRow]] = defaultdict(list)
    for row in db.execute(_TAGS, (_SHOWN_CONFIDENCE,)):
        tags[row["id"]].append(_tag(row))
    dates: dict[str, list[DateRow]] = defaultdict(list)
    for row in db.execute(_DATES):
        dates[row["id"]].append(DateRow(row["kind"], row["date"], row["time"], row["zone"], row["applies_to"]))
    figures: dict[str, list[FigureRow]] = defaultdict(list)
    totals: dict[str, int] = {}
    for row in db.execute(_FIGURES, (most_figures,)):
        totals[row["id"]] = row["total"]
        figures[row["id"]].append(
            FigureRow(
                row["parameter"],
                _series(row),
                row["previous"],
                row["value"],
                row["unit"],
                row["currency"],
                row["period"],
            )
        )
    reports: dict[str, list[Report]] = defaultdict(list)
    for row in db.execute(_REPORTS):
        reports[row["id"]].append(Report(row["publisher"], row["url"]))
    revised = {row["id"]: moment(row["seen"]) + timedelta(seconds=row["nudge"]) for row in db.execute(_REVISED)}
    rows = db.execute(_ENTRIES, {"longest": longest}).fetchall()
    entries = {}
    for row in rows:
        key = row["id"]
        date = moment(row["moment"]) + timedelta(seconds=row["nudge"])
        seen_here = {(row["publisher"], row["url"])}
        others = [report for report in dict.fromkeys(reports[key]) if (report.publisher, report.url) not in seen_here]
        entries[key] = Entry(
            guid=row["guid"], title=row["title"], url=row["url"], summary=row["summary"],
            body=row["body"], language=row["language"], publisher=row["publisher"],
            source_name=row["source_name"], source_url=row["source_url"], authority=row["authority"],
            licence=row["licence"], republish=row["republish"], stage=row["stage"],
            published=row["published"], first_seen=row["first_seen"], date=date,
            updated=max(date, revised.get(key, date)), tags=tuple(tags[key]), key_dates=tuple(dates[key]),
            figures=tuple(figures[key]), figures_total=totals.get(key, 0), reports=tuple(others),
        )  # fmt: skip
    return entries


def _tag(row: sqlite3.Row) -> TagRow:
    label = row["label"]
    if label == row["code"] and row["facet"] == "country":
        label = label.upper()
    return TagRow(row["facet"], row["code"], label)


def _series(row: sqlite3.Row) -> str:
    """A series in words: the values of its dimensions, or its slug if it has none."""
    values = json.loads(row["dimensions"]).values()
    return ", ".join(str(value) for value in values) or row["series"]


def _feed(spec: FeedSpec, tag: TagRow | None, entries: list[Entry]) -> Feed:
    path, title, description = spec.path, spec.title, spec.description
    if tag is not None:
        path = f"{path.removesuffix('*')}{tag.code}"
        title = title.replace("{label}", tag.label).replace("{code}", tag.code)
        description = description.replace("{label}", tag.label).replace("{code}", tag.code)
    return Feed(path, title, description, spec.limits, recent(distinct(entries), spec.limits), tag)


def distinct(entries: list[Entry]) -> list[Entry]:
    """Newest first, with dates and update times that are all different: equal ones move up by seconds."""
    entries = sorted(entries, key=lambda entry: (entry.date, entry.guid))
    last: datetime | None = None
    for place, entry in enumerate(entries):
        date = entry.date if last is None else max(entry.date, last + timedelta(seconds=1))
        if date != entry.date:
            entries[place] = replace(entry, date=date, updated=max(entry.updated, date))
        last = date
    last = None
    for place in sorted(range(len(entries)), key=lambda p: (entries[p].updated, p)):
        entry = entries[place]
        updated = entry.updated if last is None else max(entry.updated, last + timedelta(seconds=1))
        if updated != entry.updated:
            entries[place] = replace(entry, updated=updated)
        last = updated
    entries.reverse()
    return entries


def recent(entries: list[Entry], limits: Limits) -> tuple[Entry, ...]:
    """What the limits of number and age leave; age is counted from the newest entry, never from today."""
    entries = entries[: limits.max_entries]
    if not entries:
        return ()
    oldest = entries[0].date - timedelta(days=limits.days)
    return tuple(entry for place, entry in enumerate(entries) if place < limits.min_entries or entry.date >= oldest)
