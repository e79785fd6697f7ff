"""The json_listing shape: paths, addresses, dates, pages by number or by address, drifted answers."""

import json
from datetime import UTC, date, datetime

import pytest
from reader_helpers import archive_with, entry_of, read_text, results

from spiders.base import Drift, Empty
from spiders.json_listing import at
from spiders.register import RegisterError

URL = "https://api.example.gov/posts"
WORDPRESS = {
    "title": "title.rendered", "url": "link", "id": "id", "date": "date_gmt", "updated": "modified_gmt", "zone": "UTC",
    "summary": "excerpt.rendered", "body": "content.rendered",
    "page_parameter": "page", "first_page": 1, "max_pages": 3,
}  # fmt: skip
JSON = "application/json"


def post(number=7, **changes):
    values = {
        "id": number, "date_gmt": "2026-02-17T19:25:25", "modified_gmt": "2026-02-18T08:00:00",
        "link": f"https://example.gov/news/{number}/", "title": {"rendered": "Fees &#8211; what changes"},
        "excerpt": {"rendered": "<p>From May.</p>\n"},
        "content": {"rendered": "<p>From May.</p><ul><li>One</li><li>Two</li></ul>"},
    }  # fmt: skip
    return {**values, **changes}


@pytest.fixture
def wordpress(tmp_path):
    return entry_of(tmp_path / "register", "json_listing", URL, [f"{URL}?page=*"], **WORDPRESS)


@pytest.fixture
def search(tmp_path):
    return entry_of(
        tmp_path / "register", "json_listing", URL, items="data.hits", title="title", url="url", id="objectID",
        address="https://example.gov/item?id={id}", date="created", next="links.next", max_pages=2,
    )  # fmt: skip


def test_a_wordpress_post_is_read_whole(wordpress):
    (item,) = read_text(wordpress, json.dumps([post()]), kind=JSON)
    assert (item.external_id, item.title, item.url) == ("7", "Fees – what changes", "https://example.gov/news/7/")
    assert (item.summary, item.body) == ("From May.", "From May.\n\nOne\nTwo")
    assert item.published == datetime(2026, 2, 17, 19, 25, 25, tzinfo=UTC)
    assert item.updated == datetime(2026, 2, 18, 8, tzinfo=UTC)


def test_an_item_without_an_address_gets_it_from_its_id(search):
    hits = [{"objectID": "42", "title": "Ask", "created": "2026-03-03"}, {"objectID": "43", "title": "B", "url": "/b"}]
    one, two = read_text(search, json.dumps({"data": {"hits": hits}}), kind=JSON)
    assert one.url == "https://example.gov/item?id=42" and one.published == date(2026, 3, 3)
    assert two.url == "https://api.example.gov/b" and two.published is None


def test_paths_lead_through_objects_and_lists_and_may_lead_nowhere():
    content = {"a": [{"b": "deep"}], "n": None}
    assert at(content, "a.0.b") == "deep" and at(content, "") is content
    assert [at(content, path) for path in ("a.1.b", "a.x", "n.b", "q", "a.0.b.c")] == [None] * 5


def test_one_broken_item_does_not_lose_the_others_and_is_named(wordpress):
    posts = [post(1), post(2, title=None), post(3, link=""), "not an object", post(5, date_gmt="soon")]
    with pytest.raises(Drift, match=r"item 2 .*no title; item 3 .*no address; item 4 .*; item 5 has the date 'soon'"):
        read_text(wordpress, json.dumps(posts), kind=JSON)


@pytest.mark.parametrize("answer", ["<html>Maintenance</html>", "", '{"code": "rest_disabled"}', "{"])
def test_an_answer_without_the_list_has_drifted(wordpress, answer):
    with pytest.raises(Drift, match=r"not JSON|there is no list"):
        read_text(wordpress, answer, kind=JSON)


def test_an_empty_list_is_empty_and_never_no_news(wordpress):
    with pytest.raises(Empty):
        read_text(wordpress, "[]", kind=JSON)


def test_numbered_pages_go_on_until_the_last_that_the_server_names(wordpress):
    answer = json.dumps([post()])
    _, (request,) = results(wordpress, answer)
    assert request.url == f"{URL}?page=2"
    assert not results(wordpress, answer, headers={"X-WP-TotalPages": "1"})[1]
    assert results(wordpress, answer, headers={"X-WP-TotalPages": "2"})[1]
    assert not results(wordpress, answer, url=f"{URL}?page=2", headers={"X-WP-TotalPages": "2"})[1]
    assert not results(wordpress, answer, url=f"{URL}?page=3")[1]
    assert not results(wordpress, answer, archive=archive_with())[1]


def test_addresses_of_next_pages_are_followed_to_the_limit(search):
    answer = json.dumps({"data": {"hits": [{"objectID": "1", "title": "A"}]}, "links": {"next": "/posts?cursor=x"}})
    _, (request,) = results(search, answer)
    assert request.url == "https://api.example.gov/posts?cursor=x"
    again = json.dumps({"data": {"hits": [{"objectID": "2", "title": "B"}]}, "links": {"next": "/posts?cursor=y"}})
    items, requests = results(search, again, url=request.url, **request.meta["visit"].arguments)
    assert len(items) == 1 and requests == []
    last = json.dumps({"data": {"hits": [{"objectID": "1", "title": "A"}]}, "links": {"next": None}})
    assert results(search, last)[1] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "link"}, "needs option title"),
        ({"title": "t"}, "needs option url, or address"),
        ({"title": "t", "address": "https://example.gov/x", "id": "i"}, r"needs \{id\}"),
        ({"title": "t", "address": "https://example.gov/{id}"}, "option id beside it"),
        ({"title": "t", "url": "u", "max_pages": 2}, "needs page_parameter or next"),
    ],
)
def test_a_wrong_option_is_answered_when_the_entry_is_loaded(tmp_path, options, message):
    with pytest.raises(RegisterError, match=message):
        entry_of(tmp_path / "register", "json_listing", URL, **options)
