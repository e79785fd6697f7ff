"""The listing shape: HTML rows, dates in many notations, article pages, numbered pages, drifted markup."""

from datetime import UTC, date, datetime

import pytest
from reader_helpers import archive_with, entry_of, read_text, results

from spiders.base import Drift, Empty
from spiders.datestyle import DateStyle
from spiders.guard import PageError
from spiders.register import RegisterError

URL = "https://office.example.gov/news"
OPTIONS = {"row": "li.item", "title": ".title", "date": ".date", "summary": ".text"}


def row(title="A rule", href="/news/a-rule", day="3 March 2026", text="It begins."):
    return (
        f'<li class="item"><a class="title" href="{href}">{title}</a><span class="date">{day}</span>'
        f'<div class="text">{text}</div></li>'
    )


def page(*rows, pager=""):
    return f"<html><body><main><ul>{''.join(rows)}</ul>{pager}</main></body></html>"


@pytest.fixture
def entry(tmp_path):
    return entry_of(tmp_path / "register", "listing", URL, [f"{URL}?page=*", f"{URL}/*"], **OPTIONS)


def paged(tmp_path, first=0, pages=3, **more):
    return entry_of(
        tmp_path / "register", "listing", URL, [f"{URL}?page=*"], **OPTIONS, page_parameter="page", first_page=first,
        max_pages=pages, **more,
    )  # fmt: skip


def test_a_row_gives_title_address_date_and_summary(entry):
    (item,) = read_text(entry, page(row(title="Fees &amp; <b>forms</b>", text="<p>One.</p><p>Two.</p>")))
    assert (item.title, item.url, item.published) == ("Fees & forms", f"{URL}/a-rule", date(2026, 3, 3))
    assert item.summary == "One.\n\nTwo."
    assert (item.external_id, item.body, item.updated, item.language) == ("", "", None, "en")


@pytest.mark.parametrize(
    "markup",
    [
        '<li class="item"><h3 class="title"><a href="/x">Title</a></h3></li>',
        '<li class="item"><a href="/x"><h3 class="title">Title</h3></a></li>',
        '<li class="item"><h3 class="title">Title</h3><a href="#top">up</a><a href=" /x ">More</a></li>',
        '<li class="item"><a class="title" href="javascript:void(0)">Title</a><a href="/x">More</a></li>',
    ],
)
def test_the_link_is_found_in_the_title_around_it_or_beside_it(tmp_path, markup):
    entry = entry_of(tmp_path / "register", "listing", URL, row="li.item", title=".title")
    (item,) = read_text(entry, page(markup))
    assert (item.title, item.url) == ("Title", "https://office.example.gov/x")


def test_links_to_places_on_one_page_are_told_apart(entry):
    one, two = read_text(entry, page(row(href="/alerts#one"), row(href="/alerts#two")))
    assert one.external_id == "https://office.example.gov/alerts#one"
    assert one.id != two.id


def test_one_broken_row_does_not_lose_the_others_and_is_named(entry):
    good, broken = row(), '<li class="item"><span class="title">No link at all</span></li>'
    found = []
    with pytest.raises(Drift, match=r"row 2 has no link \('No link at all'\)"):
        for item in results_of(entry, page(good, broken, good)):
            found.append(item)
    assert [item.title for item in found] == ["A rule", "A rule"]


def results_of(entry, body):
    """The generator itself, so that what came before an error can be seen."""
    from scrapy import Request
    from scrapy.http import HtmlResponse

    from visawire.trial import _spider

    response = HtmlResponse(entry.source.url, body=body.encode(), encoding="utf-8")
    response.request = Request(entry.source.url)
    yield from _spider(entry).read(response)


def test_a_date_that_cannot_be_read_keeps_the_row_and_is_named(entry):
    found = []
    with pytest.raises(Drift, match="row 1 has the date 'yesterday', which cannot be read"):
        for item in results_of(entry, page(row(day="yesterday"), row(href="/b"))):
            found.append(item.published)
    assert found == [None, date(2026, 3, 3)]


def test_a_row_without_a_date_is_fine_but_a_page_without_any_has_drifted(entry):
    undated = row().replace('<span class="date">3 March 2026</span>', "")
    assert [i.published for i in read_text(entry, page(row(), undated))] == [date(2026, 3, 3), None]
    with pytest.raises(Drift, match="no row has a date"):
        read_text(entry, page(undated, undated))


@pytest.mark.parametrize("body", ["<html><body><main></main></body></html>", "<p>moved</p>", " "])
def test_a_page_without_rows_is_empty_and_never_no_news(entry, body):
    with pytest.raises(Empty):
        read_text(entry, body)


