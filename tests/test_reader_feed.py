"""The feed reader on feeds as they should not be, and on the choices that a source can make."""

import json
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, XmlResponse

from archive.models import Announcement
from spiders.base import Drift, Visit, Walk
from spiders.feedparsing import MAX_BYTES, parse_feed
from spiders.guard import PageError
from spiders.register import register
from visawire.trial import _spider, read_recorded

URL = "https://feeds.example/news.xml"


def _entry(**options):
    entry = register()["us-uscis-all-news"]
    source = replace(entry.source, id="xx-test-feed", publisher="A Publisher", url=URL)
    return replace(entry, source=source, urls=(URL,), reads=(), options=options)


def _recorded(body, url=URL, content_type="application/xml"):
    from spiders.recording import Recorded

    body = body if isinstance(body, bytes) else body.encode()
    return Recorded(url, datetime(2030, 6, 1, tzinfo=UTC), 200, (("Content-Type", content_type),), body)


def _read(body, content_type="application/xml", **options) -> list[Announcement]:
    return read_recorded(_entry(**options), _recorded(body, content_type=content_type))


def _rss(*items, head=""):
    rows = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">' \
           f"<channel><title>Feed</title><link>https://site.example/</link>{head}{rows}</channel></rss>"  # fmt: skip


def _item(number=1, extra="", title="A rule"):
    return f"<title>{title}</title><link>https://site.example/{number}</link>{extra}"


def _atom(*entries):
    rows = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>{rows}</feed>'


# -- formats ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="0.91"><channel><title>f</title><item><title>Old</title><link>https://site.example/1</link></item></channel></rss>',
        '<rss version="0.92"><channel><item><title>Old</title><link>https://site.example/1</link></item></channel></rss>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel rdf:about="https://site.example/"><title>f</title></channel>'
        '<item rdf:about="https://site.example/1"><title>Old</title><link>https://site.example/1</link></item></rdf:RDF>',
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>Old</title><id>https://site.example/1</id>'
        '<link rel="alternate" type="text/html" href="https://site.example/1"/></entry></feed>',
        _atom('<title>Old</title><link href="https://site.example/1"/><id>https://site.example/1</id>'),
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "https://site.example/1", "title": "Old"}]}',
        "\ufeff" + _rss(_item(title="Old")),
        "\n\n warning: old PHP <br/>" + _rss(_item(title="Old")),
        _rss(_item(title="Old")).replace("</channel></rss>", ""),
    ],
)
def test_every_family_of_feeds_is_read(body):
    (item,) = _read(body)
    assert (item.title, item.url, item.external_id, item.published) == ("Old", "https://site.example/1", "", None)


def test_json_feed_gives_all_its_fields():
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "home_page_url": "https://site.example/",
        "language": "fr-CA",
        "items": [
            {"id": 17, "url": "/a", "title": "Fees < salaries", "content_text": "Pay <b> or\n\nleave & go.",
             "tags": ["x"], "date_published": "2030-05-01T10:00:00+02:00", "date_modified": "2030-05-02T00:00:00Z",
             "authors": [{"name": "Ann"}], "summary": "Short."},
            {"id": "2", "url": "javascript:alert(1)", "external_url": "https://other.example/b",
             "content_html": "<p>Only words here</p>", "author": {"name": "Bob"}},
            "nonsense",
        ],
    }  # fmt: skip
    first, second = _read(json.dumps(feed), "application/feed+json", stated_language=True)
    assert (first.title, first.url, first.external_id) == ("Fees < salaries", "https://feeds.example/a", "17")
    assert first.body == "Pay <b> or\n\nleave & go."
    assert first.published == datetime(2030, 5, 1, 8, tzinfo=UTC)
    assert first.updated == datetime(2030, 5, 2, tzinfo=UTC)
    assert (first.language, first.attributes) == ("fr", {"categories": ["x"], "authors": ["Ann"]})
    assert (second.title, second.url, second.attributes) == (
        "Only words here", "https://other.example/b", {"authors": ["Bob"]},
    )  # fmt: skip


# -- what is no feed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            "<!doctype html><html><head><title>Moved</title></head><body>Hello</body></html>",
            "an HTML page came instead",
        ),
        ("plain words", "something else came instead"),
        ("", "empty instead of a feed"),
        ('{"items": [', "cannot be read"),
        ('{"error": "no"}', "without a list 'items'"),
        ("[1, 2]", "without a list 'items'"),
    ],
)
def test_what_is_no_feed_is_drift_with_advice(body, says):
    with pytest.raises(Drift, match=says):
        _read(body)


