"""Small archives with stories, and sites published from them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from feeds_helpers import AUTHORITY, OFFICIAL, PRESS, SEEN, SITE_URL, announcement

from archive.models import Announcement, Check
from archive.store import Archive
from archive.stories import Placed, place
from archive.updates import Cause


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


def ids(items: Iterable[Announcement]) -> list[str]:
    return [item.id for item in items]
