"""Feeds as publishers really served them: every entry is read, and the dates, ids and texts are theirs."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.models import Announcement
from spiders.register import Entry, register
from visawire.trial import read_file

CAPTURED = datetime(2026, 7, 15, tzinfo=UTC)


def _unregistered(options: dict | None = None) -> Entry:
    """A temporary entry for feeds of publishers that are not in the register under that address."""
    entry = register()["us-uscis-all-news"]
    return replace(entry, source=replace(entry.source, id="xx-test-feed"), options=options or {})


def _read(entry: Entry, page: Path, url: str) -> list[Announcement]:
    ((_, found),) = read_file(entry, page, url, CAPTURED)
    return found


@pytest.mark.parametrize(
    ("file", "count", "with_own_id", "first_title", "first_published"),
    [
        ("news-bbc/rss_front_2023-11-24.xml", 16, 0, "Firm in data scandal 'made election boasts'",
         datetime(2018, 3, 25, 11, 52, 46, tzinfo=UTC)),
        ("news-guardian/us_2018-01-31.rss", 55, 0,
         "Trump State of the Union address promised unity but emphasized discord",
         datetime(2018, 1, 31, 7, 26, 5, tzinfo=UTC)),
        ("news-nytimes/rss_homepage_2023-11-24.xml", 25, 0,
         "Can the Palestinian Authority Really Govern Gaza After the War?",
         datetime(2023, 11, 24, 13, 14, 28, tzinfo=UTC)),
        ("news-japantimes/feed_2023-11-25.xml", 30, 30,
         "Syphilis cases hit record high for third straight year in Japan",
         datetime(2023, 11, 24, 12, 37, tzinfo=UTC)),
        ("wordpress-rss/suwa_feed_2026-07-14.xml", 10, 10,
         "Trump Illegally Decimates Bears Ears and Grand Staircase-Escalante",
         datetime(2026, 7, 14, 0, 40, 48, tzinfo=UTC)),
        ("uk-legislation-gov-uk/atom_ukpga_page1.xml", 20, 20,
         "Industry and Exports (Financial Assistance) Act 2026",
         datetime(2026, 3, 20, 16, 32, 59, tzinfo=UTC)),
        ("uk-legislation-gov-uk/changes_affected_ukpga_2018_12.feed.xml", 50, 0,
         "Employment Rights Act 2025 effect on Data Protection Act 2018", None),
    ],
)  # fmt: skip
def test_every_entry_of_a_recorded_feed_is_read(captures, file, count, with_own_id, first_title, first_published):
    found = _read(_unregistered(), captures / file, "https://feeds.example/feed")
    assert len(found) == count
    assert len({item.id for item in found}) == count
    assert sum(bool(item.external_id) for item in found) == with_own_id
    assert found[0].title == first_title
    assert found[0].published == first_published
    assert all(item.url.startswith(("http://", "https://")) and "<" not in item.title for item in found)


def test_act_feed_gives_the_act_page_and_both_dates(captures):
    page = captures / "uk-legislation-gov-uk/atom_ukpga_page1.xml"
    first = _read(_unregistered(), page, "https://www.legislation.gov.uk/ukpga/data.feed")[0]
    assert first.url == "http://www.legislation.gov.uk/ukpga/2026/14/enacted"
    assert first.external_id == "http://www.legislation.gov.uk/id/ukpga/2026/14"
    assert first.updated == datetime(2026, 3, 23, 15, 28, 40, tzinfo=UTC)
    assert first.summary.startswith("An Act to amend section 8(5) of the Industrial Development Act 1982")


def test_atom_with_only_updated_leaves_published_unknown(captures):
    page = captures / "uk-legislation-gov-uk/changes_affected_ukpga_2018_12.feed.xml"
    found = _read(_unregistered(), page, "https://www.legislation.gov.uk/changes/data.feed")
    assert {item.published for item in found} == {None}
    assert found[0].updated == datetime(2026, 4, 9, 7, 1, 39, tzinfo=UTC)


def test_guardian_categories_are_kept_and_equal_dates_are_one(captures):
    first = _read(_unregistered(), captures / "news-guardian/us_2018-01-31.rss", "https://www.theguardian.com/us/rss")[
        0
    ]
    assert first.attributes["categories"] == [
        "Donald Trump", "State of the Union address", "US news", "US politics", "Democrats", "Republicans",
        "US Congress",
    ]  # fmt: skip
    assert first.updated is None
    assert first.summary.startswith("The president’s ‘new American moment’ speech stirred Republican applause")


def test_captions_of_pictures_are_no_texts(captures):
    found = _read(_unregistered(), captures / "news-nytimes/rss_homepage_2023-11-24.xml", "https://rss.nytimes.com/x")
    assert {item.body for item in found} == {""}


def test_wordpress_text_is_whole_and_without_its_advertising_tail(captures):
    found = _read(_unregistered(), captures / "wordpress-rss/suwa_feed_2026-07-14.xml", "https://suwa.org/feed/")
    assert found[0].external_id == "https://suwa.org/?p=20665"
    assert found[0].body.startswith("Today has been a heartbreaking day")
    assert found[0].body.endswith("Southern Utah Wilderness Alliance")
    assert found[0].summary.endswith("by a […]")
    assert not any("appeared first on" in item.summary + item.body for item in found)


def test_npr_feed_and_article(captures):
    entry = register()["news-npr"]
    found = _read(entry, captures / "news-npr/rss_1001_2023-11-24.xml", "https://feeds.npr.org/1001/rss.xml")
    assert len(found) == 15
    assert found[0].title == "Oscar Pistorius, Paralympian convicted of murder, to be released on parole"
    assert found[0].url == "https://www.npr.org/2023/11/24/1215084865/oscar-pistorius-parole"
    assert found[0].published == datetime(2023, 11, 24, 15, 14, 50, tzinfo=UTC)
    assert found[0].attributes == {"authors": ["Emily Olson"]}
    assert {item.body for item in found} == {""}, "teasers with a picture credit are no texts"
    url = "https://www.npr.org/sections/thetwo-way/2016/12/15/505723552/jury-finds-dylann-roof-guilty-in-s-c-church-shooting"
    assert entry.can_read(url)
    (article,) = _read(entry, captures / "news-npr/article_2016-12-15_thetwo-way.html", url)
    assert article.title == "Jury Finds Dylann Roof Guilty In S.C. Church Shooting"
    assert article.published == datetime(2016, 12, 15, 20, 33, tzinfo=UTC)
    assert article.url == url
    assert article.body.startswith("A jury in Charleston, S.C., has found Dylann Roof guilty on all 33 counts")
    assert article.body.endswith("That trial is scheduled to begin Jan. 17.")


def test_google_news_gives_publishers_and_clusters(captures):
    entry = register()["news-google-rss"]
    url = 'https://news.google.com/rss/search?q="Bears Ears" monument&hl=en-US&gl=US&ceid=US:en'
    assert entry.can_read(url)
    found = _read(entry, captures / "google-news/search_bears_ears_2026-07-14.rss", url)
    assert len(found) == len({item.external_id for item in found}) == 92
    first = found[0]
    assert first.title == "Trump again shrinks two national monuments in Utah"
    assert first.publisher == "The Washington Post"
    assert first.attributes["publisher_url"] == "https://www.washingtonpost.com"
    assert first.external_id in first.url and first.external_id.startswith("CBMiwwFBVV95cUxQa2dqd043R002")
    assert first.published == datetime(2026, 7, 14, 3, 33, 16, tzinfo=UTC)
    assert first.attributes["related"][0] == {
        "title": "President Trump drastically shrinks 2 Utah national monuments — again",
        "publisher": "The Salt Lake Tribune",
    }
    assert first.summary == first.body == ""
    assert all(item.publisher and not item.title.endswith(f" - {item.publisher}") for item in found)