def test_feed_without_entries_is_empty():
    with pytest.raises(PageError, match="nothing was found"):
        _read(_rss())


def test_huge_feed_is_refused_with_its_size():
    with pytest.raises(PageError, match=r"5\.2 MB, more than the 5 MB"):
        parse_feed(b"<rss>" + b" " * int(MAX_BYTES * 1.04), URL)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (_rss("<a>" * 400_000), "more than 1000 elements inside each other"),
        (_rss(*["<a>" * 900] * 1000), "more than 1000 elements inside each other"),
        ("<rss><channel>" + "<item></item>" * 150_000, "more than 20000 entries"),
    ],
)
def test_feed_made_to_keep_the_reader_busy_is_refused_at_once(body, says):
    start = time.monotonic()
    with pytest.raises(PageError, match=says):
        _read(body)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("junk", ["<![CDATA[ ", "& ", "&lt;script ", "&lt;!-- ", "&lt;p&gt;The post ", "&lt;style&gt;"])
def test_time_grows_with_the_length_of_a_text_and_no_faster(junk):
    start = time.monotonic()
    with suppress(Drift):
        _read(_rss(_item(title=f"A rule {junk * 30_000}")))
    assert time.monotonic() - start < 5


def test_entities_are_not_expanded_and_nothing_is_fetched():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = _rss(_item(title="&l9;!"), _item(2, title="&file;?")).replace(
        '<?xml version="1.0"?>',
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}<!ENTITY file SYSTEM "file:///etc/passwd">'
        '<!ENTITY web SYSTEM "http://127.0.0.1:9/x">]>',
    )
    start = time.monotonic()
    feed = parse_feed(bomb.encode(), URL)
    assert time.monotonic() - start < 5
    assert all(len(entry.title) < 100 and "root:" not in entry.title for entry in feed.entries)


# -- texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Fees &amp;amp; forms", "Fees & forms"),
        ("A &lt;b&gt;bo&lt;/b&gt;ld rule", "A bold rule"),
        ("<![CDATA[A <em>new</em> rule &#8211; now]]>", "A new rule – now"),
        ("Cap &lt;script&gt;alert(1)&lt;/script&gt; reached", "Cap reached"),
        ("Fees & forms, AT&T", "Fees & forms, AT&T"),
        ("Visas &nbsp; caf&eacute;", "Visas café"),
        ("  two\n lines ", "two lines"),
    ],
)
def test_titles_are_text(raw, title):
    (item,) = _read(_rss(_item(title=raw)))
    assert item.title == title


def test_atom_plain_title_keeps_its_brackets():
    (item,) = _read(
        _atom('<title type="text">Salary &lt;minimum&gt; rises</title><link href="https://site.example/1"/>')
    )
    assert item.title == "Salary <minimum> rises"


def test_entry_without_title_takes_the_first_words_of_its_summary():
    words = " ".join(f"word{n}" for n in range(30))
    (item,) = _read(_rss(f"<link>https://site.example/1</link><description>&lt;p&gt;{words}&lt;/p&gt;</description>"))
    assert item.title == " ".join(f"word{n}" for n in range(16)) + "…"
    assert item.summary == words


def test_content_is_the_text_and_description_the_summary():
    extra = "<description>Short.</description><c:encoded><![CDATA[<p>One.</p><p>Two two two.</p>]]></c:encoded>"
    body = _rss(_item(extra=extra)).replace("<rss ", '<rss xmlns:c="http://purl.org/rss/1.0/modules/content/" ')
    (item,) = _read(body)
    assert (item.summary, item.body) == ("Short.", "One.\n\nTwo two two.")


def test_furniture_is_dropped():
    extra = "<description>&lt;div class='promo'&gt;Subscribe!&lt;/div&gt;&lt;p&gt;The rule.&lt;/p&gt;</description>"
    (item,) = _read(_rss(_item(extra=extra)), drop=[".promo"])
    assert item.summary == "The rule."


# -- encodings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "real", "served"),
    [
        ("utf-8", "utf-8", "iso-8859-1"),
        ("iso-8859-1", "utf-8", ""),
        ("utf-8", "cp1252", "utf-8"),
        ("iso-8859-1", "cp1252", ""),
        ("nonsense", "utf-8", "nonsense"),
        ("utf-16", "utf-16", "utf-8"),
        ("", "cp1252", "windows-1252"),
    ],
)
def test_encodings_that_lie_are_seen_through(declared, real, served):
    head = f' encoding="{declared}"' if declared else ""
    body = _rss(_item(title="Visa d’entrée à 40 €")).replace('<?xml version="1.0"?>', f'<?xml version="1.0"{head}?>')
    (item,) = _read(body.encode(real), f"text/xml; charset={served}" if served else "text/xml")
    assert item.title == "Visa d’entrée à 40 €"


