"""IRCC's processing-time files when they are not as they should be."""

import json

import pytest
from small_crawl import SmallCrawl

from pipelines.understand import understand
from pipelines.vocabulary import vocabulary
from spiders.register import register

BASE = "https://www.canada.ca/content/dam/ircc/documents/json/"
FILE, OTHER = f"{BASE}data-ptime-en.json", f"{BASE}data-ptime-non-country-en.json"
GOOD = json.dumps({"work": {"IN": "9 weeks", "lastupdated": "March 4, 2026"}})


def _crawl(body):
    return SmallCrawl("ca-ircc-processing", {FILE: body, OTHER: GOOD}, at="2026-03-05T09:00:00Z").run()


@pytest.mark.parametrize(
    "body", ["", "not json", "[]", "{}", '{"work": {}}', '{"work": {"lastupdated": "March 4, 2026"}}', b"\xff\xfe\x00"]
)
def test_a_file_without_times_has_drifted(body):
    crawl = _crawl(body)
    assert crawl.state == "drifted"
    assert FILE in crawl.error
    assert len(crawl.found) == 1  # the other file


def test_a_byte_order_mark_and_an_unknown_service_are_read():
    found = _crawl("\ufeff" + json.dumps({"new_service": {"IN": "More than 10 years"}})).found[0]
    (figure,) = found.figures
    assert (figure.programme, figure.value, figure.number, figure.valid_from) == (
        "ca-new-service", "More than 10 years", None, "",
    )  # fmt: skip
    assert found.published is None


def test_what_is_no_time_is_named_and_the_rest_is_kept():
    crawl = _crawl(json.dumps({"work": {"IN": "9 weeks", "FR": 12, "DE": ""}, "notes": "none"}))
    assert crawl.state == "drifted"
    assert "3 entries are not processing times: notes, work/DE, work/FR" in crawl.error
    assert [f.value for f in crawl.found[0].figures] == ["9"]


def test_the_day_of_the_times_is_no_day_of_effect():
    found = _crawl(GOOD).found[0]
    entry = register()["ca-ircc-processing"]
    understand(found, entry.source, vocabulary())
    assert "as of March 4, 2026" in found.summary
    assert [f.valid_from for f in found.figures] == ["2026-03-04"]
    assert found.key_dates == []