def test_a_page_in_an_old_encoding_is_read(entry):
    body = page(row(title="Café Düsseldorf")).replace("<html>", '<html><meta charset="windows-1252">')
    (item,) = read_text(entry, body.encode("windows-1252"))
    assert item.title == "Café Düsseldorf"


# -- articles ---------------------------------------------------------------------------------------------

ARTICLE = """<html lang="en"><head><title>A rule</title><meta property="article:published_time"
content="2026-03-03T09:15:00Z"><meta property="article:modified_time" content="2026-03-05T10:00:00Z"></head><body>
<main><h1>A rule</h1><p>{}</p></main></body></html>""".format(
    "Employers must use the new form from next month on. " * 8
)


def test_an_article_completes_its_row(tmp_path):
    entry = entry_of(tmp_path / "register", "listing", URL, [f"{URL}/*"], **OPTIONS, articles=True)
    none, (request,) = results(entry, page(row()))
    assert none == [] and request.url == f"{URL}/a-rule"
    item = request.meta["visit"].arguments["item"]
    assert item.listing_hash and request.meta["visit"].fallback is item
    (read,), _ = results(entry, ARTICLE, url=request.url, item=item)
    assert read is item and read.title == "A rule" and "It begins." in read.summary
    assert read.body.startswith("Employers must use the new form")
    assert read.published == datetime(2026, 3, 3, 9, 15, tzinfo=UTC), "the article states the time of the day"
    assert read.updated == datetime(2026, 3, 5, 10, tzinfo=UTC)


def test_a_listed_day_is_not_replaced_by_another_day_of_the_article(tmp_path):
    entry = entry_of(tmp_path / "register", "listing", URL, [f"{URL}/*"], **OPTIONS, articles=True)
    _, (request,) = results(entry, page(row(day="2 March 2026")))
    (read,), _ = results(entry, ARTICLE, url=request.url, item=request.meta["visit"].arguments["item"])
    assert read.published == date(2026, 3, 2)


def test_an_article_page_is_read_on_its_own(tmp_path):
    entry = entry_of(tmp_path / "register", "listing", URL, [f"{URL}/*"], **OPTIONS, articles=True)
    (listed,) = read_text(entry, page(row()))
    (alone,) = read_text(entry, ARTICLE, f"{URL}/a-rule")
    assert alone.id == listed.id and alone.title == "A rule" and alone.body


def test_an_article_without_text_is_an_error_so_that_the_row_stands(tmp_path):
    entry = entry_of(tmp_path / "register", "listing", URL, [f"{URL}/*"], **OPTIONS, articles=True)
    with pytest.raises(PageError):
        read_text(entry, "<html><title>A rule</title><body><div id=app></div></body></html>", f"{URL}/a-rule")


@pytest.mark.parametrize("href", ["/files/rule.PDF", "https://elsewhere.example.org/a", "/alerts#one"])
def test_documents_other_sites_and_places_on_a_page_are_no_articles(tmp_path, href):
    entry = entry_of(tmp_path / "register", "listing", URL, **OPTIONS, articles=True)
    (item,), requests = results(entry, page(row(href=href)))
    assert item.title == "A rule" and requests == []


def test_rows_that_are_all_known_and_unchanged_are_no_empty_page(tmp_path):
    entry = entry_of(tmp_path / "register", "listing", URL, **OPTIONS, articles=True)
    _, (request,) = results(entry, page(row()))
    (item,) = read_text(entry, page(row()))
    known = archive_with(hashes={item.id: request.meta["visit"].fallback.listing_hash})
    assert results(entry, page(row()), archive=known) == ([], [])
    _, (again,) = results(entry, page(row(text="It begins later.")), archive=known)
    assert again.url == f"{URL}/a-rule", "a changed row is read again"


# -- numbered pages -----------------------------------------------------------------------------------------

NEXT = '<a href="?page=1">2</a><a href="?page=2">3</a>'


@pytest.mark.parametrize(
    ("first", "pager", "second"), [(0, NEXT, "?page=1"), (1, '<a href="?page=2">2</a>', "?page=2")]
)
def test_the_next_page_is_asked_for_while_there_are_unknown_entries(tmp_path, first, pager, second):
    entry = paged(tmp_path, first)
    items, (request,) = results(entry, page(row(), pager=pager))
    assert len(items) == 1 and request.url == URL + second
    assert request.meta["visit"].arguments["met"]


def test_paging_ends_at_max_pages_at_known_entries_and_where_no_link_leads_on(tmp_path):
    entry = paged(tmp_path)
    assert results(entry, page(row(), pager=NEXT), archive=archive_with(set()))[1]
    assert not results(entry, page(row(), pager=NEXT), archive=archive_with())[1], "all known"
    assert not results(entry, page(row(), pager='<a href="?page=2">3</a>'), url=f"{URL}?page=2")[1], "three pages"
    assert not results(entry, page(row()))[1], "no pager"
    assert not results(entry, page(row(), pager='<a href="?page=0">1</a>'), url=f"{URL}?page=1")[1], "last page"


