"""Projects the archive into files: feeds, calendars and pages, and only those in which something changed.

What changed is read from the archive's journal; which feeds that touches is known from the site's state. A site
without a state, with missing files, or published by another version or with other settings is published anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from archive.feed_entries import (
    changed_stories,
    has_place,
    newest_time,
    place_stories,
    place_updates,
    placed_stories,
    placed_updates,
    serial,
)
from archive.models import iso
from archive.store import Archive
from feeds.assemble import KEPT, Assembler, Entries, files_of
from feeds.calendar import calendar, events
from feeds.catalog import DEFAULT, Catalog, CatalogError, load_catalog
from feeds.changes import read_changes
from feeds.entry import EPOCH, Site
from feeds.files import Published, PublishError, Writer, sweep
from feeds.formats import Renderer
from feeds.html import Channel
from feeds.lineage import follows, names, newest, renamed
from feeds.plan import UPDATES, feeds_of, planned, subject_of
from feeds.read import days_of, published_stories, read_stories
from feeds.sections import Sections, channels_of, farewell
from feeds.special import close_digests
from feeds.state import State, StoryState
from feeds.story_page import story_page

_Item = TypeVar("_Item")

_AUTHORITY = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_SITE_URL = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?", re.IGNORECASE)

#: A calendar holds what is ahead and what was within the last twelve months, and no more events than this.
_MOST_EVENTS = 1_000


def publish(
    archive: Archive,
    root: Path,
    *,
    site_url: str,
    authority: str = "visawire.invalid",
    hub: str = "",
    search: str = "",
    notice: str = "",
    own: Path | None = None,
    full: bool = False,
    progress: bool = False,
    catalog: Path = DEFAULT,
) -> Published:
    """Bring everything below ``root`` up to date with the archive.

    ``site_url`` is the absolute address at which ``root`` is served. ``authority`` is the domain name in every GUID:
    set it once, before anybody subscribes. ``hub`` is a WebSub hub's address, ``search`` that of the archive's search
    page, ``notice`` what all of the site says of itself (that it is a demo; '' normally), ``own`` a ``visawire.toml``
    with feeds of the user's own. ``full`` draws up every file anew (those that come out equal keep their times). A feed
    of a tag that nothing has any more stays, empty, because its address may not go away. One publication at a time:
    the caller holds the lock.

    Raises :class:`PublishError` for a wrong parameter or catalogue, an unusable archive, or a file that cannot be
    written.
    """
    if not _SITE_URL.fullmatch(site_url):
        raise PublishError(f"site URL {site_url!r}: must be absolute, such as https://example.org/visas. Correct it.")
    if not _AUTHORITY.fullmatch(authority):
        raise PublishError(f"authority {authority!r}: must be a domain name that you own, such as example.org.")
    try:
        plan = load_catalog(catalog, own)
    except CatalogError as error:
        raise PublishError(str(error)) from error
    site = Site(site_url.rstrip("/"), authority.lower(), plan.name, plan.ttl_minutes, hub, search, notice)
    try:
        state = State(root)
    except (OSError, sqlite3.Error) as error:
        raise PublishError(f"{root}: cannot be written to ({error}). Choose another place with --site.") from error
    publication = _Publication(archive, root, site, plan, state, progress)
    try:
        return publication.run(full)
    except (ValueError, sqlite3.Error) as error:
        if state.damaged():
            state.discard()
            return publish(archive, root, site_url=site_url, authority=authority, hub=hub, search=search,
                           notice=notice, own=own, full=True, progress=progress, catalog=catalog)  # fmt: skip
        raise PublishError(
            f"{archive.path}: cannot be published ({error}). Try again when nobody writes, or run "
            "`visawire doctor`. Every published file is whole."
        ) from error
    finally:
        publication.leave()


class _Publication:
    """One publication: from the journal's serial number that the site has seen to the newest one."""

    def __init__(
        self, archive: Archive, root: Path, site: Site, catalog: Catalog, state: State, progress: bool
    ) -> None:
        self._archive, self._root, self._site = archive, root, site
        self._catalog, self._state, self._progress = catalog, state, progress
        self._db = archive.db
        self._entries = Entries(self._db, site, catalog.limits)
        self._renderer = Renderer(site)
        self._assembler = Assembler(state, self._entries, self._renderer, root)
        self._writer = Writer(root)
        self._touched: set[str] = set()

    def leave(self) -> None:
        """Let go of everything, also in the midst of it."""
        self._writer.abandon()
        self._state.close()

    def run(self, full: bool) -> Published:
        fingerprint, called = _fingerprint(self._site, self._catalog), names(self._db)
        known = not full and self._state.get("fingerprint") == fingerprint and self._follows(called)
        standing = self._state.files_stand(self._root) if known else None
        everything = standing is None
        as_of = newest_time(self._db) or EPOCH
        with self._archive.transaction() as db:
            now = (str(serial(db)), as_of.date().isoformat(), *newest(db))
            if not everything and now == self._seen():
                return Published(unchanged=standing or 0)
            changed = published_stories(db) if everything else changed_stories(db, int(self._seen()[0]))
            place_stories(db, changed)
            place_updates(db)
            close_digests(db, self._catalog, as_of)
        sweep(self._root)
        with _snapshot(self._db):
            if everything:
                self._state.forget()
                changed = placed_stories(self._db)
            # from what this site has seen: these may have been placed for another one, or by a run that was cut short
            updates = placed_updates(self._db, int(self._state.get("update") or 0))
            digests = str(self._db.execute(_DIGESTS).fetchone()[0])
            closed = digests != self._state.get("digests")
            self._bring(changed, updates, as_of, everything, closed)
            self._writer.flush()
        for key, value in zip(_SEEN, now, strict=True):
            self._state.put(key, value)
        self._state.put("fingerprint", fingerprint)
        self._state.put("names", json.dumps(called))
        self._state.put("digests", digests)
        self._state.put("update", str(max(updates, default=int(self._state.get("update") or 0))))
        self._state.put_files({**self._assembler.kept, **self._writer.sizes}, anew=everything)
        self._state.commit()
        done = self._writer.done
        if standing is not None:
            done.unchanged = max(0, standing - len(done.written))
        return done

    def _seen(self) -> tuple[str, ...]:
        """What the last publication had seen: serial number of the journal, day, newest look and announcement."""
        return tuple(self._state.get(key) for key in _SEEN)

    def _follows(self, called: Mapping[str, str]) -> bool:
        """Whether the archive is what became of the one that was published last, and names things as it did."""
        seen, _, look, announcement = self._seen()
        before: dict[str, str] = json.loads(self._state.get("names") or "{}")
        return follows(self._db, int(seen or 0), look, announcement) and not renamed(before, called)

    def _bring(
        self, changed: Sequence[str], updates: Sequence[int], as_of: datetime, everything: bool, closed: bool
    ) -> None:
        """Bring all files up to date, those first to which others point."""
        earlier = set(self._state.get("feeds").split())
        tags = {f"{row[0]}/{row[1]}" for row in self._db.execute("SELECT facet, code FROM tags")}
        since = f"{as_of.year - 1}-{as_of.month:02d}-01"
        self._place_stories(changed, since, channels_of(planned(self._db, self._catalog, tags | earlier), self._site))
        self._place_updates(updates)
        day = as_of.date().isoformat()
        feeds = planned(self._db, self._catalog, self._state.feeds() | earlier)
        pages = Sections(self._db, self._state, self._site, self._catalog, feeds, self._renderer, as_of)
        self._write(pages.fixed())
        self._touched |= pages.figured()
        month = day[:7]
        rollover = self._seen()[1][:7] != month
        wanted = [feed for feed in feeds if feed.spec.kind == "stories"]
        fresh = {feed.path for feed in wanted if everything or rollover or feed.path not in earlier}
        for feed in self._bar("feeds", [feed for feed in wanted if feed.path in fresh | self._touched]):
            live = self._assembler.live(feed, month, updates=False)
            self._write(files_of(live, self._renderer))
            found = self._state.events(feed.path, since, _MOST_EVENTS)
            self._write([(feed.calendar, calendar(live, found, self._site)), pages.twin(live, feed)])
        for document in self._assembler.archives(month):
            self._write(files_of(document, self._renderer))
        # one kind after the other: what is kept in memory serves many feeds of its kind
        touched = [feed for feed in wanted if feed.path in fresh or feed.path + UPDATES in self._touched]
        for feed in self._bar("updates", touched):
            self._write(files_of(self._assembler.live(feed, month, updates=True), self._renderer))
        another_day = everything or self._seen()[1] != day
        self._write(pages.special(changed, digests=everything or closed, deadlines=another_day))
        self._write(pages.lists())
        self._state.put("feeds", " ".join(sorted(feed.path for feed in feeds)))

    def _bar(self, name: str, items: Sequence[_Item]) -> Iterable[_Item]:
        return tqdm(items, name, disable=not self._progress, file=sys.stderr, unit="")

    def _write(self, files: Iterable[tuple[str, bytes]]) -> None:
        for path, data in files:
            self._writer.write(path, data)

    def _place_stories(self, ids: Sequence[str], since: str, channels: Sequence[Channel]) -> None:
        """Pages of stories and their places in feeds, calendars and lists; notes which feeds that touches.

        Calendars begin at the day ``since``.
        """
        by_path = {channel.path: channel for channel in channels}
        missing = set(ids)
        newest = set(ids[-KEPT:])
        bar = tqdm(total=len(ids), desc="stories", disable=not self._progress, file=sys.stderr, unit="")
        for story in read_stories(self._db, ids, self._catalog.limits):
            missing.discard(story.id)
            feeds = set(feeds_of(self._catalog, subject_of(story)))
            self._touched |= feeds | self._state.feeds_of(f"story/{story.id}")
            self._state.put_members(f"story/{story.id}", iso(story.date), feeds)
            days = days_of(story)
            last = days[-1] if days else ""
            found = b"".join(events(story, self._site)) if last >= since else b""
            self._state.put_story(StoryState(story.id, iso(story.date), iso(story.updated), last, found))
            if story.id in newest:
                self._entries.add(story)
            self._write([(story.page, story_page(story, self._site, by_path))])
            bar.update()
        bar.close()
        for story_id in sorted(missing):
            self._touched |= self._state.feeds_of(f"story/{story_id}")
            self._state.put_members(f"story/{story_id}", "", ())
            self._state.drop_story(story_id)
            if has_place(self._db, f"story/{story_id}"):
                self._write(farewell(self._db, self._site, story_id))

    def _place_updates(self, ids: Sequence[int]) -> None:
        """Places of updates, which never change once they are there."""
        for change, subject in read_changes(self._db, ids):
            feeds = {path + UPDATES for path in feeds_of(self._catalog, subject)}
            self._touched |= feeds
            self._state.put_members(f"update/{change.id}", iso(change.date), feeds)


#: What a site's state remembers of the archive.
_SEEN = ("serial", "day", "look", "announcement")

_DIGESTS = "SELECT count(*) FROM feed_entries WHERE key >= 'digest/' AND key < 'digest0'"


@contextmanager
def _snapshot(db: sqlite3.Connection) -> Iterator[None]:
    """One state of the archive for all queries, whoever writes meanwhile."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def _fingerprint(site: Site, catalog: Catalog) -> str:
    """Of everything besides the archive that files depend on: settings, catalogue, code and templates."""
    found = hashlib.blake2b(repr((site, catalog)).encode(), digest_size=16)
    here = Path(__file__).parent
    for path in sorted(here.rglob("*")):
        if path.suffix in (".py", ".html", ".css", ".toml", ".xml", ".json") and path.is_file():
            found.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
