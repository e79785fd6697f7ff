"""What the entries of published feeds say, as feed readers see them."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from feeds_helpers import (
    CANADA,
    H1B,
    OFFICIAL,
    PRESS,
    SEEN,
    STREAM,
    announcement,
    contents,
    fill,
    parsed,
    published,
    rich,
    tree,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from archive.models import Announcement, Tag
from feeds.catalog import Limits
from feeds.render import Renderer, Site
from feeds.rows import Entry, Feed, TagRow

ATOM = "{http://www.w3.org/2005/Atom}"


def test_an_entry_opens_with_its_facts(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [rich()]) as archive:
        published(archive, tmp_path / "site")
    entry = parsed(tmp_path / "site/feeds/all.atom").entries[0]
    html = entry.content[0].value
    assert html.startswith("<ul><li><strong>Status:</strong> Final</li>")
    assert "<strong>Effective:</strong> 1 April 2026, 00:01 ET (applies to: new requests)" in html
    assert "<strong>Comments until:</strong> May 2026</li>" in html
    assert "<strong>Published:</strong> 11 March 2026, 14:30 UTC" in html
    assert '<strong>Official source:</strong> <a href="https://arrivals.example.ca/rich">Office of Arrivals</a>' in html
    assert "<strong>Programmes:</strong> Global Skills Strategy; H-1B specialty occupation" in html
    assert "<em>Not legal advice.</em></p><p>" not in html.split("</ul>")[0]
    assert html.index("Not legal advice.") < html.index("What notice rich says")
    assert html.index("What notice rich says") < html.index("<p>It stays open until further notice.</p>")
    assert "Text: Office of Arrivals. Open licence 1.0" in html


def test_figures_that_moved_come_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [rich()]) as archive:
        published(archive, tmp_path / "site")
    html = parsed(tmp_path / "site/feeds/all.rss").entries[0].content[0].value
    figures = re.findall(r"<li>([^<]*)</li>", html.split("Figures:")[1].split("</ul>")[0])
    assert figures[:3] == [
        "Draw size (Stream A): 9,500 → 12,000",
        "Fee (fee): CAD 155",
        "Score (score/0): 480",
    ]
    assert len(figures) == 7
    assert figures[-1] == "… and 3 more"


def test_a_day_stays_a_day(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("a", published=date(2026, 3, 9))]) as archive:
        published(archive, tmp_path / "site")
    item = tree(tmp_path / "site/feeds/all.rss").find("channel/item")
    assert item.findtext("pubDate") == "Mon, 09 Mar 2026 00:00:00 +0000"
    entry = parsed(tmp_path / "site/feeds/all.atom").entries[0]
    assert entry.published == "2026-03-09T00:00:00+00:00"
    assert "<strong>Published:</strong> 9 March 2026</li>" in entry.content[0].value


def test_an_unstated_date_is_not_invented(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("a", published=None)]) as archive:
        published(archive, tmp_path / "site")
    entry = parsed(tmp_path / "site/feeds/all.atom").entries[0]
    assert entry.published == "2026-03-20T09:00:00+00:00"
    assert "<strong>First seen:</strong> 20 March 2026, 09:00 UTC (the source states no date)" in entry.content[0].value
    assert "Published:" not in entry.content[0].value


def test_a_date_in_the_future_does_not_pin_an_entry_to_the_top(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("a", published=date(2027, 1, 1))]) as archive:
        published(archive, tmp_path / "site")
    entry = parsed(tmp_path / "site/feeds/all.atom").entries[0]
    assert entry.published == "2026-03-20T09:00:00+00:00"
    assert "<strong>Published:</strong> 1 January 2027</li>" in entry.content[0].value


def test_a_change_moves_updated_and_nothing_else(tmp_path: Path) -> None:
    items = [announcement("a"), announcement("b")]
    with fill(tmp_path / "a.db", items) as archive:
        published(archive, tmp_path / "site")
        before = {e.id: e for e in parsed(tmp_path / "site/feeds/all.atom").entries}
        later = SEEN + timedelta(days=2)
        archive.store(announcement("a", body="The office closes counter a.", seen=later))
        published(archive, tmp_path / "site")
    after = parsed(tmp_path / "site/feeds/all.atom")
    guid = next(e.id for e in after.entries if e.title == "Permit notice a")
    for entry in after.entries:
        assert entry.published == before[entry.id].published
        changed = "2026-03-22T09:00:00+00:00" if entry.id == guid else before[entry.id].updated
        assert entry.updated == changed
    assert after.feed.updated == "2026-03-22T09:00:00+00:00"
    channel = tree(tmp_path / "site/feeds/all.rss").find("channel")
    assert channel.findtext("lastBuildDate") == "Sun, 22 Mar 2026 09:00:00 +0000"
    assert {i.findtext(f"{ATOM}updated") for i in channel.findall("item")} == {e.updated for e in after.entries}


def test_press_is_quoted_in_short_and_linked(tmp_path: Path) -> None:
    story = " ".join(f"word{n}" for n in range(400))
    item = announcement(
        "p", source_id=PRESS.id, publisher="The Daily Stamp", url="https://stamp.example.com/p", summary=story
    )
    with fill(tmp_path / "a.db", [item]) as archive:
        # Even if the archive held the text, the source's licence decides.
        archive.db.execute("UPDATE announcements SET body = 'Text of the press that must not appear.'")
        published(archive, tmp_path / "site")
    html = parsed(tmp_path / "site/feeds/all.atom").entries[0].content[0].value
    assert "must not appear" not in html
    assert len(re.findall(r"word\d+", html)) < 70
    assert '<strong>Reported by:</strong> <a href="https://stamp.example.com/p">The Daily Stamp</a>' in html
    assert '<a href="https://stamp.example.com/p">Continue reading at The Daily Stamp</a>' in html


def test_a_long_text_is_cut_at_a_paragraph_and_links_onwards(tmp_path: Path) -> None:
    body = "\n\n".join(f"Paragraph {n} " + "x" * 900 for n in range(10))
    with fill(tmp_path / "a.db", [announcement("a", summary="", body=body)]) as archive:
        published(archive, tmp_path / "site")
    html = parsed(tmp_path / "site/feeds/all.atom").entries[0].content[0].value
    assert re.findall(r"<p>Paragraph (\d) x{900}</p>", html) == ["0", "1", "2", "3"]
    assert "Paragraph 4" not in html
    assert '<a href="https://arrivals.example.ca/a">Continue reading at Office of Arrivals</a>' in html


def test_copies_are_one_entry_that_names_who_else_reported_it(tmp_path: Path) -> None:
    press = announcement(
        "x", id="press-copy", source_id=PRESS.id, publisher="The Daily Stamp",
        url="https://arrivals.example.ca/x?via=stamp", canonical_url="https://arrivals.example.ca/x",
    )  # fmt: skip
    with fill(tmp_path / "a.db", [press]) as archive:
        published(archive, tmp_path / "site")
        first = parsed(tmp_path / "site/feeds/all.atom").entries
        archive.store(announcement("x", id="official-copy"))
        published(archive, tmp_path / "site")
    entries = parsed(tmp_path / "site/feeds/all.atom").entries
    assert len(first) == len(entries) == 1
    # The official copy took over the entry that readers already have.
    assert entries[0].id == first[0].id == "tag:example.org,2026:story/press-copy"
    assert entries[0].author == "Office of Arrivals"
    html = entries[0].content[0].value
    copy = '<a href="https://arrivals.example.ca/x?via=stamp">The Daily Stamp</a>'
    assert f"<strong>Also reported by:</strong> {copy}" in html
    assert [e.id for e in parsed(tmp_path / "site/feeds/official.atom").entries] == [entries[0].id]


def test_leads_that_were_copies_once_keep_distinct_guids(tmp_path: Path) -> None:
    one = announcement("one")
    two = announcement("two", canonical_url=one.canonical_url)
    with fill(tmp_path / "a.db", [one, two]) as archive:
        archive.store(announcement("two", body="Now a document of its own, at an address of its own."))
        assert archive.value("SELECT count(DISTINCT guid) FROM announcements WHERE duplicate_of IS NULL") == 2
        published(archive, tmp_path / "site")
    ids = {e.title: e.id for e in parsed(tmp_path / "site/feeds/all.atom").entries}
    assert ids == {f"Permit notice {a.title[-3:]}": f"tag:example.org,2026:story/{a.id}" for a in (one, two)}


def test_only_relevant_and_sufficiently_certain_announcements_are_in_a_feed(tmp_path: Path) -> None:
    doubtful = Tag("programme", "us-h-1b", "visa", "guess", 0.3, "H-1B specialty occupation")
    items = [
        announcement("unjudged"),
        announcement("relevant", relevant=True),
        announcement("noise", relevant=False),
        announcement("doubtful", tags=[CANADA, doubtful]),
        announcement("certain", tags=[CANADA, H1B]),
        announcement("press", source_id=PRESS.id),
    ]
    with fill(tmp_path / "a.db", items) as archive:
        published(archive, tmp_path / "site")

    def titles(path: str) -> set[str]:
        return {e.title.removeprefix("Permit notice ") for e in parsed(tmp_path / "site/feeds" / path).entries}

    assert titles("all.rss") == {"unjudged", "relevant", "doubtful", "certain", "press"}
    assert titles("official.rss") == {"unjudged", "relevant", "doubtful", "certain"}
    assert titles("country/ca.rss") == titles("all.rss")
    assert titles("programme/us-h-1b.rss") == {"certain"}


def test_guids_are_equal_in_every_feed_and_format(tmp_path: Path) -> None:
    item = rich()
    with fill(tmp_path / "a.db", [item]) as archive:
        published(archive, tmp_path / "site")
    expected = f"tag:example.org,2026:story/{item.id}"
    for feed in ("all", "official", "country/ca", "programme/ca-gss", "programme/us-h-1b"):
        assert parsed(tmp_path / f"site/feeds/{feed}.atom").entries[0].id == expected
        guid = tree(tmp_path / f"site/feeds/{feed}.rss").find("channel/item/guid")
        assert (guid.text, guid.get("isPermaLink")) == (expected, "false")


def test_dates_are_distinct_and_descend_and_do_not_move_when_more_arrives(tmp_path: Path) -> None:
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    items = [announcement(f"n{n}") for n in range(8)]
    items += [announcement(f"t{n}", published=midnight + timedelta(seconds=n)) for n in range(4)]
    with fill(tmp_path / "a.db", items) as archive:
        published(archive, tmp_path / "site")
        first = {e.id: e.published for e in parsed(tmp_path / "site/feeds/country/ca.atom").entries}
        archive.store(announcement("late", published=date(2026, 3, 9), seen=SEEN + timedelta(hours=1)))
        published(archive, tmp_path / "site")
    for form in ("rss", "atom"):
        feed = parsed(tmp_path / f"site/feeds/country/ca.{form}")
        dates = [e.published_parsed for e in feed.entries]
        assert len(dates) == 13
        assert all(newer > older for newer, older in pairwise(dates))
    again = {e.id: e.published for e in parsed(tmp_path / "site/feeds/country/ca.atom").entries}
    assert {key: again[key] for key in first} == first
    updates = [e.updated for e in parsed(tmp_path / "site/feeds/country/ca.atom").entries]
    assert len(set(updates)) == len(updates)


def test_categories_are_sorted_paths_with_a_scheme(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [rich()]) as archive:
        published(archive, tmp_path / "site")
    terms = ["country/ca", "programme/ca-gss", "programme/us-h-1b", "topic/fees"]
    atom = tree(tmp_path / "site/feeds/all.atom").findall(f"{ATOM}entry/{ATOM}category")
    assert [c.get("term") for c in atom] == terms
    assert atom[0].get("label") == "Canada"
    assert [c.get("scheme") for c in atom] == [f"tag:example.org,2026:tags/{t.split('/')[0]}" for t in terms]
    rss = tree(tmp_path / "site/feeds/all.rss").findall("channel/item/category")
    assert [c.text for c in rss] == terms
    assert [c.get("domain") for c in rss] == [c.get("scheme") for c in atom]


def test_the_channel_names_itself_its_page_and_its_publishers(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [rich()]) as archive:
        published(archive, tmp_path / "site")
    rss = tree(tmp_path / "site/feeds/country/ca.rss").find("channel")
    assert rss.findtext("link") == "https://feeds.example.org/visas/#country-ca"
    assert rss.find(f"{ATOM}link").attrib == {
        "href": "https://feeds.example.org/visas/feeds/country/ca.rss",
        "rel": "self",
        "type": "application/rss+xml",
    }
    assert rss.findtext("title") == "Visawire: Canada"
    assert rss.findtext("language") == "en"
    item = rss.find("item")
    assert item.findtext("link") == "https://arrivals.example.ca/rich"
    assert item.findtext("{http://purl.org/dc/elements/1.1/}creator") == "Office of Arrivals"
    assert item.find("source").text == OFFICIAL.name
    assert item.find("source").get("url") == "https://arrivals.example.ca/news?a%5B%5D=1&b=2"
    assert item.findtext("description") == "What notice rich says in short."
    atom = parsed(tmp_path / "site/feeds/all.atom").feed
    links = {(link.rel, link.href) for link in atom.links}
    assert links == {
        ("self", "https://feeds.example.org/visas/feeds/all.atom"),
        ("alternate", "https://feeds.example.org/visas/"),
    }
    assert atom.id == "tag:example.org,2026:feed/all"
    assert atom.author == "Visawire"


HOSTILE = [
    "<script>alert(1)</script>",
    "Fees & fines &lt;b&gt; \x00\x08\x1b\x9f\ufffe\uffff",
    "Permit \u202egpj.exe\u2066 revoked\u2069",
    "]]></title><item>",
    '"><img src=x onerror=alert(1)>',
    "\x00\x01",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_ever_text(tmp_path: Path, text: str) -> None:
    item = announcement("h", title=text, summary=text, body=f"{text}\n\n{text}", publisher=text)
    with fill(tmp_path / "a.db", [item]) as archive:
        published(archive, tmp_path / "site")
    for path, data in contents(tmp_path / "site").items():
        decoded = data.decode()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]", decoded), path
    for form in ("rss", "atom"):
        path = tmp_path / f"site/feeds/all.{form}"
        html = parsed(path).entries[0].content[0].value
        rendered = etree.HTML(f"<div>{html}</div>")
        assert not rendered.xpath("//script | //img | //b | //item | //@onerror")
    # Readers show an RSS title as HTML or as text, an Atom title without a type as text.
    title = tree(tmp_path / "site/feeds/all.rss").findtext("channel/item/title")
    assert not re.search(r"<[a-z/!]|&\w+;", title)
    assert tree(tmp_path / "site/feeds/all.atom").find(f"{ATOM}entry/{ATOM}title").attrib == {}
    page = etree.HTML((tmp_path / "site/index.html").read_bytes())
    assert not page.xpath("//script | //img | //b | //item")


def test_an_address_that_is_not_a_web_page_is_never_linked(tmp_path: Path) -> None:
    item = announcement("j", url="javascript:alert(1)")
    with fill(tmp_path / "a.db", [item]) as archive:
        published(archive, tmp_path / "site")
    assert all(b"javascript" not in data for data in contents(tmp_path / "site").values())
    assert parsed(tmp_path / "site/feeds/all.rss").entries[0].title == "Permit notice j"


def test_a_title_that_looks_like_markup_reads_alike_in_rss_and_atom(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("m", title="Fees < 5 & form <I-129>")]) as archive:
        published(archive, tmp_path / "site")
    rss = tree(tmp_path / "site/feeds/all.rss").findtext("channel/item/title")
    assert rss == "Fees ‹ 5 ＆ form ‹I-129›"
    atom = tree(tmp_path / "site/feeds/all.atom").findtext(f"{ATOM}entry/{ATOM}title")
    assert atom == "Fees < 5 & form <I-129>"


def test_an_ordinary_ampersand_in_a_title_stays(tmp_path: Path) -> None:
    with fill(tmp_path / "a.db", [announcement("m", title="Q&A: fees < CAD 5")]) as archive:
        published(archive, tmp_path / "site")
    assert tree(tmp_path / "site/feeds/all.rss").findtext("channel/item/title") == "Q&A: fees < CAD 5"


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=any_text, body=any_text, publisher=any_text, url=any_text, label=any_text)
def test_any_text_yields_well_formed_feeds(title: str, body: str, publisher: str, url: str, label: str) -> None:
    when = datetime(2026, 1, 2, tzinfo=UTC)
    entry = Entry(
        guid="g", title=title, url=f"https://example.org/{url}", summary=body[::-1], body=body, language="en",
        publisher=publisher, source_name="A source", source_url=url, authority="primary", licence=label,
        republish="full", stage="final", published="2026-01-02", first_seen="2026-01-02T00:00:00Z", date=when,
        updated=when, tags=(TagRow("programme", "x-y", label or "x"),),
    )  # fmt: skip
    feed = Feed("all", "T", "D", Limits(), (entry,))
    renderer = Renderer(Site("https://example.org", "example.org", "Test"))
    rss, atom = etree.fromstring(renderer.rss(feed)), etree.fromstring(renderer.atom(feed))
    assert rss.findtext("channel/item/title").strip()
    assert rss.findtext("channel/item/description").strip()
    assert atom.findtext(f"{ATOM}entry/{ATOM}author/{ATOM}name").strip()
    html = atom.findtext(f"{ATOM}entry/{ATOM}content")
    etree.fromstring(f"<div>{html}</div>")


def test_tag_labels_are_shown_where_people_read(tmp_path: Path) -> None:
    items: list[Announcement] = [announcement("a", tags=[CANADA, STREAM, H1B])]
    with fill(tmp_path / "a.db", items) as archive:
        published(archive, tmp_path / "site")
    feed = parsed(tmp_path / "site/feeds/programme/us-h-1b.rss").feed
    assert feed.title == "Visawire: H-1B specialty occupation"
    assert "(us-h-1b)" in feed.description
