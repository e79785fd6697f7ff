"""Article pages: which of several statements is believed, and what is left unknown."""

from datetime import UTC, date, datetime

import pytest
from scrapy.http import HtmlResponse, Response

from spiders.articles import article_of
from spiders.guard import PageError
from spiders.moments import stated

URL = "https://www.agency.example/news/one"
TEXT = "<p>" + "The agency lends a lamp to every engineer who asks for one. " * 5 + "</p>"


def _of(head="", body="", url=URL, html=""):
    page = f"<html{html}><head>{head}</head><body>{body or f'<main><h1>Lamps</h1>{TEXT}</main>'}</body></html>"
    return article_of(HtmlResponse(url, body=page.encode(), encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("2030-05-03", date(2030, 5, 3), "day"),
        ("20300503", date(2030, 5, 3), "day"),
        ("2030-05", date(2030, 5, 1), "month"),
        ("2030", date(2030, 1, 1), "year"),
        ("2030-05-03T10:20Z", datetime(2030, 5, 3, 10, 20, tzinfo=UTC), "minute"),
        ("2030-05-03T10:20:30.123+02:00", datetime(2030, 5, 3, 8, 20, 30, tzinfo=UTC), "second"),
        ("2030-05-03 10:20:30 +0530", datetime(2030, 5, 3, 4, 50, 30, tzinfo=UTC), "second"),
        ("2030-05-03T10:20:30", date(2030, 5, 3), "day"),
        ("Fri, 3 May 2030 10:20 GMT", datetime(2030, 5, 3, 10, 20, tzinfo=UTC), "minute"),
        ("Fri, 3 May 2030 10:20:00 BST", date(2030, 5, 3), "day"),
        ("May 3, 2030", date(2030, 5, 3), "day"),
        ("Friday 3rd May 2030", date(2030, 5, 3), "day"),
    ],
)
def test_dates_have_the_precision_that_they_state(text, value, precision):
    moment = stated(text)
    assert (moment.value, moment.precision) == (value, precision)
    assert type(moment.value) is type(value)


@pytest.mark.parametrize(
    "text",
    ["", None, "now", "yesterday", "03/05/2030", "May 2030", "10:20", "2030-13-01", "2030-02-30T00:00:00Z",
     "0000-00-00", "Fri, 31 Feb 2030 10:00:00 GMT", "3 days ago", "9" * 200],
)  # fmt: skip
def test_what_states_no_day_is_no_date(text):
    assert stated(text) is None


@pytest.mark.parametrize(
    ("head", "published", "updated"),
    [
        ('<meta property="article:published_time" content="2030-05-03T10:00:00Z">'
         '<meta name="dcterms.modified" content="2030-05-04">', datetime(2030, 5, 3, 10, tzinfo=UTC), date(2030, 5, 4)),
        ('<meta name="DCTERMS.issued" content="2030-05-03"><meta name="date" content="2031-01-01">',
         date(2030, 5, 3), None),
        ('<meta name="govuk:first-published-at" content="2030-05-03T10:00:00+01:00">',
         datetime(2030, 5, 3, 9, tzinfo=UTC), None),
        ('<script type="application/ld+json">{"@graph": [{"@type": "WebPage", "datePublished": "2029-01-01"}, '
         '{"@type": ["NewsArticle"], "datePublished": "2030-05-03", "dateModified": "2030-05-05"}]}</script>',
         date(2030, 5, 3), date(2030, 5, 5)),
        ('<script type="application/ld+json">{"@type": "NewsArticle", "image": {"@type": "ImageObject", '
         '"datePublished": "2001-01-01"}}</script>', None, None),
        ('<script type="application/ld+json">{broken</script><meta name="pubdate" content="2030-05-03">',
         date(2030, 5, 3), None),
        ('<script type="application/ld+json">\n//<![CDATA[\n{"@type": "Report", "url": "http://[", '
         '"datePublished": "2030-05-03"};\n//]]>\n</script>', date(2030, 5, 3), None),
        ('<script type="application/ld+json"> </script>'
         '<script type="application/ld+json">[7, null]</script>', None, None),
        ('<meta property="article:published_time" content="last week">', None, None),
        ("", None, None),
    ],
)  # fmt: skip
def test_dates_come_from_metadata(head, published, updated):
    article = _of(head)
    assert (article.published, article.updated) == (published, updated)


