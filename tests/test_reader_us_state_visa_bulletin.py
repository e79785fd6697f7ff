"""The Visa Bulletin's walk over its index, and pages that are not as they should be."""

from pathlib import Path

import pytest
from small_crawl import SmallCrawl

from archive.store import Archive
from spiders.register import register
from spiders.us_state_visa_bulletin import month_of
from spiders.visa_charts import ChartError, Table, cutoff, read_tables

PAGES = Path(__file__).parent / "pages" / "us-state-visa-bulletin"
BASE = "https://travel.state.gov/content/travel/en/legal/visa-law0/visa-bulletin"
INDEX, MARCH = f"{BASE}.html", f"{BASE}/2025/visa-bulletin-for-march-2025.html"
HEAD = ["Employment- based", "All Chargeability Areas Except Those Listed", "INDIA"]


def _page(name="visa-bulletin-for-march-2025.html"):
    return (PAGES / name).read_text(encoding="utf-8")


def _april():
    return _page().replace("Visa Bulletin For March 2025", "Visa Bulletin For April 2025")


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive.db") as opened:
        opened.sync_sources(entry.source for entry in register().values())
        yield opened


def _crawl(archive, answers):
    return SmallCrawl("us-state-visa-bulletin", answers, archive, at="2025-03-12T09:00:00Z").run()


def _months(crawl):
    return [month_of(url) for url in crawl.asked]


def test_the_first_crawl_takes_the_upcoming_and_current_bulletin_and_those_of_a_year(archive):
    assert _months(_crawl(archive, {INDEX: _page("index.html")})) == [
        "", "2025-04", "2025-03", "2025-02", "2025-01", "2024-12", "2024-11", "2024-10", "2024-09",
    ]  # fmt: skip


def test_known_bulletins_are_left_alone_but_for_the_newest_two(archive):
    april = f"{BASE}/2025/visa-bulletin-for-april-2025.html"
    first = _crawl(archive, {INDEX: _page("index.html"), MARCH: _page(), april: _april()})
    assert first.outcomes == ["new", "new"]
    second = _crawl(archive, {INDEX: _page("index.html"), MARCH: _page(), april: _april()})
    assert _months(second)[:3] == ["", "2025-04", "2025-03"]  # watched for corrections
    assert set(_months(second)[3:]) == {"2025-02", "2025-01", "2024-12", "2024-11", "2024-10", "2024-09"}
    assert second.outcomes == ["unchanged", "unchanged"]


def test_an_index_without_a_new_bulletin_is_healthy(archive):
    index = f'<html><body><ul id="recent_bulletins"><li><a href="{MARCH}">March</a></li></ul></body></html>'
    _crawl(archive, {INDEX: index, MARCH: _page()})
    assert archive.value("SELECT count(*) FROM announcements") == 1
    again = SmallCrawl("us-state-visa-bulletin", {INDEX: index}, archive)
    again.spider.first_urls = lambda: [INDEX]
    again.run()
    assert (again.state, again.asked, len(again.read_pages)) == ("ok", [INDEX], 1)


def test_a_correction_in_place_is_a_revision(archive):
    _crawl(archive, {INDEX: _page("index.html"), MARCH: _page()})
    corrected = _page().replace("<td>12FEB22</td>", "<td>19FEB22</td>")
    assert _crawl(archive, {INDEX: _page("index.html"), MARCH: corrected}).outcomes == ["changed"]
    value = archive.value("SELECT value FROM figures WHERE series='employment/1st/india/final-action'")
    assert value == "2022-02-19"


def test_a_page_without_its_charts_or_heading_has_drifted(archive):
    for broken in (
        "<html><body><p>Sorry</p></body></html>",
        _page().replace("<table", "<div").replace("</table", "</div"),
        _page().replace("tsg-rwd-page-subheader", "heading"),
        _page().replace("Employment-", "Work-"),
        _page().replace("DATES FOR FILING", "Filing dates"),  # both charts would be final action dates
    ):
        crawl = _crawl(archive, {INDEX: _page("index.html"), MARCH: broken})
        assert "look at the page" in crawl.error or "headings above them changed" in crawl.error
        assert crawl.found == []
    assert archive.value("SELECT count(*) FROM announcements") == 0


