"""Canonical addresses and permanent ids."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.identity import announcement_id, canonical_url
from archive.models import Announcement, Source

SAME_PAGE = "https://www.example.org/news/two-week-permits"


@pytest.mark.parametrize(
    "url",
    [
        "http://www.example.org/news/two-week-permits",
        "https://WWW.Example.org/news/two-week-permits/",
        "https://www.example.org:443/news//two-week-permits",
        "https://www.example.org/news/./other/../two-week-permits",
        "https://www.example.org/news/two%2Dweek%2Dpermits",
        "https://www.example.org/news/two-week-permits#comments",
        "https://www.example.org/news/two-week-permits?utm_source=rss&utm_medium=feed",
        "https://www.example.org/news/two-week-permits?at_medium=RSS&at_campaign=rss",
        "https://www.example.org/news/two-week-permits?fbclid=abc&gclid=def",
        "https://www.example.org/news/two-week-permits?cmp=rss",
        "https://www.example.org/news/two-week-permits?ref=hackernews",
        "https://www.example.org/news/two-week-permits/amp",
        "https://www.example.org/news/two-week-permits/amp/",
        "https://www.example.org/amp/news/two-week-permits",
        "https://amp.example.org/news/two-week-permits",
        "https://m.example.org/news/two-week-permits",
        "https://www.example.org/news/two-week-permits?amp=1",
        "https://www.example.org/news/two-week-permits?outputType=amp",
        "https://www.google.com/amp/s/www.example.org/news/two-week-permits",
        "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/news/two-week-permits",
        "https://www.example.org/news/two-week-permits/print",
        "https://www.example.org/news/two-week-permits?print=1",
        "https://www.example.org/news/two-week-permits?view=print",
        "https://www.example.org/news/two-week-permits/index.html",
    ],
)
def test_variants_of_an_address_are_one_page(url):
    assert canonical_url(url) == SAME_PAGE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.example.org/a?id=1", "https://www.example.org/a?id=2"),
        ("https://www.example.org/a?source=1234", "https://www.example.org/a?source=1235"),
        ("https://www.example.org/a?cid=77", "https://www.example.org/a"),
        ("https://www.example.org/a?page=2", "https://www.example.org/a"),
        ("https://www.example.org/news/A", "https://www.example.org/news/a"),
        ("https://www.example.org/amplifier", "https://www.example.org/lifier"),
        ("https://example.org/a", "https://www.example.org/a"),
        ("https://www.example.org:8443/a", "https://www.example.org/a"),
    ],
)
def test_different_pages_stay_different(one, other):
    assert canonical_url(one) != canonical_url(other)


def test_order_of_parameters_does_not_matter():
    assert canonical_url("https://e.org/a?b=2&a=1") == canonical_url("https://e.org/a?a=1&b=2")


def test_other_schemes_are_left_alone():
    assert canonical_url("tag:example.org,2026:1") == "tag:example.org,2026:1"


@given(st.text(max_size=60), st.text(max_size=30))
def test_canonical_form_is_stable(path, query):
    url = f"https://www.example.org/{path}?{query}".replace("#", "")
    try:
        once = canonical_url(url)
    except ValueError:  # not an address at all, such as an unclosed IPv6 bracket
        return
    assert canonical_url(once) == once


def _source(**changes):
    return replace(
        Source("us-x", "X", "X", "US", "government", "primary", "en", "https://x.gov", "pd", "full", "daily"),
        **changes,
    )


def test_id_depends_on_the_publishers_id_and_never_on_title_or_date():
    item = Announcement("us-x", "https://x.gov/1", "A title", external_id="2026-1")
    edited = Announcement("us-x", "https://x.gov/moved", "Another title", external_id="2026-1", summary="more")
    assert announcement_id(_source(), item) == announcement_id(_source(), edited)
    assert announcement_id(_source(), item) == "2a6242001ecf628e"  # permanent: it is in subscribers' GUIDs


def test_without_an_own_id_the_canonical_address_counts():
    http, https = (Announcement("us-x", f"{s}://x.gov/1/?utm_source=a", "T") for s in ("http", "https"))
    assert announcement_id(_source(), http) == announcement_id(_source(), https)


def test_sources_of_one_numbering_share_ids_and_others_do_not():
    item = Announcement("us-x", "https://x.gov/1", "T", external_id="2026-1")
    shared = (_source(identity="us-fr"), _source(id="us-y", identity="us-fr"))
    assert announcement_id(shared[0], item) == announcement_id(shared[1], item)
    assert announcement_id(_source(), item) != announcement_id(_source(id="us-y"), item)