@pytest.mark.parametrize(
    ("body", "published", "updated"),
    [
        ("<main><h1>Lamps</h1><time datetime='2030-05-03'>3 May</time>TEXT</main>", date(2030, 5, 3), None),
        ("<main><h1>Lamps</h1><p class='date'>May 3, 2030</p>TEXT</main>", date(2030, 5, 3), None),
        (
            "<main><h1>Lamps</h1>TEXT<dl><time property='dateModified'>2030-05-04</time></dl></main>",
            None,
            date(2030, 5, 4),
        ),
        ("<main><h1>Lamps</h1>TEXT</main><aside><time datetime='2029-01-01'>x</time></aside>", None, None),
        ("<main><h1>Lamps</h1>TEXT<ul><li><time datetime='2029-01-01'>x</time></li></ul></main>", None, None),
    ],
)
def test_dates_come_from_the_article_not_from_its_neighbours(body, published, updated):
    article = _of(body=body.replace("TEXT", TEXT))
    assert (article.published, article.updated) == (published, updated)


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ('<meta property="og:title" content="Lamps | Agency">', "<h1>Lamps for all</h1>", "Lamps for all"),
        ('<meta property="og:site_name" content="Agency"><meta property="og:title" content="Lamps | Agency">',
         "", "Lamps"),
        ("<title>AGENCY - Lamps</title>", "", "Lamps"),
        ('<meta property="og:title" content="Lamps for all">', "<h1>Agency News</h1><h1>Lamps for <i>all</i></h1>",
         "Lamps for all"),
        ('<meta property="og:site_name" content="Agency"><title>Lamps</title>', "<h1>Agency</h1>", "Lamps"),
    ],
)  # fmt: skip
def test_title_is_the_headline_without_the_site(head, body, title):
    assert _of(head, f"<main>{body}{TEXT}</main>").title == title


@pytest.mark.parametrize(
    ("html", "head", "language"),
    [
        (' lang="fr-CA"', "", "fr"),
        ("", '<meta name="dcterms.language" content="deu">', "de"),
        ("", '<meta property="og:locale" content="pt_BR">', "pt"),
        (' lang="x"', "", ""),
    ],
)
def test_language_is_a_two_letter_code(html, head, language):
    assert _of(head, html=html).language == language


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("/news/1", "https://www.agency.example/news/1"),
        ("https://www.agency.example/", URL),
        ("javascript:alert(1)", URL),
        ("http://[broken", URL),
        ("", URL),
    ],
)
def test_canonical_link_is_absolute_and_no_front_page(href, canonical):
    assert _of(f'<link rel="canonical" href="{href}">').canonical_url == canonical


def test_text_is_the_article_alone():
    article = _of(body=f"<nav><ul><li>Home</li></ul></nav><main><h1>Lamps</h1>{TEXT}</main><footer>Imprint</footer>")
    assert article.text.startswith("The agency lends a lamp")
    assert "Home" not in article.text and "Imprint" not in article.text


def test_short_text_is_read_too():
    assert _of(body="<main><h1>Closed</h1><p>The office is closed on Friday.</p></main>").text == (
        "The office is closed on Friday."
    )


@pytest.mark.parametrize(
    "response",
    [
        Response(URL, body=b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
        HtmlResponse(URL, body=b"%PDF-1.7"),
        HtmlResponse(URL, body=b""),
        HtmlResponse(URL, body=b"<html><body><div id='root'></div></body></html>"),
    ],
)
def test_what_is_no_article_is_said_so(response):
    with pytest.raises(PageError):
        article_of(response)