def test_one_damaged_byte_does_not_spoil_the_other_letters():
    body = _rss(_item(title="Übergröße für Fachkräfte"), _item(2, title="kaputt#")).encode().replace(b"#", b"\xff")
    first, second = _read(body)
    assert first.title == "Übergröße für Fachkräfte"
    assert second.title.startswith("kaputt")


# -- identity ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guid", "own"),
    [
        ("https://site.example/?p=12", "https://site.example/?p=12"),
        ("12 at https://site.example", "12 at https://site.example"),
        ("https://site.example/news/one", ""),
        ("http://site.example/news/one/#3", ""),
        ("tag:www.gov.uk,2005:/news/one/2030-05-21T09:30:04+01:00", ""),
        ("tag:site.example,2030:2030-05-21T09:30:04", ""),
        ("", ""),
    ],
)
def test_guid_is_the_identity_only_where_it_is_stable(guid, own):
    body = _rss(f"<title>T</title><link>https://site.example/news/one</link><guid isPermaLink='false'>{guid}</guid>")
    assert _read(body)[0].external_id == own
    assert _read(body, guid=False)[0].external_id == ""


def test_edited_govuk_entry_keeps_its_id():
    def entry(time_of_edit):
        return _atom(
            f"<id>tag:www.gov.uk,2005:/government/publications/a/{time_of_edit}</id><updated>{time_of_edit}</updated>"
            '<title>A report</title><link rel="alternate" type="text/html" href="https://www.gov.uk/government/publications/a"/>'
        )

    (before,), (after,) = _read(entry("2030-05-01T09:00:00+01:00")), _read(entry("2030-05-30T10:00:00+01:00"))
    assert before.id == after.id
    assert before.published is None and before.updated == datetime(2030, 5, 1, 8, tzinfo=UTC)


def test_guid_that_several_entries_share_is_no_identity():
    found = _read(_rss(*(_item(n, "<guid isPermaLink='false'>same</guid>") for n in (1, 2, 3))))
    assert len({item.id for item in found}) == 3


def test_entry_that_stands_twice_is_read_once():
    assert len(_read(_rss(_item(1), _item(1), _item(2)))) == 2


# -- links ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<title>T</title><link>/a/b</link>", "https://feeds.example/a/b"),
        ("<title>T</title><guid>https://site.example/1</guid>", "https://site.example/1"),
        (
            "<title>T</title><link>javascript:alert(1)</link><guid>https://site.example/1</guid>",
            "https://site.example/1",
        ),
        ("<title>T</title><guid isPermaLink='false'>x7</guid>", "https://site.example/"),
        ("<title>T</title><link>https://site.example/a?x=1&y=2</link>", "https://site.example/a?x=1&y=2"),
    ],
)
def test_links_are_absolute_http_addresses(item, url):
    assert _read(_rss(item))[0].url == url


def test_page_is_preferred_to_other_renderings_of_it():
    (item,) = _read(_atom(
        '<id>x:1</id><title>T</title><link rel="self" href="https://s.example/self"/>'
        '<link rel="alternate" type="application/pdf" href="https://s.example/pdf"/>'
        '<link rel="alternate" type="text/html" href="https://s.example/page"/>'
    ))  # fmt: skip
    assert (item.url, item.external_id) == ("https://s.example/page", "x:1")


def test_one_bad_entry_loses_no_other_and_is_named():
    spider = _spider(_entry())
    response = XmlResponse(URL, body=_rss(_item(1), "<title>No address</title>", _item(3)).encode())
    found = []
    with pytest.raises(Drift, match=r"1 of 3 entries.*entry 2 \('No address'\)"):
        for item in spider.read(response):
            found.append(item)
    assert [item.url for item in found] == ["https://site.example/1", "https://site.example/3"]


def test_entries_beyond_the_limit_are_left_with_a_warning(caplog):
    with caplog.at_level("WARNING"):
        assert len(_read(_rss(*(_item(n) for n in range(9))), max_entries=4)) == 4
    assert "has 9 entries; the first 4 are read" in caplog.text


