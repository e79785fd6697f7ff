"""GOV.UK: what the search lists and the content API says, and how the two fit together."""

import json
from datetime import UTC, datetime

import pytest
from small_crawl import SmallCrawl

from archive.models import Check
from archive.store import Archive
from spiders.gb_content_api import API
from spiders.register import register

SEARCH = register()["gb-search-api"].source.url
PATH = "/guidance/invented-sponsor-guidance"
NOW = datetime(2026, 6, 4, tzinfo=UTC)
CONTENT_ID = "22222222-aaaa-4bbb-8ccc-000000000001"


def _results(*rows, total=None, start=0):
    return json.dumps({"results": list(rows), "total": total or len(rows), "start": start})


def _row(link=PATH, when="2026-06-03T09:30:06.000+01:00", content_id=CONTENT_ID, title="Sponsor guidance", **more):
    row = {"title": title, "link": link, "description": "What sponsors must know.", "public_timestamp": when,
           "content_store_document_type": "guidance", "content_id": content_id}  # fmt: skip
    return {key: value for key, value in (row | more).items() if value is not None}


def _content(text="Sponsors must report changes.", updated="2026-06-03T08:30:06Z", **more):
    page = {"base_path": PATH, "content_id": CONTENT_ID, "title": "Sponsor guidance", "document_type": "guidance",
            "locale": "en", "description": "What sponsors must know.", "public_updated_at": updated,
            "first_published_at": "2020-01-01T00:00:00Z", "details": {"body": f"<p>{text}</p>"}}  # fmt: skip
    return json.dumps(page | more)


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive.db") as opened:
        opened.sync_sources(entry.source for entry in register().values())
        yield opened


def _search(archive, answers):
    return SmallCrawl("gb-search-api", answers, archive, at="2026-06-04T09:00:00Z").run()


def _watch(archive, body):
    crawl = SmallCrawl("gb-content-api", {API + PATH: body}, archive, at="2026-06-04T09:00:00Z")
    crawl.spider.first_urls = lambda: [API + PATH]
    return crawl.run()


def test_a_result_is_read_from_the_content_api_once(archive):
    answers = {SEARCH: _results(_row()), API + PATH: _content()}
    first = _search(archive, answers)
    assert first.asked == [SEARCH, API + PATH]
    assert (first.outcomes, first.found[0].body) == (["new"], "Sponsors must report changes.")
    second = _search(archive, answers)
    assert (second.asked, second.outcomes, second.state) == ([SEARCH], [], "ok")
    later = {
        SEARCH: _results(_row(when="2026-06-05T10:00:00Z")),
        API + PATH: _content("New duties.", "2026-06-05T10:00:00Z"),
    }
    assert _search(archive, later).outcomes == ["changed"]


def test_both_sources_find_one_announcement_whichever_comes_first(archive):
    answers = {SEARCH: _results(_row()), API + PATH: _content()}
    assert _watch(archive, _content()).outcomes == ["new"]
    assert _search(archive, answers).outcomes == ["unchanged"]
    assert _search(archive, answers).asked == [SEARCH]  # the listing is known from now on
    assert _watch(archive, _content()).outcomes == ["unchanged"]
    assert archive.value("SELECT count(*) FROM announcements") == 1


def test_a_listing_stands_in_for_a_page_that_cannot_be_read_until_it_can(archive):
    listing = {SEARCH: _results(_row())}
    first = _search(archive, listing)
    assert (first.outcomes, first.found[0].body, first.found[0].summary) == (["new"], "", "What sponsors must know.")
    assert first.state == "ok"
    assert _search(archive, listing | {API + PATH: _content()}).outcomes == ["changed"]