def test_an_index_without_its_list_has_drifted(archive):
    crawl = _crawl(archive, {INDEX: "<html><body><h1>The Visa Bulletin</h1></body></html>"})
    assert crawl.state == "drifted"
    assert INDEX in crawl.error


def test_one_strange_cell_does_not_lose_the_others_and_is_named(archive):
    crawl = SmallCrawl("us-state-visa-bulletin", {MARCH: _page().replace("<td>12FEB22</td>", "<td>soon</td>")}, archive)
    crawl.spider.first_urls = lambda: [MARCH]
    crawl.run()
    assert crawl.state == "drifted"
    assert "'soon' is neither a date nor C nor U" in crawl.error
    assert len(crawl.found[0].figures) == 63
    assert crawl.read_pages == []  # so the page is read again next time


@pytest.mark.parametrize(
    ("cell", "month", "value"),
    [
        ("01JAN23", "2026-07", "2023-01-01"), ("22MAR82", "2004-09", "1982-03-22"), ("8NOV07", "2026-07", "2007-11-08"),
        ("01JAN27", "2026-12", "1927-01-01"), ("01DEC26", "2026-07", "2026-12-01"),
        ("15APR00*", "2004-09", "2000-04-15"),
        ("01SEPT2021", "2026-07", "2021-09-01"), ("c", "2026-07", "C"), ("Current", "2026-07", "C"),
        ("UNAVAILABLE", "2026-07", "U"),
    ],
)  # fmt: skip
def test_cells_as_values(cell, month, value):
    assert cutoff(cell, month) == value


@pytest.mark.parametrize("cell", ["", "31FEB20", "01XYZ20", "next month", "2020", "—"])
def test_cells_that_say_nothing_known_are_refused(cell):
    with pytest.raises(ChartError, match="neither a date nor C nor U"):
        cutoff(cell, "2026-07")


def test_a_row_with_a_cell_too_few_is_left_out_and_named():
    table = Table([HEAD, ["1st", "C", "01JAN20"], ["2nd", "C"]], "FINAL ACTION DATES")
    figures, problems = read_tables([table], "2026-07")
    assert [f.value for f in figures] == ["C", "2020-01-01"]
    assert problems == ["row '2nd' of the employment chart has 1 cells for 2 areas"]


def test_an_unknown_category_is_kept_under_the_bulletin_itself():
    table = Table([[*HEAD[:2], "EL SALVADOR GUATEMALA"], ["Brand new category", "C", "U"]], "")
    figures, _ = read_tables([table], "2026-07")
    assert {f.programme for f in figures} == {"us-visa-bulletin"}
    assert figures[1].series == "employment/brand-new-category/el-salvador-guatemala/final-action"


def test_diversity_exceptions_in_every_spelling():
    rows = [
        ["Region", "All DV"],
        ["AFRICA", "CURRENT", "Except: Egypt: 9,000 Ethiopia9,500 Nigeria UNAVAILABLE"],
        ["ASIA", "12, 300"],
    ]
    figures, problems = read_tables([Table(rows, "For January, immigrant numbers in DV-2027")], "2026-12")
    assert [(f.dimensions["chargeability"], f.value, f.valid_from) for f in figures] == [
        ("All DV", "C", "2027-01-01"), ("Egypt", "9000", "2027-01-01"), ("Ethiopia", "9500", "2027-01-01"),
        ("Nigeria", "U", "2027-01-01"), ("All DV", "12300", "2027-01-01"),
    ]  # fmt: skip
    assert problems == []


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("Visa Bulletin For July 2026", "2026-07"),
        (f"{BASE}/2013/visa-bulletin-october-2012.html", "2012-10"),
        (f"{BASE}/2007/july-2007-visa-bulletin.html", "2007-07"),
        (f"{BASE}/2007/update-on-july-visa-availability.html", ""),
        (f"{BASE}/2026.html", ""),
    ],
)
def test_months_of_headings_and_addresses(text, month):
    assert month_of(text) == month
