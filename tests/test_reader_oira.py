"""OIRA's reviews: agencies, concluded reviews, hostile and broken files."""

from pathlib import Path

import pytest
from small_crawl import SmallCrawl

from archive.store import Archive
from spiders.base import Drift
from spiders.register import register
from spiders.us_oira import parse_xml

FILE = "https://www.reginfo.gov/public/do/XMLViewFileAction?f="
OPEN, DONE = FILE + "EO_RULES_UNDER_REVIEW.xml", FILE + "EO_RULE_COMPLETED_30_DAYS.xml"
PAGES = Path(__file__).parent / "pages" / "us-oira"


def _page(name):
    return (PAGES / name).read_text(encoding="utf-8")


def _crawl(under_review, completed=None, archive=None):
    done = _page("completed.xml") if completed is None else completed
    return SmallCrawl("us-oira", {OPEN: under_review, DONE: done}, archive).run()


def _review(**fields):
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f'<?xml version="1.0"?><OIRA_DATA RUNDATE="2026-03-02"><REGACT>{inner}</REGACT></OIRA_DATA>'


def test_reviews_of_other_agencies_are_left_out_and_none_left_is_healthy():
    grazing = _review(RIN="0596-AZ31", TITLE="Grazing", STAGE="Proposed Rule", DATE_RECEIVED="2026-02-20")
    crawl = _crawl(grazing, grazing)
    assert (crawl.found, crawl.state) == ([], "ok")


def test_a_concluded_review_changes_the_announcement_of_the_open_one(tmp_path):
    with Archive(tmp_path / "a.db") as archive:
        archive.sync_sources(e.source for e in register().values())
        empty = _review(RIN="0596-AZ31", TITLE="Grazing", STAGE="Proposed Rule", DATE_RECEIVED="2026-02-20")
        assert _crawl(_page("under-review.xml"), empty, archive).outcomes == ["new", "new"]
        later = _crawl(empty, _page("completed.xml"), archive)
        assert later.outcomes == ["changed", "new"]
        rows = archive.rows("SELECT * FROM announcements WHERE external_id LIKE '1615-AZ30/%'")
        assert len(rows) == 1
        assert "concluded on 2026-03-18: Consistent with Change" in rows[0]["summary"]


def test_two_reviews_of_one_rulemaking_are_two_announcements(tmp_path):
    fields = {"RIN": "1615-AZ30", "TITLE": "Fees", "STAGE": "Proposed Rule", "DATE_RECEIVED": "2025-01-07"}
    with Archive(tmp_path / "a.db") as archive:
        archive.sync_sources(e.source for e in register().values())
        second = fields | {"STAGE": "Final Rule", "DATE_RECEIVED": "2026-02-26"}
        crawl = _crawl(_review(**fields), _review(**second), archive)
        assert crawl.outcomes == ["new", "new"]
        assert archive.value("SELECT count(*) FROM announcements WHERE duplicate_of IS NULL") == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<html><body>Page not found</body></html>", "is <html> and not <OIRA_DATA>"),
        ("<!DOCTYPE html><html><body>Page not found<br></body></html>", "not XML"),
        ('<OIRA_DATA RUNDATE="2026-03-02"/>', "no review of any agency"),
        ('<OIRA_DATA RUNDATE="2026-03-02"><REGACT><RIN>1615', "not XML"),
        ("", "not XML"),
    ],
)
def test_an_answer_that_is_not_the_file_has_drifted(body, message):
    crawl = _crawl(body)
    assert crawl.state == "drifted"
    assert message in crawl.error


def test_one_malformed_review_does_not_lose_the_others():
    body = _page("under-review.xml").replace("<STAGE>Final Rule</STAGE>", "", 1)
    crawl = _crawl(body)
    assert crawl.found[0].external_id == "1205-AZ11/2025-12-19"
    assert crawl.state == "drifted"
    assert "1615-AZ30: lacks STAGE" in crawl.error
    crawl = _crawl(_page("under-review.xml").replace("2025-12-19", "19 December"))
    assert "DATE_RECEIVED '19 December' is not a date" in crawl.error


def test_a_review_without_rin_is_not_overlooked():
    crawl = _crawl(_review(TITLE="Fees", STAGE="Final Rule", DATE_RECEIVED="2026-02-26"))
    assert "a review without RIN: lacks RIN" in crawl.error


def test_entities_are_neither_expanded_nor_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret", encoding="utf-8")
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for entities, use in (
        (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"),
        (f'<!ENTITY l0 "boom">{levels}', "&l11;"),
    ):
        fields = "<RIN>1615-AZ30</RIN><STAGE>Final Rule</STAGE><DATE_RECEIVED>2026-02-26</DATE_RECEIVED>"
        body = (
            f"<!DOCTYPE OIRA_DATA [{entities}]><OIRA_DATA><REGACT>{fields}<TITLE>Fees {use}</TITLE>"
            "</REGACT></OIRA_DATA>"
        )
        crawl = _crawl(body, body)
        assert all(item.title == "Fees" and "secret" not in item.summary for item in crawl.found)


def test_xml_that_is_cut_off_is_an_error():
    with pytest.raises(Drift, match="not XML"):
        parse_xml(b"<OIRA_DATA><REGACT>")