@pytest.mark.parametrize("state", ["blocked", "error", ""])
def test_after_a_crawl_that_failed_known_entries_do_not_end_the_walk(tmp_path, state):
    assert results(paged(tmp_path), page(row(), pager=NEXT), archive=archive_with(state=state))[1]


def test_a_server_that_repeats_its_last_page_for_ever_is_left(tmp_path):
    entry = paged(tmp_path, pages=9)
    pager = "".join(f'<a href="?page={n}">{n}</a>' for n in range(9))
    _, (second,) = results(entry, page(row(), pager=pager))
    met = second.meta["visit"].arguments["met"]
    assert not results(entry, page(row(), pager=pager), url=second.url, met=met)[1]


def test_an_empty_page_behind_the_last_one_is_no_error(tmp_path):
    assert read_text(paged(tmp_path), page(), f"{URL}?page=7") == []


# -- dates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "written", "value", "precision"),
    [
        (DateStyle(), "2026-06-24T16:32:02Z", datetime(2026, 6, 24, 16, 32, 2, tzinfo=UTC), "second"),
        (DateStyle(), "2026-06-24T12:00:00Z", date(2026, 6, 24), "day"),
        (DateStyle(), "Posted on March 4th, 2026", date(2026, 3, 4), "day"),
        (DateStyle(), "Open from 3 March 2026 to 5 March 2026", None, ""),
        (DateStyle(), "03/04/2026", None, ""),
        (DateStyle(format="%m/%d/%Y"), "03/04/2026", date(2026, 3, 4), "day"),
        (DateStyle(format="%B %Y"), "March 2026", date(2026, 3, 1), "month"),
        (DateStyle(format="%d.%m.%Y %H:%M", zone="Europe/Berlin"), "01.07.2026 09:00",
         datetime(2026, 7, 1, 7, tzinfo=UTC), "second"),
        (DateStyle(format="%d.%m.%Y %H:%M"), "01.07.2026 09:00", date(2026, 7, 1), "day"),
        (DateStyle(locale="fr"), "Publié le 1er avril 2026", date(2026, 4, 1), "day"),
        (DateStyle(locale="fr"), "05/02/2026", date(2026, 2, 5), "day"),
        (DateStyle(locale="de"), "12. März 2026", date(2026, 3, 12), "day"),
        (DateStyle(locale="es"), "7 de agosto de 2026", date(2026, 8, 7), "day"),
        (DateStyle(locale="fr"), "demain", None, ""),
        (DateStyle(zone="UTC"), "2026-02-17T19:25:25", datetime(2026, 2, 17, 19, 25, 25, tzinfo=UTC), "second"),
        (DateStyle(zone="America/New_York"), "2026-02-17 19:25", datetime(2026, 2, 18, 0, 25, tzinfo=UTC), "minute"),
        (DateStyle(), "2026-02-17T19:25:25", date(2026, 2, 17), "day"),
        (DateStyle(), 1765390791, datetime(2025, 12, 10, 18, 19, 51, tzinfo=UTC), "second"),
        (DateStyle(), 1765390791000, datetime(2025, 12, 10, 18, 19, 51, tzinfo=UTC), "second"),
        (DateStyle(), True, None, ""),
        (DateStyle(), 1e300, None, ""),
        (DateStyle(), float("nan"), None, ""),
        (DateStyle(), "", None, ""),
        (DateStyle(), None, None, ""),
    ],
)  # fmt: skip
def test_a_date_is_read_as_stated_and_no_finer(style, written, value, precision):
    moment = style.read(written)
    assert (moment.value, moment.precision) == (value, precision) if value else moment is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"title": "a"}, "needs option row"),
        ({"row": "li[["}, "is not a CSS selector"),
        ({"row": "li", "locale": "klingon"}, "'klingon' is not a language"),
        ({"row": "li", "zone": "Mars/Olympus"}, "'Mars/Olympus' is not a time zone"),
        ({"row": "li", "max_pages": 3}, "needs page_parameter"),
        ({"row": "li", "colour": "red"}, "no option 'colour'; allowed: row, title"),
        ({"row": "li", "articles": "yes"}, "must be of type bool"),
    ],
)
def test_a_wrong_option_is_answered_when_the_entry_is_loaded(tmp_path, options, message):
    with pytest.raises(RegisterError, match=message):
        entry_of(tmp_path / "register", "listing", URL, **options)