# -- dates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("Fri, 03 May 2030 10:00:00 -0400", datetime(2030, 5, 3, 14, tzinfo=UTC)),
        ("Fri, 03 May 2030 10:00:00 EDT", datetime(2030, 5, 3, 14, tzinfo=UTC)),
        ("Fri, 03 May 2030 10:00:00", date(2030, 5, 3)),
        ("Friday, 3 May 2030", date(2030, 5, 3)),
        ("2030-05-03", date(2030, 5, 3)),
        ("2030-05-03T10:00:00+09:00", datetime(2030, 5, 3, 1, tzinfo=UTC)),
        ("03/05/2030", None),
        ("soon", None),
        ("", None),
        ("2030년 05월 03일", None),
    ],
)
def test_dates_are_as_precise_as_stated(stated, published):
    (item,) = _read(_rss(_item(extra=f"<pubDate>{stated}</pubDate>")))
    assert item.published == published
    assert type(item.published) is type(published)


def test_dublin_core_date_of_rss_is_its_publication():
    (item,) = _read(_rss(_item(extra="<dc:date>2030-05-03T10:00:00Z</dc:date>")))
    assert (item.published, item.updated) == (datetime(2030, 5, 3, 10, tzinfo=UTC), None)


def test_updated_is_published_where_the_register_says_so():
    body = _atom('<title>T</title><link href="https://s.example/1"/><updated>2030-05-03T10:00:00Z</updated>')
    (plain,), (told,) = _read(body), _read(body, updated_is_published=True)
    assert (plain.published, plain.updated) == (None, datetime(2030, 5, 3, 10, tzinfo=UTC))
    assert (told.published, told.updated) == (datetime(2030, 5, 3, 10, tzinfo=UTC), None)


# -- articles ---------------------------------------------------------------------------------------------

PAGE = """<html lang="en"><head><meta property="article:published_time" content="2030-05-03T10:00:00Z">
<link rel="canonical" href="https://site.example/1"></head><body><main><h1>A rule</h1>
<p>The whole text of an invented rule, which is long enough that nobody takes it for a teaser of the text itself.</p>
<p>It says that every engineer is given a lamp, and that the lamp is given back when the engineer leaves.</p>
</main></body></html>"""


def _followed(body, **options):
    spider = _spider(_entry(article=True, **options))
    response = XmlResponse(URL, body=body.encode(), request=Request(URL))
    response.meta["visit"] = Visit(Walk(pending=1), spider.read)
    return spider, list(spider.read(response))


def test_entry_with_a_teaser_is_followed_to_its_article():
    _, (request,) = _followed(_rss(_item(extra="<pubDate>Fri, 03 May 2030</pubDate><description>Lamps.</description>")))
    visit = request.meta["visit"]
    assert request.url == "https://site.example/1"
    assert visit.fallback.title == "A rule"
    answer = HtmlResponse(request.url, body=PAGE.encode(), request=request)
    (item,) = visit.read(answer, **visit.arguments)
    assert item.body.startswith("The whole text of an invented rule")
    assert (item.title, item.summary) == ("A rule", "Lamps.")
    assert item.published == datetime(2030, 5, 3, 10, tzinfo=UTC), "a time on the day that the feed states"


def test_entry_with_its_whole_text_is_not_followed():
    extra = f"<description>Lamps.</description><c:encoded><![CDATA[<p>{'Lamps for everybody. ' * 40}</p>]]></c:encoded>"
    body = _rss(_item(extra=extra)).replace("<rss ", '<rss xmlns:c="http://purl.org/rss/1.0/modules/content/" ')
    _, (item,) = _followed(body)
    assert isinstance(item, Announcement)


def test_article_that_is_a_pdf_keeps_the_entry():
    spider, (request,) = _followed(_rss(_item(extra="<description>Lamps.</description>")))
    visit = request.meta["visit"]
    pdf = HtmlResponse(request.url, body=b"%PDF-1.7 ...", headers={"Content-Type": "application/pdf"}, request=request)
    with pytest.raises(PageError, match="no web page but application/pdf"):
        list(visit.read(pdf, **visit.arguments))
    assert next(spider._arrived(pdf)).title == "A rule"


def test_article_page_alone_is_the_announcement():
    (item,) = read_recorded(_entry(article=True), _recorded(PAGE, "https://site.example/1", "text/html"))
    assert (item.title, item.url) == ("A rule", "https://site.example/1")
    assert item.published == datetime(2030, 5, 3, 10, tzinfo=UTC)


def test_registered_address_that_answers_a_page_is_drift_not_an_article():
    with pytest.raises(Drift, match="an HTML page came instead"):
        _read(PAGE, "text/html", article=True)