def test_a_listing_never_replaces_a_known_text(archive):
    _search(archive, {SEARCH: _results(_row()), API + PATH: _content()})
    failed = _search(archive, {SEARCH: _results(_row(when="2026-06-06T10:00:00Z"))})
    assert (failed.found, failed.state) == ([], "ok")
    assert "articles could not be read" in failed.error
    assert archive.value("SELECT body FROM announcements") == "Sponsors must report changes."
    without_id = _row(when="2026-06-06T10:00:00Z", content_id=None)
    assert _search(archive, {SEARCH: _results(without_id)}).found == []
    again = _search(archive, {SEARCH: _results(_row(when="2026-06-06T10:00:00Z")), API + PATH: _content("Later.")})
    assert again.outcomes == ["changed"]


def test_a_page_outside_gov_uk_is_announced_as_listed(archive):
    crawl = _search(archive, {SEARCH: _results(_row(link="https://www.example.org/visa", content_id=None))})
    assert (crawl.asked, crawl.found[0].url) == ([SEARCH], "https://www.example.org/visa")


def test_further_pages_are_walked_only_while_everything_is_new(archive):
    rows = [_row(link=f"/guidance/{n}", content_id=f"id-{n}") for n in range(4)]
    second = f"{SEARCH}&start=2"
    answers = {SEARCH: _results(*rows[:2], total=4), second: _results(*rows[2:], total=4, start=2)}
    assert second not in _search(archive, answers).asked  # the first crawl looks at one page
    run = archive.begin_run("crawl", NOW)
    archive.add_check(run, Check("gb-search-api", "ok", NOW))
    asked = _search(archive, answers).asked
    assert [url for url in asked if "start=2" in url and "search.json" in url]
    assert f"{API}/guidance/3" in asked
    one_known = {SEARCH: _results(_row(), _row(link="/guidance/9", content_id="id-9"), total=4), API + PATH: _content()}
    _search(archive, one_known)
    assert all("start" not in url for url in _search(archive, one_known).asked)


def test_bad_results_are_named_and_the_good_ones_kept(archive):
    crawl = _search(archive, {SEARCH: _results(_row(), _row(title=""), {"title": "no link"}, "text")})
    assert crawl.state == "drifted"
    assert "3 of 4 results lack a title or a link" in crawl.error
    assert len(crawl.found) == 1


@pytest.mark.parametrize("body", ["", "<html></html>", "[]", "{}", '{"results": {}}'])
def test_an_answer_without_results_has_drifted(archive, body):
    assert _search(archive, {SEARCH: body}).state == "drifted"


def test_no_results_at_all_is_an_error(archive):
    assert _search(archive, {SEARCH: _results()}).state == "empty"


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", _content(title=""), _content(base_path=None), _content(content_id=""), _content(details=None)],
)
def test_a_content_item_without_its_fields_has_drifted(archive, body):
    crawl = _watch(archive, body)
    assert (crawl.state, crawl.found) == ("drifted", [])
    assert API + PATH in crawl.error


def test_a_withdrawal_is_a_revision_with_its_reason(archive):
    _watch(archive, _content())
    notice = {"explanation": "<p>Replaced by the <b>new</b> guidance.</p>", "withdrawn_at": "2026-06-03T10:00:00Z"}
    crawl = _watch(archive, _content(withdrawn_notice=notice))
    assert crawl.outcomes == ["changed"]
    assert crawl.found[0].stage == "withdrawn"
    assert crawl.found[0].body.startswith("Withdrawn on 2026-06-03\n\nReplaced by the new guidance.")
    assert crawl.found[0].attributes["withdrawn_notice"]["explanation"] == "Replaced by the new guidance."


def test_a_republication_alone_is_no_change(archive):
    _watch(archive, _content(updated_at="2026-06-03T09:00:00Z"))
    assert _watch(archive, _content(updated_at="2026-06-04T09:00:00Z")).outcomes == ["unchanged"]


def test_dates_that_are_not_stated_stay_unknown(archive):
    crawl = _watch(archive, _content(public_updated_at=None, first_published_at="unknown"))
    assert (crawl.found[0].published, crawl.found[0].updated) == (None, None)
