"""``index.html``: what matters this week, what comes into force, what is due until when, and all feeds. Pure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.entry import Site
from feeds.html import Channel, discovery, grouped, render, tag_name
from feeds.labels import stage_label
from feeds.story import Story
from feeds.words import line

#: Days that count as this week, and ahead of the day of which the page is.
WEEK, SOON = 7, 60
#: The most that is shown of each list.
MOST_NEWS, MOST_AHEAD = 12, 15
#: Groups of more feeds than this are folded.
MANY = 12

# Dates as coarse as a month count from their first day, as everywhere.
_CANDIDATES = """
SELECT s.id FROM stories s JOIN announcements a ON a.id = s.lead JOIN feed_entries e ON e.key = 'story/' || s.id
WHERE s.merged_into IS NULL AND coalesce(a.relevant, 1) <> 0 AND ({condition}) ORDER BY {order}, s.id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Headline:
    """A story in one line. ``date`` and ``updated`` are aware UTC, ``effective`` and ``deadline`` ISO days or ''."""

    id: str
    title: str
    language: str
    stage: str
    publisher: str
    official: bool
    places: tuple[str, ...]
    programmes: tuple[str, ...]
    date: datetime
    updated: datetime
    effective: str
    deadline: str
    importance: float
    reports: int = 1
    #: ISO text: when its lead was published as precise as stated, and the day on which that was first seen.
    published: str = ""
    seen: str = ""
    #: Whether anything of it changed after it was new.
    moved: bool = False

    @property
    def page(self) -> str:
        return f"story/{self.id}.html"

    @property
    def stage_name(self) -> str:
        return stage_label(self.stage)

    @property
    def changed(self) -> bool:
        """Whether something changed in it on a later day than that on which it appeared."""
        return self.moved and self.updated.date() > self.date.date()


@dataclass(frozen=True, slots=True)
class Front:
    """The lists of the front page. ``recent``: ``news`` is of this week, and not merely the newest."""

    as_of: datetime
    news: tuple[Headline, ...]
    recent: bool
    soon: tuple[Headline, ...]
    ahead: tuple[Headline, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """How many of the active sources are healthy."""

    healthy: int
    sources: int

    def __str__(self) -> str:
        return f"{self.healthy} of {self.sources} sources healthy"


def headline(story: Story) -> Headline:
    """What the front page says of a story."""
    return Headline(
        story.id, line(story.title, 300) or "Untitled announcement", story.lead.language, story.stage,
        line(story.lead.publisher, 100), any(report.official for report in story.reports),
        tuple(tag_name(tag) for tag in story.tags if tag.facet == "country"),
        tuple(tag_name(tag) for tag in story.tags if tag.facet == "programme")[:3],
        story.date, story.updated, story.effective, story.deadline, story.importance, len(story.reports),
        (story.lead.published or story.lead.first_seen)[:10], story.lead.first_seen[:10],
        any(change.kind != "new" for change in story.changes),
    )  # fmt: skip


def front(headlines: Iterable[Headline], as_of: datetime) -> Front:
    """Choose from some stories what the front page shows. Only the day of ``as_of`` (aware UTC) counts.

    News are the most important of the last :data:`WEEK` days, new or materially changed in them; a quiet week shows
    the newest there is.
    """
    rows = sorted(headlines, key=lambda row: (-row.updated.timestamp(), row.id))
    today = as_of.date()
    week = [row for row in rows if today - row.updated.date() < timedelta(days=WEEK)]
    news = sorted(week, key=lambda row: (-row.importance, -row.updated.timestamp(), row.id)) or rows
    until = (today + timedelta(days=SOON)).isoformat()
    soon = [row for row in rows if today.isoformat() < row.effective <= until and row.stage not in _NOT_COMING]
    ahead = [row for row in rows if row.deadline >= today.isoformat() and row.stage not in _NOT_COMING]
    return Front(
        as_of, tuple(news[:MOST_NEWS]), bool(week),
        tuple(sorted(soon, key=lambda row: (row.effective, row.id))[:MOST_AHEAD]),
        tuple(sorted(ahead, key=lambda row: (row.deadline, row.id))[:MOST_AHEAD]),
    )  # fmt: skip


_NOT_COMING = frozenset(("withdrawn", "expired"))


def front_ids(db: sqlite3.Connection, as_of: datetime) -> list[str]:
    """Ids of the stories that :func:`front` can choose from, by indexes and limits: never all of an archive."""
    today = as_of.date()
    since, until = (today - timedelta(days=WEEK)).isoformat(), (today + timedelta(days=SOON)).isoformat()
    found: dict[str, None] = {}
    for condition, order, values in (
        ("s.effective > ? AND s.effective <= ?", "s.effective", (today.isoformat(), until)),
        ("s.deadline >= ?", "s.deadline", (today.isoformat(),)),
        ("s.updated >= ?", "s.importance DESC, s.updated DESC", (since,)),
        ("1", "e.date DESC", ()),
    ):
        query = _CANDIDATES.format(condition=condition, order=order)
        found |= dict.fromkeys(row[0] for row in db.execute(query, (*values, 4 * MOST_AHEAD)))
    return list(found)


def index_page(
    shown: Front, feeds: Sequence[Channel], site: Site, health: Summary | None = None, opml: str = "feeds.opml"
) -> bytes:
    """``index.html``. ``feeds`` are all that are published, ``health`` the sources' state as far as it is known.

    The search box asks ``site.search`` with ``q``, as the archive's canned query ``search`` takes it.
    """
    general = [row for row in feeds if row.path in ("all", "official", "weekly")]
    countries = [row for row in feeds if row.facet == "country"]
    return render(
        "index.html",
        site,
        "index.html",
        shown=shown,
        as_of=shown.as_of.date().isoformat(),
        groups=grouped(feeds),
        countries=sorted(countries, key=lambda row: (row.name.casefold(), row.path)),
        discovery=[row for channel in general for row in discovery(channel)],
        health=health,
        opml=opml,
        soon_days=SOON,
        many=MANY,
    )
