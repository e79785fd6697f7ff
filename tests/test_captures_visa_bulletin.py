"""The Visa Bulletin on its real recorded pages: every cell of every table."""

import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from lxml import html
from small_crawl import SmallCrawl

from spiders.recording import Recorded
from spiders.register import register
from visawire.trial import as_json, read_file, read_recorded

BASE = "https://travel.state.gov/content/travel/en/legal/visa-law0/visa-bulletin"
MONTHS = {
    "july-2026": f"{BASE}/2026/visa-bulletin-for-july-2026.html",
    "november-2025": f"{BASE}/2026/visa-bulletin-for-november-2025.html",
    "september-2004": f"{BASE}/2004/visa-bulletin-for-september-2004.html",
}


def _bulletin(captures, month):
    path = captures / "us-state-visa-bulletin" / f"visa-bulletin-for-{month}.html"
    ((_, (item,)),) = read_file(
        register()["us-state-visa-bulletin"], path, MONTHS[month], datetime(2026, 11, 22, tzinfo=UTC)
    )
    return item


def _naive_tables(captures, month):
    """The page's tables as lists of rows of texts, read without any of the reader's code.

    Tables of one cell stand off the screen (``left: -10000px``): leftovers of older bulletins.
    """
    page = html.fromstring((captures / "us-state-visa-bulletin" / f"visa-bulletin-for-{month}.html").read_bytes())
    tables = []
    for table in page.iter("table"):
        rows = [
            [" ".join(" ".join(cell.itertext()).split()) for cell in row.findall("td") + row.findall("th")]
            for row in table.iter("tr")
        ]
        hidden = "-10000px" in (table.getparent().get("style") or "")
        assert hidden == (sum(map(len, rows)) == 1)
        if not hidden:
            tables.append(rows)
    return tables


def _plain(text):
    return text.replace(" ", "")


@pytest.mark.parametrize(("month", "charts"), [("july-2026", 4), ("november-2025", 4), ("september-2004", 2)])
def test_every_cell_of_the_preference_charts_is_a_figure(captures, month, charts):
    expected = []
    found = 0
    for rows in _naive_tables(captures, month):
        kind = rows[0][0].split("-")[0].strip().lower()
        if kind not in ("family", "employment"):
            continue
        found += 1
        for row in rows[1:]:
            for area, cell in zip(rows[0][1:], row[1:], strict=True):
                expected.append((kind, _plain(row[0]), _plain(area), cell))
    assert found == charts
    read = [
        (f.dimensions["preference"], _plain(f.dimensions["category"]), _plain(f.dimensions["chargeability"]),
         f.quote.split(" | ")[-1])
        for f in _bulletin(captures, month).figures
        if f.dimensions.get("preference") in ("family", "employment")
    ]  # fmt: skip
    assert read == expected  # in the page's order, so that charts cannot be swapped either
    values = {
        (f.quote.split(" | ")[-1], f.value) for f in _bulletin(captures, month).figures if "-01-01" not in f.value
    }
    for cell, value in values:
        if re.fullmatch(r"\d{2}[A-Z]{3}\d{2}", cell):
            assert datetime.strptime(cell, "%d%b%y").strftime("%m-%d") == value[5:]


@pytest.mark.parametrize(("month", "numbers"), [("july-2026", 18), ("november-2025", 18), ("september-2004", 15)])
def test_every_number_of_the_diversity_charts_is_a_figure(captures, month, numbers):
    cells = [
        cell
        for rows in _naive_tables(captures, month)
        if rows[0][0] == "Region"
        for row in rows[1:]
        for cell in row[1:]
    ]
    expected = Counter(n.replace(",", "") for cell in cells for n in re.findall(r"\d[\d,]*", cell))
    expected["C"] = sum(cell.upper() == "CURRENT" for cell in cells)
    read = [f for f in _bulletin(captures, month).figures if f.programme == "us-dv" and f.parameter == "cutoff_date"]
    assert Counter(f.value for f in read) == +expected
    assert len(read) == numbers


def test_every_country_of_the_lottery_results_is_a_figure(captures):
    tables = [rows for rows in _naive_tables(captures, "november-2025") if rows[0][0] == "AFRICA"]
    expected = Counter(cell for rows in tables for row in rows for cell in row if re.search(r"\d", cell))
    read = [f for f in _bulletin(captures, "november-2025").figures if f.parameter == "selectees"]
    assert Counter(f.quote for f in read) == expected
    assert len(read) == 171
    (algeria,) = [f for f in read if f.dimensions["chargeability"] == "ALGERIA"]
    assert (algeria.number, algeria.dimensions["region"], algeria.dimensions["edition"]) == (5457, "AFRICA", "DV-2026")


