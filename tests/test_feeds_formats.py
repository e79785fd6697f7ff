"""RSS, Atom, JSON Feed and OPML as feed readers and validators see them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from lxml import etree
from publishing_helpers import CANADA, FEES, H1B, SITE, STREAM, UNITED_STATES, entry, feed, newest_first

from feeds.entry import Entry, Link
from feeds.formats import FRAME_BYTES, Renderer
from feeds.fragments import period
from feeds.frames import rhythm
from feeds.outline import outline
from feeds.story import TagRow

SCHEMA = Draft202012Validator(json.loads(Path(__file__).with_name("jsonfeed.schema.json").read_text("utf-8")))
NAMES = {
    "a": "http://www.w3.org/2005/Atom", "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/", "dcterms": "http://purl.org/dc/terms/",
    "fh": "http://purl.org/syndication/history/1.0", "sy": "http://purl.org/rss/1.0/modules/syndication/",
}  # fmt: skip
ARCHIVE = feed(
    newest_first(2), path="archive/programme/ca-gss-2026-02", archive_of="programme/ca-gss",
    previous="archive/programme/ca-gss-2026-01", calendar="",
)  # fmt: skip
EMPTY = feed((), path="all", tag=None, previous="", calendar="", page="all.html")


def found(element: Any, path: str) -> Any:
    return element.xpath(path, namespaces=NAMES)


def links(element: Any, path: str) -> dict[str, tuple[str, str | None]]:
    return {link.get("rel"): (link.get("href"), link.get("type")) for link in found(element, path)}


def channel_of(data: bytes) -> Any:
    root = etree.fromstring(data)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    return root[0]


def test_an_rss_channel_says_where_it_lives_and_how_often_to_ask() -> None:
    channel = channel_of(Renderer(SITE).rss(feed(newest_first(3))))
    assert channel.findtext("link") == "https://visas.example.org/watch/programme/ca-gss.html"
    assert links(channel, "a:link") == {
        "self": ("https://visas.example.org/watch/feeds/programme/ca-gss.rss", "application/rss+xml"),
        "hub": ("https://hub.example.net/", None),
        "prev-archive": (
            "https://visas.example.org/watch/feeds/archive/programme/ca-gss-2026-02.rss",
            "application/rss+xml",
        ),
        "related": ("https://visas.example.org/watch/calendar/programme/ca-gss.ics", "text/calendar"),
    }
    assert channel.findtext("lastBuildDate") == "Fri, 20 Mar 2026 09:33:00 +0000"
    assert [channel.findtext(name) for name in ("language", "ttl", "generator")] == ["en", "60", "Visawire"]
    assert channel.findtext("docs").startswith("http")
    assert found(channel, "string(sy:updatePeriod)") == "hourly"
    assert found(channel, "string(sy:updateFrequency)") == "1"
    assert [(c.text, c.get("domain")) for c in channel.findall("category")] == [
        ("programme/ca-gss", "tag:example.org,2026:tags/programme")
    ]
    assert found(channel, "fh:archive") == []


def test_an_rss_item_has_every_field_in_the_order_that_readers_need() -> None:
    item = channel_of(Renderer(SITE).rss(feed([entry(1)]))).find("item")
    names = [child.tag for child in item]
    assert names.index("description") < names.index(f"{{{NAMES['content']}}}encoded")
    assert item.findtext("title") == "[CA] Permit notice 1"
    assert item.findtext("link") == "https://visas.example.org/watch/story/0000000000000001.html"
    assert item.findtext("guid") == "tag:example.org,2026:story/0000000000000001"
    assert item.find("guid").get("isPermaLink") == "false"
    assert item.findtext("pubDate") == "Tue, 10 Mar 2026 12:01:00 +0000"
    assert item.findtext("description") == "Notice 1 opens a counter for engineers."
    assert found(item, "string(content:encoded)") == entry(1).content
    assert [(c.text, c.get("domain")) for c in item.findall("category")] == [
        ("country/ca", "tag:example.org,2026:tags/country"),
        ("programme/ca-gss", "tag:example.org,2026:tags/programme"),
        ("topic/fees", "tag:example.org,2026:tags/topic"),
    ]
    source = item.find("source")
    assert (source.text, source.get("url")) == (
        "Office of Arrivals: news", "https://arrivals.example.ca/news?a%5B%5D=1&b=2",
    )  # fmt: skip
    assert found(item, "string(dc:creator)") == "Office of Arrivals"
    assert found(item, "string(dcterms:modified)") == "2026-03-20T09:31:00+00:00"
    assert found(item, "string(a:updated)") == "2026-03-20T09:31:00+00:00"
    assert found(item, "string(dcterms:valid)") == "start=2026-04-01; end=2026-09-30; scheme=W3C-DTF"


def test_an_atom_feed_has_author_links_and_our_own_address() -> None:
    root = etree.fromstring(Renderer(SITE).atom(feed(newest_first(3))))
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert found(root, "string(a:id)") == "tag:example.org,2026:feed/programme/ca-gss"
    assert found(root, "string(a:author/a:name)") == "Visawire"
    assert found(root, "string(a:updated)") == "2026-03-20T09:33:00+00:00"
    given_links = links(root, "a:link")
    assert given_links["self"] == (
        "https://visas.example.org/watch/feeds/programme/ca-gss.atom", "application/atom+xml",
    )  # fmt: skip
    assert given_links["alternate"] == ("https://visas.example.org/watch/programme/ca-gss.html", "text/html")
    assert set(given_links) == {"self", "alternate", "hub", "prev-archive", "related"}
    assert found(root, "a:category/@label") == ["Global Skills Strategy"]


def test_an_atom_entry_names_the_official_document_and_its_source_in_full() -> None:
    item = found(etree.fromstring(Renderer(SITE).atom(feed([entry(1)]))), "a:entry")[0]
    assert links(item, "a:link") == {
        "alternate": ("https://visas.example.org/watch/story/0000000000000001.html", "text/html"),
        "via": ("https://arrivals.example.ca/notices/1?a=1&b=2", None),
        "related": ("https://stamp.example.com/1", None),
    }
    assert found(item, "string(a:id)") == "tag:example.org,2026:story/0000000000000001"
    assert found(item, "string(a:published)") == "2026-03-10T12:01:00+00:00"
    assert found(item, "string(a:updated)") == "2026-03-20T09:31:00+00:00"
    assert found(item, "string(a:content)") == entry(1).content
    assert found(item, "string(a:content/@type)") == "html"
    assert found(item, "string(a:rights)") == "Open licence 1.0"
    assert [found(item, f"string(a:source/a:{name})") for name in ("id", "title", "updated")] == [
        "https://arrivals.example.ca/news?a%5B%5D=1&b=2", "Office of Arrivals: news", "2026-03-10T12:01:00+00:00",
    ]  # fmt: skip
    assert [dict(c.attrib) for c in found(item, "a:category")][1] == {
        "term": "programme/ca-gss", "scheme": "tag:example.org,2026:tags/programme", "label": "Global Skills Strategy",
    }  # fmt: skip
    assert found(item, "string(dcterms:valid)") == "start=2026-04-01; end=2026-09-30; scheme=W3C-DTF"


def test_a_json_feed_is_valid_and_carries_the_facts() -> None:
    data = json.loads(Renderer(SITE).json(feed(newest_first(2))))
    SCHEMA.validate(data)
    assert data["hubs"] == [{"type": "WebSub", "url": "https://hub.example.net/"}]
    assert data["feed_url"] == "https://visas.example.org/watch/feeds/programme/ca-gss.json"
    assert data["next_url"] == "https://visas.example.org/watch/feeds/archive/programme/ca-gss-2026-02.json"
    item = data["items"][1]
    assert item["url"] == "https://visas.example.org/watch/story/0000000000000001.html"
    assert item["external_url"] == "https://arrivals.example.ca/notices/1?a=1&b=2"
    assert item["tags"] == ["country/ca", "programme/ca-gss", "topic/fees"]
    assert item["_visawire"] == {
        "about": "https://visas.example.org/watch/latest.schema.json",
        "stage": "final",
        "figures": [{"parameter": "fee", "value": "155", "number": 155.0}],
    }


def test_the_schema_refuses_what_the_specification_forbids() -> None:
    data = json.loads(Renderer(SITE).json(feed(newest_first(1))))
    for wrong in (
        data | {"version": "https://jsonfeed.org/version/1"},
        data | {"feed_url": "feeds/all.json"},
        data | {"surprise": 1},
        data | {"items": [{k: v for k, v in data["items"][0].items() if k != "id"}]},
    ):
        assert not SCHEMA.is_valid(wrong)


def test_the_three_formats_tell_the_same() -> None:
    renderer, whole = Renderer(SITE), feed(newest_first(3))
    rss, atom = (feedparser.parse(data) for data in (renderer.rss(whole), renderer.atom(whole)))
    items = json.loads(renderer.json(whole))["items"]
    assert not rss.bozo
    assert not atom.bozo
    for one, two, three in zip(rss.entries, atom.entries, items, strict=True):
        assert one.id == two.id == three["id"]
        assert one.link == two.link == three["url"]
        assert one.title == two.title == three["title"]
        assert one.summary == two.summary == three["summary"]
        assert one.content[0].value == two.content[0].value == three["content_html"]
        assert [t.term for t in one.tags] == [t.term for t in two.tags] == three["tags"]
        assert one.author == two.author == three["authors"][0]["name"]
        assert one.published_parsed == two.published_parsed
        assert one.updated_parsed == two.updated_parsed


@pytest.mark.parametrize("whole", [EMPTY, replace(EMPTY, path="all.updates")], ids=["stories", "updates"])
def test_a_feed_without_entries_is_a_valid_feed_with_a_constant_time(whole: Any) -> None:
    renderer = Renderer(replace(SITE, hub=""))
    rss, atom = channel_of(renderer.rss(whole)), etree.fromstring(renderer.atom(whole))
    assert rss.findtext("lastBuildDate") == "Thu, 01 Jan 2026 00:00:00 +0000"
    assert found(atom, "string(a:updated)") == "2026-01-01T00:00:00+00:00"
    assert found(rss, "a:link/@rel") == ["self"]
    data = json.loads(renderer.json(whole))
    SCHEMA.validate(data)
    assert data["items"] == []
    assert "hubs" not in data
    assert "next_url" not in data


def test_an_archive_document_belongs_to_its_feed_and_never_asks_to_be_read_again() -> None:
    renderer = Renderer(SITE)
    channel, atom = channel_of(renderer.rss(ARCHIVE)), etree.fromstring(renderer.atom(ARCHIVE))
    assert links(channel, "a:link") == {
        "self": (
            "https://visas.example.org/watch/feeds/archive/programme/ca-gss-2026-02.rss", "application/rss+xml",
        ),
        "current": ("https://visas.example.org/watch/feeds/programme/ca-gss.rss", "application/rss+xml"),
        "prev-archive": (
            "https://visas.example.org/watch/feeds/archive/programme/ca-gss-2026-01.rss", "application/rss+xml",
        ),
    }  # fmt: skip
    assert len(found(channel, "fh:archive")) == len(found(atom, "fh:archive")) == 1
    assert found(atom, "string(a:id)") == "tag:example.org,2026:feed/programme/ca-gss"
    assert channel.find("ttl") is None
    assert found(channel, "sy:*") == []
    data = json.loads(renderer.json(ARCHIVE))
    SCHEMA.validate(data)
    assert data["next_url"].endswith("/feeds/archive/programme/ca-gss-2026-01.json")
    oldest = replace(ARCHIVE, previous="")
    assert found(channel_of(renderer.rss(oldest)), "fh:archive") == []
    assert set(links(etree.fromstring(renderer.atom(oldest)), "a:link")) == {"self", "current", "alternate"}


@pytest.mark.parametrize(
    ("path", "style"),
    [("all", "../style.css"), ("country/ca", "../../style.css"), ("archive/country/ca-2026-01", "../../../style.css")],
)
def test_a_browser_finds_the_stylesheet_from_everywhere(path: str, style: str) -> None:
    for data in (Renderer(SITE).rss(feed(path=path)), Renderer(SITE).atom(feed(path=path))):
        assert data.splitlines()[1].decode() == f'<?xml-stylesheet type="text/css" href="{style}"?>'


def test_prefixes_are_declared_once() -> None:
    renderer, whole = Renderer(SITE), feed(newest_first(5))
    for data in (renderer.rss(whole), renderer.atom(whole)):
        assert data.count(b'xmlns:dcterms="') == 1
        assert b"xmlns" not in data.split(b">", 3)[3]


def test_a_title_that_looks_like_markup_is_shown_and_not_run() -> None:
    title = "<b>AT&T</b> &amp; <script>alert(1)</script>"
    renderer, whole = Renderer(SITE), feed([entry(1, title=title, gist="a < b &amp; <i>c</i>")])
    rss = channel_of(renderer.rss(whole)).find("item")
    assert rss.findtext("title") == "‹b›AT＆T‹/b› ＆amp; ‹script›alert(1)‹/script›"
    assert rss.findtext("description") == "a &lt; b &amp;amp; &lt;i&gt;c&lt;/i&gt;"
    atom = feedparser.parse(renderer.atom(whole)).entries[0]
    assert atom.title_detail.type == "text/html"
    assert atom.title == "&lt;b&gt;AT&amp;T&lt;/b&gt; &amp;amp; &lt;script&gt;alert(1)&lt;/script&gt;"
    assert json.loads(renderer.json(whole))["items"][0]["title"] == title
    plain = feedparser.parse(renderer.atom(feed([entry(1, title="Fees < 5 & more")]))).entries[0]
    assert (plain.title_detail.type, plain.title) == ("text/plain", "Fees < 5 & more")


def test_words_in_another_language_are_marked_and_ours_are_not() -> None:
    renderer, whole = Renderer(SITE), feed([entry(1, title="Les permis", language="fr-CA"), entry(0, language="?")])
    first, second = feedparser.parse(renderer.atom(whole)).entries
    assert first.title_detail.language == first.summary_detail.language == "fr-CA"
    assert first.content[0].language == second.title_detail.language == "en"
    assert found(channel_of(renderer.rss(whole)), "item/dc:language/text()") == ["fr-CA", "en"]


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (("2026-04-01", ""), "start=2026-04-01; scheme=W3C-DTF"),
        (("", "2026-05"), "end=2026-05; scheme=W3C-DTF"),
        (("", ""), ""),
        (("soon", "2026"), "end=2026; scheme=W3C-DTF"),
    ],
)
def test_a_window_is_written_as_far_as_it_is_known(window: tuple[str, str], text: str) -> None:
    assert period(window) == text


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(15, ("hourly", 4)), (60, ("hourly", 1)), (360, ("daily", 4)), (1440, ("daily", 1)), (9999, ("weekly", 1))],
)
def test_the_rhythm_follows_the_ttl(minutes: int, expected: tuple[str, int]) -> None:
    assert rhythm(minutes) == expected


def test_only_web_addresses_become_links() -> None:
    bad = entry(
        1, url="javascript:alert(1)", via="data:text/html,x", related=(Link("file:///etc", "x"),),
        source=Link("https://example.org/{YYYY}.xml", "template"), rights="",
    )  # fmt: skip
    renderer = Renderer(SITE)
    rss, atom, data = (getattr(renderer, form)(feed([bad])) for form in ("rss", "atom", "json"))
    assert found(etree.fromstring(atom), "a:entry/a:link | a:entry/a:source | a:entry/a:rights") == []
    item = channel_of(rss).find("item")
    assert item.find("link") is None
    assert item.find("source") is None
    assert {"url", "external_url"}.isdisjoint(json.loads(data)["items"][0])
    SCHEMA.validate(json.loads(data))


def test_equal_rows_give_equal_bytes_whatever_was_rendered_before() -> None:
    busy, fresh = Renderer(SITE, cache_bytes=9_000), Renderer(SITE)
    for number in range(40):
        busy.sizes(entry(number, content=f"<p>{number}</p>"))
    for form in ("rss", "atom", "json"):
        whole = feed(newest_first(10))
        assert getattr(busy, form)(whole) == getattr(fresh, form)(whole) == getattr(fresh, form)(whole)


def test_an_edited_entry_is_built_anew_and_an_equal_one_is_not() -> None:
    renderer = Renderer(SITE)
    original = renderer.fragments(entry(1))
    assert renderer.fragments(entry(1)) is original
    edited = renderer.fragments(entry(1, content="<p>Now with other words.</p>"))
    assert b"other words" in edited.rss
    assert renderer.fragments(entry(1)) == original


def test_the_memory_for_entries_is_bounded() -> None:
    renderer = Renderer(SITE, cache_bytes=50_000)
    for number in range(300):
        renderer.fragments(entry(number))
    kept = sum(len(f.rss) + len(f.atom) + len(f.json) for _, f in renderer._kept.values())
    assert 0 < kept <= 50_000


@pytest.mark.parametrize("count", [0, 1, 30])
def test_a_feed_is_no_larger_than_its_entries_and_the_frame(count: int) -> None:
    renderer = Renderer(SITE)
    entries = newest_first(count)
    whole = feed(entries, title="Ü<b>" * 400, description="ü & " * 400)
    room = FRAME_BYTES + sum(renderer.sizes(one) for one in entries)
    for form in ("rss", "atom", "json"):
        assert len(getattr(renderer, form)(whole)) <= room


NASTY = st.text(
    st.one_of(
        st.characters(), st.sampled_from("\x00\x0b\x1f\ud800\udfff\ufffe\uffff\u202e\u2066<>&\"'\r\n\x85"),
    ),
    max_size=60,
)  # fmt: skip
TEXT = st.one_of(NASTY, NASTY.map(lambda text: text * 3000), st.just("]]>"), st.just("<![CDATA[ &amp; &#x1; -->"))
TAGS = st.lists(st.builds(TagRow, NASTY, NASTY, NASTY), max_size=3).map(tuple)
ENTRIES = st.builds(
    Entry, key=NASTY, title=TEXT, url=TEXT, gist=TEXT, content=TEXT,
    date=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    updated=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), author=TEXT, via=TEXT,
    language=NASTY, rights=TEXT, source=st.none() | st.builds(Link, st.just("https://e.org/") | TEXT, TEXT),
    related=st.lists(st.builds(Link, TEXT.map("https://e.org/".__add__), TEXT), max_size=2).map(tuple), tags=TAGS,
    valid=st.tuples(NASTY, NASTY),
    facts=st.dictionaries(NASTY, st.recursive(TEXT | st.floats(), lambda some: st.lists(some, max_size=2)), max_size=2),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(ENTRIES, TEXT)
def test_whatever_a_page_says_the_output_is_well_formed(one: Entry, text: str) -> None:
    renderer = Renderer(SITE)
    whole = feed([one, entry(1)], title=f"A{text}", description=text, tag=TagRow("topic", text[:50], text))
    parser: Callable[[bytes], Any] = etree.fromstring
    rss, atom = parser(renderer.rss(whole)), parser(renderer.atom(whole))
    assert len(rss[0].findall("item")) == len(found(atom, "a:entry")) == 2
    assert rss[0].find("item").findtext("title").strip()
    SCHEMA.validate(json.loads(renderer.json(whole).decode("utf-8")))
    for data in (renderer.rss(whole), renderer.atom(whole)):
        assert not set("\x0b\x1f\ufffe\u202e\u2066\x85") & set(data.decode("utf-8"))
    root = etree.fromstring(outline([whole], SITE))
    assert root.find("body/outline/outline").get("xmlUrl")


def test_the_outline_groups_feeds_by_country_and_programme_one_level_deep() -> None:
    feeds = [
        feed(path="all", tag=None, title="Visawire: all", page="all.html"),
        feed(path="own-h1b-fees", tag=None, title="My fees"),
        feed(path="country/us", tag=UNITED_STATES), feed(path="country/ca", tag=CANADA),
        feed(path="programme/us-h-1b", tag=H1B), feed(), feed(path="topic/fees", tag=FEES),
        feed(path="weekly", tag=None, title="Visawire: weekly digest"),
        feed(path="status", tag=None, title="Visawire: status of sources"),
        feed(path="country/ca.updates", tag=CANADA),
    ]  # fmt: skip
    root = etree.fromstring(outline(feeds, SITE, own={"own-h1b-fees"}))
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "Visawire feeds")
    groups = {g.get("text"): [line.get("text") for line in g] for g in root.find("body")}
    assert groups == {
        "Everything": ["Visawire: all"], "Your own feeds": ["My fees"],
        "Digests and deadlines": ["Visawire: weekly digest"], "Countries": ["Canada", "United States"],
        "Programmes: Canada": ["Global Skills Strategy"], "Programmes: United States": ["H-1B specialty occupation"],
        "Topics": ["Fees"], "State of the sources": ["Visawire: status of sources"],
        "Updates: every change as an entry of its own": ["Canada: updates"],
    }  # fmt: skip
    assert list(groups)[:3] == ["Everything", "Your own feeds", "Digests and deadlines"]
    lines = root.findall("body/outline/outline")
    assert len(lines) == len(feeds)
    assert root.findall("body/outline/outline/outline") == []
    first = lines[0].attrib
    assert first["type"] == "rss"
    assert first["xmlUrl"] == "https://visas.example.org/watch/feeds/all.rss"
    assert first["htmlUrl"] == "https://visas.example.org/watch/all.html"


def test_an_outline_of_no_feeds_is_valid() -> None:
    assert etree.fromstring(outline([], SITE)).find("body") is not None


def test_the_same_story_is_the_same_in_every_feed_that_carries_it() -> None:
    renderer, one = Renderer(SITE), entry(1)
    feeds = [feed([one]), feed([one], path="all", tag=None), feed([one], path="topic/fees", tag=FEES)]
    assert len({etree.tostring(channel_of(renderer.rss(f)).find("item")) for f in feeds}) == 1
    assert {STREAM.path, FEES.path} <= set(json.loads(renderer.json(feeds[0]))["items"][0]["tags"])
