"""Small archives with stories, and sites published from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from feeds_helpers import AUTHORITY, OFFICIAL, PRESS, SEEN, SITE_URL, announcement, parsed

from archive.models import Announcement, Check, Validator, iso
from archive.store import Archive
from archive.stories import Placed, leave, place
from archive.updates import Cause, tell_page_events


def opened(path: Path, *, crawled: bool = True) -> Archive:
    """An archive with two sources that have been crawled before, so that what follows is news."""
    archive = Archive(path)
    archive.sync_sources([OFFICIAL, PRESS])
    if crawled:
        run = archive.begin_run("crawl", SEEN - timedelta(days=1))
        for source in (OFFICIAL, PRESS):
            archive.add_check(run, Check(source.id, "ok", SEEN - timedelta(days=1)))
        archive.finish_run(run, SEEN - timedelta(days=1), 0)
    return archive


def press(key: str, **changes: Any) -> Announcement:
    """A newspaper's report."""
    return announcement(
        key,
        **{"source_id": PRESS.id, "url": f"https://stamp.example.com/{key}", "publisher": "The Daily Stamp"} | changes,
    )


def tell(archive: Archive, *story: Announcement, relevant: bool = True) -> str:
    """Store announcements one after the other as one story, as a crawl would; returns the story's id."""
    names: list[str] = []
    found = ""
    for item in story:
        item.relevant = relevant
        archive.store(item)
        names.append(item.id)
        with archive.transaction() as db:
            placed = [Placed(name, None if n == 0 else 0.9, "test") for n, name in enumerate(names)]
            at = (item.seen or SEEN).strftime("%Y-%m-%dT%H:%M:%SZ")
            (found,) = place(db, [[placed]], Cause(item.id, at, item.id))
    return found


def more(archive: Archive, story_id: str, item: Announcement) -> None:
    """One more announcement of a story that is there."""
    item.relevant = True
    archive.store(item)
    with archive.transaction() as db:
        names = [r[0] for r in db.execute(
            "SELECT announcement_id FROM story_announcements WHERE story_id=? ORDER BY announcement_id", (story_id,)
        )]  # fmt: skip
        placed = [Placed(name, None, "test") for name in names] + [Placed(item.id, 0.9, "test")]
        place(db, [[placed]], Cause(item.id, (item.seen or SEEN).strftime("%Y-%m-%dT%H:%M:%SZ"), item.id))


def again(archive: Archive, story_id: str, item: Announcement) -> None:
    """An announcement of a story says something else now."""
    item.relevant = True
    archive.store(item)
    _put(archive, [story_id], Cause(item.id, iso(item.seen or SEEN), item.id))


def join(archive: Archive, *story_ids: str) -> str:
    """Make one story of several; returns the id that stays."""
    return _put(archive, story_ids, Cause("", iso(SEEN + timedelta(hours=100)), ""))


def _put(archive: Archive, story_ids: Iterable[str], cause: Cause) -> str:
    with archive.transaction() as db:
        names = [
            row[0] for story_id in story_ids for row in db.execute(
                "SELECT announcement_id FROM story_announcements WHERE story_id=? ORDER BY announcement_id", (story_id,)
            )
        ]  # fmt: skip
        placed = [Placed(name, None if n == 0 else 0.9, "test") for n, name in enumerate(names)]
        return place(db, [[placed]], cause)[0]


def drop(archive: Archive, item: Announcement) -> None:
    """Find that an announcement is about something else."""
    with archive.transaction() as db:
        db.execute("UPDATE announcements SET relevant=0 WHERE id=?", (item.id,))
        leave(db, item.id, Cause(item.id, iso(item.seen or SEEN), item.id))


def remove_page(archive: Archive, item: Announcement, hours: float) -> None:
    """Find that an announcement's page has gone."""
    at = iso(SEEN + timedelta(hours=hours))
    with archive.transaction() as db:
        db.execute("UPDATE announcements SET state='removed', state_since=? WHERE id=?", (at, item.id))
        db.execute("INSERT INTO page_events (announcement_id, kind, at, note) VALUES (?,'removed',?,'')", (item.id, at))
        tell_page_events(db)


def look(archive: Archive, moment: datetime, state: str = "unchanged") -> None:
    """A crawl in which nothing was new."""
    archive.remember([Validator(OFFICIAL.url, "", "", "", 304, moment)])
    run = archive.begin_run("crawl", moment)
    for source in (OFFICIAL, PRESS):
        archive.add_check(run, Check(source.id, state, moment))
    archive.finish_run(run, moment, 0)


def later(item: Announcement, hours: float) -> Announcement:
    """The same, seen some hours later."""
    item.seen = SEEN + timedelta(hours=hours)
    return item


def publish_site(archive: Archive, site: Path, **how: Any) -> Any:
    from feeds.publish import publish

    return publish(archive, site, **{"site_url": SITE_URL, "authority": AUTHORITY} | how)


def snapshot(site: Path) -> dict[str, tuple[bytes, int]]:
    """Every published file with its bytes and its time."""
    return {
        str(path.relative_to(site)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(site.rglob("*"))
        if path.is_file() and not path.name.startswith(".visawire.db")
    }


def files(site: Path) -> dict[str, bytes]:
    """Every published file with its bytes."""
    return {path: data for path, (data, _) in snapshot(site).items()}


def entries(site: Path, feed: str) -> list[str]:
    """GUIDs of a feed's entries, in its order, which is the same in all formats."""
    items = json.loads((site / f"feeds/{feed}.json").read_bytes())["items"]
    found = [str(item["id"]) for item in items]
    for form in ("rss", "atom"):
        assert [entry.id for entry in parsed(site / f"feeds/{feed}.{form}").entries] == found
    return found


def feeds_of(site: Path) -> list[str]:
    """Paths of all published feeds, archive documents among them."""
    return sorted(str(p.relative_to(site / "feeds")).removesuffix(".atom") for p in (site / "feeds").rglob("*.atom"))


def story_guid(story_id: str) -> str:
    return f"tag:{AUTHORITY},2026:story/{story_id}"