def test_every_number_of_the_statistics_of_2004_is_a_figure(captures):
    tables = [rows for rows in _naive_tables(captures, "september-2004") if rows[0][0] == "" or rows[0][0] == "\xa0"]
    expected = Counter(cell for rows in tables for row in rows for cell in row[1:] if cell.isdigit())
    read = [f for f in _bulletin(captures, "september-2004").figures if f.parameter == "statistic"]
    assert Counter(f.value for f in read) == expected
    assert len(read) == 1001
    assert len({f.series for f in read}) == 1001


@pytest.mark.parametrize(
    ("month", "external_id", "title", "figures", "published", "number"),
    [
        ("july-2026", "2026-07", "Visa Bulletin For July 2026", 168, date(2026, 6, 2), ("16", "XI")),
        ("november-2025", "2025-11", "Visa Bulletin For November 2025", 339, date(2025, 10, 1), ("8", "XI")),
        ("september-2004", "2004-09", "Visa Bulletin for September 2004", 1068, date(2004, 8, 11), ("73", "VIII")),
    ],
)  # fmt: skip
def test_a_bulletin_is_one_announcement(captures, month, external_id, title, figures, published, number):
    item = _bulletin(captures, month)
    assert (item.external_id, item.title, len(item.figures), item.published) == (external_id, title, figures, published)
    assert (item.url, item.stage) == (MONTHS[month], "operational")
    assert item.attributes == {"number": number[0], "volume": number[1]}


def test_every_field_of_chosen_cells(captures):
    figures = {
        f["series"]: f for f in as_json(_bulletin(captures, "july-2026"))["figures"] if "notice" not in f["dimensions"]
    }
    assert figures["employment/2nd/india/final-action"] == {
        "programme": "us-eb-2", "parameter": "cutoff_date", "value": "U", "quote": "2nd | INDIA | U",
        "rule": "us-state-visa-bulletin:employment-final_action", "valid_from": "2026-07-01",
        "series": "employment/2nd/india/final-action",
        "dimensions": {
            "chart": "final_action", "preference": "employment", "category": "2nd", "chargeability": "INDIA",
        },
    }  # fmt: skip
    assert figures["employment/2nd/india/filing"]["value"] == "2015-01-15"
    assert figures["employment/1st/all/filing"]["value"] == "C"
    assert figures["family/f4/mexico/final-action"]["value"] == "2001-04-08"
    assert (
        figures["employment/5th-rural/china/filing"]["dimensions"]["category"] == "5th Set Aside: (Rural: NR, RR - 20%)"
    )
    assert figures["diversity/africa/egypt/final-action"]["value"] == "31000"
    assert figures["diversity/africa/egypt/final-action"]["unit"] == "rank number"
    ahead = [f for f in _bulletin(captures, "july-2026").figures if f.dimensions.get("notice") == "advance"]
    assert {f.valid_from for f in ahead} == {"2026-08-01"}
    old = {f.series: f.value for f in _bulletin(captures, "september-2004").figures}
    assert old["family/f4/philippines/final-action"] == "1982-03-22"
    assert old["family/f2a/mexico/final-action"] == "1997-09-15"


def test_notices_and_the_text_around_the_charts_are_kept(captures):
    item = _bulletin(captures, "july-2026")
    assert (
        "Notice: RETROGRESSION IN THE EMPLOYMENT-BASED FIRST PREFERENCE (EB-1) FINAL ACTION DATE FOR INDIA"
        in item.summary
    )
    assert "2nd | C | 01SEP21 | U | C | C" in item.body
    assert "Further retrogression or making the category unavailable may be necessary" in item.body
    assert "22DEC10" not in item.body
    assert "RETROGRESSION OF CUT-OFF DATES FOR SEPTEMBER" in _bulletin(captures, "september-2004").summary


@pytest.mark.parametrize(
    ("file", "newest", "wanted"), [("index.html", "july-2026", 13), ("index_2026-06-01.html", "june-2026", 13)]
)
def test_the_index_leads_to_the_current_bulletin_and_a_year_back(captures, file, newest, wanted):
    entry = register()["us-state-visa-bulletin"]
    body = (captures / "us-state-visa-bulletin" / file).read_bytes()
    assert read_recorded(entry, Recorded(entry.source.url, datetime(2026, 7, 1, tzinfo=UTC), 200, (), body)) == []

    crawl = SmallCrawl("us-state-visa-bulletin", {entry.source.url: body}).run()
    assert crawl.asked[0] == entry.source.url
    assert crawl.asked[1].endswith(f"/visa-bulletin-for-{newest}.html")
    assert len(crawl.asked) == 1 + wanted
