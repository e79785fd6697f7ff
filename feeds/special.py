"""Feeds that are no selection of stories: digests of closed days and weeks, deadlines ahead, and outages of sources."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from archive.feed_entries import freeze, frozen
from archive.models import iso
from feeds.catalog import Catalog, Limits
from feeds.deadline import AHEAD, KINDS, deadline_entries
from feeds.digest import DigestItem, Period, closed_days, closed_weeks, digest_entry
from feeds.entry import Entry, Feed, Site
from feeds.plan import Planned
from feeds.read import read_stories
from feeds.sequence import newest_first

#: Of the catalogue's periods: the name in keys, and which periods of it are over.
_PERIODS = {"day": ("daily", closed_days), "week": ("weekly", closed_weeks)}

#: Where it is remembered until when digests have been closed, in table ``settings``.
_CURSOR = "feeds.digest."

_CHANGES = """
SELECT u.story_id, u.kind, s.title, s.stage, coalesce(s.effective, '') AS effective, s.importance, s.lead
FROM feed_entries e JOIN updates u ON u.id = CAST(substr(e.key, 8) AS INTEGER) JOIN stories s ON s.id = u.story_id
WHERE e.date >= ? AND e.date < ? AND e.key LIKE 'update/%' ORDER BY e.date
"""

_LABELS = """
SELECT DISTINCT g.facet, g.code, g.label FROM announcement_tags t JOIN tags g ON g.id = t.tag_id
WHERE t.announcement_id = ? AND g.facet IN ('country', 'programme') AND t.confidence >= 0.5 ORDER BY g.facet, g.code
"""

_DATED = """
SELECT x.story_id, max(date(d.date, '-' || n.column1 || ' days')) AS due FROM (VALUES {ahead}) n
JOIN key_dates d ON d.kind IN ({kinds}) AND d.date > ? AND d.date <= ?
JOIN story_announcements x ON x.announcement_id = d.announcement_id
WHERE date(d.date, '-' || n.column1 || ' days') <= ? GROUP BY x.story_id ORDER BY due DESC, x.story_id LIMIT ?
"""


def close_digests(db: sqlite3.Connection, catalog: Catalog, as_of: datetime) -> None:
    """Freeze the digests of the days and weeks that are over. Needs a transaction around it.

    What a closed digest says is kept, so that it stays what subscribers have read whatever becomes of its stories. A
    period in which nothing changed has none.
    """
    for period in {spec.period for spec in catalog.of_kind("digest")}:
        name, closed = _PERIODS[period]
        row = db.execute("SELECT value FROM settings WHERE key = ?", (_CURSOR + name,)).fetchone()
        if row is None:
            row = db.execute("SELECT min(date) FROM feed_entries WHERE key LIKE 'update/%'").fetchone()
        if row[0] is None:
            continue
        over: Sequence[Period] = closed(datetime.fromisoformat(row[0]), as_of)
        for each in over:
            if items := _items(db, each):
                freeze(db, each.key, each.end, {"items": items})
        if over:
            db.execute(
                "INSERT INTO settings (key, value) VALUES (?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                (_CURSOR + name, iso(over[-1].end)),
            )


def _items(db: sqlite3.Connection, period: Period) -> list[dict[str, object]]:
    rows = db.execute(_CHANGES, (iso(period.start), iso(period.end))).fetchall()
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["kind"] not in kinds[row["story_id"]]:
            kinds[row["story_id"]].append(row["kind"])
    items: list[dict[str, object]] = []
    for row in {row["story_id"]: row for row in rows}.values():
        labels: defaultdict[str, list[str]] = defaultdict(list)
        for tag in db.execute(_LABELS, (row["lead"],)):
            plain = tag["facet"] == "country" and tag["label"] == tag["code"]
            labels[tag["facet"]].append(tag["code"].upper() if plain else tag["label"])
        items.append(
            {
                "story_id": row["story_id"], "title": row["title"], "countries": labels["country"],
                "programmes": labels["programme"], "stage": row["stage"], "effective": row["effective"],
                "importance": row["importance"], "changes": kinds[row["story_id"]],
            }
        )  # fmt: skip
    return items


def digest_feed(db: sqlite3.Connection, plan: Planned, site: Site) -> Feed:
    """The newest closed digests."""
    name, _ = _PERIODS[plan.spec.period]
    entries = []
    for key, end, facts in frozen(db, f"digest/{name}/", plan.spec.limits.max_entries):
        items = [
            DigestItem(
                i["story_id"], i["title"], tuple(i["countries"]), tuple(i["programmes"]), i["stage"], i["effective"],
                i["importance"], tuple(i["changes"]),
            )
            for i in facts["items"]
        ]  # fmt: skip
        length = timedelta(days=7 if plan.spec.period == "week" else 1)
        entries.append(digest_entry(items, Period(name, key.rpartition("/")[2], end - length, end), site))
    return _feed(plan, _fewer(entries, plan.spec.limits))


def near_a_date(db: sqlite3.Connection, plan: Planned, as_of: datetime) -> list[str]:
    """Ids of the stories whose reminders can be in the feed of deadlines: those with one due lately, as many as fit."""
    today = as_of.date()
    query = _DATED.format(kinds=",".join("?" * len(KINDS)), ahead=",".join(f"({days})" for days in AHEAD))
    since, until = today - timedelta(days=plan.spec.limits.days), today + timedelta(days=max(AHEAD))
    values = (*KINDS, since.isoformat(), until.isoformat(), today.isoformat(), plan.spec.limits.max_entries)
    return sorted(row[0] for row in db.execute(query, values))


def deadline_feed(
    db: sqlite3.Connection, plan: Planned, site: Site, limits: Limits, as_of: datetime, ids: Sequence[str]
) -> Feed:
    """The reminders of the last days, of some stories."""
    entries = [entry for story in read_stories(db, ids, limits) for entry in deadline_entries(story, site, as_of)]
    return _feed(plan, newest_first(entries)[: plan.spec.limits.max_entries])


def status_feed(plan: Planned, entries: Iterable[Entry]) -> Feed:
    """The outages of sources."""
    return _feed(plan, newest_first(list(entries))[: plan.spec.limits.max_entries])


def _fewer(entries: Sequence[Entry], limits: Limits) -> list[Entry]:
    """As many as fit a file; a digest is the largest entry that there is."""
    room = limits.max_bytes - 10_000
    kept = []
    for entry in entries:
        room -= 2 * len(entry.content.encode()) + 2_000  # escaped in RSS and Atom
        if room < 0:
            break
        kept.append(entry)
    return kept


def _feed(plan: Planned, entries: Iterable[Entry]) -> Feed:
    return Feed(plan.path, plan.title, plan.description, tuple(entries), plan.page, plan.tag)
