"""GOV.UK's content and search APIs on their real recorded answers."""

import csv
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from spiders.register import register
from visawire.trial import read_file

API = "https://www.gov.uk/api/content"
PATHS = {
    "apply-for-a-tier-4-sponsor-licence": "/guidance/apply-for-a-tier-4-sponsor-licence",
    "withdrawn_detailed_guide": "/guidance/eu-rules-on-the-use-of-chemicals",
    "travel_advice_albania": "/foreign-travel-advice/albania",
}


def _page(captures, file, source="gb-content-api"):
    path = captures / "uk-govuk-content-api" / f"{file}.json"
    ((_, (item,)),) = read_file(register()[source], path, API + PATHS[file], datetime(2026, 11, 22, tzinfo=UTC))
    return item


def _cassette(captures, source):
    path = captures / "uk-govuk-search-api" / "vcr_fetch_moj_publications.yaml"
    return read_file(register()[source], path, "", datetime(2024, 11, 21, tzinfo=UTC))


def test_an_address_that_a_cassette_lacks_gives_all_that_the_source_reads(captures):
    path = captures / "uk-govuk-search-api" / "vcr_fetch_moj_publications.yaml"
    with (captures / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        (url,) = (row["original_url"] for row in csv.DictReader(lines) if row["file"].endswith(path.name))
    ((_, found),) = read_file(register()["gb-search-api"], path, url)
    assert len(found) == 1086


def test_every_field_of_a_guide(captures):
    item = _page(captures, "apply-for-a-tier-4-sponsor-licence")
    assert item.url == "https://www.gov.uk/guidance/apply-for-a-tier-4-sponsor-licence"
    assert item.external_id == "5ee636c4-7631-11e4-a3cb-005056011aef"
    assert item.title == "Apply for a Tier 4 sponsor licence"
    assert item.summary == "How to apply for a student sponsor licence."
    assert item.published == datetime(2014, 1, 22, 15, 48, tzinfo=UTC)
    assert item.updated == datetime(2015, 4, 5, 23, 0, 12, tzinfo=UTC)
    assert (item.stage, item.language, item.publisher) == ("guidance", "en", "UK Visas and Immigration")
    assert item.attributes["document_type"] == "detailed_guide"
    assert [change["note"] for change in item.attributes["change_history"]] == [
        "Updated sponsor licence information", "Fee change introduced.", "First published.",
    ]  # fmt: skip
    assert item.body.startswith("Apply for a Tier 4 sponsor licence if you want to enrol students")
    assert item.body.endswith("2014-01-22: First published.")
    assert "<" not in item.body


def test_a_withdrawn_page_says_when_and_why(captures):
    item = _page(captures, "withdrawn_detailed_guide")
    assert item.stage == "withdrawn"
    assert item.attributes["withdrawn_notice"]["withdrawn_at"] == "2015-01-28T13:05:30Z"
    assert item.attributes["withdrawn_notice"]["explanation"].startswith("This information has been archived")
    assert item.body.startswith("Withdrawn on 2015-01-28\n\nThis information has been archived")
    assert item.published == datetime(2012, 9, 12, 9, tzinfo=UTC)
    assert item.updated == datetime(2016, 2, 18, 15, 45, 44, tzinfo=UTC)
    assert len(item.attributes["change_history"]) == 2


def test_parts_and_the_note_of_travel_advice(captures):
    item = _page(captures, "travel_advice_albania")
    for title in ("Summary", "Safety and security", "Entry requirements"):
        assert f"{title}\n" in item.body
    (note,) = item.attributes["change_history"]
    assert note["public_timestamp"] == "2017-02-16T10:02:00Z"
    assert note["note"].startswith("Latest update: Summary")


def test_the_search_lists_every_result(captures):
    ((url, found),) = _cassette(captures, "gb-search-api")
    assert "/search.json?" in url
    assert len(found) == 1086
    assert len({item.id for item in found}) == 1086
    assert all(item.url.startswith("https://www.gov.uk/government/") for item in found)
    assert all(isinstance(item.updated, datetime) for item in found)
    first = found[0]
    assert first.url.endswith("/government/statistics/proven-reoffending-statistics-july-2022-to-september-2022")
    assert first.title == "Proven reoffending statistics: July to September 2022"
    assert first.updated == datetime(2024, 7, 24, 23, tzinfo=UTC)
    assert first.published is None
    assert first.body == ""


def test_all_recorded_content_pages_are_read(captures):
    read = _cassette(captures, "gb-content-api")
    assert len(read) == 51
    items = [item for _, (item,) in read]
    assert len({item.id for item in items}) == 51
    assert {item.attributes["document_type"] for item in items} == {"document_collection"}
    assert all(item.attributes["change_history"] and item.updated for item in items)
    (justice,) = [i for i in items if i.url.endswith("/government/collections/criminal-justice-statistics")]
    assert justice.external_id == "5eb7ba4a-7631-11e4-a3cb-005056011aef"
    assert justice.body.startswith("This collection includes the following National Statistics:")
    assert "The annual reports (year ending December) provide a series of data tools" in justice.body
    assert isinstance(justice.published, datetime)
    assert justice.published.date() >= date(2013, 1, 1)


@pytest.mark.parametrize("file", PATHS)
def test_both_sources_read_a_page_as_the_same_announcement(captures, file):
    one, other = (_page(captures, file, source) for source in ("gb-content-api", "gb-search-api"))
    assert (one.id, one.content_hash, one.attributes) == (other.id, other.content_hash, other.attributes)


def test_a_replay_keeps_the_listing_of_pages_that_are_not_recorded(captures, tmp_path):
    archive = tmp_path / "archive.db"
    command = [sys.executable, "-m", "visawire", "crawl", "gb-search-api", "gb-content-api", "us-state-visa-bulletin"]
    for new in ({"gb-search-api": 1086, "gb-content-api": 54, "us-state-visa-bulletin": 3}, {}):
        subprocess.run([*command, "--replay", str(captures), "--archive", str(archive)], check=True, timeout=100)
        with sqlite3.connect(archive) as db:
            checks = db.execute("SELECT source_id, state, new, changed, error FROM checks ORDER BY id DESC LIMIT 3")
            for source_id, state, found, changed, error in checks:
                assert state in ("ok", "unchanged"), error
                assert (found, changed) == (new.get(source_id, 0), 0)
