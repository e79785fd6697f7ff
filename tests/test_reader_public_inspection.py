"""The public inspection desk: only the agencies that matter, and never over what was published."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_crawl import SmallCrawl

from archive.store import Archive
from spiders.recording import Recorded
from spiders.register import register
from visawire.trial import read_recorded

URL = "https://www.federalregister.gov/api/v1/public-inspection-documents/current.json"
PAGE = Path(__file__).parent / "pages" / "us-fr-public-inspection" / "current.json"


@pytest.fixture
def desk():
    return json.loads(PAGE.read_text(encoding="utf-8"))


def _crawl(desk, archive=None):
    return SmallCrawl("us-fr-public-inspection", {URL: json.dumps(desk)}, archive).run()


def test_a_desk_without_documents_of_the_agencies_is_healthy(desk):
    desk["results"] = [row for row in desk["results"] if row["agencies"][0]["slug"] == "energy-department"]
    crawl = _crawl(desk)
    assert (crawl.found, crawl.state) == ([], "ok")
    assert _crawl(desk | {"count": 0, "results": []}).state == "ok"


def test_a_desk_without_its_list_has_drifted(desk):
    del desk["results"]
    assert _crawl(desk).state == "drifted"


def test_one_malformed_filing_does_not_lose_the_others(desk):
    desk["results"][0]["filed_at"] = "this morning"
    desk["results"][1]["html_url"] = None
    desk["results"].append(None)
    crawl = _crawl(desk)
    assert [i.external_id for i in crawl.found] == ["2026-04500", "2026-04620"]
    assert crawl.state == "drifted"
    assert "3 of 6 filed documents" in crawl.error
    assert "filed_at 'this morning' is not a time" in crawl.error


def test_a_filing_without_a_time_has_no_date(desk):
    desk["results"][0]["filed_at"] = None
    assert _crawl(desk).found[0].published is None


def test_a_single_filing_is_read_whatever_its_agency(desk):
    row = desk["results"][3]
    body = json.dumps(row).encode()
    recorded = Recorded(row["json_url"], datetime(2026, 3, 2, 17, tzinfo=UTC), 200, (), body)
    (item,) = read_recorded(register()["us-fr-public-inspection"], recorded)
    assert (item.external_id, item.title) == ("2026-04555", "Efficiency of Water Heaters")


def test_the_published_document_replaces_the_filed_one_and_stays(desk, tmp_path):
    folder = PAGE.parents[1] / "us-fr-dhs-rules"
    page = json.loads((folder / "documents.json").read_text(encoding="utf-8"))
    page.pop("next_page_url")
    published = SmallCrawl("us-fr-dhs-rules", {})
    published_urls = list(published.spider.first_urls())
    with Archive(tmp_path / "a.db") as archive:
        archive.sync_sources(e.source for e in register().values())
        assert _crawl(desk, archive).outcomes == ["new"] * 4
        answers = dict.fromkeys(published_urls, json.dumps(page))
        outcomes = SmallCrawl("us-fr-dhs-rules", answers, archive).run().outcomes
        assert outcomes == ["changed", *["new"] * 4, *["unchanged"] * 5]
        assert _crawl(desk, archive).outcomes == ["unchanged"] * 4
        row = archive.rows("SELECT * FROM announcements WHERE external_id='2026-04410'")[0]
        assert (row["source_id"], row["published"], row["stage"]) == ("us-fr-dhs-rules", "2026-03-02", "final")
        assert "/documents/2026/03/02/" in row["url"]
