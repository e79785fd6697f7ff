"""Everything that is published besides the feeds of stories: pages, lists, and feeds of another kind."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from feeds.assemble import files_of
from feeds.catalog import Catalog
from feeds.entry import Feed, Site
from feeds.feed_page import feed_page
from feeds.formats import Renderer
from feeds.health import source_health
from feeds.history import Figures, programme_figures
from feeds.html import Channel, channels
from feeds.index_page import front, front_ids, headline, index_page
from feeds.latest import MOST_STORIES, latest_json, latest_schema
from feeds.outage_entry import outage_entries
from feeds.outline import outline
from feeds.pages import about_page, moved_page, not_found_page, robots, sitemaps, withdrawn_page
from feeds.plan import UPDATES, Planned
from feeds.read import read_stories
from feeds.special import deadline_feed, digest_feed, near_a_date, status_feed
from feeds.state import State
from feeds.status_page import status_json, status_page, summary

STYLE = Path(__file__).with_name("site.css")

Files = Iterator[tuple[str, bytes]]


def channels_of(feeds: Iterable[Planned], site: Site) -> tuple[Channel, ...]:
    """The feeds as the pages list them."""
    rows = []
    for plan in feeds:
        rows.append(Feed(plan.path, plan.title, plan.description, (), plan.page, plan.tag, calendar=plan.calendar))
        if plan.spec.kind == "stories":
            rows.append(Feed(plan.path + UPDATES, plan.title, plan.description, (), plan.page, plan.tag))
    return channels(rows, site)


def farewell(db: sqlite3.Connection, site: Site, story_id: str) -> Files:
    """The page of a story that is no longer published: it leads to the one it went into, or says that it is gone."""
    seen = {story_id}
    into, title = story_id, ""
    while row := db.execute(
        "SELECT t.id, t.title FROM stories s JOIN stories t ON t.id = s.merged_into WHERE s.id = ?", (into,)
    ).fetchone():
        into, title = row
        if into in seen:
            break
        seen.add(into)
    gone = into == story_id
    page = withdrawn_page(story_id, site) if gone else moved_page(story_id, into, title, site)
    yield f"story/{story_id}.html", page


class Sections:
    """Pages and lists of one site at one moment. ``feeds`` are all that are published."""

    def __init__(
        self, db: sqlite3.Connection, state: State, site: Site, catalog: Catalog, feeds: Sequence[Planned],
        renderer: Renderer, as_of: datetime,
    ) -> None:  # fmt: skip
        self._db, self._state, self._site, self._catalog = db, state, site, catalog
        self._feeds, self._renderer, self._as_of = feeds, renderer, as_of
        self._channels = channels_of(feeds, site)
        self._by_path = {channel.path: channel for channel in self._channels}
        self._health = source_health(db)

    def fixed(self) -> Files:
        """What only changes with the software and the settings."""
        yield "style.css", STYLE.read_bytes()
        yield "robots.txt", robots(self._site)
        yield "404.html", not_found_page(self._site)
        yield "about.html", about_page(self._site)
        yield "latest.schema.json", latest_schema()

    def twin(self, feed: Feed, plan: Planned) -> tuple[str, bytes]:
        """The page of a feed; a programme's has its figures."""
        return plan.page, feed_page(feed, self._site, self._by_path[plan.path], self._figures(plan))

    def _figures(self, plan: Planned) -> Figures | None:
        if plan.tag is None or plan.tag.facet != "programme":
            return None
        return programme_figures(self._db, plan.tag.code, self._as_of.date())

    def figured(self) -> set[str]:
        """Paths of the programmes whose figures are not what they were when their pages were last written.

        What a story says of a programme counts wherever the story stands, and a day brings what was ahead.
        """
        another = set()
        for plan in self._feeds:
            if (found := self._figures(plan)) is not None:
                mark = hashlib.blake2b(repr(found).encode(), digest_size=16).hexdigest()
                if self._state.get(f"figures/{plan.path}") != mark:
                    self._state.put(f"figures/{plan.path}", mark)
                    another.add(plan.path)
        return another

    def special(self, changed: Collection[str], *, digests: bool, deadlines: bool) -> Files:
        """Outages; digests if one was closed; deadlines on another day, or if one of the changed stories has any."""
        for plan in self._feeds:
            if plan.spec.kind == "digest" and digests:
                feed = digest_feed(self._db, plan, self._site)
            elif plan.spec.kind == "deadlines":
                ids = near_a_date(self._db, plan, self._as_of)
                key = f"near/{plan.path}"
                if not deadlines and not {*ids, *self._state.get(key).split()} & set(changed):
                    continue
                self._state.put(key, " ".join(ids))
                feed = deadline_feed(self._db, plan, self._site, self._catalog.limits, self._as_of, ids)
            elif plan.spec.kind == "status":
                feed = status_feed(plan, outage_entries(self._health, self._site))
                channel = self._by_path[plan.path]
                yield plan.page, status_page(self._health, self._site, self._as_of, channel)
                yield "status.json", status_json(self._health, self._as_of)
            else:
                continue
            yield from files_of(feed, self._renderer)
            if plan.spec.kind != "status":
                yield self.twin(feed, plan)

    def lists(self) -> Files:
        """What changes with any story: the front page, and the lists of feeds and stories."""
        limits = self._catalog.limits
        stories = read_stories(self._db, front_ids(self._db, self._as_of), limits)
        shown = front((headline(story) for story in stories), self._as_of)
        yield "index.html", index_page(shown, self._channels, self._site, summary(self._health))
        own = [plan.path for plan in self._feeds if plan.spec.own]
        rows = [Feed(p.path, p.title, p.description, (), p.page, p.tag) for p in self._feeds]
        yield "feeds.opml", outline(rows, self._site, own)
        latest = read_stories(self._db, self._state.latest(MOST_STORIES), limits)
        yield "latest.json", latest_json(latest, self._site, self._as_of)
        yield from sitemaps(self._pages(), self._site)

    def _pages(self) -> Iterator[tuple[str, str]]:
        """Path and day of the last change ('' where nothing tells) of every page that is worth finding."""
        yield "", ""
        for plan in self._feeds:
            yield plan.page, ""
        for story_id, updated in self._state.dated():
            yield f"story/{story_id}.html", updated[:10]
