"""What real feed readers do with the feeds: how each tells entries apart, dates them, and notices changes."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree
from publishing_helpers import (
    BORDER,
    CANADA,
    COMMENTS,
    EFFECTIVE,
    FEES,
    FINAL,
    H1B,
    LEAD,
    NEW,
    PROPOSAL,
    SITE,
    STAMP,
    STREAM,
    TEXT,
    UNITED_STATES,
    feed,
    story,
)  # fmt: skip

from feeds.catalog import Limits
from feeds.change_entry import FrozenChange, change_entry
from feeds.entry import Feed
from feeds.formats import Renderer
from feeds.story import Change, Story
from feeds.story_entry import story_entry

LIMITS = Limits()
FORMS = ("rss", "atom", "json")


def stories() -> list[Story]:
    """Stories of different kinds, the newest first; two of them share a day, as those of governments do."""
    start = datetime(2026, 3, 11, tzinfo=UTC)
    plain = story(key_dates=(), figures=(), figures_total=0, tags=(), changes=(NEW,), reports=(LEAD,), frozen=(LEAD,))
    press = replace(STAMP, role="lead")
    quoted = replace(TEXT, republish="excerpt", body="", licence="", source_url="https://stamp.example.com/{YYYY}.rss")
    reported = story(
        title="A title with <b>markup</b> & an ampersand", lead=press, reports=(press, BORDER), frozen=(press, BORDER),
        text=quoted, stage="reported", key_dates=(replace(EFFECTIVE, official=False),), tags=(CANADA, UNITED_STATES),
    )  # fmt: skip
    french = story(
        title="Les permis en deux semaines", tags=(CANADA, STREAM, FEES),
        text=replace(TEXT, language="fr", summary="Le guichet ouvre.", body="Le guichet <ouvre> à 9 h."),
    )  # fmt: skip
    kinds = [story(), plain, reported, french, story(title="x" * 2000, tags=(H1B,), key_dates=(COMMENTS,))]
    return [
        replace(kind, id=f"{n:016x}", date=start - timedelta(seconds=n), updated=start + timedelta(days=5, seconds=-n))
        for n, kind in enumerate(kinds)
    ]


def stories_feed(some: list[Story] | None = None) -> Feed:
    return feed([story_entry(one, SITE, LIMITS) for one in (stories() if some is None else some)])


def updates_feed() -> Feed:
    """One entry for each kind of update, the newest first."""
    kinds = [
        ("new", "Two-week permits", "", "proposed"), ("stage", "Stage: final, before proposed", "proposed", "final"),
        ("date", "Day of effect: 2026-04-01", "2026-03-01", "2026-04-01"), ("figure", "Fee: 155 → 170", "155", "170"),
        ("revision", "Silent edit: counter five → six", "counter five", "counter six"), ("removed", "Removed", "", ""),
        ("correction", "Part of it is a story of its own", "a", "b"),
    ]  # fmt: skip
    entries = [
        change_entry(
            FrozenChange(
                n, kind, "2026-03-11T14:30:00Z", datetime(2026, 3, 11, 14, 30, n, tzinfo=UTC), summary, story().id,
                LEAD.title, before, after, LEAD.url, LEAD.publisher, tags=(CANADA, STREAM),
            ),
            SITE,
        )
        for n, (kind, summary, before, after) in enumerate(kinds)
    ]  # fmt: skip
    return feed(entries[::-1], path="programme/ca-gss.updates", calendar="")


BOTH = pytest.mark.parametrize("whole", [stories_feed(), updates_feed()], ids=["stories", "updates"])


def read(whole: Feed, form: str) -> Any:
    """A feed as feedparser understands it, as it came: no address resolved, no markup taken out."""
    data = getattr(Renderer(SITE), form)(whole)
    found = feedparser.parse(data, resolve_relative_uris=False, sanitize_html=False)
    assert not found.bozo, found.get("bozo_exception")
    return found


def fingerprint(one: Any) -> str:
    """FreshRSS: the hash with which it sees that an entry was changed, and may mark it unread."""
    tags = " #".join(tag.term for tag in one.get("tags", []))
    authors = "; ".join(author.name for author in one.authors)
    text = f"{one.link}{one.title}{authors}{one.content[0].value}#{tags}"
    return md5(text.encode(), usedforsecurity=False).hexdigest()


class _Addresses(HTMLParser):
    """All addresses of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "cite", "action")]


@BOTH
def test_miniflux_tells_every_entry_from_every_other_in_each_format(whole: Feed) -> None:
    hashes = [[sha256(one.id.encode()).hexdigest() for one in read(whole, form).entries] for form in ("rss", "atom")]
    ids = [item["id"] for item in json.loads(Renderer(SITE).json(whole))["items"]]
    assert hashes[0] == hashes[1] == [sha256(one.encode()).hexdigest() for one in ids]
    assert len(set(ids)) == len(whole.entries)


