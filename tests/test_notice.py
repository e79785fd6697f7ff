"""A notice of the whole site: above every page, in titles, entries and events, and in the archive's pages."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import httpx
from feeds_helpers import AUTHORITY, SITE_URL, parsed, rich
from icalendar import Calendar
from publishing_helpers import SITE, entry, feed, story
from site_helpers import opened, tell
from small_archive import fill

from archive.store import Archive
from feeds.calendar import events
from feeds.formats import Renderer
from feeds.publish import publish
from visawire.demonstration import NOTICE, WEB, demo_notice
from visawire.serving import datasette_for

MARKED = replace(SITE, notice="Test: nothing of this <happened>.")


def test_titles_begin_with_the_word_before_the_colon_and_ids_do_not_change() -> None:
    assert (SITE.titled("All"), MARKED.titled("All")) == ("All", "TEST All")
    assert replace(SITE, notice="Nothing of this happened.").titled("All") == "NOTICE All"
    plain, marked = Renderer(SITE), Renderer(MARKED)
    for form in ("rss", "atom", "json"):
        before = getattr(plain, form)(feed([entry()])).decode()
        after = getattr(marked, form)(feed([entry()])).decode()
        assert "TEST Visawire: Global Skills Strategy" in after and "TEST" not in before
        assert after.count("tag:example.org,2026:") == before.count("tag:example.org,2026:")
    item = json.loads(marked.json(feed([entry()])))["items"][0]
    assert item["content_html"].startswith("<p><strong>Test: nothing of this &lt;happened&gt;.</strong></p><ul>")


def test_every_page_feed_and_event_of_a_marked_site_says_so(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich())
        publish(archive, tmp_path / "site", site_url=SITE_URL, authority=AUTHORITY, notice=MARKED.notice)
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "Test: nothing of this &lt;happened&gt;." in text and "<title>TEST " in text, page
    for form in ("rss", "atom"):
        read = parsed(tmp_path / f"site/feeds/all.{form}")
        assert read.feed.title.startswith("TEST ") and read.feed.subtitle.startswith("Test: nothing")
    found = Calendar.from_ical((tmp_path / "site/calendar/all.ics").read_bytes())
    assert str(found["x-wr-calname"]).startswith("TEST ")
    assert found.walk("VEVENT")
    for event in found.walk("VEVENT"):
        assert str(event["description"]).startswith("Test: nothing of this <happened>.\n")


def test_a_site_without_a_notice_has_none(tmp_path: Path) -> None:
    with opened(tmp_path / "a.db") as archive:
        tell(archive, rich())
        publish(archive, tmp_path / "site", site_url=SITE_URL, authority=AUTHORITY)
    assert not [
        page for page in (tmp_path / "site").rglob("*.html") if "sitenotice" in page.read_text(encoding="utf-8")
    ]
    assert b"NOTICE" not in b"".join(events(story(), SITE))


def test_an_archive_into_which_the_demo_was_crawled_is_the_demos_for_good(tmp_path: Path) -> None:
    fill(tmp_path / "a.db")

    def home() -> str:
        async def ask() -> str:
            served = datasette_for(tmp_path / "a.db")
            transport = httpx.ASGITransport(app=served.app())
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return (await client.get("/")).text

        return asyncio.run(ask())

    with Archive(tmp_path / "a.db") as archive:
        assert demo_notice(archive) == ""
        assert "sitenotice" not in home()
        archive.db.execute("INSERT INTO runs (started, command, replay) VALUES ('2026', 'crawl', ?)", (str(WEB),))
        assert demo_notice(archive) == NOTICE
    assert "Nothing here happened." in home()