def test_miniflux_keeps_an_entry_through_every_edit() -> None:
    before = read(stories_feed([story()]), "rss").entries[0]
    edited = story(
        title="Another title", stage="in-force", lead=PROPOSAL, tags=(H1B,), updated=datetime(2026, 4, 1, tzinfo=UTC)
    )
    after = read(stories_feed([edited]), "rss").entries[0]
    assert sha256(before.id.encode()).digest() == sha256(after.id.encode()).digest()
    assert (before.link, before.published) == (after.link, after.published)
    assert before.title != after.title


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_freshrss_marks_nothing_unread_when_only_the_coverage_grows(form: str) -> None:
    more = [replace(BORDER, announcement_id=f"n{n}", url=f"https://news{n}.example.com/1") for n in range(12)]
    grown = story(reports=(*story().reports, *more))
    before, after = (read(stories_feed([one]), form).entries[0] for one in (story(), grown))
    assert fingerprint(before) == fingerprint(after)
    for other in FORMS:
        render = getattr(Renderer(SITE), other)
        assert render(stories_feed([story()])) == render(stories_feed([grown]))


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_freshrss_notices_what_is_material(form: str) -> None:
    withdrawn = story(
        stage="withdrawn", changes=(NEW, FINAL, Change(13, "stage", "2026-04-01", "Stage", "final", "withdrawn"))
    )
    moved = story(key_dates=(replace(EFFECTIVE, date="2026-05-01"), COMMENTS), effective="2026-05-01")
    prints = [fingerprint(read(stories_feed([one]), form).entries[0]) for one in (story(), withdrawn, moved)]
    assert len(set(prints)) == 3


@BOTH
def test_freshrss_sees_the_same_whatever_feed_carries_the_entry(whole: Feed) -> None:
    other = replace(whole, path="all", title="Everything", tag=None, previous="")
    for form in ("rss", "atom"):
        one, two = ([fingerprint(e) for e in read(some, form).entries] for some in (whole, other))
        assert one == two


@BOTH
@pytest.mark.parametrize("form", ["rss", "atom"])
def test_slack_gets_distinct_descending_dates_and_absolute_links(whole: Feed, form: str) -> None:
    found = read(whole, form)
    dates = [one.published_parsed for one in found.entries]
    assert all(newer > older for newer, older in pairwise(dates))
    links = {link.rel: link for link in found.feed.links}
    assert links["self"].href == f"https://visas.example.org/watch/feeds/{whole.path}.{form}"
    assert links["self"].type == f"application/{form}+xml"
    for one in found.entries:
        assert urlsplit(one.link).scheme == "https"
        assert one.title.strip()
        assert one.summary.strip()
        assert one.author.strip()


@BOTH
def test_slack_and_mail_show_content_without_styles_scripts_or_pictures(whole: Feed) -> None:
    for one in read(whole, "rss").entries:
        html = one.content[0].value
        assert not re.search(r"<(script|style|iframe|img|table|form|svg)\b|\son\w+=|\sstyle=|\sclass=", html, re.I)
        assert "Not legal advice" in html


@BOTH
@pytest.mark.parametrize("form", FORMS)
def test_thunderbird_finds_no_relative_address_anywhere(whole: Feed, form: str) -> None:
    data = getattr(Renderer(SITE), form)(whole)
    if form == "json":
        items = json.loads(data)["items"]
        contents = [item["content_html"] for item in items]
        addresses = [item[name] for item in items for name in ("url", "external_url") if name in item]
    else:
        root = etree.fromstring(data)
        addresses = [
            value for element in root.iter() for name, value in element.attrib.items() if name in ("href", "url")
        ]
        addresses += [e.text for e in root.iter("link", "{*}uri") if e.text]
        contents = [one.content[0].value for one in read(whole, form).entries]
    contained = [address for html in contents for address in _Addresses(html).found]
    assert len(addresses) >= len(whole.entries)
    assert contained
    for address in addresses + contained:
        parts = urlsplit(address)
        assert parts.scheme in ("http", "https")
        assert parts.netloc


@BOTH
def test_thunderbird_and_netnewswire_get_id_date_and_link_for_every_item(whole: Feed) -> None:
    for item in etree.fromstring(Renderer(SITE).rss(whole)).iter("item"):
        for name in ("guid", "pubDate", "link", "title", "description"):
            assert len(item.findall(name)) == 1
            assert item.findtext(name).strip()
        assert item.find("guid").get("isPermaLink") == "false"
        parsed = datetime.strptime(item.findtext("pubDate"), "%a, %d %b %Y %H:%M:%S %z")
        assert parsed.utcoffset() == timedelta(0)


@BOTH
def test_inoreader_gets_plain_titles_known_types_and_small_files(whole: Feed) -> None:
    for form in FORMS:
        assert len(getattr(Renderer(SITE), form)(whole)) < 500_000
    found = read(whole, "atom")
    assert {link.type for link in found.feed.links if link.rel == "alternate"} == {"text/html"}
    for one in read(whole, "rss").entries:
        assert "<" not in one.title
    for one in found.entries:
        assert [link.rel for link in one.links].count("alternate") == 1
        assert len({(link.rel, link.href) for link in one.links}) == len(one.links)


@BOTH
def test_categories_are_sorted_and_none_is_there_twice(whole: Feed) -> None:
    for one in read(whole, "atom").entries:
        terms = [(tag.scheme, tag.term) for tag in one.get("tags", [])]
        assert sorted(set(terms)) == terms
        assert all(scheme == f"tag:example.org,2026:tags/{term.split('/')[0]}" for scheme, term in terms)


def test_the_title_names_the_country_and_survives_every_reader() -> None:
    titles = [one.title for one in read(stories_feed(), "rss").entries]
    assert titles[0] == "[CA] Two-week permits for engineers become final"
    assert titles[2] == "[CA/US] A title with ‹b›markup‹/b› ＆ an ampersand"
    assert max(len(title) for title in titles) <= 500
